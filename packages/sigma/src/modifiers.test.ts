/** modifiers: each modifier and value kind, once where it must match and once where it must not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compile, parseRules } from "./index.ts";

type Fields = Readonly<Record<string, unknown>>;

function matches(selection: Readonly<Record<string, unknown>> | unknown[], fields: Fields, text?: string): boolean {
  const rule = { title: "t", logsource: { product: "p" }, detection: { s: selection, condition: "s" } };
  const { rules, problems } = parseRules([{ path: "t.yml", text: JSON.stringify(rule) }]);
  assert.deepEqual(problems, []);
  const event = { fields, text, logsource: { product: "p" } };
  const found = compile(rules).match(event).length === 1;
  const json = JSON.stringify(fields, (_, value: unknown) => (typeof value === "bigint" ? Number(value) : value));
  const bytes = new TextEncoder().encode(text ?? json);
  assert.equal(compile(rules).match({ ...event, bytes }).length === 1, found, "with the bytes of the event");
  return found;
}

/** key and value of the rule, then field values that must match, then ones that must not. */
const CASES: [key: string, value: unknown, yes: unknown[], no: unknown[]][] = [
  ["f", "Cmd.exe", ["cmd.EXE", ["x", "CMD.exe"]], ["cmd.exe2", "xcmd.exe", undefined, null, ["x"]]],
  ["f", "a*c?", ["abbbcd", "ACx", "ac\u{1f600}"], ["ac", "acxy", "bacx"]],
  ["f", "\\*\\?", ["*?"], ["ab"]],
  ["f", "a\\\\*", ["a\\", "a\\b"], ["a*", "ab"]],
  ["f", "a\\\\\\*", ["a\\*"], ["a\\b"]],
  ["f", "C:\\Temp\\x", ["c:\\temp\\X"], ["c:tempx"]],
  ["f", "", [""], [undefined, null, "a"]],
  ["f", null, [undefined, null], ["", "a", 0]],
  ["f", 4624, [4624, "4624", 4624n], [4625, "46240"]],
  ["f", true, [true, "True"], [false, "1"]],
  ["f|contains", "b*d", ["abxdc", "BD"], ["ab", "db"]],
  ["f|startswith", "ab", ["abc", "AB"], ["xab"]],
  ["f|endswith", "bc", ["abc"], ["bca"]],
  ["f|contains|all", ["a", "b"], ["xbxa"], ["xa", "b"]],
  ["f|contains", ["a", "b"], ["xa"], ["c"]],
  ["f|cased", "Ab", ["Ab"], ["ab", "AB"]],
  ["f|contains|cased", "Ab", ["xAbx"], ["xabx"]],
  ["f|neq", "a", ["b", undefined], ["A"]],
  ["f|neq", ["a", "b"], ["c"], ["a", "B"]],
  ["f|exists", true, ["", 0, null], [undefined]],
  ["f|exists", false, [undefined], ["", null]],
  ["f|re", "^a[0-9]+$", ["a12"], ["A12", "a", "xa1"]],
  ["f|re|i", "^a$", ["A"], ["b"]],
  ["f|re|m", "^b$", ["a\nb\nc"], ["abc"]],
  ["f|re", "^b$", ["b"], ["a\nb\nc"]],
  ["f|re|s", "a.b", ["a\nb"], ["ab"]],
  ["f|re", "a.b", ["axb"], ["a\nb"]],
  ["f|cidr", "10.0.0.0/8", ["10.255.1.1", "::ffff:10.0.0.1"], ["11.0.0.1", "10.0.0.256", "x"]],
  ["f|cidr", "2001:db8::/32", ["2001:DB8::1", "2001:db8:0:0:1::"], ["2001:db9::1", "10.0.0.1"]],
  ["f|cidr", "192.168.1.7", ["192.168.1.7"], ["192.168.1.8"]],
  ["f|gt", 5, [6, "6.5"], [5, "5", "x", ""]],
  ["f|gte", 5, [5, "5"], [4]],
  ["f|lt", 5, ["-1"], [5]],
  ["f|lte", 5, [5], [6]],
  ["f|hour", 3, ["2024-05-06T03:59:00Z"], ["2024-05-06T04:00:00Z", "no time"]],
  ["f|hour|gte", 22, ["2024-05-06 23:10:00"], ["2024-05-06 21:10:00"]],
  ["f|minute", 59, ["2024-05-06T03:59:00Z"], ["2024-05-06T03:58:00Z"]],
  ["f|day", 6, ["2024-05-06"], ["2024-05-07"]],
  ["f|month", 5, ["2024-05-06T00:00:00.1234567Z"], ["2024-06-06"]],
  ["f|year", 2024, ["2024-05-06T00:00:00+02:00"].slice(0, 1), ["2023-05-06"]],
  ["f|week", 1, ["2024-12-30"], ["2024-12-29"]],
  ["f|windash|contains", " -a", ["x -A", "x /a", "x \u2013a", "x \u2014a", "x \u2015a"], ["x a", "x +a"]],
  ["f|contains|windash", "a-b", ["a-b"], ["a/b"]],
  ["f|base64", "user", ["dXNlcg=="], ["user"]],
  ["f|base64|contains", "foo", ["xxZm9vxx"], ["foo"]],
  ["f|base64offset|contains", "http", ["aHR0cDo=", "eGh0dHA=", "eHhodHRw"], ["http"]],
  ["f|wide|base64offset|contains", "ab", [Buffer.from("xab", "utf16le").toString("base64")], [btoa("xab")]],
  ["f|utf16be|base64|contains", "abc", [Buffer.from([0, 97, 0, 98, 0, 99]).toString("base64")], [btoa("ab")]],
  ["f|utf16|base64|contains", "ab", [Buffer.from([0xff, 0xfe, 97, 0, 98, 0, 99]).toString("base64")], [btoa("a")]],
  ["f|utf16le|base64|contains", "abc", [Buffer.from("abc", "utf16le").toString("base64")], ["abc"]],
];

