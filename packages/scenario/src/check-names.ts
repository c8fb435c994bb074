/** check-names: what a scenario file refers to must have been introduced: roles, processes, programs, placeholders.
 *  Done once after reading, so that generation never meets an unknown name. */
import type { Action, PlacedAction, Problem, Scenario, Step } from "./scenario.ts";
import { PLACEHOLDER, STANDING } from "./scenario.ts";

export function checkNames(scenario: Scenario, problems: Problem[]): void {
  const steps = new Set<string>();
  const processes = new Set<string>();
  for (const step of scenario.attack) {
    if (steps.has(step.id))
      problems.push({ line: step.line, message: `the step "${step.id}" stands here a second time` });
    steps.add(step.id);
    if (step.before_end_ms > scenario.duration_ms)
      problems.push({ line: step.line, message: `the step "${step.id}" would lie before the start of the run` });
    for (const message of roleProblems(scenario, step)) problems.push({ line: step.line, message });
    for (const placed of step.actions) {
      for (const message of [
        ...roleProblems(scenario, placed),
        ...processProblems(placed.action, processes),
        ...textProblems(placed.action, scenario),
      ])
        problems.push({ line: placed.line, message });
      if (placed.action.kind === "process") processes.add(placed.action.id);
    }
  }
}

function roleProblems(scenario: Scenario, place: Pick<Step | PlacedAction, "on" | "as">): string[] {
  const found: string[] = [];
  if (place.on !== undefined && !scenario.hosts.has(place.on)) found.push(`no host role "${place.on}" in hosts`);
  if (place.as !== undefined && !scenario.people.has(place.as)) found.push(`no person role "${place.as}" in people`);
  return found;
}

function processProblems(action: Action, processes: ReadonlySet<string>): string[] {
  const found: string[] = [];
  if ("by" in action && !processes.has(action.by))
    found.push(`no process "${action.by}" has been started before this action`);
  if (action.kind === "process" && !processes.has(action.parent) && !STANDING.includes(action.parent))
    found.push(`no process "${action.parent}" to start from: name one of this scenario, or ${STANDING.join(", ")}`);
  if ((action.kind === "access" || action.kind === "thread") && !STANDING.includes(action.target))
    found.push(`no program "${action.target}" runs on every host: the target is one of ${STANDING.join(", ")}`);
  return found;
}

function textProblems(action: Action, scenario: Scenario): string[] {
  const found: string[] = [];
  for (const [key, value] of Object.entries(action)) {
    if (typeof value === "number" && (value < 0 || value > LIMITS[key === "over_ms" ? "time" : "count"]))
      found.push(`${key} is out of its range`);
    if (typeof value !== "string") continue;
    for (const [text, role = ""] of value.matchAll(PLACEHOLDER))
      if (!scenario.hosts.has(role) && !scenario.people.has(role))
        found.push(`${text} names no role of hosts or people`);
    if ((key === "parameters" || key === "request") && !isJsonObject(value)) found.push(`${key} must be a JSON object`);
  }
  if (action.kind === "logon" && !scenario.hosts.has(action.from))
    found.push(`no host role "${action.from}" in hosts (from)`);
  return found;
}

const LIMITS = { count: 100_000, time: 7 * 86_400_000 };

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
