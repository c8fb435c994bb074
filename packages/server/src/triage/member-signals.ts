/** member-signals: the stored signals of an alert: counted, told apart by what they name, and page by page. */
import type { EventStore } from "../platform/events/index.ts";
import type { EntityRole, SignalField } from "../detect/index.ts";
import type { Group, GroupValue } from "./causes.ts";
import { MAX_ENTITIES, type SeenEntity, seenKey } from "./collapse.ts";
import { AT, type ConditionMaker } from "./members.ts";
import { KEPT, type Sample, type Samples } from "./samples.ts";

/** Signals of one table that a condition holds for. */
export interface Asked {
  readonly events: EventStore;
  readonly maker: ConditionMaker;
  readonly where: string;
}

export interface Tally {
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly firstEvent: bigint;
  readonly lastEvent: bigint;
  /** The entity of the rule, of the first that came. */
  readonly entity: { readonly kind: string; readonly value: string };
}

export interface GroupCount {
  readonly group: Group;
  /** The value of each kind as it was written. */
  readonly shown: readonly string[];
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

export interface MemberSignal extends Omit<Sample, "message"> {
  readonly entities: readonly { readonly kind: string; readonly value: string }[];
}

export async function tally(asked: Asked): Promise<Tally> {
  const [row] = await rowsOf<Record<"n" | "lo" | "hi" | "first_event" | "last_event" | "kind" | "value", string>>(
    asked,
    `count() AS n, min(${AT}) AS lo, max(${AT}) AS hi, toString(min(event_id)) AS first_event, toString(max(event_id)) AS last_event,
     argMin(entity_kind, (event_id, id)) AS kind, argMin(entity, (event_id, id)) AS value`,
  );
  return {
    count: Number(row?.n ?? 0),
    firstMs: Number(row?.lo ?? 0),
    lastMs: Number(row?.hi ?? 0),
    firstEvent: BigInt(row?.first_event ?? 0),
    lastEvent: BigInt(row?.last_event ?? 0),
    entity: { kind: row?.kind ?? "host", value: row?.value ?? "" },
  };
}

/** Largest first, at most `limit`, and how many there are in all. */
export async function countGroups(
  asked: Asked,
  kinds: readonly GroupValue["kind"][],
  limit: number,
): Promise<{ groups: GroupCount[]; total: number; count: number }> {
  const values = `[${kinds.map((kind) => asked.maker.value(kind)).join(", ")}]`;
  const written = `[${kinds.map((kind) => asked.maker.written(kind)).join(", ")}]`;
  const rows = await rowsOf<{
    g: string[];
    s: string[];
    n: string;
    lo: string;
    hi: string;
    total: string;
    sum: string;
  }>(
    asked,
    `${values} AS g, argMin(${written}, (event_id, id)) AS s, count() AS n, min(${AT}) AS lo, max(${AT}) AS hi,
     count() OVER () AS total, sum(count()) OVER () AS sum`,
    `GROUP BY g ORDER BY n DESC, g LIMIT ${Math.trunc(limit)}`,
  );
  return {
    groups: rows.map(({ g, s, n, lo, hi }) => ({
      group: kinds.map((kind, index) => ({ kind, value: g[index] ?? "" })),
      shown: s,
      count: Number(n),
      firstMs: Number(lo),
      lastMs: Number(hi),
    })),
    total: Number(rows[0]?.total ?? 0),
    count: Number(rows[0]?.sum ?? 0),
  };
}

/** How many values of each kind they name. */
export async function countValues(asked: Asked, kinds: readonly GroupValue["kind"][]): Promise<number[]> {
  const columns = kinds.map((kind) => `uniqIf(${asked.maker.value(kind)}, ${asked.maker.value(kind)} != '')`);
  const [row] = await rowsOf<{ n: (string | number)[] }>(asked, `[${columns.join(", ")}] AS n`);
  return (row?.n ?? []).map(Number);
}

/** The first hundred that they name, as counting one by one would have kept them, and the sightings of all others. */
export async function seenEntities(asked: Asked): Promise<{ entities: Map<string, SeenEntity>; cut: number }> {
  const named = `if(empty(entities), arrayDistinct(arrayFilter(e -> NOT endsWith(e, ':'), [concat('own:host:', host), concat('seen:user:', user),
    if(entity_kind IN ('host', 'user'), ':', concat('seen:', entity_kind, ':', entity))])), entities)`;
  const join = `ARRAY JOIN ${named} AS written, arrayEnumerate(${named}) AS place`;
  const rows = await rowsOf<{ e: string; n: string; lo: string; hi: string; sum: string }>(
    { ...asked, join },
    `argMin(written, (event_id, id)) AS e, count() AS n, min(${AT}) AS lo, max(${AT}) AS hi, sum(count()) OVER () AS sum`,
    `GROUP BY lowerUTF8(written) ORDER BY min((event_id, id, place)) LIMIT ${MAX_ENTITIES}`,
  );
  const entities = new Map<string, SeenEntity>();
  for (const { e, lo, hi } of rows) {
    const seen = { entity: entityOf(e), firstMs: Number(lo), lastMs: Number(hi) };
    entities.set(seenKey(seen.entity), seen);
  }
  const kept = rows.reduce((sum, { n }) => sum + Number(n), 0);
  return { entities, cut: Number(rows[0]?.sum ?? 0) - kept };
}

/** Both ends, with the messages of their events where those are still stored. */
export async function endsOf(asked: Asked, known: readonly Sample[]): Promise<Samples> {
  const [first, latest] = [
    await page(asked, `ORDER BY signals.time, signals.id LIMIT ${KEPT}`),
    await page(asked, `ORDER BY signals.time DESC, signals.id DESC LIMIT ${KEPT}`),
  ];
  const kept = new Map(known.map((sample) => [sample.signalId, sample]));
  const missing = [...first, ...latest].filter(({ signalId }) => !kept.has(signalId));
  const messages = await messagesOf(asked.events, missing);
  const sampleOf = ({ entities: _entities, ...signal }: MemberSignal): Sample =>
    kept.get(signal.signalId) ?? { ...signal, message: messages.get(signal.eventId) ?? "" };
  return { first: first.map(sampleOf), latest: latest.reverse().map(sampleOf) };
}

/** Which of these are among them. */
export async function among(asked: Asked, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const where = `(${asked.where}) AND ${asked.maker.ids(ids)}`;
  const rows = await rowsOf<{ id: string }>({ ...asked, where }, "DISTINCT id");
  return new Set(rows.map(({ id }) => id));
}

/** Newest first. */
export function listSignals(
  asked: Asked,
  given: { readonly limit: number; readonly before: { readonly at: number; readonly id: string } | undefined },
): Promise<MemberSignal[]> {
  const { limit, before } = given;
  const older =
    before === undefined
      ? ""
      : ` AND (time, id) < (fromUnixTimestamp64Milli(${asked.maker.bind("Int64", before.at)}), ${asked.maker.bind("String", before.id)})`;
  return page(
    { ...asked, where: `(${asked.where})${older}` },
    `ORDER BY signals.time DESC, signals.id DESC LIMIT ${Math.trunc(limit)}`,
  );
}

interface SignalRow {
  readonly id: string;
  readonly event: string;
  readonly at: string;
  readonly host: string;
  readonly user: string;
  readonly fields: string;
  readonly entities: string[];
}

async function page(asked: Asked, order: string): Promise<MemberSignal[]> {
  const rows = await rowsOf<SignalRow>(
    asked,
    `id, toString(event_id) AS event, ${AT} AS at, host, user, fields, entities`,
    order,
  );
  return rows.map((row) => ({
    signalId: row.id,
    eventId: row.event,
    timeMs: Number(row.at),
    host: row.host,
    user: row.user,
    fields: fieldsOf(row.fields),
    entities: row.entities.map(entityOf).map(({ kind, value }) => ({ kind, value })),
  }));
}

function fieldsOf(text: string): SignalField[] {
  const value: unknown = JSON.parse(text === "" ? "[]" : text);
  return Array.isArray(value) ? (value as SignalField[]) : [];
}

async function messagesOf(events: EventStore, signals: readonly MemberSignal[]): Promise<Map<string, string>> {
  const ids = [...new Set(signals.map(({ eventId }) => eventId))].filter((id) => id !== "0");
  if (ids.length === 0) return new Map();
  const rows = await events.query<{ id: string; message: string }>(
    `SELECT toString(id) AS id, message FROM ${events.table("events")} WHERE events.id IN {ids:Array(UInt64)}`,
    { params: { ids: ids.map(BigInt) }, limits: { timeMs: 10_000 } },
  );
  return new Map(rows.map(({ id, message }) => [id, message]));
}

const ROLE_KIND = /^(own|origin|seen):([a-z]+):/;

function entityOf(text: string): SeenEntity["entity"] {
  const [head = "", role = "seen", kind = "host"] = ROLE_KIND.exec(text) ?? [];
  return { role: role as EntityRole, kind: kind as SeenEntity["entity"]["kind"], value: text.slice(head.length) };
}

function rowsOf<Row>(
  { events, maker, where, join = "" }: Asked & { readonly join?: string },
  columns: string,
  tail = "",
) {
  return events.query<Row>(`SELECT ${columns} FROM ${events.table("signals")} ${join} WHERE ${where} ${tail}`, {
    params: maker.params,
    limits: { timeMs: 20_000 },
  });
}
