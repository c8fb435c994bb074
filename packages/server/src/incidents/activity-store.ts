/** activity-store: what the event store knows about how hosts, users, addresses and processes touched each other. All SQL of
 *  the investigation; every value is a parameter. */
import type { EventStore } from "../platform/events/index.ts";

export interface Activity {
  readonly id: string;
  readonly timeMs: number;
  readonly classUid: number;
  readonly failed: boolean;
  readonly code: string;
  readonly host: string;
  readonly user: string;
  readonly targetUser: string;
  readonly src: string;
  readonly dst: string;
  readonly dstPort: number;
  readonly peer: string;
  readonly process: string;
  readonly cmd: string;
  readonly pid: number;
  readonly guid: string;
  readonly parent: string;
  readonly parentPid: number;
  readonly file: string;
  readonly domain: string;
  readonly object: string;
  readonly message: string;
}

/** Many events of one shape as one row: `count` of them between first and last. */
export interface Flow
  extends Pick<Activity, "host" | "user" | "targetUser" | "src" | "dst" | "dstPort" | "peer" | "domain"> {
  readonly classUid: number;
  readonly process: string;
  readonly count: number;
  readonly failed: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** What is looked at: of an incident of an exercise only what that sent, of a real one nothing that any exercise sent. */
export interface Sources {
  readonly only: readonly string[] | null;
  readonly not: readonly string[];
}

export interface Range {
  readonly fromMs: number;
  readonly toMs: number;
  readonly sources: Sources;
}

export async function eventsById(events: EventStore, ids: readonly string[], range: Range): Promise<Activity[]> {
  if (ids.length === 0) return [];
  const rows = await events.query<ActivityRow>(
    `SELECT ${COLUMNS} FROM ${events.table("events")} WHERE ${IN_RANGE} AND id IN {ids:Array(UInt64)} ORDER BY time, id LIMIT 2000`,
    { params: { ...timesOf(range), ids: ids.map(BigInt) } },
  );
  return rows.map(toActivity);
}

/** Logons and flows between the hosts, users and addresses of an incident, counted. */
export async function flowsBetween(
  events: EventStore,
  range: Range,
  among: { readonly hosts: readonly string[]; readonly ips: readonly string[]; readonly users: readonly string[] },
): Promise<Flow[]> {
  const rows = await events.query<FlowRow>(
    `SELECT class_uid, any(host) AS a_host, any(user) AS a_user, any(target_user) AS a_target, ${ip("src_ip")} AS a_src, ${ip("dst_ip")} AS a_dst,
      if(dst_port < 32768, dst_port, 0) AS a_port, any(peer_host) AS a_peer, any(domain) AS a_domain, any(process_path) AS a_process,
      count() AS n, countIf(status_id = 2) AS bad, toUnixTimestamp64Milli(min(time)) AS first_ms, toUnixTimestamp64Milli(max(time)) AS last_ms
    FROM ${events.table("events")}
    WHERE ${IN_RANGE} AND class_uid IN (3002, 4001, 4002, 4006, 4007) AND (
      (lower(host) IN {hosts:Array(String)} AND (${ip("src_ip")} IN {ips:Array(String)} OR ${ip("dst_ip")} IN {ips:Array(String)} OR lower(peer_host) IN {hosts:Array(String)}))
      OR (class_uid = 3002 AND lower(host) IN {hosts:Array(String)} AND lower(if(target_user = '', user, target_user)) IN {users:Array(String)}))
    GROUP BY class_uid, lower(host), lower(user), lower(target_user), src_ip, dst_ip, a_port, lower(peer_host), lower(domain), lower(process_path)
    ORDER BY bad DESC, n DESC LIMIT 1000`,
    { params: { ...timesOf(range), hosts: lower(among.hosts), ips: [...among.ips], users: lower(among.users) } },
  );
  return rows.map((row) => ({
    classUid: Number(row.class_uid),
    host: row.a_host,
    user: row.a_user,
    targetUser: row.a_target,
    src: row.a_src,
    dst: row.a_dst,
    dstPort: Number(row.a_port),
    peer: row.a_peer,
    domain: row.a_domain,
    process: row.a_process,
    count: Number(row.n),
    failed: Number(row.bad),
    firstMs: Number(row.first_ms),
    lastMs: Number(row.last_ms),
  }));
}

export async function launchesOn(
  events: EventStore,
  host: string,
  range: Range & { readonly limit: number },
): Promise<{ launches: Activity[]; total: number }> {
  const where = `${IN_RANGE} AND class_uid = 1007 AND activity_id IN (0, 1) AND lower(host) = {host:String} AND process_path != ''`;
  const params = { ...timesOf(range), host: host.toLowerCase() };
  const [rows, counted] = await Promise.all([
    events.query<ActivityRow>(
      `SELECT ${COLUMNS} FROM ${events.table("events")} WHERE ${where} ORDER BY time, id LIMIT ${range.limit}`,
      { params },
    ),
    events.query<{ n: string }>(`SELECT count() AS n FROM ${events.table("events")} WHERE ${where}`, { params }),
  ]);
  return { launches: rows.map(toActivity), total: Number(counted[0]?.n ?? 0) };
}

/** Rule titles and the highest level by event. */
export async function signalsOn(
  events: EventStore,
  ids: readonly string[],
  range: Range,
): Promise<ReadonlyMap<string, { readonly titles: string[]; readonly level: string }>> {
  if (ids.length === 0) return new Map();
  const rows = await events.query<{ event: string; titles: string[]; worst: string }>(
    `SELECT toString(event_id) AS event, groupUniqArray(8)(rule_title) AS titles, argMax(level, indexOf({levels:Array(String)}, level)) AS worst
    FROM ${events.table("signals")} WHERE ${IN_RANGE} AND event_id IN {ids:Array(UInt64)} AND outcome = 'alert' GROUP BY event_id`,
    { params: { ...timesOf(range), ids: ids.map(BigInt), levels: LEVELS } },
  );
  return new Map(rows.map((row) => [row.event, { titles: row.titles, level: row.worst }]));
}

export interface NewThing {
  readonly value: string;
  readonly detail: string;
  readonly count: number;
  readonly firstMs: number;
}

/** Values of a column on a host in the range that were not seen there in the days before. */
export async function firstSeen(
  events: EventStore,
  what: "process" | "logon",
  asked: Range & { readonly host: string; readonly sinceMs: number },
): Promise<NewThing[]> {
  const [value, detail, filter] =
    what === "process"
      ? ["lower(process_path)", "any(process_cmd)", "class_uid = 1007 AND activity_id IN (0, 1) AND process_path != ''"]
      : [
          `concat(lower(if(target_user = '', user, target_user)), ' from ', ${ip("src_ip")})`,
          "any(product)",
          `class_uid = 3002 AND activity_id IN (0, 1) AND status_id != 2 AND ${ip("src_ip")} != ''`,
        ];
  const rows = await events.query<{ thing: string; shown: string; n: string; first_ms: string }>(
    `SELECT ${value} AS thing, ${detail} AS shown, count() AS n, toUnixTimestamp64Milli(min(time)) AS first_ms
    FROM ${events.table("events")}
    WHERE time >= fromUnixTimestamp64Milli({since:Int64}, 'UTC') AND time < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
      AND lower(host) = {host:String} AND ${filter} AND ${FROM_SOURCES}
    GROUP BY thing HAVING first_ms >= {from:Int64} ORDER BY first_ms LIMIT 60`,
    { params: { ...timesOf(asked), since: asked.sinceMs, host: asked.host.toLowerCase() } },
  );
  return rows.map((row) => ({
    value: row.thing,
    detail: row.shown,
    count: Number(row.n),
    firstMs: Number(row.first_ms),
  }));
}

/** Whether the host sent anything before the range: without that everything would be new. */
export async function seenBefore(
  events: EventStore,
  host: string,
  { beforeMs, sources }: { readonly beforeMs: number; readonly sources: Sources },
): Promise<boolean> {
  const rows = await events.query<{ n: string }>(
    `SELECT count() AS n FROM (SELECT 1 FROM ${events.table("events")}
      WHERE lower(host) = {host:String} AND ${FROM_SOURCES} AND time < fromUnixTimestamp64Milli({before:Int64}, 'UTC') LIMIT 1)`,
    { params: { host: host.toLowerCase(), before: beforeMs, ...placesOf(sources) } },
  );
  return Number(rows[0]?.n ?? 0) > 0;
}

/** Services installed, tasks made, accounts and groups changed, configuration written. */
export async function configEvents(events: EventStore, host: string, range: Range): Promise<Activity[]> {
  const rows = await events.query<ActivityRow>(
    `SELECT ${COLUMNS} FROM ${events.table("events")}
    WHERE ${IN_RANGE} AND lower(host) = {host:String} AND (class_uid IN (1006, 3004, 3006, 3007, 201003, 201004, 5019)
      OR event_code IN ('7045', '4697', '4698', '4702', '4719', '1102')) ORDER BY time DESC LIMIT 60`,
    { params: { ...timesOf(range), host: host.toLowerCase() } },
  );
  return rows.map(toActivity).reverse();
}

const LEVELS = ["informational", "low", "medium", "high", "critical"];

const FROM_SOURCES =
  "({any_source:Bool} OR source IN {only_sources:Array(String)}) AND source NOT IN {not_sources:Array(String)}";
const IN_RANGE =
  "time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND time <= fromUnixTimestamp64Milli({to:Int64}, 'UTC') AND " +
  FROM_SOURCES;

/** IPv4 as people write it; nothing for the unspecified address. */
function ip(column: string): string {
  return `if(${column} = toIPv6('::'), '', replaceOne(toString(${column}), '::ffff:', ''))`;
}

const COLUMNS = `toString(id) AS event, toUnixTimestamp64Milli(time) AS at_ms, class_uid, status_id, event_code, host, user, target_user,
  ${ip("src_ip")} AS a_src, ${ip("dst_ip")} AS a_dst, dst_port, peer_host, process_path, process_cmd, process_pid, process_guid, parent_path, parent_pid,
  file_path, domain, object, substring(message, 1, 500) AS a_message`;

type ActivityRow = {
  event: string;
  at_ms: string;
  class_uid: number;
  status_id: number;
  event_code: string;
  host: string;
  user: string;
  target_user: string;
  a_src: string;
  a_dst: string;
  dst_port: number;
  peer_host: string;
  process_path: string;
  process_cmd: string;
  process_pid: number;
  process_guid: string;
  parent_path: string;
  parent_pid: number;
  file_path: string;
  domain: string;
  object: string;
  a_message: string;
};

type FlowRow = {
  class_uid: number;
  a_host: string;
  a_user: string;
  a_target: string;
  a_src: string;
  a_dst: string;
  a_port: number;
  a_peer: string;
  a_domain: string;
  a_process: string;
  n: string;
  bad: string;
  first_ms: string;
  last_ms: string;
};

function toActivity(row: ActivityRow): Activity {
  return {
    id: row.event,
    timeMs: Number(row.at_ms),
    classUid: row.class_uid,
    failed: row.status_id === 2,
    code: row.event_code,
    host: row.host,
    user: row.user,
    targetUser: row.target_user,
    src: row.a_src,
    dst: row.a_dst,
    dstPort: row.dst_port,
    peer: row.peer_host,
    process: row.process_path,
    cmd: row.process_cmd,
    pid: row.process_pid,
    guid: row.process_guid,
    parent: row.parent_path,
    parentPid: row.parent_pid,
    file: row.file_path,
    domain: row.domain,
    object: row.object,
    message: row.a_message,
  };
}

const timesOf = ({ fromMs, toMs, sources }: Range) => ({ from: fromMs, to: toMs, ...placesOf(sources) });
const placesOf = ({ only, not }: Sources) => ({
  any_source: only === null,
  only_sources: only ?? [],
  not_sources: not,
});

const lower = (values: readonly string[]): string[] => values.map((value) => value.toLowerCase());
