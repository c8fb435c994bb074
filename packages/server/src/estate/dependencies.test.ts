/** dependencies: who calls whom, from spans in any order and from connections, as edges with a confidence, on a real PostgreSQL. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { sql } from "drizzle-orm";
import type { ObservedEdge } from "@holdfast/contracts/estate";
import { createAuditLog } from "../platform/audit-log/index.ts";
import { fixedClock } from "../platform/clock/index.ts";
import { isAppError } from "../platform/errors/index.ts";
import type { CallContext } from "../platform/http-contract.ts";
import { silentLog } from "../platform/log/index.ts";
import { openTestTables, type TestTables } from "../platform/tables/testing.ts";
import { createEstate, type Estate } from "./create.ts";
import { type SeenDependencies } from "./dependencies.ts";
import { confidenceOf } from "./dependency-confidence.ts";
import { addEdges } from "./dependency-store.ts";
import { createSpanPairs, type SpanSide } from "./span-pairs.ts";

const NOW = Date.UTC(2026, 10, 22, 12);
const DAY = 86_400_000;
const CONTEXT = {
  actor: { kind: "user", id: "u1", name: "nora" },
  role: "admin",
  team: "operations",
  permissions: new Set(),
  sessionId: null,
  session: null,
  ip: "",
  signal: new AbortController().signal,
  setSessionCookie: () => {},
} satisfies CallContext;

const span = (id: string, parent: string, service: string, side: SpanSide["side"]): SpanSide => ({
  id,
  parent,
  service,
  side,
  timeMs: NOW,
});

test("two sides of a call are put together whichever comes first, once, also when a block runs again", () => {
  const parent = span("p", "", "shop", "client");
  const child = span("c", "p", "payments", "server");
  const call = [{ from: "shop", to: "payments", timeMs: NOW }];
  const pairs = createSpanPairs();
  assert.deepEqual(pairs.pair([child]), []);
  assert.deepEqual(pairs.pair([parent]), call);
  assert.deepEqual(pairs.pair([parent]), call, "the transaction was rolled back and the block runs again");
  assert.deepEqual(pairs.pair([child]), [], "a sender's repeat of the second side is not seen again");
  assert.deepEqual(createSpanPairs().pair([child, parent]), call);
  assert.deepEqual(createSpanPairs().pair([span("d", "p", "shop", "server"), parent]), [], "to itself");
  const few = createSpanPairs(100);
  few.pair(Array.from({ length: 5_000 }, (_, n) => span(`x${n}`, `y${n}`, "noise", n % 2 === 0 ? "server" : "client")));
  assert.ok(few.size() <= 200);
});

test("confidence: its terms are told, rise with repetition, fall with age, and kinds of evidence add up", () => {
  const [once, often] = [1, 1_000].map((count) => confidenceOf([{ evidence: "flow", count, lastMs: NOW }], NOW));
  assert.deepEqual([once?.confidence, often?.confidence], [0.3, 0.6]);
  assert.match(once?.terms[0]?.text ?? "", /0\.6 x 0\.5 for 1 seen x 1 for 0 days ago/);
  assert.equal(confidenceOf([{ evidence: "flow", count: 1_000, lastMs: NOW - 14 * DAY }], NOW).confidence, 0.3);
  const both = confidenceOf(
    [
      { evidence: "flow", count: 1_000, lastMs: NOW },
      { evidence: "trace", count: 1, lastMs: NOW },
    ],
    NOW,
  );
  assert.deepEqual([both.confidence, both.terms.length], [0.79, 2]);
});

let opened: TestTables;
let estate: Estate;

before(async () => {
  opened = await openTestTables();
  const clock = fixedClock(NOW);
  const none = { assets: new Map(), identities: new Map(), services: new Map() };
  const audit = createAuditLog({ tables: opened.tables, clock });
  estate = createEstate({ tables: opened.tables, clock, audit, log: silentLog, openCounts: async () => none });
  const service = (id: string, asset: string, needs = ""): string =>
    `  - { id: ${id}, name: ${id.toUpperCase()}, owner: ops, criticality: 3, exposure: internal, assets: [${asset}]${needs} }`;
  const asset = (name: string, ip: string): string =>
    `  - { name: ${name}, kind: server, owner: ops, criticality: 3, exposure: internal, addresses: [${ip}] }`;
  const yaml = [
    "teams:",
    "  - { id: ops, name: Operations, kind: operations }",
    "services:",
    service("shop", "web-1", ", depends_on: [payments]"),
    service("payments", "pay-1"),
    service("ledger", "db-1"),
    "assets:",
    asset("web-1", "192.0.2.1"),
    asset("pay-1", "192.0.2.2"),
    asset("db-1", "192.0.2.3"),
  ].join("\n");
  const { problems } = await estate.routes.importEstate(
    { params: {}, query: {}, body: { yaml, dryRun: false } },
    CONTEXT,
  );
  assert.deepEqual(problems, []);
});
after(() => opened.close());

const seen = (part: Partial<SeenDependencies>): Promise<void> =>
  opened.tables.transaction((tx) =>
    estate.observe(tx, {
      hosts: [],
      users: [],
      addresses: [],
      logons: [],
      dependencies: { spans: [], calls: [], flows: [], ...part },
    }),
  );
const edges = async (): Promise<{ shown: string[]; items: ObservedEdge[]; unknown: string[] }> => {
  const { items, unknown } = await estate.routes.listEdges({ params: {}, query: {}, body: {} }, CONTEXT);
  const shown = items.map(({ from, to, state, count }) => `${from.id} > ${to.id} ${state} ${count}`).toSorted();
  return { shown, items, unknown: unknown.map(({ name }) => name) };
};
const times = { firstMs: NOW - 1_000, lastMs: NOW, count: 3 };

test("edges from traces, calls and flows: declared ones are told apart, strangers are no dependency, unknown names are named", async () => {
  await seen({
    spans: [span("p1", "", "Shop", "client"), span("c1", "p1", "payments", "server")],
    calls: [
      { service: "payments", peer: "192.0.2.3", peerKind: "host", detail: "postgresql", ...times },
      { service: "payments", peer: "fraud-check", peerKind: "service", detail: "http", ...times },
    ],
    flows: [
      { from: "192.0.2.2", to: "192.0.2.3", port: 5432, ...times },
      { from: "203.0.113.9", to: "192.0.2.1", port: 443, ...times },
      { from: "not an address", to: "192.0.2.1", port: 443, ...times },
    ],
  });
  const first = await edges();
  assert.deepEqual(first.shown, ["payments > ledger proposed 6", "shop > payments declared 1"]);
  assert.deepEqual(first.unknown, ["fraud-check"]);
  const edge = first.items.find(({ to }) => to.id === "ledger");
  assert.deepEqual(edge?.evidence.map(({ kind, detail }) => `${kind} ${detail}`).toSorted(), [
    "call postgresql",
    "flow 5432",
  ]);
  await seen({ flows: [{ from: "192.0.2.2", to: "192.0.2.3", port: 5432, ...times }] });
  const second = await edges();
  assert.deepEqual(second.shown[0], "payments > ledger proposed 9");
  assert.ok((second.items.find(({ to }) => to.id === "ledger")?.confidence ?? 0) > (edge?.confidence ?? 1));
});

test("only an accepted edge counts as a need, dismissed ones do not come back, and each decision is audited", async () => {
  const decide = (state: "accepted" | "dismissed" | "proposed") =>
    estate.routes.decideEdge(
      { params: {}, query: {}, body: { from: "payments", to: "ledger", state, reason: "seen" } },
      CONTEXT,
    );
  const needs = async (): Promise<string[]> =>
    (await estate.services()).find(({ id }) => id === "payments")?.dependsOn.map(({ id }) => id) ?? [];
  const drawn = async () =>
    (await estate.routes.graph({ params: {}, query: { service: "ledger" }, body: {} }, CONTEXT)).edges
      .filter(({ kind }) => kind !== "runs_on")
      .map(({ from, to, kind }) => `${from} ${kind} ${to}`);
  assert.deepEqual(await needs(), []);
  assert.deepEqual(await drawn(), ["service:payments seen service:ledger"]);
  assert.equal((await decide("accepted")).decided?.by, "nora");
  assert.deepEqual(await needs(), ["ledger"]);
  assert.ok((await drawn()).includes("service:payments depends_on service:ledger"));
  await decide("dismissed");
  await seen({ flows: [{ from: "192.0.2.2", to: "192.0.2.3", port: 5432, ...times }] });
  assert.deepEqual([await needs(), await drawn()], [[], []]);
  assert.ok((await edges()).shown.includes("payments > ledger dismissed 12"));
  await decide("proposed");
  assert.equal((await estate.proposedEdges()).length, 1);
  const { rows } = await opened.tables.db.execute<{ action: string }>(
    sql`SELECT action FROM audit_log WHERE action LIKE 'dependency.%' ORDER BY seq`,
  );
  assert.deepEqual(
    rows.map(({ action }) => action),
    ["dependency.accepted", "dependency.dismissed", "dependency.proposed"],
  );
  await assert.rejects(
    estate.routes.decideEdge(
      { params: {}, query: {}, body: { from: "ledger", to: "shop", state: "accepted", reason: "" } },
      CONTEXT,
    ),
    (error) => isAppError(error) && error.code === "ESTATE_EDGE_UNKNOWN",
  );
});

test("rows are bounded: what has no room is counted, what was not seen for long makes room", async () => {
  const edge = (to: string, lastMs: number) =>
    ({
      evidence: "call",
      fromKind: "service",
      from: "a",
      toKind: "service",
      to,
      detail: "",
      firstMs: lastMs,
      lastMs,
      count: 1,
    }) as const;
  const { rows } = await opened.tables.db.execute<{ n: number }>(
    sql`SELECT count(*)::int AS n FROM observed_dependency`,
  );
  const most = (rows[0]?.n ?? 0) + 2;
  const add = (...given: ReturnType<typeof edge>[]) => opened.tables.transaction((tx) => addEdges(tx, given, most));
  assert.equal(await add(edge("old", Date.now() - 200 * DAY), edge("new", Date.now())), 0);
  assert.equal(await add(edge("next", Date.now())), 0);
  assert.equal(await add(edge("last", Date.now()), edge("new", Date.now())), 1);
});
