/** index: the surface of playbooks: reading and writing them, CACAO, and what a run does next. */
export { fromCacao, toCacao } from "./cacao.ts";
export { celOf, variableInCel } from "./condition.ts";
export { type Edit, type Edited, editPlaybook } from "./edit.ts";
export { identifier } from "./identifier.ts";
export {
  type ActionStep,
  type CommandsStep,
  exits,
  type Json,
  type JsonObject,
  kindOf,
  type ManualStep,
  milliseconds,
  type Playbook,
  type PlaybookStep,
  type Step,
  STEP_KINDS,
  type StepKind,
  type Variable,
} from "./model.ts";
export { checkPlaybook, type Problem, readPlaybook, readShape, type ReadResult, writePlaybook } from "./read.ts";
export { type Evaluate, type Evaluated, fill, fillCacao, textOf } from "./template.ts";
export type { Checks } from "./validate.ts";
export {
  advance,
  type Advanced,
  type Ending,
  namesOf,
  nextDeadline,
  type RunEvent,
  type RunState,
  startState,
} from "./machine.ts";
export { type Typed, typed } from "./typed.ts";
export type { Task } from "./task.ts";
