/** policy: which policy an incident opens, which of its steps holds at a moment, and whom a step reaches. Pure: people, schedules and
 *  contact methods are given. Escalation, simulator and lint go by the same functions, so what is foretold is what happens. */
import type {
  ContactMethod,
  NotifyTarget,
  PolicyBody,
  PolicyStep,
  ScheduleBody,
} from "@holdfast/contracts/oncall-model";
import { SEVERITIES, type Severity, type Team } from "@holdfast/contracts/model";
import { onCallAt, openHours, type Override } from "./rota.ts";
import { DAY_MS, minutesOf, openZone } from "./zone.ts";

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly team: Team;
}

export interface KnownSchedule extends ScheduleBody {
  readonly id: string;
  readonly overrides: readonly Override[];
}

export interface KnownPolicy extends PolicyBody {
  readonly id: string;
}

/** Everything that decides who is paged. */
export interface Roster {
  readonly people: ReadonlyMap<string, Person>;
  readonly schedules: ReadonlyMap<string, KnownSchedule>;
  readonly contacts: ReadonlyMap<string, readonly ContactMethod[]>;
  /** Connectors that deliver messages. */
  readonly channels: ReadonlyMap<string, { readonly kind: ContactMethod["kind"]; readonly name: string }>;
}

export interface Subject {
  readonly severity: Severity;
  readonly services: readonly { readonly id: string; readonly criticality: number }[];
}

/** The first in order that opens for it. */
export function policyFor(policies: readonly KnownPolicy[], subject: Subject): KnownPolicy | undefined {
  return inOrder(policies).find(({ opens }) => {
    if (opens === null || !isAtLeast(subject.severity, opens.severityAtLeast)) return false;
    const critical = Math.max(0, ...subject.services.map(({ criticality }) => criticality));
    if (critical < opens.criticalityAtLeast) return false;
    return opens.services.length === 0 || subject.services.some(({ id }) => opens.services.includes(id));
  });
}

export function inOrder(policies: readonly KnownPolicy[]): KnownPolicy[] {
  return [...policies].sort((a, b) => a.order - b.order || (a.name < b.name ? -1 : 1));
}

/** Why a step is left out; undefined when it is taken. */
export function leftOut(step: PolicyStep, severity: Severity, at: number): string | undefined {
  if (step.when === null) return undefined;
  const { severities, hours, timeZone } = step.when;
  if (severities.length > 0 && !severities.includes(severity)) return `only for ${severities.join(", ")}`;
  if (hours.length === 0) return undefined;
  const zone = openZone(timeZone);
  if (zone === undefined) return `the time zone "${timeZone}" is not known`;
  const open = openHours(hours, zone, { from: at, to: at + 1 }).length > 0;
  return open ? undefined : `not within its hours (${timeZone})`;
}

export interface Recipient {
  /** Null = a channel and no person. */
  readonly person: Person | null;
  /** How the step names them. */
  readonly via: string;
  /** In order; the first that gets through is enough. */
  readonly methods: readonly Method[];
  readonly problem: string | null;
}

export interface Method {
  readonly kind: ContactMethod["kind"];
  readonly connectorId: string | null;
  readonly to: string;
  /** Why it is not used now; null when it is. */
  readonly skipped: string | null;
}

/** Each person once, however many targets name them. */
export function recipientsOf(
  step: PolicyStep,
  roster: Roster,
  { severity, at }: { readonly severity: Severity; readonly at: number },
): Recipient[] {
  const found: Recipient[] = [];
  const named = new Set<string>();
  for (const target of step.notify) {
    for (const one of reached(target, roster, at)) {
      if (one.person !== null) {
        if (named.has(one.person.id)) continue;
        named.add(one.person.id);
      }
      found.push(one.person === null ? one : withMethods(one.person, one.via, { roster, severity, at }));
    }
  }
  return found;
}

export function isAtLeast(severity: Severity, least: Severity): boolean {
  return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(least);
}

function reached(target: NotifyTarget, roster: Roster, at: number): Recipient[] {
  const nobody = (via: string, problem: string): Recipient[] => [{ person: null, via, methods: [], problem }];
  const somebody = (person: Person, via: string): Recipient[] => [{ person, via, methods: [], problem: null }];
  if (target.kind === "person") {
    const person = roster.people.get(target.id);
    return person === undefined
      ? nobody("a person", "This person no longer has an account.")
      : somebody(person, person.name);
  }
  if (target.kind === "team") {
    const members = [...roster.people.values()].filter(({ team }) => team === target.team);
    return members.length === 0
      ? nobody(`everyone in ${target.team}`, `Nobody is in the team ${target.team}.`)
      : members.flatMap((person) => somebody(person, `everyone in ${target.team}`));
  }
  if (target.kind === "channel") {
    const channel = roster.channels.get(target.connectorId);
    if (channel === undefined) return nobody(target.to, "The connector of this channel no longer exists.");
    const method = { kind: channel.kind, connectorId: target.connectorId, to: target.to, skipped: null };
    return [{ person: null, via: `${channel.name} ${target.to}`, methods: [method], problem: null }];
  }
  const schedule = roster.schedules.get(target.id);
  if (schedule === undefined) return nobody("a schedule", "This schedule no longer exists.");
  const on = onCallAt(schedule, schedule.overrides, at);
  if (on === undefined || on.personId === null) {
    return nobody(`on call: ${schedule.name}`, `Nobody is on call in ${schedule.name} at that time.`);
  }
  const person = roster.people.get(on.personId);
  if (person === undefined) {
    return nobody(`on call: ${schedule.name}`, `Whoever is on call in ${schedule.name} no longer has an account.`);
  }
  return somebody(person, `on call: ${schedule.name}`);
}

function withMethods(
  person: Person,
  via: string,
  given: { readonly roster: Roster; readonly severity: Severity; readonly at: number },
): Recipient {
  const kept = given.roster.contacts.get(person.id) ?? [];
  const methods = kept.map(
    (method): Method => ({
      kind: method.kind,
      connectorId: method.connectorId,
      to: method.to,
      skipped: skippedWhy(method, given),
    }),
  );
  if (methods.some(({ skipped }) => skipped === null)) return { person, via, methods, problem: null };
  const problem =
    methods.length === 0
      ? `${person.name} has no contact method: only open pages of Holdfast show it.`
      : `None of ${person.name}'s contact methods can be used at that time: only open pages of Holdfast show it.`;
  return { person, via, methods, problem };
}

function skippedWhy(
  method: ContactMethod,
  { roster, severity, at }: { readonly roster: Roster; readonly severity: Severity; readonly at: number },
): string | null {
  if (method.kind !== "browser" && (method.connectorId === null || !roster.channels.has(method.connectorId))) {
    return "its connector no longer exists";
  }
  const { quiet } = method;
  if (quiet === null || isAtLeast(severity, quiet.unless)) return null;
  return isQuiet(quiet, at) ? `quiet from ${quiet.from} to ${quiet.to} (${quiet.timeZone})` : null;
}

function isQuiet(quiet: NonNullable<ContactMethod["quiet"]>, at: number): boolean {
  const zone = openZone(quiet.timeZone);
  if (zone === undefined) return false;
  const local = at + zone.offsetAt(at);
  const minute = Math.floor((((local % DAY_MS) + DAY_MS) % DAY_MS) / 60_000);
  const from = minutesOf(quiet.from);
  const to = minutesOf(quiet.to);
  return from < to ? minute >= from && minute < to : minute >= from || minute < to;
}
