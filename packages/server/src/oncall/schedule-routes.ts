/** schedule-routes: schedules, overrides and swaps, as people see and change them. */
import { randomUUID } from "node:crypto";
import type { Output } from "@holdfast/contracts";
import type { oncallRoutes } from "@holdfast/contracts/oncall";
import type { Schedule, ScheduleBody } from "@holdfast/contracts/oncall-model";
import type { CallContext, Handlers } from "../platform/http-contract.ts";
import type { Transaction } from "../platform/tables/index.ts";
import { fail } from "./errors.ts";
import { AHEAD_MS } from "./lint.ts";
import type { OncallOptions } from "./port.ts";
import type { Person } from "./policy.ts";
import { gapsOf, layerSegments, type Segment, segmentsOf } from "./rota.ts";
import * as store from "./roster-store.ts";
import { DAY_MS, openZone } from "./zone.ts";

type Routes = typeof oncallRoutes;
type Names =
  | "listSchedules"
  | "createSchedule"
  | "saveSchedule"
  | "deleteSchedule"
  | "getSchedule"
  | "createOverride"
  | "swapShifts"
  | "deleteOverride"
  | "whoIsOnCall";
type OverrideView = Output<Routes["createOverride"]>;
type People = ReadonlyMap<string, Person>;

const LONGEST_RANGE_MS = 100 * DAY_MS;

export function createScheduleRoutes(options: OncallOptions): Pick<Handlers<Routes>, Names> {
  const { tables, clock } = options;
  const { db } = tables;
  const people = async (): Promise<People> => new Map((await options.people()).map((one) => [one.id, one]));

  const views = async (): Promise<Schedule[]> => {
    const [all, overrides, known] = [
      await store.readSchedules(db),
      await store.readOverrides(db, clock.now()),
      await people(),
    ];
    return all.map((one) =>
      toSchedule(one, {
        overrides: overrides.filter(({ scheduleId }) => scheduleId === one.id),
        known,
        now: clock.now(),
      }),
    );
  };
  const one = async (id: string): Promise<Schedule> => {
    const found = (await views()).find((schedule) => schedule.id === id);
    if (found === undefined) throw fail("ONCALL_SCHEDULE_UNKNOWN", `There is no schedule with the id "${id}".`);
    return found;
  };
  const save = async (context: CallContext, id: string, body: ScheduleBody): Promise<Schedule> => {
    demandZone(body.timeZone);
    const known = await people();
    for (const personId of body.layers.flatMap((layer) => layer.people)) demandPerson(known, personId);
    await changed(
      context,
      { action: "oncall.schedule.saved", target: id, details: { name: body.name } },
      async (tx) => {
        if (!(await store.writeSchedule(tx, { id, body, now: clock.now() }))) throw taken("schedule", body.name);
      },
    );
    return one(id);
  };
  const changed = (
    context: CallContext,
    entry: { action: string; target: string; details: Record<string, unknown> },
    work: (tx: Transaction) => Promise<void>,
  ): Promise<void> =>
    tables.transaction(async (tx) => {
      await work(tx);
      await tables.notify(tx, "oncall.changed", { incidentId: null });
      await options.audit.append(tx, { actor: context.actor, ...entry });
    });
  const override = (
    context: CallContext,
    given: Omit<store.StoredOverride, "id" | "by" | "createdAt">,
  ): store.StoredOverride => {
    if (given.from >= given.to)
      throw fail("ONCALL_RANGE_INVALID", "The end lies before the beginning: turn them round.");
    const by = { id: context.actor.id, name: context.actor.name };
    return { ...given, id: randomUUID(), by, createdAt: clock.now() };
  };

  return {
    listSchedules: async () => ({ items: await views() }),
    createSchedule: ({ body }, context) => save(context, randomUUID(), body),
    saveSchedule: async ({ params, body }, context) => {
      await one(params.id);
      return save(context, params.id, body);
    },
    deleteSchedule: async ({ params }, context) => {
      const { name } = await one(params.id);
      const users = (await store.readPolicies(db)).filter(({ steps }) =>
        steps.some(({ notify }) => notify.some((target) => target.kind === "schedule" && target.id === params.id)),
      );
      if (users.length > 0) {
        const names = users.map((policy) => `"${policy.name}"`).join(", ");
        throw fail("ONCALL_IN_USE", `${name} is used by ${names}: take it out there first.`);
      }
      await changed(context, { action: "oncall.schedule.deleted", target: params.id, details: { name } }, (tx) =>
        store.deleteSchedule(tx, params.id),
      );
      return {};
    },
    getSchedule: async ({ params, query }) => {
      const schedule = await one(params.id);
      const from = query.from === undefined ? clock.now() : Date.parse(query.from);
      const to = query.to === undefined ? from + AHEAD_MS : Date.parse(query.to);
      if (from >= to || to - from > LONGEST_RANGE_MS) {
        throw fail("ONCALL_RANGE_INVALID", "Ask for a range that ends after it begins, of at most 100 days.");
      }
      const overrides = await store.readOverrides(db, from, params.id);
      const known = await people();
      const segments = segmentsOf(schedule, overrides, { from, to });
      const zone = openZone(schedule.timeZone);
      return {
        schedule,
        from: iso(from),
        to: iso(to),
        segments: segments.map((segment) => toSegment(segment, known)),
        layers: schedule.layers.map((layer) => ({
          name: layer.name,
          segments:
            zone === undefined
              ? []
              : layerSegments(layer, zone, { from, to }).map((segment) => toSegment(segment, known)),
        })),
        gaps: gapsOf(segments).map((gap) => ({ from: iso(gap.from), to: iso(gap.to) })),
        overrides: overrides.filter((entry) => entry.from < to).map((entry) => toOverride(entry, known)),
      };
    },
    createOverride: async ({ params, body }, context) => {
      await one(params.id);
      const known = await people();
      demandPerson(known, body.person);
      if (body.covers !== null) demandPerson(known, body.covers);
      const made = override(context, {
        scheduleId: params.id,
        from: Date.parse(body.from),
        to: Date.parse(body.to),
        personId: body.person,
        coversId: body.covers,
        reason: body.reason,
      });
      const details = { schedule: params.id, person: body.person, from: body.from, to: body.to, reason: body.reason };
      await changed(context, { action: "oncall.override.created", target: made.id, details }, (tx) =>
        store.insertOverride(tx, made),
      );
      return toOverride(made, known);
    },
    swapShifts: async ({ params, body }, context) => {
      const schedule = await one(params.id);
      const overrides = await store.readOverrides(db, 0, params.id);
      const [first, second] = [body.first, body.second].map(({ from, to }) => ({
        from: Date.parse(from),
        to: Date.parse(to),
      }));
      if (first === undefined || second === undefined) throw fail("ONCALL_SWAP_INVALID", "Name two shifts.");
      const holder = (range: { from: number; to: number }): string => {
        const held = range.from < range.to ? segmentsOf(schedule, overrides, range) : [];
        const holders = new Set(held.map(({ personId }) => personId));
        const [only] = holders;
        if (holders.size !== 1 || only === null || only === undefined) {
          throw fail(
            "ONCALL_SWAP_INVALID",
            `From ${iso(range.from)} to ${iso(range.to)} more or less than one person is on call: choose a whole shift.`,
          );
        }
        return only;
      };
      const [a, b] = [holder(first), holder(second)];
      if (a === b) throw fail("ONCALL_SWAP_INVALID", "Both shifts are the same person's already.");
      const common = { scheduleId: params.id, reason: body.reason };
      const made = [
        override(context, { ...common, ...first, personId: b, coversId: a }),
        override(context, { ...common, ...second, personId: a, coversId: b }),
      ];
      await changed(
        context,
        { action: "oncall.shifts.swapped", target: params.id, details: { ...body, people: [a, b] } },
        async (tx) => {
          for (const entry of made) await store.insertOverride(tx, entry);
        },
      );
      const known = await people();
      return { items: made.map((entry) => toOverride(entry, known)) };
    },
    deleteOverride: async ({ params }, context) => {
      await changed(context, { action: "oncall.override.deleted", target: params.id, details: {} }, async (tx) => {
        if ((await store.deleteOverride(tx, params.id)) === undefined) {
          throw fail("ONCALL_OVERRIDE_UNKNOWN", "There is no such override: somebody took it away before.");
        }
      });
      return {};
    },
    whoIsOnCall: async ({ query }) => {
      const asked = query.service === undefined ? [] : await options.servicesOf([query.service]);
      const owner = asked[0]?.owner ?? null;
      const wanted = query.team ?? (owner === "security" || owner === "operations" ? owner : undefined);
      const now = query.at === undefined ? clock.now() : Date.parse(query.at);
      const [all, overrides, known] = [
        await store.readSchedules(db),
        await store.readOverrides(db, now),
        await people(),
      ];
      const items = all
        .filter(({ team }) => wanted === undefined || team === wanted || team === null)
        .map((entry) => {
          const own = overrides.filter(({ scheduleId }) => scheduleId === entry.id);
          const { now: person, until, next } = toSchedule(entry, { overrides: own, known, now });
          return { scheduleId: entry.id, schedule: entry.name, team: entry.team, person, until, next };
        });
      return { items };
    },
  };
}

