/** rehearsal: correlation rules over the signals of exercises. Each exercise has a memory of its own, apart from the real one, so that
 *  neither completes the windows of the other. It lives in this process only: an exercise that a restart cuts in two starts counting anew. */
import { type Correlator, createCorrelator } from "@holdfast/sigma";
import type { Clock } from "../platform/clock/index.ts";
import { inputOf } from "./correlation.ts";
import { correlationSignal } from "./correlation-signal.ts";
import { hashOf, type Signal } from "./signal.ts";
import { type CorrelationRules, silentRules } from "./silent-rules.ts";

export interface Rehearsal {
  use(rules: CorrelationRules): void;
  /** What goes on to triage of one exercise's signals: them without those that only count, and the matches, marked by their source. */
  apply(exerciseId: string, signals: readonly Signal[]): readonly Signal[];
}

/** Exercises run one at a time; a few more memories do no harm. */
const KEPT = 4;

interface Memory {
  readonly correlator: Correlator;
  readonly parts: Map<string, Signal>;
  readonly raised: Set<string>;
}

export function createRehearsal(clock: Clock): Rehearsal {
  let current: CorrelationRules = { rules: [], test: new Set() };
  let silent: ReadonlySet<string> = new Set();
  let read: ReadonlySet<string> = new Set();
  const memories = new Map<string, Memory>();

  function memoryOf(exerciseId: string): Memory {
    const known = memories.get(exerciseId);
    if (known !== undefined) return known;
    const made = {
      correlator: createCorrelator(current.rules),
      parts: new Map<string, Signal>(),
      raised: new Set<string>(),
    };
    memories.set(exerciseId, made);
    for (const old of [...memories.keys()].slice(0, -KEPT)) memories.delete(old);
    return made;
  }

  return {
    use(rules) {
      current = rules;
      silent = silentRules(rules);
      read = new Set(rules.rules.flatMap((rule) => rule.rules));
      memories.clear();
    },
    apply(exerciseId, signals) {
      const { correlator, parts, raised } = memoryOf(exerciseId);
      const fed = signals.filter((signal) => read.has(signal.ruleId) && signal.outcome !== "hidden");
      const source = signals[0]?.source;
      for (const signal of fed) parts.set(inputOf(signal).id, signal);
      const found = fed.length === 0 ? [] : correlator.observe(fed.map(inputOf), clock.now());
      const matches = found.flatMap((match) => {
        // The first form of a match raises it; what grows later is the same.
        if (match.withdrawn || raised.has(match.id) || match.replaces.some((id) => raised.has(id))) return [];
        raised.add(match.id);
        const made = correlationSignal({
          match,
          eventIds: match.inputs.flatMap((id) => parts.get(id)?.eventId ?? []),
          parts: match.inputs.flatMap((id) => parts.get(id) ?? []),
          outcome: current.test.has(match.rule.id) ? "test" : "alert",
          ruleHash: hashOf(match.rule.text),
        });
        return [{ ...made, id: `${exerciseId}-${made.id}`, ...(source === undefined ? {} : { source }) }];
      });
      return [...signals, ...matches].filter((signal) => !silent.has(signal.ruleId));
    },
  };
}
