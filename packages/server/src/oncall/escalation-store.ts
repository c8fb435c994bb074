/** escalation-store: escalations, their pages and the journal of deliveries. What may happen once is a unique key here, not a
 *  condition in the code: a page by escalation, round and step, a delivery by page, recipient and method. */
import type { ChannelKind, Delivery, Escalation } from "@holdfast/contracts/oncall-model";
import type { Severity } from "@holdfast/contracts/model";
import { SEVERITIES } from "@holdfast/contracts/model";
import { type SQL, sql } from "drizzle-orm";
import type { Executor, Transaction } from "../platform/tables/index.ts";

export interface EscalationRecord {
  readonly id: string;
  readonly incidentId: string;
  readonly policyId: string;
  readonly policyName: string;
  readonly severity: Severity;
  readonly reason: string;
  readonly state: Escalation["state"];
  readonly startedAt: number;
  readonly step: number;
  readonly round: number;
  readonly firstRound: number;
  readonly wakeAt: number;
  readonly generation: number;
  readonly answered: { readonly id: string; readonly name: string; readonly at: number; readonly from: string } | null;
}

export interface PageRecord {
  readonly id: string;
  readonly escalationId: string;
  readonly incidentId: string;
  readonly policyName: string;
  readonly severity: Severity;
  readonly reason: string;
  readonly round: number;
  readonly step: number;
  readonly at: number;
  readonly state: "open" | "done";
  readonly seq: number;
}

export interface DeliveryRecord {
  readonly id: string;
  readonly pageId: string;
  readonly recipient: number;
  readonly place: number;
  readonly person: { readonly id: string; readonly name: string } | null;
  readonly kind: ChannelKind;
  readonly connectorId: string | null;
  readonly to: string;
  readonly state: Delivery["state"];
  readonly reason: string;
  readonly at: number;
}

type EscalationRow = {
  id: string;
  incident_id: string;
  policy_id: string;
  policy_name: string;
  severity: number;
  reason: string;
  state: Escalation["state"];
  started_at: number;
  step: number;
  round: number;
  first_round: number;
  wake_at: number;
  generation: number;
  answered_by: string | null;
  answered_name: string | null;
  answered_at: number | null;
  answered_from: string | null;
};

/** False when this key was asked before. */
export async function insertEscalation(
  tx: Transaction,
  one: {
    readonly id: string;
    readonly key: string;
    readonly incidentId: string;
    readonly policy: { readonly id: string; readonly name: string };
    readonly severity: Severity;
    readonly reason: string;
    readonly now: number;
  },
): Promise<boolean> {
  const { rows } = await tx.execute(sql`
    insert into oncall_escalation (id, incident_id, key, policy_id, policy_name, severity, reason, state, started_at, wake_at)
    values (${one.id}, ${one.incidentId}, ${one.key}, ${one.policy.id}, ${one.policy.name}, ${SEVERITIES.indexOf(one.severity)},
      ${one.reason}, 'running', ${one.now}, ${one.now})
    on conflict do nothing returning id`);
  return rows.length > 0;
}

/** Locked until the transaction ends. */
export async function lockEscalation(tx: Transaction, id: string): Promise<EscalationRecord | undefined> {
  return first(tx, sql`where id = ${id} for update`);
}

/** The one that runs, sleeps or was answered; locked until the transaction ends. */
export async function lockOpenEscalation(tx: Transaction, incidentId: string): Promise<EscalationRecord | undefined> {
  return first(
    tx,
    sql`where incident_id = ${incidentId} and state in ('running', 'snoozed', 'acknowledged') for update`,
  );
}

export async function latestEscalation(db: Executor, incidentId: string): Promise<EscalationRecord | undefined> {
  return first(db, sql`where incident_id = ${incidentId} order by started_at desc, id desc limit 1`);
}

/** Incidents that are being paged for, or that a clock runs for. */
export async function underWay(db: Executor): Promise<string[]> {
  const { rows } = await db.execute<{ incident_id: string }>(sql`
    select incident_id from oncall_escalation where state in ('running', 'snoozed', 'acknowledged')
    union select incident_id from oncall_clock where met_at is null`);
  return rows.map(({ incident_id }) => incident_id);
}

export async function wasAsked(tx: Transaction, key: string): Promise<boolean> {
  const { rows } = await tx.execute(sql`select 1 from oncall_escalation where key = ${key}`);
  return rows.length > 0;
}

