/** model: what a playbook is. The shape is that of the YAML people write; CACAO converts to and from it (cacao.ts). A step says what
 *  it does by one key: action, manual, commands, playbook, parallel, if, while, switch or end. */
import { z } from "zod";

export type Json = null | boolean | number | string | Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** Names that are there before anybody gives them. */
export const isReserved = (name: string): boolean => name in {};

const json: z.ZodType<Json> = z.json();
const jsonObject = z.record(z.string(), json);
const key = z
  .string()
  .regex(/^[a-zA-Z_][a-zA-Z0-9_-]{0,99}$/, "a name of letters, digits, - and _, such as isolate-host")
  .refine((name) => !isReserved(name), "another name: this one means something to every object");
/** Nothing is cut off at its ends: it has to come back as it was. */
const notBlank = (text: string): boolean => text.trim() !== "";
const expression = z.string().refine(notBlank, "an expression").max(2000);
/** How long: 90s, 30m, 4h, 2d. */
const duration = z.string().regex(/^[1-9]\d{0,5}(ms|s|m|h|d)$/, "a duration such as 90s, 30m, 4h or 2d");

/** What CACAO says about the object and the fields above do not: kept so that nothing is lost on the way back. */
const kept = z.strictObject({
  id: z.string().optional(),
  set: jsonObject.optional(),
  unset: z.array(z.string()).optional(),
});

const variable = z.strictObject({
  type: z.string().min(1).max(40),
  value: json.optional(),
  description: z.string().max(2000).optional(),
  /** A run cannot start without it. */
  required: z.boolean().optional(),
  /** An expression over `incident` that gives its value when the run's starter does not. */
  from: expression.optional(),
  constant: z.boolean().optional(),
  external: z.boolean().optional(),
  cacao: kept.optional(),
});
export type Variable = z.infer<typeof variable>;

const base = {
  title: z.string().max(200).optional(),
  description: z.string().max(10_000).optional(),
  next: key.optional(),
  on_failure: key.optional(),
  /** Waits this long before it begins. */
  wait: duration.optional(),
  /** Variables of the step, set when it begins. */
  variables: z.record(key, variable).optional(),
  cacao: kept.optional(),
};
const waits = {
  /** How long it may take. */
  within: duration.optional(),
  on_timeout: key.optional(),
  /** Variables taken from its `output`, each an expression. */
  save: z.record(key, expression).optional(),
};

/** A condition in CEL, or one as CACAO wrote it. */
const condition = z.union([expression, z.strictObject({ cacao: z.string().max(2000) })]);
export type Condition = z.infer<typeof condition>;

const command = jsonObject.refine((value) => typeof value["type"] === "string" && value["type"] !== "", {
  message: "a command with a type",
});

const actionStep = z.strictObject({
  action: key,
  /** A connector's id, or its kind; the only one that can do it when it is not given. */
  connector: z.string().min(1).max(200).optional(),
  with: jsonObject.optional(),
  /** Why, for whoever approves. */
  reason: z.string().max(2000).optional(),
  /** When it undoes itself. */
  undo_after: duration.optional(),
  ...base,
  ...waits,
});
const manualStep = z.strictObject({
  manual: z.string().min(1).max(10_000),
  /** Who is waited for. */
  team: z.enum(["security", "operations"]).optional(),
  /** Variables the person fills in. */
  ask: z.array(key).min(1).max(20).optional(),
  ...base,
  ...waits,
});
const commandsStep = z.strictObject({
  commands: z.array(command).min(1).max(50),
  agent: z.string().max(200).optional(),
  targets: z.array(z.string().max(200)).min(1).max(50).optional(),
  ask: z.array(key).min(1).max(20).optional(),
  ...base,
  ...waits,
});
const playbookStep = z.strictObject({
  playbook: z.string().min(1).max(200),
  with: jsonObject.optional(),
  ...base,
  ...waits,
});
const parallelStep = z.strictObject({ parallel: z.array(key).min(1).max(20), ...base });
const ifStep = z.strictObject({ if: condition, then: key, else: key.optional(), ...base });
const whileStep = z.strictObject({
  while: condition,
  do: key,
  at_most: z.number().int().min(1).max(1000).optional(),
  ...base,
});
const switchStep = z.strictObject({
  switch: expression,
  cases: z.record(z.string().min(1).max(250), key),
  default: key.optional(),
  ...base,
});
const endStep = z.strictObject({
  end: z.literal(true),
  title: base.title,
  description: base.description,
  cacao: kept.optional(),
});

