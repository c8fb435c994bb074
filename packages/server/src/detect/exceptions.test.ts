/** exceptions.test: filters that hide matches: counted exactly, shown, ended by the clock, edited with history, proposed from a signal. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { exceptionRoutes } from "@holdfast/contracts/exceptions";
import { sql } from "drizzle-orm";
import { isAppError } from "../platform/errors/index.ts";
import { callerOf, lineEvent, linuxRule, openTestArea, storeLine, type TestArea } from "./area.testing.ts";
import type { Detect } from "./create.ts";
import { literal } from "./exception-proposal.ts";
import { createMatcher, type Matcher } from "./matcher.ts";
import type { Signal } from "./signal.ts";

const NORA = callerOf("nora");
const HOUR = 3_600_000;
const filter = (word: string, rules = "[a1]", id = ""): string => `title: Not ${word}
${id === "" ? "" : `id: ${id}\n`}logsource: { product: linux }
filter:
  rules: ${rules}
  selection: { message|contains: ${word} }
  condition: not selection
`;

let area: TestArea;
let folder: string;
let detect: Detect;
let matcher: Matcher;

before(async () => {
  area = await openTestArea();
});
after(async () => {
  await area?.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  await area.store.tables.db.execute(
    sql`truncate rule_state, rule_text, rule_exception, exception_count, detect_version`,
  );
  folder = mkdtempSync(join(tmpdir(), "holdfast exceptions "));
  writeFileSync(join(folder, "alpha.yml"), linuxRule("a1", "alpha"));
  writeFileSync(join(folder, "beta.yml"), linuxRule("b1", "alpha"));
  detect = area.make({ paths: [folder], apart: () => ["drill"] });
  const own = createMatcher({ now: () => area.clock.now() });
  matcher = own;
  detect.onRulesChanged((load) => void own.load(load));
  await detect.start();
});

const create = (text: string, expiresInMs: number | null = null) =>
  detect.exceptions.createException(
    {
      params: {},
      query: {},
      body: {
        text,
        owner: "ole",
        reason: "the backup does this",
        expiresAt: expiresInMs === null ? null : new Date(area.clock.now() + expiresInMs).toISOString(),
      },
    },
    NORA,
  );
const get = (id: string) => detect.exceptions.getException({ params: { id }, query: {}, body: {} }, NORA);
const list = async (query: object = {}) =>
  detect.exceptions.listExceptions(
    { params: {}, query: exceptionRoutes.listExceptions.query.parse(query), body: {} },
    NORA,
  );
const fates = (message: string): string[] =>
  matcher.match(lineEvent(message)).map(({ ruleId, outcome, hiddenBy }) => `${ruleId} ${outcome} ${hiddenBy}`.trim());
const code = (expected: string) => (error: unknown) => isAppError(error) && error.code === expected;

test("hides the matches of its rule only, and each is told from the others", async () => {
  const made = await create(filter("backup"));
  exceptionRoutes.createException.response.parse(made);
  assert.deepEqual(
    [made.state, made.owner, made.rules, made.all],
    ["active", "ole", [{ id: "a1", title: "Rule alpha", known: true }], false],
  );
  assert.deepEqual(fates("alpha backup"), [`a1 hidden ${made.id}`, "b1 alert"]);
  assert.deepEqual(fates("alpha"), ["a1 alert", "b1 alert"]);
  const [entry] = await area.audit.list({ limit: 1 });
  assert.deepEqual([entry?.action, entry?.details["owner"]], ["exception.created", "ole"]);
  assert.deepEqual(
    (await list({ rule: "b1" })).items.map(({ id }) => id),
    [],
  );
  assert.deepEqual(
    (await list({ rule: "a1", q: "BACKUP" })).items.map(({ id }) => id),
    [made.id],
  );
});

test("a title that no list could show is refused with the limit, where it stands, and said while one types", async () => {
  const text = filter("backup").replace(/title: .*/, `title: ${"long ".repeat(30).trim()}`);
  await assert.rejects(create(text), (error) => {
    assert.ok(isAppError(error));
    assert.deepEqual([error.code, error.status], ["DETECT_EXCEPTION_INVALID", 400]);
    assert.match(error.message, /line \d+, column 1: The title has 149 characters: shorten it to 120 at most/);
    return true;
  });
  const { ok, findings } = await detect.authoring.checkRule({ params: {}, query: {}, body: { text } }, NORA);
  assert.equal(ok, false);
  assert.deepEqual(
    findings.filter(({ code: found }) => found === "TITLE_TOO_LONG").map(({ severity }) => severity),
    ["error"],
  );
});

