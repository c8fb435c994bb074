/** explain: why a rule fired or did not, as lines to read; and, for a stored signal, with the very text that fired. */
import type { Explained, Explanation, ExplainStep } from "@holdfast/contracts/authoring";
import {
  type ExplainedItem,
  type ExplainedNode,
  explain,
  linkRules,
  type Rule,
  type SigmaEvent,
} from "@holdfast/sigma";
import type { DetectContext } from "./context.ts";
import { eventOfRecord, readRecord } from "./event-reader.ts";
import { CUSTOM, readFile, type RuleSet } from "./rule-set.ts";
import { hashOf } from "./signal.ts";
import type { StoredSignal } from "./signal-list-store.ts";
import { readAllTexts } from "./version-store.ts";

export function explainRule(rule: Rule, event: SigmaEvent): Explanation {
  const { matched, routing, condition } = explain(rule, event);
  const steps: ExplainStep[] = [];
  const titles = new Map((rule.detection.exceptions ?? []).map(({ id, title }) => [id, title]));
  walk(condition, 0, { steps, titles });
  return {
    matched,
    routed: routing.routed,
    routing: routing.reason,
    steps: steps.slice(0, MOST_STEPS),
    cut: steps.length > MOST_STEPS,
  };
}

/** Reads the event of a signal again and explains it with the text that fired, if that text is still known. */
export async function explainSignal(context: DetectContext, signal: StoredSignal): Promise<Explained> {
  const fired = await textOf(context, signal);
  const record = await readRecord(context.events, signal.eventId);
  const event = record && eventOfRecord(context.normalise, record);
  const shown = {
    ruleId: signal.ruleId,
    ruleTitle: signal.ruleTitle,
    signalId: signal.id,
    eventId: signal.eventId,
    text: fired.kind,
    ruleText: fired.ruleText,
    event: event?.seen ?? null,
    fields: signal.fields.map((field) => ({ ...field })),
  };
  if (fired.rule === undefined || event === undefined) {
    const missing =
      event === undefined ? "The event is no longer stored; these are the fields that the signal kept." : "";
    return { ...shown, sentence: `${fired.sentence} ${missing}`.trim(), explanation: null };
  }
  // What did not hide it then does not hide it in the explanation.
  const rule = signal.outcome === "hidden" ? fired.rule : withoutExceptions(fired.rule);
  return { ...shown, sentence: fired.sentence, explanation: explainRule(rule, event.sigma) };
}

const MOST_STEPS = 2_000;

interface Reading {
  readonly steps: ExplainStep[];
  /** Exception id -> title. */
  readonly titles: ReadonlyMap<string, string>;
}

function walk(node: ExplainedNode, depth: number, reading: Reading): void {
  const plain = {
    depth,
    matched: node.holds,
    decided: node.decided,
    field: null,
    pattern: null,
    value: null,
    note: null,
  };
  switch (node.kind) {
    case "item":
      reading.steps.push({ ...plain, ...itemStep(node) });
      return;
    case "selection": {
      const [filter, name] = node.name.split("/");
      const title = name === undefined || filter === undefined ? undefined : reading.titles.get(filter);
      const label = title === undefined ? node.name : `${title}: ${name ?? ""}`;
      reading.steps.push({ ...plain, kind: title === undefined ? "selection" : "filter", label });
      walk(node.of, depth + 1, reading);
      return;
    }
    case "not":
      reading.steps.push({ ...plain, kind: "not", label: "not" });
      walk(node.of, depth + 1, reading);
      return;
    case "and":
    case "or":
      reading.steps.push({ ...plain, kind: node.kind, label: node.kind === "and" ? "all of" : "one of" });
      for (const part of node.of) walk(part, depth + 1, reading);
  }
}

function itemStep(item: ExplainedItem): Pick<ExplainStep, "kind" | "label" | "field" | "pattern" | "value" | "note"> {
  const { field, found, foundAs } = item;
  const notes = [
    ...(foundAs === undefined ? [] : [`the event calls it ${foundAs}`]),
    ...(found.kind === "missing" && field !== undefined ? ["the event has no such field"] : []),
    ...(found.kind === "null" ? ["the field is there without a value"] : []),
    ...(found.kind === "texts" && found.cut ? ["more values, or a longer one, than shown"] : []),
    ...(item.cannotRun === undefined ? [] : [item.cannotRun]),
  ];
  return {
    kind: field === undefined ? "keyword" : "field",
    label: field === undefined ? item.test : `${field} ${item.test}`,
    field: field ?? null,
    pattern: item.shown,
    value: found.kind === "texts" ? found.texts.join("\n") : null,
    note: notes.length === 0 ? null : notes.join("; "),
  };
}

interface FiredText {
  readonly kind: Explained["text"];
  readonly sentence: string;
  readonly ruleText: string;
  /** Undefined for a correlation, and when no text is left. */
  readonly rule: Rule | undefined;
}

async function textOf({ keeper, tables }: DetectContext, signal: StoredSignal): Promise<FiredText> {
  const loaded = keeper.set.rules.get(signal.ruleId);
  if (loaded?.kind === "correlation") {
    const sentence = "A correlation: it fired because of the signals of its rules, which are explained one by one.";
    return { kind: "fired", sentence, ruleText: loaded.rule.text, rule: undefined };
  }
  if (loaded !== undefined && hashOf(loaded.rule.text) === signal.ruleHash)
    return {
      kind: "fired",
      sentence: "The rule is as it was when it fired.",
      ruleText: loaded.rule.text,
      rule: loaded.rule,
    };
  const texts = await readAllTexts(tables.db, signal.ruleId);
  const old = texts.find((text) => hashOf(text) === signal.ruleHash);
  if (old !== undefined) {
    const sentence = `The rule ${loaded === undefined ? "is gone" : "was edited"} since; this is the version that fired.`;
    return { kind: "fired", sentence, ruleText: old, rule: ruleOf(old, keeper.set) };
  }
  if (loaded !== undefined) {
    const sentence = "The rule was changed since it fired and the text of then is not kept: this is the present one.";
    return { kind: "changed", sentence, ruleText: loaded.rule.text, rule: loaded.rule };
  }
  return { kind: "gone", sentence: "The rule is gone, and no text of it is kept.", ruleText: "", rule: undefined };
}

const ruleOf = (text: string, set: RuleSet): Rule | undefined =>
  linkRules([readFile({ pack: CUSTOM, path: "fired.yml", text })], set.links.options).rules[0];

export function withoutExceptions(rule: Rule): Rule {
  const { selections, unfiltered } = rule.detection;
  return unfiltered === undefined ? rule : { ...rule, detection: { selections, condition: unfiltered } };
}
