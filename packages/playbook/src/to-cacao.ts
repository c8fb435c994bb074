/** to-cacao: a playbook as plain CACAO v2. What came from CACAO goes back as it came. Our actions are, for others, instructions to
 *  a person. */
import { outputInCel, variableInCel } from "./condition.ts";
import { identifier } from "./identifier.ts";
import {
  type Condition,
  type JsonObject,
  type Json,
  milliseconds,
  type Playbook,
  type Step,
  type Variable,
} from "./model.ts";

export const HOLDFAST = "identity--8f3f0c52-0f0e-5d59-a3d5-0f3c1c3a7b10";
const EPOCH = "2026-01-01T00:00:00.000Z";

export interface Times {
  readonly created?: string;
  readonly modified?: string;
}

export function plainToCacao(playbook: Playbook, times: Times = {}): JsonObject {
  const ids = new Map(Object.entries(playbook.steps).map(([key, step]) => [key, idOf(playbook, key, step)]));
  const end = identifier("end", `${playbook.id}/`);
  const place: Place = { playbook, ids, end, ended: false, agents: {} };
  const { id: startId, ...start } = playbook.cacao?.start ?? {
    id: identifier("start", `${playbook.id}/`),
    type: "start",
  };
  const steps = Object.entries(playbook.steps).map(([key, step]): [string, Json] => [
    ids.get(key) ?? key,
    override(stepToCacao(step, place), step.cacao),
  ]);
  const workflow = Object.fromEntries([
    [String(startId), { ...start, on_completion: ids.get(playbook.start) ?? end }],
    ...steps,
    ...(place.ended ? [[end, { type: "end" }]] : []),
  ]) as JsonObject;
  const agents = { ...playbook.agents, ...place.agents };
  const whole = compact({
    type: "playbook",
    spec_version: "cacao-2.0",
    id: playbook.cacao?.id ?? identifier("playbook", playbook.id),
    name: playbook.name,
    description: playbook.description,
    playbook_types: playbook.types,
    created_by: HOLDFAST,
    created: times.created ?? EPOCH,
    modified: times.modified ?? times.created ?? EPOCH,
    priority: playbook.priority,
    severity: playbook.severity,
    impact: playbook.impact,
    labels: playbook.labels,
    playbook_variables: variablesToCacao(playbook.variables),
    workflow_start: String(startId),
    workflow_exception: playbook.on_exception === undefined ? undefined : ids.get(playbook.on_exception),
    workflow,
    agent_definitions: Object.keys(agents).length === 0 ? undefined : agents,
    target_definitions: playbook.targets,
  });
  return override(whole, playbook.cacao);
}

interface Place {
  readonly playbook: Playbook;
  readonly ids: ReadonlyMap<string, string>;
  readonly end: string;
  /** Whether a step leads to the end that only CACAO needs. */
  ended: boolean;
  readonly agents: Record<string, JsonObject>;
}

const CACAO_TYPES = {
  action: "action",
  manual: "action",
  commands: "action",
  playbook: "playbook-action",
  parallel: "parallel",
  if: "if-condition",
  while: "while-condition",
  switch: "switch-condition",
  end: "end",
} as const;

function idOf(playbook: Playbook, key: string, step: Step): string {
  if (step.cacao?.id !== undefined) return step.cacao.id;
  const kind = (Object.keys(CACAO_TYPES) as (keyof typeof CACAO_TYPES)[]).find((name) => name in step) ?? "end";
  return identifier(CACAO_TYPES[kind], `${playbook.id}/${key}`);
}

/** What a step is in CACAO, without what it keeps for the way back. */
function stepToCacao(step: Step, place: Place): JsonObject {
  const name = { name: step.title, description: step.description };
  if ("end" in step) return compact({ type: "end", ...name });
  const to = (key: string | undefined): string => {
    if (key === undefined) place.ended = true;
    return key === undefined ? place.end : (place.ids.get(key) ?? key);
  };
  const limits = {
    delay: step.wait === undefined ? undefined : milliseconds(step.wait),
    timeout: "within" in step && step.within !== undefined ? milliseconds(step.within) : undefined,
    step_variables: variablesToCacao(step.variables),
  };
  const leads =
    step.on_failure === undefined
      ? { on_completion: to(step.next) }
      : { on_success: to(step.next), on_failure: to(step.on_failure) };
  return compact({ ...kindToCacao(step, to, place), ...name, ...limits, ...leads });
}

