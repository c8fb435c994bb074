/** declare: what a file or a person says about the estate, written over what was observed. The same file twice changes nothing:
 *  every row is compared first, so the report says what really changed. */
import type { EstateFile } from "@holdfast/contracts/estate-file";
import { sql } from "drizzle-orm";
import type { Transaction } from "../platform/tables/index.ts";
import { accountName, hostName } from "./names.ts";

export interface Declared {
  created: number;
  updated: number;
  unchanged: number;
}

export async function declareEstate(tx: Transaction, file: EstateFile, now: number): Promise<Declared> {
  const report: Declared = { created: 0, updated: 0, unchanged: 0 };
  const count = (outcome: Outcome): void => {
    report[outcome] += 1;
  };
  for (const team of file.teams) count(await declareTeam(tx, team));
  const assetIds = new Map<string, string>();
  for (const asset of file.assets) {
    const { id, outcome } = await declareAsset(tx, asset, now);
    assetIds.set(asset.name.toLowerCase(), id);
    count(outcome);
  }
  for (const service of file.services) count(await declareService(tx, service));
  for (const service of file.services) {
    const ids = service.assets.flatMap((name) => assetIds.get(name.toLowerCase()) ?? []);
    await setLinks(tx, service.id, { dependsOn: service.depends_on, assetIds: ids });
  }
  for (const identity of file.identities) count(await declareIdentity(tx, identity));
  return report;
}

type Outcome = "created" | "updated" | "unchanged";

/** An upsert that touches a row only when something differs; xmax is 0 for a fresh row, no row comes back for an equal one. */
const outcomeOf = (rows: readonly { fresh: boolean }[]): Outcome =>
  rows[0] === undefined ? "unchanged" : rows[0].fresh ? "created" : "updated";

async function declareTeam(tx: Transaction, team: EstateFile["teams"][number]): Promise<Outcome> {
  const { rows } = await tx.execute<{ fresh: boolean }>(sql`
    INSERT INTO team AS t (id, name, kind, members)
    VALUES (${team.id}, ${team.name}, ${team.kind}, ${sql.param(team.members)}::text[])
    ON CONFLICT (id) DO UPDATE SET name = excluded.name, kind = excluded.kind, members = excluded.members
      WHERE (t.name, t.kind, t.members) IS DISTINCT FROM (excluded.name, excluded.kind, excluded.members)
    RETURNING xmax = 0 AS fresh`);
  return outcomeOf(rows);
}

async function declareAsset(
  tx: Transaction,
  asset: EstateFile["assets"][number],
  now: number,
): Promise<{ id: string; outcome: Outcome }> {
  // The schema allows letters, digits, dots and hyphens, so a declared name that is no host name is an address.
  const name = hostName(asset.name) ?? { key: asset.name.toLowerCase(), label: asset.name.toLowerCase(), domain: "" };
  const { rows: known } = await tx.execute<{ id: string }>(sql`
    SELECT a.id FROM asset a JOIN asset_alias n ON n.asset_id = a.id WHERE n.name = ${name.key}
    UNION ALL SELECT id FROM asset WHERE label = ${name.label} AND (domain = '' OR ${name.domain} = '' OR domain = ${name.domain}) LIMIT 1`);
  const facts = sql`${asset.name}, ${asset.kind}, ${asset.os}, ${asset.owner}, ${asset.criticality}::int, ${asset.exposure}, ${sql.param(asset.tags)}::text[], 'declared'`;
  let id = known[0]?.id;
  let outcome: Outcome = "created";
  if (id === undefined) {
    const { rows } = await tx.execute<{ id: string }>(sql`
      INSERT INTO asset (label, domain, name, kind, os, owner, criticality, exposure, tags, provenance) VALUES (${name.label}, ${name.domain}, ${facts}) RETURNING id`);
    id = rows[0]?.id ?? "";
  } else {
    const { rows } = await tx.execute(sql`
      UPDATE asset SET (name, kind, os, owner, criticality, exposure, tags, provenance) = (${facts})
      WHERE id = ${id}::uuid AND (name, kind, os, owner, criticality, exposure, tags, provenance) IS DISTINCT FROM (${facts}) RETURNING id`);
    outcome = rows.length === 0 ? "unchanged" : "updated";
  }
  await tx.execute(
    sql`INSERT INTO asset_alias (name, shown, asset_id, rule) VALUES (${name.key}, ${asset.name}, ${id}::uuid, 'declared') ON CONFLICT (name) DO NOTHING`,
  );
  const added =
    asset.addresses.length === 0
      ? { rows: [] }
      : await tx.execute(sql`
    INSERT INTO asset_address (asset_id, ip, first_seen, last_seen, provenance)
    SELECT ${id}::uuid, ip, ${iso(now)}::timestamptz, ${iso(now)}::timestamptz, 'declared' FROM unnest(${sql.param(asset.addresses)}::inet[]) AS ip
    ON CONFLICT (asset_id, ip) DO UPDATE SET provenance = 'declared' WHERE asset_address.provenance <> 'declared' RETURNING ip`);
  if (added.rows.length > 0 && outcome === "unchanged") outcome = "updated";
  return { id, outcome };
}