export async function changeEscalation(
  tx: Transaction,
  id: string,
  change: Partial<{
    state: Escalation["state"];
    step: number;
    round: number;
    firstRound: number;
    wakeAt: number;
    generation: number;
    answered: EscalationRecord["answered"];
  }>,
): Promise<void> {
  const parts: SQL[] = [];
  if (change.state !== undefined) parts.push(sql`state = ${change.state}`);
  if (change.step !== undefined) parts.push(sql`step = ${change.step}`);
  if (change.round !== undefined) parts.push(sql`round = ${change.round}`);
  if (change.firstRound !== undefined) parts.push(sql`first_round = ${change.firstRound}`);
  if (change.wakeAt !== undefined) parts.push(sql`wake_at = ${Math.round(change.wakeAt)}`);
  if (change.generation !== undefined) parts.push(sql`generation = ${change.generation}`);
  if (change.answered !== undefined) {
    const { answered } = change;
    parts.push(sql`answered_by = ${answered?.id ?? null}, answered_name = ${answered?.name ?? null},
      answered_at = ${answered?.at ?? null}, answered_from = ${answered?.from ?? null}`);
  }
  await tx.execute(sql`update oncall_escalation set ${sql.join(parts, sql`, `)} where id = ${id}`);
}

export async function policyInUse(tx: Transaction, policyId: string): Promise<boolean> {
  const { rows } = await tx.execute(
    sql`select 1 from oncall_escalation where policy_id = ${policyId} and state in ('running', 'snoozed') limit 1`,
  );
  return rows.length > 0;
}

/** False when this step of this round was paged before. */
export async function insertPage(
  tx: Transaction,
  page: {
    readonly id: string;
    readonly escalation: EscalationRecord;
    readonly round: number;
    readonly step: number;
    readonly now: number;
    readonly deliveries: readonly Omit<DeliveryRecord, "pageId" | "at">[];
  },
): Promise<boolean> {
  const { id, escalation, round, step, now } = page;
  const { rows } = await tx.execute(sql`
    insert into oncall_page (id, escalation_id, incident_id, round, step, at, state)
    values (${id}, ${escalation.id}, ${escalation.incidentId}, ${round}, ${step}, ${now}, 'open')
    on conflict do nothing returning id`);
  if (rows.length === 0) return false;
  const records = page.deliveries.map(({ person, to, connectorId, ...one }) => ({
    ...one,
    address: to,
    connector_id: connectorId,
    person_id: person?.id ?? null,
    person_name: person?.name ?? null,
  }));
  await tx.execute(sql`
    insert into oncall_delivery (id, page_id, recipient, place, person_id, person_name, kind, connector_id, address, state, reason, at)
    select id, ${id}, recipient, place, person_id, person_name, kind, connector_id, address, state, reason, ${now}
    from jsonb_to_recordset(${JSON.stringify(records)}::jsonb) as r(id text, recipient int, place int, person_id text, person_name text,
      kind text, connector_id text, address text, state text, reason text)`);
  return true;
}

export async function openPages(db: Executor, escalationId: string): Promise<string[]> {
  const { rows } = await db.execute<{ id: string }>(
    sql`select id from oncall_page where escalation_id = ${escalationId} and state = 'open' order by seq`,
  );
  return rows.map(({ id }) => id);
}

export async function closePage(db: Executor, id: string): Promise<void> {
  await db.execute(sql`update oncall_page set state = 'done' where id = ${id}`);
}

export async function readPages(
  db: Executor,
  asked: { readonly incidentId?: string; readonly id?: string; readonly before?: number; readonly limit: number },
): Promise<PageRecord[]> {
  const where = [
    asked.incidentId === undefined ? sql`true` : sql`p.incident_id = ${asked.incidentId}`,
    asked.id === undefined ? sql`true` : sql`p.id = ${asked.id}`,
    asked.before === undefined ? sql`true` : sql`p.seq < ${asked.before}`,
  ];
  const { rows } = await db.execute<{
    id: string;
    escalation_id: string;
    incident_id: string;
    round: number;
    step: number;
    at: number;
    state: "open" | "done";
    seq: number;
    policy_name: string;
    severity: number;
    reason: string;
  }>(sql`
    select p.id, p.escalation_id, p.incident_id, p.round, p.step, p.at, p.state, p.seq, e.policy_name, e.severity, e.reason
    from oncall_page p join oncall_escalation e on e.id = p.escalation_id
    where ${sql.join(where, sql` and `)} order by p.seq desc limit ${asked.limit}`);
  return rows.map((row) => ({
    id: row.id,
    escalationId: row.escalation_id,
    incidentId: row.incident_id,
    policyName: row.policy_name,
    severity: SEVERITIES[row.severity] ?? "critical",
    reason: row.reason,
    round: row.round,
    step: row.step,
    at: row.at,
    state: row.state,
    seq: row.seq,
  }));
}

