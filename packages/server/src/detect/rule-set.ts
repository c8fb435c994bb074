/** rule-set: rule files turned into the set of rules, with their problems and a version that changes with any of it.
 *  Works in slices, so that three thousand rules never hold up a request; unchanged files are not parsed again. */
import { createHash } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { RuleProblem } from "@holdfast/contracts/detect";
import { parseRules, type Rule } from "@holdfast/sigma";
import { qualifiedPath, type RuleFilesRead, type RuleText } from "./rule-files.ts";
import type { RuleLoad } from "./rule-load.ts";

export interface LoadedRule {
  readonly rule: Rule;
  readonly pack: string;
  readonly path: string;
}

export interface RuleSet {
  readonly files: readonly RuleText[];
  readonly rules: ReadonlyMap<string, LoadedRule>;
  readonly problems: readonly RuleProblem[];
}

export interface RuleSetBuilder {
  build(read: RuleFilesRead): Promise<RuleSet>;
}

export function createRuleSetBuilder(): RuleSetBuilder {
  let known = new Map<string, Parsed>();
  return {
    build: async (read) => {
      const fresh = new Map<string, Parsed>();
      for (const [index, file] of read.files.entries()) {
        const key = qualifiedPath(file);
        const before = known.get(key);
        fresh.set(key, before?.text === file.text ? before : parse(file, key));
        if (index % SLICE === SLICE - 1) await nextTurn();
      }
      known = fresh;
      return combine(read, fresh);
    },
  };
}

/** Changes with anything that a worker would match differently by. */
export function versionOf(load: Omit<RuleLoad, "version">): string {
  const hash = createHash("sha256");
  for (const file of load.files) hash.update(`${qualifiedPath(file)}\u0000${file.text}\u0000`);
  hash.update(JSON.stringify([load.off, load.test, load.exceptions]));
  return hash.digest("hex").slice(0, 16);
}

interface Parsed {
  readonly text: string;
  readonly rules: readonly Rule[];
  readonly problems: readonly RuleProblem[];
}

const SLICE = 20;

function parse(file: RuleText, key: string): Parsed {
  const { rules, problems } = parseRules([{ path: key, text: file.text }]);
  return {
    text: file.text,
    rules,
    problems: problems.map((problem) => ({ ...problem, pack: file.pack, path: file.path })),
  };
}

function combine(read: RuleFilesRead, parsed: ReadonlyMap<string, Parsed>): RuleSet {
  const rules = new Map<string, LoadedRule>();
  const problems: RuleProblem[] = [...read.problems];
  for (const file of read.files) {
    const { rules: found, problems: wrong } = parsed.get(qualifiedPath(file)) ?? { rules: [], problems: [] };
    problems.push(...wrong);
    for (const rule of found) {
      const first = rules.get(rule.id);
      if (first === undefined) rules.set(rule.id, { rule, pack: file.pack, path: file.path });
      else problems.push(duplicate(file, rule, first));
    }
  }
  return { files: read.files, rules, problems };
}

function duplicate(file: RuleText, rule: Rule, first: LoadedRule): RuleProblem {
  const message = `The id ${rule.id} is already used by ${qualifiedPath(first)}, which stays in force: give this rule an id of its own or remove it.`;
  return {
    pack: file.pack,
    path: file.path,
    line: lineOfId(file.text, rule.id),
    column: 1,
    code: "ID_DUPLICATE",
    message,
  };
}

function lineOfId(text: string, id: string): number {
  const at = text.indexOf(id);
  return at < 0 ? 1 : text.slice(0, at).split("\n").length;
}
