/** correlation: correlation rules over the signals of the stream. Each block's signals are taken in inside the block's transaction,
 *  and what the rules remember is written in the same one: whatever crashes when, no match is lost and none is made twice.
 *  Memory holds a copy; a version in the database says whether it is still the truth, and if not, it is read again. */
import { type CorrelationInput, type CorrelationMatch, type Correlator, createCorrelator } from "@holdfast/sigma";
import type { CorrelatorStats } from "@holdfast/sigma";
import type { Clock } from "../platform/clock/index.ts";
import type { EventStore } from "../platform/events/index.ts";
import type { Log } from "../platform/log/index.ts";
import type { Tables, Transaction } from "../platform/tables/index.ts";
import { deliverOutbox } from "./correlation-outbox.ts";
import { type MatchesWritten, writeMatches } from "./correlation-matches.ts";
import type { KeepTexts } from "./fired-texts.ts";
import * as store from "./correlation-store.ts";
import { serialiseSignal, type Signal } from "./signal.ts";
import { type CorrelationRules, silentRules } from "./silent-rules.ts";

export interface CorrelationOptions {
  readonly tables: Tables;
  readonly events: Pick<EventStore, "insert">;
  readonly clock: Clock;
  readonly log: Log;
  /** What becomes of signals that no block brought: a window that ended while nothing came. */
  readonly raise: (tx: Transaction, signals: readonly Signal[]) => Promise<void>;
  /** Signals whose match an event that came late took back, or gave back; called before what the same transaction raises goes on. */
  readonly onWithdrawn?: (tx: Transaction, changes: Pick<MatchesWritten, "withdrawn" | "restored">) => Promise<void>;
  /** Keeps the texts that matches were found with. */
  readonly keepTexts?: KeepTexts;
  readonly latenessMs?: number;
  readonly maxGroups?: number;
  readonly tickMs?: number;
}

export interface Correlation {
  /** From the next block on; what unchanged rules remember is kept. */
  use(rules: CorrelationRules): void;
  /** Call inside the pump's transaction, in the order of the spool. Answers what goes on to triage: the matches that are new, and
   *  the given signals without those that only count for a correlation. */
  apply(tx: Transaction, signals: readonly Signal[]): Promise<readonly Signal[]>;
  stats(): CorrelatorStats;
  start(): void;
  stop(): Promise<void>;
}

const LATENESS_MS = 10 * 60_000;
const TICK_MS = 2_000;
const FORGET_AFTER_MS = 40 * 24 * 3_600_000;
const NO_COUNTS: Counts = { evicted: 0, late: 0, capped: 0, incomplete: 0, unreadable: 0, withdrawn: 0 };

