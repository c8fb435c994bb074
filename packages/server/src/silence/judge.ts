/** judge: what is wrong at a moment, from what was learned: who is silent and why (the source, one log of a host, the whole host),
 *  whose volume is down, which fields are lost, whose clock is off. Pure: the same memory and time give the same answer. */
import { FILL_FIELDS } from "../ingest/index.ts";
import { FACTOR, pauseAt } from "./interval.ts";
import type { FillLane, Lane, Memory } from "./memory.ts";
import type { SourceFacts } from "./seen.ts";
import { isBack, isDrop, readVolume, type VolumeReading } from "./volume.ts";
import { hourAt, spanText } from "./week.ts";

export type ConditionKind = "silence" | "volume" | "field-loss" | "skew";

export interface Condition {
  /** Names it as long as it stands. */
  readonly key: string;
  readonly kind: ConditionKind;
  /** Who: all of a source, one log of a host, a whole host. */
  readonly reach: "source" | "log" | "host";
  /** "" where a host is down. */
  readonly source: string;
  readonly host: string;
  readonly sinceMs: number;
  readonly title: string;
  readonly sentence: string;
  /** What was measured against what is usual. */
  readonly facts: readonly { readonly name: string; readonly value: string; readonly usual: string }[];
  /** Of a silence: how long it lasted when it was judged, in hours in which it speaks, and the longest that is usual. */
  readonly pause?: { readonly ms: number; readonly learnedMs: number };
}

export interface Moment {
  /** Everything that arrived before this is counted. */
  readonly ms: number;
  /** Since when all could speak and were heard. */
  readonly fromMs: number;
  readonly source: (id: string) => SourceFacts | undefined;
}

/** Also tells each lane what was found, so that a silence does not become what is usual. */
export function judge(memory: Memory, moment: Moment): Condition[] {
  const lanes = [...memory.lanes.values()].filter((lane) => isWatched(lane, moment));
  const read = readings(lanes, moment);
  return [
    ...silences(lanes, {
      ...moment,
      slow:
        1 /
        Math.max(
          MOST_SLOW,
          inCommon(read, ({ latestShare }) => latestShare),
        ),
    }),
    ...drops(read, moment),
    ...losses([...memory.fills.values()], moment),
    ...skews(lanes, moment),
  ];
}

function isWatched({ source }: { readonly source: string }, moment: Moment): boolean {
  const facts = moment.source(source);
  return facts?.watched === true && facts.enabled;
}

const nameOf = (moment: Moment, source: string): string => moment.source(source)?.name ?? source;

/** One source writes the short name of a host, another the long one. */
function labelOf(host: string): string {
  const name = host.toLowerCase();
  return /^[0-9.]+$|:/.test(name) ? name : (name.split(".")[0] ?? name);
}

interface Heard {
  readonly lane: Lane;
  readonly silent: boolean;
  /** It speaks less often than it ever did. */
  readonly slow: boolean;
  readonly pauseMs: number;
  readonly learnedMs: number;
  readonly thresholdMs: number;
}

/** With how much slower all are than usual. */
type Pace = Moment & { readonly slow: number };

