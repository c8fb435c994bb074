/** changes.test: on a real PostgreSQL: planning, moving and feeding changes; names that the estate learns later; who works on what an
 *  action would hit; what was worked on a host; that two who edit at once do not overwrite each other. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Change, changeRoutes } from "@holdfast/contracts/changes";
import type { Impact } from "@holdfast/contracts/respond";
import { createEstate, type Estate } from "../estate/index.ts";
import { createAuditLog } from "../platform/audit-log/index.ts";
import { fixedClock } from "../platform/clock/index.ts";
import { isAppError } from "../platform/errors/index.ts";
import type { CallContext } from "../platform/http-contract.ts";
import { silentLog } from "../platform/log/index.ts";
import { loadMigrations } from "../platform/tables/index.ts";
import { openTestTables, type TestTables } from "../platform/tables/testing.ts";
import { type Changes, createChanges } from "./create.ts";

const NOW = Date.UTC(2026, 10, 22, 12);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const HOST = "kind: server, owner: platform, criticality: 3, exposure: internal";
const ESTATE = `
teams:
  - { id: platform, name: Platform engineering, kind: operations }
services:
  - { id: db, name: Database, owner: platform, criticality: 5, exposure: internal, assets: [db-1, db-2.corp.example] }
  - { id: api, name: API, owner: platform, criticality: 4, exposure: internal, depends_on: [db], assets: [api-1] }
  - { id: mail, name: Mail, owner: platform, criticality: 3, exposure: internet, assets: [mx-1] }
assets:
  - { name: db-1, ${HOST} }
  - { name: db-2.corp.example, ${HOST} }
  - { name: api-1, ${HOST} }
  - { name: mx-1, ${HOST} }
`;

const clock = fixedClock(NOW);
let opened: TestTables;
let estate: Estate;
let changes: Changes;
let audit: ReturnType<typeof createAuditLog>;

before(async () => {
  opened = await openTestTables(loadMigrations().filter(({ id }) => /^(?:0001|0020|0106|0145|0160)-/.test(id)));
  audit = createAuditLog({ tables: opened.tables, clock });
  const none = { assets: new Map(), identities: new Map(), services: new Map() };
  estate = createEstate({ tables: opened.tables, clock, audit, log: silentLog, openCounts: async () => none });
  changes = createChanges({ tables: opened.tables, clock, audit, estate });
  await declare(ESTATE);
});
after(() => opened.close());

async function declare(yaml: string): Promise<void> {
  const body = { yaml, dryRun: false };
  const { problems } = await estate.routes.importEstate({ params: {}, query: {}, body }, as("admin"));
  assert.deepEqual(problems, []);
}

function as(name: string): CallContext {
  return {
    actor: { kind: "user", id: name, name },
    role: "operations",
    team: "operations",
    permissions: new Set(),
    sessionId: null,
    session: null,
    ip: "",
    signal: new AbortController().signal,
    setSessionCookie: () => {},
  };
}

const iso = (offsetMs: number): string => new Date(NOW + offsetMs).toISOString();
const { routes } = { routes: () => changes.routes };
const view = (change: unknown): Change => change as Change;

async function plan(body: Record<string, unknown>, who = "jo"): Promise<Change> {
  const whole = { title: "Work", plannedStart: iso(0), plannedEnd: iso(HOUR), ...body };
  return view(
    await routes().createChange({ params: {}, query: {}, body: changeRoutes.createChange.body.parse(whole) }, as(who)),
  );
}

async function feed(id: string, body: Record<string, unknown>) {
  const whole = { title: "Fed work", plannedStart: iso(0), ...body };
  return routes().feedChange({ params: { id }, query: {}, body: changeRoutes.feedChange.body.parse(whole) }, as("ci"));
}

const start = (id: string, at?: string) => routes().startChange({ params: { id }, query: {}, body: { at } }, as("jo"));
const finish = (id: string, at?: string) =>
  routes().finishChange({ params: { id }, query: {}, body: { at, outcome: "" } }, as("jo"));
const cancel = (id: string) => routes().cancelChange({ params: { id }, query: {}, body: { outcome: "" } }, as("jo"));
const get = async (id: string): Promise<Change> =>
  view(await routes().getChange({ params: { id }, query: {}, body: {} }, as("jo")));
const list = async (query: Record<string, string>) => {
  const parsed = changeRoutes.listChanges.query.parse(query);
  return (await routes().listChanges({ params: {}, query: parsed, body: {} }, as("jo"))).items.map(
    ({ title }) => title,
  );
};
const code = (wanted: string) => (error: unknown) => isAppError(error) && error.code === wanted;
const clear = () => opened.tables.db.execute("TRUNCATE change CASCADE");

/** What an action on a host would hit, as respond works it out of the estate. */
async function hitOf(host: string, services: Impact["services"]): Promise<Pick<Impact, "targets" | "services">> {
  const [target] = await estate.readTargets(opened.tables.db, [{ kind: "host", value: host }]);
  const asset = target?.asset ?? null;
  return {
    targets: [
      {
        target: { kind: "host", value: host },
        name: asset?.name ?? null,
        assetId: asset?.id ?? null,
        identityId: null,
        assetKind: asset?.kind ?? null,
      },
    ],
    services,
  };
}
const DIRECT = { id: "db", name: "Database", criticality: 5, owner: "platform", assets: null };
const ON_DB: Impact["services"] = [
  { ...DIRECT, hit: "direct", path: ["Database"] },
  { ...DIRECT, id: "api", name: "API", hit: "dependant", path: ["Database", "API"] },
];
const whyOf = async (host = "db-1", services = ON_DB) =>
  (await changes.onHit(await hitOf(host, services))).items.map(
    ({ title, change }) => `${title}: ${change?.standing}: ${change?.why}`,
  );

