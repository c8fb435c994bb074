/** validate: what the shape cannot say: every name leads somewhere, every step can be reached, no way leads back but through `while`,
 *  expressions are expressions, actions exist and get what they need. */
import { type Condition, exits, type Json, type JsonObject, type Playbook, type Step, type Variable } from "./model.ts";
import type { Fault, Path } from "./read.ts";
import { expressionsIn } from "./template.ts";
import { typed } from "./typed.ts";

/** What only the server knows; what is not given is not checked. */
export interface Checks {
  /** What is wrong with an expression. */
  readonly expression?: (text: string) => string | undefined;
  /** What is wrong with an action's name and input. */
  readonly action?: (name: string, input: Readonly<Record<string, Json>>) => string | undefined;
  /** Whether there is such a playbook. */
  readonly playbook?: (id: string) => boolean;
}

export function problemsOf(playbook: Playbook, checks: Checks): Fault[] {
  const faults: Fault[] = [];
  const error = (path: Path, message: string): void => void faults.push({ level: "error", path, message });
  const warn = (path: Path, message: string): void => void faults.push({ level: "warning", path, message });
  const has = (name: string): boolean => Object.hasOwn(playbook.steps, name);
  const expression = (path: Path, text: string): void => {
    const wrong = checks.expression?.(text);
    if (wrong !== undefined) error(path, wrong);
  };

  if (!has(playbook.start)) error(["start"], `There is no step "${playbook.start}".`);
  if (playbook.on_exception !== undefined && !has(playbook.on_exception)) {
    error(["on_exception"], `There is no step "${playbook.on_exception}".`);
  }
  for (const [name, variable] of Object.entries(playbook.variables ?? {})) {
    if (variable.from !== undefined) expression(["variables", name, "from"], variable.from);
    if (variable.constant === true && variable.value === undefined) {
      error(["variables", name], "A constant has a value.");
    }
    checkValue(variable, (message) => error(["variables", name, "value"], message));
  }
  for (const [name, step] of Object.entries(playbook.steps)) {
    const path = ["steps", name];
    for (const { to, by } of exits(step)) if (!has(to)) error([...path, fieldOf(by)], `There is no step "${to}".`);
    for (const [at, text] of expressionsOf(step)) expression([...path, ...at], text);
    for (const [at, variable] of setBy(step)) {
      if (playbook.variables?.[variable]?.constant === true) error([...path, ...at], `"${variable}" is a constant.`);
    }
    for (const [variable, own] of Object.entries(("variables" in step ? step.variables : undefined) ?? {})) {
      checkValue(own, (message) => error([...path, "variables", variable, "value"], message));
    }
    if ("commands" in step) checkCommands(playbook, step, (at, message) => error([...path, ...at], message));
    if ("playbook" in step && checks.playbook?.(step.playbook) === false) {
      error([...path, "playbook"], `There is no playbook "${step.playbook}".`);
    }
    if ("action" in step) {
      const wrong = checks.action?.(step.action, step.with ?? {});
      if (wrong !== undefined) error([...path, "action"], wrong);
    }
    if ("on_timeout" in step && step.on_timeout !== undefined && step.within === undefined) {
      error([...path, "on_timeout"], "on_timeout needs `within`: without a limit it never happens.");
    }
    if ("if" in step && step.else === undefined && step.then === step.next)
      warn(path, "Both ways of this step lead to the same step.");
  }
  for (const at of secretsOf(playbook)) {
    warn(["cacao", "set", ...at], "This is a secret: whoever may read playbooks reads it, and nothing here uses it.");
  }
  if (faults.some(({ level }) => level === "error")) return faults;
  const reached = reachable(playbook);
  for (const name of Object.keys(playbook.steps)) {
    if (!reached.has(name)) warn(["steps", name], `Nothing leads to "${name}".`);
  }
  const circle = circleOf(playbook);
  if (circle !== undefined) {
    error(
      ["steps", circle[0] ?? ""],
      `The way ${circle.join(" → ")} leads back to its beginning: repeat with while, which has a bound.`,
    );
  }
  return faults;
}

