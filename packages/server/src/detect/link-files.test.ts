/** link-files.test: placeholder lists and pipelines of the settings reach the stream, the editor and back-tests alike; what is wrong
 *  in one of these files is a problem with its place and stops nothing; a changed list is in force at once. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { authoringRoutes, trialEvent } from "@holdfast/contracts/authoring";
import { backtestRoutes } from "@holdfast/contracts/backtest";
import { callerOf, lineEvent, openTestArea, storeLine, type TestArea } from "./area.testing.ts";
import type { Detect } from "./create.ts";
import { createMatcher, type Matcher } from "./matcher.ts";

const NORA = callerOf("nora");
const LINE = "Nov 22 07:00:00 web-01 sshd[411]: Accepted publickey for eve from 203.0.113.9 port 40000 ssh2";
const rule = (id: string, item: string): string => `title: Rule ${id}
id: ${id}
logsource: { product: linux }
detection:
  selection: { ${item} }
  condition: selection
`;
const LISTED = rule("listed", "message|contains|expand: 'for %watched% from'");
const MAPPED = rule("mapped", "spoken|contains: publickey");
const MAP =
  "name: Our names\npriority: 10\ntransformations:\n  - { type: field_name_mapping, mapping: { spoken: message } }\n";
const BROKEN =
  "name: Half done\npriority: 20\ntransformations:\n  - type: drop_detection_item\n  - type: turn_around\n";

let area: TestArea;
let folder: string;
let detect: Detect;
let matcher: Matcher;

before(async () => {
  area = await openTestArea();
  folder = mkdtempSync(join(tmpdir(), "holdfast links "));
  for (const name of ["rules", "pipelines"]) mkdirSync(join(folder, name));
  writeFileSync(join(folder, "rules", "listed.yml"), LISTED);
  writeFileSync(join(folder, "rules", "mapped.yml"), MAPPED);
  writeFileSync(join(folder, "pipelines", "a-broken.yml"), BROKEN);
  writeFileSync(join(folder, "pipelines", "map.yml"), MAP);
  writeFileSync(join(folder, "lists.yml"), "vars:\n  watched: [eve, mallory]\n  odd: { a: b }\n");
  detect = area.make({
    paths: [join(folder, "rules")],
    pipelines: [join(folder, "pipelines"), join(folder, "nowhere")],
    placeholders: join(folder, "lists.yml"),
  });
  matcher = createMatcher({ now: () => area.clock.now() });
  // As it comes to another thread.
  detect.onRulesChanged((load) => void matcher.load(structuredClone(load)));
  await detect.start();
});
after(async () => {
  await area?.close();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

const problems = async () => (await detect.routes.listRuleProblems({ params: {}, query: {}, body: {} }, NORA)).items;
const matchedBy = (message: string): string[] =>
  matcher
    .match(lineEvent(message))
    .map(({ ruleId }) => ruleId)
    .sort();

test("a rule with a list and one in names of its own match in the stream, and are found in what is stored", async () => {
  const signals = await storeLine(area, matcher, { id: "1", text: LINE, receivedMs: area.clock.now() });
  assert.deepEqual(signals.map(({ ruleId }) => ruleId).sort(), ["listed", "mapped"]);
  assert.deepEqual(matchedBy("Accepted password for ida from 203.0.113.9"), []);
  for (const tested of [{ ruleId: "listed" }, { ruleId: "mapped" }, { text: LISTED }, { text: MAPPED }]) {
    const body = backtestRoutes.backtestRule.body.parse({ ...tested, from: "now-30d" });
    const answer = await detect.backtest.backtestRule({ params: {}, query: {}, body }, NORA);
    assert.equal(answer.total, 1, JSON.stringify(tested));
  }
});

test("the editor checks and tries a text with the same lists and names", async () => {
  for (const [id, text] of [
    ["listed", LISTED],
    ["mapped", MAPPED],
  ] as const) {
    const checked = await detect.authoring.checkRule({ params: {}, query: {}, body: { text, id } }, NORA);
    assert.deepEqual([checked.ok, checked.rule?.kind], [true, "detection"], JSON.stringify(checked.findings));
    const event = trialEvent.parse({ kind: "record", text: LINE });
    const answer = await detect.authoring.testRule({ params: {}, query: {}, body: { text, event } }, NORA);
    assert.equal(authoringRoutes.testRule.response.parse(answer).matched, true, id);
  }
  const text = LISTED.replace("watched", "nobody");
  const unlisted = await detect.authoring.checkRule({ params: {}, query: {}, body: { text, id: "listed" } }, NORA);
  assert.ok(unlisted.findings.some(({ code }) => code === "PLACEHOLDER_UNSUPPORTED"));
});

test("a broken pipeline, a folder that is not there and a wrong list are problems with their place", async () => {
  const found = (await problems()).map(({ path, line, code }) => [path, line, code]);
  assert.deepEqual(found, [
    ["", 1, "FILE_UNREADABLE"],
    ["a-broken.yml", 5, "TRANSFORMATION_UNSUPPORTED"],
    ["lists.yml", 3, "PLACEHOLDERS_INVALID"],
  ]);
  const [missing, , list] = await problems();
  assert.match(missing?.message ?? "", /nowhere does not exist: correct rules\.pipelines/);
  assert.match(list?.message ?? "", /"odd" is no list/);
});

test("a changed list and a mended pipeline are seen, change the version, and reach the stream", async () => {
  const first = detect.rules().version;
  writeFileSync(join(folder, "lists.yml"), "watched: [ida]\n");
  writeFileSync(join(folder, "pipelines", "a-broken.yml"), MAP);
  await until(async () => (await problems()).length === 1);
  assert.notEqual(detect.rules().version, first);
  assert.deepEqual(matchedBy("Accepted publickey for ida from 203.0.113.9"), ["listed", "mapped"]);
  assert.deepEqual(matchedBy("Accepted publickey for eve from 203.0.113.9"), ["mapped"]);
  rmSync(join(folder, "pipelines"), { recursive: true });
  await detect.routes.reloadRules({ params: {}, query: {}, body: {} }, NORA);
  assert.deepEqual(matchedBy("Accepted publickey for ida from 203.0.113.9"), ["listed"]);
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let n = 0; n < 400 && !(await holds()); n += 1) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.ok(await holds(), "The change was never seen.");
}
