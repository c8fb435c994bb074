/** cases: each kind of case passes when the rule is right, and fails with a reason that helps when it is not. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type CaseResult, createCaseRunner, parseRules, readCaseFile, type SigmaEvent } from "../index.ts";

const RULES = `title: Whoami started
id: 11111111-0000-4000-8000-000000000001
name: whoami
logsource:
  product: windows
  category: process_creation
detection:
  selection:
    Image|endswith: '\\whoami.exe'
  filter:
    User: root
  condition: selection and not filter
---
title: Any program of a person
id: 11111111-0000-4000-8000-000000000002
name: person
logsource:
  product: windows
  category: process_creation
detection:
  selection:
    User: eve
  condition: selection
---
title: Whoami again and again
id: 11111111-0000-4000-8000-000000000003
name: again
correlation:
  type: event_count
  rules:
    - whoami
  group-by:
    - User
  timespan: 1m
  condition:
    gte: 3
`;

async function run(
  cases: string,
  options: { readonly exact?: boolean; readonly events?: readonly SigmaEvent[] } = {},
): Promise<CaseResult[]> {
  const { rules, correlations, problems } = parseRules([{ path: "all.yml", text: RULES }]);
  assert.deepEqual(problems, []);
  const read = readCaseFile("x.cases.yml", cases);
  assert.ok(read.ok, JSON.stringify(read));
  const runner = createCaseRunner({
    rules,
    correlations,
    readRecord: (record) => (record.startsWith("{") ? { fields: JSON.parse(record) } : { problem: "no JSON" }),
    readEvents: (path) =>
      Promise.resolve(path === "events.json" ? (options.events ?? []) : { problem: `no file ${path}` }),
    exact: options.exact ?? false,
  });
  return runner.run(read.file);
}

const shown = (results: readonly CaseResult[]): string[] =>
  results.map(
    ({ passed, why, reasons }) =>
      `${passed ? "ok" : "FAIL"} ${why}${reasons.length > 0 ? `: ${reasons.join(" ")}` : ""}`,
  );

test("fields are tried as events of the rule's own log source; a failure names the value that decided", async () => {
  const results = await run(`rule: whoami
match:
  - why: right
    fields: { Image: 'C:\\whoami.exe', User: eve }
  - why: wrong
    fields: { Image: 'C:\\whoami.exe', User: root }
no_match:
  - why: right too
    fields: { Image: 'C:\\cmd.exe' }
  - why: wrong too
    fields: { Image: 'C:\\whoami.exe' }
`);
  assert.deepEqual(
    results.map(({ passed, line, kind }) => [passed, line, kind]),
    [
      [true, 3, "match"],
      [false, 5, "match"],
      [true, 8, "no_match"],
      [false, 10, "no_match"],
    ],
  );
  assert.match(shown(results)[1] ?? "", /must match this event and does not: User is "root": it is "root"/);
  assert.match(shown(results)[3] ?? "", /must not: Image ends with/);
});

test("a raw record goes through the reader, and says so when it cannot be read", async () => {
  const results = await run(`rule: 11111111-0000-4000-8000-000000000001
match:
  - why: a map
    record: { Channel: Security, EventID: 4688, NewProcessName: 'C:\\whoami.exe' }
  - why: not routed
    record: { Channel: Security, EventID: 4689, NewProcessName: 'C:\\whoami.exe' }
  - why: unreadable
    record: a line
`);
  assert.equal(results[0]?.passed, true);
  assert.match(shown(results)[1] ?? "", /The rule wants product windows.*event 4689/);
  assert.match(shown(results)[2] ?? "", /no JSON/);
});

test("other rules that fire are a failure when the case names them, or when it must be exact", async () => {
  const cases = (also: string): string =>
    `rule: whoami\nmatch:\n  - why: both\n    fields: { Image: 'C:\\whoami.exe', User: eve }\n${also}`;
  assert.equal((await run(cases("")))[0]?.passed, true);
  assert.match(
    (await run(cases(""), { exact: true }))[0]?.reasons.join() ?? "",
    /Any program of a person.*matches this event too/,
  );
  const named = await run(cases("    also: [11111111-0000-4000-8000-000000000002]"), { exact: true });
  assert.equal(named[0]?.passed, true);
  assert.match((await run(cases("    also: [ghost]")))[0]?.reasons.join() ?? "", /"ghost" stands under "also"/);
});

test("a file of events has to give the number of matches it should", async () => {
  const events: SigmaEvent[] = [{ fields: { Image: "C:\\whoami.exe" } }, { fields: { Image: "C:\\cmd.exe" } }];
  const results = await run(
    "rule: whoami\nfiles:\n  - path: events.json\n    count: 1\n  - path: events.json\n    count: 2\n  - path: events.json\n  - path: gone.json\n",
    { events },
  );
  assert.deepEqual(
    results.map(({ passed }) => passed),
    [true, false, true, false],
  );
  assert.match(results[1]?.reasons[0] ?? "", /matches 1 of 2 events in events.json; 2 must match/);
  assert.match(results[3]?.reasons[0] ?? "", /no file gone.json/);
});

test("a correlation is decided by a timed sequence", async () => {
  const results = await run(`rule: again
sequences:
  - why: three in a minute
    events:
      - { at: 0s, times: 3, every: 10s, fields: { Image: 'C:\\whoami.exe', User: eve } }
    matches: 1
  - why: three in three minutes
    events:
      - { times: 3, every: 90s, fields: { Image: 'C:\\whoami.exe', User: eve } }
    matches: 0
  - why: three people
    events:
      - { fields: { Image: 'C:\\whoami.exe', User: a } }
      - { fields: { Image: 'C:\\whoami.exe', User: b } }
      - { fields: { Image: 'C:\\whoami.exe', User: c } }
    matches: 0
  - why: a wrong hope
    events:
      - { times: 2, fields: { Image: 'C:\\whoami.exe', User: eve } }
    matches: 1
`);
  assert.deepEqual(
    results.map(({ passed }) => passed),
    [true, true, true, false],
  );
  assert.match(results[3]?.reasons.join(" ") ?? "", /gives 0 matches; it must give 1. "Whoami started" matched 2 of 2/);
});

test("SigmaHQ's info.yml is read as files with at least so many matches", () => {
  const read = readCaseFile(
    "info.yml",
    "rule_metadata:\n  - id: abc\nregression_tests_info:\n  - name: Positive\n    type: evtx\n    path: a/b.evtx\n    match_count: 2\n  - path: c.json\n",
  );
  assert.ok(read.ok);
  assert.equal(read.file.rule, "abc");
  assert.deepEqual(
    read.file.files.map(({ path, count }) => [path, count.least, count.most]),
    [
      ["a/b.evtx", 2, Number.POSITIVE_INFINITY],
      ["c.json", 1, Number.POSITIVE_INFINITY],
    ],
  );
});

test("a mistake in a case file is said with its place", () => {
  const problems = (text: string): string[] => {
    const read = readCaseFile("x.cases.yml", text);
    assert.equal(read.ok, false);
    return read.ok ? [] : read.problems.map(({ line, message }) => `${line} ${message}`);
  };
  assert.match(problems("match:\n  - fields: {}\n").join(), /2 "why" says/);
  assert.match(problems("match:\n  - why: x\n").join(), /2 an event is either/);
  assert.match(problems("mach: []\n").join(), /no "mach" in a case file/);
  assert.match(
    problems("sequences:\n  - why: x\n    matches: 1\n    events:\n      - at: soon\n        fields: {}\n").join(),
    /5 `at` and `every`/,
  );
  assert.match(problems("a: [").join(), /not valid YAML/);
  assert.match(problems("[]").join(), /a case file is a map/);
});

test("the examples of the specification can be read", () => {
  const page = readFileSync(join(import.meta.dirname, "../../../../docs/specs/rule-cases.md"), "utf8");
  const examples = [...page.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map((found) => found[1] ?? "");
  assert.ok(examples.length >= 2);
  for (const example of examples) assert.deepEqual(readCaseFile("x.cases.yml", example).ok, true, example);
});
