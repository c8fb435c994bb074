/** read: YAML to a playbook. Every problem is a value that says where (a path and a line) and what to do; a text with errors gives
 *  no playbook. `write` is the way back. */
import { isMap, isScalar, LineCounter, type Document, parseDocument, stringify } from "yaml";
import type { z } from "zod";
import { head, type Head, isReserved, kindOf, type Playbook, STEP_KINDS, STEP_SCHEMAS, type Step } from "./model.ts";
import { type Checks, problemsOf } from "./validate.ts";

export interface Problem {
  readonly level: "error" | "warning";
  /** A path such as steps.isolate.with.host; empty for the whole. */
  readonly at: string;
  /** 1 is the first; null for a playbook that did not come from a text. */
  readonly line: number | null;
  readonly message: string;
}

export type ReadResult =
  | { readonly ok: true; readonly playbook: Playbook; readonly problems: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

export type Path = readonly (string | number)[];
export interface Fault {
  readonly level: "error" | "warning";
  readonly path: Path;
  readonly message: string;
}

const LARGEST = 500_000;

export function readPlaybook(text: string, checks: Checks = {}): ReadResult {
  if (text.length > LARGEST) {
    return {
      ok: false,
      problems: [{ level: "error", at: "", line: 1, message: `The text has more than ${LARGEST} characters.` }],
    };
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, maxAliasCount: 0 } as object);
  const lineOf = (path: Path): number => lines.linePos(offsetOf(document, path)).line;
  // After the first, a parser reports what it made of the rest.
  const broken = document.errors.slice(0, 1).map((error): Problem => {
    return {
      level: "error",
      at: "",
      line: lines.linePos(error.pos[0]).line,
      message: `This is no YAML: ${error.message}`,
    };
  });
  if (broken.length > 0) return { ok: false, problems: broken };
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 0 });
  } catch {
    return {
      ok: false,
      problems: [
        {
          level: "error",
          at: "",
          line: 1,
          message: "Anchors and aliases are not used in playbooks: write the value out.",
        },
      ],
    };
  }
  const result = fromObject(value, checks);
  const problems = result.faults.map(({ level, path, message }) => ({
    level,
    at: path.join("."),
    line: lineOf(path),
    message,
  }));
  return result.playbook === undefined ? { ok: false, problems } : { ok: true, playbook: result.playbook, problems };
}

/** What can be drawn and edited: the steps that can be read, whatever is wrong with the others; none of what is no playbook at all. */
export function readShape(text: string): Playbook | undefined {
  const document = text.length > LARGEST ? undefined : parseDocument(text, { prettyErrors: false });
  if (document === undefined || document.errors.length > 0) return undefined;
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 0 });
  } catch {
    return undefined;
  }
  if (!isRecord(value) || !isRecord(value["steps"])) return undefined;
  const { steps: raw, start, on_exception: exception } = value;
  const steps: Record<string, Step> = {};
  for (const [name, one] of Object.entries(raw)) {
    const { step } = stepOf(one, ["steps", name]);
    if (step !== undefined && !isReserved(name)) steps[name] = step;
  }
  if (Object.keys(steps).length === 0) return undefined;
  return {
    id: String(value["id"]),
    name: String(value["name"]),
    start: typeof start === "string" ? start : "",
    ...(typeof exception === "string" ? { on_exception: exception } : {}),
    steps,
  };
}

/** The same for a value that is no text any more. */
export function checkPlaybook(value: unknown, checks: Checks = {}): ReadResult {
  const result = fromObject(value, checks);
  const problems = result.faults.map(({ level, path, message }) => ({
    level,
    at: path.join("."),
    line: null,
    message,
  }));
  return result.playbook === undefined ? { ok: false, problems } : { ok: true, playbook: result.playbook, problems };
}

export function writePlaybook(playbook: Playbook): string {
  return stringify(playbook, { lineWidth: 120, aliasDuplicateObjects: false });
}

function fromObject(value: unknown, checks: Checks): { playbook: Playbook | undefined; faults: Fault[] } {
  const faults: Fault[] = [];
  const error = (path: Path, message: string): void => void faults.push({ level: "error", path, message });
  if (!isRecord(value)) {
    error([], "A playbook is a map with id, name, start and steps.");
    return { playbook: undefined, faults };
  }
  const { steps: rawSteps, ...rest } = value;
  const top = head.safeParse(rest);
  if (!top.success) faults.push(...faultsOf(top.error, []));
  const steps: Record<string, Step> = {};
  if (!isRecord(rawSteps) || Object.keys(rawSteps).length === 0)
    error(["steps"], "A playbook has steps: a map of names to steps.");
  else if (Object.keys(rawSteps).length > 500)
    error(["steps"], "A playbook has at most 500 steps: use playbooks in playbooks.");
  else {
    for (const [name, raw] of Object.entries(rawSteps)) {
      const read = stepOf(raw, ["steps", name]);
      faults.push(...read.faults);
      if (read.step !== undefined) steps[name] = read.step;
    }
  }
  if (faults.length > 0 || !top.success) return { playbook: undefined, faults };
  const playbook: Playbook = { ...(top.data satisfies Head), steps };
  faults.push(...problemsOf(playbook, checks));
  return { playbook: faults.some(({ level }) => level === "error") ? undefined : playbook, faults };
}

function stepOf(raw: unknown, path: Path): { step?: Step; faults: Fault[] } {
  if (!isRecord(raw)) return { faults: [{ level: "error", path, message: "A step is a map." }] };
  const kind = kindOf(raw);
  if (kind === undefined) {
    return {
      faults: [{ level: "error", path, message: `A step says what it does by one of: ${STEP_KINDS.join(", ")}.` }],
    };
  }
  const read = STEP_SCHEMAS[kind].safeParse(raw);
  return read.success ? { step: read.data, faults: [] } : { faults: faultsOf(read.error, path) };
}

function faultsOf(error: z.ZodError, path: Path): Fault[] {
  return error.issues.flatMap((issue): Fault[] => {
    const at = [...path, ...issue.path.map((part) => (typeof part === "number" ? part : String(part)))];
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((name) => ({
        level: "error",
        path: [...at, name],
        message: `"${name}" is not known here.`,
      }));
    }
    const missing = issue.code === "invalid_type" && issue.message.endsWith("received undefined");
    return [{ level: "error", path: at, message: missing ? `${at.at(-1)} is missing.` : `${issue.message}.` }];
  });
}

/** Where the value at the path begins, or the nearest that exists around it; the key of a pair rather than its value. */
function offsetOf(document: Document.Parsed, path: Path): number {
  let node: unknown = document.contents;
  let offset = 0;
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(part));
      if (pair === undefined) return offset;
      if (isScalar(pair.key)) offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else {
      const next: unknown = document.getIn(path.slice(0, path.indexOf(part) + 1), true);
      if (!isRanged(next)) return offset;
      offset = next.range[0];
      node = next;
    }
  }
  return offset;
}

function isRanged(value: unknown): value is { range: [number, number, number] } {
  return typeof value === "object" && value !== null && "range" in value && Array.isArray(value.range);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