test("a change is planned, begun and done, each step once, with its entry in the audit log", async () => {
  const made = await plan({ title: "Kernel update", owner: "Platform Engineering", assets: ["DB-1", "db-1"] });
  assert.deepEqual([made.state, made.standing, made.version], ["planned", "late", 1]);
  assert.deepEqual(made.owner, { id: "platform", name: "Platform engineering" });
  assert.equal((await start(made.id)).state, "running");
  await assert.rejects(start(made.id), code("CHANGE_WRONG_STATE"));
  await assert.rejects(finish(made.id, iso(-HOUR)), code("CHANGE_WRONG_STATE"));
  await assert.rejects(finish(made.id, iso(HOUR)), code("CHANGE_TIMES_INVALID"));
  const done = await finish(made.id);
  assert.deepEqual([done.state, done.actualStart, done.actualEnd, done.version], ["done", iso(0), iso(0), 3]);
  await assert.rejects(cancel(made.id), code("CHANGE_WRONG_STATE"));
  await assert.rejects(start("nobody"), code("CHANGE_UNKNOWN"));
  const entries = (await audit.list({ limit: 50 })).filter(({ target }) => target === made.id);
  assert.deepEqual(entries.map(({ action }) => action).toSorted(), [
    "change.created",
    "change.finished",
    "change.started",
  ]);
});

test("what the estate does not know is kept and said, and is known as soon as the estate is", async () => {
  const made = await plan({
    assets: ["new-7", "db-2.corp.example"],
    services: ["database", "billing"],
    owner: "guild",
  });
  const named = ({ targets }: Change) => targets.map(({ kind, value, name }) => `${kind} ${value} = ${name}`);
  assert.deepEqual(named(made), [
    "service billing = null",
    "service database = Database",
    "asset db-2.corp.example = db-2.corp.example",
    "asset new-7 = null",
  ]);
  assert.deepEqual(made.owner, { id: null, name: "guild" });
  await declare(`${ESTATE}  - { name: new-7, ${HOST} }\n`);
  const later = await get(made.id);
  assert.ok(named(later).includes("asset new-7 = new-7"), named(later).join());
  const byId = later.targets.find(({ value }) => value === "new-7")?.id ?? "";
  assert.deepEqual(await list({ asset: byId, q: "work" }), ["Work"]);
});

test("who edits an older version is told who was faster, and nothing is overwritten", async () => {
  const { id } = await plan({ title: "Firewall rules" });
  const edit = (body: Record<string, unknown>, who: string) =>
    routes().updateChange({ params: { id }, query: {}, body: changeRoutes.updateChange.body.parse(body) }, as(who));
  const both = await Promise.allSettled([
    edit({ title: "Firewall rules of jo", basedOn: 1 }, "jo"),
    edit({ title: "Firewall rules of nora", basedOn: 1 }, "nora"),
  ]);
  const refused = both.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
  assert.equal(refused.length, 1);
  assert.ok(code("CHANGE_CONFLICT")(refused[0]));
  const kept = await get(id);
  assert.equal(kept.version, 2);
  assert.ok(String(refused[0]).includes(kept.updatedBy));
  await assert.rejects(edit({ plannedEnd: iso(-HOUR), basedOn: 2 }, "jo"), code("CHANGE_TIMES_INVALID"));
  const { plannedEnd } = view(await edit({ plannedEnd: null, basedOn: 2 }, "jo"));
  assert.equal(plannedEnd, null);
});

