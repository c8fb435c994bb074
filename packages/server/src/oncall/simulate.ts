/** simulate: who would be paged, step by step, if nobody answered. Pure, and by the functions that page. */
import type { Output } from "@holdfast/contracts";
import type { oncallRoutes } from "@holdfast/contracts/oncall";
import { type KnownPolicy, leftOut, recipientsOf, type Roster, type Subject } from "./policy.ts";

type Steps = Output<(typeof oncallRoutes)["simulate"]>["steps"];

export function simulate(
  policy: KnownPolicy,
  roster: Roster,
  { subject, at }: { readonly subject: Subject; readonly at: number },
): Steps {
  const { severity } = subject;
  const found: Steps = [];
  let moment = at;
  for (let round = 1; round <= policy.repeat + 1; round += 1) {
    for (const [step, one] of policy.steps.entries()) {
      const why = leftOut(one, severity, moment);
      const entry = { step: step + 1, round, at: new Date(moment).toISOString() };
      if (why !== undefined) {
        found.push({ ...entry, skipped: why, people: [] });
        continue;
      }
      const people = recipientsOf(one, roster, { severity, at: moment });
      found.push({
        ...entry,
        skipped: null,
        people: people.map(({ person, via, methods, problem }) => ({
          person: person === null ? null : { id: person.id, name: person.name },
          via,
          problem,
          methods: methods.map(({ kind, to, skipped }) => ({ kind, to, used: skipped === null, why: skipped ?? "" })),
        })),
      });
      moment += one.waitSeconds * 1000;
    }
  }
  return found;
}
