/** pipeline: every transformation and condition on a small rule, what is refused, and the order of pipelines. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { stringify } from "yaml";
import { parseRules, type Pipeline, readPipeline, type RuleFile } from "../index.ts";
import { shownRule } from "./shown.testing.ts";

type Map = Readonly<Record<string, unknown>>;

const LOGSOURCE = { product: "windows", category: "process_creation" };

function ruleFile(selection: unknown, more: Map = {}): RuleFile {
  const rule = {
    title: "r",
    id: "r1",
    level: "high",
    status: "test",
    tags: ["attack.t1059"],
    logsource: LOGSOURCE,
    fields: ["Image", "User"],
    detection: { sel: selection, condition: "sel" },
    ...more,
  };
  return { path: "r.yml", text: stringify(rule) };
}

function pipelineOf(transformations: readonly Map[], more: Map = {}): Pipeline {
  const read = readPipeline({ path: "p.yml", text: stringify({ name: "p", transformations, ...more }) });
  assert.deepEqual(read.problems, []);
  assert.ok(read.pipeline);
  assert.deepEqual(structuredClone(read.pipeline), read.pipeline);
  return read.pipeline;
}

/** The rule after the pipeline as text, or the code of its problem. */
function after(transformations: readonly Map[], selection: unknown, more: Map = {}): string {
  const { rules, problems } = parseRules([ruleFile(selection, more)], {
    pipelines: [pipelineOf(transformations, { vars: { admins: ["root", "adm*"], port: 22 } })],
  });
  const [rule] = rules;
  return rule === undefined ? (problems[0]?.code ?? "nothing") : shownRule(rule);
}

