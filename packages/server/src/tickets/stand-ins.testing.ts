/** stand-ins.testing: small servers that speak the protocols of GitHub issues, Jira and ServiceNow as their documentation gives them:
 *  paging, limits, transitions, journals and refusals. They keep tickets in memory and know nothing of Holdfast. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

export interface Held {
  title: string;
  status: string;
  severity: string;
  mark: string;
  readonly comments: { id: string; author: string; text: string; at: number }[];
  updatedAt: number;
}

export interface StandIn {
  readonly url: string;
  readonly tickets: Map<string, Held>;
  readonly calls: string[];
  /** What the next calls meet: nothing, a limit with its pause, an answer that is lost after the work was done. */
  fault: "none" | "limited" | "lost";
  /** As somebody there would. */
  touch(id: string, change: Partial<Omit<Held, "comments">>): void;
  say(id: string, text: string): void;
  close(): Promise<void>;
}

interface Call {
  readonly method: string;
  readonly url: URL;
  readonly body: Readonly<Record<string, unknown>>;
  readonly held: StandIn;
  now(): number;
}

interface Said {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

type Speaks = (call: Call) => Said;
export type Kind = "github" | "jira" | "servicenow";

const PAGE = 2;
const AUTHORIZATION: Readonly<Record<Kind, string>> = {
  github: "Bearer token",
  jira: `Basic ${Buffer.from("bot:token").toString("base64")}`,
  servicenow: `Basic ${Buffer.from("bot:token").toString("base64")}`,
};

export async function openStandIn(kind: Kind): Promise<StandIn> {
  let last = Math.floor(Date.now() / 1000) * 1000;
  // Their clocks have whole seconds: every change takes one.
  const now = (): number => (last += 1000);
  const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()));
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url ?? "/", standIn.url);
    const method = request.method ?? "GET";
    standIn.calls.push(`${method} ${url.pathname}`);
    const say = ({ status, body, headers = {} }: Said): void => {
      response
        .writeHead(status, { "content-type": "application/json", ...headers })
        .end(body === undefined ? "" : JSON.stringify(body));
    };
    if (request.headers.authorization !== AUTHORIZATION[kind])
      return say({ status: 401, body: { message: "Bad credentials" } });
    if (standIn.fault === "limited")
      return say({ status: 429, headers: { "retry-after": "77" }, body: { message: "rate limit" } });
    const text = Buffer.concat(chunks).toString("utf8");
    const body = (text === "" ? {} : JSON.parse(text)) as Record<string, unknown>;
    const said = SPEAKS[kind]({ method, url, body, held: standIn, now });
    if (standIn.fault === "lost" && method === "POST" && !url.pathname.endsWith("/search")) {
      standIn.fault = "none";
      response.destroy();
      return;
    }
    say(said);
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const standIn: StandIn = {
    url: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`,
    tickets: new Map(),
    calls: [],
    fault: "none",
    touch: (id, change) => void Object.assign(demand(standIn, id), change, { updatedAt: now() }),
    say: (id, text) => {
      const at = now();
      const one = demand(standIn, id);
      one.comments.push({ id: `${at}`, author: "them", text, at });
      one.updatedAt = at;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return standIn;
}

const github: Speaks = ({ method, url, body, held, now }) => {
  const issueOf = (id: string) => {
    const one = demand(held, id);
    return {
      number: Number(id),
      html_url: `https://github.example/acme/soc/issues/${id}`,
      title: one.title,
      state: one.status,
      body: one.mark,
      labels: [{ name: "team" }, ...(one.severity === "" ? [] : [{ name: `severity: ${one.severity}` }])],
      updated_at: iso(one.updatedAt),
    };
  };
  const severityIn = (labels: unknown): string =>
    (labels as string[]).find((name) => name.startsWith("severity: "))?.slice("severity: ".length) ?? "";
  const parts = url.pathname.split("/").filter((part) => part !== "");
  if (parts[3] !== "issues") return { status: 404, body: { message: "Not Found" } };
  const [, , , , id, sub] = parts;
  if (id === undefined && method === "POST") {
    const severity = severityIn(body["labels"] ?? []);
    const made = add(held, {
      title: textOf(body["title"]),
      status: "open",
      severity,
      mark: textOf(body["body"]),
      updatedAt: now(),
    });
    return { status: 201, body: issueOf(made) };
  }
  if (id === undefined) {
    const since = url.searchParams.get("since") ?? "";
    const found = [...held.tickets.keys()].filter((one) => iso(demand(held, one).updatedAt) >= since).map(issueOf);
    const withPull = [...found, { number: 999, title: "a pull request", updated_at: iso(now()), pull_request: {} }];
    const page = Number(url.searchParams.get("page") ?? 1);
    const next = new URL(url);
    next.searchParams.set("page", String(page + 1));
    const more = page * PAGE < withPull.length;
    return {
      status: 200,
      body: withPull.slice((page - 1) * PAGE, page * PAGE),
      ...(more && { headers: { link: `<${next.href}>; rel="next", <${next.href}>; rel="last"` } }),
    };
  }
  if (!held.tickets.has(id)) return { status: 404, body: { message: "Not Found" } };
  const one = demand(held, id);
  if (sub === "comments" && method === "POST") {
    const at = now();
    one.comments.push({ id: `${at}`, author: "holdfast-bot", text: textOf(body["body"]), at });
    one.updatedAt = at;
    return { status: 201, body: { id: at } };
  }
  if (sub === "comments") {
    return {
      status: 200,
      body: one.comments.map(({ id: number, author, text, at }) => ({
        id: Number(number),
        user: { login: author },
        body: text,
        created_at: iso(at),
      })),
    };
  }
  if (method === "PATCH") {
    if (body["title"] !== undefined) one.title = textOf(body["title"]);
    if (body["state"] !== undefined) one.status = textOf(body["state"]);
    if (body["labels"] !== undefined) one.severity = severityIn(body["labels"]);
    one.updatedAt = now();
  }
  return { status: 200, body: issueOf(id) };
};

