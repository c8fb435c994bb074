/** from-cacao: CACAO v2 to a playbook. Whatever a step says beyond our words is kept with it, found by making CACAO of the step and
 *  comparing: so nothing is lost, whatever the document holds. */
import { outputInCel, variableInCel } from "./condition.ts";
import { equal } from "./equal.ts";
import { free, slug } from "./identifier.ts";
import { durationOf, type JsonObject, type Playbook, type Step, type Variable } from "./model.ts";
import { isRecord, type Problem, type ReadResult } from "./read.ts";
import { plainToCacao, variableToCacao } from "./to-cacao.ts";

/** Without judging the result. */
export function plainFromCacao(document: Readonly<Record<string, unknown>>): ReadResult {
  if (document["type"] !== "playbook" || document["spec_version"] !== "cacao-2.0") {
    return refused("spec_version", 'This is no CACAO v2 playbook: type is "playbook" and spec_version "cacao-2.0".');
  }
  const { workflow, workflow_start: startId } = document;
  if (!isRecord(workflow) || Object.keys(workflow).length === 0)
    return refused("workflow", "A playbook has a workflow.");
  const start = typeof startId === "string" ? workflow[startId] : undefined;
  if (!isRecord(start) || typeof start["on_completion"] !== "string") {
    return refused("workflow_start", "workflow_start names a start step that has on_completion.");
  }
  const keys = keysOf(workflow, String(startId));
  const problems: Problem[] = [];
  const steps: Record<string, Step> = {};
  for (const [id, key] of keys) {
    const raw = workflow[id];
    const step = isRecord(raw) ? stepFromCacao(raw, keys) : undefined;
    if (step === undefined) return refused(`workflow.${id}`, "This is no step of CACAO v2 that can be read.");
    steps[key] = step;
  }
  const first = keys.get(start["on_completion"]);
  if (first === undefined) return refused(`workflow.${String(startId)}.on_completion`, "There is no such step.");
  const said = textOf(document["name"])?.slice(0, 200) ?? "";
  const name = said.trim() === "" ? "Playbook" : said;
  const { playbook_variables: variables, agent_definitions: agents, target_definitions: targets } = document;
  const exception = document["workflow_exception"];
  const { on_completion: _first, ...startRest } = start;
  const bare: Playbook = {
    id: free(slug(name, "playbook"), RESERVED),
    name,
    ...fields(document, { description: "description", types: "playbook_types", labels: "labels" }),
    ...fields(document, { priority: "priority", severity: "severity", impact: "impact" }),
    ...(isRecord(variables) ? { variables: variablesFromCacao(variables) } : {}),
    start: first,
    ...(typeof exception === "string" && keys.has(exception) ? { on_exception: keys.get(exception) ?? "" } : {}),
    ...(isRecord(agents) ? { agents: agents as Record<string, JsonObject> } : {}),
    ...(isRecord(targets) ? { targets: targets as Record<string, JsonObject> } : {}),
    steps,
    cacao: { id: String(document["id"]), start: { id: String(startId), ...(startRest as JsonObject) } },
  };
  // Steps first: what is kept of the whole is what is different when they are right.
  const made = plainToCacao(bare);
  const madeWorkflow = made["workflow"] as JsonObject;
  for (const [id, key] of keys) {
    const step = steps[key];
    if (step !== undefined)
      steps[key] = { ...step, cacao: { id, ...difference(madeWorkflow[id] as JsonObject, workflow[id]) } };
  }
  const playbook = { ...bare, cacao: { ...bare.cacao, ...difference(plainToCacao(bare), document) } };
  return { ok: true, playbook, problems };
}

/** No names for anything of ours. */
const RESERVED: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype));

/** A name for each step but the start, out of its title. */
function keysOf(workflow: Readonly<Record<string, unknown>>, startId: string): Map<string, string> {
  const keys = new Map<string, string>();
  const taken = new Set<string>(RESERVED);
  for (const [id, raw] of Object.entries(workflow)) {
    if (id === startId || !isRecord(raw)) continue;
    const type = textOf(raw["type"]) ?? "step";
    const key = free(slug(textOf(raw["name"]) ?? "", type.replace(/-condition$|-action$/, "")), taken);
    taken.add(key);
    keys.set(id, key);
  }
  return keys;
}