export function taken(what: string, name: string): Error {
  return fail("ONCALL_NAME_TAKEN", `There is a ${what} with the name "${name}" already: choose another name.`);
}

export function demandPerson(known: People, id: string): Person {
  const person = known.get(id);
  if (person === undefined)
    throw fail("ONCALL_PERSON_UNKNOWN", `There is no person with the id "${id}": take one from GET /api/people.`);
  return person;
}

export function demandZone(name: string): void {
  if (openZone(name) === undefined) {
    throw fail("ONCALL_ZONE_UNKNOWN", `There is no time zone "${name}". Write one such as Europe/Berlin or UTC.`);
  }
}

export const iso = (at: number): string => new Date(at).toISOString();

function toSchedule(
  one: store.StoredSchedule,
  given: { readonly overrides: readonly store.StoredOverride[]; readonly known: People; readonly now: number },
): Schedule {
  const { overrides, known, now } = given;
  const [current, after] = segmentsOf(one, overrides, { from: now, to: now + AHEAD_MS });
  const person = (segment: Segment | undefined) => named(segment?.personId ?? null, known);
  return {
    id: one.id,
    name: one.name,
    team: one.team,
    timeZone: one.timeZone,
    layers: one.layers,
    now: person(current),
    until: after === undefined ? null : iso(after.from),
    next: person(after),
    updatedAt: iso(one.updatedAt),
  };
}

function toSegment({ from, to, personId, source, overrideId }: Segment, known: People) {
  return { from: iso(from), to: iso(to), person: named(personId, known), source, overrideId };
}

function toOverride(one: store.StoredOverride, known: People): OverrideView {
  return {
    id: one.id,
    scheduleId: one.scheduleId,
    from: iso(one.from),
    to: iso(one.to),
    person: named(one.personId, known) ?? { id: one.personId, name: "no longer here" },
    covers: named(one.coversId, known),
    reason: one.reason,
    createdBy: one.by,
    createdAt: iso(one.createdAt),
  };
}

/** Whoever is gone stays visible as such: a hidden gap would be worse. */
function named(id: string | null, known: People): { id: string; name: string } | null {
  return id === null ? null : { id, name: known.get(id)?.name ?? "no longer here" };
}
