/** correlation.testing: correlation rules and inputs for tests, with as few words as a test needs. */
import type { Bound, CorrelationInput, CorrelationRule, CorrelationType, RuleExpression } from "../correlation.ts";

export interface Sketch {
  readonly type: CorrelationType;
  readonly id?: string;
  readonly rules?: readonly string[];
  readonly groupBy?: readonly string[];
  readonly bounds?: ReadonlyArray<readonly [Bound["op"], number]>;
  readonly expression?: RuleExpression;
  readonly fields?: readonly string[];
  readonly percentile?: number;
  readonly timespanMs?: number;
  readonly aliases?: CorrelationRule["aliases"];
}

export function correlation(sketch: Sketch): CorrelationRule {
  const { type, id = "correlation", rules = ["a"], groupBy = ["user"], timespanMs = 60_000, aliases = {} } = sketch;
  return {
    id,
    name: undefined,
    title: id,
    level: "high",
    status: "test",
    description: "",
    author: "",
    references: [],
    tags: [],
    falsepositives: [],
    attack: { tactics: [], techniques: [] },
    path: `${id}.yml`,
    text: "",
    type,
    rules,
    groupBy,
    aliases,
    timespanMs,
    condition:
      sketch.expression === undefined
        ? {
            kind: "bounds",
            bounds: (sketch.bounds ?? []).map(([op, value]) => ({ op, value })),
            fields: sketch.fields ?? [],
            percentile: sketch.percentile,
          }
        : { kind: "expression", expression: sketch.expression },
    generate: false,
  };
}

/** An input that names itself by its rule and time. */
export function input(
  ruleId: string,
  timeMs: number,
  values: Readonly<Record<string, string | number>> = { user: "bob" },
): CorrelationInput {
  return { id: `${ruleId}@${timeMs}`, ruleId, timeMs, values };
}
