/** ingest-double.testing: the import endpoints of a server over real HTTP, keeping each file's records in memory, with faults on
 *  demand. For what the real server cannot be made to do on time; that records become searchable is tested against the real one. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface ReceivedFile {
  readonly path: string;
  readonly records: string[];
}

export interface IngestDouble {
  readonly url: string;
  readonly files: Map<string, ReceivedFile>;
  readonly chunks: { readonly records: number; readonly bytes: number }[];
  /** Called before a chunk is taken: a status to refuse it with, "cut" to drop the connection, or undefined to take it. */
  fault: () => number | "cut" | undefined;
  /** Counts records instead of keeping them. */
  keep: boolean;
  records: number;
  close(): Promise<void>;
}

export async function startIngestDouble(): Promise<IngestDouble> {
  const runs = new Map<string, { stored: number; duplicates: number; closed: boolean; files: Set<string> }>();
  const counts = new Map<string, number>();
  const server = createServer((request, response) => void answer(request, response));

  const shown = (id: string) => {
    const run = runs.get(id) ?? { stored: 0, duplicates: 0, closed: false };
    const { stored, duplicates, closed } = run;
    const times = { startedAt: new Date(0).toISOString(), finishedAt: closed ? new Date(0).toISOString() : null };
    const read = stored + duplicates;
    return { id, name: "x", state: closed ? "finished" : "open", read, stored, duplicates, quarantined: 0, ...times };
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "", "http://x");
    const [, , , runId = "", what, fileId = ""] = url.pathname.split("/");
    const body = await bodyOf(request);
    const send = (status: number, value: unknown): void => {
      response.writeHead(status, { "content-type": "application/json", "retry-after": "0" }).end(JSON.stringify(value));
    };
    if (url.pathname === "/healthz") return send(200, { ok: true });
    if (runId === "") {
      const id = String(runs.size + 1);
      runs.set(id, { stored: 0, duplicates: 0, closed: false, files: new Set() });
      return send(200, shown(id));
    }
    const run = runs.get(runId);
    if (run === undefined) return send(404, {});
    if (what === undefined) return send(200, shown(runId));
    if (what === "finish") {
      run.closed = true;
      return send(200, shown(runId));
    }
    if (fileId === "") {
      const { path, sha256 } = JSON.parse(body.toString()) as { path: string; sha256: string };
      const known = counts.get(sha256) ?? 0;
      if (!double.files.has(sha256)) double.files.set(sha256, { path, records: [] });
      if (!run.files.has(sha256)) run.duplicates += known;
      run.files.add(sha256);
      return send(200, { fileId: sha256, recordsKnown: known });
    }
    const fault = double.fault();
    if (fault === "cut") return void request.socket.destroy();
    if (fault !== undefined)
      return send(fault, { type: "about:blank", title: "x", status: fault, code: "TEST_FAULT", detail: "A fault." });
    const first = Number(url.searchParams.get("first"));
    const known = counts.get(fileId) ?? 0;
    if (first > known)
      return send(409, { type: "about:blank", title: "x", status: 409, code: "INGEST_IMPORT_GAP", detail: "A gap." });
    const lines = linesOf(body);
    const fresh = lines.slice(known - first);
    if (double.keep) double.files.get(fileId)?.records.push(...fresh.map(recordOf));
    counts.set(fileId, known + fresh.length);
    run.stored += fresh.length;
    double.records += fresh.length;
    double.chunks.push({ records: lines.length, bytes: body.length });
    send(200, { accepted: lines.length, rejected: [] });
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const double: IngestDouble = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    files: new Map(),
    chunks: [],
    fault: () => undefined,
    keep: true,
    records: 0,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return double;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function linesOf(body: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let at = 0; at < body.length; ) {
    const end = body.indexOf(10, at);
    lines.push(body.subarray(at, end < 0 ? body.length : end));
    at = (end < 0 ? body.length : end) + 1;
  }
  return lines;
}

/** A JSON string stands for its text. */
function recordOf(line: Buffer): string {
  const text = line.toString("utf8");
  return text.startsWith('"') ? String(JSON.parse(text)) : text;
}
