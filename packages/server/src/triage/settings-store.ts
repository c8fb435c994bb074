/** settings-store: versions of the settings, append-only; the last one holds. */
import { sql } from "drizzle-orm";
import { type SettingsPreview, type SettingsVersion, triageSettings } from "@holdfast/contracts/triage-settings";
import type { Executor, Transaction } from "../platform/tables/index.ts";
import { iso } from "./alert-list-store.ts";
import type { Dedup } from "./causes.ts";
import { SHIPPED } from "./settings.ts";

export async function currentSettings(executor: Executor): Promise<SettingsVersion> {
  const found = await executor.execute<Row>(sql`select * from triage_setting order by version desc limit 1`);
  const row = found.rows[0];
  return row === undefined ? FIRST : toVersion(row);
}

/** The settings, and the rules of whose alerts something was taken out: one statement, since every block asks. */
export async function settingsToApply(
  executor: Executor,
): Promise<{ readonly current: SettingsVersion; readonly takenRules: readonly string[] }> {
  const found = await executor.execute<Partial<Row> & { taken: string[] | null }>(sql`
    select s.*, t.taken from (select array_agg(distinct rule_id) as taken from alert_take_out where undone_at is null) t
    left join (select * from triage_setting order by version desc limit 1) s on true`);
  const row = found.rows[0];
  const current = row?.version === undefined || row.version === null ? FIRST : toVersion(row as Row);
  return { current, takenRules: row?.taken ?? [] };
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
    from alert where last_seen >= ${from} and exercise_id is null and put_back_into is null`);
  const [row] = found.rows;
  return { hidden: Number(row?.hidden ?? 0), raised: Number(row?.raised ?? 0) };
}

const MOST_RULES = 20;

/** Open alerts that were raised under other keys than these. What people have told apart already is left out. */
export async function otherKeys(
  executor: Executor,
  dedup: readonly { readonly ruleId: string; readonly keys: readonly string[] }[],
): Promise<SettingsPreview["otherKeys"]> {
  const { rows } = await executor.execute<{
    rule_id: string;
    title: string;
    n: number;
    example: string;
    all: number;
  }>(sql`
    select a.rule_id, min(a.title) as title, count(*) as n, (array_agg(a.id order by a.count desc, a.id))[1] as example,
      sum(count(*)) over () as all
    from alert a left join jsonb_to_recordset(${JSON.stringify(dedup)}::jsonb) as d("ruleId" text, keys jsonb) on d."ruleId" = a.rule_id
    where a.state <> 'closed' and a.exercise_id is null and a.cause is not null and jsonb_array_length(a.cause->'all') = 1
      and a.taken_from is null and a.cause->'keys' <> coalesce(d.keys, 'null'::jsonb)
    group by a.rule_id order by count(*) desc, a.rule_id limit ${MOST_RULES}`);
  return {
    alerts: Number(rows[0]?.all ?? 0),
    rules: rows.map(({ rule_id, title, n, example }) => ({ ruleId: rule_id, title, alerts: Number(n), example })),
  };
}

type Row = { version: number; at: number; by_name: string; note: string; value: unknown };

const FIRST: SettingsVersion = { version: 0, at: null, by: "Holdfast", note: "As shipped.", settings: SHIPPED };

function toVersion(row: Row): SettingsVersion {
  const { version, at, by_name, note } = row;
  return { version, at: iso(at), by: by_name, note, settings: triageSettings.parse(row.value) };
}
