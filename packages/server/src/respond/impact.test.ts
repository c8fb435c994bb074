/** impact.test: impact and guards on a small estate: paths to dependants, what is left, owners, arithmetic; aliases and ranges
 *  are no way around the never-touch list. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Service } from "@holdfast/contracts/estate";
import type { EstateTarget } from "../estate/index.ts";
import { limitOf, overLimit, neverTouched } from "./guards.ts";
import { impactOf } from "./impact.ts";
import { DEFAULT_POLICY, requirementOf } from "./policy.ts";

const asset = (
  id: string,
  more: Partial<NonNullable<EstateTarget["asset"]>> = {},
): NonNullable<EstateTarget["asset"]> => ({
  id,
  name: id,
  kind: "server",
  owner: null,
  tags: [],
  names: [id],
  addresses: [],
  ...more,
});
const host = (id: string, more: Partial<NonNullable<EstateTarget["asset"]>> = {}): EstateTarget => ({
  kind: "host",
  value: id,
  asset: asset(id, more),
  identity: null,
});
const service = (
  id: string,
  owner: string | null,
  assets: string[],
  needs: string[] = [],
): Omit<Service, "dependants"> & { needs: string[] } => ({
  id,
  name: id,
  description: "",
  owner,
  criticality: 4,
  exposure: "internal",
  dependsOn: [],
  needs,
  assets: assets.map((name) => ({ id: name, name, kind: "server" as const })),
  openAlerts: 0,
  openIncidents: 0,
});
const rows = [
  service("db", "dba", ["db-1", "db-2"]),
  service("api", "apps", ["api-1"], ["db"]),
  service("shop", "apps", ["web-1"], ["api"]),
  service("mail", "apps", ["mx-1"]),
];
const services: Service[] = rows.map(({ needs: _needs, ...row }) => ({
  ...row,
  dependants: rows
    .filter(({ needs }) => needs.includes(row.id))
    .map(({ id, name, criticality, exposure, owner }) => ({ id, name, criticality, exposure, owner })),
}));
const teams = [
  { id: "dba", name: "Databases", kind: "operations" as const },
  { id: "apps", name: "Applications", kind: "other" as const },
];
const facts = { services, teams, usersOn: [], never: [], limits: [], changes: { known: false, items: [] }, now: 0 };

test("one of two database hosts: half is left, dependants come with their path, and the sum is the sum of its terms", () => {
  const impact = impactOf({
    ...facts,
    targets: [host("db-1")],
    usersOn: [{ id: "u", name: "root", privileged: true, asset: "db-1", lastSeen: 0 }],
  });
  assert.deepEqual(
    impact.services.map(({ id, hit, path, assets }) => [id, hit, path.join(">"), assets?.left ?? null]),
    [
      ["db", "direct", "db", 1],
      ["api", "dependant", "db>api", null],
      ["shop", "dependant", "db>api>shop", null],
    ],
  );
  assert.deepEqual(
    impact.disruption.terms.map(({ value }) => value),
    [2, 1, 0.5],
  );
  assert.equal(impact.disruption.value, 3.5);
  assert.deepEqual(impact.owners, [{ id: "dba", name: "Databases", side: "operations", services: ["db"] }]);
  assert.deepEqual([impact.users.total, impact.users.named[0]?.because], [1, "worked on db-1"]);
  assert.equal(impact.changes.known, false);
});

test("what the estate does not know is unknown, and the policy then asks its default side", () => {
  const impact = impactOf({ ...facts, targets: [{ kind: "host", value: "ghost", asset: null, identity: null }] });
  assert.deepEqual([impact.targets[0]?.name, impact.services.length, impact.disruption.level], [null, 0, "none"]);
  const required = requirementOf(
    { version: 1, policy: DEFAULT_POLICY },
    { action: "isolate", effect: "reversible", undoable: true, impact, over: null },
  );
  assert.deepEqual(required.requirement?.sides, [{ team: "operations", count: 1, owners: [] }]);
});

test("irreversible effects on a critical service take both sides and a second factor; silence never does them", () => {
  const impact = impactOf({ ...facts, targets: [host("web-1")] });
  const policy = {
    ...DEFAULT_POLICY,
    rules: DEFAULT_POLICY.rules.map((rule) => ({ ...rule, onExpiry: "proceed" as const })),
  };
  const asked = { action: "wipe", undoable: false, impact, over: null };
  const { requirement } = requirementOf({ version: 1, policy }, { ...asked, effect: "irreversible" });
  assert.deepEqual(
    [requirement?.sides.map(({ team }) => team), requirement?.secondFactor, requirement?.onExpiry],
    [["security", "operations"], true, "refuse"],
  );
  const soft = requirementOf({ version: 1, policy }, { ...asked, effect: "reversible", undoable: true }).requirement;
  assert.equal(soft?.onExpiry, "proceed");
  const nobody = { ...policy, rules: policy.rules.map((rule) => ({ ...rule, approve: "nobody" as const })) };
  const free = (over: string | null) =>
    requirementOf({ version: 1, policy: nobody }, { ...asked, effect: "reversible", undoable: true, over }).requirement;
  assert.equal(free(null), null);
  assert.equal(free("over")?.onExpiry, "refuse", "past a limit a person is asked, whatever the rule says");
});

test("the never-touch list holds by kind, tag, alias, short name, address and range, and for our own machines", () => {
  const ourselves = { names: ["siem-1.corp.example"], addresses: ["10.0.0.5"] };
  const list = {
    hosts: ["vault.corp.example"],
    users: ["Break.Glass"],
    addresses: ["10.9.0.0/16", "192.0.2.7"],
    assetKinds: ["domain-controller"],
    tags: ["never-touch"],
    ourselves: true,
  };
  const held: EstateTarget[] = [
    host("dc-1", { kind: "domain-controller" }),
    host("pump-3", { tags: ["never-touch"] }),
    { kind: "host", value: "VAULT", asset: null, identity: null },
    host("srv-9", { names: ["srv-9", "vault.corp.example"] }),
    { kind: "ip", value: "10.9.4.4", asset: null, identity: null },
    { kind: "ip", value: "::ffff:10.9.4.4", asset: null, identity: null },
    host("db-7", { addresses: ["192.0.2.7"] }),
    { kind: "host", value: "siem-1", asset: null, identity: null },
    host("other", { addresses: ["10.0.0.5"] }),
    { kind: "process", value: "siem-1:4711", asset: null, identity: null },
    { kind: "user", value: "BREAK.GLASS", asset: null, identity: null },
  ];
  assert.deepEqual(
    neverTouched(list, held, ourselves).map(({ target }) => target.value),
    held.map(({ value }) => value),
  );
  const free: EstateTarget[] = [
    host("web-1"),
    { kind: "host", value: "vault.other.example", asset: null, identity: null },
    { kind: "ip", value: "10.10.0.1", asset: null, identity: null },
    { kind: "user", value: "vault", asset: null, identity: null },
  ];
  assert.deepEqual(neverTouched(list, free, ourselves), []);
});

test("limits count distinct hosts of the hour; the same host again adds nothing", () => {
  const touched = { used: 2, known: ["a", "b"], max: 3 };
  const of = (...values: string[]) => [
    limitOf(
      "hosts",
      [...values, "B"].map((value) => ({ kind: "host" as const, value })),
      touched,
    ),
    limitOf("users", [{ kind: "host", value: "u" }], { used: 1, known: [], max: 1 }),
  ];
  assert.deepEqual(of("b", "c")[0], { of: "hosts", used: 2, adds: 1, max: 3 });
  assert.equal(overLimit(of("b", "c")), null);
  assert.match(overLimit(of("c", "d")) ?? "", /At most 3 hosts .* 2 were, and this adds 2/);
});