function silences(lanes: readonly Lane[], moment: Pace): Condition[] {
  const heard = lanes.map((lane) => hearing(lane, moment));
  for (const { lane, silent } of heard) {
    lane.silent = silent;
    if (!silent) lane.named = null;
  }
  const sources = new Map(heard.filter(({ lane }) => lane.host === "").map((one) => [one.lane.source, one]));
  const logs = heard.filter(({ lane }) => lane.host !== "");
  const siblings = Map.groupBy(logs, ({ lane }) => lane.source);
  const slack = new Set([...siblings].filter(([, of]) => mostAreSlow(of)).map(([source]) => source));
  /** What was said is not taken back because its neighbours become slow as well. */
  const isSure = (one: Heard, reach: Lane["named"], back: readonly number[]): boolean =>
    one.lane.named === reach || (!slack.has(one.lane.source) && !isJustBack(one, back, moment));
  const found: Condition[] = [];
  /** Sources whose silence is said by that of their only host. */
  const said = new Set<string>();
  for (const of of Map.groupBy(logs, ({ lane }) => labelOf(lane.host)).values()) {
    const stopped = (one: Heard): boolean => sources.get(one.lane.source)?.silent === true;
    const silent = of.filter((one) => one.silent);
    if (silent.length === 0) continue;
    if (silent.length < of.length && of.some((one) => silent.every((quiet) => spokeAfter(one, quiet)))) {
      const speaking = of.filter((one) => !one.silent);
      for (const one of silent) {
        const back = [sources.get(one.lane.source), ...speaking].map((other) => other?.lane.backMs ?? 0);
        if (stopped(one) || !isSure(one, "log", back)) continue;
        one.lane.named = "log";
        found.push(logStopped(one, { speaking, moment }));
      }
      continue;
    }
    const judged = silent.filter((one) => {
      const back = sources.get(one.lane.source)?.lane.backMs ?? 0;
      return !stopped(one) && isSure(one, "host", [back]);
    });
    const alone = silent.filter((one) => stopped(one) && siblings.get(one.lane.source)?.length === 1);
    if (judged.length > 0 || (of.length > 1 && alone.length > 0)) {
      for (const { lane } of silent) lane.named = "host";
      found.push(hostDown(silent, { only: of.length === 1, moment }));
      for (const { lane } of alone) said.add(lane.source);
    }
  }
  for (const [id, one] of sources) if (one.silent && !said.has(id)) found.push(sourceStopped(one, moment));
  return found;
}

function hearing(lane: Lane, { ms, fromMs, slow }: Pace): Heard {
  const { interval } = lane;
  const pause = pauseAt(interval, { now: ms, from: fromMs, patient: lane.host !== "" });
  // Only what arrives ends a silence: not a start in the middle of it, nor others who become slow as well.
  const goesOn = lane.silent;
  if (pause === undefined) return { lane, silent: goesOn, slow: false, pauseMs: 0, learnedMs: 0, thresholdMs: 0 };
  const { activeMs: pauseMs, learnedMs } = pause;
  // What all do together varies from day to day. A host among many is given that time, up to twice what was learned; beyond that, and a whole
  // source at all, only on a slow day, or they would be late on any other.
  const eased = slow <= SLOW_DAY ? 1 : slow;
  const thresholdMs =
    lane.host === ""
      ? Math.max(pause.thresholdMs, FACTOR * learnedMs * eased)
      : Math.min(pause.thresholdMs * slow, Math.max(pause.thresholdMs, LATEST * learnedMs * eased));
  const silent = pauseMs >= thresholdMs || goesOn;
  const longest = Math.max(pauseMs, interval.hourGap * 1000, interval.recentGap * 1000);
  return { lane, silent, slow: longest > SLOW * pause.usualMs, pauseMs, learnedMs, thresholdMs };
}

/** It has been heard when the quiet one should have been, so what happened to that one did not happen to the host. */
function spokeAfter(one: Heard, quiet: Heard): boolean {
  return !one.silent && one.lane.interval.lastMs > quiet.lane.interval.lastMs + quiet.thresholdMs / 2;
}

/** What it is compared with speaks again only now: it is given the time that it usually takes. */
function isJustBack({ thresholdMs }: Heard, back: readonly number[], { ms }: Moment): boolean {
  return ms - Math.max(...back) < thresholdMs;
}

/** When most hosts of a source speak less than usual, that is about the source: its volume tells. */
function mostAreSlow(siblings: readonly Heard[]): boolean {
  return siblings.length >= TOGETHER && siblings.filter(({ slow }) => slow).length > siblings.length / 2;
}

function sourceStopped(one: Heard, moment: Moment): Condition {
  const { lane, learnedMs } = one;
  const name = nameOf(moment, lane.source);
  return {
    ...base("silence", "source", lane),
    key: `silence:source:${lane.source}`,
    sinceMs: lane.interval.lastMs,
    title: `${name} is silent`,
    sentence: `Nothing has come from ${name}, from none of its hosts, for ${pauseText(lane, moment)}; ${usualText(lane, learnedMs)}.`,
    facts: [pauseFact(lane, learnedMs, moment)],
    pause: { ms: one.pauseMs, learnedMs },
  };
}

