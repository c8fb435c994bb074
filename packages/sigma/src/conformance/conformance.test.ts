/** conformance: every vector on the engine, routed and unrouted, and on the correlator; prints how many hold per feature. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import {
  compile,
  correlationValues,
  createCorrelator,
  type CorrelationInput,
  type Engine,
  parseRules,
} from "../index.ts";
import { CONDITIONS } from "./conditions.ts";
import { CORRELATIONS } from "./correlations.ts";
import { FILTERS } from "./filters.ts";
import { GENERIC_MODIFIERS } from "./generic-modifiers.ts";
import { NUMBERS_AND_TIMES } from "./numbers-and-times.ts";
import { OTHER_MODIFIERS } from "./other-modifiers.ts";
import { REFUSALS } from "./refusals.ts";
import { STRING_MODIFIERS } from "./string-modifiers.ts";
import { STRUCTURE } from "./structure.ts";
import { VALUES } from "./values.ts";
import type { CorrelationVector, EventFields, Sequence, Vector } from "./vector.testing.ts";

const VECTORS: readonly Vector[] = [
  ...VALUES,
  ...STRUCTURE,
  ...GENERIC_MODIFIERS,
  ...STRING_MODIFIERS,
  ...NUMBERS_AND_TIMES,
  ...OTHER_MODIFIERS,
  ...CONDITIONS,
  ...FILTERS,
];

const held = new Map<string, { vectors: number; yes: number; no: number }>();

function count(feature: string, yes: number, no: number): void {
  const before = held.get(feature) ?? { vectors: 0, yes: 0, no: 0 };
  held.set(feature, { vectors: before.vectors + 1, yes: before.yes + yes, no: before.no + no });
}

for (const vector of VECTORS) {
  test(`${vector.feature}: ${vector.name}`, () => {
    assert.ok(vector.yes.length > 0 && vector.no.length > 0, "a vector has events of both kinds");
    const { rules, problems } = parseRules([{ path: "v.yml", text: vector.text }], {
      placeholders: vector.placeholders,
    });
    assert.deepEqual(problems, [], vector.text);
    for (const routing of [true, false]) {
      const engine = compile(rules, { routing });
      for (const fields of vector.yes)
        assert.ok(matches(engine, fields), `must match ${shown(fields)}\n${vector.text}`);
      for (const fields of vector.no)
        assert.ok(!matches(engine, fields), `must not match ${shown(fields)}\n${vector.text}`);
    }
    count(vector.feature, vector.yes.length, vector.no.length);
  });
}

for (const { name, feature, text, code } of REFUSALS) {
  test(`${feature}: ${name}`, () => {
    const { rules, problems } = parseRules([{ path: "v.yml", text }]);
    assert.deepEqual([rules.length, problems.map((problem) => problem.code)], [0, [code]], text);
    assert.ok((problems[0]?.message.length ?? 0) > 15);
    count(feature, 0, 1);
  });
}

for (const vector of CORRELATIONS) {
  test(`${vector.feature}: ${vector.name}`, () => {
    for (const sequence of vector.yes)
      assert.ok(raised(vector, sequence) > 0, `must raise: ${shown(sequence)}\n${vector.text}`);
    for (const sequence of vector.no)
      assert.equal(raised(vector, sequence), 0, `must not raise: ${shown(sequence)}\n${vector.text}`);
    count(vector.feature, vector.yes.length, vector.no.length);
  });
}

after(() => {
  let total = 0;
  for (const [feature, { vectors, yes, no }] of held) {
    total += vectors;
    console.log(
      `${feature.padEnd(24)} ${String(vectors).padStart(4)} vectors ${String(yes).padStart(4)} yes ${String(no).padStart(4)} no`,
    );
  }
  console.log(`${"all".padEnd(24)} ${String(total).padStart(4)} vectors`);
});

test("there are vectors for every feature of the specification", () => {
  const all = VECTORS.length + REFUSALS.length + CORRELATIONS.length;
  assert.ok(all >= 300, `only ${all}`);
});

function matches(engine: Engine, fields: EventFields): boolean {
  const found = engine.match({ fields, logsource: { product: "p" } }).length > 0;
  const json = JSON.stringify(fields, (_, value: unknown) => (typeof value === "bigint" ? Number(value) : value));
  const bytes = new TextEncoder().encode(json);
  assert.equal(
    engine.match({ fields, bytes, logsource: { product: "p" } }).length > 0,
    found,
    `with its bytes: ${json}`,
  );
  return found;
}

/** How many matches the first document of the vector raises over a sequence. */
function raised({ text }: CorrelationVector, sequence: Sequence): number {
  const { rules, correlations, problems } = parseRules([{ path: "v.yml", text }]);
  assert.deepEqual(problems, [], text);
  const engine = compile(rules);
  const correlator = createCorrelator(correlations);
  const inputs = sequence.flatMap(([second, fields], index) => {
    const event = { fields, logsource: { product: "p" } };
    return engine.match(event).map((match): CorrelationInput => {
      const values = correlationValues(match, event, correlator.fieldsReadFrom(match.rule.id));
      return { id: `${index}`, ruleId: match.rule.id, timeMs: second * 1000, values };
    });
  });
  const standing = new Set<string>();
  for (const match of [...correlator.observe(inputs), ...correlator.finish()]) {
    if (match.rule.id !== "c") continue;
    if (match.withdrawn) standing.delete(match.id);
    else standing.add(match.id);
  }
  return standing.size;
}

function shown(value: unknown): string {
  return JSON.stringify(value, (_, entry: unknown) => (typeof entry === "bigint" ? `${entry}n` : entry));
}
