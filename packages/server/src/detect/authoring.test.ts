/** authoring.test: what the editor asks: problems with their place, what arrives today, completion, trials, and why a signal fired. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { authoringRoutes, type TrialEvent, trialEvent } from "@holdfast/contracts/authoring";
import { isAppError } from "../platform/errors/index.ts";
import { callerOf, linuxRule, openTestArea, storeLine, type TestArea } from "./area.testing.ts";
import type { Detect } from "./create.ts";
import { createMatcher, type Matcher } from "./matcher.ts";

const NORA = callerOf("nora");
const SHELL = `title: Shell
id: w1
status: test
description: A shell that lists a folder, for this test.
author: nora
logsource: { product: windows, category: process_creation }
detection:
  selection: { Image|endswith: '\\cmd.exe', CommandLine|contains: dir }
  filter: { User: root }
  condition: selection and not filter
level: low
tags: [attack.t1059.003, attack.execution]
`;
const sysmon = (more: object) =>
  JSON.stringify({
    Channel: "Microsoft-Windows-Sysmon/Operational",
    EventID: 1,
    Computer: "ws-1",
    Image: "C:\\Windows\\System32\\cmd.exe",
    CommandLine: "cmd /c dir",
    ...more,
  });

let area: TestArea;
let folder: string;
let detect: Detect;
let matcher: Matcher;
let alertSignals: { id: string; at: string; host: string; user: string }[] = [];

before(async () => {
  area = await openTestArea();
  folder = mkdtempSync(join(tmpdir(), "holdfast authoring "));
  writeFileSync(join(folder, "shell.yml"), SHELL);
  detect = area.make({ paths: [folder], signalsOfAlert: async (id) => (id === "alert-1" ? alertSignals : []) });
  matcher = createMatcher({ now: () => area.clock.now() });
  detect.onRulesChanged((load) => void matcher.load(load));
  await detect.start();
  for (let n = 0; n < 4; n += 1) {
    const receivedMs = area.clock.now() - n * 1000;
    const text = sysmon({ User: n === 0 ? "root" : "eve", ...(n < 2 ? { Hashes: "SHA256=00" } : {}) });
    await storeLine(area, matcher, { id: String(100 + n), text, receivedMs });
  }
  const sshd = "Nov 22 07:00:00 web-01 sshd[411]: Accepted publickey for eve from 203.0.113.9 port 40000 ssh2";
  await storeLine(area, matcher, { id: "200", text: sshd, receivedMs: area.clock.now(), source: "s2" });
});
after(async () => {
  await area?.close();
  rmSync(folder, { recursive: true, force: true });
});

const check = async (text: string, id?: string) => {
  const body = { text, ...(id === undefined ? {} : { id }) };
  const answer = await detect.authoring.checkRule({ params: {}, query: {}, body }, NORA);
  return authoringRoutes.checkRule.response.parse(answer);
};
const trial = async (text: string, event: TrialEvent) =>
  authoringRoutes.testRule.response.parse(
    await detect.authoring.testRule({ params: {}, query: {}, body: { text, event: trialEvent.parse(event) } }, NORA),
  );

test("says which fields arrive, from whom, and how many events have them", async () => {
  const { ok, findings, rule, needs } = await check(SHELL.replace("User: root", "Hashes: x, Nonesuch: y"), "w1");
  assert.deepEqual(
    findings.filter(({ severity }) => severity === "error"),
    [],
  );
  assert.deepEqual([ok, rule?.kind, rule?.title, rule?.techniques], [true, "detection", "Shell", ["T1059.003"]]);
  assert.deepEqual([needs?.verdict, needs?.events, needs?.sampled, needs?.fed], ["partly", 4, 4, true]);
  assert.deepEqual(
    needs?.sources.map(({ id, name, events }) => [id, name, events]),
    [["s1", "the firewall's log", 4]],
  );
  assert.deepEqual(
    needs?.fields.map(({ name, share }) => [name, share]),
    [
      ["CommandLine", 1],
      ["Hashes", 0.5],
      ["Image", 1],
      ["Nonesuch", 0],
    ],
  );
  assert.match(needs?.sentence ?? "", /Nonesuch/);
  const shown = authoringRoutes.ruleNeeds.response.parse(
    await detect.authoring.ruleNeeds({ params: { id: "w1" }, query: {}, body: {} }, NORA),
  );
  assert.deepEqual(
    [shown.verdict, shown.sentence],
    ["arriving", "Events for product windows, category process_creation arrive with every field this rule reads."],
  );
});

test("a log source that nobody sends and one that no engine knows are told apart", async () => {
  const of = async (logsource: string) =>
    (await check(linuxRule("", "x").replace("{ product: linux }", logsource))).needs?.verdict;
  assert.equal(await of("{ product: windows, category: dns_query }"), "no-events");
  assert.equal(await of("{ product: toaster, service: crumbs }"), "no-route");
});

test("blind for a field that a source has lost are the rules that read it, under whichever name, and no others", async () => {
  const blind = async (...fields: string[]) =>
    (await detect.rulesReading({ source: "s1", host: "", fields })).map(({ id }) => id);
  assert.deepEqual(
    (await detect.rulesReading({ source: "s1", host: "" })).map(({ id }) => id),
    ["w1"],
  );
  assert.deepEqual(await blind("process_cmd"), ["w1"], "CommandLine");
  assert.deepEqual(await blind("user", "src_ip"), ["w1"], "User");
  assert.deepEqual(await blind("host"), [], "it does not read Computer");
});

test("problems stand at their line, lint stands beside them, and a double id is told", async () => {
  const broken = await check(SHELL.replace("condition: selection", "condition: selektion"), "w1");
  assert.equal(broken.ok, false);
  const error = broken.findings.find(({ severity }) => severity === "error");
  assert.deepEqual([error?.line, /selektion/.test(error?.message ?? "")], [10, true]);
  const double = await check(SHELL);
  assert.deepEqual(
    double.findings.filter(({ severity }) => severity === "error").map(({ code, line }) => [code, line]),
    [["ID_DUPLICATE", 2]],
  );
  const sloppy = await check(SHELL.replace("Image|endswith: '\\cmd.exe'", "Image: '*\\cmd.exe'"), "w1");
  assert.equal(sloppy.ok, true);
  assert.ok(sloppy.findings.length > 0, "lint speaks");
  for (const { fix } of sloppy.findings)
    if (fix !== null) assert.equal((await check(fix.text, "w1")).ok, true, fix.text);
  assert.equal((await check("")).ok, false);
  assert.equal((await check("title: [")).findings[0]?.code, "YAML_INVALID");
});

test("completes log sources, fields that really arrive, modifiers and tags", async () => {
  const ask = async (query: object) =>
    authoringRoutes.completeRule.response.parse(
      await detect.authoring.completeRule(
        { params: {}, query: authoringRoutes.completeRule.query.parse(query), body: {} },
        NORA,
      ),
    );
  const all = await ask({});
  const [first] = all.logsources;
  assert.deepEqual(
    [first?.product, first?.category, first?.events, first?.rules],
    ["windows", "process_creation", 4, 1],
  );
  assert.ok(
    all.logsources.some(({ product, service, events }) => product === "linux" && service === "sshd" && events === 1),
  );
  assert.ok(
    all.modifiers.some(({ name }) => name === "windash") && all.tags.some(({ tag }) => tag === "attack.execution"),
  );
  const { fields } = await ask({ product: "windows", category: "process_creation" });
  const byName = new Map(fields.map((field) => [field.name, field]));
  assert.deepEqual(
    ["CommandLine", "Hashes", "User"].map((name) => [byName.get(name)?.share, byName.get(name)?.rules]),
    [
      [1, 1],
      [0.5, 0],
      [1, 1],
    ],
  );
  assert.equal(byName.get("CommandLine")?.example, "cmd /c dir");
});

test("every modifier that completion offers is one that the engine takes, with the example it shows", async () => {
  const { modifiers } = await detect.authoring.completeRule({ params: {}, query: {}, body: {} }, NORA);
  for (const { name, example } of modifiers) {
    const item = example.endsWith(":") ? `${example}\n      - a\n      - b` : example;
    const text = `title: T\nlogsource: { product: linux }\ndetection:\n  selection:\n    ${item}\n  condition: selection\n`;
    const { findings } = await check(text);
    const codes = findings.filter(({ severity }) => severity === "error").map(({ code }) => code);
    assert.deepEqual(codes, name === "expand" ? ["PLACEHOLDER_UNSUPPORTED"] : [], `${name}: ${example}`);
  }
});

test("tries a text on a record, on fields and on a stored event, and says what decided", async () => {
  const hit = await trial(SHELL, { kind: "record", text: sysmon({ User: "eve" }) });
  assert.deepEqual(
    [hit.ok, hit.matched, hit.event?.parser, hit.explanation?.routed],
    [true, true, "windows-flat", true],
  );
  const command = hit.explanation?.steps.find(({ field }) => field === "CommandLine");
  assert.deepEqual([command?.matched, command?.value, command?.pattern], [true, "cmd /c dir", "dir"]);
  const miss = await trial(SHELL, { kind: "stored", eventId: "100" });
  assert.equal(miss.matched, false);
  assert.deepEqual(
    miss.explanation?.steps
      .filter(({ decided, field }) => decided && field !== null)
      .map(({ field, matched }) => [field, matched]),
    [["User", true]],
    "the filter decided",
  );
  const lost = await trial(SHELL, { kind: "fields", fields: { Image: "C:\\cmd.exe", CommandLine: "dir" } });
  assert.deepEqual([lost.matched, lost.explanation?.routed], [false, false]);
  const stated = {
    kind: "fields",
    fields: { Image: "C:\\cmd.exe", CommandLine: "dir" },
    logsource: { product: "windows", category: "process_creation" },
  } as const;
  assert.equal((await trial(SHELL, stated)).matched, true);
  assert.equal((await trial("title: x", stated)).ok, false);
  await assert.rejects(
    trial(SHELL, { kind: "stored", eventId: "999" }),
    (error) => isAppError(error) && error.code === "DETECT_EVENT_UNKNOWN",
  );
});

test("a trial says which exception would hide the match", async () => {
  const text =
    "title: Eve may\nlogsource: { product: windows }\nfilter:\n  rules: [w1]\n  selection: { User: eve }\n  condition: not selection\n";
  const made = await detect.exceptions.createException(
    {
      params: {},
      query: {},
      body: {
        text: text.replace("product: windows", "product: windows, category: process_creation"),
        owner: "o",
        reason: "she may",
        expiresAt: null,
      },
    },
    NORA,
  );
  const { matched, hiddenBy } = await trial(SHELL, { kind: "record", text: sysmon({ User: "eve" }) }).catch(() =>
    assert.fail(),
  );
  assert.deepEqual([matched, hiddenBy], [true, { id: made.id, title: "Eve may" }]);
  assert.equal((await trial(SHELL, { kind: "record", text: sysmon({ User: "adam" }) })).hiddenBy, null);
  await detect.exceptions.deleteException({ params: { id: made.id }, query: { version: 1, note: "" }, body: {} }, NORA);
});

test("explains a stored signal and an alert with the text that fired, also after the rule was edited", async () => {
  const [signal] = await storeLine(area, matcher, {
    id: "300",
    text: sysmon({ User: "eve" }),
    receivedMs: area.clock.now(),
  });
  assert.ok(signal !== undefined);
  alertSignals = [{ id: signal.id, at: new Date(signal.timeMs).toISOString(), host: "ws-1", user: "eve" }];
  const explained = async () =>
    authoringRoutes.explainAlert.response.parse(
      await detect.authoring.explainAlert({ params: { id: "alert-1" }, query: {}, body: {} }, NORA),
    );
  const before = await explained();
  assert.deepEqual(
    [before.text, before.explanation?.matched, before.event?.id, before.signals.length],
    ["fired", true, "300", 1],
  );
  const edited = SHELL.replace("contains: dir", "contains: format");
  await detect.editing.saveRule(
    { params: { id: "w1" }, query: {}, body: { text: edited, version: 0, note: "" } },
    NORA,
  );
  const after = await explained();
  assert.deepEqual([after.text, after.explanation?.matched, after.ruleText], ["fired", true, SHELL]);
  assert.match(after.sentence, /changed since; this is the text that fired/);
  const current = await detect.authoring.testRule(
    { params: {}, query: {}, body: { text: edited, event: { kind: "stored", eventId: "300" } } },
    NORA,
  );
  assert.equal(current.matched, false);
  await detect.editing.revertRule({ params: { id: "w1" }, query: { version: 1, note: "" }, body: {} }, NORA);
  writeFileSync(join(folder, "shell.yml"), SHELL.replace("title: Shell", "title: Shells"));
  await detect.routes.reloadRules({ params: {}, query: {}, body: {} }, NORA);
  assert.equal((await explained()).text, "fired", "an override kept the file's text as a version");
  await assert.rejects(
    detect.authoring.explainAlert({ params: { id: "ghost" }, query: {}, body: {} }, NORA),
    (error) => isAppError(error) && error.code === "DETECT_SIGNAL_UNKNOWN",
  );
  await assert.rejects(
    detect.authoring.explainSignal({ params: { id: "ghost" }, query: {}, body: {} }, NORA),
    (error) => isAppError(error) && error.code === "DETECT_SIGNAL_UNKNOWN",
  );
});

test("a rule's matches in test are listed apart from those that raised alerts", async () => {
  const list = (outcome: "alert" | "test") =>
    detect.authoring.listRuleSignals({ params: { id: "w1" }, query: { outcome, limit: 100 }, body: {} }, NORA);
  const alerts = (await list("alert")).items.length;
  await detect.routes.updateRule({ params: { id: "w1" }, query: {}, body: { state: "test", reason: "" } }, NORA);
  await storeLine(area, matcher, { id: "400", text: sysmon({ User: "eve" }), receivedMs: area.clock.now() });
  assert.deepEqual(
    (await list("test")).items.map(({ eventId, outcome }) => [eventId, outcome]),
    [["400", "test"]],
  );
  assert.equal((await list("alert")).items.length, alerts);
  area.clock.advance(11_000);
  const rule = await detect.routes.getRule({ params: { id: "w1" }, query: {}, body: {} }, NORA);
  assert.deepEqual([rule.test24h, rule.testTotal, rule.testPerDay.at(-1), rule.matchesTotal], [1, 1, 1, alerts]);
});

const dryRun = (text: string, over: "http" | "syslog" = "http") =>
  detect.dryRun.dryRun({ params: {}, query: {}, body: { text, over } }, NORA);

test("a dry run says how records would be read, which rules read them and which match, and stores nothing", async () => {
  const stored = () =>
    area.events.store.query<{ n: string }>(`SELECT count() AS n FROM ${area.events.store.table("events")}`);
  const before = await stored();
  const text = [sysmon({ User: "eve" }), sysmon({ User: "root" }), '{"colour":"red"}'].join("\n");
  const result = await dryRun(text);
  assert.deepEqual(
    result.records.map(({ number, host, rulesReading, matches }) => [number, host, rulesReading, matches.length]),
    [
      [1, "ws-1", 1, 1],
      [2, "ws-1", 1, 0],
      [3, "", 0, 0],
    ],
  );
  assert.equal(result.found, 3);
  assert.equal(result.records[0]?.fields.find(({ name }) => name === "CommandLine")?.value, "cmd /c dir");
  assert.deepEqual(
    result.matched.map(({ ruleId, title, level, state, records }) => [ruleId, title, level, state, records]),
    [["w1", "Shells", "low", "test", 1]],
  );
  assert.deepEqual(result.logsources, [
    { logsource: { product: "windows", category: "process_creation" }, records: 2, rules: 1 },
  ]);
  assert.deepEqual(await stored(), before);
});

test("a dry run takes arrays, lines and syslog, tries the first hundred, and says where a text is broken", async () => {
  const event = { Channel: "System", EventID: 7045 };
  assert.equal((await dryRun(JSON.stringify([event, event, event]))).found, 3);
  const many = await dryRun("a plain line\n".repeat(120));
  assert.deepEqual([many.found, many.records.length], [120, 100]);
  const mixed = await dryRun('{"a":1}\nwords of a line\n{"b":2}');
  assert.deepEqual(
    mixed.records.map(({ raw }) => raw),
    ['{"a":1}', "words of a line", '{"b":2}'],
  );
  assert.equal((await dryRun('{\n "a": 1\n}\n{\n "b": 2\n}')).found, 2, "objects over several lines");
  const array = '[\n{"a":1}\n]';
  assert.equal((await dryRun(array)).found, 1);
  assert.equal((await dryRun(array, "syslog")).found, 3, "over syslog a line is a message");
  for (const [text, reason] of [
    ['[\n{"a":1},\n{"b":', /^Line 3: the JSON array is broken off/],
    ["\n\n \n", /no record in the text/],
  ] as const)
    await assert.rejects(
      async () => dryRun(text),
      (error) => isAppError(error) && error.status === 400 && reason.test(error.message),
    );
});
