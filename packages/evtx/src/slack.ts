/**
 * slack: which of the records behind a chunk's free space are worth giving. Plausible: written in the time of Windows,
 * with a System part. New: not a copy of a live record of the file, nor of one that was given already.
 */
import type { EvtxRecord } from "./chunk.ts";
import type { Definition } from "./fragment.ts";

/** FILETIMEs of 1993, the first Windows with an event log, and of 2100. */
const FIRST_TIME = 123_704_064_000_000_000n;
const LAST_TIME = 157_469_184_000_000_000n;

export function isPlausible({ time_100ns, json }: EvtxRecord): boolean {
  return time_100ns >= FIRST_TIME && time_100ns < LAST_TIME && json.startsWith('{"Event":{"System":{"Provider":');
}

/** What of a file's live records bears on its slack. */
export class Leftovers {
  /** By the id that uses of them repeat. */
  readonly templates = new Map<number, Definition>();
  private readonly known = new Set<string>();

  addLive(record: EvtxRecord): void {
    this.known.add(keyOf(record));
  }

  isNew(record: EvtxRecord): boolean {
    const key = keyOf(record);
    if (this.known.has(key)) return false;
    this.known.add(key);
    return true;
  }
}

/** An export gives records new numbers in their headers; time and content stay. */
function keyOf({ time_100ns, json }: EvtxRecord): string {
  let first = 0;
  let second = 0;
  for (let i = 0; i < json.length; i++) {
    const unit = json.charCodeAt(i);
    first = Math.imul(first ^ unit, 0x85ebca6b);
    second = Math.imul(second, 31) + unit;
  }
  return `${time_100ns}:${json.length}:${first >>> 0}:${second >>> 0}`;
}