const TRANSFORMATIONS: [name: string, items: Map[], selection: unknown, wanted: string][] = [
  ["a field", [{ type: "field_name_mapping", mapping: { a: "b" } }], { a: "x", c: 1 }, "b=x and c=1"],
  [
    "one to many",
    [{ type: "field_name_mapping", mapping: { a: ["b", "c"] } }],
    { a: "x", d: 1 },
    "(b=x or c=x) and d=1",
  ],
  [
    "one to many, negated",
    [{ type: "field_name_mapping", mapping: { a: ["b", "c"] } }],
    { "a|neq": "x" },
    "not(b=x) and not(c=x)",
  ],
  ["a reference", [{ type: "field_name_mapping", mapping: { b: "c" } }], { "a|fieldref": "b" }, "a equals field c"],
  ["keywords", [{ type: "field_name_mapping", mapping: { "": "message" } }], ["x", "y"], "message=*x* or message=*y*"],
  [
    "a prefix",
    [{ type: "field_name_prefix_mapping", mapping: { "win.": "w." } }],
    { "win.a": 1, b: 2 },
    "w.a=1 and b=2",
  ],
  ["prefix added", [{ type: "field_name_prefix", prefix: "p." }], { a: 1 }, "p.a=1"],
  ["suffix added", [{ type: "field_name_suffix", suffix: ".s" }], [{ a: 1 }, { b: 2 }], "a.s=1 or b.s=2"],
  [
    "only some fields",
    [{ type: "field_name_prefix", prefix: "p.", field_name_conditions: [{ type: "include_fields", fields: ["a"] }] }],
    { a: 1, b: 2 },
    "p.a=1 and b=2",
  ],
  [
    "fields by pattern",
    [
      {
        type: "field_name_prefix",
        prefix: "p.",
        field_name_conditions: [{ type: "exclude_fields", fields: ["x.*"], mode: "re" }],
      },
    ],
    { xa: 1, b: 2 },
    "xa=1 and p.b=2",
  ],
  [
    "dropped",
    [{ type: "drop_detection_item", field_name_conditions: [{ type: "include_fields", fields: ["a"] }] }],
    { a: 1, b: 2 },
    "b=2",
  ],
  ["all dropped", [{ type: "drop_detection_item" }], { a: 1 }, "PIPELINE_FAILURE"],
  [
    "replaced",
    [{ type: "replace_string", regex: "^\\*\\\\(.*)", replacement: "\\1" }],
    { "a|endswith": "\\cmd.exe" },
    "a=cmd.exe",
  ],
  [
    "replaced beside wildcards",
    [{ type: "replace_string", regex: "x", replacement: "*", skip_special: true }],
    { "a|contains": "axb" },
    "a=*a\\*b*",
  ],
  [
    "replaced, wildcards meant",
    [{ type: "replace_string", regex: "x", replacement: "*", skip_special: true, interpret_special: true }],
    { a: "axb" },
    "a=a*b",
  ],
  ["replaced in a number", [{ type: "replace_string", regex: "4$", replacement: "5" }], { a: 4624 }, "a=4625"],
  [
    "mapped value",
    [{ type: "map_string", mapping: { Yes: "true", No: ["false", "0"] } }],
    { a: ["Yes", "No"] },
    "a=true or a=false or a=0",
  ],
  ["set value", [{ type: "set_value", value: 5 }], { a: "x" }, "a=5"],
  ["set to null", [{ type: "set_value", value: null }], { a: "x" }, "a is null"],
  ["set by force", [{ type: "set_value", value: 5, force_type: "str" }], { a: "x" }, "a=5"],
  ["to lower case", [{ type: "case", method: "lower" }], { "a|startswith": "AbC" }, "a=abc*"],
  ["to snake case", [{ type: "case", method: "snake_case" }], { a: "AddUser Name" }, "a=add_user_name"],
  ["to a regular expression", [{ type: "regex", method: "plain" }], { a: "a.b*" }, "a~/^a\\.b.*$/s"],
  ["to a number that is none", [{ type: "convert_type", target_type: "num" }], { a: "x" }, "PIPELINE_FAILURE"],
  [
    "a number as text",
    [
      { type: "convert_type", target_type: "str" },
      {
        type: "replace_string",
        regex: "1",
        replacement: "2",
        detection_item_conditions: [{ type: "match_string", cond: "any", pattern: "1" }],
      },
    ],
    { a: 1 },
    "a=2",
  ],
  ["placeholders from vars", [{ type: "value_placeholders" }], { "a|expand": "%admins%!" }, "a=root! or a=adm*!"],
  ["placeholders as wildcards", [{ type: "wildcard_placeholders" }], { "a|expand": "x%any%" }, "a=x*"],
  [
    "some placeholders each",
    [{ type: "value_placeholders", include: ["port"] }, { type: "wildcard_placeholders" }],
    { "a|expand": "%admins%:%port%" },
    "a=*:22",
  ],
  [
    "a placeholder nobody fills",
    [{ type: "value_placeholders" }],
    { "a|expand": "%other%" },
    "PLACEHOLDER_UNSUPPORTED",
  ],
  [
    "hashes",
    [{ type: "hashes_fields", valid_hash_algos: ["MD5", "SHA1"], field_prefix: "File" }],
    { "Hashes|contains": ["MD5=aa", "SHA1=bb"] },
    "FileMD5=aa or FileSHA1=bb",
  ],
  ["no known hash", [{ type: "hashes_fields", valid_hash_algos: ["MD5"] }], { Hashes: "SHA1=bb" }, "PIPELINE_FAILURE"],
  [
    "a condition added",
    [{ type: "add_condition", conditions: { EventID: 1, "Channel|startswith": "x" } }],
    { a: 1 },
    "(EventID=1 and Channel=x*) and a=1",
  ],
  [
    "a condition that must not hold",
    [{ type: "add_condition", conditions: { b: 1 }, negated: true }],
    { a: 1 },
    "not(b=1) and a=1",
  ],
  [
    "a condition with the log source",
    [{ type: "add_condition", conditions: { index: "$product-${category}" }, template: true }],
    { a: 1 },
    "index=windows-process_creation and a=1",
  ],
  [
    "another log source",
    [{ type: "change_logsource", product: "linux", service: "auditd" }],
    { a: 1 },
    "a=1 [linux//auditd]",
  ],
  ["failure", [{ type: "rule_failure", message: "no" }], { a: 1 }, "PIPELINE_FAILURE"],
  [
    "failure of an item that is not there",
    [
      {
        type: "detection_item_failure",
        message: "no",
        field_name_conditions: [{ type: "include_fields", fields: ["b"] }],
      },
    ],
    { a: 1 },
    "a=1",
  ],
  [
    "strict",
    [{ type: "field_name_mapping", mapping: { a: "b" } }, { type: "strict_field_mapping_failure" }],
    { a: 1 },
    "b=1",
  ],
  [
    "not strict",
    [{ type: "field_name_mapping", mapping: { a: "b" } }, { type: "strict_field_mapping_failure" }],
    { a: 1, c: 2 },
    "PIPELINE_FAILURE",
  ],
  [
    "nested",
    [
      {
        type: "nest",
        items: [
          { type: "field_name_mapping", mapping: { a: "b" } },
          { type: "set_value", value: 2 },
        ],
      },
    ],
    { a: 1 },
    "b=2",
  ],
];

