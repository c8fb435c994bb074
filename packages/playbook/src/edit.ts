/** edit: changes of a playbook's text as the drawing makes them: a step more, one less, one elsewhere. The rest of the text, its comments
 *  and its order stay as they are. What cannot be done is a value that says why. Pure. */
import { type Document, isMap, isScalar, isSeq, Pair, parseDocument, Scalar } from "yaml";
import { exits, type Playbook, type Step, type StepKind } from "./model.ts";
import { readShape } from "./read.ts";

export type Edit =
  /** Behind a step ("" is the start), or as a branch of it. */
  | { readonly kind: "add"; readonly step: StepKind; readonly after: string; readonly branch: boolean }
  | { readonly kind: "remove"; readonly step: string }
  | { readonly kind: "move"; readonly step: string; readonly after: string };

export type Edited =
  | { readonly ok: true; readonly text: string /** The step to look at. */; readonly step: string }
  | { readonly ok: false; readonly reason: string };

export function editPlaybook(text: string, edit: Edit): Edited {
  const playbook = readShape(text);
  if (playbook === undefined) return no("The text cannot be read as it is: mend what is marked first.");
  const document = parseDocument(text);
  const named = edit.kind === "add" ? edit.after : edit.step;
  if (named !== "" && playbook.steps[named] === undefined) return no(`There is no step "${named}".`);
  const work: Work = { document, playbook };
  if (edit.kind === "add") return add(work, edit);
  return edit.kind === "remove" ? remove(work, edit.step) : move(work, edit.step, edit.after);
}

interface Work {
  readonly document: Document.Parsed;
  readonly playbook: Playbook;
}

const END_LAST = "An end goes behind a step that nothing follows.";
const no = (reason: string): Edited => ({ ok: false, reason });
const done = ({ document }: Work, step: string): Edited => ({
  ok: true,
  text: document.toString({ lineWidth: 0, flowCollectionPadding: true }),
  step,
});

function add(work: Work, { step: kind, after, branch }: Extract<Edit, { kind: "add" }>): Edited {
  const name = free(work, kind === "end" ? "end" : `new-${kind}`);
  const made = stepsOf(work, kind, name);
  if (branch) {
    const wrong = hang(work, { fork: after, name, made: made[0]?.[1] ?? {} });
    if (wrong !== undefined) return no(wrong);
  } else {
    const behind = nextOf(work.playbook, after);
    if (behind === null) return no(`"${after}" ends there: nothing comes behind it.`);
    if (behind !== undefined && kind === "end") return no(END_LAST);
    if (behind !== undefined && made[0] !== undefined) made[0][1]["next"] = behind;
    lead(work, after, name);
  }
  let at = after;
  for (const [key, value] of made) {
    place(work, { key, after: at }, work.document.createNode(value, { flow: false }));
    at = key;
  }
  return done(work, name);
}

/** The new step, and those that its branches need. */
function stepsOf(work: Work, kind: StepKind, name: string): [string, Record<string, unknown>][] {
  const inner = free(work, `${name}-inside`);
  const person: [string, Record<string, unknown>] = [inner, { manual: "What is to be done?" }];
  switch (kind) {
    case "action":
      return [[name, { action: "send-message", with: {}, reason: "Why is it done?" }]];
    case "manual":
      return [[name, { manual: "What is to be done?" }]];
    case "commands":
      return [[name, { commands: [{ type: "manual", command: "What is to be done?" }] }]];
    case "playbook":
      return [[name, { playbook: "which-one" }]];
    case "parallel":
      return [[name, { parallel: [inner] }], person];
    case "if":
      return [[name, { if: "true", then: inner }], person];
    case "while":
      return [[name, { while: "false", do: inner, at_most: 10 }], person];
    case "switch":
      return [[name, { switch: '"value"', cases: { value: inner } }], person];
    case "end":
      return [[name, { end: true }]];
  }
}

