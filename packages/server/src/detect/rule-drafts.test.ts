/** rule-drafts: texts that do not load are kept with their findings, and nothing that matches sees them, on a real PostgreSQL. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ruleDraftRoutes } from "@holdfast/contracts/rule-drafts";
import { isAppError } from "../platform/errors/index.ts";
import { callerOf, linuxRule, openTestArea, type TestArea } from "./area.testing.ts";
import type { Detect } from "./create.ts";

const [NORA, OLE] = [callerOf("nora"), callerOf("ole")];
let area: TestArea;
let detect: Detect;
before(async () => {
  area = await openTestArea();
  detect = area.make({ paths: [] });
  await detect.start();
});
after(async () => {
  await area.close();
});

const BROKEN =
  "title: Half a rule\nlogsource: { product: linux }\ndetection:\n  s: { message|contanes: x }\n  condition: s\n";
const create = (text: string, rule?: string) =>
  detect.drafts.createRuleDraft({ params: {}, query: {}, body: { text, note: "", ...(rule && { rule }) } }, NORA);
const list = async (rule?: string) =>
  (await detect.drafts.listRuleDrafts({ params: {}, query: rule === undefined ? {} : { rule }, body: {} }, NORA)).items;
const code = (expected: string) => (error: unknown) => isAppError(error) && error.code === expected;

test("a text that does not load is kept with what is wrong and where, and is no rule", async () => {
  const { version } = detect.rules();
  const made = await create(BROKEN);
  ruleDraftRoutes.createRuleDraft.response.parse(made);
  assert.deepEqual([made.title, made.ruleId, made.version, made.by, made.errors], ["Half a rule", null, 1, "nora", 1]);
  const [wrong] = made.findings.filter(({ severity }) => severity === "error");
  assert.deepEqual([wrong?.code, wrong?.line], ["MODIFIER_UNKNOWN", 4]);
  const nothing = await create("no: [yaml");
  assert.deepEqual([nothing.title, nothing.errors > 0], ["Without a title", true]);
  assert.equal(detect.rules().version, version);
  assert.equal(detect.health().problems, 0);
  assert.deepEqual((await list()).map(({ id }) => id).sort(), [made.id, nothing.id].sort());
  const [entry] = await area.audit.list({ limit: 1 });
  assert.deepEqual([entry?.action, entry?.target], ["rule.drafted", nothing.id]);
});

test("a rule stays in force with its text while its next one is a draft; two who edit it hear of each other", async () => {
  const body = { text: linuxRule("", "gamma"), state: "live", note: "" } as const;
  const rule = await detect.editing.createRule({ params: {}, query: {}, body }, NORA);
  const broken = rule.text.replace("condition:", "conditions:");
  const draft = await create(broken, rule.id);
  assert.deepEqual(
    (await list(rule.id)).map(({ id, errors }) => [id, errors > 0]),
    [[draft.id, true]],
  );
  const standing = await detect.routes.getRule({ params: { id: rule.id }, query: {}, body: {} }, NORA);
  assert.deepEqual([standing.text, standing.version, standing.state], [rule.text, 1, "live"]);
  const params = { id: draft.id };
  const save = (text: string, version: number, caller = OLE) =>
    detect.drafts.saveRuleDraft({ params, query: {}, body: { text, version, note: "mended" } }, caller);
  const mended = await save(rule.text.replace("gamma", "delta"), 1);
  assert.deepEqual([mended.errors, mended.version, mended.by], [0, 2, "ole"]);
  await assert.rejects(save(broken, 1, NORA), code("DETECT_DRAFT_CONFLICT"));
  await detect.drafts.deleteRuleDraft({ params, query: {}, body: {} }, NORA);
  assert.deepEqual(await list(rule.id), []);
  await assert.rejects(save(broken, 2), code("DETECT_DRAFT_UNKNOWN"));
  await assert.rejects(create(BROKEN, "gone"), code("DETECT_RULE_UNKNOWN"));
});