async function declareService(tx: Transaction, service: EstateFile["services"][number]): Promise<Outcome> {
  const { rows } = await tx.execute<{ fresh: boolean }>(sql`
    INSERT INTO service AS s (id, name, description, owner, criticality, exposure)
    VALUES (${service.id}, ${service.name}, ${service.description}, ${service.owner}, ${service.criticality}, ${service.exposure})
    ON CONFLICT (id) DO UPDATE SET name = excluded.name, description = excluded.description, owner = excluded.owner, criticality = excluded.criticality, exposure = excluded.exposure
    WHERE (s.name, s.description, s.owner, s.criticality, s.exposure) IS DISTINCT FROM (excluded.name, excluded.description, excluded.owner, excluded.criticality, excluded.exposure)
    RETURNING xmax = 0 AS fresh`);
  return outcomeOf(rows);
}

/** Makes a service's dependencies and assets exactly these. */
export async function setLinks(
  tx: Transaction,
  serviceId: string,
  links: { dependsOn: readonly string[]; assetIds: readonly string[] },
): Promise<void> {
  await tx.execute(
    sql`DELETE FROM service_dependency WHERE service_id = ${serviceId} AND needs_id <> ALL(${sql.param(links.dependsOn)}::text[])`,
  );
  await tx.execute(
    sql`INSERT INTO service_dependency (service_id, needs_id) SELECT ${serviceId}, unnest(${sql.param(links.dependsOn)}::text[]) ON CONFLICT DO NOTHING`,
  );
  await tx.execute(
    sql`DELETE FROM service_asset WHERE service_id = ${serviceId} AND asset_id <> ALL(${sql.param(links.assetIds)}::uuid[])`,
  );
  await tx.execute(
    sql`INSERT INTO service_asset (service_id, asset_id) SELECT ${serviceId}, unnest(${sql.param(links.assetIds)}::uuid[]) ON CONFLICT DO NOTHING`,
  );
}

async function declareIdentity(tx: Transaction, identity: EstateFile["identities"][number]): Promise<Outcome> {
  const key = accountName(identity.name)?.key ?? identity.name.toLowerCase();
  const facts = sql`${identity.full_name}, ${identity.kind}, ${identity.team}, ${identity.privileged}::boolean, 'declared'`;
  const { rows: known } = await tx.execute<{ id: string }>(
    sql`SELECT identity_id AS id FROM identity_alias WHERE name = ${key}`,
  );
  let id = known[0]?.id;
  let outcome: Outcome = "created";
  if (id === undefined) {
    const { rows } = await tx.execute<{ id: string }>(
      sql`INSERT INTO identity (name, full_name, kind, team, privileged, provenance) VALUES (${identity.name}, ${facts}) RETURNING id`,
    );
    id = rows[0]?.id ?? "";
  } else {
    const { rows } = await tx.execute(sql`
      UPDATE identity SET (full_name, kind, team, privileged, provenance) = (${facts})
      WHERE id = ${id}::uuid AND (full_name, kind, team, privileged, provenance) IS DISTINCT FROM (${facts}) RETURNING id`);
    outcome = rows.length === 0 ? "unchanged" : "updated";
  }
  const spellings = [identity.name, ...identity.aliases];
  await tx.execute(sql`
    INSERT INTO identity_alias (name, shown, identity_id, rule)
    SELECT lower(shown), shown, ${id}::uuid, 'declared' FROM unnest(${sql.param(spellings)}::text[]) AS shown
    ON CONFLICT (name) DO UPDATE SET identity_id = excluded.identity_id, rule = 'declared' WHERE identity_alias.identity_id <> excluded.identity_id`);
  return outcome;
}

const iso = (ms: number): string => new Date(ms).toISOString();
