/** roster: reads what decides who is paged, as one picture of now. */
import type { ContactMethod } from "@holdfast/contracts/oncall-model";
import type { Team } from "@holdfast/contracts/model";
import type { Executor } from "../platform/tables/index.ts";
import type { OncallOptions } from "./port.ts";
import type { Roster } from "./policy.ts";
import { onCallAt } from "./rota.ts";
import { readContacts, readOverrides, readSchedules } from "./roster-store.ts";

/** @param after overrides that ended before this moment are left out */
export async function readRoster(
  options: Pick<OncallOptions, "people" | "channels">,
  db: Executor,
  after: number,
): Promise<Roster> {
  const people = await options.people();
  const channels = await options.channels();
  const schedules = await readSchedules(db);
  const overrides = await readOverrides(db, after);
  const contacts: ReadonlyMap<string, readonly ContactMethod[]> = await readContacts(db);
  return {
    people: new Map(people.map((one) => [one.id, one])),
    schedules: new Map(
      schedules.map((one) => [
        one.id,
        { ...one, overrides: overrides.filter(({ scheduleId }) => scheduleId === one.id) },
      ]),
    ),
    contacts,
    channels: new Map(channels.map(({ id, kind, name }) => [id, { kind, name }])),
  };
}

/** Who is on call for a side now: by the schedules of that side, then by those of both sides. */
export async function personOnCall(
  options: Pick<OncallOptions, "people" | "clock">,
  db: Executor,
  team: Team,
): Promise<{ readonly id: string; readonly name: string } | null> {
  const now = options.clock.now();
  const schedules = (await readSchedules(db)).filter((one) => one.team === team || one.team === null);
  if (schedules.length === 0) return null;
  const [overrides, people] = [await readOverrides(db, now), await options.people()];
  for (const one of schedules.toSorted((a, b) => Number(a.team === null) - Number(b.team === null))) {
    const own = overrides.filter(({ scheduleId }) => scheduleId === one.id);
    const found = people.find(({ id }) => id === onCallAt(one, own, now)?.personId);
    if (found !== undefined) return { id: found.id, name: found.name };
  }
  return null;
}
