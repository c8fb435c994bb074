/** speech: how a source or a host speaks, in words: the answer before the arithmetic. Pure. */
import type { Speech } from "@holdfast/contracts/silence";
import { ENOUGH, heard, learned, pauseAt } from "./interval.ts";
import type { Lane } from "./memory.ts";
import { hourAt, spanText } from "./week.ts";

export interface SpeechAt {
  readonly ms: number;
  readonly fromMs: number;
  readonly watched: boolean;
  /** As ingest counts it, where that was asked: nothing may have been learned of it. */
  readonly lastHeardMs?: number | null;
}

type Spoken = Omit<Speech, "source">;

export function speechOf(lane: Lane | undefined, at: SpeechAt): Spoken {
  const lastMs = (lane?.interval.lastMs ?? 0) || (at.lastHeardMs ?? 0);
  const lastHeardAt = lastMs === 0 ? null : new Date(lastMs).toISOString();
  const unknown = { lastHeardAt, learnedSeconds: null, thresholdSeconds: null };
  if (!at.watched)
    return {
      ...unknown,
      state: "unwatched",
      sentence: "Nobody waits for it: it is an import, an exercise or disabled.",
    };
  if (lastMs === 0) return { ...unknown, state: "learning", sentence: "Nothing has come from it yet." };
  const ago = `last heard ${spanText(Math.max(0, at.ms - lastMs))} ago`;
  if (lane === undefined || lane.interval.lastMs === 0)
    return { ...unknown, state: "learning", sentence: learning(`by the next ${ENOUGH} records`, ago) };
  const usual = learned(lane.interval, hourAt(at.ms));
  if (usual === undefined) {
    const { records, enough } = heard(lane.interval);
    return { ...unknown, state: "learning", sentence: learning(`${records} of ${enough} records have come`, ago) };
  }
  const pause = pauseAt(lane.interval, { now: at.ms, from: at.fromMs, patient: lane.host !== "" });
  const learnedSeconds = usual.seconds;
  const thresholdSeconds = pause === undefined ? null : pause.thresholdMs / 1000;
  // Heard this very moment, there is no pause yet.
  const known = pause !== undefined || at.ms <= Math.max(lastMs, at.fromMs);
  const when = lane.interval.week.text(hourAt(at.ms));
  const state = lane.silent
    ? "silent"
    : !known
      ? "learning"
      : pause?.activeMs === 0 && at.ms - lastMs > 3_600_000
        ? "quiet-hours"
        : "speaks";
  const sentence = {
    silent: `Silent; ${ago}, and its longest usual pause ${when} is ${spanText(learnedSeconds * 1000)}.`,
    learning: `Speaks at least every ${spanText(learnedSeconds * 1000)} so far; ${ago}. It is missed from its second day on.`,
    "quiet-hours": `Usually says nothing ${when}; ${ago}.`,
    speaks: `Speaks at least every ${spanText(learnedSeconds * 1000)} ${when}; ${ago}.`,
  }[state];
  return { lastHeardAt, learnedSeconds, thresholdSeconds, state, sentence };
}

function learning(how: string, ago: string): string {
  return `Its rhythm is being learned: ${how}; ${ago}. Then it is missed when it is silent, on its first day after an hour at the earliest.`;
}
