/**
 * value-cache: what was found for a value, kept for the next event that brings the same one. Log fields repeat: a host has a
 * few hundred images, not millions. A table of bounded size, hashed over a few characters and compared in full, so a long
 * value costs little more than a short one. It steps aside while a field brings mostly new values.
 */

/** Longer values are mostly unlike all others. */
const LONGEST = 2048;
const SMALLEST = 64;
const LARGEST = 2048;
/** Values with the same hash share a bucket of so many places. */
const WAYS = 4;
const SAMPLES = 12;
/** After so many lookups the share of hits is looked at; below a quarter the cache rests for a while. */
const PERIOD = 1024;
const REST = 16 * PERIOD;

export class ValueCache<Found> {
  private tags = new Int32Array(0);
  private keys: string[] = [];
  private values: Array<Found | undefined> = [];
  private evicted = 0;
  private lookups = 0;
  private hits = 0;
  private resting = 0;
  /** The hash of the last lookup. */
  private hash = 0;

  /** Undefined: not known. */
  get(text: string): Found | undefined {
    if (this.resting > 0) {
      this.resting--;
      return undefined;
    }
    if (text.length > LONGEST) return undefined;
    if (++this.lookups === PERIOD) this.review();
    const hash = sample(text);
    this.hash = hash;
    const { tags } = this;
    const bucket = hash & (tags.length - WAYS);
    for (let way = 0; way < WAYS && bucket + way < tags.length; way++) {
      if (tags[bucket + way] !== hash || this.keys[bucket + way] !== text) continue;
      this.hits++;
      return this.values[bucket + way];
    }
    return undefined;
  }

  /** Is a value like this one remembered at present? */
  keeps(text: string): boolean {
    return this.resting === 0 && text.length <= LONGEST;
  }

  /** Right after `get` knew nothing of the same text. */
  put(text: string, found: Found): void {
    if (!this.keeps(text)) return;
    if (this.evicted >= this.tags.length && this.tags.length < LARGEST) this.grow();
    this.write(this.hash, text, found);
  }

  private write(hash: number, text: string, found: Found | undefined): void {
    const bucket = hash & (this.tags.length - WAYS);
    let way = 0;
    while (way < WAYS && this.values[bucket + way] !== undefined) way++;
    if (way === WAYS) way = this.evicted++ & (WAYS - 1);
    this.tags[bucket + way] = hash;
    this.keys[bucket + way] = text;
    this.values[bucket + way] = found;
  }

  private review(): void {
    if (this.hits * 4 < PERIOD) {
      this.tags = new Int32Array(0);
      this.keys = [];
      this.values = [];
      this.evicted = 0;
      this.resting = REST;
    }
    this.lookups = 0;
    this.hits = 0;
  }

  private grow(): void {
    const { tags, keys, values } = this;
    const size = tags.length === 0 ? SMALLEST : tags.length * 2;
    this.tags = new Int32Array(size);
    this.keys = new Array<string>(size).fill("");
    this.values = new Array<Found | undefined>(size).fill(undefined);
    for (const [at, value] of values.entries())
      if (value !== undefined) this.write(tags[at] ?? 0, keys[at] ?? "", value);
    this.evicted = 0;
  }
}

/** A hash over the length and a few characters, the last ones among them. */
function sample(text: string): number {
  const { length } = text;
  const step = length <= SAMPLES ? 1 : (length / SAMPLES) | 0;
  let hash = length;
  for (let at = length - 1; at >= 0; at -= step) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash ^ (hash >>> 15);
}
