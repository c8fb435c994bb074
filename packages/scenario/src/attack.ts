/** attack: the steps of a scenario turned into records, in their order. One stage per run holds what later steps refer to:
 *  the processes that were started and the logon sessions that were opened. */
import { actOnPlatform } from "./attack-platforms.ts";
import { actOnWindows } from "./attack-windows.ts";
import type { Random } from "./random.ts";
import { PLACEHOLDER, type Action, type Scenario, type Step } from "./scenario.ts";
import { sidOf, type Emission, type Host, type Person, type Process, type World } from "./world.ts";

export interface Stage {
  readonly world: World;
  readonly random: Random;
  /** Process id of the scenario file -> the process. */
  readonly processes: Map<string, Process>;
  host(role: string): Host;
  /** The address behind a role, or the address itself. */
  address(roleOrAddress: string): string;
}

export interface Moment {
  readonly at_ms: number;
  readonly host: Host;
  readonly person: Person;
}

export interface AttackRecord {
  readonly emission: Emission;
  readonly step: Step;
}

export function attackOf(scenario: Scenario, world: World, run: { random: Random; end_ms: number }): AttackRecord[] {
  const { random } = run;
  const stage: Stage = {
    world,
    random,
    processes: new Map(),
    host: (role) => known(world.hosts.get(scenario.hosts.get(role) ?? role), `host ${role}`),
    address: (text) => (scenario.hosts.has(text) ? stage.host(text).address : text),
  };
  const person = (role: string): Person => known(world.people.get(scenario.people.get(role) ?? role), `person ${role}`);
  const fill = placeholders(scenario, stage, person);
  const records: AttackRecord[] = [];
  for (const step of scenario.attack) {
    let at_ms = run.end_ms - step.before_end_ms;
    for (const [index, placed] of step.actions.entries()) {
      at_ms += placed.after_ms ?? (index === 0 ? 0 : random.int(1500, 6000));
      const moment = { at_ms, host: stage.host(placed.on ?? step.on), person: person(placed.as ?? step.as) };
      const action = filled(placed.action, fill);
      for (const emission of actOnWindows(action, moment, stage) ?? actOnPlatform(action, moment, stage) ?? [])
        if (emission.at_ms < run.end_ms) records.push({ emission, step });
    }
  }
  return records;
}

/** {{role}}, and of hosts {{role.address}}, {{role.fqdn}}, of people {{role.account}}, {{role.sid}}, in the texts of actions. */
function placeholders(scenario: Scenario, stage: Stage, person: (role: string) => Person): (text: string) => string {
  const value = (role: string, part: string | undefined): string => {
    if (scenario.people.has(role)) {
      const { account, name } = person(role);
      return part === "account" ? account : part === "sid" ? sidOf(account) : name;
    }
    const host = stage.host(role);
    return part === "address" ? host.address : part === "fqdn" ? host.fqdn : host.name;
  };
  return (text) => text.replace(PLACEHOLDER, (_, role: string, part?: string) => value(role, part));
}

function filled<A extends Action>(action: A, fill: (text: string) => string): A {
  const copy = { ...action };
  for (const [key, value] of Object.entries(copy))
    if (typeof value === "string") Object.assign(copy, { [key]: fill(value) });
  return copy;
}

function known<T>(found: T | undefined, what: string): T {
  if (found === undefined) throw new RangeError(`the estate has no ${what}: call castProblems before generate`);
  return found;
}
