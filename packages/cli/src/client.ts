/** client: calls a route of the contracts over HTTP. The command line knows nothing of the server but its route tables. */
import type { Input, Output, Route } from "@holdfast/contracts";
import { problem } from "@holdfast/contracts/model";

export interface Client {
  readonly url: string;
  /** Whether a Holdfast answers there; what a killed server announced is often nobody's address any more. */
  answers(): Promise<boolean>;
  call<T extends Route>(route: T, input: Partial<Input<T>>): Promise<Output<T>>;
  /** POSTs bytes to a streaming endpoint; waits and tries again while the server says that it is busy. */
  send(path: string, body: Buffer, contentType: string): Promise<unknown>;
}

/** What the server answered instead of what was asked. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly at: string | number | undefined;
  readonly suggestion: string | undefined;
  constructor(status: number, body: unknown) {
    const parsed = problem.safeParse(body);
    const known = parsed.success ? parsed.data : undefined;
    super(known?.detail ?? `The server answered ${status}.`);
    this.status = status;
    this.code = known?.code ?? `HTTP_${status}`;
    this.at = known?.at;
    this.suggestion = known?.suggestion;
  }
}

const BUSY = new Set([429, 503]);
const PATIENCE_MS = 10 * 60_000;

export function createClient({ url, token }: { url: string; token: string }): Client {
  const headers = { authorization: `Bearer ${token}` };
  const request = async (path: string, init: RequestInit): Promise<Response> => {
    try {
      return await fetch(`${url}${path}`, { ...init, headers: { ...headers, ...init.headers } });
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
      throw new Error(
        `Nothing answers at ${url} (${cause}). Start the server with \`holdfast up\`, or name another with --url.`,
        { cause: error },
      );
    }
  };
  return {
    url,
    async answers() {
      try {
        const body: unknown = await (await request("/healthz", { signal: AbortSignal.timeout(5_000) })).json();
        return typeof body === "object" && body !== null && "ok" in body;
      } catch {
        return false;
      }
    },
    async call(route, input) {
      const params = (input.params ?? {}) as Record<string, unknown>;
      const path = route.path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(params[name])));
      const query = new URLSearchParams(
        Object.entries((input.query ?? {}) as Record<string, unknown>).flatMap(([name, value]) =>
          value === undefined ? [] : [[name, String(value)] as [string, string]],
        ),
      );
      const withBody = route.method !== "GET" && route.method !== "DELETE";
      const response = await request(`${path}${query.size === 0 ? "" : `?${query}`}`, {
        method: route.method,
        ...(withBody
          ? { body: JSON.stringify(input.body ?? {}), headers: { "content-type": "application/json" } }
          : {}),
      });
      const body: unknown = await response.json().catch(() => undefined);
      if (!response.ok) throw new ApiError(response.status, body);
      return route.response.parse(body) as Output<typeof route>;
    },
    async send(path, body, contentType) {
      const started = performance.now();
      for (;;) {
        const response = await request(path, {
          method: "POST",
          body: new Uint8Array(body),
          headers: { "content-type": contentType },
        });
        const answer: unknown = await response.json().catch(() => undefined);
        if (response.ok) return answer;
        if (!BUSY.has(response.status) || performance.now() - started > PATIENCE_MS)
          throw new ApiError(response.status, answer);
        await new Promise((resolve) =>
          setTimeout(resolve, Math.min(Number(response.headers.get("retry-after") ?? 1), 30) * 1000),
        );
      }
    },
  };
}
