/** collector: gathers numbers, each at most once, in arrays that are made once and used for all events. */

export class Collector {
  private readonly seen: Uint32Array;
  private readonly found: Int32Array;
  private stamp = 1;
  count = 0;

  constructor(members: number) {
    this.seen = new Uint32Array(members);
    this.found = new Int32Array(members);
  }

  clear(): void {
    this.count = 0;
    this.stamp = (this.stamp + 1) >>> 0;
    if (this.stamp === 0) {
      this.seen.fill(0);
      this.stamp = 1;
    }
  }

  add(member: number): void {
    if (this.seen[member] === this.stamp) return;
    this.seen[member] = this.stamp;
    this.found[this.count++] = member;
  }

  has(member: number): boolean {
    return this.seen[member] === this.stamp;
  }

  addAll(members: Int32Array): void {
    for (let i = 0; i < members.length; i++) this.add(members[i] ?? 0);
  }

  at(position: number): number {
    return this.found[position] ?? 0;
  }

  /** A copy of what was found. */
  result(): Int32Array {
    return this.count === 0 ? NONE : this.found.slice(0, this.count);
  }
}

const NONE = new Int32Array(0);
