/**
 * explanation-text: an explanation as lines for people: the verdict, how the event got to the rule, and the condition as a tree.
 * Long lists of alternatives that do not hold are cut to the first few and a count.
 */
import type { ExplainedItem, ExplainedNode, Explanation } from "./explanation.ts";

export interface ExplanationTextOptions {
  /** True: every alternative is written out. */
  readonly full?: boolean;
}

export function explanationText(explanation: Explanation, options: ExplanationTextOptions = {}): string[] {
  const { rule, matched, routing, condition } = explanation;
  const verdict = matched
    ? "matches"
    : !routing.routed && condition.holds
      ? "does not match: its condition holds, but the event never reaches it"
      : routing.routed
        ? "does not match"
        : "does not match: the event never reaches it, and its condition does not hold";
  return [
    `${rule.title} [${rule.id}] ${verdict}.`,
    "",
    `${mark(routing.routed)} log source: ${routing.reason}`,
    ...(routing.routed ? [] : routing.ways.map((way) => `    fed by ${way}`)),
    ...treeLines(condition, options.full ?? false, ""),
  ];
}

/** The items that the verdict rests on, a sentence each; of many alternatives the first few. */
export function decidingLines({ routing, condition }: Explanation): string[] {
  if (!routing.routed) return [routing.reason];
  const items = itemsOf(condition).filter(({ decided }) => decided);
  const shown = items.slice(0, MOST_ALTERNATIVES).map(itemText);
  return items.length > shown.length ? [...shown, `and ${items.length - shown.length} more`] : shown;
}

const MOST_ALTERNATIVES = 5;

function treeLines(node: ExplainedNode, full: boolean, indent: string): string[] {
  const line = (text: string): string => `${indent}${mark(node.holds)} ${text}${node.decided ? "  ←" : ""}`;
  const inner = `${indent}  `;
  switch (node.kind) {
    case "item":
      return [line(itemText(node))];
    case "selection":
      return [line(selectionText(node)), ...treeLines(node.of, full, inner)];
    case "not":
      return [line("not"), ...treeLines(node.of, full, inner)];
    case "and":
    case "or": {
      const [shown, left] = full ? [node.of, 0] : worthShowing(node);
      const rest = left === 0 ? [] : [`${inner}  and ${left} more that ${node.kind === "or" ? "do not hold" : "hold"}`];
      const title = node.kind === "and" ? "all of" : "any of";
      return [line(title), ...shown.flatMap((part) => treeLines(part, full, inner)), ...rest];
    }
  }
}

/** Everything that decides or stands out, and a few of the rest. */
function worthShowing(node: Extract<ExplainedNode, { kind: "and" | "or" }>): [readonly ExplainedNode[], number] {
  if (node.of.length <= MOST_ALTERNATIVES) return [node.of, 0];
  const usual = node.kind === "and";
  const kept = node.of.filter((part, index) => part.holds !== usual || index < MOST_ALTERNATIVES);
  const left = node.of.length - kept.length;
  return left === 0 ? [node.of, 0] : [kept, left];
}

/** The selections of a filter have its id before their name. */
function selectionText({ name, filter }: Extract<ExplainedNode, { kind: "selection" }>): string {
  return filter === undefined ? name : `${name.slice(name.indexOf("/") + 1)} of the filter "${filter}"`;
}

function itemText(item: ExplainedItem): string {
  const what = item.field ?? "the event";
  const via = item.foundAs === undefined ? "" : ` (here ${item.foundAs})`;
  if (item.cannotRun !== undefined) return `${what}${via} ${item.test}: cannot be tested, ${item.cannotRun}`;
  return `${what}${via} ${item.test}: ${foundText(item)}`;
}

function foundText({ field, found }: ExplainedItem): string {
  if (found.kind === "missing") return "it is not there";
  if (found.kind === "null") return "it is null";
  const shown = field === undefined ? found.texts.slice(0, 1) : found.texts.slice(0, 3);
  const texts = shown.map((text) => `"${text.length > 160 ? `${text.slice(0, 160)}…` : text}"`);
  const left = found.texts.length - shown.length;
  if (texts.length === 0) return "it has no text";
  return `it is ${texts.join(", ")}${left > 0 ? ` and ${left} more` : ""}`;
}

function itemsOf(node: ExplainedNode): ExplainedItem[] {
  switch (node.kind) {
    case "item":
      return [node];
    case "and":
    case "or":
      return node.of.flatMap(itemsOf);
    case "not":
    case "selection":
      return itemsOf(node.of);
  }
}

function mark(holds: boolean): string {
  return holds ? "✔" : "✘";
}