function stepFromCacao(raw: Readonly<Record<string, unknown>>, keys: ReadonlyMap<string, string>): Step | undefined {
  const to = (value: unknown): string | undefined => (typeof value === "string" ? keys.get(value) : undefined);
  const names = fields(raw, { title: "name", description: "description" });
  if (raw["type"] === "end") return { end: true, ...names };
  const next = to(raw["on_completion"]) ?? to(raw["on_success"]);
  const failure = to(raw["on_failure"]);
  const wait = durationFrom(raw["delay"]);
  const within = durationFrom(raw["timeout"]);
  const { step_variables: variables } = raw;
  const common = {
    ...names,
    ...(next === undefined ? {} : { next }),
    ...(failure === undefined ? {} : { on_failure: failure }),
    ...(wait === undefined ? {} : { wait }),
    ...(isRecord(variables) ? { variables: variablesFromCacao(variables) } : {}),
  };
  const limits = within === undefined ? {} : { within };
  switch (raw["type"]) {
    case "action": {
      const { commands, agent, targets } = raw;
      if (!Array.isArray(commands) || commands.length === 0) return undefined;
      const ask = namesOf(raw["out_args"]);
      return {
        commands: commands as JsonObject[],
        ...(typeof agent === "string" ? { agent } : {}),
        ...(Array.isArray(targets) ? { targets: targets.map(String) } : {}),
        ...(ask === undefined ? {} : { ask }),
        ...common,
        ...limits,
      };
    }
    case "playbook-action": {
      if (typeof raw["playbook_id"] !== "string") return undefined;
      const given = namesOf(raw["in_args"])?.map((name): [string, string] => [name, `\${${variableInCel(name)}}`]);
      const taken = namesOf(raw["out_args"])?.map((name): [string, string] => [name, outputInCel(name)]);
      return {
        playbook: raw["playbook_id"],
        ...(given === undefined ? {} : { with: Object.fromEntries(given) }),
        ...common,
        ...limits,
        ...(taken === undefined ? {} : { save: Object.fromEntries(taken) }),
      };
    }
    case "parallel": {
      const branches = Array.isArray(raw["next_steps"]) ? raw["next_steps"].map(to) : [];
      return branches.length > 0 ? { parallel: branches.filter((key) => key !== undefined), ...common } : undefined;
    }
    case "if-condition": {
      const yes = to(raw["on_true"]);
      const no = to(raw["on_false"]);
      if (yes === undefined || typeof raw["condition"] !== "string") return undefined;
      return { if: { cacao: raw["condition"] }, then: yes, ...(no === undefined ? {} : { else: no }), ...common };
    }
    case "while-condition": {
      const body = to(raw["on_true"]);
      if (body === undefined || typeof raw["condition"] !== "string") return undefined;
      return { while: { cacao: raw["condition"] }, do: body, ...common };
    }
    case "switch-condition": {
      const { switch: subject, cases } = raw;
      if (typeof subject !== "string" || !isRecord(cases)) return undefined;
      const ways = Object.entries(cases).flatMap(([name, id]): [string, string][] => {
        const key = to(id);
        return key === undefined ? [] : [[name, key]];
      });
      const otherwise = ways.find(([name]) => name === "default")?.[1];
      return {
        switch: subject,
        cases: Object.fromEntries(ways.filter(([name]) => name !== "default")),
        ...(otherwise === undefined ? {} : { default: otherwise }),
        ...common,
      };
    }
    default:
      return undefined;
  }
}

function variablesFromCacao(raw: Readonly<Record<string, unknown>>): Record<string, Variable> {
  const variables: Record<string, Variable> = {};
  for (const [name, value] of Object.entries(raw)) {
    const inner = /^__(.+)__$/.exec(name)?.[1];
    if (inner === undefined || !isRecord(value) || typeof value["type"] !== "string") continue;
    const made: Variable = {
      type: value["type"],
      ...fields(value, { value: "value", description: "description", constant: "constant", external: "external" }),
    };
    const kept = difference(variableToCacao(made), value);
    variables[inner] = Object.keys(kept).length === 0 ? made : { ...made, cacao: kept };
  }
  return variables;
}

/** What has to be put over `made` to get `wanted`. */
function difference(made: JsonObject | undefined, wanted: unknown): { set?: JsonObject; unset?: string[] } {
  const target = isRecord(wanted) ? (wanted as JsonObject) : {};
  const set = Object.fromEntries(Object.entries(target).filter(([key, value]) => !equal(made?.[key], value)));
  const unset = Object.keys(made ?? {}).filter((key) => !Object.hasOwn(target, key));
  return { ...(Object.keys(set).length > 0 ? { set } : {}), ...(unset.length > 0 ? { unset } : {}) };
}

/** Our names for those of its fields that are there. */
function fields(raw: Readonly<Record<string, unknown>>, names: Readonly<Record<string, string>>): object {
  return Object.fromEntries(
    Object.entries(names).flatMap(([ours, theirs]) => (raw[theirs] === undefined ? [] : [[ours, raw[theirs]]])),
  );
}

function durationFrom(value: unknown): string | undefined {
  return typeof value === "number" && Number.isInteger(value) && value > 0 ? durationOf(value) : undefined;
}

function namesOf(value: unknown): string[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const names = value.map((item: unknown) => /^__([a-zA-Z_][a-zA-Z0-9_-]*)__$/.exec(String(item))?.[1]);
  return names.every((name) => name !== undefined) ? names : undefined;
}

const textOf = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

export function refused(at: string, message: string): ReadResult {
  return { ok: false, problems: [{ level: "error", at, line: null, message }] };
}