/** Makes the step a branch, before what was there. @returns why not */
function hang(
  work: Work,
  { fork, name, made }: { fork: string; name: string; made: Record<string, unknown> },
): string | undefined {
  const { document, playbook } = work;
  const step = playbook.steps[fork];
  const at = (field: string): string[] => ["steps", fork, field];
  if (step === undefined || !("parallel" in step || "if" in step || "while" in step || "switch" in step)) {
    return `"${fork}" has no branches.`;
  }
  if ("parallel" in step) document.addIn(at("parallel"), name);
  else if ("if" in step && step.else === undefined) document.setIn(at("else"), name);
  else if ("switch" in step) {
    let value = "value";
    for (let n = 2; Object.hasOwn(step.cases, value); n += 1) value = `value-${n}`;
    document.setIn([...at("cases"), value], name);
  } else {
    if ("end" in made) return END_LAST;
    const [field, first] = "if" in step ? ["then", step.then] : ["do", "while" in step ? step.do : ""];
    made["next"] = first;
    document.setIn(at(field), name);
  }
  return undefined;
}

function remove(work: Work, key: string): Edited {
  const { document, playbook } = work;
  const next = nextOf(playbook, key) ?? undefined;
  const before = reached(playbook);
  const rest: Record<string, Step> = { ...playbook.steps };
  delete rest[key];
  if (Object.keys(rest).length === 0) return no("A playbook has a step.");
  const wrong = unhang(work, key, next);
  if (wrong !== undefined) return no(wrong);
  document.deleteIn(["steps", key]);
  // What was reached by this step alone goes with it; what nothing led to before stays, and what it leads to.
  const now = readShape(document.toString());
  const loose = Object.keys(rest).filter((name) => !before.has(name));
  const left = now === undefined ? before : reached(now, [now.start, now.on_exception ?? "", ...loose]);
  for (const name of Object.keys(rest)) if (before.has(name) && !left.has(name)) document.deleteIn(["steps", name]);
  return done(work, next ?? playbook.start);
}

function move(work: Work, key: string, after: string): Edited {
  const { document, playbook } = work;
  const step = playbook.steps[key];
  if (step === undefined || after === key) return no("A step is not moved behind itself.");
  if (within(playbook, key).has(after)) return no(`"${after}" is a part of "${key}".`);
  if (nextOf(playbook, after) === key) return done(work, key);
  const behind = nextOf(playbook, after);
  if (behind === null) return no(`"${after}" ends there: nothing comes behind it.`);
  if ("end" in step && behind !== undefined) return no(END_LAST);
  const wrong = unhang(work, key, nextOf(playbook, key) ?? undefined);
  if (wrong !== undefined) return no(wrong);
  if (!("end" in step)) {
    if (behind === undefined) document.deleteIn(["steps", key, "next"]);
    else document.setIn(["steps", key, "next"], behind);
  }
  lead(work, after, key);
  const pair = takeOut(work, key);
  if (pair !== undefined) place(work, { key, after }, pair.value);
  return done(work, key);
}

/** Lets everything that leads to a step lead past it. @returns why that cannot be */
function unhang({ document, playbook }: Work, key: string, next: string | undefined): string | undefined {
  if (playbook.start === key) {
    if (next === undefined) return "The run begins here: put another step behind it first.";
    document.setIn(["start"], next);
  }
  if (playbook.on_exception === key) {
    if (next === undefined) document.deleteIn(["on_exception"]);
    else document.setIn(["on_exception"], next);
  }
  for (const [name, step] of Object.entries(playbook.steps)) {
    if (name === key || !exits(step).some(({ to }) => to === key)) continue;
    const at = (field: string): string[] => ["steps", name, field];
    const needed = ("if" in step && step.then === key) || ("while" in step && step.do === key);
    const alone =
      ("parallel" in step && step.parallel.every((one) => one === key)) ||
      ("switch" in step && Object.values(step.cases).every((one) => one === key));
    if (next === undefined && (needed || alone)) {
      return `"${name}" has nothing else to do there: put a step behind this one first, or take "${name}" out.`;
    }
    for (const field of ["next", "then", "else", "do", "default", "on_failure", "on_timeout"]) {
      if (document.getIn(at(field)) !== key) continue;
      if (next === undefined) document.deleteIn(at(field));
      else document.setIn(at(field), next);
    }
    replaceAmong(document, { at: at("parallel"), key, next });
    replaceAmong(document, { at: at("cases"), key, next });
  }
  return undefined;
}

