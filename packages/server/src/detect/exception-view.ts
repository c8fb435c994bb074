/** exception-view: exceptions as the API shows them: those made here and those that stand in rule folders, each with the rules it
 *  names, whether it hides now and, when not, why. */
import type { Exception, ExceptionState } from "@holdfast/contracts/exceptions";
import type { HiddenCount, StoredException } from "./exception-store.ts";
import { CUSTOM, exceptionFileOf, type LoadedFilter, readFile, type RuleSet } from "./rule-set.ts";

export interface ExceptionFacts {
  readonly set: RuleSet;
  readonly now: number;
  /** In all, kept by the state store. */
  readonly hidden: ReadonlyMap<string, HiddenCount>;
  /** In the last 24 hours. */
  readonly hiddenToday: ReadonlyMap<string, number>;
}

export function showExceptions(stored: readonly StoredException[], facts: ExceptionFacts): Exception[] {
  const own = new Set(stored.map(({ id }) => id));
  const files = [...facts.set.filters.values()].filter(({ filter, pack }) => pack !== CUSTOM && !own.has(filter.id));
  return [...stored.map((one) => showException(one, facts)), ...files.map((one) => showFile(one, facts))];
}

function showException(stored: StoredException, facts: ExceptionFacts): Exception {
  const { id, text, title, owner, reason, expiresMs, version } = stored;
  const references = referencesIn(id, text);
  const problem = problemOf(stored, facts);
  return {
    id,
    title,
    text,
    rules: references === "any" ? [] : references.map((reference) => named(reference, facts.set)),
    all: references === "any",
    state: stateOf(stored, facts.now, problem),
    owner,
    reason,
    expiresAt: timeOf(expiresMs),
    pack: CUSTOM,
    path: "",
    version,
    createdBy: stored.createdBy,
    createdAt: timeOf(stored.createdAt),
    editedBy: stored.editedBy,
    editedAt: timeOf(stored.editedAt),
    ...countsOf(id, facts),
    problem,
  };
}

/** Does it name this rule, or all that the rule is among? */
export function appliesTo(exception: Exception, ruleId: string, set: RuleSet): boolean {
  return (
    exception.rules.some(({ id }) => id === ruleId) ||
    set.filters.get(exception.id)?.filter.rules.includes(ruleId) === true
  );
}

function showFile({ filter, pack, path }: LoadedFilter, facts: ExceptionFacts): Exception {
  return {
    id: filter.id,
    title: filter.title,
    text: filter.text,
    rules: filter.rules.map((id) => named(id, facts.set)),
    all: false,
    state: filter.rules.length === 0 ? "broken" : "active",
    owner: filter.author,
    reason: filter.description,
    expiresAt: null,
    pack,
    path,
    version: 0,
    createdBy: "",
    createdAt: null,
    editedBy: "",
    editedAt: null,
    ...countsOf(filter.id, facts),
    problem: filter.rules.length === 0 ? "It reaches no loaded rule." : null,
  };
}

function stateOf(stored: StoredException, now: number, problem: string | null): ExceptionState {
  if (stored.off) return "off";
  if (stored.expiresMs !== null && stored.expiresMs <= now) return "expired";
  return problem === null ? "active" : "broken";
}

/** Only of one that should hide: the others are not loaded. */
function problemOf(stored: StoredException, { set, now }: ExceptionFacts): string | null {
  if (stored.off || (stored.expiresMs !== null && stored.expiresMs <= now)) return null;
  const { path } = exceptionFileOf(stored.id, stored.text);
  const found = set.problems.find((problem) => problem.pack === CUSTOM && problem.path === path);
  if (found !== undefined) return `line ${found.line}: ${found.message}`;
  return set.filters.get(stored.id)?.filter.rules.length === 0 ? "It reaches no loaded rule." : null;
}

function referencesIn(id: string, text: string): readonly string[] | "any" {
  return readFile(exceptionFileOf(id, text)).filters[0]?.sketch.rules ?? [];
}

/** Filters name rules by id or by name. */
function named(reference: string, set: RuleSet): Exception["rules"][number] {
  const rule =
    set.rules.get(reference)?.rule ?? [...set.rules.values()].find((loaded) => loaded.rule.name === reference)?.rule;
  return rule === undefined
    ? { id: reference, title: reference, known: false }
    : { id: rule.id, title: rule.title, known: true };
}

function countsOf(
  id: string,
  { hidden, hiddenToday }: ExceptionFacts,
): Pick<Exception, "hiddenTotal" | "hidden24h" | "lastHiddenAt"> {
  const count = hidden.get(id);
  return {
    hiddenTotal: count?.hidden ?? 0,
    hidden24h: hiddenToday.get(id) ?? 0,
    lastHiddenAt: timeOf(count?.lastAt ?? null),
  };
}

const timeOf = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
