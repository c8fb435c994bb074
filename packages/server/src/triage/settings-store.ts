/** settings-store: versions of the settings, append-only; the last one holds. */
import { sql } from "drizzle-orm";
import { type SettingsVersion, triageSettings } from "@holdfast/contracts/triage-settings";
import type { Executor, Transaction } from "../platform/tables/index.ts";
import { iso } from "./alert-list-store.ts";
import { SHIPPED } from "./settings.ts";

export async function currentSettings(executor: Executor): Promise<SettingsVersion> {
  const found = await executor.execute<Row>(sql`select * from triage_setting order by version desc limit 1`);
  const row = found.rows[0];
  return row === undefined ? FIRST : toVersion(row);
}

export async function settingsVersions(
  executor: Executor,
  page: { readonly before: number; readonly limit: number },
): Promise<SettingsVersion[]> {
  const found = await executor.execute<Row>(sql`
    select * from triage_setting where version < ${page.before} order by version desc limit ${page.limit}`);
  const versions = found.rows.map(toVersion);
  return versions.length < page.limit && page.before > 0 ? [...versions, FIRST] : versions;
}

export async function addSettings(
  tx: Transaction,
  given: Pick<SettingsVersion, "version" | "by" | "note" | "settings"> & { readonly at: number },
): Promise<void> {
  const { version, at, by, note, settings } = given;
  await tx.execute(sql`
    insert into triage_setting (version, at, by_name, note, value)
    values (${version}, ${at}, ${by}, ${note}, ${JSON.stringify(settings)}::jsonb)`);
}

type Row = { version: number; at: number; by_name: string; note: string; value: unknown };

const FIRST: SettingsVersion = { version: 0, at: null, by: "Holdfast", note: "As shipped.", settings: SHIPPED };

function toVersion(row: Row): SettingsVersion {
  const { version, at, by_name, note } = row;
  return { version, at: iso(at), by: by_name, note, settings: triageSettings.parse(row.value) };
}
