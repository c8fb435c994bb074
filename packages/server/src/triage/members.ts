/** members: which stored signals an alert is made of, as a condition of the event store. A signal is counted by exactly one alert; this
 *  says which of the stored ones that were, by the cause, the time and the place in the spool, and by what people took out of where. Pure. */
import type { EventParams } from "../platform/events/index.ts";
import type { Group, GroupValue } from "./causes.ts";

export interface Range {
  readonly firstMs: number;
  readonly lastMs: number;
  /** Places in the spool, more than a number holds; null where they are not known. */
  readonly firstEvent: bigint | null;
  readonly lastEvent: bigint | null;
}

/** Groups that went elsewhere. */
export interface Elsewhere {
  readonly groups: readonly Group[];
  /** Only those counted after this event, or until that one; null: all. */
  readonly after: bigint | null;
  readonly until: bigint | null;
  /** Those of an alert that was put back did not, in the end. */
  readonly but: Range | null;
}

/** What one alert could be made of. */
export interface Claim extends Range {
  readonly all: readonly (readonly Group[])[];
  /** It is made of these and no others. */
  readonly listed: readonly string[] | null;
  /** Signals that were named one by one and are in other alerts. */
  readonly unlisted: readonly string[];
  readonly elsewhere: readonly Elsewhere[];
}

export interface Membership extends Claim {
  readonly ruleId: string;
  /** Sources of exercises, or of the one that it belongs to. */
  readonly sources: { readonly only: readonly string[] } | { readonly not: readonly string[] };
  /** Alerts that could have taken the same signals: what both could be made of is surely neither's. Null: there are too many. */
  readonly others: readonly Claim[] | null;
}

export interface ConditionMaker {
  groups(groups: readonly Group[]): string;
  ids(ids: readonly string[]): string;
  /** In lower case, as groups are compared. */
  value(kind: GroupValue["kind"]): string;
  written(kind: GroupValue["kind"]): string;
  bind(type: string, value: EventParams[string]): string;
  readonly params: EventParams;
}

export function conditionMaker(): ConditionMaker {
  const params: Record<string, EventParams[string]> = {};
  const bind: ConditionMaker["bind"] = (type, value) => {
    const name = `p${Object.keys(params).length}`;
    params[name] = value;
    return `{${name}:${type}}`;
  };
  const groups: ConditionMaker["groups"] = (asked) => {
    const [first] = asked;
    if (first === undefined) return "0";
    if (first.length === 1 && asked.every((group) => group.length === 1 && group[0]?.kind === first[0]?.kind)) {
      const values = asked.flatMap((group) => group[0]?.value ?? []);
      return `${valueOf(first[0]?.kind ?? "rule")} IN ${textsOf(values)}`;
    }
    const one = (group: Group): string =>
      group.length === 0 ? "1" : group.map(({ kind, value }) => `${valueOf(kind)} = ${textOf(value)}`).join(" AND ");
    return `(${asked.map((group) => `(${one(group)})`).join(" OR ")})`;
  };
  return { groups, ids: idsIn, value: valueOf, written: writtenOf, bind, params };
}

export function membersOf(maker: ConditionMaker, member: Membership): string {
  const { ruleId, sources, others } = member;
  const conditions = [
    `rule_id = ${maker.bind("String", ruleId)}`,
    "outcome = 'alert'",
    ...("only" in sources ? [`source IN ${textsOf(sources.only)}`] : []),
    ...("not" in sources && sources.not.length > 0 ? [`source NOT IN ${textsOf(sources.not)}`] : []),
    claimOf(maker, member),
    ...(others === null ? ["0"] : others.map((other) => `NOT (${claimOf(maker, other)})`)),
  ];
  return conditions.map((text) => `(${text})`).join("\n AND ");
}

/** Milliseconds since the epoch of a signal. */
export const AT = "toUnixTimestamp64Milli(toDateTime64(time, 3))";

function claimOf(maker: ConditionMaker, claim: Claim): string {
  const { all, listed, unlisted, elsewhere } = claim;
  const conditions = [
    rangeOf(claim),
    ...(listed === null ? all.map((groups) => maker.groups(groups)) : [maker.ids(listed)]),
    ...(unlisted.length === 0 ? [] : [`NOT ${maker.ids(unlisted)}`]),
    ...elsewhere.map(({ groups, after, until, but }) => {
      const counted = [
        maker.groups(groups),
        ...(after === null ? [] : [`event_id > ${after}`]),
        ...(until === null ? [] : [`event_id <= ${until}`]),
        ...(but === null ? [] : [`NOT (${rangeOf(but)})`]),
      ];
      return `NOT (${counted.join(" AND ")})`;
    }),
  ];
  return conditions.map((text) => `(${text})`).join(" AND ");
}

/** Numbers of our own, which stand in the statement as they are. */
function rangeOf({ firstMs, lastMs, firstEvent, lastEvent }: Range): string {
  const times = `time >= fromUnixTimestamp64Milli(${firstMs}) AND time < fromUnixTimestamp64Milli(${lastMs + 1})`;
  return firstEvent === null || lastEvent === null
    ? times
    : `${times} AND event_id >= ${firstEvent} AND event_id <= ${lastEvent}`;
}

/** As triage reads the keys of a signal: the entity of its rule first, where it happened and came from before what else is named. */
function valueOf(kind: GroupValue["kind"]): string {
  return kind === "rule" ? "concat(entity_kind, ':', lowerUTF8(entity))" : `lowerUTF8(${writtenOf(kind)})`;
}

function writtenOf(kind: GroupValue["kind"]): string {
  if (kind === "rule") return "concat(entity_kind, ':', entity)";
  const known = kind === "host" ? "host" : kind === "user" ? "user" : "''";
  const near = `arrayFirst(e -> startsWith(e, 'own:${kind}:') OR startsWith(e, 'origin:${kind}:'), entities)`;
  const seen = `arrayFirst(e -> startsWith(e, 'seen:${kind}:'), entities)`;
  return `multiIf(entity_kind = '${kind}', entity, ${near} != '', replaceRegexpOne(${near}, '^[a-z]+:[a-z]+:', ''),
    ${seen} != '', replaceRegexpOne(${seen}, '^[a-z]+:[a-z]+:', ''), empty(entities), ${known}, '')`;
}

/** Parameters travel in the address of the request, which ends at 16 KiB: lists have to stand in the statement, as digits. */
function textsOf(values: readonly string[]): string {
  return values.length === 0 ? "('')" : `(${values.map(textOf).join(",")})`;
}

function textOf(value: string): string {
  return `unhex('${Array.from(new TextEncoder().encode(value), (byte) => byte.toString(16).padStart(2, "0")).join("")}')`;
}

function idsIn(ids: readonly string[]): string {
  const safe = ids.filter((id) => /^[0-9A-Za-z_-]{1,100}$/.test(id));
  return safe.length === 0 ? "0" : `id IN (${safe.map((id) => `'${id}'`).join(",")})`;
}
