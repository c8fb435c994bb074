/** rule-check: one text as the engine would load it beside all others: what it is, and what is wrong with it, with its place.
 *  Used while someone types and again when they save, so that both say the same. */
import type { Finding } from "@holdfast/contracts/authoring";
import {
  compile,
  type CorrelationRule,
  type FilterRule,
  linkRules,
  type Logsource,
  type Rule,
  type RuleParts,
  type RuleProblem,
} from "@holdfast/sigma";
import { CUSTOM, readFile, type RuleSet } from "./rule-set.ts";
import { storable } from "./signal.ts";

export type CheckedDocument =
  | { readonly kind: "detection"; readonly rule: Rule }
  | { readonly kind: "correlation"; readonly rule: CorrelationRule }
  | { readonly kind: "filter"; readonly rule: FilterRule };

export interface CheckedText {
  readonly findings: readonly Finding[];
  /** Undefined when it does not load. */
  readonly document: CheckedDocument | undefined;
  /** The text has no id of its own yet. */
  readonly withoutId: boolean;
}

export interface CheckRequest {
  readonly text: string;
  readonly set: RuleSet;
  /** The rule or exception that is being edited. */
  readonly own?: string | undefined;
}

export function checkText({ text, set, own }: CheckRequest): CheckedText {
  const parts = readFile({ pack: CUSTOM, path: PATH, text });
  const linked = linkRules([parts, ...without(neighboursOf(parts, set), idsOf(parts))], set.links.options);
  const document = documentOf(linked);
  const findings = linked.problems.filter(({ path }) => path === QUALIFIED).map(findingOf);
  const count = parts.rules.length + parts.correlations.length + parts.filters.length;
  if (count === 0 && findings.length === 0) findings.push(error("RULE_EMPTY", EMPTY));
  if (count > 1) findings.push(error("DOCUMENTS_SEVERAL", SEVERAL));
  if (document === undefined || count !== 1) return { findings, document: undefined, withoutId: true };
  if (document.kind === "detection") findings.push(...compile([document.rule]).problems.map(findingOf));
  const { id, title } = document.rule;
  if (storable(title) !== title)
    findings.push(error("TITLE_INVALID", "The title holds characters that cannot be stored."));
  if (document.kind === "filter" && title.length > MOST_TITLE)
    findings.push(
      error(
        "TITLE_TOO_LONG",
        `The title has ${title.length} characters: shorten it to ${MOST_TITLE} at most.`,
        lineOf(text, "title:"),
      ),
    );
  const withoutId = id === `${QUALIFIED}#${title}`;
  if (!withoutId) findings.push(...idFindings(text, id, { set, own }));
  return { findings, document, withoutId };
}

export const isSound = (checked: CheckedText): boolean =>
  checked.findings.every(({ severity }) => severity !== "error");

/** The text with an id in front of its title, where a reader looks for it. */
export function withId(text: string, id: string): string {
  const line = `id: ${/^[\w-]+$/.test(id) ? id : `'${id.replaceAll("'", "''")}'`}\n`;
  const at = /^title:/m.exec(text)?.index ?? 0;
  return `${text.slice(0, at)}${line}${text.slice(at)}`;
}

const PATH = "text.yml";
const QUALIFIED = `${CUSTOM}/${PATH}`;
/** Of an exception: a line of a list; the reason and the filter say the rest. */
export const MOST_TITLE = 120;
/** What fits into an address and every store. */
const USABLE_ID = /^[\x21-\x7e](?:[\x20-\x7e]{0,198}[\x21-\x7e])?$/;
const UNUSABLE_ID =
  "An id has at most 200 characters, of plain ASCII: write a UUID, or remove the line to be given one.";
const EMPTY = "There is no rule in this text: write a title, a logsource and a detection.";
const SEVERAL = "This text holds several documents: keep one here, and make a rule of its own of each of the others.";

const findingOf = ({ line, column, code, message }: RuleProblem): Finding => ({
  severity: "error",
  code,
  message,
  line,
  column,
  fix: null,
});

const error = (code: string, message: string, line = 1): Finding => ({
  severity: "error",
  code,
  message,
  line,
  column: 1,
  fix: null,
});

function documentOf(linked: ReturnType<typeof linkRules>): CheckedDocument | undefined {
  const rule = linked.rules.find(({ path }) => path === QUALIFIED);
  if (rule !== undefined) return { kind: "detection", rule };
  const correlation = linked.correlations.find(({ path }) => path === QUALIFIED);
  if (correlation !== undefined) return { kind: "correlation", rule: correlation };
  const filter = linked.filters.find(({ path }) => path === QUALIFIED);
  return filter && { kind: "filter", rule: filter };
}

/** What the text can refer to. Filters of the others are left out: laying them over their rules is most of the work. */
function neighboursOf(parts: RuleParts, set: RuleSet): RuleParts[] {
  const bare = (): RuleParts[] => set.parts.map((part) => ({ ...part, filters: [] }));
  if (parts.correlations.length > 0) return bare();
  const [filter] = parts.filters;
  if (filter === undefined) return [];
  const { rules, logsource } = filter.sketch;
  if (rules !== "any") return bare();
  // One rule that it reaches says as much as all of them.
  const reached = set.parts.find((part) => part.rules.some(({ rule }) => covers(logsource, rule.logsource)));
  return reached === undefined ? [] : [{ ...reached, filters: [] }];
}

/** What a filter leaves open fits any rule. */
function covers(filter: Logsource, rule: Logsource): boolean {
  return (["product", "category", "service"] as const).every(
    (key) => filter[key] === undefined || filter[key] === rule[key],
  );
}

function idFindings(text: string, id: string, { set, own }: Pick<CheckRequest, "set" | "own">): Finding[] {
  const line = lineOf(text, id);
  if (own !== undefined)
    return id === own
      ? []
      : [
          error(
            "ID_CHANGED",
            `The id of this rule is ${own} and stays so: history, alerts and exceptions hang on it.`,
            line,
          ),
        ];
  if (!USABLE_ID.test(id)) return [error("ID_INVALID", UNUSABLE_ID, line)];
  const known = set.rules.get(id)?.rule.title ?? set.filters.get(id)?.filter.title;
  if (known === undefined) return [];
  return [error("ID_DUPLICATE", `The id ${id} belongs to "${known}": remove the line to be given a new one.`, line)];
}

/** Where it stands for the first time; the first line when it does not. */
function lineOf(text: string, wanted: string): number {
  return Math.max(1, text.split("\n").findIndex((candidate) => candidate.includes(wanted)) + 1);
}

function idsOf(parts: RuleParts): ReadonlySet<string> {
  return new Set([
    ...parts.rules.map(({ rule }) => rule.id),
    ...parts.correlations.map(({ sketch }) => sketch.metadata.id),
    ...parts.filters.map(({ sketch }) => sketch.metadata.id),
  ]);
}

/** The others, without the older text of the same document. */
function without(all: readonly RuleParts[], ids: ReadonlySet<string>): RuleParts[] {
  return all.map((parts) => {
    if (![...idsOf(parts)].some((id) => ids.has(id))) return parts;
    return {
      ...parts,
      rules: parts.rules.filter(({ rule }) => !ids.has(rule.id)),
      correlations: parts.correlations.filter(({ sketch }) => !ids.has(sketch.metadata.id)),
      filters: parts.filters.filter(({ sketch }) => !ids.has(sketch.metadata.id)),
    };
  });
}
