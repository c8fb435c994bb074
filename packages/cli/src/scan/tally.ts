/** tally: what a scan found, counted while it runs: by level, rule, host, tactic and time. Exact, except that the names of hosts
 *  beyond a bound are counted together, so that forged ones cannot fill the memory. */
import type { Level } from "@holdfast/sigma";
import type { ScanMatch, ScanRule } from "./scan-match.ts";
import { LEVELS } from "./scan-rules.ts";
import { isTechniqueOf, tacticOrder } from "./tactics.ts";

export interface RuleTally {
  readonly rule: ScanRule;
  count: number;
  firstMs: number;
  lastMs: number;
  readonly hosts: Map<string, number>;
}

export interface HostTally {
  readonly host: string;
  count: number;
  readonly levels: Record<Level, number>;
  readonly rules: Set<number>;
  firstMs: number;
  lastMs: number;
}

export interface TacticTally {
  readonly tactic: string;
  count: number;
  readonly rules: Set<number>;
  readonly techniques: Map<string, number>;
}

export interface TimeBucket {
  readonly startMs: number;
  readonly levels: Record<Level, number>;
}

export interface Timeline {
  readonly bucketMs: number;
  /** From the first to the last match without a gap. */
  readonly buckets: readonly TimeBucket[];
}

export class Tally {
  matches = 0;
  readonly levels = noLevels();
  firstMs = Infinity;
  lastMs = -Infinity;
  /** Hosts that are counted under `OTHERS`. */
  otherHosts = 0;
  private readonly ruleTallies = new Map<number, RuleTally>();
  private readonly hostTallies = new Map<string, HostTally>();
  private readonly tacticTallies = new Map<string, TacticTally>();
  private readonly times = new TimeCounts();

  add(match: ScanMatch): void {
    const { rule, timeMs } = match;
    this.matches += 1;
    this.levels[rule.level] += 1;
    this.firstMs = Math.min(this.firstMs, timeMs);
    this.lastMs = Math.max(this.lastMs, timeMs);
    this.times.add(timeMs, rule.level);
    const host = this.hostOf(match.host || NO_HOST);
    host.count += 1;
    host.levels[rule.level] += 1;
    host.rules.add(rule.index);
    span(host, timeMs);
    const counted = this.ruleOf(rule);
    counted.count += 1;
    counted.hosts.set(host.host, (counted.hosts.get(host.host) ?? 0) + 1);
    span(counted, timeMs);
    for (const tactic of rule.tactics) this.addTactic(tactic, rule);
  }

  /** The gravest first, then by number of matches. */
  rules(): RuleTally[] {
    return [...this.ruleTallies.values()].sort(
      (a, b) => rank(b.rule.level) - rank(a.rule.level) || b.count - a.count || compareText(a.rule.title, b.rule.title),
    );
  }

  /** By the number of their gravest matches. */
  hosts(): HostTally[] {
    return [...this.hostTallies.values()].sort((a, b) => {
      for (const level of [...LEVELS].reverse()) {
        const difference = b.levels[level] - a.levels[level];
        if (difference !== 0) return difference;
      }
      return compareText(a.host, b.host);
    });
  }

  /** In the order of an intrusion. */
  tactics(): TacticTally[] {
    return [...this.tacticTallies.values()].sort(
      (a, b) => tacticOrder(a.tactic) - tacticOrder(b.tactic) || compareText(a.tactic, b.tactic),
    );
  }

  /** At most `most` buckets of a round length. */
  timeline(most: number): Timeline {
    return this.times.timeline(most, { firstMs: this.firstMs, lastMs: this.lastMs });
  }

  private ruleOf(rule: ScanRule): RuleTally {
    const known = this.ruleTallies.get(rule.index);
    if (known !== undefined) return known;
    const made = { rule, count: 0, firstMs: Infinity, lastMs: -Infinity, hosts: new Map<string, number>() };
    this.ruleTallies.set(rule.index, made);
    return made;
  }

