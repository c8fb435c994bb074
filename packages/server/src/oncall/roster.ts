/** roster: reads what decides who is paged, as one picture of now. */
import type { ContactMethod } from "@holdfast/contracts/oncall-model";
import type { Executor } from "../platform/tables/index.ts";
import type { OncallOptions } from "./port.ts";
import type { Roster } from "./policy.ts";
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