/** Its workflow: nothing goes from To Do to Done but by In Progress. */
const WAYS: Readonly<Record<string, readonly string[]>> = {
  "To Do": ["In Progress"],
  "In Progress": ["To Do", "Done"],
  Done: ["In Progress"],
  Blocked: [],
};

const jira: Speaks = ({ method, url, body, held, now }) => {
  const issueOf = (key: string) => {
    const one = demand(held, key);
    return {
      key,
      fields: {
        summary: one.title,
        status: { name: one.status },
        priority: { name: one.severity },
        labels: [one.mark],
        updated: iso(one.updatedAt).replace("Z", ".000+0000"),
      },
    };
  };
  const [, , , , what, key, sub] = ["", ...url.pathname.split("/").filter((part) => part !== "")];
  const fields = (body["fields"] ?? {}) as Record<string, unknown>;
  const name = (value: unknown): string => textOf((value as { name?: unknown } | undefined)?.name);
  if (what === "search") {
    const jql = textOf(body["jql"]);
    const label = /labels = "([^"]+)"/.exec(jql)?.[1];
    const found = [...held.tickets.keys()].filter((one) => label === undefined || demand(held, one).mark === label);
    const at = Number(body["startAt"]);
    return {
      status: 200,
      body: { startAt: at, maxResults: PAGE, total: found.length, issues: found.slice(at, at + PAGE).map(issueOf) },
    };
  }
  if (key === undefined) {
    const [mark] = fields["labels"] as string[];
    const made = add(
      held,
      {
        title: textOf(fields["summary"]),
        status: "To Do",
        severity: name(fields["priority"]),
        mark: mark ?? "",
        updatedAt: now(),
      },
      "SOC-",
    );
    return { status: 201, body: { key: made } };
  }
  if (!held.tickets.has(key)) return { status: 404, body: { errorMessages: ["Issue does not exist"] } };
  const one = demand(held, key);
  const ways = WAYS[one.status] ?? [];
  if (sub === "transitions" && method === "GET") {
    return {
      status: 200,
      body: { transitions: ways.map((to, at) => ({ id: String(at + 11), name: `to ${to}`, to: { name: to } })) },
    };
  }
  if (sub === "transitions") {
    const to = ways[Number((body["transition"] as { id: string }).id) - 11];
    if (to === undefined)
      return { status: 400, body: { errorMessages: ["It is not on the appropriate workflow step"] } };
    Object.assign(one, { status: to, updatedAt: now() });
    return { status: 204 };
  }
  if (sub === "comment" && method === "POST") {
    const at = now();
    one.comments.push({ id: `${at}`, author: "Holdfast bot", text: textOf(body["body"]), at });
    one.updatedAt = at;
    return { status: 201, body: { id: `${at}` } };
  }
  if (sub === "comment") {
    const at = Number(url.searchParams.get("startAt") ?? 0);
    const page = one.comments.slice(at, at + PAGE);
    return {
      status: 200,
      body: {
        total: one.comments.length,
        comments: page.map(({ id, author, text, at: made }) => ({
          id,
          author: { displayName: author },
          body: text,
          created: iso(made),
        })),
      },
    };
  }
  if (method === "PUT") {
    if (fields["summary"] !== undefined) one.title = textOf(fields["summary"]);
    if (fields["priority"] !== undefined) one.severity = name(fields["priority"]);
    one.updatedAt = now();
    return { status: 204 };
  }
  return { status: 200, body: issueOf(key) };
};