  private hostOf(name: string): HostTally {
    const known = this.hostTallies.get(name);
    if (known !== undefined) return known;
    if (this.hostTallies.size >= MOST_HOSTS && name !== OTHERS) {
      this.otherHosts += 1;
      return this.hostOf(OTHERS);
    }
    const made = {
      host: name,
      count: 0,
      levels: noLevels(),
      rules: new Set<number>(),
      firstMs: Infinity,
      lastMs: -Infinity,
    };
    this.hostTallies.set(name, made);
    return made;
  }

  private addTactic(tactic: string, rule: ScanRule): void {
    const tally = this.tacticTallies.get(tactic) ?? {
      tactic,
      count: 0,
      rules: new Set<number>(),
      techniques: new Map<string, number>(),
    };
    this.tacticTallies.set(tactic, tally);
    tally.count += 1;
    tally.rules.add(rule.index);
    for (const technique of rule.techniques) {
      if (!isTechniqueOf(technique, tactic)) continue;
      tally.techniques.set(technique, (tally.techniques.get(technique) ?? 0) + 1);
    }
  }
}

export const NO_HOST = "(no host)";
export const OTHERS = "(other hosts)";

const MOST_HOSTS = 20_000;

const rank = (level: Level): number => LEVELS.indexOf(level);
const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function noLevels(): Record<Level, number> {
  return { informational: 0, low: 0, medium: 0, high: 0, critical: 0 };
}

function span(tally: { firstMs: number; lastMs: number }, timeMs: number): void {
  tally.firstMs = Math.min(tally.firstMs, timeMs);
  tally.lastMs = Math.max(tally.lastMs, timeMs);
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 7, 14, 30, 91, 182, 365, 730, 3_650, 36_500, 365_000, 3_650_000].map((n) => n * DAY),
] as const;

/** Counts a second each as long as they are few; then each step of coarser ones. */
class TimeCounts {
  private step = 0;
  private counts = new Map<number, Record<Level, number>>();

  add(timeMs: number, level: Level): void {
    const bucket = Math.floor(timeMs / this.bucketMs);
    const counted = this.counts.get(bucket);
    if (counted !== undefined) counted[level] += 1;
    else {
      this.counts.set(bucket, { ...noLevels(), [level]: 1 });
      if (this.counts.size > MOST_BUCKETS && this.step < STEPS.length - 1) this.coarser();
    }
  }

  timeline(most: number, range: { readonly firstMs: number; readonly lastMs: number }): Timeline {
    if (this.counts.size === 0) return { bucketMs: SECOND, buckets: [] };
    const fits = (ms: number): boolean => Math.floor(range.lastMs / ms) - Math.floor(range.firstMs / ms) < most;
    const bucketMs = STEPS.find((ms) => ms >= this.bucketMs && fits(ms)) ?? STEPS.at(-1) ?? DAY;
    const first = Math.floor(range.firstMs / bucketMs);
    const last = Math.floor(range.lastMs / bucketMs);
    const buckets = Array.from({ length: last - first + 1 }, (_, index) => ({
      startMs: (first + index) * bucketMs,
      levels: noLevels(),
    }));
    for (const [bucket, counted] of this.counts) {
      // A bucket begins up to its own length before what it counts.
      const into = buckets[Math.max(0, Math.floor((bucket * this.bucketMs) / bucketMs) - first)];
      if (into !== undefined) for (const level of LEVELS) into.levels[level] += counted[level];
    }
    return { bucketMs, buckets };
  }

  private get bucketMs(): number {
    return STEPS[this.step] ?? SECOND;
  }

  private coarser(): void {
    const before = this.bucketMs;
    this.step += 1;
    const merged = new Map<number, Record<Level, number>>();
    for (const [bucket, counted] of this.counts) {
      const at = Math.floor((bucket * before) / this.bucketMs);
      const into = merged.get(at) ?? noLevels();
      for (const level of LEVELS) into[level] += counted[level];
      merged.set(at, into);
    }
    this.counts = merged;
  }
}

const MOST_BUCKETS = 20_000;
