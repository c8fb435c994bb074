/** pipeline-notice: whether what arrives is also stored; said above the list when it is not. */
import type { PipelineHealth } from "@holdfast/contracts/ingest";
import { bytes, count, short } from "../ui/number.ts";
import { Partial } from "../ui/states.tsx";
import { span } from "../ui/time.ts";

export function PipelineLine({ health }: { health: PipelineHealth }) {
  return (
    <span className="faint small">
      {short(health.perSecond)} records a second · spool {bytes(health.spoolBytes)} of {bytes(health.spoolMaxBytes)} ·{" "}
      {bytes(health.diskFreeBytes)} free
    </span>
  );
}

export function PipelineNotice({ health }: { health: PipelineHealth }) {
  if (health.state === "ok") return null;
  const words = {
    behind: "Storing is behind.",
    refusing: "New records are refused.",
    stopped: "Storing has stopped.",
  } as const;
  return (
    <Partial>
      {words[health.state]} {health.reason} Backlog {count(health.backlog)} records, the oldest{" "}
      {span(health.lagSeconds)} old.
    </Partial>
  );
}
