/** merge: what to do with one field, from what both sides say now and what they said when they last agreed. Pure. Because a value that
 *  we wrote is the new agreement, its echo is no change: nothing can go round in circles. */
import type { Direction } from "@holdfast/contracts/tickets";

export interface Sides {
  readonly direction: Direction;
  /** Null: they never agreed, since the link is new. */
  readonly base: string | null;
  readonly ours: string;
  /** In our words; undefined when no map has their word. */
  readonly theirs: string | undefined;
  /** Whether our value has a word on their side. */
  readonly writable: boolean;
  /** A person's decision. */
  readonly take: "ours" | "theirs" | null;
}

export type Verdict = "same" | "push" | "pull" | "conflict" | "unmapped" | "off";

export function merge({ direction, base, ours, theirs, writable, take }: Sides): Verdict {
  if (direction === "off") return "off";
  const push = writable ? "push" : "unmapped";
  if (theirs === undefined) {
    // Their word means nothing to us: we neither follow it nor write over it, unless a person or the direction says so.
    return (take === "ours" || direction === "out") && writable ? "push" : "unmapped";
  }
  if (theirs === ours) return "same";
  if (take !== null) return take === "ours" ? push : "pull";
  if (direction === "out") return push;
  if (direction === "in") return "pull";
  if (base !== null && base === theirs) return push;
  // Two that were linked and never agreed differ without anyone having changed: a person decides.
  return base !== null && base === ours ? "pull" : "conflict";
}
