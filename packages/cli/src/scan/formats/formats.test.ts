/** formats: what each writer makes of the same matches, of none, and of text that means harm. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createHash } from "node:crypto";
import { csvReader } from "../csv-rows.ts";
import { profileOf } from "../profile.ts";
import { htmlWriter } from "../report/html-writer.ts";
import type { ScanMatch } from "../scan-match.ts";
import { scanMatch, scanRule } from "../scan-match.testing.ts";
import { Tally } from "../tally.ts";
import { csvWriter } from "./csv-writer.ts";
import { jsonWriter } from "./json-writers.ts";
import { sarifWriter } from "./sarif-writer.ts";
import { tableWriter } from "./table-writer.ts";
import { columnsOf } from "./terminal.ts";
import type { ResultWriter, ScanOutcome, Write } from "./writer.ts";

const HOSTILE = `</td><script>alert(1)</script><img src=x onerror=alert(1)>"'\`&\u202e\u0000\u001b[31m=cmd|'/c calc'!A1`;

async function written(
  make: (write: Write, tally: Tally) => ResultWriter,
  matches: readonly ScanMatch[],
  different: Partial<ScanOutcome> = {},
): Promise<string> {
  let text = "";
  const tally = new Tally();
  for (const match of matches) tally.add(match);
  const writer = make((piece) => {
    text += piece;
    return Promise.resolve();
  }, tally);
  for (const match of matches) await writer.match(match);
  await writer.end({
    files: 1,
    records: 10,
    bytes: 1_000,
    rulesLoaded: 3,
    rulesSkipped: [],
    rulesFiltered: 0,
    rulesUnfed: [],
    errors: [],
    moreErrors: 0,
    tally,
    startedMs: Date.UTC(2026, 10, 22),
    elapsedMs: 1_500,
    workers: 2,
    interrupted: false,
    paths: ["logs"],
    rulePaths: ["rules"],
    version: "0.1.0",
    notes: [],
    ...different,
  });
  return text;
}

const ELEMENTS = new Set(
  "!doctype html head meta title style body main header section footer h1 h2 h3 p dl dt dd ul ol li div span strong b small br code figure details summary table thead tbody tr th td svg g rect line path text".split(
    " ",
  ),
);

const hostile = scanMatch({
  host: HOSTILE,
  user: HOSTILE,
  file: `logs/${HOSTILE}`,
  rule: scanRule({
    level: "critical",
    title: HOSTILE,
    description: HOSTILE,
    references: [HOSTILE],
    path: HOSTILE,
    tactics: [HOSTILE],
  }),
  fields: [{ field: HOSTILE, value: HOSTILE, pattern: HOSTILE, selection: HOSTILE }],
});
const trouble: Partial<ScanOutcome> = {
  errors: [{ path: HOSTILE, message: HOSTILE }],
  rulesSkipped: [{ path: HOSTILE, line: 3, column: 1, code: "YAML_INVALID", message: HOSTILE }],
  rulesUnfed: [scanRule({ title: HOSTILE, source: HOSTILE })],
  notes: [HOSTILE],
  paths: [HOSTILE],
};

test("html: text from logs and rules is only text, and the policy forbids everything else", async () => {
  const page = await written(htmlWriter, [hostile, hostile], trouble);
  const tags = page.match(/<[^>]*>/g) ?? [];
  const names = new Set(tags.map((tag) => /^<\/?([!a-z0-9]+)/.exec(tag)?.[1] ?? tag));
  assert.deepEqual(
    [...names].filter((name) => !ELEMENTS.has(name)),
    [],
  );
  for (const tag of tags) assert.doesNotMatch(tag, /\s(?:on\w+|src|srcset|href|action|style)\s*=/i);
  assert.doesNotMatch(page, /[\u0000\u001b\u202e]|url\(|@import/);
  const style = /<style>([^]*?)<\/style>/.exec(page)?.[1] ?? "";
  const digest = createHash("sha256").update(style).digest("base64");
  assert.ok(page.includes(`default-src 'none'; style-src 'sha256-${digest}'`));
  assert.ok(page.indexOf("Content-Security-Policy") < page.indexOf("<style>"));
  const opened = [...page.matchAll(/<(details|section|table|div|dl|ul|ol|svg|main)\b/g)].length;
  const closed = [...page.matchAll(/<\/(details|section|table|div|dl|ul|ol|svg|main)>/g)].length;
  assert.equal(opened, closed);
});

test("html: the answer comes first, counts are exact, and what is not shown is said", async () => {
  const many = Array.from({ length: 250 }, (_, i) =>
    scanMatch({ timeMs: Date.UTC(2026, 2, 2) + i * 60_000, host: `h${i % 3}` }),
  );
  const grave = scanMatch({
    rule: scanRule({ index: 1, level: "critical", title: "Grave" }),
    timeMs: Date.UTC(2026, 2, 3),
  });
  const page = await written(htmlWriter, [...many, grave], { rulesSkipped: trouble.rulesSkipped ?? [] });
  assert.match(page, /<h1>1 critical match on 4 hosts<\/h1>/);
  assert.match(page, /It is not complete:<\/strong> 1 rule could not be loaded/);
  assert.match(page, /100 of 250 matches are shown/);
  const bars = [...page.matchAll(/<title>[^<]*?: ((?:[\d,]+ \w+(?:, )?)+)<\/title>/g)].map(([, words]) => words ?? "");
  const counted = bars.flatMap((words) => [...words.matchAll(/(\d+) (?:critical|medium)/g)].map(([, n]) => Number(n)));
  assert.equal(
    counted.reduce((sum, n) => sum + n, 0),
    251,
  );
});

test("html: nothing found is a report too, and no promise", async () => {
  const page = await written(htmlWriter, []);
  assert.match(page, /<h1>No rule matched<\/h1>/);
  assert.match(page, /no proof that nothing happened/);
});

test("csv: one row a match, and no cell that a spreadsheet would run", async () => {
  const formulas = ["=1+1", "+1", "-1", "@x", "\t=1"].map((value) =>
    scanMatch({ host: value, fields: [{ field: "=A", value, pattern: "", selection: "" }] }),
  );
  const text = await written((write) => csvWriter(write, profileOf("standard")), [...formulas, hostile]);
  const reader = csvReader(() => assert.fail("rows and header differ"));
  const rows = [...reader.push(text), ...reader.end()].map(({ json }) => JSON.parse(json) as Record<string, string>);
  assert.equal(rows.length, 6);
  for (const row of rows) for (const cell of Object.values(row)) assert.doesNotMatch(cell, /^[=+\-@\t\r]/);
  assert.equal(rows[5]?.["user"], HOSTILE);
  assert.match(
    await written((write) => csvWriter(write, profileOf("minimal")), []),
    /^time,level,host,rule_title\r\n$/,
  );
});

test("json: one document with and without matches; columns can be any field", async () => {
  const event = { Image: "C:\\x.exe", Nested: { Deep: 7 } };
  const text = await written(
    (write) => jsonWriter(write, profileOf("time,image,Nested.Deep,Absent")),
    [scanMatch({ event })],
  );
  const { matches, summary } = JSON.parse(text) as {
    matches: Record<string, unknown>[];
    summary: Record<string, unknown>;
  };
  assert.deepEqual(
    [matches[0]?.["image"], matches[0]?.["Nested.Deep"], matches[0]?.["Absent"]],
    ["C:\\x.exe", 7, null],
  );
  assert.equal(summary["matches"], 1);
  assert.deepEqual(JSON.parse(await written((write) => jsonWriter(write, profileOf("verbose")), [])).matches, []);
});

test("sarif: the required members, every index right, lines only where there are lines", async () => {
  const other = scanMatch({ rule: scanRule({ index: 4, id: "other", level: "low" }), file: "x y/é.evtx", record: 12 });
  const text = await written(sarifWriter, [scanMatch(), other, scanMatch({ file: "/abs/a.ndjson" }), hostile], trouble);
  const log = JSON.parse(text) as {
    version: string;
    runs: {
      tool: { driver: { name: string; rules: { id: string; defaultConfiguration: { level: string } }[] } };
      results: {
        ruleId: string;
        ruleIndex: number;
        level: string;
        message: { text: string };
        locations: { physicalLocation: { artifactLocation: { uri: string }; region?: { startLine: number } } }[];
      }[];
      invocations: { executionSuccessful: boolean; toolConfigurationNotifications: unknown[] }[];
    }[];
  };
  const [run] = log.runs;
  assert.ok(run);
  assert.equal(log.version, "2.1.0");
  for (const result of run.results) {
    assert.equal(run.tool.driver.rules[result.ruleIndex]?.id, result.ruleId);
    assert.ok(["none", "note", "warning", "error"].includes(result.level) && result.message.text !== "");
    const uri = result.locations[0]?.physicalLocation.artifactLocation.uri ?? "";
    assert.ok(URL.canParse(uri, "file:///base/") && !/[\s<>"]/.test(uri), uri);
  }
  const regions = run.results.map(({ locations }) => locations[0]?.physicalLocation.region?.startLine);
  assert.deepEqual(regions, [7, undefined, 7, 7]);
  assert.equal(run.results[1]?.locations[0]?.physicalLocation.artifactLocation.uri, "x%20y/%C3%A9.evtx");
  assert.equal(run.invocations[0]?.executionSuccessful, false);
  assert.equal(run.invocations[0]?.toolConfigurationNotifications.length, 1);
});

test("table: rows fit the terminal whatever is in them, and nothing in them reaches it", async () => {
  const wide = scanMatch({ host: "主机".repeat(30), rule: scanRule({ title: "长".repeat(60) }) });
  for (const width of [30, 60, 80, 120, 200]) {
    const screen = { width, colour: false };
    const make = (write: Write): ResultWriter =>
      tableWriter({ write, profile: profileOf("standard"), screen, summaryOnly: false, timeline: true });
    const text = await written(make, [scanMatch(), wide, hostile]);
    const rows = text.split("\n").slice(0, 4);
    for (const row of rows) assert.ok(columnsOf(row) <= width, `${columnsOf(row)} > ${width}: ${row}`);
    assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u202e]/);
  }
});

test("table: colours only where the stream takes them; sums by rule, host and tactic; troubles at the end", async () => {
  const make =
    (colour: boolean) =>
    (write: Write): ResultWriter =>
      tableWriter({
        write,
        profile: profileOf("minimal"),
        screen: { width: 100, colour },
        summaryOnly: true,
        timeline: false,
      });
  const plain = await written(make(false), [scanMatch(), scanMatch({ host: "pc8" })], trouble);
  const coloured = await written(make(true), [scanMatch()]);
  assert.doesNotMatch(plain, /\u001b/);
  assert.match(coloured, /\u001b\[/);
  assert.match(plain, /^Rules\nlevel +matches +hosts .*\nmedium +2 +2 /m);
  assert.match(plain, /^Hosts\n.*\npc7 +1 /m);
  assert.match(plain, /^ATT&CK\nExecution .* 2 +T1059$/m);
  assert.match(plain, /^Not read \(1\)\n/m);
  assert.match(plain, /^Rules not loaded \(1\)\n.*:3:1: .*\[YAML_INVALID\]$/m);
  assert.match(plain, /^2 matches: 2 medium\.$/m);
});

test("a profile that is none is refused with the ones there are", () => {
  assert.throws(() => profileOf("everything"), /Profiles: minimal, standard, verbose/);
  assert.deepEqual(profileOf("time, Image").carry, ["Image"]);
});
