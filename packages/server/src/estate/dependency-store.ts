/** dependency-store: what was seen of who calls whom, added up in the block's transaction, and what people made of it. Rows are bounded: when
 *  there are too many, what was not seen for long makes room, and what still does not fit is answered, to be counted. */
import { sql } from "drizzle-orm";
import ipaddr from "ipaddr.js";
import type { Executor, Transaction } from "../platform/tables/index.ts";
import { hostName } from "./names.ts";

type EndKind = "service" | "host" | "asset";

export interface SeenEdge {
  readonly evidence: "trace" | "call" | "flow";
  readonly fromKind: EndKind;
  readonly from: string;
  readonly toKind: EndKind;
  readonly to: string;
  /** What is spoken, or the port. */
  readonly detail: string;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly count: number;
}

const MOST_ROWS = 20_000;
const STALE_DAYS = 90;

/** The edges must be distinct. @returns how many found no room */
export async function addEdges(tx: Transaction, edges: readonly SeenEdge[], most: number = MOST_ROWS): Promise<number> {
  if (edges.length === 0) return 0;
  const { rows: known } = await tx.execute<{ place: number }>(sql`
    UPDATE observed_dependency o SET count = o.count + s.count, first_seen = least(o.first_seen, s.first_seen), last_seen = greatest(o.last_seen, s.last_seen)
    FROM ${unnested(edges)} WHERE o.evidence = s.evidence AND o.from_kind = s.from_kind AND o.from_name = s.from_name
      AND o.to_kind = s.to_kind AND o.to_name = s.to_name AND o.detail = s.detail
    RETURNING s.place::int AS place`);
  const places = new Set(known.map(({ place }) => place));
  const fresh = edges.filter((_, at) => !places.has(at + 1));
  if (fresh.length === 0) return 0;
  const { rows: counted } = await tx.execute<{ n: number }>(sql`SELECT count(*)::int AS n FROM observed_dependency`);
  let room = most - (counted[0]?.n ?? 0);
  if (room < fresh.length) {
    const gone = await tx.execute(
      sql`DELETE FROM observed_dependency WHERE last_seen < now() - make_interval(days => ${STALE_DAYS}) RETURNING 1`,
    );
    room += gone.rows.length;
  }
  const added = fresh.slice(0, Math.max(0, room));
  if (added.length > 0)
    await tx.execute(sql`
      INSERT INTO observed_dependency (evidence, from_kind, from_name, to_kind, to_name, detail, first_seen, last_seen, count)
      SELECT evidence, from_kind, from_name, to_kind, to_name, detail, first_seen, last_seen, count FROM ${unnested(added)}`);
  return fresh.length - added.length;
}

/** The assets that had these addresses last. */
export async function assetsAt(tx: Executor, ips: readonly string[]): Promise<Map<string, string>> {
  const valid = ips.filter((ip) => ipaddr.isValid(ip));
  if (valid.length === 0) return new Map();
  const { rows } = await tx.execute<{ asked: string; id: string }>(sql`
    SELECT DISTINCT ON (asked.ip) asked.ip AS asked, a.asset_id AS id FROM unnest(${sql.param(valid)}::text[]) AS asked (ip)
    JOIN asset_address a ON a.ip = asked.ip::inet ORDER BY asked.ip, a.last_seen DESC`);
  return new Map(rows.map((row) => [row.asked, row.id]));
}

export async function readEdges(db: Executor): Promise<SeenEdge[]> {
  const { rows } = await db.execute<{
    evidence: SeenEdge["evidence"];
    from_kind: EndKind;
    from_name: string;
    to_kind: EndKind;
    to_name: string;
    detail: string;
    first_seen: Date;
    last_seen: Date;
    count: number;
  }>(sql`SELECT * FROM observed_dependency ORDER BY last_seen DESC`);
  return rows.map((row) => ({
    evidence: row.evidence,
    fromKind: row.from_kind,
    from: row.from_name,
    toKind: row.to_kind,
    to: row.to_name,
    detail: row.detail,
    firstMs: new Date(row.first_seen).getTime(),
    lastMs: new Date(row.last_seen).getTime(),
    count: Number(row.count),
  }));
}

