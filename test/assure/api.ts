/** api: calls the server over HTTP as any program would, with a token; an answer that is not 2xx is an error that holds it. */

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

export interface SearchTable {
  readonly columns: readonly { readonly name: string }[];
  readonly rows: readonly (readonly (string | number | null | readonly string[])[])[];
  readonly next: string | null;
  readonly stats: { readonly rows: number; readonly truncated: boolean; readonly tookMs: number };
}

export interface SearchOptions {
  readonly query: string;
  readonly from?: string;
  readonly to?: string;
  readonly limit?: number;
}

export interface Api {
  /** Whatever the status. */
  call(method: string, path: string, body?: unknown): Promise<Answer>;
  /** The body of a 2xx answer. */
  get(path: string): Promise<unknown>;
  post(path: string, body: unknown): Promise<unknown>;
  search(options: SearchOptions): Promise<SearchTable>;
  /** All pages of a list. */
  list(path: string): Promise<unknown[]>;
}

const PATIENCE_MS = 60_000;

export function createApi(server: { readonly url: string; readonly token: string }): Api {
  const call: Api["call"] = async (method, path, body) => {
    const response = await fetch(`${server.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${server.token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: parsed(text) };
  };
  const must = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const answer = await call(method, path, body);
    if (answer.status >= 200 && answer.status < 300) return answer.body;
    throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body).slice(0, 500)}`);
  };
  return {
    call,
    get: (path) => must("GET", path),
    post: (path, body) => must("POST", path, body),
    search: async (options) =>
      (await must("POST", "/api/search", {
        from: "now-1d",
        to: new Date(Date.now() + 3_600_000).toISOString(),
        ...options,
      })) as SearchTable,
    list: async (path) => {
      const items: unknown[] = [];
      for (let cursor = ""; ; ) {
        const page = (await must("GET", `${path}${path.includes("?") ? "&" : "?"}limit=1000${cursor}`)) as {
          items: unknown[];
          next: string | null;
        };
        items.push(...page.items);
        if (page.next === null) return items;
        cursor = `&cursor=${encodeURIComponent(page.next)}`;
      }
    },
  };
}

/** Rows as objects by column. */
export function recordsOf(table: SearchTable): Readonly<Record<string, string>>[] {
  return table.rows.map((row) =>
    Object.fromEntries(table.columns.map(({ name }, index) => [name, String(row[index] ?? "")])),
  );
}

/** Logs in as a person: the cookie of the new session. */
export async function login(server: { url: string; user: string; password: string }): Promise<string> {
  const response = await fetch(`${server.url}/api/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ user: server.user, password: server.password }),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  if (response.status !== 200) throw new Error(`the login answered ${response.status}: ${await response.text()}`);
  return response.headers.getSetCookie()[0]?.split(";")[0] ?? "";
}

/** Creates an HTTP source and answers its key. */
export async function createSource(api: Api, name: string): Promise<{ id: string; key: string }> {
  const made = (await api.post("/api/sources", { name })) as { source: { id: string }; key: string };
  return { id: made.source.id, key: made.key };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
