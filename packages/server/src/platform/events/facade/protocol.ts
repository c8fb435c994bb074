/** protocol: what the server and its event store child say to each other outside HTTP.
 *  The server writes one configuration line to the child's stdin and keeps that pipe open: its end means that the parent
 *  is gone, and the child leaves. The child answers on stdout with one line: ready, or why it could not start. */

export interface FacadeConfig {
  /** Data directory of the engine; one process holds it at a time. */
  readonly directory: string;
  /** Where to listen: a unix socket, or a free loopback port when no short enough path exists. */
  readonly listen: { readonly socketPath: string } | { readonly host: "127.0.0.1"; readonly port: number };
  readonly user: string;
  /** Checked on every request before anything else; travels by the pipe, never by arguments or environment. */
  readonly secret: string;
  /** Statements that run at the same time, by lane, so that searches never hold up inserts. */
  readonly lanes: { readonly reads: number; readonly writes: number; readonly waiting: number };
  /** Largest request body in bytes, counted after decompression. */
  readonly bodyBytes: number;
}

export type FacadeReport =
  | { readonly state: "ready"; readonly version: string; readonly port: number }
  | { readonly state: "failed"; readonly reason: string };

/** A second line on stdin that asks the child to close the engine properly and leave. */
export const CLOSE_LINE = "close";

/** Threads of libuv that the child needs: every running statement occupies one, kills and file work need some more. */
export const threadsFor = (lanes: FacadeConfig["lanes"]): number => lanes.reads + lanes.writes + 8;

export function parseFacadeConfig(line: string): FacadeConfig | undefined {
  const value: unknown = JSON.parse(line);
  return isConfig(value) ? value : undefined;
}

export function parseFacadeReport(line: string): FacadeReport | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isReport(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

function isConfig(value: unknown): value is FacadeConfig {
  return (
    isRecord(value) &&
    typeof value["directory"] === "string" &&
    typeof value["user"] === "string" &&
    typeof value["secret"] === "string" &&
    typeof value["bodyBytes"] === "number" &&
    isRecord(value["lanes"]) &&
    isRecord(value["listen"])
  );
}

function isReport(value: unknown): value is FacadeReport {
  if (!isRecord(value)) return false;
  if (value["state"] === "failed") return typeof value["reason"] === "string";
  return value["state"] === "ready" && typeof value["version"] === "string" && typeof value["port"] === "number";
}
