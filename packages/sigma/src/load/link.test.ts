/** link: references across files and documents, filters over rules, placeholders from lists, and the problems of each. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compile, linkRules, parseRules, readPipeline, readRuleFile, type RuleFile } from "../index.ts";

function file(path: string, ...documents: readonly object[]): RuleFile {
  return { path, text: documents.map((document) => JSON.stringify(document)).join("\n---\n") };
}

function rule(id: string, more: object = {}): object {
  return {
    title: `rule ${id}`,
    id,
    logsource: { product: "p" },
    detection: { selection: { a: "x" }, condition: "selection" },
    ...more,
  };
}

function correlation(id: string, section: object, more: object = {}): object {
  const defaults = { type: "event_count", rules: ["r1"], timespan: "5m", condition: { gte: 3 } };
  return { title: `correlation ${id}`, id, correlation: { ...defaults, ...section }, ...more };
}

function codes(files: readonly RuleFile[]): string[] {
  return parseRules(files).problems.map(({ code, path, line }) => `${code} ${path}:${line}`);
}

test("a correlation is loaded with its references as ids, its timespan in milliseconds and its bounds", () => {
  const section = {
    type: "value_count",
    rules: ["named", "r2"],
    "group-by": ["host", "Source Ip"],
    timespan: "90m",
    condition: { field: ["user", "Target Name"], gt: 10, lte: 20.5 },
    aliases: { host: { named: "src host", r2: "dst" } },
    generate: true,
  };
  const { rules, correlations, problems } = parseRules([
    file("c.yml", correlation("c1", section, { level: "high", name: "chain", tags: ["attack.t1110"] })),
    file("r.yml", rule("r1", { name: "named" }), rule("r2")),
  ]);
  assert.deepEqual(problems, []);
  assert.equal(rules.length, 2);
  const [made] = correlations;
  assert.ok(made);
  assert.deepEqual(made.rules, ["r1", "r2"]);
  assert.deepEqual(made.groupBy, ["host", "SourceIp"]);
  assert.deepEqual(made.aliases, { host: { r1: "srchost", r2: "dst" } });
  assert.equal(made.timespanMs, 5_400_000);
  assert.deepEqual(made.condition, {
    kind: "bounds",
    bounds: [
      { op: "gt", value: 10 },
      { op: "lte", value: 20.5 },
    ],
    fields: ["user", "TargetName"],
    percentile: undefined,
  });
  assert.deepEqual([made.level, made.name, made.generate], ["high", "chain", true]);
  assert.deepEqual(made.attack.techniques, ["T1110"]);
  assert.deepEqual(structuredClone(made), made);
});

test("what a file holds can be cloned and linked later, in any order of files", () => {
  const files = [file("c.yml", correlation("c1", {})), file("r.yml", rule("r1"))];
  const parts = files.map((entry) => structuredClone(readRuleFile(entry)));
  assert.deepEqual(linkRules(parts), parseRules(files));
  assert.deepEqual(linkRules(parts.toReversed()).correlations, parseRules(files).correlations);
  assert.deepEqual(linkRules(parts).problems, []);
});

test("months and years are allowed, and every unit has its length", () => {
  const lengths = ["30s", "1m", "1h", "1d", "1w", "1M", "1y"].map(
    (timespan) => parseRules([file("f.yml", correlation("c", { timespan }), rule("r1"))]).correlations[0]?.timespanMs,
  );
  assert.deepEqual(lengths, [30e3, 60e3, 36e5, 864e5, 6048e5, 2_629_746_000, 31_556_952_000]);
});

test("correlations may stand on correlations, and a circle is named and taken out with all that stands on it", () => {
  const chain = [
    correlation("outer", { type: "temporal_ordered", rules: ["inner", "r2"], condition: undefined }),
    correlation("inner", {}),
    rule("r1"),
    rule("r2"),
  ];
  assert.deepEqual(
    parseRules([file("f.yml", ...chain)]).correlations.map(({ id, rules }) => [id, rules]),
    [
      ["outer", ["inner", "r2"]],
      ["inner", ["r1"]],
    ],
  );
  const circle = [
    correlation("a", { rules: ["b"] }),
    correlation("b", { rules: ["c"] }),
    correlation("c", { rules: ["a"] }),
    correlation("d", { rules: ["a"] }),
    correlation("fine", {}),
    rule("r1"),
  ];
  const { correlations, problems } = parseRules([file("f.yml", ...circle)]);
  assert.deepEqual(
    correlations.map(({ id }) => id),
    ["fine"],
  );
  assert.deepEqual(
    problems.map(({ code, line }) => [code, line]),
    [
      ["CORRELATION_CYCLE", 1],
      ["REFERENCE_UNKNOWN", 5],
      ["REFERENCE_UNKNOWN", 7],
      ["REFERENCE_UNKNOWN", 3],
    ].sort((a, b) => (a[0] === b[0] ? 0 : a[0] === "CORRELATION_CYCLE" ? -1 : 1)),
  );
  assert.match(problems[0]?.message ?? "", /"correlation a" -> "correlation b" -> "correlation c" -> "correlation a"/);
});

test("a name in the correlation's own file goes before the same name elsewhere; elsewhere it must be the only one", () => {
  const other = file("other.yml", rule("o1", { name: "login" }));
  const own = file("own.yml", correlation("c", { rules: ["login"] }), rule("o2", { name: "login" }));
  assert.deepEqual(parseRules([other, own]).correlations[0]?.rules, ["o2"]);
  const apart = [
    other,
    file("second.yml", rule("o3", { name: "login" })),
    file("c.yml", correlation("c", { rules: ["login"] })),
  ];
  assert.deepEqual(codes(apart), ["REFERENCE_AMBIGUOUS c.yml:1"]);
});

test("each mistake of a correlation is one problem that says what to do", () => {
  const cases: [section: object, code: string][] = [
    [{ type: "count" }, "CORRELATION_TYPE"],
    [{ rules: undefined }, "CORRELATION_RULES"],
    [{ rules: [] }, "CORRELATION_RULES"],
    [{ rules: ["r1", "r1"] }, "CORRELATION_RULES"],
    [{ rules: ["nothing"] }, "REFERENCE_UNKNOWN"],
    [{ timespan: "5 minutes" }, "TIMESPAN_INVALID"],
    [{ timespan: "0s" }, "TIMESPAN_INVALID"],
    [{ timespan: 300 }, "TIMESPAN_INVALID"],
    [{ timespan: undefined }, "TIMESPAN_INVALID"],
    [{ condition: undefined }, "CORRELATION_CONDITION"],
    [{ condition: {} }, "CORRELATION_CONDITION"],
    [{ condition: { more: 3 } }, "CORRELATION_CONDITION"],
    [{ condition: { gte: "many" } }, "CORRELATION_CONDITION"],
    [{ condition: "r1" }, "CORRELATION_CONDITION"],
    [{ condition: { gte: 3, field: "a" } }, "CORRELATION_FIELD"],
    [{ type: "value_count" }, "CORRELATION_FIELD"],
    [{ type: "value_sum", condition: { gte: 3, field: ["a", "b"] } }, "CORRELATION_FIELD"],
    [{ type: "value_avg", condition: { gte: 3, field: "a", percentile: 5 } }, "CORRELATION_PERCENTILE"],
    [{ type: "value_percentile", condition: { gte: 3, field: "a", percentile: 101 } }, "CORRELATION_PERCENTILE"],
    [{ "group-by": [{}] }, "CORRELATION_INVALID"],
    [{ generate: "yes" }, "CORRELATION_INVALID"],
    [{ aliases: ["x"] }, "CORRELATION_INVALID"],
    [{ aliases: { x: "y" } }, "CORRELATION_INVALID"],
    [{ aliases: { x: { other: "y" } } }, "CORRELATION_ALIAS"],
    [{ aliases: { x: { r1: "" } } }, "CORRELATION_INVALID"],
    [{ type: "temporal", condition: "r1 and" }, "CORRELATION_CONDITION"],
    [{ type: "temporal", condition: "not r1" }, "CORRELATION_CONDITION"],
    [{ type: "temporal", condition: "r1 and r2" }, "CORRELATION_CONDITION"],
    [{ type: "temporal", rules: ["r1", "r2"], condition: "r1" }, "CORRELATION_CONDITION"],
  ];
  for (const [section, code] of cases) {
    const { rules, correlations, problems } = parseRules([file("f.yml", correlation("c", section), rule("r1"))]);
    assert.deepEqual(
      [rules.length, correlations.length, problems.map((problem) => problem.code)],
      [1, 0, [code]],
      JSON.stringify(section),
    );
    assert.ok((problems[0]?.message.length ?? 0) > 15);
  }
});

test("temporal conditions: none asks for all, a map counts, a text names rules and may list them alone", () => {
  const conditionOf = (section: object): unknown =>
    parseRules([
      file("f.yml", correlation("c", { type: "temporal", ...section }), rule("r1"), rule("r2", { name: "two" })),
    ]).correlations[0]?.condition;
  assert.deepEqual(conditionOf({ condition: undefined }), {
    kind: "bounds",
    bounds: [],
    fields: [],
    percentile: undefined,
  });
  assert.deepEqual(conditionOf({ rules: ["r1", "two"], condition: { gte: 2 } }), {
    kind: "bounds",
    bounds: [{ op: "gte", value: 2 }],
    fields: [],
    percentile: undefined,
  });
  assert.deepEqual(conditionOf({ rules: undefined, condition: "r1 and not two" }), {
    kind: "expression",
    expression: {
      kind: "and",
      of: [
        { kind: "rule", id: "r1" },
        { kind: "not", of: { kind: "rule", id: "r2" } },
      ],
    },
  });
});

test("a percentile that nobody wrote is the median", () => {
  const section = { type: "value_percentile", condition: { field: "a", lte: 1 } };
  const [made] = parseRules([file("f.yml", correlation("c", section), rule("r1"))]).correlations;
  assert.deepEqual(made?.condition.kind === "bounds" && made.condition.percentile, 50);
});

const FILTER = {
  title: "Administrators",
  id: "f1",
  logsource: { product: "p" },
  filter: { rules: ["r1"], selection: { "user|startswith": "adm_" }, condition: "not selection" },
};

test("a filter is added to the rules it names, and the rule can say that it hid an event", () => {
  const { rules, filters, problems } = parseRules([file("f.yml", FILTER), file("r.yml", rule("r1"), rule("r2"))]);
  assert.deepEqual(problems, []);
  assert.deepEqual(
    rules.map(({ filters: laid }) => laid),
    [["f1"], undefined],
  );
  assert.deepEqual(
    filters.map(({ id, title, rules: over }) => [id, title, over]),
    [["f1", "Administrators", ["r1"]]],
  );
  const [first] = rules;
  assert.deepEqual(first?.detection.exceptions, [
    { id: "f1", title: "Administrators", expression: { kind: "selection", name: "f1/selection" } },
  ]);
  assert.deepEqual(first?.detection.unfiltered, { kind: "selection", name: "selection" });
  assert.deepEqual(first?.reads, ["a", "user"]);
  const engine = compile(rules);
  const hits = (user: string): string[] =>
    engine.match({ fields: { a: "x", user }, logsource: { product: "p" } }).map((match) => match.rule.id);
  assert.deepEqual(hits("adm_bob"), ["r2"]);
  assert.deepEqual(hits("bob"), ["r1", "r2"]);
  const hidden: string[] = [];
  const telling = compile(rules, {
    onHidden: ({ rule: quiet, filters: by }) => hidden.push(`${quiet.id} by ${by.join()}`),
  });
  telling.match({ fields: { a: "x", user: "adm_bob" }, logsource: { product: "p" } });
  telling.match({ fields: { a: "x", user: "bob" }, logsource: { product: "p" } });
  telling.match({ fields: { a: "y", user: "adm_bob" }, logsource: { product: "p" } });
  assert.deepEqual(hidden, ["r1 by f1"]);
});

test("rules: any takes every rule of the log source; several filters add up", () => {
  const any = {
    ...FILTER,
    id: "f2",
    filter: { rules: "any", one: { user: "svc" }, two: { user: "bot" }, condition: "not 1 of them" },
  };
  const elsewhere = rule("r3", { logsource: { product: "q" } });
  const { rules } = parseRules([file("f.yml", FILTER, any), file("r.yml", rule("r1"), rule("r2"), elsewhere)]);
  assert.deepEqual(
    rules.map((made) => made.filters),
    [["f1", "f2"], ["f2"], undefined],
  );
  const engine = compile(rules);
  const hits = (user: string): number => engine.match({ fields: { a: "x", user }, logsource: { product: "p" } }).length;
  assert.deepEqual([hits("svc"), hits("bot"), hits("adm_1"), hits("eve")], [0, 0, 1, 2]);
});

test("a rule with filters is the same whether it is read again or only added to", () => {
  const rule = (n: number, more: string): RuleFile => ({
    path: `r${n}.yml`,
    text: `title: R${n}\nid: 0000000${n}-1111-4000-8000-000000000000\nlogsource:\n  product: windows\ndetection:\n  s:\n    A: x\n${more}`,
  });
  const filter: RuleFile = {
    path: "f.yml",
    text: "title: F\nid: 00000009-1111-4000-8000-000000000000\nlogsource:\n  product: windows\nfilter:\n  rules: any\n  s:\n    B|expand: '%names%'\n    C|fieldref: D\n  condition: not s\n",
  };
  const files = [rule(1, "  condition: s\n"), rule(2, "  t:\n    A: y\n  condition: s or not t\n"), filter];
  const placeholders = { names: ["a", "b*"] };
  const parts = files.map(readRuleFile);
  const nothing = readPipeline({ path: "p.yml", text: "name: nothing\npriority: 1\ntransformations: []\n" });
  assert.ok("pipeline" in nothing && nothing.pipeline);
  const added = linkRules(parts, { placeholders });
  assert.deepEqual(added, linkRules(parts, { placeholders, pipelines: [nothing.pipeline] }));
  assert.deepEqual(added.rules[1]?.reads, ["A", "B", "C", "D"]);
  assert.deepEqual(
    linkRules(parts).problems.map(({ code }) => code),
    ["PLACEHOLDER_UNSUPPORTED", "PLACEHOLDER_UNSUPPORTED"],
  );
});

test("a filter without `not` keeps only what it selects, as the specification appends it", () => {
  const keep = { ...FILTER, filter: { ...FILTER.filter, condition: "selection" } };
  const engine = compile(parseRules([file("f.yml", keep), file("r.yml", rule("r1"))]).rules);
  const hits = (user: string): number => engine.match({ fields: { a: "x", user }, logsource: { product: "p" } }).length;
  assert.deepEqual([hits("adm_bob"), hits("bob")], [1, 0]);
});

test("a filter that cannot do what it says is a problem, and the rules go on", () => {
  const withRules = (rules: unknown): object => ({ ...FILTER, filter: { ...FILTER.filter, rules } });
  const cases: [filter: object, code: string][] = [
    [withRules(["r1", "nobody"]), "FILTER_RULE_UNKNOWN"],
    [withRules("nobody"), "FILTER_RULE_UNKNOWN"],
    [withRules(undefined), "FILTER_RULES"],
    [withRules([]), "FILTER_RULES"],
    [withRules(["c"]), "FILTER_CORRELATION"],
    [{ ...FILTER, logsource: { product: "q" } }, "FILTER_LOGSOURCE"],
    [{ ...FILTER, logsource: undefined }, "LOGSOURCE_MISSING"],
    [{ ...FILTER, filter: { ...FILTER.filter, condition: "not nothing" } }, "SELECTION_UNKNOWN"],
    [{ ...FILTER, filter: { ...FILTER.filter, condition: ["a"] } }, "FILTER_INVALID"],
    [{ ...FILTER, filter: "r1" }, "FILTER_INVALID"],
    [{ ...FILTER, id: "r1" }, "ID_DUPLICATE"],
  ];
  for (const [filter, code] of cases) {
    const { rules, problems } = parseRules([file("r.yml", rule("r1"), correlation("c", {})), file("f.yml", filter)]);
    assert.deepEqual(
      [rules.length, problems.map((problem) => `${problem.code} ${problem.path}`)],
      [1, [`${code} f.yml`]],
      JSON.stringify(filter),
    );
  }
});

test("placeholders are filled in from lists, in every combination, wildcards included", () => {
  const detection = { selection: { "a|expand": "%one%-%two%\\%" }, condition: "selection" };
  const files = [file("r.yml", rule("r1", { detection }))];
  const { rules, problems } = parseRules(files, { placeholders: { one: ["srv*", "web"], two: ["1", "2"] } });
  assert.deepEqual(problems, []);
  const engine = compile(rules);
  const hits = (a: string): number => engine.match({ fields: { a }, logsource: { product: "p" } }).length;
  assert.deepEqual([hits("srv-db-2%"), hits("WEB-1%"), hits("web-3%"), hits("web-1")], [1, 1, 0, 0]);
  const refused = parseRules(files, { placeholders: { one: ["x"] } });
  assert.deepEqual([refused.rules.length, refused.problems.map(({ code }) => code)], [0, ["PLACEHOLDER_UNSUPPORTED"]]);
  assert.match(refused.problems[0]?.message ?? "", /%two%/);
  const empty = parseRules(files, { placeholders: { one: [], two: ["x"] } });
  assert.deepEqual(
    empty.problems.map(({ code }) => code),
    ["PLACEHOLDER_UNSUPPORTED"],
  );
});

test("positions in later documents of a file are those of the file", () => {
  const text = `title: a\nid: x\nlogsource:\n    product: p\ndetection:\n    s:\n        a: 1\n    condition: s\n---\n\ntitle: c\nid: c\ncorrelation:\n    type: event_count\n    rules:\n        - x\n        - missing\n    timespan: 5m\n    condition:\n        gte: 3\n`;
  assert.deepEqual(codes([{ path: "f.yml", text }]), ["REFERENCE_UNKNOWN f.yml:17"]);
});