function logStopped(one: Heard, { speaking, moment }: { speaking: readonly Heard[]; moment: Moment }): Condition {
  const { lane, learnedMs } = one;
  const name = nameOf(moment, lane.source);
  const others = speaking.map((other) => nameOf(moment, other.lane.source)).slice(0, 3);
  return {
    ...base("silence", "log", lane),
    key: `silence:log:${lane.source}:${lane.host}`,
    sinceMs: lane.interval.lastMs,
    title: `${name} has stopped on ${lane.host}`,
    sentence: `${lane.host} has sent nothing by ${name} for ${pauseText(lane, moment)}, while it still speaks by ${others.join(", ")}; ${usualText(lane, learnedMs)}. The host is up: look at what collects this log.`,
    facts: [pauseFact(lane, learnedMs, moment)],
    pause: { ms: one.pauseMs, learnedMs },
  };
}

function hostDown(
  logs: readonly Heard[],
  { only, moment }: { readonly only: boolean; readonly moment: Moment },
): Condition {
  const last = logs.reduce((a, b) => (a.lane.interval.lastMs > b.lane.interval.lastMs ? a : b));
  const { lane, learnedMs } = last;
  const names = logs.map((one) => nameOf(moment, one.lane.source));
  const all = only ? `by ${names[0] ?? ""}, its only source,` : `by ${names.join(", ")}, nor by anything else,`;
  return {
    ...base("silence", "host", lane),
    source: logs.length === 1 ? lane.source : "",
    key: `silence:host:${lane.host.toLowerCase()}`,
    sinceMs: lane.interval.lastMs,
    title: `${lane.host} is silent`,
    sentence: `${lane.host} has sent nothing ${all} for ${pauseText(lane, moment)}, while others are heard; ${usualText(lane, learnedMs)}. It is down, cut off, or its agent has stopped.`,
    facts: logs.map((one) => pauseFact(one.lane, one.learnedMs, moment)),
    pause: { ms: last.pauseMs, learnedMs },
  };
}

function base(kind: ConditionKind, reach: Condition["reach"], { source, host }: Pick<Lane, "source" | "host">) {
  return { kind, reach, source, host };
}

const pauseText = (lane: Lane, { ms }: Moment): string => spanText(ms - lane.interval.lastMs);

const usualText = (lane: Lane, learnedMs: number): string =>
  `its longest usual pause ${lane.interval.week.text(hourAt(lane.interval.lastMs))} is ${spanText(learnedMs)}`;

function pauseFact(lane: Lane, learnedMs: number, moment: Moment): Condition["facts"][number] {
  return {
    name: `pause of ${nameOf(moment, lane.source)}`,
    value: pauseText(lane, moment),
    usual: spanText(learnedMs),
  };
}

/** Sources, or hosts, that are compared before what they do together is believed. */
const TOGETHER = 3;
/** However quiet all are, a source at a tenth of what is usual is down. */
const MOST_EASE = 0.2;
/** A host that pauses longer than ever by so much is slow. */
const SLOW = 1.3;
/** And nobody is waited for longer than this makes it. */
const MOST_SLOW = 0.4;
/** Noticed within so many times what was learned, on any day but a slow one. */
const LATEST = 2;
/** How much slower than usual all are on a slow day. */
const SLOW_DAY = 1.3;

interface Reading {
  readonly lane: Lane;
  readonly reading: VolumeReading;
}

function readings(lanes: readonly Lane[], { ms }: Moment): Reading[] {
  return lanes.flatMap((lane) => {
    if (lane.volume === undefined || lane.silent) return [];
    const reading = readVolume(lane.volume, ms);
    return reading === undefined || reading.expected === 0 ? [] : [{ lane, reading }];
  });
}