for (const [name, items, selection, wanted] of TRANSFORMATIONS) {
  test(`transformation: ${name}`, () => assert.equal(after(items, selection), wanted));
}

const SUFFIX = { type: "field_name_suffix", suffix: "!" };

const CONDITIONS: [name: string, item: Map, selection: unknown, holds: boolean][] = [
  ["log source", { rule_conditions: [{ type: "logsource", product: "windows" }] }, { a: 1 }, true],
  [
    "another log source",
    { rule_conditions: [{ type: "logsource", product: "windows", service: "system" }] },
    { a: 1 },
    false,
  ],
  [
    "contains an item",
    { rule_conditions: [{ type: "contains_detection_item", field: "a", value: "X" }] },
    { a: "x" },
    true,
  ],
  [
    "contains no such value",
    { rule_conditions: [{ type: "contains_detection_item", field: "a", value: 1 }] },
    { a: "1" },
    false,
  ],
  ["contains a field", { rule_conditions: [{ type: "contains_field", field: "a" }] }, { a: 1 }, true],
  ["is a rule", { rule_conditions: [{ type: "is_sigma_rule" }] }, { a: 1 }, true],
  ["is no correlation", { rule_conditions: [{ type: "is_sigma_correlation_rule" }] }, { a: 1 }, false],
  [
    "level",
    { rule_conditions: [{ type: "rule_attribute", attribute: "level", value: "medium", op: "gte" }] },
    { a: 1 },
    true,
  ],
  [
    "status",
    { rule_conditions: [{ type: "rule_attribute", attribute: "status", value: "stable", op: "gte" }] },
    { a: 1 },
    false,
  ],
  [
    "list attribute",
    { rule_conditions: [{ type: "rule_attribute", attribute: "fields", value: "User", op: "in" }] },
    { a: 1 },
    true,
  ],
  [
    "unknown attribute",
    { rule_conditions: [{ type: "rule_attribute", attribute: "nothing", value: 1 }] },
    { a: 1 },
    false,
  ],
  ["tag", { rule_conditions: [{ type: "tag", tag: "attack.t1059" }] }, { a: 1 }, true],
  ["negated", { rule_conditions: [{ type: "tag", tag: "attack.t1059" }], rule_cond_not: true }, { a: 1 }, false],
  [
    "one of two",
    { rule_conditions: [{ type: "tag", tag: "x" }, { type: "is_sigma_rule" }], rule_cond_op: "or" },
    { a: 1 },
    true,
  ],
  ["both of two", { rule_conditions: [{ type: "tag", tag: "x" }, { type: "is_sigma_rule" }] }, { a: 1 }, false],
  [
    "an expression",
    {
      rule_conditions: { x: { type: "tag", tag: "x" }, y: { type: "is_sigma_rule" } },
      rule_cond_expr: "not x and (x or y)",
    },
    { a: 1 },
    true,
  ],
  [
    "any string",
    { detection_item_conditions: [{ type: "match_string", cond: "any", pattern: "ab" }] },
    { a: ["x", "abc"] },
    true,
  ],
  [
    "all strings",
    { detection_item_conditions: [{ type: "match_string", cond: "all", pattern: "ab" }] },
    { a: ["x", "abc"] },
    false,
  ],
  [
    "from the start",
    { detection_item_conditions: [{ type: "match_string", cond: "any", pattern: "bc" }] },
    { a: "abc" },
    false,
  ],
  [
    "no string",
    { detection_item_conditions: [{ type: "match_string", cond: "any", pattern: "x", negate: true }] },
    { a: "abc" },
    true,
  ],
  ["value", { detection_item_conditions: [{ type: "match_value", cond: "any", value: 1 }] }, { a: 1 }, true],
  ["wildcard", { detection_item_conditions: [{ type: "contains_wildcard", cond: "any" }] }, { a: "x*" }, true],
  ["no wildcard", { detection_item_conditions: [{ type: "contains_wildcard", cond: "any" }] }, { a: "x\\*" }, false],
  ["null", { detection_item_conditions: [{ type: "is_null", cond: "all" }] }, { a: null }, true],
  [
    "not null",
    { detection_item_conditions: [{ type: "is_null", cond: "all" }], detection_item_cond_not: true },
    { a: null },
    false,
  ],
];

