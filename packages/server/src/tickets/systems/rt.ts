/** rt: Request Tracker 5 by its REST2 interface. It has no field for marks: a ticket whose opening was cut off is found by its subject
 *  and by the mark in its first text. Its times have whole seconds, so the last second is always read again. */
import {
  basic,
  type Client,
  type Comment,
  type Http,
  list,
  record,
  type System,
  textOf,
  type Ticket,
} from "../system.ts";

const REST = "/REST/2.0";
const DAY_MS = 86_400_000;
const MOST_PAGES = 1_000;

export const rt: System = {
  kind: "rt",
  headers: {},
  authorization: ({ user, secret }) => (user === "" ? `token ${secret}` : basic({ user, secret })),
  states: {
    out: { open: "open", contained: "stalled", resolved: "resolved", closed: "resolved" },
    in: { new: "open", open: "open", stalled: "contained", resolved: "resolved" },
  },
  severities: {
    out: { critical: "90", high: "70", medium: "50", low: "30", informational: "10" },
    in: { "90": "critical", "70": "high", "50": "medium", "30": "low", "10": "informational" },
  },
  open: (http, { url, place }): Client => {
    const toTicket = (json: unknown): Ticket => {
      const ticket = record(json);
      const id = textOf(ticket["id"]);
      return {
        id,
        url: `${url.replace(/\/$/, "")}/Ticket/Display.html?id=${id}`,
        title: textOf(ticket["Subject"]),
        status: textOf(ticket["Status"]),
        severity: textOf(ticket["Priority"]),
      };
    };
    const read = async (id: string): Promise<Ticket> =>
      toTicket((await http({ method: "GET", path: `${REST}/ticket/${encodeURIComponent(id)}` })).json);
    const contents = async (id: string, kinds: readonly string[], known: ReadonlySet<string>): Promise<Comment[]> => {
      const history = await pages(http, `${REST}/ticket/${encodeURIComponent(id)}/history`, {
        fields: "Type,Creator,Created",
      });
      const wanted = history
        .map(record)
        .filter((one) => kinds.includes(textOf(one["Type"])) && !known.has(textOf(one["id"])));
      const found: Comment[] = [];
      for (const one of wanted) {
        const transaction = textOf(one["id"]);
        const author = textOf(record(one["Creator"])["id"]);
        found.push({
          id: transaction,
          author,
          text: await textIn(http, transaction),
          at: Date.parse(textOf(one["Created"])),
        });
      }
      return found;
    };
    return {
      read,
      create: async ({ title, text, mark, status, severity }) => {
        const { json } = await http({
          method: "POST",
          path: `${REST}/ticket`,
          body: {
            Queue: place,
            Subject: title,
            Content: `${text}\n\n${mark}`,
            ContentType: "text/plain",
            ...(status !== undefined && { Status: status }),
            ...(severity !== undefined && { Priority: Number(severity) }),
          },
        });
        return read(textOf(record(json)["id"]));
      },
      find: async ({ title, mark }) => {
        const query = `Queue = ${quoted(place)} AND Subject = ${quoted(title)} AND Creator = '__CurrentUser__'`;
        for (const one of await pages(http, `${REST}/tickets`, { query, fields: "Subject" })) {
          const id = textOf(record(one)["id"]);
          const [first] = await contents(id, ["Create"], new Set());
          if (first?.text.includes(mark) === true) return read(id);
        }
        return undefined;
      },
      update: async (id, { title, status, severity }) => {
        await http({
          method: "PUT",
          path: `${REST}/ticket/${encodeURIComponent(id)}`,
          body: {
            ...(title !== undefined && { Subject: title }),
            ...(status !== undefined && { Status: status }),
            ...(severity !== undefined && { Priority: Number(severity) }),
          },
        });
      },
      comments: (id, known) => contents(id, ["Comment", "Correspond"], known),
      comment: async (id, text) => {
        const path = `${REST}/ticket/${encodeURIComponent(id)}/comment`;
        await http({ method: "POST", path, body: { Content: text, ContentType: "text/plain" } });
      },
      changed: async (cursor) => {
        // A query's time is read in the zone of the account, which nothing tells: the last day is listed again and sorted out here.
        const since = cursor === "" ? DAY_MS * 2 : Date.parse(cursor);
        const day = new Date(since - DAY_MS).toISOString().slice(0, 19).replace("T", " ");
        const query = `Queue = ${quoted(place)} AND LastUpdated >= '${day}'`;
        const found = await pages(http, `${REST}/tickets`, { query, orderby: "LastUpdated", fields: "LastUpdated" });
        const fresh = found
          .map(record)
          .map((one) => ({ id: textOf(one["id"]), at: textOf(one["LastUpdated"]) }))
          .filter(({ at }) => cursor === "" || at >= cursor);
        const last = fresh.map(({ at }) => at).sort();
        return { ids: fresh.map(({ id }) => id), cursor: last.at(-1) ?? cursor };
      },
    };
  },
};

/** Lists of attachments leave out what is in them: each is read by itself until one is plain text. */
async function textIn(http: Http, transaction: string): Promise<string> {
  for (const one of await pages(http, `${REST}/transaction/${transaction}/attachments`, {})) {
    const attachment = record(
      (await http({ method: "GET", path: `${REST}/attachment/${textOf(record(one)["id"])}` })).json,
    );
    if (textOf(attachment["ContentType"]).startsWith("text/plain"))
      return Buffer.from(textOf(attachment["Content"]), "base64").toString("utf8");
  }
  return "";
}

async function pages(http: Http, path: string, query: Readonly<Record<string, string>>): Promise<unknown[]> {
  const found: unknown[] = [];
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const { json } = await http({ method: "GET", path, query: { ...query, page: String(page), per_page: "100" } });
    const answer = record(json);
    found.push(...list(answer["items"]));
    if (page >= Number(answer["pages"] ?? 1)) break;
  }
  return found;
}

const quoted = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