function replaceAmong(document: Document.Parsed, of: { at: string[]; key: string; next: string | undefined }): void {
  const found: unknown = document.getIn(of.at);
  if (isSeq(found)) {
    const names = found.items.map((item) => String(isScalar(item) ? item.value : item));
    const known = of.next !== undefined && names.includes(of.next);
    for (const [n, name] of [...names.entries()].reverse()) {
      if (name !== of.key) continue;
      if (of.next === undefined || known) found.items.splice(n, 1);
      else found.items[n] = new Scalar(of.next);
    }
  } else if (isMap(found)) {
    for (const pair of [...found.items]) {
      const name = isScalar(pair.value) ? pair.value.value : pair.value;
      if (name !== of.key) continue;
      if (of.next === undefined) found.delete(pair.key);
      else pair.value = new Scalar(of.next);
    }
  }
}

/** What follows: a name, nothing (undefined), or nothing ever (null). */
function nextOf(playbook: Playbook, key: string): string | undefined | null {
  if (key === "") return playbook.start;
  const step = playbook.steps[key];
  if (step === undefined || "end" in step) return null;
  return step.next;
}

function lead({ document }: Work, from: string, to: string): void {
  document.setIn(from === "" ? ["start"] : ["steps", from, "next"], to);
}

/** Everything inside of a step's branches. */
function within(playbook: Playbook, key: string): Set<string> {
  const step = playbook.steps[key];
  const heads = step === undefined ? [] : exits(step).flatMap(({ to, by }) => (OUTWARD.has(by) ? [] : [to]));
  return reached(playbook, heads);
}

const OUTWARD: ReadonlySet<string> = new Set(["next", "on failure", "on timeout"]);

function reached(playbook: Playbook, from?: readonly string[]): Set<string> {
  const found = new Set<string>();
  const open = [...(from ?? [playbook.start, playbook.on_exception ?? ""])];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const step = playbook.steps[name];
    if (step === undefined || found.has(name)) continue;
    found.add(name);
    for (const { to } of exits(step)) open.push(to);
  }
  return found;
}

function free({ playbook }: Work, name: string): string {
  if (!Object.hasOwn(playbook.steps, name)) return name;
  for (let n = 2; ; n += 1) if (!Object.hasOwn(playbook.steps, `${name}-${n}`)) return `${name}-${n}`;
}

function takeOut({ document }: Work, key: string): Pair | undefined {
  const steps: unknown = document.get("steps", true);
  if (!isMap(steps)) return undefined;
  const at = steps.items.findIndex((pair) => keyOf(pair) === key);
  return at < 0 ? undefined : (steps.items.splice(at, 1)[0] as Pair);
}

/** Right behind another step in the text, where a reader looks for it. */
function place({ document }: Work, { key, after }: { key: string; after: string }, value: unknown): void {
  const steps: unknown = document.get("steps", true);
  if (!isMap(steps)) return;
  const at = steps.items.findIndex((pair) => keyOf(pair) === after);
  steps.items.splice(
    after === "" ? 0 : at < 0 ? steps.items.length : at + 1,
    0,
    new Pair(new Scalar(key), value) as never,
  );
}

const keyOf = (pair: Pair<unknown, unknown>): string => String(isScalar(pair.key) ? pair.key.value : pair.key);
