/** client: turns a Route into a typed fetch: the whole bridge between the page and the server. Answers are checked against the
 *  route's schema, refusals become an ApiError with the server's code, and a call that changes something carries the CSRF header. */
import type { Output, Route } from "@holdfast/contracts";
import { problem, type Problem } from "@holdfast/contracts/model";

type Part<Name extends string, Value> = {} extends Value
  ? { readonly [N in Name]?: Value }
  : { readonly [N in Name]: Value };

/** What a call of this route has to be given; parts that the route doesn't have can be left out. */
export type Given<T extends Route> = Part<"params", T["params"]["_zod"]["input"]> &
  Part<"query", T["query"]["_zod"]["input"]> &
  Part<"body", T["body"]["_zod"]["input"]>;

export async function call<T extends Route>(route: T, input: Given<T>, signal?: AbortSignal): Promise<Output<T>> {
  const { params, query, body } = input as { params?: object; query?: object; body?: unknown };
  const headers: Record<string, string> = { accept: "application/json" };
  if (route.mutates === true) headers["x-holdfast-csrf"] = csrf;
  const init: RequestInit = { method: route.method, headers, credentials: "same-origin" };
  if (signal !== undefined) init.signal = signal;
  if (route.method !== "GET" && body !== undefined) {
    headers["content-type"] = "application/json";
    init.body = JSON.stringify(body);
  }
  const answer = await send(pathOf(route.path, params ?? {}) + queryOf(query ?? {}), init);
  const parsed: unknown = route.response.parse(answer);
  return parsed as Output<T>;
}

/** Sends a file as it is, without reading it into memory. */
export async function upload(path: string, query: object, file: Blob): Promise<void> {
  const headers = { accept: "application/json", "content-type": "application/octet-stream", "x-holdfast-csrf": csrf };
  await send(path + queryOf(query), { method: "POST", headers, credentials: "same-origin", body: file });
}

/** The token of the session, sent back with every call that changes something. */
export function setCsrf(token: string): void {
  csrf = token;
}

export class ApiError extends Error {
  readonly problem: Problem;
  constructor(given: Problem) {
    super(given.detail);
    this.name = "ApiError";
    this.problem = given;
  }
}

/** What to tell a person about any error. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ApiError) return error.problem;
  if (error instanceof Error && error.name === "ZodError")
    return local(
      "WEB_ANSWER_UNEXPECTED",
      "The server's answer has an unexpected shape. Page and server may be of different versions: reload the page.",
    );
  return local("WEB_FAILED", error instanceof Error ? error.message : "Something went wrong in the page. Reload it.");
}

/** One sentence for a toast or under a form. */
export function explain(error: unknown): string {
  const found = problemOf(error);
  return [found.detail, found.suggestion].filter((part) => part !== undefined && part !== "").join(" ");
}

/** `/api/alerts/:id` with its parameters filled in and escaped. */
export function pathOf(path: string, params: object): string {
  const values = new Map(Object.entries(params));
  return path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(values.get(name) ?? "")));
}

/** `?a=1&b=2`; absent and empty values are left out. */
export function queryOf(query: object): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  if (pairs.length === 0) return "";
  return `?${new URLSearchParams(pairs.map(([name, value]) => [name, String(value)]))}`;
}

let csrf = "";

async function send(address: string, init: RequestInit): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(address, init);
  } catch (error) {
    if (error instanceof Error && error.name === "AbortError") throw error;
    throw new ApiError(
      local("WEB_OFFLINE", "The server can't be reached. Check that it runs and that this machine is on its network."),
    );
  }
  const text = await response.text();
  const json = parseJson(text);
  if (response.ok) return json ?? {};
  const found = problem.safeParse(json);
  if (found.success) throw new ApiError(found.data);
  throw new ApiError({
    ...local(`HTTP_${response.status}`, `The server answered ${response.status} without a reason.`),
    status: response.status,
  });
}

function parseJson(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function local(code: string, detail: string): Problem {
  return { type: "about:blank", title: "This did not work", status: 0, code, detail };
}