test("the same feed twice changes nothing, an older one neither, and a newer state moves it", async () => {
  const body = { title: "Deploy 81", state: "running", services: ["db"], asOf: iso(0) };
  const first = await feed("CHG/81", body);
  assert.deepEqual([first.result, first.change.state, first.change.actualStart], ["created", "running", iso(0)]);
  clock.advance(5 * MINUTE);
  assert.deepEqual([(await feed("CHG/81", body)).result, (await get(first.change.id)).version], ["unchanged", 1]);
  assert.equal((await feed("CHG/81", { ...body, state: "planned", asOf: iso(-MINUTE) })).result, "older");
  const done = await feed("CHG/81", { ...body, state: "done", outcome: "fine", asOf: iso(MINUTE) });
  assert.deepEqual(
    [done.result, done.change.state, done.change.actualStart, done.change.actualEnd, done.change.version],
    ["updated", "done", iso(0), iso(5 * MINUTE), 2],
  );
  clock.advance(-5 * MINUTE);
  // One that nobody ever saw run: when it was is not known, and is not made up.
  const past = await feed("CHG/80", { state: "done" });
  assert.deepEqual([past.change.actualStart, past.change.actualEnd], [null, null]);
  const many = await Promise.all(Array.from({ length: 8 }, () => feed("CHG/90", { title: "Deploy 90" })));
  assert.equal(new Set(many.map(({ change }) => change.id)).size, 1);
  assert.equal(many.filter(({ result }) => result === "created").length, 1);
});

test("a reference is an address that a page may link, and times are in order", async () => {
  const parse = (more: object) =>
    changeRoutes.feedChange.body.safeParse({ title: "Work", plannedStart: iso(0), ...more }).success;
  const refs = ["https://tickets.example.org/CHG-1", "javascript:alert(1)", "data:text/html,x", "CHG-1"];
  assert.deepEqual(
    refs.map((reference) => parse({ reference })),
    [true, false, false, false],
  );
  await assert.rejects(plan({ plannedEnd: iso(0) }), code("CHANGE_TIMES_INVALID"));
  const ended = { state: "done", actualStart: iso(-MINUTE), actualEnd: iso(-HOUR) };
  await assert.rejects(feed("c-backwards", ended), code("CHANGE_TIMES_INVALID"));
  assert.deepEqual(await list({ q: "c-backwards" }), []);
});

test("the list is filtered by state, window, asset, service and text, and read page by page", async () => {
  await clear();
  await plan({ title: "Tomorrow", plannedStart: iso(24 * HOUR), plannedEnd: iso(25 * HOUR), services: ["Database"] });
  await plan({ title: "Soon", plannedStart: iso(HOUR), plannedEnd: null, assets: ["db-1"] });
  const { id } = await plan({ title: "Never ends 100%", plannedStart: iso(-9 * HOUR), plannedEnd: iso(-8 * HOUR) });
  await start(id, iso(-9 * HOUR));
  const called = await plan({ title: "Called off" });
  await cancel(called.id);
  assert.deepEqual(await list({ state: "planned,running" }), ["Never ends 100%", "Soon", "Tomorrow"]);
  assert.deepEqual(await list({}), ["Tomorrow", "Soon", "Called off", "Never ends 100%"]);
  assert.deepEqual(await list({ from: iso(-MINUTE), to: iso(MINUTE) }), ["Called off", "Never ends 100%"]);
  assert.deepEqual(await list({ from: iso(24.5 * HOUR) }), ["Tomorrow", "Soon", "Never ends 100%"]);
  assert.deepEqual(await list({ service: "db" }), ["Tomorrow"]);
  assert.deepEqual(await list({ asset: "DB-1" }), ["Soon"]);
  assert.deepEqual(await list({ q: "100%" }), ["Never ends 100%"]);
  assert.equal(changeRoutes.listChanges.query.safeParse({ state: "running,open" }).success, false);
  const query = changeRoutes.listChanges.query.parse({ limit: "3" });
  const first = await routes().listChanges({ params: {}, query, body: {} }, as("jo"));
  const rest = await routes().listChanges(
    { params: {}, query: { ...query, cursor: first.next ?? "" }, body: {} },
    as("jo"),
  );
  assert.deepEqual([first.items.length, first.total, rest.items.length, rest.next], [3, 4, 1, null]);
});

