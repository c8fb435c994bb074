/** metric-rules-wiring: gives alerts on metrics the search and the door of alerts. */
import { type Signal, storable } from "./detect/index.ts";
import {
  createMetricRules,
  type MetricAlert,
  type MetricRules,
  type MetricRulesOptions,
} from "./metric-rules/index.ts";
import { NOBODY } from "./nobody.ts";
import type { Search } from "./search/index.ts";
import type { Triage } from "./triage/index.ts";

type Given = Pick<MetricRulesOptions, "tables" | "clock" | "audit" | "log"> & {
  readonly search: Pick<Search, "routes">;
  readonly triage: Pick<Triage, "applySignals">;
};

const MOST_ROWS = 1_000;
/** Labels that name a host, as metrics are given to assets by. */
const HOSTS = new Set(["asset", "host", "hostname", "host.name", "nodename", "node", "instance"]);
const SERVICES = new Set(["service", "service.name", "job"]);

export function wireMetricRules({ search, triage, ...given }: Given): MetricRules {
  return createMetricRules({
    ...given,
    ask: async (query, { fromMs, toMs }) => {
      const body = { query, from: iso(fromMs), to: iso(toMs), limit: MOST_ROWS };
      const { columns, rows } = await search.routes.search({ params: {}, query: {}, body }, NOBODY);
      const row = rows[0] ?? [];
      const grouped = /\sby\s/i.test(query);
      return columns.slice(1).map(({ name }, at) => {
        const value = row[at + 1];
        return { name: grouped ? storable(name) : "", value: typeof value === "number" ? value : null };
      });
    },
    raise: async (tx, alerts) => {
      await triage.applySignals(tx, alerts.map(signalOf));
    },
  });
}

function signalOf(alert: MetricAlert): Signal {
  const { rule, label, series, atMs, over, why } = alert;
  const first = series.split(", ")[0] ?? "";
  const host = HOSTS.has(label) ? (label === "instance" ? first.replace(/:\d+$/, "") : first) : "";
  const entity = { kind: "host", value: host === "" ? "unknown" : host } as const;
  const field = (name: string, value: string, selection: string): Signal["fields"][number] => ({
    field: name,
    value: storable(value),
    pattern: "",
    selection,
  });
  return {
    id: alert.id,
    eventId: "0",
    timeMs: over ? atMs : alert.sinceMs,
    ruleId: alert.ruleId,
    ruleTitle: storable(series === "" ? rule.title : `${rule.title}: ${series}`).slice(0, MOST_TITLE),
    ruleHash: "",
    level: rule.level,
    outcome: "alert",
    hiddenBy: "",
    tactics: [],
    techniques: [],
    entity,
    entities: host === "" ? [] : [{ ...entity, role: "own" }],
    fields: [
      field("value", alert.value, "measured"),
      field("condition", alert.condition, "measured"),
      ...(series === "" ? [] : [field(label === "" ? "series" : label, series, "label")]),
      field("query", rule.query, "link"),
    ],
    host,
    user: "",
    message: storable(alert.sentence),
    report: {
      cause: alert.cause,
      over,
      atMs,
      untilMs: null,
      services: SERVICES.has(label) && first !== "" ? [first] : [],
      ...(over ? { why } : {}),
    },
  };
}

const MOST_TITLE = 300;
const iso = (ms: number): string => new Date(ms).toISOString();
