/** insight: a source explains itself: when it speaks, its hosts, volume, fields, clocks, what no parser takes and what it costs. What the
 *  event store does not answer in time is left out and said so; the rest is at hand. */
import type { SourceInsight } from "@holdfast/contracts/silence";
import type { Clock } from "../platform/clock/index.ts";
import type { EventStore } from "../platform/events/index.ts";
import type { Log } from "../platform/log/index.ts";
import { decodeRecord } from "@holdfast/sdk";
import { draftOf } from "./draft.ts";
import { FILL_FIELDS } from "../ingest/index.ts";
import { readFields, readReceived, readUnparsed } from "./insight-store.ts";
import { type Lane, laneKey, type Memory } from "./memory.ts";
import type { Skew } from "./skew.ts";
import { type SpeechAt, speechOf } from "./speech.ts";
import { shapesOf } from "./templates.ts";
import { readVolume } from "./volume.ts";
import { DAY_MS } from "./week.ts";

export interface InsightOptions {
  readonly events: EventStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly memory: Memory;
  readonly at: (source: string) => SpeechAt;
  readonly lastHeardMs: (source: string) => Promise<number | null>;
  readonly conditions: (source: string) => Promise<SourceInsight["conditions"]>;
}

const MOST_HOSTS = 200;
const MOST_SHAPES = 20;

export function createInsight(options: InsightOptions): (source: string) => Promise<SourceInsight> {
  const { events, clock, log, memory } = options;
  const orNull = async <T>(work: Promise<T>): Promise<T | null> =>
    work.catch((error: unknown) => {
      log.warn({ reason: String(error) }, "A part of what is known of a source could not be read.");
      return null;
    });
  return async (source) => {
    const at = { ...options.at(source), lastHeardMs: await options.lastHeardMs(source) };
    const of = { source, sinceMs: clock.now() - DAY_MS };
    const [fields, lines, diskBytes, conditions] = await Promise.all([
      orNull(readFields(events, of)),
      orNull(readUnparsed(events, of)),
      orNull(diskOf(events, source)),
      options.conditions(source),
    ]);
    const whole = memory.lanes.get(laneKey(source, ""));
    const hosts = [...memory.lanes.values()].filter((lane) => lane.source === source && lane.host !== "");
    const volume = whole?.volume === undefined ? undefined : readVolume(whole.volume, at.ms);
    return {
      speech: { source, ...speechOf(whole, at) },
      hosts: hosts
        .sort(worstFirst)
        .slice(0, MOST_HOSTS)
        .map((lane) => hostOf(lane, at)),
      hostsTotal: hosts.length,
      volume: volume === undefined ? null : { lastHour: volume.actual, usual: volume.expected },
      delaySeconds: whole === undefined ? null : delayOf(whole.skew),
      fields:
        fields?.map((one) => {
          const lost = memory.fills.get(laneKey(source, one.class))?.fill.lost ?? [];
          const names = new Set(lost.map(({ field }) => FILL_FIELDS[field]));
          const shares = one.shares.map(({ name, share }) => ({ name, share, lost: names.has(name as never) }));
          return { class: one.class, events: one.events, fields: shares };
        }) ?? null,
      unparsed:
        lines === null
          ? null
          : shapesOf(lines.map((example) => ({ text: lineOf(example, clock.now()), example })))
              .slice(0, MOST_SHAPES)
              .map((shape) => ({
                template: shape.words.join(" "),
                records: shape.records,
                example: shape.example,
                draft: draftOf(shape, source),
              })),
      unparsedSampled: lines?.length ?? 0,
      diskBytes,
      conditions,
    };
  };
}

const worstFirst = (a: Lane, b: Lane): number =>
  Number(b.silent) - Number(a.silent) || b.interval.lastMs - a.interval.lastMs || (a.host < b.host ? -1 : 1);

function hostOf(lane: Lane, at: SpeechAt): SourceInsight["hosts"][number] {
  const { state, lastHeardAt, learnedSeconds } = speechOf(lane, at);
  return { host: lane.host, state, lastHeardAt, learnedSeconds, delaySeconds: delayOf(lane.skew) };
}

/** What a field map reads: the message behind a syslog header, or all of it. */
function lineOf(text: string, received: number): string {
  const record = decodeRecord({ text, received, peer: "", kind: "import" });
  return record.syslog?.message ?? record.text;
}

function delayOf(skew: Skew): number | null {
  return Number.isNaN(skew.last) ? null : skew.last;
}

/** Its share of the events is taken as its share of the disk: an estimate. */
async function diskOf(events: EventStore, source: string): Promise<number | null> {
  const [{ bytesOnDisk }, received] = await Promise.all([events.info(), readReceived(events, source)]);
  return received.total === 0 ? 0 : Math.round((bytesOnDisk * received.own) / received.total);
}
