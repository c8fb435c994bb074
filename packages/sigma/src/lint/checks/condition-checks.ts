/** condition-checks: every selection is used and makes a difference, the condition can hold and can fail, and says what is meant. */
import type { Expression } from "../../detection.ts";
import type { Check } from "../check.ts";
import type { LintDocument } from "../lint-document.ts";
import { namesIn, type Truth, truthOf } from "../truth-table.ts";

const TWO = "  selection:\n    Image|endswith: '\\whoami.exe'\n  filter:\n    User: root\n";
const THREE = `${TWO}  filter_two:\n    User: admin\n`;

export const CONDITION_CHECKS: readonly Check[] = [
  {
    code: "SELECTION_UNUSED",
    severity: "warning",
    teaches: "A selection that the condition does not name has no effect: a forgotten filter, or a misspelt name.",
    bad: `detection:\n${TWO}  condition: selection`,
    good: `detection:\n${TWO}  condition: selection and not filter`,
    look: (document, report) => {
      const parsed = parsedConditions(document);
      if (parsed === undefined) return;
      const used = new Set(parsed.flatMap(({ expression }) => [...namesIn(expression)]));
      // A name that begins with "_" is left out of "them" on purpose.
      for (const name of document.selections)
        if (!used.has(name) && !name.startsWith("_"))
          report({
            at: [document.kind === "filter" ? "filter" : "detection", name],
            key: true,
            message: `The condition does not name the selection "${name}", so it has no effect.`,
          });
    },
  },
  {
    code: "CONDITION_NEVER",
    severity: "error",
    teaches: "Whatever an event looks like, this condition does not hold: the rule never fires.",
    bad: `detection:\n${TWO}  condition: selection and filter and not selection`,
    good: `detection:\n${TWO}  condition: selection and not filter`,
    look: (document, report) =>
      eachTruth(document, ({ truth, path, text }) => {
        if (!truth.canHold) report({ at: path, message: `"${text}" can never hold.` });
      }),
  },
  {
    code: "CONDITION_ALWAYS",
    severity: "error",
    teaches: "Whatever an event looks like, this condition holds: the rule fires on every event of its source.",
    bad: `detection:\n${TWO}  condition: selection or not selection`,
    good: `detection:\n${TWO}  condition: selection and not filter`,
    look: (document, report) =>
      eachTruth(document, ({ truth, path, text }) => {
        if (!truth.canFail) report({ at: path, message: `"${text}" always holds.` });
      }),
  },
  {
    code: "SELECTION_WITHOUT_EFFECT",
    severity: "warning",
    teaches: "The condition names the selection, and its result is the same with and without it.",
    bad: `detection:\n${TWO}  condition: selection or (selection and filter)`,
    good: `detection:\n${TWO}  condition: selection and not filter`,
    look: (document, report) =>
      eachTruth(document, ({ truth, path, text }) => {
        if (!truth.canHold || !truth.canFail) return;
        for (const name of truth.idle)
          report({
            at: path,
            offset: Math.max(text.indexOf(name), 0),
            message: `"${name}" makes no difference in "${text}".`,
          });
      }),
  },
  {
    code: "CONDITION_ONLY_NOT",
    severity: "warning",
    teaches: "A condition that holds on an event with nothing in it fires on nearly everything of its source.",
    bad: `detection:\n${TWO}  condition: not selection`,
    good: `detection:\n${TWO}  condition: selection and not filter`,
    look: (document, report) => {
      if (document.kind !== "rule") return;
      for (const { expression, text, path } of parsedConditions(document) ?? [])
        if (holdsOnNothing(expression) && truthOf(expression)?.canFail === true)
          report({
            at: path,
            message: `"${text}" also holds when no selection does: it fires on every event that is not excluded.`,
          });
    },
  },
  {
    code: "CONDITION_NOT_ALL",
    severity: "warning",
    teaches:
      "`not all of` excludes an event only when every filter fits. To exclude it when any filter fits, write `not 1 of`.",
    bad: `detection:\n${THREE}  condition: selection and not all of filter*`,
    good: `detection:\n${THREE}  condition: selection and not 1 of filter*`,
    look: (document, report) => {
      for (const { text, path } of document.conditions)
        for (const found of text.matchAll(/\bnot\s+all\s+of\s+(\S+)/gi))
          if (
            /filter|exclu|fp|falsepos|legit|allow|known/i.test(found[1] ?? "") &&
            namedLike(found[1] ?? "", document).length > 1
          )
            report({
              at: path,
              offset: found.index,
              message: `"${found[0]}" excludes only what every one of them fits. To exclude what any of them fits, write "not 1 of ${found[1] ?? ""}".`,
            });
    },
  },
  {
    code: "CONDITION_MIXED",
    severity: "info",
    teaches: "`and` binds more tightly than `or`. Parentheses say what is meant to whoever does not remember.",
    bad: `detection:\n${THREE}  condition: selection or filter and filter_two`,
    good: `detection:\n${THREE}  condition: selection or (filter and filter_two)`,
    look: (document, report) => {
      for (const { text, path } of document.conditions)
        if (mixes(text))
          report({ at: path, message: `"${text}" mixes and with or: add parentheses, "and" goes first.` });
    },
  },
  {
    code: "CONDITION_OF_ONE",
    severity: "info",
    teaches:
      "`1 of` or `all of` with one selection is that selection: the pattern is misspelt, or the rule lost the others.",
    bad: `detection:\n${TWO}  condition: 1 of selection* and not filter`,
    good: `detection:\n${TWO}  condition: selection and not filter`,
    look: (document, report) => {
      for (const { text, path } of document.conditions)
        for (const found of text.matchAll(/(\bnot\s+)?\b(?:1|all|any)\s+of\s+([^\s()]+)/gi)) {
          // Filters are written so from the start, to be joined by others.
          if (found[1] !== undefined || /^(?:filter|exclu)/i.test(found[2] ?? "")) continue;
          const names = namedLike(found[2] ?? "", document);
          if (names.length === 1)
            report({
              at: path,
              offset: found.index,
              message: `"${found[0]}" stands for one selection: write "${names[0] ?? ""}".`,
            });
        }
    },
  },
  {
    code: "CONDITION_UPPER_CASE",
    severity: "info",
    teaches: "The specification writes `and`, `or`, `not`, `of`, `all` and `them` small; some tools take nothing else.",
    bad: `detection:\n${TWO}  condition: selection AND NOT filter`,
    good: `detection:\n${TWO}  condition: selection and not filter`,
    look: (document, report) => {
      for (const { text, path } of document.conditions) {
        const mended = text.replaceAll(/\b(?:AND|OR|NOT|OF|ALL|ANY|THEM|And|Or|Not|Of|All|Any|Them)\b/g, (word) =>
          document.selections.includes(word) ? word : word.toLowerCase(),
        );
        if (mended !== text)
          report({
            at: path,
            message: `Write the words of a condition small: "${mended}".`,
            fix: (source) => source.replaceScalar(path, mended),
          });
      }
    },
  },
  {
    code: "CONDITION_NOT_NOT",
    severity: "info",
    teaches: "Two `not` in a row are none.",
    bad: `detection:\n${TWO}  condition: selection and not not filter`,
    good: `detection:\n${TWO}  condition: selection and filter`,
    look: (document, report) => {
      for (const { text, path } of document.conditions) {
        const found = /\bnot\s+\(?\s*not\s+(?!\d|all|any)[\w-]+\b/i.exec(text);
        if (found !== null) report({ at: path, offset: found.index, message: `"${found[0]}" says "not" twice.` });
      }
    },
  },
];

interface Parsed {
  readonly expression: Expression;
  readonly text: string;
  readonly path: readonly (string | number)[];
}

/** Undefined when one cannot be read: the loader says so. */
function parsedConditions(document: LintDocument): Parsed[] | undefined {
  const all: Parsed[] = [];
  for (const { text, path } of document.conditions) {
    const expression = document.conditionAt(text);
    if (expression === undefined) return undefined;
    all.push({ expression, text, path });
  }
  return all;
}

function eachTruth(document: LintDocument, visit: (found: Parsed & { readonly truth: Truth }) => void): void {
  for (const parsed of parsedConditions(document) ?? []) {
    const truth = known.get(parsed.expression) ?? truthOf(parsed.expression);
    if (truth === undefined) continue;
    known.set(parsed.expression, truth);
    visit({ ...parsed, truth });
  }
}

/** Three checks ask for the same table. */
const known = new WeakMap<Expression, Truth>();

function holdsOnNothing(expression: Expression): boolean {
  switch (expression.kind) {
    case "not":
      return !holdsOnNothing(expression.of);
    case "and":
      return expression.of.every(holdsOnNothing);
    case "or":
      return expression.of.some(holdsOnNothing);
    default:
      return false;
  }
}

function namedLike(pattern: string, { selections }: LintDocument): readonly string[] {
  if (pattern.toLowerCase() === "them") return selections.filter((name) => !name.startsWith("_"));
  const [head = "", ...rest] = pattern.split("*");
  const tail = rest.at(-1) ?? "";
  if (rest.length === 0) return selections.filter((name) => name === pattern);
  return selections.filter((name) => name.startsWith(head) && name.endsWith(tail));
}

/** Whether one level of parentheses has both words. */
function mixes(text: string): boolean {
  const levels: { and: boolean; or: boolean }[] = [{ and: false, or: false }];
  for (const [token] of text.matchAll(/[()]|[^\s()]+/g)) {
    const level = levels.at(-1);
    if (token === "(") levels.push({ and: false, or: false });
    else if (token === ")") levels.pop();
    else if (level !== undefined && token.toLowerCase() === "and") level.and = true;
    else if (level !== undefined && token.toLowerCase() === "or") level.or = true;
    if (level?.and === true && level.or) return true;
  }
  return false;
}
