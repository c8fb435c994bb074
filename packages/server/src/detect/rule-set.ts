/** rule-set: rule files, rules written here and exceptions turned into the set of rules, with their problems and a version that
 *  changes with any of it. Works in slices, so that three thousand rules never hold up a request; unchanged files are not read again. */
import { createHash } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { RuleProblem } from "@holdfast/contracts/detect";
import {
  type CorrelationRule,
  type FilterRule,
  linkRules,
  readRuleFile,
  type Rule,
  type RuleParts,
} from "@holdfast/sigma";
import type { StoredException } from "./exception-store.ts";
import { type LinkFilesRead, NO_LINKS } from "./link-files.ts";
import { qualifiedPath, type RuleFilesRead, type RuleText } from "./rule-files.ts";
import type { RuleLoad } from "./rule-load.ts";
import type { StoredRule } from "./rule-text-store.ts";

/** The pack of what people write in the product. */
export const CUSTOM = "custom";

interface Loaded {
  /** Of an override: those of the file it stands in for. */
  readonly pack: string;
  readonly path: string;
  /** What was ever edited here, also when it is no longer in force. */
  readonly stored: StoredRule | undefined;
  /** The file's own text; undefined for a rule that no file has. */
  readonly fileText: string | undefined;
}

export type LoadedRule =
  | (Loaded & { readonly kind: "detection"; readonly rule: Rule })
  | (Loaded & { readonly kind: "correlation"; readonly rule: CorrelationRule });

export interface LoadedFilter {
  readonly filter: FilterRule;
  readonly pack: string;
  readonly path: string;
}

export interface RuleSet {
  /** What workers load, in order of precedence. */
  readonly files: readonly RuleText[];
  readonly rules: ReadonlyMap<string, LoadedRule>;
  readonly filters: ReadonlyMap<string, LoadedFilter>;
  readonly problems: readonly RuleProblem[];
  /** What all of them were linked with, and whoever links a text beside them does too. */
  readonly links: LinkFilesRead;
  /** Every file as it was read, for trying a text beside the others. */
  readonly parts: readonly RuleParts[];
}

export interface RuleSetInput {
  readonly read: RuleFilesRead;
  readonly links: LinkFilesRead;
  readonly stored: readonly StoredRule[];
  /** Those that hide or could: not deleted, not switched off. */
  readonly exceptions: readonly StoredException[];
}

export interface RuleSetBuilder {
  build(input: RuleSetInput): Promise<RuleSet>;
}

export const NO_RULES: RuleSet = {
  files: [],
  rules: new Map(),
  filters: new Map(),
  problems: [],
  links: NO_LINKS,
  parts: [],
};

export function createRuleSetBuilder(): RuleSetBuilder {
  let known = new Map<string, Parsed>();
  let last: { readonly input: RuleSetInput; readonly set: RuleSet } | undefined;
  return {
    build: async (input) => {
      const files = [...customFiles(input), ...input.read.files];
      const fresh = new Map<string, Parsed>();
      for (const [index, file] of files.entries()) {
        const key = qualifiedPath(file);
        const before = known.get(key);
        fresh.set(key, before?.file.text === file.text ? before : { file, parts: readFile(file) });
        if (index % SLICE === SLICE - 1) await nextTurn();
      }
      const unchanged = fresh.size === known.size && [...fresh].every(([key, entry]) => known.get(key) === entry);
      known = fresh;
      // Linking is most of the work, and a change of states needs none.
      if (last !== undefined && unchanged && sameEdits(last.input, input)) return last.set;
      last = { input, set: combine(input, [...fresh.values()]) };
      return last.set;
    },
  };
}

export const readFile = (file: RuleText): RuleParts => readRuleFile({ path: qualifiedPath(file), text: file.text });

export const ruleFileOf = (ruleId: string, text: string): RuleText => ({
  pack: CUSTOM,
  path: `rules/${encodeURIComponent(ruleId)}.yml`,
  text,
});

