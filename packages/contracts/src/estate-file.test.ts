/** estate-file: the demo's estate is a valid file, and each mistake is told with its place in words one can act on. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parse } from "yaml";
import { estateFile } from "./estate-file.ts";

const demo = (): unknown => parse(readFileSync(new URL("../../content/estate/demo.yaml", import.meta.url), "utf8"));

const SMALL = {
  teams: [{ id: "ops", name: "Operations", kind: "operations" }],
  services: [{ id: "shop", name: "Shop", owner: "ops", criticality: 4, exposure: "internet", assets: ["WEB-1"] }],
  assets: [
    {
      name: "web-1",
      kind: "server",
      addresses: ["192.0.2.1", "2001:db8::1"],
      owner: "ops",
      criticality: 3,
      exposure: "internet",
    },
  ],
  identities: [{ name: "i.user", full_name: "Ida User", kind: "person", team: "ops" }],
};

test("the demo's estate: 40 assets, 6 services, both teams", () => {
  const estate = estateFile.parse(demo());
  assert.equal(estate.assets.length, 40);
  assert.equal(estate.services.length, 6);
  assert.deepEqual(new Set(estate.teams.map((team) => team.kind)), new Set(["security", "operations", "other"]));
  const addresses = estate.assets.flatMap((asset) => asset.addresses);
  assert.equal(new Set(addresses).size, addresses.length, "an address belongs to one asset");
});

test("what is left out has a default; names of assets have no case", () => {
  const estate = estateFile.parse(SMALL);
  assert.deepEqual(estate.services[0]?.depends_on, []);
  assert.equal(estate.identities[0]?.privileged, false);
  assert.equal(estate.assets[0]?.os, "");
  assert.deepEqual(estateFile.parse({}).assets, []);
});

const mistakes: readonly [what: string, change: (file: typeof SMALL) => unknown, path: string, message: RegExp][] = [
  ["an unknown key", (file) => ({ ...file, asets: [] }), "", /asets/],
  [
    "an unknown owner",
    (file) => ({ ...file, services: [{ ...file.services[0], owner: "opps" }] }),
    "services.0.owner",
    /no team "opps"/,
  ],
  ["an unknown asset", (file) => ({ ...file, assets: [] }), "services.0.assets.0", /no asset "WEB-1"/],
  [
    "a dependency on nothing",
    (file) => ({ ...file, services: [{ ...file.services[0], depends_on: ["db"] }] }),
    "services.0.depends_on.0",
    /no service "db"/,
  ],
  [
    "a dependency on itself",
    (file) => ({ ...file, services: [{ ...file.services[0], depends_on: ["shop"] }] }),
    "services.0.depends_on.0",
    /on itself/,
  ],
  [
    "a name twice",
    (file) => ({ ...file, identities: [...file.identities, { ...file.identities[0], name: "I.User" }] }),
    "identities.1.name",
    /second time/,
  ],
  [
    "a criticality out of range",
    (file) => ({ ...file, assets: [{ ...file.assets[0], criticality: 9 }] }),
    "assets.0.criticality",
    /1 \(can wait\) to 5/,
  ],
  [
    "an address that is none",
    (file) => ({ ...file, assets: [{ ...file.assets[0], addresses: ["web"] }] }),
    "assets.0.addresses.0",
    /IPv4 or IPv6/,
  ],
  [
    "an unknown team of an identity",
    (file) => ({ ...file, identities: [{ ...file.identities[0], team: "x" }] }),
    "identities.0.team",
    /no team "x"/,
  ],
];

for (const [what, change, path, message] of mistakes)
  test(`${what} is told with its place`, () => {
    const result = estateFile.safeParse(change(SMALL));
    assert.ok(!result.success);
    const issue = result.error.issues.find((found) => found.path.join(".") === path);
    assert.match(issue?.message ?? `nothing at ${path}: ${result.error.message}`, message);
  });
