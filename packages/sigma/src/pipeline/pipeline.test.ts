/** pipeline: every transformation on a small rule, what is refused, and the order of pipelines. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { stringify } from "yaml";
import { parseRules, type Pipeline, readPipeline } from "../index.ts";
import { after, LOGSOURCE, type Map, pipelineOf, ruleFile } from "./pipeline.testing.ts";
import { shownRule } from "./shown.testing.ts";

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
  [
    "hashes that must differ",
    [{ type: "hashes_fields", valid_hash_algos: ["MD5", "SHA1"] }],
    { "Hashes|neq": ["MD5=aa", "SHA1=bb"] },
    "not(MD5=aa) and not(SHA1=bb)",
  ],
  ["no known hash", [{ type: "hashes_fields", valid_hash_algos: ["MD5"] }], { Hashes: "SHA1=bb" }, "PIPELINE_FAILURE"],
  [
    "fields from a value",
    [{ type: "extract_fields", regex: "(?P<type>[A-Za-z]+):(?P<value>[0-9]+)", field_prefix: "reg" }],
    { a: ["Dword:00001", "Qword:2", "other"] },
    "(reg.type=Dword and reg.value=00001) or (reg.type=Qword and reg.value=2)",
  ],
  [
    "fields from some values",
    [{ type: "extract_fields", regex: "^(?P<x>[0-9]+)$", preserve_unmatched: true }],
    { a: ["12", "b"] },
    "x=12 or a=b",
  ],
  [
    "fields from a value that must differ",
    [{ type: "extract_fields", regex: "(?P<x>[a-z]+):(?P<y>[0-9]+)" }],
    { "a|neq": ["b:1", "c:2"] },
    "(not(x=b) or not(y=1)) and (not(x=c) or not(y=2))",
  ],
  ["fields from no value", [{ type: "extract_fields", regex: "^(?P<x>[0-9]+)$" }], { a: "b" }, "a=b"],
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

test("the list of fields follows the mapping, and can be changed", () => {
  const fieldsAfter = (items: readonly Map[]): readonly string[] | undefined =>
    parseRules([ruleFile({ Image: "x" })], { pipelines: [pipelineOf(items)] }).rules[0]?.fields;
  assert.deepEqual(fieldsAfter([{ type: "field_name_mapping", mapping: { User: ["u", "v"] } }]), ["Image", "u", "v"]);
  assert.deepEqual(fieldsAfter([{ type: "add_field", field: ["x"] }]), ["Image", "User", "x"]);
  assert.deepEqual(fieldsAfter([{ type: "remove_field", field: "User" }]), ["Image"]);
  assert.deepEqual(fieldsAfter([{ type: "set_field", fields: ["y"] }]), ["y"]);
});

test("a pipeline survives a structured clone", () => {
  const pipeline = pipelineOf([
    { type: "nest", items: [{ type: "regex" }], rule_conditions: [{ type: "tag", tag: "x" }] },
  ]);
  assert.deepEqual(structuredClone(pipeline), pipeline);
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