export const exceptionFileOf = (id: string, text: string): RuleText => ({
  pack: CUSTOM,
  path: `exceptions/${encodeURIComponent(id)}.yml`,
  text,
});

/** Changes with anything that a worker would match differently by. */
export function versionOf(load: Omit<RuleLoad, "version">): string {
  const hash = createHash("sha256");
  for (const file of load.files) hash.update(`${qualifiedPath(file)}\u0000${file.text}\u0000`);
  for (const kind of ["pipelines", "placeholders"] as const)
    for (const file of load.links[kind]) hash.update(`${kind}\u0000${qualifiedPath(file)}\u0000${file.text}\u0000`);
  hash.update(JSON.stringify([load.off, load.test, load.exceptions]));
  return hash.digest("hex").slice(0, 16);
}

interface Parsed {
  readonly file: RuleText;
  readonly parts: RuleParts;
}

const SLICE = 20;

function sameEdits(a: RuleSetInput, b: RuleSetInput): boolean {
  return a.read === b.read && a.links === b.links && JSON.stringify(a.stored) === JSON.stringify(b.stored);
}

/** First, so that an override is in force before its file. */
function customFiles({ stored, exceptions }: RuleSetInput): RuleText[] {
  return [
    ...stored.filter((rule) => rule.inForce).map((rule) => ruleFileOf(rule.ruleId, rule.text)),
    ...exceptions.map((exception) => exceptionFileOf(exception.id, exception.text)),
  ];
}

function combine({ read, links, stored }: RuleSetInput, parsed: readonly Parsed[]): RuleSet {
  const edits = new Map(stored.map((rule) => [rule.ruleId, rule]));
  const origins = new Map(parsed.map(({ file }) => [qualifiedPath(file), file]));
  const overridden = new Map<string, { readonly file: RuleText; readonly text: string }>();
  const parts = parsed.map((entry) => withoutOverridden(entry, edits, overridden));
  const linked = linkRules(parts, links.options);
  const placed = (path: string): { pack: string; path: string } => {
    const file = origins.get(path);
    return file === undefined ? { pack: CUSTOM, path } : { pack: file.pack, path: file.path };
  };
  const place = (rule: Rule | CorrelationRule): Loaded => {
    const edit = edits.get(rule.id);
    const instead = overridden.get(rule.id);
    if (instead !== undefined)
      return { pack: instead.file.pack, path: instead.file.path, stored: edit, fileText: instead.text };
    return { ...placed(rule.path), stored: edit, fileText: edit?.inForce === true ? undefined : rule.text };
  };
  const rules = new Map<string, LoadedRule>();
  for (const rule of linked.rules) rules.set(rule.id, { kind: "detection", rule, ...place(rule) });
  for (const rule of linked.correlations) rules.set(rule.id, { kind: "correlation", rule, ...place(rule) });
  return {
    files: parsed.map(({ file }) => file),
    rules,
    filters: new Map(linked.filters.map((filter) => [filter.id, { filter, ...placed(filter.path) }])),
    problems: [
      ...read.problems,
      ...links.problems,
      ...linked.problems.map((problem) => ({ ...problem, ...placed(problem.path) })),
    ],
    links,
    parts,
  };
}

/** A file's rule that people edited here steps back without being called a double. */
function withoutOverridden(
  { file, parts }: Parsed,
  edits: ReadonlyMap<string, StoredRule>,
  overridden: Map<string, { readonly file: RuleText; readonly text: string }>,
): RuleParts {
  if (file.pack === CUSTOM) return parts;
  const keeps = (id: string, text: string): boolean => {
    if (edits.get(id)?.inForce !== true) return true;
    if (!overridden.has(id)) overridden.set(id, { file, text });
    return false;
  };
  const rules = parts.rules.filter(({ rule, text }) => keeps(rule.id, text));
  const correlations = parts.correlations.filter(({ sketch, text }) => keeps(sketch.metadata.id, text));
  if (rules.length === parts.rules.length && correlations.length === parts.correlations.length) return parts;
  return { ...parts, rules, correlations };
}
