/** silence-wiring: gives the watch over sources what ingest and detect know, and makes alerts of what it finds. */
import { blindField } from "@holdfast/contracts/silence";
import { describeAlarm } from "./alarm-signal.ts";
import { type Detect, type Signal, storable } from "./detect/index.ts";
import type { Ingest } from "./ingest/index.ts";
import { createSilence, type Silence, type SilenceOptions, type WatchAlert } from "./silence/index.ts";
import type { Triage } from "./triage/index.ts";

type Given = Pick<SilenceOptions, "tables" | "events" | "clock" | "log" | "zone"> & {
  readonly ingest: () => Pick<Ingest, "sourceFacts" | "lastHeardMs" | "progress">;
  readonly detect: Pick<Detect, "rulesReading">;
  readonly triage: Pick<Triage, "applySignals">;
};

export function wireSilence(given: Given): Silence {
  const { ingest, detect, triage } = given;
  const silence = createSilence({
    ...given,
    source: (id) => ingest().sourceFacts(id),
    lastHeardMs: (id) => ingest().lastHeardMs(id),
    progress: () => ingest().progress(),
    rulesReading: (of) => detect.rulesReading(of),
    raise: async (tx, alert) => {
      await triage.applySignals(tx, [signalOf(alert)]);
    },
  });
  // What Holdfast reports itself is either found by this watch or an alarm of the response.
  return { ...silence, describe: (ruleId) => describeAlarm(ruleId) ?? silence.describe(ruleId) };
}

const MOST_NAMED = 60;

/** A source that feeds live rules is worth more than one that nobody reads. */
function levelOf({ condition: { kind, reach }, blind }: WatchAlert): Signal["level"] {
  if (kind === "skew") return "low";
  if (blind.length === 0) return reach === "source" ? "medium" : "low";
  return reach === "source" && kind === "silence" ? "high" : "medium";
}

function signalOf(alert: WatchAlert): Signal {
  const { condition, blind, id, cause, atMs, over, why } = alert;
  const { source, reach } = condition;
  const host = reach === "source" ? "" : storable(condition.host);
  const entity = host === "" ? ({ kind: "source", value: source } as const) : ({ kind: "host", value: host } as const);
  const field = (
    name: string,
    value: string,
    more: { pattern?: string; selection: string },
  ): Signal["fields"][number] => ({
    field: name,
    value: storable(value),
    pattern: more.pattern ?? "",
    selection: more.selection,
  });
  return {
    id,
    eventId: "0",
    timeMs: atMs,
    ruleId: alert.ruleId,
    ruleTitle: storable(condition.title),
    ruleHash: "",
    level: levelOf(alert),
    outcome: "alert",
    hiddenBy: "",
    tactics: [],
    techniques: [],
    entity,
    // Hosts tie to other alerts of the host; a source has nothing that ties.
    entities: host === "" ? [] : [{ ...entity, role: "own" }],
    fields: [
      ...condition.facts.map((fact) =>
        field(fact.name, fact.value, { pattern: `usually ${fact.usual}`, selection: "measured" }),
      ),
      ...blind
        .slice(0, MOST_NAMED)
        .map((rule) => field(blindField, rule.title, { pattern: rule.id, selection: "blind" })),
      ...(blind.length > MOST_NAMED
        ? [field(blindField, `and ${blind.length - MOST_NAMED} more`, { selection: "blind" })]
        : []),
    ],
    host,
    user: "",
    message: storable(`${condition.sentence} ${blindText(blind.length)}`),
    report: { cause, over, atMs, untilMs: null, services: [], ...(over ? { why } : {}) },
  };
}

const blindText = (count: number): string =>
  count === 0
    ? "No live rule reads it."
    : `${count} live ${count === 1 ? "rule reads" : "rules read"} it and ${count === 1 ? "is" : "are"} blind meanwhile.`;
