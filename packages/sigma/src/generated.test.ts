/**
 * generated: the engine against the naive reference on generated pairs of event and rule, with every modifier among them:
 * 20,000 by default, 200,000 when nothing may be left out (HOLDFAST_TEST_REQUIRE=all), or HOLDFAST_TEST_ROUNDS times 500.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { eventOf, MODIFIERS, random, ruleText } from "../../../test/sigma/pairs.ts";
import { compile, parseRules } from "./index.ts";
import { naiveMatch, type Read } from "../../../test/sigma/reference.ts";

const FULL = process.env["HOLDFAST_TEST_REQUIRE"] === "all" ? 400 : 40;
const ROUNDS = Number(process.env["HOLDFAST_TEST_ROUNDS"] ?? FULL);
const RULES = 25;
const EVENTS = 20;

test("generated event and rule pairs give the same matches as the reference", () => {
  let pairs = 0;
  let matched = 0;
  const exercised = new Set<string>();
  for (let seed = 1; seed <= ROUNDS; seed++) {
    const pick = random(seed);
    const texts = Array.from({ length: RULES }, (_, index) => ({ path: `r${index}`, text: ruleText(pick, index) }));
    const { rules, problems } = parseRules(texts);
    assert.deepEqual(
      problems.filter(({ code }) => code !== "MODIFIER_MISPLACED"),
      [],
    );
    const engine = compile(rules);
    for (let n = 0; n < EVENTS; n++) {
      const event = eventOf(pick);
      const read: Read = (field) => (Object.hasOwn(event, field) ? event[field] : undefined);
      const bytes = n % 2 === 0 ? new TextEncoder().encode(JSON.stringify(event)) : undefined;
      const found = engine.match({ fields: event, bytes, logsource: { product: "x" } }).map((match) => match.rule.id);
      const expected = rules.filter((rule) => naiveMatch(rule, event, read)).map((rule) => rule.id);
      const differing = [...found, ...expected].find((id) => found.includes(id) !== expected.includes(id));
      const rule = rules.find(({ id }) => id === differing);
      assert.deepEqual(found, expected, `seed ${seed}: ${rule?.text} on ${JSON.stringify(event)}`);
      for (const id of found) {
        const text = rules.find((one) => one.id === id)?.text ?? "";
        for (const modifier of MODIFIERS) if (text.includes(`${modifier}":`)) exercised.add(modifier);
      }
      matched += found.length;
      pairs += rules.length;
    }
  }
  assert.ok(pairs > ROUNDS * RULES * EVENTS * 0.8, `only ${pairs} pairs: most rules were refused`);
  assert.ok(matched > pairs / 20, `only ${matched} of ${pairs} pairs matched`);
  assert.deepEqual(
    MODIFIERS.filter((modifier) => !exercised.has(modifier)),
    [],
    "modifiers in no rule that matched",
  );
});
