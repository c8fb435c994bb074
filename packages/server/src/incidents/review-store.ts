/** review-store: the post-incident review, one per incident, each save naming the version it was made from. */
import { sql } from "drizzle-orm";
import type { Review } from "@holdfast/contracts/incidents";
import type { Executor, Transaction } from "../platform/tables/index.ts";

export const NO_REVIEW: Review = {
  happened: "",
  wentWell: "",
  wentBadly: "",
  waits: "",
  version: 0,
  changedAt: null,
  changedBy: null,
  publishedAt: null,
  publishedBy: null,
};

export async function readReview(executor: Executor, incidentId: string): Promise<Review> {
  const found = await executor.execute<ReviewRow>(sql`select * from incident_review where incident_id = ${incidentId}`);
  const row = found.rows[0];
  if (row === undefined) return NO_REVIEW;
  return {
    happened: row.happened,
    wentWell: row.went_well,
    wentBadly: row.went_badly,
    waits: row.waits,
    version: row.version,
    changedAt: new Date(Number(row.changed_at)).toISOString(),
    changedBy: row.changed_by,
    publishedAt: row.published_at === null ? null : new Date(Number(row.published_at)).toISOString(),
    publishedBy: row.published_by,
  };
}

export interface ReviewSave extends Pick<Review, "happened" | "wentWell" | "wentBadly" | "waits"> {
  /** The version it was made from. */
  readonly version: number;
  readonly by: string;
  readonly now: number;
  readonly publish: boolean;
}

/** False when somebody else saved in between. */
export async function saveReview(tx: Transaction, incidentId: string, save: ReviewSave): Promise<boolean> {
  const { happened, wentWell, wentBadly, waits, by, now } = save;
  const [publishedAt, publishedBy] = save.publish ? [now, by] : [null, null];
  const found = await tx.execute(sql`
    insert into incident_review (incident_id, happened, went_well, went_badly, waits, version, changed_at, changed_by,
      published_at, published_by)
    select ${incidentId}, ${happened}, ${wentWell}, ${wentBadly}, ${waits}, 1, ${now}::bigint, ${by}, ${publishedAt}::bigint,
      ${publishedBy}::text
    where ${save.version} = 0 or exists (select from incident_review where incident_id = ${incidentId})
    on conflict (incident_id) do update set happened = excluded.happened, went_well = excluded.went_well,
      went_badly = excluded.went_badly, waits = excluded.waits, version = incident_review.version + 1,
      changed_at = excluded.changed_at, changed_by = excluded.changed_by,
      published_at = coalesce(excluded.published_at, incident_review.published_at),
      published_by = coalesce(excluded.published_by, incident_review.published_by)
    where incident_review.version = ${save.version} returning version`);
  return found.rows.length > 0;
}

type ReviewRow = {
  happened: string;
  went_well: string;
  went_badly: string;
  waits: string;
  version: number;
  changed_at: number;
  changed_by: string;
  published_at: number | null;
  published_by: string | null;
};
