/** event-detail: one event whole: its filled columns, as OCSF, its observables, its signals and the untouched record. */
import type { SignalOutcome } from "@holdfast/contracts/detect";
import type { EventDetail, SearchCell } from "@holdfast/contracts/search";
import { toOcsf } from "@holdfast/ocsf";
import { EVENT_DEFAULTS, type EventColumns, observablesOf } from "@holdfast/sdk";
import { EVENT_TABLE_COLUMNS, type EventStore } from "../platform/events/index.ts";
import { fail } from "./errors.ts";
import { eventExpression } from "./expressions.ts";
import { createParams } from "./params.ts";
import { isoOfStored } from "./run.ts";

/** Which alerts these signals of one event are part of; answered by triage, passed in by main. */
export type AlertsOfSignals = (
  signals: readonly {
    readonly id: string;
    readonly ruleId: string;
    readonly entityKind: string;
    readonly entity: string;
    readonly timeMs: number;
  }[],
  event: { readonly columns: EventColumns; readonly source: string },
) => Promise<ReadonlyMap<string, string>>;

export async function readEvent(events: EventStore, id: string, alertsOf: AlertsOfSignals): Promise<EventDetail> {
  const params = createParams();
  const select = EVENT_TABLE_COLUMNS.map(
    (column) => `${eventExpression(column.name, params).shown} AS \`${column.name}\``,
  ).join(", ");
  const wanted = params.add(id, "UInt64");
  const [row] = await events.query<Record<string, string | number | string[]>>(
    `SELECT ${select} FROM ${events.table("events")} WHERE id = ${wanted} LIMIT 1`,
    { params: params.values },
  );
  if (row === undefined)
    throw fail("SEARCH_EVENT_UNKNOWN", `There is no event with the id ${id}. It may be older than the retention.`);
  const signals = await events.query<{
    id: string;
    rule_id: string;
    rule_title: string;
    level: string;
    outcome: SignalOutcome;
    entity_kind: string;
    entity: string;
    time_ms: string;
  }>(
    `SELECT id, rule_id, rule_title, level, outcome, entity_kind, entity, toUnixTimestamp64Milli(time) AS time_ms FROM ${events.table("signals")} WHERE event_id = {id:UInt64} LIMIT 100`,
    { params: { id } },
  );
  const typed = typedColumns(row);
  const source = String(row["source"] ?? "");
  const alerts = await alertsOf(
    signals
      .filter((signal) => signal.outcome === "alert")
      .map((signal) => ({
        id: signal.id,
        ruleId: signal.rule_id,
        entityKind: signal.entity_kind,
        entity: signal.entity,
        timeMs: Number(signal.time_ms),
      })),
    { columns: typed, source },
  );
  return {
    id,
    columns: filled(row),
    raw: String(row["raw"] ?? ""),
    ocsf: toOcsf(typed, { id, source, raw: String(row["raw"] ?? "") }),
    observables: observablesOf(typed),
    signals: signals.map((signal) => ({
      id: signal.id,
      ruleId: signal.rule_id,
      ruleTitle: signal.rule_title,
      level: signal.level,
      outcome: signal.outcome,
      alertId: alerts.get(signal.id) ?? null,
    })),
  };
}

function filled(row: Readonly<Record<string, string | number | string[]>>): Record<string, SearchCell> {
  const shown: Record<string, SearchCell> = {};
  for (const { name, kind } of EVENT_TABLE_COLUMNS) {
    const value = row[name];
    if (
      value === undefined ||
      name === "raw" ||
      value === "" ||
      value === 0 ||
      (Array.isArray(value) && value.length === 0)
    )
      continue;
    shown[name] = kind === "time" ? isoOfStored(String(value)) : value;
  }
  return shown;
}

/** Back to the shape that parsers make, for OCSF and observables. */
function typedColumns(row: Readonly<Record<string, string | number | string[]>>): EventColumns {
  const time = isoOfStored(String(row["time"] ?? ""));
  const fraction = /\.(\d+)Z$/.exec(time)?.[1] ?? "";
  const entries = Object.entries(EVENT_DEFAULTS).map(([name, fallback]) => {
    const value = row[name];
    if (value === undefined || Array.isArray(value)) return [name, fallback];
    return [name, typeof fallback === "number" ? Number(value) : String(value)];
  });
  return {
    ...EVENT_DEFAULTS,
    ...Object.fromEntries(entries),
    time_ms: Date.parse(time),
    time_ns: Number(fraction.padEnd(9, "0").slice(3)),
  };
}
