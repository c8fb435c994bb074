/** robustness: no rule file and no event, however strange, makes the engine throw. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compile, parseRules } from "./index.ts";

function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % below;
  };
}

const WORDS = [
  "title",
  "logsource",
  "product",
  "detection",
  "condition",
  "selection",
  "s",
  "1 of s*",
  "not s",
  "a|re",
  "a|cidr",
  "a|all",
  "|all",
  "a|base64offset",
  "a|exists",
  "a|hour|lt",
  "__proto__",
  "constructor",
  "((((",
  "*",
  "?",
  "\\",
  "%x%",
  "a|fieldref",
  "id",
  "level",
  "high",
  "windows",
  "EventID",
  "Channel",
  "correlation",
  "date",
];

function strange(pick: (below: number) => number, depth = 0): unknown {
  const kind = pick(depth > 3 ? 6 : 9);
  if (kind === 0) return null;
  if (kind === 1) return pick(2) === 0;
  if (kind === 2) return [0, -1, 1.5, 1e300, Number.NaN][pick(5)];
  if (kind < 6) return WORDS[pick(WORDS.length)] ?? "";
  if (kind === 6) return Array.from({ length: pick(4) }, () => strange(pick, depth + 1));
  return Object.fromEntries(
    Array.from({ length: pick(5) }, () => [WORDS[pick(WORDS.length)] ?? "", strange(pick, depth + 1)]),
  );
}

test("3,000 strange rules and events: problems, never exceptions", () => {
  let loaded = 0;
  for (let seed = 1; seed <= 300; seed++) {
    const pick = random(seed);
    const files = Array.from({ length: 10 }, (_, n) => {
      const rule = { title: "t", logsource: { product: "windows" }, detection: { s: strange(pick), condition: "s" } };
      return { path: `${n}.yml`, text: JSON.stringify(pick(4) === 0 ? strange(pick) : rule) };
    });
    const { rules, problems } = parseRules(files);
    for (const { code, message, line } of problems) assert.ok(code !== "" && message !== "" && line >= 1);
    loaded += rules.length;
    for (const routing of [true, false]) {
      const engine = compile(rules, { routing });
      for (let n = 0; n < 5; n++) {
        const fields = {
          Channel: "System",
          EventID: pick(3),
          a: strange(pick),
          s: strange(pick),
          constructor: strange(pick),
        };
        engine.match({ fields });
      }
    }
  }
  assert.ok(loaded > 200, `only ${loaded} rules loaded`);
});

test("events nested without end are matched, not followed", () => {
  let deep: unknown = "x";
  for (let n = 0; n < 20_000; n++) deep = n % 2 === 0 ? [deep] : { deep };
  let lists: unknown = "x";
  for (let n = 0; n < 20_000; n++) lists = [lists];
  const detections = [{ a: "x" }, { "a.deep.deep": "x" }, ["x"], { "a|re": "x" }];
  const files = detections.map((s, n) => ({
    path: `${n}`,
    text: JSON.stringify({ title: `${n}`, logsource: { product: "windows" }, detection: { s, condition: "s" } }),
  }));
  const engine = compile(parseRules(files).rules);
  for (const a of [deep, lists]) {
    engine.match({ fields: { Channel: "System", EventID: 1, a } });
    engine.match({
      fields: { Event: { System: { Channel: "System", EventID: 1 }, UserData: a, EventData: { deep: a } } },
    });
    engine.match({ fields: { winlog: { channel: "System", event_id: 1, event_data: { a } } } });
  }
});