/** What a step gives a value to. */
function setBy(step: Step): [Path, string][] {
  const saved = "save" in step ? Object.keys(step.save ?? {}) : [];
  const asked = "ask" in step ? (step.ask ?? []) : [];
  const own = "variables" in step ? Object.keys(step.variables ?? {}) : [];
  return [
    ...saved.map((name): [Path, string] => [["save", name], name]),
    ...asked.map((name, at): [Path, string] => [["ask", at], name]),
    ...own.map((name): [Path, string] => [["variables", name], name]),
  ];
}

function checkValue(variable: Variable, wrong: (message: string) => void): void {
  const read = typed(variable.type, variable.value ?? null);
  if (!read.ok) wrong(`${read.reason}.`);
}

const SECRET = /^(?:password|secret|token|private_key|client_secret|api_key|key)$/;

/** Secrets that a CACAO document brought with its authentication information, written out. */
function secretsOf({ cacao }: Playbook): string[][] {
  const all = cacao?.set?.["authentication_info_definitions"];
  return Object.entries(objectOf(all)).flatMap(([id, info]) =>
    Object.entries(objectOf(info)).flatMap(([field, value]) =>
      SECRET.test(field) && typeof value === "string" && value !== "" && !/^\$?\$?__.*__(?::value)?\$?\$?$/.test(value)
        ? [["authentication_info_definitions", id, field]]
        : [],
    ),
  );
}

function objectOf(value: Json | undefined): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

const FIELDS: Readonly<Record<string, string>> = { "on failure": "on_failure", "on timeout": "on_timeout" };
const fieldOf = (by: string): string => FIELDS[by] ?? by;

function expressionsOf(step: Step): [Path, string][] {
  const found: [Path, string][] = [];
  const condition = (field: string, text: Condition): void => {
    if (typeof text === "string") found.push([[field], text]);
  };
  if ("if" in step) condition("if", step.if);
  if ("while" in step) condition("while", step.while);
  if ("switch" in step && !/^__.*__$/.test(step.switch)) found.push([["switch"], step.switch]);
  if ("save" in step) for (const [name, text] of Object.entries(step.save ?? {})) found.push([["save", name], text]);
  if ("with" in step) for (const [path, text] of expressionsIn(step.with ?? {})) found.push([["with", ...path], text]);
  for (const field of ["manual", "reason"] as const) {
    const text: unknown = field in step ? Reflect.get(step, field) : undefined;
    if (typeof text === "string") for (const [, inner] of expressionsIn(text)) found.push([[field], inner]);
  }
  return found;
}

function checkCommands(
  playbook: Playbook,
  step: Extract<Step, { commands: unknown }>,
  error: (path: Path, message: string) => void,
): void {
  for (const name of step.targets ?? []) {
    if (playbook.targets?.[name] === undefined && playbook.agents?.[name] === undefined) {
      error(["targets"], `There is no target "${name}" in targets.`);
    }
  }
}

function reachable(playbook: Playbook): Set<string> {
  const reached = new Set<string>();
  const open = [playbook.start, playbook.on_exception].filter((name) => name !== undefined);
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const step = playbook.steps[name];
    if (step === undefined || reached.has(name)) continue;
    reached.add(name);
    for (const { to } of exits(step)) open.push(to);
  }
  return reached;
}

/** Ways lead back only inside `while`, whose body ends and is then asked again; it has no way of its own back. */
function circleOf(playbook: Playbook): string[] | undefined {
  const done = new Set<string>();
  const path: string[] = [];
  const walk = (name: string): string[] | undefined => {
    const from = path.indexOf(name);
    if (from >= 0) return [...path.slice(from), name];
    const step = playbook.steps[name];
    if (done.has(name) || step === undefined) return undefined;
    path.push(name);
    for (const { to } of exits(step)) {
      const found = walk(to);
      if (found !== undefined) return found;
    }
    path.pop();
    done.add(name);
    return undefined;
  };
  for (const name of Object.keys(playbook.steps)) {
    const found = walk(name);
    if (found !== undefined) return found;
  }
  return undefined;
}