test("an action is told who works on what it hits: the machine, its service, another machine of it, who needs it", async () => {
  await clear();
  const run = async (body: Record<string, unknown>) => start((await plan(body)).id);
  await run({ title: "Host", assets: ["DB-1"] });
  await run({ title: "Service", services: ["Database"] });
  await run({ title: "Sibling", assets: ["db-2.corp.example"] });
  await run({ title: "Dependant", services: ["API"] });
  await run({ title: "Machine of a dependant", assets: ["api-1"] });
  await run({ title: "Elsewhere", services: ["mail"], assets: ["mx-1"] });
  assert.deepEqual(await whyOf(), [
    "Host: running: db-1, which is a target",
    "Service: running: Database, which is hit",
    "Sibling: running: db-2.corp.example, an asset of Database, which is hit",
    "Dependant: running: API, which needs Database",
    "Machine of a dependant: running: api-1, an asset of API, which needs Database",
  ]);
  await clear();
  await run({ title: "On a stranger", assets: ["Ghost"] });
  assert.deepEqual(await whyOf("ghost", []), ["On a stranger: running: Ghost, which is a target"]);
});

test("under way is what runs, also past its end, what should have begun, and what begins within the hour; nothing else", async () => {
  await clear();
  const at = (from: number, to: number | null) => ({
    plannedStart: iso(from),
    plannedEnd: to === null ? null : iso(to),
    assets: ["db-1"],
  });
  await start((await plan({ title: "Over its time", ...at(-3 * HOUR, -HOUR) })).id, iso(-3 * HOUR));
  await plan({ title: "Nobody began it", ...at(-HOUR, HOUR) });
  await plan({ title: "In an hour", ...at(HOUR, 2 * HOUR) });
  await plan({ title: "Later", ...at(HOUR + 1, 2 * HOUR) });
  await plan({ title: "Missed", ...at(-3 * HOUR, -HOUR) });
  await plan({ title: "Forgotten, without an end", ...at(-25 * HOUR, null) });
  const done = await plan({ title: "Done", ...at(-HOUR, HOUR) });
  await start(done.id);
  await finish(done.id);
  assert.deepEqual(
    (await whyOf()).map((line) => line.split(": ").slice(0, 2).join(": ")),
    ["Over its time: overdue", "Nobody began it: late", "In an hour: soon"],
  );
});

test("more changes than are shown are counted", async () => {
  await clear();
  for (let n = 0; n < 53; n += 1) await feed(`many-${n}`, { state: "running", assets: ["db-1"] });
  const { items, more } = await changes.onHit(await hitOf("db-1", ON_DB));
  assert.deepEqual([items.length, more], [50, 3]);
});

test("a host's past names the changes on it and its services whose window touches the time", async () => {
  await clear();
  const range = { fromMs: NOW - 24 * HOUR, toMs: NOW };
  const yesterday = await plan({ title: "Patched", plannedStart: iso(-5 * HOUR), assets: ["db-1"] });
  await start(yesterday.id, iso(-5 * HOUR));
  await finish(yesterday.id, iso(-4 * HOUR));
  await feed("c-1", {
    title: "Schema",
    state: "running",
    plannedStart: iso(-30 * HOUR),
    services: ["db"],
    actualStart: iso(-30 * HOUR),
  });
  await feed("c-2", {
    title: "Too old",
    state: "done",
    plannedStart: iso(-50 * HOUR),
    actualEnd: iso(-49 * HOUR),
    services: ["db"],
  });
  await feed("c-3", { title: "Called off", state: "cancelled", plannedStart: iso(-2 * HOUR), services: ["db"] });
  await feed("c-4", { title: "Of another", state: "running", services: ["mail"] });
  const found = await changes.onHost("db-1", range);
  assert.deepEqual(
    found.map(({ title, atMs }) => [title, atMs - NOW]),
    [
      ["Patched", -5 * HOUR],
      ["Schema", -30 * HOUR],
    ],
  );
  assert.match(found[1]?.detail ?? "", /^normal change, running; on Database/);
});