for (const [key, value, yes, no] of CASES) {
  test(`${key}: ${JSON.stringify(value)}`, () => {
    for (const field of yes) assert.ok(matches({ [key]: value }, { f: field }), `must match ${String(field)}`);
    for (const field of no) assert.ok(!matches({ [key]: value }, { f: field }), `must not match ${String(field)}`);
  });
}

test("fieldref compares two fields of the event", () => {
  assert.ok(matches({ "a|fieldref": "b" }, { a: "X", b: "x" }));
  assert.ok(!matches({ "a|fieldref": "b" }, { a: "x", b: "y" }));
  assert.ok(!matches({ "a|fieldref": "b" }, { a: "x" }));
  assert.ok(matches({ "a|fieldref|endswith": "b" }, { a: "prefix-X", b: "x" }));
  assert.ok(matches({ "a|fieldref|contains": "b" }, { a: "pXq", b: "x" }));
  assert.ok(matches({ "a|fieldref|neq": "b" }, { a: "x", b: "y" }));
});

test("keywords search the message, or every value when there is none", () => {
  assert.ok(matches(["evil", "bad"], {}, "some EVIL thing"));
  assert.ok(!matches(["evil"], { a: "evil" }, "harmless"));
  assert.ok(matches(["evil*thing"], { a: "x", b: { c: ["an evil old thing"] } }));
  assert.ok(matches({ "|all": ["one", "two"] }, { a: "one", b: "two" }));
  assert.ok(!matches({ "|all": ["one", "two"] }, { a: "one" }));
  assert.ok(matches([4624], { a: "id 4624 seen" }));
});

test("a list of maps is any of them, a map all of its fields", () => {
  const selection = [{ a: 1, b: 2 }, { c: 3 }];
  assert.ok(matches(selection, { a: 1, b: 2 }));
  assert.ok(matches(selection, { c: 3 }));
  assert.ok(!matches(selection, { a: 1, b: 3 }));
});

test("dotted names reach into objects and lists, spaces in names do not count, inherited names are not there", () => {
  assert.ok(matches({ "a.b": "x" }, { a: { b: "X" } }));
  assert.ok(matches({ "a.b": "x" }, { "a.b": "x" }));
  assert.ok(matches({ "a.b.c": "x" }, { a: [{ "b.c": "y" }, { "b.c": "x" }] }));
  assert.ok(!matches({ "a.b": "x" }, { a: "x" }));
  assert.ok(matches({ "Threat Name": "x" }, { ThreatName: "x" }));
  assert.ok(matches({ "toString|exists": false }, {}));
  assert.ok(!matches({ "constructor|contains": "function" }, {}));
  assert.ok(matches({ __proto__x: "a" }, { __proto__x: "a" }));
});

test("a regular expression outside the linear family is reported, and its rule never matches", () => {
  const rule = { title: "t", logsource: { product: "p" }, detection: { s: { "f|re": "(?=a)b" }, condition: "not s" } };
  const { rules } = parseRules([{ path: "t.yml", text: JSON.stringify(rule) }]);
  const engine = compile(rules);
  assert.deepEqual(
    engine.problems.map(({ code }) => code),
    ["REGEX_UNSUPPORTED"],
  );
  assert.deepEqual(engine.match({ fields: { f: "b" }, logsource: { product: "p" } }), []);
});

test("a hostile value cannot make a hostile pattern slow", () => {
  const started = performance.now();
  assert.ok(!matches({ "f|re": "^(a+)+$" }, { f: `${"a".repeat(50_000)}!` }));
  assert.ok(!matches({ f: `${"*a?".repeat(20)}b` }, { f: "a".repeat(20_000) }));
  assert.ok(performance.now() - started < 5000);
});
