/** backtest-tally: matches added up per day, host and user, with the first of them kept. */
import type { BacktestAnswer, BacktestEvent } from "@holdfast/contracts/backtest";
import type { HistoryCount, HistoryRange } from "./history-store.ts";

export class Tally {
  private total = 0;
  private readonly days = new Map<number, number>();
  private readonly hosts = new Map<string, number>();
  private readonly users = new Map<string, number>();
  private first: BacktestEvent[] = [];
  private readonly range: HistoryRange;
  private readonly limit: number;

  constructor(range: HistoryRange, limit: number) {
    this.range = range;
    this.limit = limit;
  }

  /** What the event store counted, with its first matches. */
  addCounts(counted: HistoryCount, first: readonly BacktestEvent[]): void {
    this.total += counted.matches;
    for (const [day, n] of counted.days) bump(this.days, day, n);
    for (const [host, n] of counted.hosts) bump(this.hosts, host, n);
    for (const [user, n] of counted.users) bump(this.users, user, n);
    this.keep(first);
  }

  add(event: BacktestEvent): void {
    this.total++;
    bump(this.days, Math.floor(Date.parse(event.at) / DAY_MS), 1);
    bump(this.hosts, event.host, 1);
    bump(this.users, event.user, 1);
    this.keep([event]);
  }

  result(): Pick<BacktestAnswer, "total" | "perDay" | "hosts" | "users" | "events"> {
    return {
      total: this.total,
      perDay: this.perDay(),
      hosts: mostOf(this.hosts),
      users: mostOf(this.users),
      events: this.sorted().slice(0, this.limit),
    };
  }

  private keep(events: readonly BacktestEvent[]): void {
    this.first.push(...events);
    if (this.first.length > 4 * this.limit + SLACK) this.first = this.sorted().slice(0, this.limit);
  }

  private sorted(): BacktestEvent[] {
    return this.first.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  }

  private perDay(): BacktestAnswer["perDay"] {
    const from = Math.floor(this.range.fromMs / DAY_MS);
    const to = Math.floor((this.range.toMs - 1) / DAY_MS);
    const days =
      to - from < MOST_DAYS
        ? Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index)
        : [...this.days.keys()].sort((a, b) => a - b);
    return days.map((day) => ({
      day: new Date(day * DAY_MS).toISOString().slice(0, 10),
      matches: this.days.get(day) ?? 0,
    }));
  }
}

const DAY_MS = 86_400_000;
const MOST_DAYS = 400;
const SLACK = 1_000;
const TOP = 10;

function bump<K>(counts: Map<K, number>, key: K, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

function mostOf(counts: ReadonlyMap<string, number>): BacktestAnswer["hosts"] {
  const named = [...counts].filter(([name]) => name !== "");
  const top = named.sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, TOP);
  return { distinct: named.length, top: top.map(([name, matches]) => ({ name, matches })) };
}
