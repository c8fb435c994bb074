/** create: the silence area: learns from every block that is through, looks every few seconds what is wrong, raises it and ends it.
 *  It judges by what has gone through the pump, not by the wall clock alone: our own backlog, a start or a full disk is no silence. */
import { createHash } from "node:crypto";
import { type silenceRoutes, WATCH, type WatchedCondition } from "@holdfast/contracts/silence";
import type { Clock } from "../platform/clock/index.ts";
import type { EventStore } from "../platform/events/index.ts";
import type { Handlers } from "../platform/http-contract.ts";
import type { Log } from "../platform/log/index.ts";
import type { Tables, Transaction } from "../platform/tables/index.ts";
import { FILL_FIELDS } from "../ingest/index.ts";
import { createInsight } from "./insight.ts";
import { type Condition, judge } from "./judge.ts";
import { createKeeper } from "./keeper.ts";
import { type BlockSeen, createMemory, type Memory } from "./memory.ts";
import type { SourceFacts } from "./seen.ts";
import { type SpeechAt, speechOf } from "./speech.ts";
import * as store from "./store.ts";
import { openWeek, spanText, UTC_WEEK } from "./week.ts";

/** What is to become an alert, or to end one: all with the same cause are one until it is over. */
export interface WatchAlert {
  readonly id: string;
  readonly cause: string;
  readonly condition: Condition;
  readonly ruleId: string;
  readonly blind: readonly store.BlindRule[];
  readonly atMs: number;
  readonly over: boolean;
  /** Why it is over; "" otherwise. */
  readonly why: string;
}

export interface SilenceOptions {
  readonly tables: Tables;
  readonly events: EventStore;
  readonly clock: Clock;
  readonly log: Log;
  /** By whose clocks the hours of the week are learned. */
  readonly zone: string;
  readonly source: (id: string) => SourceFacts | undefined;
  /** As ingest counts it, of what nothing was learned, too. */
  readonly lastHeardMs: (id: string) => Promise<number | null>;
  readonly progress: () => { readonly throughMs: number; readonly accepting: boolean };
  /** The live rules that read what a source or host sends. */
  readonly rulesReading: (of: {
    source: string;
    host: string;
    /** Of a loss of fields: only those that read them. */
    fields?: readonly string[];
  }) => Promise<readonly store.BlindRule[]>;
  /** Makes the alert, in the transaction that remembers it. */
  readonly raise: (tx: Transaction, alert: WatchAlert) => Promise<void>;
}

export interface Silence {
  readonly routes: Handlers<typeof silenceRoutes>;
  /** Of a block that is through. */
  observe(seen: BlockSeen & { readonly lanesDropped: number }): void;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Looks once; happens by itself. */
  sweep(): Promise<void>;
  /** How sources speak now, by id; those that nobody waits for are left out. */
  states(): ReadonlyMap<string, ReturnType<typeof speechOf>["state"]>;
  /** What an alert of ours says about itself; undefined for other rules. */
  describe(
    ruleId: string,
  ): { readonly description: string; readonly falsepositives: readonly string[]; readonly status: string } | undefined;
}

const SWEEP_MS = 5_000;
/** A machine that slept, or a process that stood still, has heard nobody. */
const JUMP_MS = 60_000;
const MOST_NEW = 100;
const KEPT_MS = 90 * 24 * 3_600_000;
const HOUR_MS = 3_600_000;

