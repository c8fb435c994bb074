/** explain: why a rule fired or did not, as lines to read; and, for a stored signal, with the very text that fired. */
import type { Explained, Explanation, ExplainStep } from "@holdfast/contracts/authoring";
import {
  type CorrelationRule,
  type ExplainedItem,
  type ExplainedNode,
  explain,
  type Rule,
  type SigmaEvent,
} from "@holdfast/sigma";
import type { DetectContext } from "./context.ts";
import { eventOfRecord, readRecord } from "./event-reader.ts";
import { explainCorrelation } from "./explain-correlation.ts";
import { readFiredText } from "./fired-text-store.ts";
import { checkText } from "./rule-check.ts";
import type { LoadedRule, RuleSet } from "./rule-set.ts";
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
  const correlation =
    fired.correlation === undefined ? undefined : await explainCorrelation(context, fired.correlation, signal.id);
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
    correlation: correlation?.facts ?? null,
    withdrawn: correlation?.withdrawn ?? null,
    fields: signal.fields.map((field) => ({ ...field })),
  };
  if (correlation !== undefined)
    return { ...shown, sentence: `${correlation.sentence} ${fired.sentence}`, explanation: null };
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
  /** Neither when no text is left. */
  readonly rule: Rule | undefined;
  readonly correlation: CorrelationRule | undefined;
}

/** The text of a signal: the present one, the one that was kept when it fired, or one of the versions that people wrote. */
async function textOf({ keeper, tables }: DetectContext, signal: StoredSignal): Promise<FiredText> {
  const { ruleId, ruleHash } = signal;
  const loaded = keeper.set.rules.get(ruleId);
  if (loaded !== undefined && hashOf(loaded.rule.text) === ruleHash)
    return { kind: "fired", sentence: "The rule is as it was when it fired.", ...partsOf(loaded) };
  const old =
    (await readFiredText(tables.db, ruleId, ruleHash)) ??
    (await readAllTexts(tables.db, ruleId)).find((text) => hashOf(text) === ruleHash);
  if (old !== undefined) {
    const sentence = `The rule ${loaded === undefined ? "is gone" : "was changed"} since; this is the text that fired.`;
    return { kind: "fired", sentence, ruleText: old, ...readAgain(old, ruleId, keeper.set) };
  }
  if (loaded !== undefined) {
    const sentence = "The rule was changed since it fired and the text of then is not kept: this is the present one.";
    return { kind: "changed", sentence, ...partsOf(loaded) };
  }
  const sentence = "The rule is gone, and no text of it is kept.";
  return { kind: "gone", sentence, ruleText: "", rule: undefined, correlation: undefined };
}

type Parts = Pick<FiredText, "rule" | "correlation">;

function partsOf(loaded: LoadedRule): Parts & Pick<FiredText, "ruleText"> {
  const ruleText = loaded.rule.text;
  return loaded.kind === "correlation"
    ? { ruleText, rule: undefined, correlation: loaded.rule }
    : { ruleText, rule: loaded.rule, correlation: undefined };
}

/** An earlier text beside the rules of now: a correlation needs those it is made of. */
function readAgain(text: string, ruleId: string, set: RuleSet): Parts {
  const { document } = checkText({ text, set, own: ruleId });
  return {
    rule: document?.kind === "detection" ? document.rule : undefined,
    correlation: document?.kind === "correlation" ? document.rule : undefined,
  };
}

export function withoutExceptions(rule: Rule): Rule {
  const { selections, unfiltered } = rule.detection;
  return unfiltered === undefined ? rule : { ...rule, detection: { selections, condition: unfiltered } };
}
