/** alarm: what an alarm says of the effect that it is about. It is raised before anything else of its transaction writes to an incident:
 *  alerts are taken in under a lock that whoever changes incidents holds first. */
import type { Effect } from "./effect.ts";
import type { Alarm } from "./port.ts";

export function alarmOf(effect: Effect, at: number): Omit<Alarm, "key" | "reason"> {
  const { incidentId, exerciseId, targets } = effect;
  return { incidentId, exerciseId, hosts: targets.flatMap(({ kind, value }) => (kind === "host" ? [value] : [])), at };
}
