/** silent-rules: rules that only count: some live correlation is made of them, and none asks for their own alerts. Their matches are
 *  stored as counted, and raise nothing. */
import type { CorrelationRule } from "@holdfast/sigma";

export interface CorrelationRules {
  /** Those that are live or in test. */
  readonly rules: readonly CorrelationRule[];
  /** Ids of those in test: their matches raise no alert. */
  readonly test: ReadonlySet<string>;
}

export function silentRules({ rules, test }: CorrelationRules): ReadonlySet<string> {
  const live = rules.filter((rule) => !test.has(rule.id));
  const loud = new Set(live.filter((rule) => rule.generate).flatMap((rule) => rule.rules));
  return new Set(live.flatMap((rule) => rule.rules).filter((id) => !loud.has(id)));
}