function kindToCacao(
  step: Exclude<Step, { end: true }>,
  to: (key: string | undefined) => string,
  place: Place,
): Readonly<Record<string, unknown>> {
  if ("action" in step) {
    const agent = own(place, "organization", "Holdfast");
    const input = Object.entries(step.with ?? {}).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
    return { type: "action", commands: [{ type: "manual", command: [step.action, ...input].join(", ") }], agent };
  }
  if ("manual" in step) {
    const agent = own(place, "group", step.team ?? "security");
    return { type: "action", commands: [{ type: "manual", command: step.manual }], agent, out_args: asked(step.ask) };
  }
  if ("commands" in step) {
    return {
      type: "action",
      commands: step.commands,
      agent: step.agent ?? own(place, "organization", "Holdfast"),
      targets: step.targets,
      out_args: asked(step.ask),
    };
  }
  if ("playbook" in step) {
    const id = /^playbook--/.test(step.playbook) ? step.playbook : identifier("playbook", step.playbook);
    const given = Object.entries(step.with ?? {});
    const taken = Object.entries(step.save ?? {});
    // Other names and values than these CACAO cannot say: they travel in the extension.
    const plain = {
      in: given.length > 0 && given.every(([name, value]) => value === `\${${variableInCel(name)}}`),
      out: taken.length > 0 && taken.every(([name, value]) => value === outputInCel(name)),
    };
    return {
      type: "playbook-action",
      playbook_id: id,
      in_args: plain.in ? asked(given.map(([name]) => name)) : undefined,
      out_args: plain.out ? asked(taken.map(([name]) => name)) : undefined,
    };
  }
  if ("parallel" in step) return { type: "parallel", next_steps: step.parallel.map(to) };
  if ("if" in step) {
    return {
      type: "if-condition",
      condition: conditionToCacao(step.if),
      on_true: to(step.then),
      on_false: step.else === undefined ? undefined : to(step.else),
    };
  }
  if ("while" in step)
    return { type: "while-condition", condition: conditionToCacao(step.while), on_true: to(step.do) };
  const cases = Object.entries(step.cases).map(([name, key]): [string, string] => [name, to(key)]);
  if (step.default !== undefined) cases.push(["default", to(step.default)]);
  return { type: "switch-condition", switch: step.switch, cases: Object.fromEntries(cases) };
}

const asked = (names: readonly string[] | undefined): string[] | undefined => names?.map((name) => `__${name}__`);

function own(place: Place, type: string, name: string): string {
  const id = identifier(type, `agent/${name}`);
  place.agents[id] = { type, name };
  return id;
}

function conditionToCacao(condition: Condition): string {
  return typeof condition === "string" ? condition : condition.cacao;
}

function variablesToCacao(variables: Readonly<Record<string, Variable>> | undefined): JsonObject | undefined {
  if (variables === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(variables).map(([name, variable]) => [`__${name}__`, variableToCacao(variable)]),
  );
}

export function variableToCacao(variable: Variable): JsonObject {
  const { type, description, value, constant, external } = variable;
  const text = value === undefined || value === null || typeof value === "string" ? value : JSON.stringify(value);
  return override(compact({ type, description, value: text, constant, external }), variable.cacao);
}

function override(
  made: JsonObject,
  kept: { set?: JsonObject | undefined; unset?: string[] | undefined } | undefined,
): JsonObject {
  const without = Object.fromEntries(Object.entries(made).filter(([key]) => kept?.unset?.includes(key) !== true));
  return { ...without, ...kept?.set };
}

function compact(value: Readonly<Record<string, unknown>>): JsonObject {
  return asJson(value) as JsonObject;
}

/** Without what is undefined. */
export function asJson(value: unknown): Json {
  const copy: Json = JSON.parse(JSON.stringify(value));
  return copy;
}
