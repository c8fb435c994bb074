/** correlation-signal: a match of a correlation as a signal, so that it is searched, collapsed and worked on like any other. What
 *  it is about comes from the group it was found in, and from the signals that made it where they are at hand. */
import { isIP } from "node:net";
import type { CorrelationCondition, CorrelationMatch, CorrelationRule } from "@holdfast/sigma";
import type { Signal, SignalEntity, SignalField } from "./signal.ts";

export interface MatchFacts {
  readonly match: CorrelationMatch;
  /** The events behind it that are known, oldest first. */
  readonly eventIds: readonly string[];
  /** Signals of this block that are part of it. */
  readonly parts: readonly Signal[];
  readonly outcome: Signal["outcome"];
  readonly ruleHash: string;
}

export function correlationSignal({ match, eventIds, parts, outcome, ruleHash }: MatchFacts): Signal {
  const { rule, group } = match;
  const grouped = Object.entries(group).flatMap(([name, value]) => entityOf(name, value));
  const last = parts.at(-1);
  const entities = distinct([...grouped, ...parts.flatMap((part) => part.entities)]).slice(0, MAX_ENTITIES);
  const entity = grouped[0] ?? last?.entity ?? { kind: "host", value: "unknown" };
  return {
    id: match.id,
    eventId: eventIds.at(-1) ?? "0",
    timeMs: match.formedMs,
    ruleId: rule.id,
    ruleTitle: rule.title,
    ruleHash,
    level: rule.level,
    outcome,
    hiddenBy: "",
    tactics: rule.attack.tactics,
    techniques: rule.attack.techniques,
    entity: { kind: entity.kind, value: entity.value },
    entities,
    fields: fieldsOf(match, eventIds),
    host: grouped.find(({ kind }) => kind === "host")?.value ?? last?.host ?? "",
    user: grouped.find(({ kind }) => kind === "user")?.value ?? last?.user ?? "",
    message: messageOf(match),
  };
}

/** Lengths of time as rules write them. */
export function timespanText(ms: number): string {
  for (const [unit, name] of UNITS) if (ms % unit === 0) return `${ms / unit}${name}`;
  return `${ms}ms`;
}

const UNITS = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "m"],
  [1_000, "s"],
] as const;
const MAX_ENTITIES = 100;
const SHOWN_EVENTS = 100;

function fieldsOf({ rule, group, value }: CorrelationMatch, eventIds: readonly string[]): SignalField[] {
  return [
    ...Object.entries(group).map(([field, text]) => ({ field, value: text, pattern: "", selection: "group-by" })),
    {
      field: rule.type,
      value: String(Math.round(value * 1000) / 1000),
      pattern: conditionOf(rule),
      selection: "condition",
    },
    ...eventIds
      .slice(0, SHOWN_EVENTS)
      .map((id) => ({ field: "event", value: id, pattern: "", selection: "contributing" })),
  ];
}

/** "gte 5 in 5m". */
export function conditionOf({ condition, timespanMs }: CorrelationRule): string {
  return `${conditionText(condition)} in ${timespanText(timespanMs)}`;
}

/** " for user ida, host pc7"; empty where nothing groups. */
export function groupText(group: CorrelationMatch["group"]): string {
  const about = Object.entries(group).map(([name, value]) => `${name} ${value}`);
  return about.length === 0 ? "" : ` for ${about.join(", ")}`;
}

function conditionText(condition: CorrelationCondition): string {
  if (condition.kind === "expression") return "the rules of the condition";
  const bounds = condition.bounds.map(({ op, value }) => `${op} ${value}`).join(", ");
  const fields = condition.fields.length === 0 ? "" : `${condition.fields.join(", ")} `;
  return `${fields}${bounds === "" ? "all rules" : bounds}`;
}

function messageOf({ count, group, firstMs, lastMs }: CorrelationMatch): string {
  const seconds = Math.round((lastMs - firstMs) / 1000);
  return `${count} ${count === 1 ? "match" : "matches"} within ${seconds} s${groupText(group)}`;
}

/** What a group-by name stands for, by the name first, by the look of the value where the name says nothing. */
function entityOf(name: string, value: string): SignalEntity[] {
  const plain = name.replaceAll(/[^a-z]/gi, "").toLowerCase();
  if (isIP(value) !== 0) return [{ kind: "ip", value, role: "origin" }];
  if (HOSTS.has(plain)) return [{ kind: "host", value, role: "own" }];
  if (USERS.test(plain)) return [{ kind: "user", value, role: "seen" }];
  return [];
}

const HOSTS = new Set(["host", "hostname", "computer", "computername", "workstation", "workstationname", "devicename"]);
const USERS =
  /(?:user|username|account|accountname|identityarn|useridentityarn|upn|principal|principalname|actor|actorlogin)$/;

function distinct(entities: readonly SignalEntity[]): SignalEntity[] {
  return [
    ...new Map(
      entities.map((entity) => [`${entity.role}:${entity.kind}:${entity.value.toLowerCase()}`, entity]),
    ).values(),
  ];
}