for (const [name, item, selection, holds] of CONDITIONS) {
  test(`condition: ${name}`, () => {
    const shown = after([{ ...SUFFIX, ...item }], selection);
    assert.equal(shown.includes("!"), holds, shown);
  });
}

test("what was applied and what state was set is known to later items", () => {
  const applied = { type: "processing_item_applied", processing_item_id: "first" };
  const first = { id: "first", type: "field_name_mapping", mapping: { a: "b" } };
  assert.equal(after([first, { ...SUFFIX, rule_conditions: [applied] }], { a: 1, c: 2 }), "b!=1 and c!=2");
  assert.equal(after([first, { ...SUFFIX, detection_item_conditions: [applied] }], { a: 1, c: 2 }), "b!=1 and c=2");
  assert.equal(after([first, { ...SUFFIX, field_name_conditions: [applied] }], { a: 1, c: 2 }), "b!=1 and c=2");
  const state = { type: "processing_state", key: "k", val: 5, op: "gt" };
  const set = (val: number): Map => ({ type: "set_state", key: "k", val });
  assert.equal(after([set(6), { ...SUFFIX, rule_conditions: [state] }], { a: 1 }), "a!=1");
  assert.equal(after([set(5), { ...SUFFIX, rule_conditions: [state] }], { a: 1 }), "a=1");
  assert.equal(after([{ ...SUFFIX, rule_conditions: [state] }], { a: 1 }), "a=1");
  const attribute = { type: "rule_attribute", attribute: "mine", value: "x" };
  const mark = { type: "set_custom_attribute", attribute: "mine", value: "x" };
  assert.equal(after([mark, { ...SUFFIX, rule_conditions: [attribute] }], { a: 1 }), "a!=1");
});

test("the list of fields follows the mapping, and can be changed", () => {
  const fieldsAfter = (items: readonly Map[]): readonly string[] | undefined =>
    parseRules([ruleFile({ Image: "x" })], { pipelines: [pipelineOf(items)] }).rules[0]?.fields;
  assert.deepEqual(fieldsAfter([{ type: "field_name_mapping", mapping: { User: ["u", "v"] } }]), ["Image", "u", "v"]);
  assert.deepEqual(fieldsAfter([{ type: "add_field", field: ["x"] }]), ["Image", "User", "x"]);
  assert.deepEqual(fieldsAfter([{ type: "remove_field", field: "User" }]), ["Image"]);
  assert.deepEqual(fieldsAfter([{ type: "set_field", fields: ["y"] }]), ["y"]);
});

test("pipelines run in ascending order of priority", () => {
  const prefix = (name: string, priority: number): Pipeline =>
    pipelineOf([{ type: "field_name_prefix", prefix: `${name}.` }], { name, priority });
  const { rules } = parseRules([ruleFile({ a: 1 })], { pipelines: [prefix("late", 20), prefix("soon", 10)] });
  assert.equal(rules[0] && shownRule(rules[0]), "late.soon.a=1");
});

test("a failure names the pipeline, the rule's file and what the author said", () => {
  const { problems } = parseRules([ruleFile({ a: 1 })], {
    pipelines: [pipelineOf([{ type: "rule_failure", message: "not on this backend" }])],
  });
  assert.deepEqual(
    problems.map(({ path, code, message }) => [path, code, message]),
    [["r.yml", "PIPELINE_FAILURE", 'pipeline "p": not on this backend']],
  );
});

test("filters go through the pipeline with the rule", () => {
  const filter = {
    title: "f",
    id: "f1",
    logsource: LOGSOURCE,
    filter: { rules: ["r1"], selection: { u: "bot" }, condition: "not selection" },
  };
  const { rules } = parseRules([ruleFile({ a: 1 }), { path: "f.yml", text: stringify(filter) }], {
    pipelines: [pipelineOf([{ type: "field_name_mapping", mapping: { a: "b", u: "user.name" } }])],
  });
  assert.equal(rules[0] && shownRule(rules[0]), "b=1 and not(user.name=bot)");
});

