/** facts-store: stored alerts as expressions see them, latest first. */
import { sql } from "drizzle-orm";
import type { Executor } from "../platform/tables/index.ts";
import { type Facts, factsOf } from "./alert-facts.ts";
import type { Sample } from "./samples.ts";

export interface AskedAlert {
  readonly id: string;
  readonly key: string;
  readonly title: string;
  readonly on: string;
  readonly atMs: number;
  readonly rank: number;
  readonly count: number;
  readonly facts: Facts;
}

/** @param since raised after this; real alerts only
 *  @param after the last one of the slice before
 *  @param waiting only those that nobody has taken up: new, in no incident, held by nothing */
export async function askedAlerts(
  executor: Executor,
  asked: {
    readonly ruleId: string | null;
    readonly since: number;
    readonly waiting: boolean;
    readonly limit: number;
    readonly after?: Pick<AskedAlert, "atMs" | "id"> | undefined;
  },
): Promise<AskedAlert[]> {
  const { ruleId, since, waiting, limit, after } = asked;
  const found = await executor.execute<Row>(sql`
    select a.id, a.collapse_key, a.rule_id, a.title, a.severity, a.entity_kind, a.entity_value, a.host, a.count, a.raised_at, a.tactics,
      a.techniques, a.services, s.latest,
      (select jsonb_agg(jsonb_build_object('kind', e.kind, 'value', e.value)) from alert_entity e where e.alert_id = a.id) as entities
    from (
      select * from alert where exercise_id is null and put_back_into is null and raised_at >= ${since}
        ${ruleId === null ? sql`` : sql`and rule_id = ${ruleId}`}
        ${waiting ? sql`and queued and state = 'new' and incident_id is null` : sql``}
        ${after === undefined ? sql`` : sql`and (raised_at, id) < (${after.atMs}, ${after.id})`}
      order by raised_at desc, id desc limit ${limit}
    ) a join alert_sample s on s.alert_id = a.id order by a.raised_at desc, a.id desc`);
  return found.rows.map((row) => {
    const sample = row.latest[row.latest.length - 1];
    return {
      id: row.id,
      key: row.collapse_key,
      title: row.title,
      on: row.entity_value,
      atMs: Number(row.raised_at),
      rank: row.severity,
      count: Number(row.count),
      facts: factsOf({
        ruleId: row.rule_id,
        title: row.title,
        rank: row.severity,
        entity: { kind: row.entity_kind, value: row.entity_value },
        host: row.host,
        user: sample?.user ?? "",
        message: sample?.message ?? "",
        tactics: row.tactics,
        techniques: row.techniques,
        entities: row.entities ?? [],
        fields: sample?.fields ?? [],
        services: row.services.map(({ name }) => name),
        source: "",
      }),
    };
  });
}

type Row = {
  id: string;
  collapse_key: string;
  rule_id: string;
  title: string;
  severity: number;
  entity_kind: string;
  entity_value: string;
  host: string;
  count: number;
  raised_at: number;
  tactics: string[];
  techniques: string[];
  services: { name: string }[];
  latest: Sample[];
  entities: { kind: string; value: string }[] | null;
};
