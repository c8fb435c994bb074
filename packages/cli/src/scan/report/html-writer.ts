/** html-writer: matches as one page that opens without a network: what happened, when, where, by tactic, and the details folded away.
 *  Counts are exact; of each rule's matches as many are shown as a page can bear, and the page says how many. */
import { LEVELS } from "../scan-rules.ts";
import type { ScanMatch } from "../scan-match.ts";
import { NO_HOST, type Tally, type Timeline } from "../tally.ts";
import type { ResultWriter, Write } from "../formats/writer.ts";
import { pageOf } from "./report-page.ts";
import type { Lane } from "./timeline-svg.ts";

/** @param tally complete when the first match comes. */
export function htmlWriter(write: Write, tally: Tally): ResultWriter {
  const shown = new Map<number, ScanMatch[]>();
  let total = 0;
  let lanes: Lanes | undefined;
  return {
    match: (match) => {
      lanes ??= new Lanes(tally);
      lanes.add(match);
      const matches = shown.get(match.rule.index) ?? [];
      shown.set(match.rule.index, matches);
      if (matches.length >= PER_RULE || (total >= MOST && matches.length >= LEAST_PER_RULE)) return;
      matches.push(match);
      total += 1;
    },
    end: async (outcome) => {
      const timeline = tally.timeline(MOST_BARS);
      await write(
        pageOf({ outcome, shown, timeline, laneTimeline: lanes?.timeline, lanes: lanes?.lanes() ?? [] }).text,
      );
    },
  };
}

const PER_RULE = 100;
const LEAST_PER_RULE = 3;
const MOST = 5_000;
const MOST_BARS = 120;
const MOST_LANES = 12;

class Lanes {
  readonly timeline: Timeline;
  private readonly cells = new Map<string, { count: number; level: Lane["cells"][number]["level"] }[]>();
  private readonly first: number;

  constructor(tally: Tally) {
    this.timeline = tally.timeline(MOST_BARS);
    this.first = this.timeline.buckets[0]?.startMs ?? 0;
    for (const { host } of tally.hosts().slice(0, MOST_LANES)) {
      this.cells.set(
        host,
        this.timeline.buckets.map(() => ({ count: 0, level: undefined })),
      );
    }
  }

  add({ host, timeMs, rule }: ScanMatch): void {
    const cell = this.cells.get(host || NO_HOST)?.[Math.floor((timeMs - this.first) / this.timeline.bucketMs)];
    if (cell === undefined) return;
    cell.count += 1;
    if (cell.level === undefined || LEVELS.indexOf(rule.level) > LEVELS.indexOf(cell.level)) cell.level = rule.level;
  }

  lanes(): Lane[] {
    return [...this.cells].map(([host, cells]) => ({ host, cells }));
  }
}
