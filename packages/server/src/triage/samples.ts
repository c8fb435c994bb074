/** samples: the first ten and the latest ten signals of an alert, by event time. The result does not depend on the order of
 *  arrival: both ends are the smallest and the largest of everything seen. */
import type { Signal, SignalField } from "../detect/index.ts";

export interface Sample {
  readonly signalId: string;
  readonly eventId: string;
  readonly timeMs: number;
  readonly message: string;
  readonly host: string;
  readonly user: string;
  readonly fields: readonly SignalField[];
}

export interface Samples {
  /** Earliest first, at most ten. */
  readonly first: Sample[];
  /** Earliest first, at most ten; overlaps with `first` while the alert is small. */
  readonly latest: Sample[];
}

export const KEPT = 10;

export function noSamples(): Samples {
  return { first: [], latest: [] };
}

/** Adds in place: this runs for every signal of a storm. */
export function addSample(samples: Samples, signal: Signal): void {
  const { first, latest } = samples;
  if (first.length < KEPT || before(signal, first[first.length - 1])) {
    insert(first, signal);
    if (first.length > KEPT) first.pop();
  }
  if (latest.length < KEPT || !before(signal, latest[0])) {
    insert(latest, signal);
    if (latest.length > KEPT) latest.shift();
  }
}

/** Both ends without doubles, earliest first. */
export function shownSamples(samples: Samples): Sample[] {
  const known = new Set(samples.first.map((sample) => sample.signalId));
  return [...samples.first, ...samples.latest.filter((sample) => !known.has(sample.signalId))];
}

function before(signal: Signal, sample: Sample | undefined): boolean {
  if (sample === undefined) return true;
  return signal.timeMs !== sample.timeMs ? signal.timeMs < sample.timeMs : signal.id < sample.signalId;
}

function insert(into: Sample[], signal: Signal): void {
  let at = into.length;
  while (at > 0 && before(signal, into[at - 1])) at -= 1;
  into.splice(at, 0, {
    signalId: signal.id,
    eventId: signal.eventId,
    timeMs: signal.timeMs,
    message: signal.message,
    host: signal.host,
    user: signal.user,
    fields: signal.fields,
  });
}
