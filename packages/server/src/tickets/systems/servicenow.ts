/** servicenow: ServiceNow by its Table interface. Its correlation id holds our mark; comments are journal rows; the severity is the
 *  urgency and impact that give a priority there. */
import { basic, type Client, type Http, list, record, type System, textOf, type Ticket } from "../system.ts";

const PAGE = 200;
const FIELDS = "sys_id,number,short_description,state,urgency,sys_updated_on,correlation_id";

export const servicenow: System = {
  kind: "servicenow",
  headers: {},
  authorization: ({ user, secret }) => (user === "" ? `Bearer ${secret}` : basic({ user, secret })),
  states: {
    out: { open: "2", contained: "3", resolved: "6", closed: "7" },
    in: { "1": "open", "2": "open", "3": "contained", "6": "resolved", "7": "closed" },
  },
  severities: {
    out: { critical: "1", high: "1", medium: "2", low: "3", informational: "3" },
    in: { "1": "high", "2": "medium", "3": "low" },
  },
  open: (http, { url, place }): Client => {
    const table = `/api/now/table/${encodeURIComponent(place)}`;
    const toTicket = (json: unknown): Ticket => {
      const row = record(json);
      const id = textOf(row["sys_id"]);
      return {
        id,
        url: `${url.replace(/\/$/, "")}/nav_to.do?uri=${encodeURIComponent(`${place}.do?sys_id=${id}`)}`,
        title: textOf(row["short_description"]),
        status: textOf(row["state"]),
        severity: textOf(row["urgency"]),
      };
    };
    const one = (id: string): string => `${table}/${encodeURIComponent(id)}`;
    return {
      read: async (id) => {
        const { json } = await http({ method: "GET", path: one(id), query: { sysparm_fields: FIELDS } });
        return toTicket(record(json)["result"]);
      },
      create: async ({ title, text, mark, status, severity }) => {
        const body = {
          short_description: title,
          description: text,
          correlation_id: mark,
          correlation_display: "Holdfast",
          ...(status !== undefined && { state: status }),
          ...(severity !== undefined && { urgency: severity, impact: severity }),
        };
        return toTicket(record((await http({ method: "POST", path: table, body })).json)["result"]);
      },
      find: async ({ mark }) => {
        const [found] = await rows(http, table, {
          sysparm_query: `correlation_id=${escape(mark)}`,
          sysparm_fields: FIELDS,
        });
        return found === undefined ? undefined : toTicket(found);
      },
      update: async (id, { title, status, severity }) => {
        await http({
          method: "PATCH",
          path: one(id),
          body: {
            ...(title !== undefined && { short_description: title }),
            ...(status !== undefined && { state: status }),
            ...((status === "6" || status === "7") && {
              close_code: "Solution provided",
              close_notes: "Resolved in Holdfast.",
            }),
            ...(severity !== undefined && { urgency: severity, impact: severity }),
          },
        });
      },
      comments: async (id) => {
        const query = `element_id=${escape(id)}^elementINcomments,work_notes^ORDERBYsys_created_on`;
        const found = await rows(http, "/api/now/table/sys_journal_field", { sysparm_query: query });
        return found.map((row) => ({
          id: textOf(row["sys_id"]),
          author: textOf(row["sys_created_by"]),
          text: textOf(row["value"]),
          at: timeOf(textOf(row["sys_created_on"])),
        }));
      },
      comment: async (id, text) => {
        await http({ method: "PATCH", path: one(id), body: { work_notes: text } });
      },
      changed: async (cursor) => {
        const since = cursor === "" ? "1970-01-01 00:00:00" : cursor;
        const query = {
          sysparm_query: `sys_updated_on>=${since}^ORDERBYsys_updated_on^ORDERBYsys_id`,
          sysparm_fields: FIELDS,
        };
        const found = await rows(http, table, query);
        const last = found.map((row) => textOf(row["sys_updated_on"])).sort();
        return { ids: found.map((row) => textOf(row["sys_id"])), cursor: last.at(-1) ?? cursor };
      },
    };
  },
};

async function rows(http: Http, path: string, query: Readonly<Record<string, string>>) {
  const found: Readonly<Record<string, unknown>>[] = [];
  for (let offset = 0; ; offset += PAGE) {
    const paging = { sysparm_limit: String(PAGE), sysparm_offset: String(offset) };
    const { json, headers } = await http({ method: "GET", path, query: { ...query, ...paging } });
    const page = list(record(json)["result"]).map(record);
    found.push(...page);
    const total = Number(headers["x-total-count"] ?? Number.NaN);
    if (page.length < PAGE || found.length >= total) return found;
  }
}

/** A caret ends a condition there. */
const escape = (text: string): string => text.replaceAll("^", "^^");
/** Their times are UTC without saying so. */
const timeOf = (text: string): number => Date.parse(`${text.replace(" ", "T")}Z`);
