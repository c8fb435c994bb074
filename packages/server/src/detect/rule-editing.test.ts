/** rule-editing.test: rules written by people: versions, overrides, conflicts, deletion and return, states, and what workers get. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { detectRoutes } from "@holdfast/contracts/detect";
import { editingRoutes } from "@holdfast/contracts/editing";
import { sql } from "drizzle-orm";
import { isAppError } from "../platform/errors/index.ts";
import { callerOf, lineEvent, linuxRule, openTestArea, type TestArea } from "./area.testing.ts";
import type { Detect } from "./create.ts";
import { createMatcher } from "./matcher.ts";

const [NORA, OLE] = [callerOf("nora"), callerOf("ole")];
let area: TestArea;
let folder: string;
let detect: Detect;

before(async () => {
  area = await openTestArea();
});
after(async () => {
  await area?.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  await area.store.tables.db.execute(sql`truncate rule_state, rule_text, detect_version`);
  folder = mkdtempSync(join(tmpdir(), "holdfast edits "));
  mkdirSync(join(folder, "linux"));
  writeFileSync(join(folder, "linux", "alpha.yml"), linuxRule("a1", "alpha"));
  detect = area.make({ paths: [folder] });
  await detect.start();
});

const create = (text: string, state: "draft" | "test" | "live" = "live", caller = NORA) =>
  detect.editing.createRule({ params: {}, query: {}, body: { text, state, note: "first" } }, caller);
const save = (id: string, text: string, version: number, caller = NORA) =>
  detect.editing.saveRule({ params: { id }, query: {}, body: { text, version, note: "" } }, caller);
const get = (id: string) => detect.routes.getRule({ params: { id }, query: {}, body: {} }, NORA);
const versions = async (id: string) =>
  (await detect.editing.listRuleVersions({ params: { id }, query: {}, body: {} }, NORA)).items;
const outcomes = (message: string): string[] => {
  const matcher = createMatcher();
  matcher.load(detect.rules());
  return matcher.match(lineEvent(message)).map((signal) => `${signal.ruleId} ${signal.outcome}`);
};
const code = (expected: string) => (error: unknown) => isAppError(error) && error.code === expected;

test("a rule written here is given an id, is matched at once, kept over a restart and audited", async () => {
  const made = await create(linuxRule("", "gamma"));
  editingRoutes.createRule.response.parse(made);
  assert.match(made.id, /^[0-9a-f-]{36}$/);
  assert.match(made.text, new RegExp(`^id: ${"[0-9a-f-]{36}"}\ntitle: Rule gamma\n`));
  assert.deepEqual([made.pack, made.version, made.state, made.override], ["custom", 1, "live", null]);
  assert.deepEqual([made.edited?.by, made.edited?.note], ["nora", "first"]);
  assert.deepEqual(outcomes("a gamma here"), [`${made.id} alert`]);
  const [entry] = await area.audit.list({ limit: 1 });
  assert.deepEqual([entry?.action, entry?.target], ["rule.created", made.id]);
  const again = area.make({ paths: [folder] });
  await again.start();
  assert.equal(again.rules().version, detect.rules().version);
});

test("a text that does not load is refused with its line, and nothing changes", async () => {
  const before = detect.rules().version;
  const bad = linuxRule("", "gamma").replace("condition: selection", "condition: selektion");
  await assert.rejects(create(bad), (error) => {
    assert.ok(isAppError(error));
    assert.equal(error.code, "DETECT_RULE_INVALID");
    assert.match(error.message, /line 6.*selektion/);
    return Array.isArray(error.details["findings"]);
  });
  await assert.rejects(create(linuxRule("a1", "gamma")), code("DETECT_RULE_INVALID"));
  await assert.rejects(create(`${linuxRule("", "x")}---\n${linuxRule("", "y")}`), code("DETECT_RULE_INVALID"));
  await assert.rejects(save("a1", linuxRule("a2", "gamma"), 0), code("DETECT_RULE_INVALID"));
  assert.equal(detect.rules().version, before);
});

test("ids and titles that no store holds are refused here, and made harmless when they come from a file", async () => {
  for (const id of ['"a\\0b"', '"\\ud800"', "'über'", `x${"y".repeat(200)}`])
    await assert.rejects(create(linuxRule("", "gamma").replace("title:", `id: ${id}\ntitle:`)), (error) => {
      assert.ok(isAppError(error));
      return /ID_INVALID|YAML_INVALID/.test(JSON.stringify(error.details["findings"]));
    });
  const strange = linuxRule("", "gamma").replace("title: Rule gamma", 'title: "a\\0b"');
  await assert.rejects(create(strange), code("DETECT_RULE_INVALID"));
  const matcher = createMatcher();
  const text = strange.replace("title:", 'id: "x\\0y"\ntitle:').replaceAll("selection", '"s\\0"');
  matcher.load({
    version: "1",
    files: [{ pack: "t", path: "t.yml", text }],
    off: [],
    links: { pipelines: [], placeholders: [] },
    test: [],
    exceptions: [],
  });
  const signals = matcher.match(lineEvent("gamma"));
  assert.deepEqual(
    signals.map(({ ruleId, ruleTitle }) => [ruleId, ruleTitle]),
    [["x\ufffdy", "a\ufffdb"]],
  );
  assert.doesNotMatch(JSON.stringify(signals), /\\u0000/);
});

test("two people who edit at once: the second hears who was first and what stands now", async () => {
  const { id } = await create(linuxRule("", "gamma"));
  await save(id, linuxRule(id, "delta"), 1, OLE);
  const mine = { params: { id }, query: {}, body: { text: linuxRule(id, "epsilon") } };
  const { version, diff } = await detect.editing.compareRule(mine, NORA);
  const changed = diff.filter(({ kind }) => kind !== "same").map(({ kind, text }) => `${kind} ${text.trim()}`);
  assert.equal(version, 2);
  assert.ok(
    changed.some((line) => /^removed .*delta/.test(line)) && changed.some((line) => /^added .*epsilon/.test(line)),
  );
  await assert.rejects(save(id, linuxRule(id, "epsilon"), 1, NORA), (error) => {
    assert.ok(isAppError(error));
    assert.deepEqual(
      [error.code, error.status, error.details["by"], error.details["version"]],
      ["DETECT_RULE_CONFLICT", 409, "ole", 2],
    );
    return /ole changed this rule at .*version 2.*version 1/.test(error.message);
  });
  assert.match((await get(id)).text, /delta/);
  const race = await Promise.allSettled([
    save(id, linuxRule(id, "zeta"), 2, OLE),
    save(id, linuxRule(id, "eta"), 2, NORA),
    save("a1", linuxRule("a1", "zeta"), 0, OLE),
    save("a1", linuxRule("a1", "eta"), 0, NORA),
  ]);
  assert.deepEqual(race.map(({ status }) => status).sort(), ["fulfilled", "fulfilled", "rejected", "rejected"]);
  assert.deepEqual([(await get(id)).version, (await get("a1")).version], [3, 1]);
});

test("every version stands with who, when and why; two compare by lines; an older one comes back as a new one", async () => {
  const { id } = await create(linuxRule("", "gamma"));
  await save(id, linuxRule(id, "delta"), 1, OLE);
  const list = await versions(id);
  assert.deepEqual(
    list.map((entry) => [entry.version, entry.change, entry.by, entry.added, entry.removed, entry.current]),
    [[2, "edited", "ole", 2, 2, true].map((value) => value), [1, "created", "nora", 7, 0, false]],
  );
  const shown = await detect.editing.getRuleVersion({ params: { id, version: 2 }, query: {}, body: {} }, NORA);
  assert.equal(shown.against, 1);
  assert.deepEqual(
    shown.diff.filter((line) => line.kind !== "same" && line.text.includes("selection")),
    [
      { kind: "removed", text: "  selection: { message|contains: gamma }", before: 6, after: null },
      { kind: "added", text: "  selection: { message|contains: delta }", before: null, after: 6 },
    ],
  );
  const back = await detect.editing.restoreRuleVersion(
    { params: { id, version: 1 }, query: {}, body: { version: 2, note: "" } },
    NORA,
  );
  assert.deepEqual([back.version, back.title], [3, "Rule gamma"]);
  assert.deepEqual(outcomes("gamma delta"), [`${id} alert`]);
  assert.deepEqual([(await versions(id))[0]?.change, (await versions(id))[0]?.note], ["restored", "version 1 again"]);
  await assert.rejects(
    detect.editing.getRuleVersion({ params: { id, version: 9 }, query: {}, body: {} }, NORA),
    code("DETECT_VERSION_UNKNOWN"),
  );
});

test("an edit of a file's rule stands in for it, says when the file changes, and can be dropped", async () => {
  const edited = await save("a1", linuxRule("a1", "omega"), 0);
  assert.deepEqual([edited.pack, edited.path, edited.version, edited.overridden], [folder, "linux/alpha.yml", 1, true]);
  assert.equal(edited.override?.fileChanged, false);
  assert.deepEqual([outcomes("an alpha"), outcomes("an omega")], [[], ["a1 alert"]]);
  const { items } = await detect.routes.listRuleProblems({ params: {}, query: {}, body: {} }, NORA);
  assert.deepEqual(items, [], "the file's rule is no double");
  assert.deepEqual(
    (await versions("a1")).map((entry) => [entry.version, entry.change, entry.by]),
    [
      [1, "edited", "nora"],
      [0, "file", folder],
    ],
  );
  writeFileSync(join(folder, "linux", "alpha.yml"), linuxRule("a1", "alpha2"));
  await detect.routes.reloadRules({ params: {}, query: {}, body: {} }, NORA);
  const changed = (await get("a1")).override;
  assert.equal(changed?.fileChanged, true);
  assert.match(changed?.baseText ?? "", /contains: alpha /);
  assert.match(changed?.fileText ?? "", /contains: alpha2 /);
  const deletion = detect.editing.deleteRule({ params: { id: "a1" }, query: { version: 1, note: "" }, body: {} }, NORA);
  await assert.rejects(deletion, code("DETECT_RULE_FROM_FILE"));
  const back = await detect.editing.revertRule(
    { params: { id: "a1" }, query: { version: 1, note: "" }, body: {} },
    NORA,
  );
  assert.deepEqual([back.override, back.overridden, back.version], [null, false, 2]);
  assert.deepEqual(outcomes("alpha2"), ["a1 alert"]);
  assert.deepEqual((await versions("a1"))[0]?.change, "reverted");
  const again = await save("a1", linuxRule("a1", "omega"), 2);
  assert.equal(again.version, 3);
  rmSync(join(folder, "linux", "alpha.yml"));
  await detect.routes.reloadRules({ params: {}, query: {}, body: {} }, NORA);
  assert.deepEqual([(await get("a1")).override, outcomes("omega")], [null, ["a1 alert"]]);
});

test("a deleted rule is matched no more, keeps its history and comes back", async () => {
  const { id } = await create(linuxRule("", "gamma"));
  await detect.editing.deleteRule({ params: { id }, query: { version: 1, note: "noise" }, body: {} }, OLE);
  await assert.rejects(get(id), code("DETECT_RULE_UNKNOWN"));
  assert.deepEqual(outcomes("gamma"), []);
  const gone = await detect.editing.listDeletedRules({ params: {}, query: {}, body: {} }, NORA);
  assert.deepEqual(
    gone.items.map((rule) => [rule.id, rule.version, rule.by]),
    [[id, 2, "ole"]],
  );
  assert.deepEqual(
    (await versions(id)).map((entry) => [entry.change, entry.note, entry.current]),
    [
      ["deleted", "noise", false],
      ["created", "first", false],
    ],
  );
  await detect.editing.restoreRuleVersion(
    { params: { id, version: 1 }, query: {}, body: { version: 2, note: "" } },
    NORA,
  );
  assert.deepEqual(outcomes("gamma"), [`${id} alert`]);
});

test("draft is not matched, test matches without alerts, off is not matched; enabled maps onto live and off", async () => {
  const { id } = await create(linuxRule("", "gamma"), "draft");
  const set = (
    body: { state: "draft" | "test" | "live" | "off"; reason: string } | { enabled: boolean; reason: string },
  ) => detect.routes.updateRule({ params: { id }, query: {}, body }, NORA);
  assert.deepEqual(outcomes("gamma"), []);
  const tested = await set({ state: "test", reason: "a look first" });
  detectRoutes.updateRule.response.parse(tested);
  assert.deepEqual([tested.state, tested.enabled, outcomes("gamma")], ["test", false, [`${id} test`]]);
  assert.equal((await get(id)).stateChange?.reason, "a look first");
  const [entry] = await area.audit.list({ limit: 1 });
  assert.deepEqual(
    [entry?.action, entry?.details["before"], entry?.details["reason"]],
    ["rule.test", "draft", "a look first"],
  );
  await set({ enabled: true, reason: "" });
  assert.deepEqual([(await get(id)).state, outcomes("gamma")], ["live", [`${id} alert`]]);
  await set({ enabled: false, reason: "" });
  assert.deepEqual([(await get(id)).state, outcomes("gamma")], ["off", []]);
  const list = await detect.routes.listRules(
    { params: {}, query: detectRoutes.listRules.query.parse({ state: "off", edited: "true", fed: "true" }), body: {} },
    NORA,
  );
  assert.deepEqual(
    list.items.map((rule) => rule.id),
    [id],
  );
  assert.deepEqual(list.states, { draft: 0, test: 0, live: 1, off: 1 });
  assert.deepEqual(
    list.packs.map(({ pack, rules }) => [pack, rules]),
    [
      ["custom", 1],
      [folder, 1],
    ],
  );
});

test("states from before there were four stay what they were", async () => {
  const { db } = area.store.tables;
  const { loadMigrations } = await import("../platform/tables/index.ts");
  const migration = loadMigrations().find(({ id }) => id === "0051-rule-states")?.sql ?? assert.fail();
  await db.execute(
    sql`create table old_state as select rule_id, changed_at, changed_by, reason, true as enabled from rule_state limit 0`,
  );
  await db.execute(sql`insert into old_state values ('on', now(), 'n', '', true), ('off', now(), 'n', '', false)`);
  await db.execute(sql.raw(migration.replaceAll("rule_state", "old_state")));
  const { rows } = await db.execute(sql`select rule_id, state from old_state order by rule_id`);
  assert.deepEqual(rows, [
    { rule_id: "off", state: "off" },
    { rule_id: "on", state: "live" },
  ]);
  await db.execute(sql`drop table old_state`);
});

test("one configured file is loaded like a folder, and a new file in its place is seen", async () => {
  const file = join(folder, "single.yml");
  writeFileSync(file, linuxRule("s1", "single"));
  const one = area.make({ paths: [file], pollMs: 60_000 });
  await one.start();
  const { items } = await one.routes.listRules(
    { params: {}, query: detectRoutes.listRules.query.parse({}), body: {} },
    NORA,
  );
  assert.deepEqual(
    items.map((rule) => [rule.id, rule.pack, rule.path]),
    [["s1", file, "single.yml"]],
  );
  const changed = new Promise<void>((resolve) => void one.onRulesChanged(() => resolve()));
  writeFileSync(`${file}.new`, linuxRule("s1", "changed"));
  const { renameSync } = await import("node:fs");
  renameSync(`${file}.new`, file);
  await changed;
  assert.match(one.rules().files[0]?.text ?? "", /changed/);
});
