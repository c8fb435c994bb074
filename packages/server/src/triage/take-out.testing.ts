/** take-out.testing: triage whose signals are stored as well, and short ways to look into an alert, take out of it and put back. */
import { sql } from "drizzle-orm";
import { type GroupKind, takeOutRoutes } from "@holdfast/contracts/triage-take-out";
import { triageSettingsRoutes } from "@holdfast/contracts/triage-settings";
import { serialiseSignal, type Signal } from "../detect/index.ts";
import { openArea } from "./area.testing.ts";

export async function openTakeOut() {
  const area = await openArea();
  let batch = 0;
  const store = async (signals: readonly Signal[]): Promise<void> => {
    if (signals.length === 0) return;
    const lines = signals.map((signal) =>
      serialiseSignal(signal, { receivedMs: signal.timeMs, source: signal.source ?? "web", class: "" }),
    );
    batch += 1;
    await area.events.insert({
      table: "signals",
      rows: lines.length,
      token: `t${batch}`,
      ndjson: Buffer.from(lines.join("")),
    });
  };
  const query = (id: string, by?: readonly GroupKind[]) =>
    area.triage.takeOut.groupSignals(
      { params: { id }, query: takeOutRoutes.groupSignals.query.parse({ by: by?.join(",") }), body: {} },
      area.nora,
    );
  return {
    area,
    store,
    /** As the pump does: first stored, then taken in. */
    take: async (signals: readonly Signal[]) => {
      await store(signals);
      return area.apply(signals);
    },
    groups: query,
    /** Value -> count, of one kind. */
    counts: async (id: string, kind: GroupKind): Promise<Record<string, number>> =>
      Object.fromEntries((await query(id, [kind])).groups.map(({ values, count }) => [values[0]?.value ?? "", count])),
    signals: async (id: string, more: object = {}) =>
      area.triage.takeOut.listAlertSignals(
        { params: { id }, query: takeOutRoutes.listAlertSignals.query.parse(more), body: {} },
        area.nora,
      ),
    takeOut: (id: string, what: object, more: object = {}) =>
      area.triage.takeOut.takeOut(
        {
          params: { id },
          query: {},
          body: takeOutRoutes.takeOut.body.parse({ what, reason: "not the same", ...more }),
        },
        area.nora,
      ),
    putBack: (id: string, more: object = {}) =>
      area.triage.takeOut.putBack(
        { params: { id }, query: {}, body: takeOutRoutes.putBack.body.parse({ reason: "it is the same", ...more }) },
        area.nora,
      ),
    declare: async (ruleId: string, keys: readonly string[] | null, windowMinutes = 60): Promise<void> => {
      const empty = { params: {}, query: {} };
      const { version, settings } = await area.triage.settings.getTriageSettings({ ...empty, body: {} }, area.nora);
      const others = settings.dedup.filter((one) => one.ruleId !== ruleId);
      const dedup = keys === null ? others : [...others, { ruleId, keys, windowMinutes }];
      const body = triageSettingsRoutes.putTriageSettings.body.parse({
        base: version,
        settings: { ...settings, dedup },
        note: "keys",
      });
      await area.triage.settings.putTriageSettings({ ...empty, body }, area.nora);
    },
    /** Every row that belongs to an alert, as it stands. */
    rowsOf: async (id: string) => {
      const one = async (text: ReturnType<typeof sql>) => (await area.store.tables.db.execute(text)).rows;
      return {
        alert: await one(sql`select * from alert where id = ${id}`),
        sample: await one(sql`select * from alert_sample where alert_id = ${id}`),
        entities: await one(sql`select * from alert_entity where alert_id = ${id} order by role, key`),
        links: await one(sql`select * from alert_link where alert_id = ${id} order by key, role, value`),
        members: await one(sql`select * from incident_member where alert_id = ${id} order by incident_id`),
        risk: await one(sql`select * from risk_part where alert_id = ${id} order by key`),
      };
    },
    sum: async (): Promise<number> => {
      const { rows } = await area.store.tables.db.execute<{ n: string }>(
        sql`select coalesce(sum(count), 0) as n from alert`,
      );
      return Number(rows[0]?.n);
    },
  };
}

export type TakeOutArea = Awaited<ReturnType<typeof openTakeOut>>;