export const STEP_SCHEMAS = {
  action: actionStep,
  manual: manualStep,
  commands: commandsStep,
  playbook: playbookStep,
  parallel: parallelStep,
  if: ifStep,
  while: whileStep,
  switch: switchStep,
  end: endStep,
} as const;
export type StepKind = keyof typeof STEP_SCHEMAS;
export const STEP_KINDS = Object.keys(STEP_SCHEMAS) as StepKind[];

export type ActionStep = z.infer<typeof actionStep>;
export type ManualStep = z.infer<typeof manualStep>;
export type CommandsStep = z.infer<typeof commandsStep>;
export type PlaybookStep = z.infer<typeof playbookStep>;
export type Step =
  | ActionStep
  | ManualStep
  | CommandsStep
  | PlaybookStep
  | z.infer<typeof parallelStep>
  | z.infer<typeof ifStep>
  | z.infer<typeof whileStep>
  | z.infer<typeof switchStep>
  | z.infer<typeof endStep>;

/** All of a playbook but its steps, which are read one by one so that each mistake names its own. */
export const head = z.strictObject({
  id: key,
  name: z.string().refine(notBlank, "a name").max(200),
  description: z.string().max(20_000).optional(),
  types: z.array(z.string().max(60)).max(20).optional(),
  labels: z.array(z.string().max(60)).max(50).optional(),
  priority: z.number().int().min(0).max(100).optional(),
  severity: z.number().int().min(0).max(100).optional(),
  impact: z.number().int().min(0).max(100).optional(),
  variables: z.record(key, variable).optional(),
  start: key,
  /** Where a run goes when a step failed and says nothing else. */
  on_exception: key.optional(),
  agents: z.record(z.string(), jsonObject).optional(),
  targets: z.record(z.string(), jsonObject).optional(),
  cacao: kept.extend({ start: jsonObject.optional() }).optional(),
});
export type Head = z.infer<typeof head>;

export interface Playbook extends Head {
  readonly steps: Readonly<Record<string, Step>>;
}

export function kindOf(step: object): StepKind | undefined {
  return STEP_KINDS.find((kind) => Object.hasOwn(step, kind));
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of a duration the schema accepted. */
export function milliseconds(text: string): number {
  const unit = text.replace(/^\d+/, "");
  return Number.parseInt(text, 10) * (UNITS[unit] ?? 1);
}

/** The shortest way to write it. */
export function durationOf(ms: number): string {
  for (const unit of ["d", "h", "m", "s"]) {
    const size = UNITS[unit] ?? 1;
    if (ms % size === 0) return `${ms / size}${unit}`;
  }
  return `${ms}ms`;
}

/** Every step this one leads to, and by what. */
export function exits(step: Step): { readonly to: string; readonly by: string }[] {
  const found: { to: string; by: string }[] = [];
  const add = (to: string | undefined, by: string): void => {
    if (to !== undefined) found.push({ to, by });
  };
  if ("parallel" in step) for (const to of step.parallel) add(to, "parallel");
  if ("if" in step) {
    add(step.then, "then");
    add(step.else, "else");
  }
  if ("while" in step) add(step.do, "do");
  if ("switch" in step) {
    for (const [name, to] of Object.entries(step.cases)) add(to, name);
    add(step.default, "default");
  }
  if ("next" in step) add(step.next, "next");
  if ("on_failure" in step) add(step.on_failure, "on failure");
  if ("on_timeout" in step) add(step.on_timeout, "on timeout");
  return found;
}
