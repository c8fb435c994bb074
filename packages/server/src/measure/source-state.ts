/** source-state: is a source well, behind, silent? Pure. */
import type { Source } from "@holdfast/contracts/ingest";
import type { Floor } from "@holdfast/contracts/measure";

export type SourceState = Floor["sources"][number]["state"];

export function sourceState(source: Source, now: number): SourceState {
  if (!source.enabled) return "disabled";
  if (source.lagSeconds > BEHIND_SECONDS) return "behind";
  if (source.lastEventAt === null) return "never";
  // An import has an end; nobody waits for more of it.
  if (source.kind === "import") return "ok";
  return now - Date.parse(source.lastEventAt) > SILENT_MS ? "silent" : "ok";
}

const BEHIND_SECONDS = 60;
const SILENT_MS = 3_600_000;