test("a correlation is renamed with its rules, by the log source of any of them", () => {
  const correlation = {
    title: "c",
    id: "c1",
    correlation: {
      type: "value_count",
      rules: ["r1"],
      "group-by": ["User", "src"],
      aliases: { src: { r1: "Image" } },
      timespan: "1h",
      condition: { field: "User", gte: 3 },
    },
  };
  const files = [ruleFile({ a: 1 }), { path: "c.yml", text: stringify(correlation) }];
  const mapping = { type: "field_name_mapping", mapping: { User: "u", Image: "i", src: "never" } };
  const linked = (item: Map): ReturnType<typeof parseRules> => parseRules(files, { pipelines: [pipelineOf([item])] });
  const [made] = linked({ ...mapping, rule_conditions: [{ type: "logsource", product: "windows" }] }).correlations;
  assert.deepEqual(made?.groupBy, ["u", "src"]);
  assert.deepEqual(made?.aliases, { src: { r1: "i" } });
  assert.deepEqual(made?.condition.kind === "bounds" && made.condition.fields, ["u"]);
  const [other] = linked({ ...mapping, rule_conditions: [{ type: "logsource", product: "linux" }] }).correlations;
  assert.deepEqual(other?.groupBy, ["User", "src"]);
  const several = linked({ type: "field_name_mapping", mapping: { User: ["u", "v"] } });
  assert.deepEqual(
    several.problems.map(({ code, path }) => [code, path]),
    [["PIPELINE_FAILURE", "c.yml"]],
  );
});

test("a rule in another taxonomy needs a pipeline that concerns it", () => {
  const files = [ruleFile({ process_name: "x" }, { taxonomy: "ours" })];
  assert.deepEqual(
    parseRules(files).problems.map(({ code, line }) => [code, line]),
    [["TAXONOMY_UNKNOWN", 17]],
  );
  const map = (name: string): Pipeline => pipelineOf([{ type: "field_name_mapping", mapping: { [name]: "Image" } }]);
  assert.equal(parseRules(files, { pipelines: [map("process_name")] }).rules.length, 1);
  assert.equal(parseRules(files, { pipelines: [map("other")] }).rules.length, 0);
});

test("what a pipeline cannot do here takes it out whole, with the name and line of the item", () => {
  const cases: [text: string, code: string, line: number][] = [
    [
      "name: p\ntransformations:\n  - type: field_name_prefix\n    prefix: x\n  - type: http_placeholders\n",
      "TRANSFORMATION_UNSUPPORTED",
      5,
    ],
    ["name: p\ntransformations:\n  - type: query_expression_placeholders\n", "TRANSFORMATION_UNSUPPORTED", 3],
    ["name: p\ntransformations:\n  - type: field_mapping\n", "TRANSFORMATION_UNSUPPORTED", 3],
    ["name: p\ntransformations:\n  - type: field_name_mapping\n", "PIPELINE_INVALID", 3],
    [
      "name: p\ntransformations:\n  - type: replace_string\n    regex: '(?=x)'\n    replacement: y\n",
      "PIPELINE_INVALID",
      4,
    ],
    [
      "name: p\ntransformations:\n  - type: set_value\n    value: 1\n    rule_conditions:\n      - type: moon\n",
      "PIPELINE_CONDITION",
      6,
    ],
    ["name: p\ntransformations:\n  - type: set_value\n    value: 1\n    rule_cond_expr: a\n", "PIPELINE_INVALID", 5],
    ["name: p\ntransformations:\n  - type: nest\n    items:\n      - type: moon\n", "TRANSFORMATION_UNSUPPORTED", 5],
    ["name: p\ntransformations:\n  - type: field_name_prefix\n    prefix: x\n    suffix: y\n", "PIPELINE_INVALID", 5],
    [
      "name: p\ntransformations:\n  - type: set_value\n    value: 1\n    rule_conditions:\n      - type: logsource\n        produkt: x\n",
      "PIPELINE_INVALID",
      7,
    ],
    ["name: p\npostprocessing:\n  - type: embed\n", "PIPELINE_INVALID", 3],
    ["name: p\ntransformations: x\n", "PIPELINE_INVALID", 2],
    ["name: p\npriority: high\n", "PIPELINE_INVALID", 2],
    ["- a\n", "PIPELINE_INVALID", 1],
    ["name: [\n", "PIPELINE_INVALID", 1],
  ];
  for (const [text, code, line] of cases) {
    const { pipeline, problems } = readPipeline({ path: "p.yml", text });
    assert.equal(pipeline, undefined, text);
    assert.deepEqual(
      problems.map((problem) => [problem.code, problem.line]),
      [[code, line]],
      text,
    );
  }
});
