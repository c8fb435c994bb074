/** estate.testing: a small estate for triage's tests: who has which address, which services stand on what. */
import type { ServiceBrief } from "@holdfast/contracts/estate";
import type { EstateLookup } from "./apply.ts";

export const PAYROLL: ServiceBrief = {
  id: "payroll",
  name: "Payroll",
  criticality: 5,
  exposure: "internal",
  owner: "finance",
};
export const SHOP: ServiceBrief = { id: "shop", name: "Shop", criticality: 3, exposure: "internet", owner: "commerce" };

export interface TestEstate {
  /** Host name -> asset id. */
  readonly assets: ReadonlyMap<string, string>;
  /** Address -> asset id. */
  readonly addresses: ReadonlyMap<string, string>;
  readonly services: Map<string, readonly ServiceBrief[]>;
}

export function testEstate(): TestEstate {
  return {
    assets: new Map([
      ["fin-ws-01", "asset-ws"],
      ["pay-db-01", "asset-db"],
      ["dc-01", "asset-dc"],
    ]),
    addresses: new Map([
      ["10.20.1.11", "asset-ws"],
      ["10.20.0.31", "asset-db"],
      ["10.20.0.10", "asset-dc"],
    ]),
    services: new Map([
      ["pay-db-01", [PAYROLL]],
      ["web-01", [SHOP]],
    ]),
  };
}

export function lookupOf(estate: TestEstate): EstateLookup {
  return {
    servicesOf: async (_executor, { hosts }) => ({
      hosts: new Map(hosts.map((host) => [host, estate.services.get(host) ?? []])),
      users: new Map(),
    }),
    resolve: async (_executor, entities) =>
      entities.map(({ kind, value }) => ({
        assetId: (kind === "host" ? estate.assets.get(value.toLowerCase()) : estate.addresses.get(value)) ?? null,
        identityId: null,
      })),
  };
}
