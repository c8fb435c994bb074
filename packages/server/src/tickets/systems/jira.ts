/** jira: Jira Cloud and Data Center by version 2 of its interface, whose texts are plain. A status is never written there, only reached
 *  by a transition, so the one that leads to the wanted status is looked up each time. Our mark is a label. */
import { basic, type Client, type Http, list, record, Refusal, type System, textOf, type Ticket } from "../system.ts";

const FIELDS = "summary,status,priority,updated,labels";
const PAGE = 100;

export const jira: System = {
  kind: "jira",
  headers: {},
  authorization: ({ user, secret }) => (user === "" ? `Bearer ${secret}` : basic({ user, secret })),
  states: {
    out: { open: "In Progress", contained: "In Progress", resolved: "Done", closed: "Done" },
    in: { "To Do": "open", "In Progress": "open", Done: "resolved" },
  },
  severities: {
    out: { critical: "Highest", high: "High", medium: "Medium", low: "Low", informational: "Lowest" },
    in: { Highest: "critical", High: "high", Medium: "medium", Low: "low", Lowest: "informational" },
  },
  open: (http, { url, place }): Client => {
    const toTicket = (json: unknown): Ticket => {
      const issue = record(json);
      const fields = record(issue["fields"]);
      const id = textOf(issue["key"]);
      return {
        id,
        url: `${url.replace(/\/$/, "")}/browse/${id}`,
        title: textOf(fields["summary"]),
        status: textOf(record(fields["status"])["name"]),
        severity: textOf(record(fields["priority"])["name"]),
      };
    };
    const one = (id: string): string => `/rest/api/2/issue/${encodeURIComponent(id)}`;
    const read = async (id: string): Promise<Ticket> =>
      toTicket((await http({ method: "GET", path: one(id), query: { fields: FIELDS } })).json);
    const move = async (id: string, status: string): Promise<void> => {
      const { json } = await http({ method: "GET", path: `${one(id)}/transitions` });
      const ways = list(record(json)["transitions"]).map(record);
      const way = ways.find((transition) => textOf(record(transition["to"])["name"]) === status);
      if (way === undefined) {
        const names = ways.map((transition) => textOf(record(transition["to"])["name"])).join(", ");
        throw new Refusal(
          "refused",
          `The workflow of ${id} has no way to "${status}" from here; it has: ${names || "none"}.`,
        );
      }
      await http({ method: "POST", path: `${one(id)}/transitions`, body: { transition: { id: textOf(way["id"]) } } });
    };
    return {
      read,
      create: async ({ title, text, mark, severity, status }) => {
        const fields = {
          project: { key: place },
          issuetype: { name: "Task" },
          summary: title,
          description: text,
          labels: [labelOf(mark)],
          ...(severity !== undefined && { priority: { name: severity } }),
        };
        const { json } = await http({ method: "POST", path: "/rest/api/2/issue", body: { fields } });
        const made = await read(textOf(record(json)["key"]));
        // What it is opened with is the workflow's; a status that cannot be reached from there is told at the next turn.
        return status === undefined || made.status === status ? made : read(made.id);
      },
      find: async ({ mark }) => {
        const [found] = await search(http, `project = "${place}" AND labels = "${labelOf(mark)}"`);
        return found === undefined ? undefined : toTicket(found);
      },
      update: async (id, { title, status, severity }) => {
        const fields = {
          ...(title !== undefined && { summary: title }),
          ...(severity !== undefined && { priority: { name: severity } }),
        };
        if (Object.keys(fields).length > 0) await http({ method: "PUT", path: one(id), body: { fields } });
        if (status !== undefined) await move(id, status);
      },
      comments: async (id) => {
        const found: unknown[] = [];
        for (;;) {
          const query = { startAt: String(found.length), maxResults: String(PAGE) };
          const { json } = await http({ method: "GET", path: `${one(id)}/comment`, query });
          const page = list(record(json)["comments"]);
          found.push(...page);
          if (page.length === 0 || found.length >= Number(record(json)["total"] ?? 0)) break;
        }
        return found.map(record).map((comment) => ({
          id: textOf(comment["id"]),
          author: textOf(record(comment["author"])["displayName"]),
          text: textOf(comment["body"]),
          at: Date.parse(textOf(comment["created"])),
        }));
      },
      comment: async (id, text) => {
        await http({ method: "POST", path: `${one(id)}/comment`, body: { body: text } });
      },
      changed: async (cursor) => {
        // Searches have whole minutes, in the zone of the account: the last day is read again, and reading twice changes nothing.
        const since = cursor === "" ? 0 : Date.parse(cursor);
        const day = new Date(Math.max(0, since - 86_400_000)).toISOString().slice(0, 10);
        const found = await search(http, `project = "${place}" AND updated >= "${day}" ORDER BY updated ASC`);
        const fresh = found.map(record).filter((issue) => {
          const updated = Date.parse(textOf(record(issue["fields"])["updated"]));
          return updated >= since;
        });
        const last = fresh
          .map((issue) => textOf(record(issue["fields"])["updated"]))
          .sort((a, b) => Date.parse(a) - Date.parse(b));
        return { ids: fresh.map((issue) => textOf(issue["key"])), cursor: last.at(-1) ?? cursor };
      },
    };
  },
};

async function search(http: Http, jql: string): Promise<unknown[]> {
  const found: unknown[] = [];
  for (;;) {
    const body = { jql, fields: FIELDS.split(","), startAt: found.length, maxResults: PAGE };
    const { json } = await http({ method: "POST", path: "/rest/api/2/search", body });
    const page = list(record(json)["issues"]);
    found.push(...page);
    if (page.length === 0 || found.length >= Number(record(json)["total"] ?? 0)) return found;
  }
}

/** Labels hold no blanks. */
const labelOf = (mark: string): string => mark.replaceAll(/[^A-Za-z0-9-]/g, "-");
