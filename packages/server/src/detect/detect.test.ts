/** detect.test: rules on disk: loading, hot reload by watch and by poll, bad files with their line, state over a restart, counts. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, afterEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { detectRoutes } from "@holdfast/contracts/detect";
import { createNormaliser, EVENT_DEFAULTS } from "@holdfast/sdk";
import { sql } from "drizzle-orm";
import { type AuditLog, createAuditLog } from "../platform/audit-log/index.ts";
import { systemClock } from "../platform/clock/index.ts";
import type { OpenEvents } from "../platform/events/index.ts";
import { openTestEvents } from "../platform/events/testing.ts";
import type { CallContext } from "../platform/http-contract.ts";
import { silentLog } from "../platform/log/index.ts";
import { loadMigrations } from "../platform/tables/index.ts";
import { openTestTables, type TestTables } from "../platform/tables/testing.ts";
import { createDetect, type Detect } from "./create.ts";
import { createMatcher } from "./matcher.ts";

const NORA: CallContext = {
  actor: { kind: "user", id: "u1", name: "nora" },
  role: "analyst",
  team: "security",
  permissions: new Set(),
  sessionId: null,
  session: null,
  ip: "127.0.0.1",
  signal: new AbortController().signal,
  setSessionCookie: () => {},
};
const ruleText = (id: string, word: string) => `title: Rule ${word}
id: ${id}
level: high
logsource: { product: linux }
detection:
  selection: { message|contains: ${word} }
  condition: selection
`;

let store: TestTables;
let events: OpenEvents;
let audit: AuditLog;
let folder: string;
let detect: Detect;
const open: Detect[] = [];

before(async () => {
  const migrations = loadMigrations().filter(({ id }) => /^(?:0001-platform|005\d-.*)$/.test(id));
  [store, events] = await Promise.all([openTestTables(migrations), openTestEvents()]);
  audit = createAuditLog({ tables: store.tables, clock: systemClock });
});
after(async () => {
  await Promise.all([store?.close(), events?.close()]);
});
beforeEach(async () => {
  await store.tables.db.execute(sql`truncate rule_state`);
  folder = mkdtempSync(join(tmpdir(), "holdfast rules "));
  mkdirSync(join(folder, "linux"));
  writeFileSync(join(folder, "linux", "alpha.yml"), ruleText("a1", "alpha"));
  writeFileSync(join(folder, "linux", "beta.yml"), ruleText("b1", "beta"));
  writeFileSync(join(folder, "linux", "beta.cases.yml"), "- not a rule");
  detect = make({ paths: [folder] });
  await detect.start();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.stop()));
  rmSync(folder, { recursive: true, force: true });
});

function make(options: { paths: string[]; starter?: string; pollMs?: number }): Detect {
  const { starter, ...rest } = options;
  const made = createDetect({
    tables: store.tables,
    events: events.store,
    clock: systemClock,
    log: silentLog,
    audit,
    starter,
    normalise: createNormaliser([]),
    signalsOfAlert: async () => [],
    sourceNames: async () => new Map(),
    ...rest,
  });
  open.push(made);
  return made;
}

const list = (query: object = {}) =>
  detect.routes.listRules({ params: {}, query: detectRoutes.listRules.query.parse(query), body: {} }, NORA);
const problems = async () => (await detect.routes.listRuleProblems({ params: {}, query: {}, body: {} }, NORA)).items;
const changed = () => new Promise<void>((resolve) => void detect.onRulesChanged(() => resolve()));
const event = (message: string) => ({
  eventId: "7",
  columns: { ...EVENT_DEFAULTS, time_ms: 1000, host: "h", message },
  fields: { message },
  logsource: { product: "linux" },
  text: message,
});

test("loads folders recursively, leaves cases out, and hands the set to a matcher", async () => {
  const { items, version } = await list();
  assert.deepEqual(
    items.map((rule) => [rule.id, rule.path, rule.pack, rule.enabled]),
    [
      ["a1", "linux/alpha.yml", folder, true],
      ["b1", "linux/beta.yml", folder, true],
    ],
  );
  assert.equal(version, detect.rules().version);
  const matcher = createMatcher();
  assert.deepEqual(matcher.load(detect.rules()), { rules: 2 });
  const [signal, ...more] = matcher.match(event("an alpha here"));
  assert.equal(more.length, 0);
  assert.deepEqual(
    [signal?.ruleId, signal?.level, signal?.fields[0]?.field, signal?.entity],
    ["a1", "high", "message", { kind: "host", value: "h" }],
  );
  assert.deepEqual(matcher.match(event("an alpha here"))[0]?.id, signal?.id);
});

test("a bad file is reported with its line and the others load; a second rule of the same id is reported", async () => {
  writeFileSync(
    join(folder, "bad.yml"),
    "title: Broken\nlogsource: { product: linux }\ndetection:\n  selection: { a: b }\n",
  );
  writeFileSync(join(folder, "zz.yml"), ruleText("a1", "again"));
  writeFileSync(join(folder, "syntax.yml"), "title: [unclosed\n");
  await detect.routes.reloadRules({ params: {}, query: {}, body: {} }, NORA);
  assert.equal((await list()).items.length, 2);
  const found = await problems();
  assert.deepEqual(found.map((problem) => problem.path).sort(), ["bad.yml", "syntax.yml", "zz.yml"]);
  const duplicate = found.find((problem) => problem.code === "ID_DUPLICATE");
  assert.deepEqual([duplicate?.path, duplicate?.line], ["zz.yml", 2]);
  assert.match(duplicate?.message ?? "", /linux\/alpha\.yml/);
  assert.ok(found.every((problem) => problem.line >= 1 && problem.message.length > 10));
});

test("a folder that does not exist is a problem that says what to do", async () => {
  detect = make({ paths: [join(folder, "nowhere"), folder] });
  await detect.start();
  assert.equal((await list()).items.length, 2);
  assert.match((await problems())[0]?.message ?? "", /nowhere does not exist: correct rules\.paths/);
});

test("a changed, added or removed file is loaded by itself", async () => {
  const first = detect.rules().version;
  let next = changed();
  writeFileSync(join(folder, "linux", "gamma.yml.tmp"), ruleText("g1", "gamma"));
  renameSync(join(folder, "linux", "gamma.yml.tmp"), join(folder, "linux", "gamma.yml"));
  await next;
  assert.deepEqual(
    (await list()).items.map((rule) => rule.id),
    ["a1", "b1", "g1"],
  );
  next = changed();
  rmSync(join(folder, "linux", "gamma.yml"));
  await next;
  assert.equal(detect.rules().version, first);
});

test("without notifications the folders are looked at now and then", async () => {
  const late = join(folder, "later");
  detect = make({ paths: [late], pollMs: 50 });
  await detect.start();
  await new Promise((resolve) => setTimeout(resolve, 150));
  const next = changed();
  mkdirSync(late);
  writeFileSync(join(late, "a.yml"), ruleText("l1", "late"));
  await next;
  assert.deepEqual(
    (await list()).items.map((rule) => rule.id),
    ["l1"],
  );
});

test("a rule is switched off with a reason, audited, kept over a restart, and no longer matches", async () => {
  const next = changed();
  const off = await detect.routes.updateRule(
    { params: { id: "a1" }, query: {}, body: { enabled: false, reason: "too loud" } },
    NORA,
  );
  await next;
  assert.equal(off.enabled, false);
  assert.deepEqual(detect.rules().off, ["a1"]);
  assert.deepEqual([detect.health().loaded, detect.health().enabled], [2, 1]);
  const [entry] = await audit.list({ limit: 1 });
  assert.deepEqual([entry?.action, entry?.target, entry?.details["reason"]], ["rule.disabled", "a1", "too loud"]);
  const again = make({ paths: [folder] });
  await again.start();
  assert.deepEqual(again.rules().off, ["a1"]);
  const matcher = createMatcher();
  matcher.load(again.rules());
  assert.deepEqual(matcher.match(event("alpha")), []);
  await assert.rejects(detect.routes.getRule({ params: { id: "ghost" }, query: {}, body: {} }, NORA), {
    code: "DETECT_RULE_UNKNOWN",
  });
});

test("counts come from the signals: today, in total, per day; the list sorts and filters by them", async () => {
  const matcher = createMatcher();
  matcher.load(detect.rules());
  const now = Date.now();
  const line = (n: number, receivedMs: number): string => {
    const [signal] = matcher.match({ ...event("beta"), eventId: String(n) });
    assert.ok(signal !== undefined);
    return matcher.serialise(signal, { receivedMs, source: "test", class: "process_activity" });
  };
  const rows = line(1, now) + line(2, now - 1000) + line(3, now - 3 * 86_400_000);
  await events.store.insert({ table: "signals", ndjson: Buffer.from(rows), rows: 3, token: `counts-${now}` });
  detect = make({ paths: [folder] });
  await detect.start();
  const { items } = await list({ sort: "matches" });
  assert.deepEqual(
    items.map((rule) => [rule.id, rule.matches24h, rule.matchesTotal]),
    [
      ["b1", 2, 3],
      ["a1", 0, 0],
    ],
  );
  const detail = await detect.routes.getRule({ params: { id: "b1" }, query: {}, body: {} }, NORA);
  assert.equal(detail.perDay.length, 14);
  assert.equal(
    detail.perDay.reduce((sum, n) => sum + n, 0),
    3,
  );
  detectRoutes.getRule.response.parse(detail);
  assert.deepEqual(
    (await list({ q: "ALPHA rule" })).items.map((rule) => rule.id),
    ["a1"],
  );
  const page = await list({ limit: 1 });
  assert.equal(page.next, "1");
  assert.deepEqual(
    (await list({ limit: 1, cursor: "1" })).items.map((rule) => rule.id),
    ["b1"],
  );
});

test("the starter pack loads without a problem", async () => {
  const starter = fileURLToPath(new URL("../../../content/src/rules", import.meta.url));
  detect = make({ paths: [], starter });
  await detect.start();
  assert.deepEqual(await problems(), []);
  assert.ok(detect.health().loaded >= 60, `${detect.health().loaded} rules`);
  assert.equal((await list({ limit: 1 })).items[0]?.pack, "starter");
});