/** Which services each end may be: by its own name, or those that run on the asset that it is. */
export async function servicesOfEnds(
  db: Executor,
  ends: readonly { readonly kind: EndKind; readonly name: string }[],
): Promise<(end: { readonly kind: EndKind; readonly name: string }) => readonly string[]> {
  const hosts = [...new Set(ends.flatMap(({ kind, name }) => (kind === "host" ? [name] : [])))];
  const keys = new Map(hosts.map((name) => [name, hostName(name)?.key ?? ""]));
  const { rows: aliases } = await db.execute<{ name: string; asset_id: string }>(
    sql`SELECT name, asset_id FROM asset_alias WHERE name = ANY(${sql.param([...keys.values()])}::text[])`,
  );
  const byAlias = new Map(aliases.map((row) => [row.name, row.asset_id]));
  const byAddress = await assetsAt(db, hosts);
  const { rows: services } = await db.execute<{ id: string; name: string }>(sql`SELECT id, name FROM service`);
  const byName = Map.groupBy(
    services.flatMap(({ id, name }) =>
      [...new Set([id.toLowerCase(), name.toLowerCase()])].map((called) => ({ called, id })),
    ),
    ({ called }) => called,
  );
  const { rows: placed } = await db.execute<{ service_id: string; asset_id: string }>(
    sql`SELECT service_id, asset_id FROM service_asset`,
  );
  const onAsset = Map.groupBy(placed, ({ asset_id }) => asset_id);
  const named = (name: string): string[] => (byName.get(name.toLowerCase()) ?? []).map(({ id }) => id);
  return ({ kind, name }) => {
    if (kind === "service") return named(name);
    const asset = kind === "asset" ? name : (byAlias.get(keys.get(name) ?? "") ?? byAddress.get(name));
    const found = (onAsset.get(asset ?? "") ?? []).map(({ service_id }) => service_id);
    // Inside of a cluster, a host name is often the name of a service.
    return found.length > 0 || kind === "asset" ? found : named(name.split(".")[0] ?? "");
  };
}

export interface Decision {
  readonly from: string;
  readonly to: string;
  readonly state: "accepted" | "dismissed";
  readonly by: string;
  readonly at: string;
  readonly reason: string;
}

export async function readDecisions(db: Executor): Promise<Decision[]> {
  const { rows } = await db.execute<{
    service_id: string;
    needs_id: string;
    state: Decision["state"];
    by_name: string;
    at: Date;
    reason: string;
  }>(sql`SELECT * FROM dependency_decision`);
  return rows.map((row) => ({
    from: row.service_id,
    to: row.needs_id,
    state: row.state,
    by: row.by_name,
    at: new Date(row.at).toISOString(),
    reason: row.reason,
  }));
}

export async function writeDecision(tx: Transaction, decision: Decision): Promise<void> {
  const { from, to, state, by, at, reason } = decision;
  await tx.execute(sql`
    INSERT INTO dependency_decision (service_id, needs_id, state, by_name, at, reason) VALUES (${from}, ${to}, ${state}, ${by}, ${at}::timestamptz, ${reason})
    ON CONFLICT (service_id, needs_id) DO UPDATE SET state = excluded.state, by_name = excluded.by_name, at = excluded.at, reason = excluded.reason`);
}

export async function removeDecision(
  tx: Transaction,
  pair: { readonly from: string; readonly to: string },
): Promise<void> {
  await tx.execute(sql`DELETE FROM dependency_decision WHERE service_id = ${pair.from} AND needs_id = ${pair.to}`);
}

function unnested(edges: readonly SeenEdge[]) {
  const column = (key: keyof SeenEdge) => sql.param(edges.map((edge) => edge[key]));
  const times = (key: "firstMs" | "lastMs") => sql.param(edges.map((edge) => new Date(edge[key]).toISOString()));
  return sql`unnest(
    ${column("evidence")}::text[], ${column("fromKind")}::text[], ${column("from")}::text[], ${column("toKind")}::text[], ${column("to")}::text[],
    ${column("detail")}::text[], ${times("firstMs")}::timestamptz[], ${times("lastMs")}::timestamptz[], ${column("count")}::bigint[])
    WITH ORDINALITY AS s (evidence, from_kind, from_name, to_kind, to_name, detail, first_seen, last_seen, count, place)`;
}
