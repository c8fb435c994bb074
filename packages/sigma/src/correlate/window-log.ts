/**
 * window-log: the inputs of one group in the order of their time, as columns of plain numbers and texts. A row keeps its
 * sequence number when rows before it are dropped; the columns move together at most once per doubling.
 */
import type { Episode } from "./episode.ts";

export interface Row {
  readonly timeMs: number;
  readonly id: string;
  /** What the measure reads as a number (value, or position of the rule); 0 when it reads none. */
  readonly number: number;
  /** What the measure reads as text; "" when it reads none. */
  readonly text: string;
}

export class WindowLog {
  private readonly times: number[] = [];
  private readonly ids: string[] = [];
  private readonly numbers: number[] | undefined;
  private readonly texts: string[] | undefined;
  /** The latest episode as of each row; there is no column before there is one. */
  private episodes: Array<Episode | undefined> | undefined;
  /** Sequence number of the first element of the columns, and how many of them are dropped already. */
  private origin: number;
  private dropped = 0;
  private readonly byNumber: boolean;

  constructor(shape: { readonly numbers: boolean; readonly texts: boolean; readonly byNumber: boolean }, origin = 0) {
    this.numbers = shape.numbers ? [] : undefined;
    this.texts = shape.texts ? [] : undefined;
    this.byNumber = shape.byNumber;
    this.origin = origin;
  }

  /** Sequence number of the first row. */
  get first(): number {
    return this.origin + this.dropped;
  }

  /** Sequence number after the last row. */
  get end(): number {
    return this.origin + this.times.length;
  }

  get size(): number {
    return this.times.length - this.dropped;
  }

  time(seq: number): number {
    return this.times[seq - this.origin] ?? Number.NaN;
  }

  id(seq: number): string {
    return this.ids[seq - this.origin] ?? "";
  }

  number(seq: number): number {
    return this.numbers?.[seq - this.origin] ?? 0;
  }

  text(seq: number): string {
    return this.texts?.[seq - this.origin] ?? "";
  }

  episode(seq: number): Episode | undefined {
    return seq < this.first ? undefined : this.episodes?.[seq - this.origin];
  }

  setEpisode(seq: number, episode: Episode | undefined): void {
    if (this.episodes === undefined) {
      if (episode === undefined) return;
      this.episodes = new Array<Episode | undefined>(this.times.length).fill(undefined);
    }
    this.episodes[seq - this.origin] = episode;
  }

  /** Where the row belongs: after all rows that come before it. */
  placeOf(row: Row): number {
    let low = this.dropped;
    let high = this.times.length;
    if (high > low && !this.isBefore(row, high - 1)) return this.end;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.isBefore(row, middle)) high = middle;
      else low = middle + 1;
    }
    return this.origin + low;
  }

  /** The first row at or after the time. */
  firstFrom(timeMs: number): number {
    let low = this.dropped;
    let high = this.times.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.times[middle] ?? 0) < timeMs) low = middle + 1;
      else high = middle;
    }
    return this.origin + low;
  }

  find(timeMs: number, id: string): number | undefined {
    for (let seq = this.firstFrom(timeMs); seq < this.end && this.time(seq) === timeMs; seq++) {
      if (this.id(seq) === id) return seq;
    }
    return undefined;
  }

  insert(seq: number, row: Row): void {
    const at = seq - this.origin;
    if (at === this.times.length) {
      this.times.push(row.timeMs);
      this.ids.push(row.id);
      this.numbers?.push(row.number);
      this.texts?.push(row.text);
      this.episodes?.push(undefined);
      return;
    }
    this.times.splice(at, 0, row.timeMs);
    this.ids.splice(at, 0, row.id);
    this.numbers?.splice(at, 0, row.number);
    this.texts?.splice(at, 0, row.text);
    this.episodes?.splice(at, 0, undefined);
  }

  remove(seq: number): void {
    const at = seq - this.origin;
    this.times.splice(at, 1);
    this.ids.splice(at, 1);
    this.numbers?.splice(at, 1);
    this.texts?.splice(at, 1);
    this.episodes?.splice(at, 1);
  }

  /** Forgets the rows before the sequence number. */
  dropBefore(seq: number): void {
    this.dropped = seq - this.origin;
    if (this.dropped * 2 < this.times.length) return;
    shift(this.times, this.dropped);
    shift(this.ids, this.dropped);
    if (this.numbers !== undefined) shift(this.numbers, this.dropped);
    if (this.texts !== undefined) shift(this.texts, this.dropped);
    if (this.episodes !== undefined) shift(this.episodes, this.dropped);
    this.origin += this.dropped;
    this.dropped = 0;
  }

  /** By time; inputs of one moment by the order of the rules where that order matters, then by id. */
  private isBefore(row: Row, at: number): boolean {
    const time = this.times[at] ?? 0;
    if (row.timeMs !== time) return row.timeMs < time;
    if (this.byNumber) {
      const number = this.numbers?.[at] ?? 0;
      if (row.number !== number) return row.number < number;
    }
    return row.id < (this.ids[at] ?? "");
  }
}

/** In place: `splice` would make a list of what it removes. */
function shift<T>(column: T[], by: number): void {
  column.copyWithin(0, by);
  column.length -= by;
}
