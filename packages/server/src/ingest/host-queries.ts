/** host-queries: asks hosts by their osquery: people's side (ask, look up) and the hosts' side (fetch, answer). A question only reads, goes to
 *  a host once, and ends by its time; its rows go through the spool like every record before the host hears that they arrived. */
import { randomBytes } from "node:crypto";
import type { HostQuery, hostQueryRoutes } from "@holdfast/contracts/host-queries";
import type { AuditLog } from "../platform/audit-log/index.ts";
import type { Clock } from "../platform/clock/index.ts";
import type { Handlers } from "../platform/http-contract.ts";
import type { Tables } from "../platform/tables/index.ts";
import { ingestFail } from "./errors.ts";
import * as store from "./host-query-store.ts";

export interface HostQueries {
  readonly routes: Handlers<typeof hostQueryRoutes>;
  /** Questions that wait for this host, by id; they are not given again. */
  take(node: store.Node): Promise<Record<string, string>>;
  /** The rows of what this host was asked, as records; what nobody asked is left out. `kept` is called when they are on disk. */
  answered(node: store.Node, said: Said): Promise<{ readonly records: Buffer[]; kept(): Promise<void> }>;
}

export interface Said {
  readonly rows: Readonly<Record<string, unknown>>;
  readonly statuses: Readonly<Record<string, unknown>>;
  readonly messages: Readonly<Record<string, unknown>>;
}

export function createHostQueries({
  tables,
  audit,
  clock,
  recordBytes,
}: {
  readonly tables: Tables;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly recordBytes: number;
}): HostQueries {
  const { db } = tables;
  const now = (): string => new Date(clock.now()).toISOString();
  const one = async (id: string): Promise<HostQuery> => {
    const [found] = await store.readQueries(db, { id }, now());
    if (found === undefined) throw ingestFail("INGEST_QUERY_UNKNOWN", `There is no question "${id}" to hosts.`);
    return found;
  };
  return {
    routes: {
      listAskableHosts: async ({ query }) => ({ items: await store.listNodes(db, query.host) }),
      listHostQueries: async ({ query }) => ({ items: await store.readQueries(db, query, now()) }),
      getHostQuery: ({ params }) => one(params.id),
      askHosts: async ({ body }, { actor }) => {
        const problem = problemOf(body.query);
        if (problem !== undefined) throw ingestFail("INGEST_QUERY_REFUSED", problem);
        const nodes = await store.nodesNamed(db, body.hosts);
        const known = new Set(nodes.map(({ host }) => host.toLowerCase()));
        const missing = body.hosts.filter((host) => !known.has(host.toLowerCase()));
        if (missing.length > 0)
          throw ingestFail(
            "INGEST_QUERY_REFUSED",
            `No osquery of ${missing.slice(0, 5).join(", ")} has ever asked for questions. Switch them on there, see the guide's page on sources; GET /api/host-queries/hosts lists those that do.`,
          );
        const id = randomBytes(8).toString("hex");
        const { query, reason, incidentId, minutes } = body;
        const expiresAt = new Date(clock.now() + minutes * 60_000).toISOString();
        await tables.transaction(async (tx) => {
          const asked = { id, query, reason, incidentId, askedBy: actor.name, askedAt: now(), expiresAt };
          await store.insertQuery(tx, asked, nodes);
          const details = { query, reason, incidentId, hosts: nodes.map(({ host }) => host) };
          await audit.append(tx, { actor, action: "hosts.asked", target: id, details });
        });
        return one(id);
      },
    },
    take: async (node) => {
      await store.seeNode(db, node, now());
      return store.takeWaiting(db, node, now());
    },
    answered: async (node, { rows, statuses, messages }) => {
      const ids = [...new Set([...Object.keys(rows), ...Object.keys(statuses)])].slice(0, MOST_ANSWERS);
      const awaited = await store.awaited(db, node, ids);
      const records: Buffer[] = [];
      const answers = [...awaited].map((id): store.Answer => {
        const list = Array.isArray(rows[id]) ? rows[id] : [];
        const texts = list.map((columns: unknown) => Buffer.from(JSON.stringify(recordOf({ id, node, columns }))));
        const fitting = texts.filter((text) => text.length <= recordBytes);
        records.push(...fitting);
        const failed = Number(statuses[id] ?? 0) !== 0;
        const cut = texts.length - fitting.length;
        const said = typeof messages[id] === "string" ? messages[id].slice(0, 1_000) : "";
        const message = cut === 0 ? said : `${cut} rows are over ${recordBytes} bytes and were left out. ${said}`;
        return { id, failed, rows: fitting.length, message };
      });
      return { records, kept: () => store.writeAnswers(db, node, { answers, at: now() }) };
    },
  };

  /** As a scheduled query's row, so that it is read like one. */
  function recordOf({ id, node, columns }: { id: string; node: store.Node; columns: unknown }): object {
    const unixTime = Math.floor(clock.now() / 1000);
    return { name: store.channelOf(id), hostIdentifier: node.host, unixTime, action: "answer", columns };
  }
}

const MOST_ANSWERS = 100;

/** One statement that reads. What would send something from the host, or copy whole files away, is no question. */
function problemOf(query: string): string | undefined {
  if (!/^(?:select|with)\b/i.test(query)) return "A question begins with SELECT or WITH.";
  if (query.replace(/;\s*$/, "").includes(";")) return "A question is one statement, without ; inside.";
  const acting = /\b(curl|curl_certificate|carves|yara)\b/i.exec(query);
  return acting === null
    ? undefined
    : `The table ${acting[1]} makes the host fetch or send something; a question only reads what is there.`;
}