/** On a holiday all are quiet: what they have in common is no fault of one. 1 on a day like any other. */
function inCommon(read: readonly Reading[], share: (reading: VolumeReading) => number): number {
  if (read.length < TOGETHER) return 1;
  const shares = read.map(({ reading }) => share(reading)).sort((a, b) => a - b);
  return Math.min(1, shares[shares.length >> 1] ?? 1);
}

function drops(read: readonly Reading[], moment: Moment): Condition[] {
  const ease = Math.max(
    MOST_EASE,
    inCommon(read, ({ actual, expected }) => actual / expected),
  );
  return read.flatMap(({ lane, reading }) => {
    if (lane.silent) return [];
    lane.down = lane.down ? !isBack(reading, ease) : isDrop(reading, ease);
    return lane.down ? [drop(lane, reading, moment)] : [];
  });
}

function drop(lane: Lane, { actual, expected }: VolumeReading, moment: Moment): Condition {
  const name = nameOf(moment, lane.source);
  const percent = Math.round((100 * actual) / expected);
  return {
    ...base("volume", "source", lane),
    key: `volume:${lane.source}`,
    sinceMs: moment.ms - 3_600_000,
    title: `${name} sends much less than usual`,
    sentence: `${Math.round(actual)} records came from ${name} in the last hour, ${percent} % of the ${Math.round(expected)} that are usual ${lane.interval.week.text(hourAt(moment.ms))}.`,
    facts: [
      { name: "records in the last hour", value: String(Math.round(actual)), usual: String(Math.round(expected)) },
    ],
  };
}

function losses(lanes: readonly FillLane[], moment: Moment): Condition[] {
  return lanes.flatMap((lane) => {
    const { lost } = lane.fill;
    if (lost.length === 0 || !isWatched(lane, moment)) return [];
    const name = nameOf(moment, lane.source);
    const facts = lost.map(({ field, share, usual }) => ({
      name: FILL_FIELDS[field] ?? String(field),
      value: percentText(share),
      usual: `at least ${percentText(usual)}`,
    }));
    const names = facts.map((fact) => fact.name);
    return {
      kind: "field-loss",
      reach: "source",
      source: lane.source,
      host: "",
      key: `field-loss:${lane.source}:${lane.class}`,
      sinceMs: Math.min(...lost.map(({ sinceMs }) => sinceMs)),
      title: `${name} has lost ${names.length === 1 ? `the field ${names[0] ?? ""}` : `${names.length} fields`}`,
      sentence: `In events of ${name} of the class ${lane.class}: ${facts.map((fact) => `${fact.name} in ${fact.value} of them, usually in ${fact.usual}`).join("; ")}. The format may have changed, or the sender leaves it out.`,
      facts,
    };
  });
}

const percentText = (share: number): string => `${Math.round(share * 100)} %`;

function skews(lanes: readonly Lane[], moment: Moment): Condition[] {
  return lanes.flatMap((lane) => {
    const { sinceMs, offset, usual } = lane.skew;
    // A source of many hosts has no clock; one whose events name no host has.
    if (
      sinceMs === 0 ||
      lane.silent ||
      (lane.host === "" && lanes.some((one) => one.source === lane.source && one.host !== ""))
    )
      return [];
    const name = nameOf(moment, lane.source);
    const who = lane.host === "" ? name : lane.host;
    const way = offset < 0 ? "ahead of" : "behind";
    const by = spanText(Math.abs(offset) * 1000);
    return {
      ...base("skew", lane.host === "" ? "source" : "log", lane),
      key: `skew:${lane.source}:${lane.host}`,
      sinceMs,
      title: `The clock of ${who} is ${by} ${way} ours`,
      sentence: `The times in the events of ${who} by ${name} are ${by} ${way} the time of their arrival; usual are ${Math.round(usual)} s. Windows of time in rules miss such events.`,
      facts: [
        {
          name: "seconds from event to arrival",
          value: String(Math.round(usual + offset)),
          usual: String(Math.round(usual)),
        },
      ],
    };
  });
}