const servicenow: Speaks = ({ method, url, body, held, now }) => {
  const plain = (at: number): string => iso(at).replace("T", " ").replace("Z", "");
  const rowOf = (id: string) => {
    const one = demand(held, id);
    return {
      sys_id: id,
      number: `INC00${id}`,
      short_description: one.title,
      state: one.status,
      urgency: one.severity,
      correlation_id: one.mark,
      sys_updated_on: plain(one.updatedAt),
    };
  };
  const rest = url.pathname.split("/").filter((part) => part !== "");
  const key = rest[4];
  const query = url.searchParams.get("sysparm_query") ?? "";
  const paged = (rows: readonly unknown[]): Said => {
    const at = Number(url.searchParams.get("sysparm_offset") ?? 0);
    const most = Number(url.searchParams.get("sysparm_limit") ?? 10_000);
    return {
      status: 200,
      body: { result: rows.slice(at, at + most) },
      headers: { "x-total-count": String(rows.length) },
    };
  };
  if (rest[3] === "sys_journal_field") {
    const of = /element_id=([^^]+)/.exec(query)?.[1] ?? "";
    return paged(
      demand(held, of).comments.map(({ id: sys, author, text, at }) => ({
        sys_id: sys,
        sys_created_by: author,
        value: text,
        sys_created_on: plain(at),
      })),
    );
  }
  if (key === undefined && method === "POST") {
    const made = add(held, {
      title: textOf(body["short_description"]),
      status: textOf(body["state"]) || "1",
      severity: textOf(body["urgency"]),
      mark: textOf(body["correlation_id"]),
      updatedAt: now(),
    });
    return { status: 201, body: { result: rowOf(made) } };
  }
  if (key === undefined) {
    const since = /sys_updated_on>=([^^]+)/.exec(query)?.[1] ?? "";
    const mark = /correlation_id=(.+)$/.exec(query)?.[1];
    const rows = [...held.tickets.keys()]
      .map(rowOf)
      .filter((row) => (mark === undefined ? row.sys_updated_on >= since : row.correlation_id === mark));
    return paged(rows);
  }
  if (!held.tickets.has(key))
    return { status: 404, body: { error: { message: "No Record found" }, status: "failure" } };
  const one = demand(held, key);
  if (method === "PATCH") {
    if (body["state"] === "6" && textOf(body["close_notes"]) === "")
      return {
        status: 403,
        body: {
          error: {
            message: "Operation Failed",
            detail: "The following mandatory fields are not filled in: Close notes",
          },
        },
      };
    if (body["short_description"] !== undefined) one.title = textOf(body["short_description"]);
    if (body["state"] !== undefined) one.status = textOf(body["state"]);
    if (body["urgency"] !== undefined) one.severity = textOf(body["urgency"]);
    const at = now();
    if (body["work_notes"] !== undefined)
      one.comments.push({ id: `${at}`, author: "holdfast", text: textOf(body["work_notes"]), at });
    one.updatedAt = at;
  }
  return { status: 200, body: { result: rowOf(key) } };
};

const SPEAKS: Readonly<Record<Kind, Speaks>> = { github, jira, servicenow };

function add(held: StandIn, given: Omit<Held, "comments">, prefix = ""): string {
  const id = `${prefix}${held.tickets.size + 1}`;
  held.tickets.set(id, { ...given, comments: [] });
  return id;
}

function demand(held: StandIn, id: string): Held {
  const one = held.tickets.get(id);
  if (one === undefined) throw new Error(`There is no ticket ${id}.`);
  return one;
}

const iso = (at: number): string => new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
