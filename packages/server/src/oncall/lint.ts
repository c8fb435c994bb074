/** lint: what is wrong with a policy before it is needed: steps that nobody reaches, people who cannot be reached, hours in which
 *  nobody is on call. Pure. Looks four weeks ahead. */
import type { Finding, NotifyTarget, PolicyStep } from "@holdfast/contracts/oncall-model";
import { SEVERITIES, type Severity } from "@holdfast/contracts/model";
import { inOrder, isAtLeast, type KnownPolicy, type KnownSchedule, type Roster } from "./policy.ts";
import { gapsOf, segmentsOf } from "./rota.ts";
import { DAY_MS, openZone } from "./zone.ts";

export const AHEAD_MS = 28 * DAY_MS;

export function lintPolicy(
  policy: KnownPolicy,
  given: { readonly roster: Roster; readonly policies: readonly KnownPolicy[]; readonly now: number },
): Finding[] {
  const findings = policy.steps.flatMap((step, at) => [
    ...unreachable(policy, step, at),
    ...step.notify.flatMap((target) => lintTarget(target, at, given)),
  ]);
  const shadow = shadowedBy(policy, given.policies);
  if (shadow !== undefined) {
    findings.push(
      warning(
        "POLICY_SHADOWED",
        null,
        `It never opens by itself: "${shadow.name}" comes first and opens for the same incidents.`,
      ),
    );
  }
  return unique(findings);
}

function unreachable(policy: KnownPolicy, step: PolicyStep, at: number): Finding[] {
  const { when } = step;
  if (when === null) return [];
  const found: Finding[] = [];
  if (openZone(when.timeZone) === undefined) {
    found.push(
      error("ZONE_UNKNOWN", at, `Step ${at + 1} goes by the time zone "${when.timeZone}", which does not exist.`),
    );
  }
  const opened = possible(policy);
  if (when.severities.length > 0 && !when.severities.some((one) => opened.includes(one))) {
    const text = `Step ${at + 1} is never taken: it is only for ${when.severities.join(", ")}, and the policy opens from ${policy.opens?.severityAtLeast ?? "informational"} on.`;
    found.push(error("STEP_UNREACHABLE", at, text));
  }
  return found;
}

/** By hand a policy may be used for any severity. */
function possible({ opens }: KnownPolicy): readonly Severity[] {
  return opens === null ? SEVERITIES : SEVERITIES.filter((one) => isAtLeast(one, opens.severityAtLeast));
}

function lintTarget(
  target: NotifyTarget,
  at: number,
  { roster, now }: { readonly roster: Roster; readonly now: number },
): Finding[] {
  const step = `Step ${at + 1}`;
  if (target.kind === "channel") {
    if (roster.channels.has(target.connectorId)) return [];
    return [error("CHANNEL_UNKNOWN", at, `${step} sends to "${target.to}" by a connector that does not exist.`)];
  }
  if (target.kind === "schedule") {
    const schedule = roster.schedules.get(target.id);
    if (schedule === undefined)
      return [error("STEP_TARGET_UNKNOWN", at, `${step} names a schedule that does not exist.`)];
    return lintSchedule(schedule, at, { roster, now });
  }
  if (target.kind === "person") return lintPerson(target.id, step, { roster, at });
  const members = [...roster.people.values()].filter(({ team }) => team === target.team);
  if (members.length === 0)
    return [error("STEP_NOBODY", at, `${step} reaches nobody: the team ${target.team} is empty.`)];
  return members.flatMap(({ id }) => lintPerson(id, step, { roster, at }));
}

function lintSchedule(
  schedule: KnownSchedule,
  at: number,
  { roster, now }: { readonly roster: Roster; readonly now: number },
): Finding[] {
  const named = `Step ${at + 1} (${schedule.name})`;
  if (openZone(schedule.timeZone) === undefined)
    return [error("ZONE_UNKNOWN", at, `${named} goes by the time zone "${schedule.timeZone}", which does not exist.`)];
  const range = { from: now, to: now + AHEAD_MS };
  const segments = segmentsOf(schedule, schedule.overrides, range);
  const gaps = gapsOf(segments);
  const people = new Set(segments.flatMap(({ personId }) => (personId === null ? [] : [personId])));
  if (people.size === 0) return [error("SCHEDULE_EMPTY", at, `${named}: nobody is on call in the next four weeks.`)];
  const [first] = gaps;
  const found = [...people].flatMap((id) => lintPerson(id, named, { roster, at }));
  if (first !== undefined) {
    const length = gaps.reduce((sum, gap) => sum + gap.to - gap.from, 0) / 3_600_000;
    const text = `${named}: nobody is on call for ${Math.round(length * 10) / 10} hours of the next four weeks, first from ${new Date(first.from).toISOString().slice(0, 16)}Z.`;
    found.push(warning("SCHEDULE_GAP", at, text));
  }
  return found;
}

function lintPerson(
  id: string,
  named: string,
  { roster, at }: { readonly roster: Roster; readonly at: number },
): Finding[] {
  const person = roster.people.get(id);
  if (person === undefined)
    return [error("PERSON_UNKNOWN", at, `${named} names somebody who no longer has an account.`)];
  const usable = (roster.contacts.get(id) ?? []).filter(
    ({ kind, connectorId }) => kind !== "browser" && connectorId !== null && roster.channels.has(connectorId),
  );
  if (usable.length > 0) return [];
  return [
    warning(
      "PERSON_NO_CONTACT",
      at,
      `${named}: ${person.name} has no contact method that reaches beyond an open browser.`,
    ),
  ];
}

function shadowedBy(policy: KnownPolicy, all: readonly KnownPolicy[]): KnownPolicy | undefined {
  const { opens } = policy;
  if (opens === null) return undefined;
  const ordered = inOrder(all);
  const place = ordered.findIndex(({ id }) => id === policy.id);
  return ordered
    .slice(0, Math.max(0, place))
    .find(
      ({ opens: other }) =>
        other !== null &&
        isAtLeast(opens.severityAtLeast, other.severityAtLeast) &&
        other.criticalityAtLeast <= opens.criticalityAtLeast &&
        (other.services.length === 0 ||
          (opens.services.length > 0 && opens.services.every((id) => other.services.includes(id)))),
    );
}

const error = (code: Finding["code"], step: number | null, message: string): Finding => ({
  level: "error",
  code,
  step,
  message,
});
const warning = (code: Finding["code"], step: number | null, message: string): Finding => ({
  level: "warning",
  code,
  step,
  message,
});

function unique(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((one) => [`${one.step} ${one.message}`, one])).values()];
}
