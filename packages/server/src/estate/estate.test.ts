/** estate.test: on a real PostgreSQL: what events teach, how spellings merge, that a file loads once and says what is wrong,
 *  and that what a person declared is never overwritten by what was seen. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createAuditLog } from "../platform/audit-log/index.ts";
import { fixedClock } from "../platform/clock/index.ts";
import type { CallContext } from "../platform/http-contract.ts";
import { isAppError } from "../platform/errors/index.ts";
import { silentLog } from "../platform/log/index.ts";
import { openTestTables, type TestTables } from "../platform/tables/testing.ts";
import { createEstate, type Estate } from "./create.ts";
import type { Observed } from "./observe.ts";

const NOW = Date.UTC(2026, 10, 22, 12);
const HOUR = 3_600_000;
const DEMO = readFileSync(join(import.meta.dirname, "../../../content/estate/demo.yaml"), "utf8");
const CONTEXT = {
  actor: { kind: "user", id: "u1", name: "tester" },
  role: "admin",
  team: "operations",
  permissions: new Set(),
  sessionId: null,
  session: null,
  ip: "",
  signal: new AbortController().signal,
  setSessionCookie: () => {},
} satisfies CallContext;

let opened: TestTables;
let estate: Estate;

before(async () => {
  opened = await openTestTables();
  const clock = fixedClock(NOW);
  const none = { assets: new Map(), identities: new Map(), services: new Map() };
  estate = createEstate({
    tables: opened.tables,
    clock,
    audit: createAuditLog({ tables: opened.tables, clock }),
    log: silentLog,
    openCounts: async () => none,
  });
});
after(() => opened.close());

const seen = (part: Partial<Observed>): Promise<void> =>
  opened.tables.transaction((tx) => estate.observe(tx, { hosts: [], users: [], addresses: [], logons: [], ...part }));
const at = (firstMs: number, lastMs = firstMs) => ({ firstMs, lastMs });
const assets = async (q?: string) =>
  (await estate.routes.listAssets({ params: {}, query: { limit: 100, sort: "name", q }, body: {} }, CONTEXT)).items;
const importFile = (yaml: string, dryRun = false) =>
  estate.routes.importEstate({ params: {}, query: {}, body: { yaml, dryRun } }, CONTEXT);

test("hosts, users and addresses are discovered; a replayed block changes nothing", async () => {
  const block: Partial<Observed> = {
    hosts: [{ host: "LAB-7", product: "windows", ...at(NOW - HOUR, NOW) }],
    users: [
      { user: "CORP\\Nadia", ...at(NOW) },
      { user: "LAB-7$", ...at(NOW) },
      { user: "SYSTEM", ...at(NOW) },
    ],
    addresses: [
      { host: "lab-7", ip: "192.0.2.7", ...at(NOW - HOUR, NOW) },
      { host: "lab-7", ip: "not an address", ...at(NOW) },
    ],
    logons: [{ user: "nadia", host: "lab-7.corp.example", lastMs: NOW }],
  };
  await seen({ hosts: [{ host: "lab-7.corp.example", product: "", ...at(NOW) }] });
  await seen(block);
  await seen(block);
  const found = await assets("lab-7");
  assert.equal(found.length, 1);
  assert.deepEqual(
    found[0]?.addresses.map((address) => address.ip),
    ["192.0.2.7"],
  );
  assert.deepEqual(found[0]?.aliases, [{ name: "LAB-7", rule: "short-name" }]);
  assert.deepEqual(
    [found[0]?.firstSeen, found[0]?.lastSeen],
    [new Date(NOW - HOUR).toISOString(), new Date(NOW).toISOString()],
  );
  const nadia = await estate.routes.getIdentity({ params: { id: "corp\\nadia" }, query: {}, body: {} }, CONTEXT);
  assert.deepEqual([nadia.name, nadia.hosts.map((host) => host.asset)], ["nadia", ["lab-7.corp.example"]]);
  const people = (
    await estate.routes.listIdentities({ params: {}, query: { limit: 10, sort: "name" }, body: {} }, CONTEXT)
  ).items;
  assert.deepEqual(
    people.map((person) => person.name),
    ["nadia"],
    "machine accounts and the system are nobody",
  );
});

test("hosts of the same label in two domains stay two, and a bare name between them is neither", async () => {
  for (const host of ["web-9.a.example", "web-9.b.example", "web-9"])
    await seen({ hosts: [{ host, product: "", ...at(NOW) }] });
  assert.equal((await assets("web-9")).length, 3);
});

test("the demo's file loads, a second time it changes nothing, a dry run never does", async () => {
  const dry = await importFile(DEMO, true);
  assert.deepEqual([dry.problems, dry.assets], [[], 40]);
  await assert.rejects(
    async () => estate.routes.getService({ params: { id: "payroll" }, query: {}, body: {} }, CONTEXT),
    (error) => isAppError(error) && error.code === "ESTATE_SERVICE_UNKNOWN",
  );
  const first = await importFile(DEMO);
  assert.equal(first.created, first.teams + first.services + first.assets + first.identities);
  const second = await importFile(DEMO);
  assert.deepEqual([second.created, second.updated], [0, 0]);
  const payroll = await estate.routes.getService({ params: { id: "payroll" }, query: {}, body: {} }, CONTEXT);
  assert.equal(payroll.criticality, 5);
  assert.ok(payroll.assets.some((asset) => asset.name === "pay-db-01"));
});

test("what was declared stays when events come, and resolves by name, full name and address", async () => {
  const [before] = await assets("pay-db-01");
  assert.ok(before);
  await seen({ hosts: [{ host: "PAY-DB-01.corp.fernhill.example", product: "windows", ...at(NOW) }] });
  const [later] = await assets("pay-db-01");
  assert.deepEqual(
    [later?.id, later?.provenance, later?.owner, later?.criticality],
    [before.id, "declared", before.owner, before.criticality],
  );
  const ip = before.addresses[0]?.ip ?? "";
  const resolved = await estate.resolve(opened.tables.db, [
    { kind: "host", value: "pay-db-01" },
    { kind: "host", value: "PAY-DB-01.CORP.fernhill.example" },
    { kind: "ip", value: ip },
    { kind: "ip", value: "::not::an::ip::" },
    { kind: "user", value: "FERNHILL\\l.ortiz" },
  ]);
  assert.deepEqual(
    resolved.map((entity) => entity.assetId),
    [before.id, before.id, before.id, null, null],
  );
  assert.ok(resolved[4]?.identityId);
  const { hosts } = await estate.servicesOf(opened.tables.db, { hosts: ["PAY-DB-01", "unheard-of"], users: [] });
  assert.deepEqual(
    [hosts.get("PAY-DB-01")?.[0]?.id, hosts.get("unheard-of")],
    ["payroll", undefined].map((id, index) => (index === 1 ? [] : id)),
  );
});

test("a bad file is refused whole, with every problem and its line", async () => {
  const bad = await importFile(
    "teams:\n  - id: ops\n    name: Ops\n    kind: operations\nservices:\n  - id: shop\n    name: Shop\n    owner: nobody\n    criticality: 9\n    exposure: internet\n",
  );
  assert.equal(bad.created, 0);
  assert.ok(
    bad.problems.some((problem) => problem.at === "/services/0/criticality" && problem.line === 9),
    JSON.stringify(bad.problems),
  );
  const unknownKey = await importFile("asets: []\n");
  assert.match(unknownKey.problems[0]?.message ?? "", /asets/);
  const broken = await importFile("teams: [\n");
  assert.ok((broken.problems[0]?.line ?? 0) >= 1);
});

test("a service is saved with links that exist, and the graph walks both ways around it", async () => {
  const save = (id: string, dependsOn: string[], names: string[]) =>
    estate.routes.saveService(
      {
        params: { id },
        query: {},
        body: {
          name: id,
          description: "",
          owner: null,
          criticality: 2,
          exposure: "internal",
          dependsOn,
          assets: names,
        },
      },
      CONTEXT,
    );
  const saved = await save("reports", ["payroll"], ["lab-7"]);
  assert.deepEqual(
    [saved.dependsOn.map((s) => s.id), saved.assets.map((a) => a.name)],
    [["payroll"], ["lab-7.corp.example"]],
  );
  await assert.rejects(
    save("reports", ["no-such"], []),
    (error) => isAppError(error) && error.code === "ESTATE_REFERENCE_UNKNOWN",
  );
  await assert.rejects(
    save("reports", ["reports"], []),
    (error) => isAppError(error) && error.code === "ESTATE_DEPENDS_ON_ITSELF",
  );
  const graph = await estate.routes.graph({ params: {}, query: { service: "payroll" }, body: {} }, CONTEXT);
  const ids = graph.nodes.map((node) => node.id);
  assert.ok(
    ids.includes("service:reports") && ids.includes("service:identity") && !ids.includes("service:warehouse"),
    ids.join(" "),
  );
  assert.ok(
    graph.edges.some(
      (edge) => edge.from === "service:reports" && edge.to === "service:payroll" && edge.kind === "depends_on",
    ),
  );
});