export async function readDeliveries(db: Executor, pageIds: readonly string[]): Promise<DeliveryRecord[]> {
  if (pageIds.length === 0) return [];
  const { rows } = await db.execute<DeliveryRow>(sql`
    select ${DELIVERY} from oncall_delivery where page_id = any(${sql.param(pageIds)}::text[]) order by page_id, recipient, place`);
  return rows.map(toDelivery);
}

/** True when it was in one of the states before: whoever asks second gets false. */
export async function moveDelivery(
  db: Executor,
  id: string,
  move: {
    readonly from: Delivery["state"];
    readonly to: Delivery["state"];
    readonly reason?: string;
    readonly now: number;
    readonly answerHash?: Buffer;
  },
): Promise<boolean> {
  const { rows } = await db.execute(sql`
    update oncall_delivery set state = ${move.to}, reason = ${(move.reason ?? "").slice(0, 500)}, at = ${move.now}
      ${move.answerHash === undefined ? sql`` : sql`, answer_hash = ${move.answerHash}`}
    where id = ${id} and state = ${move.from} returning id`);
  return rows.length > 0;
}

/** The delivery that a link or a key belongs to, and whether it was used. */
export async function findDelivery(
  db: Executor,
  by: { readonly hash: Buffer } | { readonly id: string },
): Promise<(DeliveryRecord & { readonly answeredAt: number | null; readonly incidentId: string }) | undefined> {
  const where = "hash" in by ? sql`d.answer_hash = ${by.hash}` : sql`d.id = ${by.id}`;
  const { rows } = await db.execute<DeliveryRow & { answered_at: number | null; incident_id: string }>(sql`
    select d.id, d.page_id, d.recipient, d.place, d.person_id, d.person_name, d.kind, d.connector_id, d.address, d.state, d.reason, d.at,
      d.answered_at, p.incident_id
    from oncall_delivery d join oncall_page p on p.id = d.page_id where ${where}`);
  const [row] = rows;
  return row === undefined
    ? undefined
    : { ...toDelivery(row), answeredAt: row.answered_at, incidentId: row.incident_id };
}

/** True once. */
export async function useAnswer(tx: Transaction, id: string, now: number): Promise<boolean> {
  const { rows } = await tx.execute(
    sql`update oncall_delivery set answered_at = ${now} where id = ${id} and answered_at is null returning id`,
  );
  return rows.length > 0;
}

type DeliveryRow = {
  id: string;
  page_id: string;
  recipient: number;
  place: number;
  person_id: string | null;
  person_name: string | null;
  kind: ChannelKind;
  connector_id: string | null;
  address: string;
  state: Delivery["state"];
  reason: string;
  at: number;
};

const DELIVERY = sql.raw(
  "id, page_id, recipient, place, person_id, person_name, kind, connector_id, address, state, reason, at",
);

function toDelivery(row: DeliveryRow): DeliveryRecord {
  return {
    id: row.id,
    pageId: row.page_id,
    recipient: row.recipient,
    place: row.place,
    person: row.person_id === null ? null : { id: row.person_id, name: row.person_name ?? "" },
    kind: row.kind,
    connectorId: row.connector_id,
    to: row.address,
    state: row.state,
    reason: row.reason,
    at: row.at,
  };
}

async function first(db: Executor, tail: SQL): Promise<EscalationRecord | undefined> {
  const { rows } = await db.execute<EscalationRow>(sql`
    select id, incident_id, policy_id, policy_name, severity, reason, state, started_at, step, round, first_round, wake_at, generation,
      answered_by, answered_name, answered_at, answered_from from oncall_escalation ${tail}`);
  const [row] = rows;
  if (row === undefined) return undefined;
  return {
    id: row.id,
    incidentId: row.incident_id,
    policyId: row.policy_id,
    policyName: row.policy_name,
    severity: SEVERITIES[row.severity] ?? "critical",
    reason: row.reason,
    state: row.state,
    startedAt: row.started_at,
    step: row.step,
    round: row.round,
    firstRound: row.first_round,
    wakeAt: row.wake_at,
    generation: row.generation,
    answered:
      row.answered_by === null
        ? null
        : {
            id: row.answered_by,
            name: row.answered_name ?? "",
            at: row.answered_at ?? 0,
            from: row.answered_from ?? "",
          },
  };
}
