/** outside-alert: an event that is itself an alert of Prometheus as a signal: one that no rule of ours made. Its cause is the source and
 *  the fingerprint of its labels, so that every report of it, from whichever of a pair of senders, is the same alert until it is over. */
import { REPORTED } from "@holdfast/contracts/triage";
import type { Severity } from "@holdfast/contracts/model";
import type { EventColumns } from "@holdfast/sdk";
import { collapseEntity, entitiesOf } from "./entity.ts";
import { type MatchInput, type Signal, signalId, storable } from "./signal.ts";

/** @returns none for every other event */
export function outsideAlert(event: MatchInput): Signal[] {
  const { columns, fields, source = "" } = event;
  const cause = reportOf(columns, source)?.cause;
  if (cause === undefined) return [];
  const ruleId = storable(`${REPORTED}${columns.event_code === "" ? "alert" : columns.event_code}`.slice(0, LONGEST));
  const over = textOf(fields, "status") === "resolved";
  const until = Number(textOf(fields, "alertmanager.until")) || 0;
  const signal: Signal = {
    id: signalId(event.eventId, ruleId),
    eventId: event.eventId,
    timeMs: columns.time_ms,
    ruleId,
    ruleTitle: storable(columns.message.slice(0, LONGEST)),
    ruleHash: "",
    level: LEVELS[columns.severity_id] ?? "medium",
    outcome: "alert",
    hiddenBy: "",
    tactics: [],
    techniques: [],
    entity: named(columns),
    entities: entitiesOf(columns).map((entity) => ({ ...entity, value: storable(entity.value) })),
    fields: shownFields(fields),
    host: storable(columns.host),
    user: "",
    message: storable(columns.message.slice(0, MAX_MESSAGE)),
    source,
    report: {
      cause,
      over,
      atMs: over ? columns.time_ms : Math.max(columns.time_ms, event.receivedMs ?? 0),
      untilMs: over || until === 0 ? null : until,
      services: listOf(fields, "alertmanager.services"),
    },
  };
  return [signal];
}

/** What makes it one cause, from the columns alone: a stored event is found to be of the same one. */
export function reportOf(columns: EventColumns, source: string): { readonly cause: string } | undefined {
  if (columns.channel !== "alertmanager" || columns.product !== "prometheus" || columns.session === "")
    return undefined;
  return { cause: `${source}\n${columns.session}` };
}

const LONGEST = 300;
const MAX_MESSAGE = 1_000;
const MAX_VALUE = 2_000;
const MAX_FIELDS = 40;

/** By OCSF's severity; without a word of it, it is worth a look. */
const LEVELS: readonly Severity[] = ["medium", "informational", "low", "medium", "high", "critical", "critical"];

function named(columns: EventColumns): Signal["entity"] {
  const { kind, value } = collapseEntity(columns, {});
  return { kind, value: storable(value) };
}

/** Its labels, then what it says about itself, as text. */
function shownFields(fields: MatchInput["fields"]): Signal["fields"] {
  const about = new Set(listOf(fields, "alertmanager.annotations"));
  const own = Object.keys(fields).filter((name) => !name.startsWith("alertmanager."));
  return [...own, "alertmanager.generatorURL"]
    .map((name) => ({
      field: storable(name.slice(0, LONGEST)),
      value: storable(textOf(fields, name).slice(0, MAX_VALUE)),
      pattern: "",
      selection: about.has(name) ? "annotation" : name.startsWith("alertmanager.") ? "link" : "label",
    }))
    .filter(({ value }) => value !== "")
    .slice(0, MAX_FIELDS);
}

const textOf = (fields: MatchInput["fields"], name: string): string => {
  const value = fields[name];
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
};

const listOf = (fields: MatchInput["fields"], name: string): string[] => {
  const value = fields[name];
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
};
