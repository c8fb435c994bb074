/** people: the server as somebody uses it: with a token, or logged in as a person, since only people approve; and waiting for what has
 *  to come. A person stays logged in over a restart of the server. */
import assert from "node:assert/strict";

export type Json = Record<string, unknown>;

export interface Person {
  /** The body of a 2xx answer. */
  get(path: string): Promise<Json>;
  /** The same, of a request with a body. */
  make(method: "POST" | "PUT" | "PATCH", path: string, body: Json): Promise<Json>;
  /** Whatever the status. */
  ask(method: string, path: string, body?: Json): Promise<{ readonly status: number; readonly body: Json }>;
}

interface Place {
  readonly url: string;
  readonly token: string;
}

export const PASSWORD = "a password of the operator";

export const withToken = (place: Place): Person => personOf(place.url, { authorization: `Bearer ${place.token}` });

export async function logIn(place: Place, user: string): Promise<Person> {
  const response = await fetch(`${place.url}/api/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ user, password: PASSWORD }),
  });
  assert.equal(response.status, 200, `${user} cannot log in`);
  const { csrf } = (await response.json()) as { csrf: string };
  const cookie = response.headers
    .getSetCookie()
    .map((one) => one.split(";")[0])
    .join("; ");
  return personOf(place.url, { cookie, "x-holdfast-csrf": csrf });
}

/** Asks again until it is so. */
export async function until<T>(
  what: string,
  read: () => Promise<T>,
  { holds, withinMs = 60_000 }: { readonly holds: (value: T) => boolean; readonly withinMs?: number },
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const value = await read();
    if (holds(value)) return value;
    if (Date.now() > deadline)
      throw new Error(`It never came to this: ${what}. Last: ${JSON.stringify(value).slice(0, 3000)}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

function personOf(url: string, headers: Record<string, string>): Person {
  const ask: Person["ask"] = async (method, path, body) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(60_000),
    });
    return { status: response.status, body: (await response.json()) as Json };
  };
  const must = async (method: string, path: string, body?: Json): Promise<Json> => {
    const answer = await ask(method, path, body);
    assert.equal(answer.status, 200, `${method} ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  return { ask, get: (path) => must("GET", path), make: must };
}
