/** settings-store: versions of the settings, append-only; the last one holds. */
import { sql } from "drizzle-orm";
import { type SettingsVersion, triageSettings } from "@holdfast/contracts/triage-settings";
import type { Executor, Transaction } from "../platform/tables/index.ts";
import { iso } from "./alert-list-store.ts";
import type { Dedup } from "./causes.ts";
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

/** Rule id -> every way in which any version of the settings deduplicated it. */
export async function declaredKeys(
  executor: Executor,
  ruleIds: readonly string[],
): Promise<Map<string, Dedup["keys"][]>> {
  const { rows } = await executor.execute<{ rule: string; keys: Dedup["keys"] }>(sql`
    select distinct one->>'ruleId' as rule, one->'keys' as keys
    from triage_setting, jsonb_array_elements(value->'dedup') as one
    where one->>'ruleId' = any(${sql.param(ruleIds)}::text[])`);
  const found = Map.groupBy(rows, ({ rule }) => rule);
  return new Map([...found].map(([rule, ways]) => [rule, ways.map(({ keys }) => keys)]));
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

/** Real alerts since `from`: those in the queue below the rank, and those that are quiet but not below it. */
export async function quietCounts(
  executor: Executor,
  asked: { readonly below: number; readonly from: number },
): Promise<{ hidden: number; raised: number }> {
  const { below, from } = asked;
  const found = await executor.execute<{ hidden: number; raised: number }>(sql`
    select count(*) filter (where hold is null and severity < ${below}) as hidden,
      count(*) filter (where hold = 'quiet' and severity >= ${below}) as raised
    from alert where last_seen >= ${from} and exercise_id is null`);
  const [row] = found.rows;
  return { hidden: Number(row?.hidden ?? 0), raised: Number(row?.raised ?? 0) };
}

type Row = { version: number; at: number; by_name: string; note: string; value: unknown };

const FIRST: SettingsVersion = { version: 0, at: null, by: "Holdfast", note: "As shipped.", settings: SHIPPED };

function toVersion(row: Row): SettingsVersion {
  const { version, at, by_name, note } = row;
  return { version, at: iso(at), by: by_name, note, settings: triageSettings.parse(row.value) };
}
