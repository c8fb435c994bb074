/** observe: hosts, users and addresses of a block into the estate, inside the pump's transaction. A handful of statements per
 *  block whatever its size. What a person declared is never overwritten by what was observed. */
import { sql } from "drizzle-orm";
import ipaddr from "ipaddr.js";
import type { Transaction } from "../platform/tables/index.ts";
import type { SeenDependencies } from "./dependencies.ts";
import { accountName, type HostName, hostName, sameHost } from "./names.ts";

export interface Observed {
  readonly hosts: readonly {
    readonly host: string;
    readonly product: string;
    readonly firstMs: number;
    readonly lastMs: number;
  }[];
  readonly users: readonly { readonly user: string; readonly firstMs: number; readonly lastMs: number }[];
  readonly addresses: readonly {
    readonly host: string;
    readonly ip: string;
    readonly firstMs: number;
    readonly lastMs: number;
  }[];
  /** Who acted on which host. */
  readonly logons: readonly { readonly user: string; readonly host: string; readonly lastMs: number }[];
  /** Who called whom; none where nobody looked. */
  readonly dependencies?: SeenDependencies;
}

interface Seen {
  firstMs: number;
  lastMs: number;
}

/** @returns how many assets and identities are new. */
export async function applyObservations(
  tx: Transaction,
  observed: Observed,
): Promise<{ assets: number; identities: number }> {
  const assets = await seeHosts(tx, observed);
  const identities = await seeUsers(tx, observed.users);
  await seeLogons(tx, observed.logons);
  return { assets, identities };
}

async function seeLogons(tx: Transaction, logons: Observed["logons"]): Promise<void> {
  const pairs = new Map<string, { user: string; host: string; lastMs: number }>();
  for (const logon of logons) {
    const user = accountName(logon.user)?.key;
    const host = hostName(logon.host)?.key;
    if (user === undefined || host === undefined) continue;
    const key = `${user} ${host}`;
    pairs.set(key, { user, host, lastMs: Math.max(logon.lastMs, pairs.get(key)?.lastMs ?? 0) });
  }
  if (pairs.size === 0) return;
  const rows = [...pairs.values()];
  await tx.execute(sql`
    INSERT INTO identity_host (identity_id, asset_id, last_seen)
    SELECT i.identity_id, a.asset_id, max(seen.at) FROM unnest(${sql.param(rows.map((row) => row.user))}::text[], ${sql.param(rows.map((row) => row.host))}::text[], ${sql.param(rows.map((row) => iso(row.lastMs)))}::timestamptz[]) AS seen (account, host, at)
    JOIN identity_alias i ON i.name = seen.account JOIN asset_alias a ON a.name = seen.host
    GROUP BY i.identity_id, a.asset_id ORDER BY i.identity_id, a.asset_id
    ON CONFLICT (identity_id, asset_id) DO UPDATE SET last_seen = greatest(identity_host.last_seen, excluded.last_seen)`);
}

async function seeHosts(tx: Transaction, { hosts, addresses }: Observed): Promise<number> {
  const names = new Map<string, Seen & { name: HostName; shown: string; product: string }>();
  for (const { host, product = "", firstMs, lastMs } of [
    ...hosts,
    ...addresses.map((address) => ({ ...address, product: "" })),
  ]) {
    const name = hostName(host);
    if (name === undefined) continue;
    const known = names.get(name.key);
    if (known === undefined) names.set(name.key, { name, shown: host, product, firstMs, lastMs });
    else widen(known, { firstMs, lastMs });
  }
  if (names.size === 0) return 0;
  const ids = await knownAssets(tx, [...names.keys()]);
  const missing = [...names.values()].filter(({ name }) => !ids.has(name.key));
  let created = 0;
  if (missing.length > 0) {
    const { rows: candidates } = await tx.execute<{ id: string; label: string; domain: string }>(
      sql`SELECT id, label, domain FROM asset WHERE label = ANY(${sql.param(missing.map(({ name }) => name.label))})`,
    );
    const pool = [...candidates];
    for (const { name, shown, product } of missing) {
      const matches = pool.filter((candidate) => sameHost(candidate, name));
      // Two candidates that both fit leave it open which one is meant: then it is a thing of its own.
      const match = matches.length === 1 ? matches[0] : undefined;
      const id = match?.id ?? (await createAsset(tx, { name, shown, product }));
      if (match === undefined) {
        created += 1;
        pool.push({ id, label: name.label, domain: name.domain });
      } else if (match.domain === "" && name.domain !== "") {
        match.domain = name.domain;
        await tx.execute(sql`UPDATE asset SET domain = ${name.domain} WHERE id = ${id}::uuid`);
      }
      await tx.execute(
        sql`INSERT INTO asset_alias (name, shown, asset_id, rule) VALUES (${name.key}, ${shown}, ${id}::uuid, ${match === undefined ? "same-name" : "short-name"}) ON CONFLICT (name) DO NOTHING`,
      );
      ids.set(name.key, id);
    }
  }
  const seen = new Map<string, Seen>();
  for (const { name, firstMs, lastMs } of names.values()) {
    const id = ids.get(name.key) as string;
    const before = seen.get(id);
    if (before === undefined) seen.set(id, { firstMs, lastMs });
    else widen(before, { firstMs, lastMs });
  }
  await touch(tx, "asset", seen);
  await seeAddresses(tx, addresses, ids);
  return created;
}

async function knownAssets(tx: Transaction, keys: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await tx.execute<{ name: string; asset_id: string }>(
    sql`SELECT name, asset_id FROM asset_alias WHERE name = ANY(${sql.param(keys)})`,
  );
  return new Map(rows.map((row) => [row.name, row.asset_id]));
}

