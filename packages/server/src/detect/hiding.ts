/** hiding: exceptions kept apart from the rules they are laid over, so that a match can be reported with the exception that hid it,
 *  and one whose time is over stops hiding at that moment, without loading anything again. */
import { compile, type Engine, type Rule, type SigmaEvent } from "@holdfast/sigma";

export interface Hiding {
  /** The rules without their exceptions: what the engine is to match. */
  readonly rules: readonly Rule[];
  /** Id of the first exception that hides this rule's match on the event now; "" when none does. */
  hiddenBy(ruleId: string, event: SigmaEvent, now: number): string;
}

/** @param ends exception id -> from when on it hides nothing */
export function createHiding(rules: readonly Rule[], ends: ReadonlyMap<string, number>): Hiding {
  const excepted = new Map<string, Excepted>();
  return {
    rules: rules.map((rule) => {
      const { selections, unfiltered, exceptions } = rule.detection;
      if (unfiltered === undefined || exceptions === undefined || exceptions.length === 0) return rule;
      excepted.set(rule.id, { rule, engine: undefined });
      return { ...rule, detection: { selections, condition: unfiltered } };
    }),
    hiddenBy: (ruleId, event, now) => {
      const entry = excepted.get(ruleId);
      if (entry === undefined) return "";
      entry.engine ??= engineOf(entry.rule);
      const hiding = entry.engine
        .match(event)
        .find(({ rule }) => now < (ends.get(rule.id) ?? Number.POSITIVE_INFINITY));
      return hiding?.rule.id ?? "";
    },
  };
}

interface Excepted {
  readonly rule: Rule;
  /** Made at the first match: most rules never have one. */
  engine: Engine | undefined;
}

/** Each exception as a rule of its own on the same log source: events reach it, and fields are named, as for the rule. */
function engineOf(rule: Rule): Engine {
  const { selections, exceptions = [] } = rule.detection;
  return compile(
    exceptions.map(({ id, title, expression }) => ({
      ...rule,
      id,
      title,
      detection: { selections, condition: expression },
    })),
  );
}