export function createCorrelation(options: CorrelationOptions): Correlation {
  const { tables, clock } = options;
  const log = options.log.child("correlation");
  let current: CorrelationRules = { rules: [], test: new Set() };
  let silent: ReadonlySet<string> = new Set();
  let read: ReadonlySet<string> = new Set();
  let correlator = make();
  /** The version of the state in memory; undefined when it may be none that was committed. */
  let held: number | undefined;
  /** Goes up with every change of the rules. */
  let generation = 0;
  let opened = 0;
  /** What correlators before this one counted, and what was told of it. */
  let past: Counts = NO_COUNTS;
  let told: Counts = NO_COUNTS;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let stopped = false;

  function make(): Correlator {
    return createCorrelator(current.rules, {
      journal: true,
      latenessMs: options.latenessMs ?? LATENESS_MS,
      ...(options.maxGroups === undefined ? {} : { maxGroups: options.maxGroups }),
    });
  }

  /** The state as the last committed transaction left it, under a lock that is held until this one ends. */
  async function open(tx: Transaction): Promise<number> {
    const version = await store.lockVersion(tx);
    if (held !== version) {
      const fresh = make();
      const taken = fresh.restore(await store.readGroups(tx, fresh.rules), clock.now());
      log.debug({ groups: taken, version }, "The state of correlations was read.");
      past = sumOf(past, correlator.stats());
      correlator = fresh;
    }
    held = undefined;
    opened = generation;
    return version;
  }

  async function close(tx: Transaction, done: Done): Promise<Signal[]> {
    await store.writeChanges(tx, correlator.changes());
    const { raised, withdrawn, restored } = await writeMatches(tx, { ...done, test: current.test, silent, inputId });
    if (withdrawn.length > 0 || restored.length > 0) await options.onWithdrawn?.(tx, { withdrawn, restored });
    if (raised.length > 0) await options.keepTexts?.(tx, raised);
    const next = done.version + 1;
    const receivedMs = clock.now();
    const lines = raised.map((signal) => serialiseSignal(signal, { receivedMs, source: "correlation", class: "" }));
    await store.addToOutbox(tx, next, lines);
    await store.writeVersion(tx, next);
    held = opened === generation ? next : undefined;
    tell();
    return raised;
  }

  /** A bound that is hit means that matches may be missing: somebody must know. */
  function tell(): void {
    const now = sumOf(past, correlator.stats());
    const { evicted, late, capped } = now;
    if (evicted === told.evicted && late === told.late && capped === told.capped) return;
    told = now;
    log.warn(
      { evicted, late, capped },
      "Correlation hit a bound: groups given up, inputs too late, or windows too full.",
    );
  }

  async function tick(): Promise<void> {
    const isDue = (): boolean => (correlator.quietFrom() ?? Number.POSITIVE_INFINITY) <= clock.now();
    // After a start or a change of rules, windows from before are in the tables only.
    if (current.rules.length > 0 && (held === undefined || isDue())) {
      await tables.transaction(async (tx) => {
        const version = await open(tx);
        if (!isDue()) {
          held = opened === generation ? version : undefined;
          return;
        }
        const raised = await close(tx, { version, found: correlator.settle(clock.now()), signals: [] });
        await options.raise(tx, heard(raised));
      });
    }
    await deliverOutbox(tables, options.events);
  }

  const heard = (signals: readonly Signal[]): readonly Signal[] =>
    silent.size === 0 ? signals : signals.filter((signal) => !silent.has(signal.ruleId));

  return {
    use: (rules) => {
      current = rules;
      silent = silentRules(rules);
      read = new Set(rules.rules.flatMap((rule) => rule.rules));
      generation += 1;
      held = undefined;
    },
    apply: async (tx, signals) => {
      const inputs = signals.filter((signal) => read.has(signal.ruleId) && signal.outcome !== "hidden").map(inputOf);
      if (inputs.length === 0) return heard(signals);
      const version = await open(tx);
      const found = correlator.observe(inputs, clock.now());
      const raised = await close(tx, { version, found, signals });
      return heard([...signals, ...raised]);
    },
    stats: () => {
      const now = correlator.stats();
      return { groups: now.groups, inputs: now.inputs, ...sumOf(past, now) };
    },
    start: () => {
      const again = (): void => {
        running = tick()
          .catch((error: unknown) => {
            held = undefined;
            log.warn(
              { reason: String(error) },
              "Windows that ended could not be judged, or their matches not be stored; this is tried again.",
            );
          })
          .then(() => {
            if (!stopped) timer = setTimeout(again, options.tickMs ?? TICK_MS);
          });
      };
      running = store
        .forgetGroups(tables.db, clock.now() - FORGET_AFTER_MS)
        .catch((error: unknown) =>
          log.warn({ reason: String(error) }, "Old groups of correlations could not be removed."),
        )
        .then(again);
    },
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}

type Counts = Omit<CorrelatorStats, "groups" | "inputs">;

function sumOf(a: Counts, b: Counts): Counts {
  return {
    evicted: a.evicted + b.evicted,
    late: a.late + b.late,
    capped: a.capped + b.capped,
    incomplete: a.incomplete + b.incomplete,
    unreadable: a.unreadable + b.unreadable,
    withdrawn: a.withdrawn + b.withdrawn,
  };
}

interface Done {
  /** Before this transaction. */
  readonly version: number;
  readonly found: readonly CorrelationMatch[];
  /** Of the block. */
  readonly signals: readonly Signal[];
}

/** An event is one input of a rule. */
function inputId({ eventId, ruleId }: Signal): string {
  return `${eventId}:${ruleId}`;
}

export function inputOf(signal: Signal): CorrelationInput {
  return { id: inputId(signal), ruleId: signal.ruleId, timeMs: signal.timeMs, values: signal.values ?? {} };
}