test("ends by itself when its time is over, without anything being loaded again", async () => {
  const made = await create(filter("backup"), HOUR);
  const { version } = detect.rules();
  area.clock.advance(HOUR - 1);
  assert.deepEqual(fates("alpha backup"), [`a1 hidden ${made.id}`, "b1 alert"]);
  area.clock.advance(1);
  assert.deepEqual(fates("alpha backup"), ["a1 alert", "b1 alert"]);
  assert.equal(detect.rules().version, version);
  assert.equal((await get(made.id)).state, "expired");
  const longer = new Date(area.clock.now() + HOUR).toISOString();
  const body = { version: 1, expiresAt: longer, note: "one more hour" };
  await detect.exceptions.saveException({ params: { id: made.id }, query: {}, body }, NORA);
  assert.deepEqual(fates("alpha backup")[0], `a1 hidden ${made.id}`);
  const past = { version: 2, expiresAt: new Date(area.clock.now() - 1).toISOString(), note: "" };
  await assert.rejects(
    detect.exceptions.saveException({ params: { id: made.id }, query: {}, body: past }, NORA),
    code("DETECT_EXCEPTION_INVALID"),
  );
});

test("counts exactly what it hid, and shows it, also after it is deleted", async () => {
  const made = await create(filter("backup"));
  const signals: Signal[] = [];
  for (let n = 0; n < 25; n += 1) {
    const text = `Nov 22 07:00:00 web-01 cron[1]: alpha ${n % 5 === 0 ? "backup" : "other"} ${n}`;
    signals.push(...(await storeLine(area, matcher, { id: `90${n}`, text, receivedMs: area.clock.now() - n })));
  }
  // What an exercise sent raises and is hidden, and is in none of the numbers.
  for (const [n, word] of ["backup", "other"].entries()) {
    const text = `Nov 22 07:00:00 web-01 cron[1]: alpha ${word}`;
    await storeLine(area, matcher, { id: `99${n}`, text, receivedMs: area.clock.now(), source: "drill" });
  }
  await area.store.tables.transaction((tx) => detect.countHidden(tx, signals));
  const shown = await get(made.id);
  exceptionRoutes.getException.response.parse(shown);
  assert.deepEqual([shown.hiddenTotal, shown.hidden24h], [5, 5]);
  assert.equal(shown.lastHiddenAt, new Date(area.clock.now()).toISOString());
  assert.equal(shown.perDay.at(-1), 5);
  const rule = await detect.routes.getRule({ params: { id: "a1" }, query: {}, body: {} }, NORA);
  assert.deepEqual(
    [rule.matches24h, rule.hidden24h, rule.hiddenPerDay.at(-1), rule.exceptions],
    [20, 5, 5, 1],
    "hidden matches are not among those that raised alerts",
  );
  await detect.exceptions.deleteException({ params: { id: made.id }, query: { version: 1, note: "" }, body: {} }, NORA);
  assert.deepEqual(fates("alpha backup"), ["a1 alert", "b1 alert"]);
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const query = { limit: 2, ...(cursor === undefined ? {} : { cursor }) };
    const page = await detect.exceptions.listHidden({ params: { id: made.id }, query, body: {} }, NORA);
    exceptionRoutes.listHidden.response.parse(page);
    seen.push(...page.items.map(({ eventId }) => eventId));
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  assert.deepEqual(seen, ["900", "905", "9010", "9015", "9020"], "newest first, each once");
  await assert.rejects(get(made.id), code("DETECT_EXCEPTION_UNKNOWN"));
});

test("is edited with history, switched off and on, and a second editor hears of the first", async () => {
  const made = await create(filter("backup"));
  const save = (body: { version: number; text?: string; off?: boolean; owner?: string; note: string }) =>
    detect.exceptions.saveException({ params: { id: made.id }, query: {}, body }, NORA);
  await save({ version: 1, text: filter("restore", "[a1]"), owner: "pia", note: "renamed" });
  assert.deepEqual(fates("alpha restore")[0], `a1 hidden ${made.id}`);
  await assert.rejects(save({ version: 1, off: true, note: "" }), code("DETECT_EXCEPTION_CONFLICT"));
  await save({ version: 2, off: true, note: "a test" });
  assert.deepEqual([(await get(made.id)).state, fates("alpha restore")[0]], ["off", "a1 alert"]);
  const { items } = await detect.exceptions.listExceptionVersions(
    { params: { id: made.id }, query: {}, body: {} },
    NORA,
  );
  assert.deepEqual(
    items.map(({ version, change, owner, off, note }) => [version, change, owner, off, note]),
    [
      [3, "edited", "pia", true, "a test"],
      [2, "edited", "pia", false, "renamed"],
      [1, "created", "ole", false, ""],
    ],
  );
  const { diff } = await detect.exceptions.getExceptionVersion(
    { params: { id: made.id, version: 2 }, query: {}, body: {} },
    NORA,
  );
  assert.ok(diff.some(({ kind, text }) => kind === "added" && text.includes("restore")));
});

test("what is no filter, names no rule or does not load is refused", async () => {
  await assert.rejects(create(linuxRule("", "x")), code("DETECT_EXCEPTION_INVALID"));
  await assert.rejects(create(filter("x", "[ghost]")), (error) => isAppError(error) && /ghost/.test(error.message));
  await assert.rejects(create(filter("x").replace("not selection", "not selektion")), code("DETECT_EXCEPTION_INVALID"));
  assert.deepEqual((await list()).items, []);
});