async function createAsset(
  tx: Transaction,
  { name, shown, product }: { name: HostName; shown: string; product: string },
): Promise<string> {
  const os =
    product === "windows" || product === "sysmon"
      ? "Windows"
      : ["linux", "sshd", "sudo", "systemd", "auditd", "cron"].includes(product)
        ? "Linux"
        : "";
  const { rows } = await tx.execute<{ id: string }>(
    sql`INSERT INTO asset (name, label, domain, os, provenance) VALUES (${shown}, ${name.label}, ${name.domain}, ${os}, 'observed') RETURNING id`,
  );
  return rows[0]?.id ?? "";
}

async function seeAddresses(
  tx: Transaction,
  addresses: Observed["addresses"],
  ids: ReadonlyMap<string, string>,
): Promise<void> {
  const rows = new Map<string, { id: string; ip: string } & Seen>();
  for (const { host, ip, firstMs, lastMs } of addresses) {
    const id = ids.get(hostName(host)?.key ?? "");
    // A malformed address would fail the whole block's statement.
    if (id === undefined || !ipaddr.isValid(ip)) continue;
    // One spelling: the same address written in two ways would be two rows of one statement, which PostgreSQL refuses.
    const plain = ipaddr.process(ip).toString();
    const key = `${id} ${plain}`;
    const before = rows.get(key);
    if (before === undefined) rows.set(key, { id, ip: plain, firstMs, lastMs });
    else widen(before, { firstMs, lastMs });
  }
  if (rows.size === 0) return;
  const list = [...rows.values()];
  await tx.execute(sql`
    INSERT INTO asset_address (asset_id, ip, first_seen, last_seen, provenance)
    SELECT id, ip, first_seen, last_seen, 'observed' FROM unnest(${sql.param(list.map((row) => row.id))}::uuid[], ${sql.param(list.map((row) => row.ip))}::inet[],
      ${sql.param(list.map((row) => iso(row.firstMs)))}::timestamptz[], ${sql.param(list.map((row) => iso(row.lastMs)))}::timestamptz[]) AS seen (id, ip, first_seen, last_seen)
    ON CONFLICT (asset_id, ip) DO UPDATE SET
      first_seen = least(asset_address.first_seen, excluded.first_seen), last_seen = greatest(asset_address.last_seen, excluded.last_seen)`);
}

async function seeUsers(tx: Transaction, users: Observed["users"]): Promise<number> {
  const names = new Map<string, Seen & { shown: Map<string, string> }>();
  for (const { user, firstMs, lastMs } of users) {
    const account = accountName(user);
    if (account === undefined) continue;
    const known = names.get(account.key) ?? { shown: new Map<string, string>(), firstMs, lastMs };
    known.shown.set(user, account.rule);
    widen(known, { firstMs, lastMs });
    names.set(account.key, known);
  }
  if (names.size === 0) return 0;
  const { rows } = await tx.execute<{ name: string; identity_id: string }>(
    sql`SELECT name, identity_id FROM identity_alias WHERE name = ANY(${sql.param([...names.keys()])})`,
  );
  const ids = new Map(rows.map((row) => [row.name, row.identity_id]));
  let created = 0;
  for (const [key, { shown }] of names) {
    if (ids.has(key)) continue;
    const [first = key] = shown.keys();
    const made = await tx.execute<{ id: string }>(
      sql`INSERT INTO identity (name, provenance) VALUES (${key}, 'observed') RETURNING id`,
    );
    const id = made.rows[0]?.id ?? "";
    await tx.execute(
      sql`INSERT INTO identity_alias (name, shown, identity_id, rule) VALUES (${key}, ${first}, ${id}::uuid, 'same-name') ON CONFLICT (name) DO NOTHING`,
    );
    ids.set(key, id);
    created += 1;
  }
  await touch(tx, "identity", new Map([...names].map(([key, seen]) => [ids.get(key) as string, seen])));
  const spellings = [...names].flatMap(([key, { shown }]) =>
    [...shown]
      .filter(([text]) => text.toLowerCase() !== key)
      .map(([text, rule]) => ({ text, rule, id: ids.get(key) as string })),
  );
  if (spellings.length > 0) {
    await tx.execute(sql`
      INSERT INTO identity_alias (name, shown, identity_id, rule)
      SELECT lower(shown), shown, id, rule FROM unnest(${sql.param(spellings.map((s) => s.text))}::text[], ${sql.param(spellings.map((s) => s.id))}::uuid[], ${sql.param(spellings.map((s) => s.rule))}::text[]) AS seen (shown, id, rule)
      ON CONFLICT (name) DO NOTHING`);
  }
  return created;
}

async function touch(tx: Transaction, table: "asset" | "identity", seen: ReadonlyMap<string, Seen>): Promise<void> {
  const rows = [...seen].sort(([a], [b]) => (a < b ? -1 : 1));
  await tx.execute(sql`
    UPDATE ${sql.raw(table)} AS thing SET first_seen = least(coalesce(thing.first_seen, seen.first_seen), seen.first_seen), last_seen = greatest(coalesce(thing.last_seen, seen.last_seen), seen.last_seen)
    FROM unnest(${sql.param(rows.map(([id]) => id))}::uuid[], ${sql.param(rows.map(([, at]) => iso(at.firstMs)))}::timestamptz[], ${sql.param(rows.map(([, at]) => iso(at.lastMs)))}::timestamptz[]) AS seen (id, first_seen, last_seen)
    WHERE thing.id = seen.id`);
}

function widen(into: Seen, by: Seen): void {
  into.firstMs = Math.min(into.firstMs, by.firstMs);
  into.lastMs = Math.max(into.lastMs, by.lastMs);
}

const iso = (ms: number): string => new Date(ms).toISOString();