export function createSilence(options: SilenceOptions): Silence {
  const { tables, clock } = options;
  const log = options.log.child("silence");
  const week = openWeek(options.zone) ?? UTC_WEEK;
  const memory: Memory = createMemory(FILL_FIELDS.length, { week });
  const keeper = createKeeper({ tables, memory, week });
  const open = new Map<string, store.StoredCondition>();
  let fromMs = clock.now();
  let lastSweep = clock.now();
  let lastForgotten = 0;
  let blocked = false;
  let blockDrops = 0;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;

  const at = (id: string): SpeechAt => {
    const facts = options.source(id);
    return { ms: seenUntil(), fromMs, watched: facts?.watched === true && facts.enabled };
  };
  const seenUntil = (): number => Math.min(clock.now(), options.progress().throughMs);

  async function look(): Promise<void> {
    const now = clock.now();
    const { accepting } = options.progress();
    const jumped = now - lastSweep > JUMP_MS || now < lastSweep;
    lastSweep = now;
    if (!accepting) {
      blocked = true;
      return;
    }
    if (jumped || blocked) {
      blocked = false;
      fromMs = now;
      memory.interrupt(now);
      log.info({ jumped }, "Silence is judged anew from now on: for a while nobody could be heard.");
    }
    const ms = seenUntil();
    memory.pass(ms);
    await settle(judge(memory, { ms, fromMs, source: options.source }), now);
    await keeper.write(now, false);
    if (now - lastForgotten > HOUR_MS) {
      lastForgotten = now;
      await keeper.forget(now);
      await store.forgetConditions(tables.db, now - KEPT_MS);
    }
  }

  async function settle(found: readonly Condition[], now: number): Promise<void> {
    const standing = new Set(found.map(({ key }) => key));
    for (const known of [...open.values()]) if (!standing.has(known.key)) await end(known, now);
    const fresh = found.filter(({ key }) => !open.has(key));
    if (fresh.length > MOST_NEW)
      log.warn({ found: fresh.length }, "Very much fell silent at once; alerts for it come one after the other.");
    for (const condition of fresh.slice(0, MOST_NEW)) await begin(condition, now);
  }

  async function begin(condition: Condition, now: number): Promise<void> {
    const { source, host, reach } = condition;
    const lost = condition.kind === "field-loss" ? { fields: condition.facts.map(({ name }) => name) } : {};
    const blind =
      condition.kind === "skew"
        ? []
        : await options.rulesReading({ source, host: reach === "source" ? "" : host, ...lost });
    const id = createHash("sha256").update(`${condition.key}\u0000${now}`).digest("hex").slice(0, 32);
    const alert = {
      id,
      cause: condition.key,
      condition,
      ruleId: ruleIdOf(condition),
      blind,
      atMs: now,
      over: false,
      why: "",
    };
    await tables.transaction(async (tx) => {
      await store.insertCondition(tx, { ...condition, blind, signalId: id, signalMs: now, raisedMs: now });
      await options.raise(tx, alert);
      if (source !== "") await tables.notify(tx, "ingest.source.changed", { id: source });
    });
    await refresh();
  }

  async function end(known: store.StoredCondition, now: number): Promise<void> {
    const why = whyOver(known, { memory, now, source: options.source });
    const { id: signalId, cause, ruleId } = { id: known.signalId, cause: known.key, ruleId: ruleIdOf(known) };
    const alert = { id: signalId, cause, condition: known, ruleId, blind: known.blind, atMs: now, over: true, why };
    await tables.transaction(async (tx) => {
      await store.endCondition(tx, known.id, now);
      await options.raise(tx, alert);
      if (known.source !== "") await tables.notify(tx, "ingest.source.changed", { id: known.source });
    });
    open.delete(known.key);
  }

  async function refresh(): Promise<void> {
    open.clear();
    for (const known of await store.openConditions(tables.db)) open.set(known.key, known);
  }

  function sweep(): Promise<void> {
    running ??= look()
      .catch((error: unknown) =>
        log.warn({ reason: String(error) }, "Silence could not be looked for; this is tried again."),
      )
      .finally(() => {
        running = undefined;
      });
    return running;
  }

  const insight = createInsight({
    ...options,
    log,
    memory,
    at,
    conditions: async (source) => (await store.conditionsOfSource(tables.db, source, 20)).map(toView),
  });

  return {
    routes: {
      sourceInsight: ({ params }) => insight(params.id),
      listSilence: async () => ({
        items: [...open.values()].map(toView),
        sources: [...memory.lanes.values()].flatMap((lane) =>
          lane.host === "" && options.source(lane.source) !== undefined
            ? [{ source: lane.source, ...speechOf(lane, at(lane.source)) }]
            : [],
        ),
        untracked: memory.dropped.lanes + memory.dropped.fills + blockDrops,
      }),
    },
    observe: (seen) => {
      blockDrops += seen.lanesDropped;
      const isLearned = ({ source }: { readonly source: string }): boolean => options.source(source)?.watched === true;
      memory.observe({
        sources: seen.sources.filter(isLearned),
        lanes: seen.lanes.filter(isLearned),
        fills: seen.fills.filter(isLearned),
      });
    },
    start: async () => {
      fromMs = lastSweep = clock.now();
      await keeper.read(fromMs);
      await refresh();
      for (const known of open.values()) keeper.resume(known);
      timer = setInterval(() => void sweep(), SWEEP_MS);
      timer.unref();
    },
    stop: async () => {
      clearInterval(timer);
      await running;
      await keeper.write(clock.now(), true);
    },
    sweep,
    states: () =>
      new Map(
        [...memory.lanes.values()].flatMap((lane) =>
          lane.host === "" ? [[lane.source, speechOf(lane, at(lane.source)).state] as const] : [],
        ),
      ),
    describe: (ruleId) => {
      if (!ruleId.startsWith(WATCH)) return undefined;
      const description = DESCRIPTIONS[ruleId.slice(WATCH.length)];
      if (description === undefined) return undefined;
      return { description, falsepositives: [], status: "stable" };
    },
  };
}

const ruleIdOf = ({ kind }: Pick<Condition, "kind">): string => `${WATCH}${kind}`;

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  silence:
    "Holdfast learns for each source, and each host within it, its longest usual pause by the hour of the week, and says when 1.8 times that has passed. It ends by itself when records come again.",
  volume:
    "The records of the last hour are fewer than half of the median of the same hour in the weeks before, and fewer than in any of them. What all sources do at once is divided out.",
  "field-loss": "Two samples in a row have a field in fewer than half of the events that usually have it.",
  skew: "The time in the events is shifted against the time of their arrival, by the same for ten minutes.",
};

function whyOver(
  known: store.StoredCondition,
  of: { readonly memory: Memory; readonly now: number; readonly source: SilenceOptions["source"] },
): string {
  const facts = of.source(known.source);
  const lasted = spanText(of.now - known.sinceMs);
  if (known.source !== "" && facts?.enabled !== true) return "The source was disabled or removed: nobody waits for it.";
  switch (known.kind) {
    case "silence":
      return `Records come again, after ${lasted}.`;
    case "volume":
      return `Its volume is near what is usual again, after ${lasted}.`;
    case "field-loss":
      return `The fields are there again, after ${lasted}.`;
    case "skew":
      return `The times in its events fit their arrival again, after ${lasted}.`;
  }
}

function toView(known: store.StoredCondition): WatchedCondition {
  const { id, kind, reach, source, host, title, sentence, facts, blind } = known;
  return {
    id,
    kind,
    reach,
    source,
    host,
    title,
    sentence,
    facts: facts.map((fact) => ({ ...fact })),
    blind: blind.map((rule) => ({ ...rule })),
    since: new Date(known.sinceMs).toISOString(),
    raisedAt: new Date(known.raisedMs).toISOString(),
    endedAt: known.endedMs === null ? null : new Date(known.endedMs).toISOString(),
  };
}
