/** repeats: identical rows of a timeline that follow each other in their lane become one with a count. Pure. */
import type { TimelineItem } from "@holdfast/contracts/triage";

/** @param items in order of time */
export function foldRepeats(items: readonly TimelineItem[]): TimelineItem[] {
  const folded: TimelineItem[] = [];
  const lastOfLane = new Map<TimelineItem["lane"], number>();
  for (const item of items) {
    const place = lastOfLane.get(item.lane);
    const before = place === undefined ? undefined : folded[place];
    if (place !== undefined && before !== undefined && isSame(before, item)) {
      folded[place] = { ...before, count: (before.count ?? 1) + (item.count ?? 1), until: item.until ?? item.at };
      continue;
    }
    lastOfLane.set(item.lane, folded.length);
    folded.push(item);
  }
  return folded;
}

/** What people wrote is never folded: two comments are two. */
function isSame(a: TimelineItem, b: TimelineItem): boolean {
  return a.kind === b.kind && a.title === b.title && a.severity === b.severity && FOLDED.has(a.kind);
}

const FOLDED: ReadonlySet<TimelineItem["kind"]> = new Set(["event", "alert"]);
