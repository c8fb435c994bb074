/** robustness: no rule file and no event, however strange, makes the engine throw. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compile, linkRules, parseRules, readPipeline, readRuleFile } from "./index.ts";

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

const SECTIONS = [
  "title",
  "id",
  "name",
  "logsource",
  "detection",
  "correlation",
  "filter",
  "type",
  "rules",
  "group-by",
  "timespan",
  "condition",
  "aliases",
  "field",
  "gte",
  "percentile",
  "selection",
  "product",
  "generate",
  "transformations",
  "mapping",
  "items",
  "rule_conditions",
  "rule_cond_expr",
  "conditions",
  "regex",
  "vars",
];
const ENTRIES = [
  "event_count",
  "temporal",
  "value_percentile",
  "a",
  "r1",
  "5m",
  "0s",
  "9".repeat(40) + "y",
  "any",
  "r1 and not (r2",
  "not r1",
  "nest",
  "field_name_mapping",
  "replace_string",
  "(a+)+\\1",
  "%x%",
  "__proto__",
  "constructor",
  "1 of them",
];

/** Documents that are nearly right: a real section with strange parts. */
function nearly(pick: (below: number) => number, depth = 0): unknown {
  const kind = pick(depth > 4 ? 3 : 6);
  if (kind === 0) return [0, 3, -1, true, null][pick(5)];
  if (kind < 3) return ENTRIES[pick(ENTRIES.length)];
  if (kind === 3) return Array.from({ length: pick(3) }, () => nearly(pick, depth + 1));
  return Object.fromEntries(
    Array.from({ length: 1 + pick(5) }, () => [
      (pick(3) === 0 ? ENTRIES : SECTIONS)[pick(18)] ?? "x",
      nearly(pick, depth + 1),
    ]),
  );
}

test("3,600 strange correlations, filters and pipelines are linked with rules: problems, never exceptions", () => {
  let linked = 0;
  for (let seed = 1; seed <= 300; seed++) {
    const pick = random(seed * 7919);
    const logsource = { product: "p" };
    const documents = [
      { title: "r", id: "r1", logsource, detection: { s: { "a|expand": "%x%" }, condition: "s" } },
      { title: "r", id: "r2", name: "a", logsource, detection: { s: nearly(pick), condition: "s" } },
      ...Array.from({ length: 5 }, (_, n) => ({
        title: "c",
        id: `c${n}`,
        correlation: {
          type: ENTRIES[pick(3)],
          rules: [`r${1 + pick(2)}`, `c${pick(5)}`].slice(pick(2)),
          timespan: "5m",
          condition: pick(2) === 0 ? { gte: 1 } : nearly(pick),
          ...(pick(2) === 0 ? { "group-by": nearly(pick) } : { aliases: nearly(pick) }),
        },
      })),
      ...Array.from({ length: 4 }, (_, n) => ({
        title: "f",
        id: `f${n}`,
        logsource,
        filter: {
          rules: ["r1", "a"],
          selection: nearly(pick),
          condition: pick(2) === 0 ? "not selection" : nearly(pick),
        },
      })),
      nearly(pick),
    ];
    const files = documents.map((document, n) => ({ path: `${n}.yml`, text: JSON.stringify(document ?? null) }));
    const { pipeline, problems: refused } = readPipeline({
      path: "p.yml",
      text: JSON.stringify({ name: "p", transformations: [{ type: ENTRIES[11 + pick(3)], ...Object(nearly(pick)) }] }),
    });
    assert.equal(pipeline === undefined, refused.length > 0);
    const { rules, correlations, problems } = linkRules(files.map(readRuleFile), {
      placeholders: { x: ["1", "2"] },
      ...(pipeline === undefined ? {} : { pipelines: [pipeline] }),
    });
    for (const { code, message, line } of problems) assert.ok(code !== "" && message !== "" && line >= 1);
    const known = new Set([...rules, ...correlations].map(({ id }) => id));
    for (const correlation of correlations) for (const id of correlation.rules) assert.ok(known.has(id));
    linked += rules.length + correlations.length;
    compile(rules, { routing: false }).match({ fields: { a: 1 } });
  }
  assert.ok(linked > 400, `only ${linked}`);
});

test("1,000 mutilated texts of a file with all three kinds are read or refused", () => {
  const text = [
    "title: r\nid: r1\nlogsource:\n  product: p\ndetection:\n  s:\n    a|contains: ['x', 'y*']\n  condition: s\n",
    "title: c\nid: c1\ncorrelation:\n  type: event_count\n  rules: [r1]\n  group-by: [u]\n  timespan: 5m\n  condition:\n    gte: 3\n",
    "title: f\nid: f1\nlogsource:\n  product: p\nfilter:\n  rules: [r1]\n  selection:\n    u: bot\n  condition: not selection\n",
  ].join("---\n");
  const inserts = [
    "\n",
    " ",
    ":",
    "- ",
    "[",
    "}",
    "'",
    "&a",
    "*a",
    "---\n",
    "\u0000",
    "|",
    "%",
    "\t",
    "é",
    "!!x",
    "null",
    "9e9",
  ];
  let loaded = 0;
  for (let seed = 1; seed <= 1_000; seed++) {
    const pick = random(seed);
    let mutilated = text;
    for (let edits = 1 + pick(3); edits > 0; edits--) {
      const at = pick(mutilated.length);
      mutilated = mutilated.slice(0, at) + (inserts[pick(inserts.length)] ?? "") + mutilated.slice(at + pick(4));
    }
    const { rules, correlations, problems } = parseRules([{ path: "m.yml", text: mutilated }]);
    assert.ok(rules.length + correlations.length > 0 || problems.length > 0, mutilated);
    loaded += rules.length;
  }
  assert.ok(loaded > 200, `only ${loaded}`);
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
