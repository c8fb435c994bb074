/** github: GitHub issues. Closing says why (completed), the severity is a label of its own prefix, and lists are read along their
 *  Link headers. */
import {
  type Client,
  type Http,
  list,
  record,
  Refusal,
  type Reply,
  type System,
  textOf,
  type Ticket,
} from "../system.ts";

const LABEL = "severity: ";
const MOST_PAGES = 1_000;

export const github: System = {
  kind: "github",
  headers: { accept: "application/vnd.github+json", "x-github-api-version": "2022-11-28", "user-agent": "holdfast" },
  authorization: ({ secret }) => `Bearer ${secret}`,
  states: {
    out: { open: "open", contained: "open", resolved: "closed", closed: "closed" },
    in: { open: "open", closed: "resolved" },
  },
  severities: {
    out: { critical: "critical", high: "high", medium: "medium", low: "low", informational: "informational" },
    in: { critical: "critical", high: "high", medium: "medium", low: "low", informational: "informational" },
  },
  open: (http, { place }): Client => {
    const issues = `/repos/${place.split("/").map(encodeURIComponent).join("/")}/issues`;
    const one = (id: string): string => `${issues}/${encodeURIComponent(id)}`;
    const raw = async (id: string) => record((await http({ method: "GET", path: one(id) })).json);
    return {
      read: async (id) => toTicket(await raw(id)),
      create: async ({ title, text, mark, severity }) => {
        const labels = severity === undefined ? [] : [LABEL + severity];
        const { json } = await http({
          method: "POST",
          path: issues,
          body: { title, body: `${text}\n\n${mark}`, labels },
        });
        return toTicket(json);
      },
      find: async ({ mark }) => {
        for (const issue of await pages(http, issues, {
          state: "all",
          sort: "created",
          direction: "desc",
        })) {
          if (textOf(record(issue)["body"]).includes(mark)) return toTicket(issue);
        }
        return undefined;
      },
      update: async (id, { title, status, severity }) => {
        const labels =
          severity === undefined
            ? undefined
            : [...namesOf(await raw(id)).filter((name) => !name.startsWith(LABEL)), LABEL + severity];
        await http({
          method: "PATCH",
          path: one(id),
          body: {
            ...(title !== undefined && { title }),
            ...(status !== undefined && { state: status }),
            ...(status === "closed" && { state_reason: "completed" }),
            ...(labels !== undefined && { labels }),
          },
        });
      },
      comments: async (id) =>
        (await pages(http, `${one(id)}/comments`, {})).map(record).map((comment) => ({
          id: textOf(comment["id"]),
          author: textOf(record(comment["user"])["login"]),
          text: textOf(comment["body"]),
          at: Date.parse(textOf(comment["created_at"])),
        })),
      comment: async (id, text) => {
        await http({ method: "POST", path: `${one(id)}/comments`, body: { body: text } });
      },
      changed: async (cursor) => {
        const query = { state: "all", sort: "updated", direction: "asc", ...(cursor !== "" && { since: cursor }) };
        const found = (await pages(http, issues, query)).map(record).filter((issue) => !("pull_request" in issue));
        const last = found.map((issue) => textOf(issue["updated_at"])).sort();
        return { ids: found.map((issue) => textOf(issue["number"])), cursor: last.at(-1) ?? cursor };
      },
    };
  },
};

function toTicket(json: unknown): Ticket {
  const issue = record(json);
  const label = namesOf(issue).find((name) => name.startsWith(LABEL));
  return {
    id: textOf(issue["number"]),
    url: textOf(issue["html_url"]),
    title: textOf(issue["title"]),
    status: textOf(issue["state"]),
    severity: label?.slice(LABEL.length) ?? "",
  };
}

const namesOf = (issue: Readonly<Record<string, unknown>>): string[] =>
  list(issue["labels"]).map((label) => textOf(record(label)["name"]));

async function pages(http: Http, path: string, query: Readonly<Record<string, string>>): Promise<unknown[]> {
  const found: unknown[] = [];
  let reply: Reply = await http({ method: "GET", path, query: { ...query, per_page: "100" } });
  for (let page = 1; ; page += 1) {
    found.push(...list(reply.json));
    const next = /<([^>]+)>;\s*rel="next"/.exec(reply.headers["link"] ?? "")?.[1];
    if (next === undefined) return found;
    if (page >= MOST_PAGES) throw new Refusal("refused", `${path} has more than ${MOST_PAGES} pages.`);
    reply = await http({ method: "GET", path: next });
  }
}
