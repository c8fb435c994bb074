/** source-state: is a source well, behind, silent? Pure. */
import type { Source } from "@holdfast/contracts/ingest";
import type { Speech } from "@holdfast/contracts/silence";
import type { Floor } from "@holdfast/contracts/measure";

export type SourceState = Floor["sources"][number]["state"];

/** How sources speak against what was learned of them, by id. */
export type Speeches = ReadonlyMap<string, Speech["state"]>;

export function sourceState(source: Source, now: number, speeches: Speeches): SourceState {
  if (!source.enabled) return "disabled";
  if (source.lagSeconds > BEHIND_SECONDS) return "behind";
  if (source.lastEventAt === null) return "never";
  // An import has an end; nobody waits for more of it.
  if (source.kind === "import") return "ok";
  const speech = speeches.get(source.id);
  if (speech === "silent") return "silent";
  if (speech === "speaks" || speech === "quiet-hours") return "ok";
  return now - Date.parse(source.lastEventAt) > SILENT_MS ? "silent" : "ok";
}

const BEHIND_SECONDS = 60;
/** While nothing is known of a source. */
const SILENT_MS = 3_600_000;
