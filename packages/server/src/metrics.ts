/** metrics: what `/metrics` says, in the Prometheus text format. Read when asked; labels are bounded. */
import type { PipelineHealth, Source } from "@holdfast/contracts/ingest";
import type { CorrelatorStats } from "@holdfast/sigma";
import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";

export interface MetricsOptions {
  readonly health: () => PipelineHealth;
  readonly correlation: () => CorrelatorStats;
  readonly sources: () => Promise<readonly Source[]>;
  readonly openAlerts: () => Promise<number>;
}

const CORRELATION_OUTCOMES = ["evicted", "late", "capped", "incomplete", "unreadable", "withdrawn"] as const;

export function createMetrics({ health, correlation, sources, openAlerts }: MetricsOptions): () => Promise<string> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: "holdfast_" });
  const gauge = (name: string, help: string, labelNames: string[] = []): Gauge =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  const backlog = gauge("holdfast_ingest_backlog_records", "Records acknowledged but not yet searchable");
  const lag = gauge("holdfast_ingest_lag_seconds", "Age of the oldest record of the backlog");
  const spool = gauge("holdfast_spool_bytes", "Size of the spool");
  const free = gauge("holdfast_disk_free_bytes", "Free space on the disk of the home directory");
  const alerts = gauge("holdfast_alerts_open", "Alerts that are not closed");
  const records = new Counter({
    name: "holdfast_source_records_total",
    help: "Records by source and outcome",
    labelNames: ["source", "outcome"],
    registers: [registry],
  });
  const held = gauge("holdfast_correlation_held", "What correlation rules hold in memory", ["what"]);
  const bounds = new Counter({
    name: "holdfast_correlation_bounds_total",
    help: "Since the start: groups evicted, inputs too late, over the bound of their group, without a field, not a number; matches taken back",
    labelNames: ["outcome"],
    registers: [registry],
  });
  return async () => {
    const now = health();
    backlog.set(now.backlog);
    lag.set(now.lagSeconds);
    spool.set(now.spoolBytes);
    free.set(now.diskFreeBytes);
    alerts.set(await openAlerts());
    const correlated = correlation();
    for (const what of ["groups", "inputs"] as const) held.set({ what }, correlated[what]);
    bounds.reset();
    for (const outcome of CORRELATION_OUTCOMES) bounds.inc({ outcome }, correlated[outcome]);
    records.reset();
    for (const source of await sources()) {
      for (const outcome of ["received", "stored", "quarantined", "rejected", "unclassified"] as const)
        records.inc({ source: source.id, outcome }, source[outcome]);
    }
    return registry.metrics();
  };
}