test("a filter in a rule folder hides too, is listed, and is edited in its file only", async () => {
  writeFileSync(join(folder, "filter.yml"), filter("cron", "any", "f1"));
  await detect.routes.reloadRules({ params: {}, query: {}, body: {} }, NORA);
  assert.deepEqual(fates("alpha cron"), ["a1 hidden f1", "b1 hidden f1"]);
  const [shown] = (await list()).items;
  assert.deepEqual([shown?.id, shown?.pack, shown?.path, shown?.state], ["f1", folder, "filter.yml", "active"]);
  await assert.rejects(
    detect.exceptions.saveException(
      { params: { id: "f1" }, query: {}, body: { version: 0, off: true, note: "" } },
      NORA,
    ),
    code("DETECT_EXCEPTION_FROM_FILE"),
  );
});

test("an exception whose rule is gone says so and hides nothing", async () => {
  const made = await create(filter("backup"));
  rmSync(join(folder, "alpha.yml"));
  await detect.routes.reloadRules({ params: {}, query: {}, body: {} }, NORA);
  const shown = await get(made.id);
  assert.equal(shown.state, "broken");
  assert.match(shown.problem ?? "", /a1/);
});

test("a proposal made from a signal hides that event and not its neighbour", async () => {
  const text = (command: string) =>
    JSON.stringify({
      Channel: "Microsoft-Windows-Sysmon/Operational",
      EventID: 1,
      Computer: "ws-1",
      Image: "C:\\Windows\\System32\\cmd.exe",
      CommandLine: command,
      User: "CORP\\eve",
    });
  const rule = `title: Shell
id: w1
logsource: { product: windows, category: process_creation }
detection:
  selection: { Image|endswith: '\\cmd.exe', CommandLine|contains: dir }
  condition: selection
`;
  writeFileSync(join(folder, "shell.yml"), rule);
  await detect.routes.reloadRules({ params: {}, query: {}, body: {} }, NORA);
  const command = 'cmd /c dir "\\\\server\\share\\*.txt" c:\\?\\ it\'s: #1';
  const [signal] = await storeLine(area, matcher, { id: "31", text: text(command), receivedMs: area.clock.now() });
  assert.equal(signal?.ruleId, "w1");
  const propose = (fields?: string[]) =>
    detect.exceptions.proposeException(
      { params: {}, query: {}, body: { signal: signal?.id ?? "", ...(fields === undefined ? {} : { fields }) } },
      NORA,
    );
  const proposed = await propose();
  exceptionRoutes.proposeException.response.parse(proposed);
  assert.deepEqual(
    proposed.fields.filter(({ chosen }) => chosen).map(({ field, value }) => [field, value]),
    [
      ["Image", "C:\\Windows\\System32\\cmd.exe"],
      ["CommandLine", command],
    ],
  );
  assert.ok(proposed.fields.some(({ field, chosen }) => field === "User" && !chosen));
  const made = await create(proposed.text);
  const again = async (id: string, line: string) =>
    (await storeLine(area, matcher, { id, text: line, receivedMs: area.clock.now() })).map(({ hiddenBy }) => hiddenBy);
  assert.deepEqual(await again("32", text(command)), [made.id]);
  assert.deepEqual(await again("33", text(command.replace("*", "x"))), [""], "a star in the value is no wildcard");
  await detect.exceptions.deleteException({ params: { id: made.id }, query: { version: 1, note: "" }, body: {} }, NORA);
  const byUser = await create((await propose(["User"])).text);
  assert.deepEqual(await again("34", text("cmd /c dir elsewhere")), [byUser.id]);
  assert.deepEqual(await again("35", text("cmd /c dir").replace("eve", "adam")), [""]);
  await assert.rejects(propose(["Ghost"]), code("DETECT_EXCEPTION_INVALID"));
});

test("any text is written so that it means only itself", () => {
  for (const value of ["a\\b", "a\\\\b", "a\\*", "\\\\*\\?", "*?", "\\", "x\\\\", "c:\\dir\\"]) {
    const rule = linuxRule("", "x").replace(/selection: \{.*\}/, `selection: { message: '${literal(value)}' }`);
    const probe = createMatcher();
    probe.load({
      version: "1",
      files: [{ pack: "t", path: "t.yml", text: rule }],
      off: [],
      links: { pipelines: [], placeholders: [] },
      test: [],
      exceptions: [],
    });
    assert.equal(probe.match(lineEvent(value)).length, 1, value);
    assert.equal(probe.match(lineEvent(`${value}z`)).length, 0, value);
    assert.equal(probe.match(lineEvent(value.replace(/[*?]/, "z"))).length, /[*?]/.test(value) ? 0 : 1, value);
  }
});
