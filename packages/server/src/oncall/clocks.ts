/** clocks: how long each phase of an incident may take, and what happens when it takes longer. A clock stands only with a reason, and
 *  time that it stood is added to its end. A breach is noted once and pages once. */
import type { Phase, SlaClock, SlaTarget } from "@holdfast/contracts/oncall-model";
import type { Executor, Transaction } from "../platform/tables/index.ts";
import * as store from "./clock-store.ts";
import type { PageRequest } from "./escalation.ts";
import type { IncidentFacts, OncallOptions } from "./port.ts";

/** What holds until somebody sets other targets. */
export const DEFAULT_TARGETS: readonly SlaTarget[] = [
  ...targetsFor("critical", { acknowledge: 15, contain: 60, resolve: 480 }),
  ...targetsFor("high", { acknowledge: 30, contain: 240, resolve: 1440 }),
  ...targetsFor("medium", { acknowledge: 240, contain: 1440, resolve: 4320 }),
];

export interface Clocks {
  of(db: Executor, incidentId: string): Promise<SlaClock[]>;
  /** Starts, tightens and meets clocks by what the incident is now. */
  follow(tx: Transaction, incident: IncidentFacts): Promise<void>;
  meet(tx: Transaction, incidentId: string, phases: readonly Phase[]): Promise<void>;
  /** False when there is no such clock, or it has ended. */
  pause(tx: Transaction, incidentId: string, pause: Omit<store.Pause, "since">): Promise<boolean>;
  resume(tx: Transaction, incidentId: string, wait: { phase?: Phase; key: string }): Promise<void>;
  /** Clocks that stand while the incident waits for others. */
  waits(tx: Transaction, incidentId: string, wait: { key: string; reason: string }): Promise<void>;
}

export function createClocks(
  options: OncallOptions,
  page: (tx: Transaction, request: PageRequest) => Promise<unknown>,
): Clocks {
  const { tables, clock, workflows } = options;
  const flow = workflows.define<Driven>("oncall.clock", async (context, input) => {
    for (let turn = 0; ; turn += 1) {
      const due = await context.step(`check ${turn}`, () => check(input), RETRY);
      if (due === null) return;
      await context.sleepUntil(due);
    }
  });

  const drive = (tx: Transaction, { incidentId, phase, generation }: Driven): Promise<void> =>
    flow.start(`oncall/clock/${incidentId}/${phase}/${generation}`, { incidentId, phase, generation }, tx);

  /** Writes what changed; from here on another workflow waits for its end. */
  const save = async (tx: Transaction, one: store.ClockRecord): Promise<void> => {
    const generation = one.generation + 1;
    await store.writeClock(tx, { ...one, generation });
    if (stateOf(one) === "running" && one.metAt === null) await drive(tx, { ...one, generation });
  };

  /** When to look again; null when there is nothing more to look at. */
  const check = (input: Driven): Promise<number | null> =>
    tables.transaction(async (tx) => {
      const one = (await store.lockClocks(tx, input.incidentId)).find(({ phase }) => phase === input.phase);
      if (one === undefined || one.generation !== input.generation || stateOf(one) !== "running") return null;
      const now = clock.now();
      const due = dueOf(one, now);
      if (now < due) return due;
      await save(tx, { ...one, breachedAt: due });
      const overdue = `${WORDS[one.phase]} was due ${new Date(due).toISOString().slice(0, 16)}Z: ${one.why}`;
      await note(tx, one, { key: "breached", title: `Time to ${one.phase} ran out`, body: overdue });
      if (one.pages) {
        await page(tx, {
          incidentId: one.incidentId,
          key: `breach:${one.incidentId}:${one.phase}`,
          reason: `time to ${one.phase} ran out`,
        });
      }
      await announce(tx, one.incidentId);
      return null;
    });

  const note = (
    tx: Transaction,
    one: store.ClockRecord,
    entry: { key: string; title: string; body: string },
  ): Promise<void> =>
    options.note(tx, {
      incidentId: one.incidentId,
      key: `clock:${one.incidentId}:${one.phase}:${entry.key}`,
      at: clock.now(),
      title: entry.title,
      body: entry.body,
      actor: null,
    });

  const announce = (tx: Transaction, incidentId: string): Promise<void> =>
    tables.notify(tx, "oncall.changed", { incidentId });

  /** The time in which the phase was over counts as stood. */
  const runOn = async (tx: Transaction, one: store.ClockRecord): Promise<void> => {
    const now = clock.now();
    await save(tx, { ...one, metAt: null, pausedMs: one.pausedMs + Math.max(0, now - (one.metAt ?? now)) });
    const key = `again:${one.generation}`;
    await note(tx, one, { key, title: `The clock to ${one.phase} runs on`, body: "The incident is open again." });
    await announce(tx, one.incidentId);
  };

  const meet = async (tx: Transaction, incidentId: string, phases: readonly Phase[]): Promise<void> => {
    const now = clock.now();
    for (const one of await store.lockClocks(tx, incidentId)) {
      if (phases.includes(one.phase) && one.metAt === null) {
        await save(tx, { ...settled(one, now), metAt: now });
      }
    }
  };

  /** Brings clocks in line with the waits that stand. */
  const applyPauses = async (tx: Transaction, incidentId: string): Promise<void> => {
    const pauses = await store.readPauses(tx, incidentId);
    const now = clock.now();
    for (const one of await store.lockClocks(tx, incidentId)) {
      if (one.metAt !== null || one.breachedAt !== null) continue;
      const mine = pauses.filter(({ phase }) => phase === one.phase);
      const why = mine.map(({ reason }) => reason).join("; ");
      if (mine.length > 0 && one.pausedSince === null) await save(tx, { ...one, pausedSince: now, pauseReason: why });
      else if (mine.length > 0 && why !== one.pauseReason) await save(tx, { ...one, pauseReason: why });
      else if (one.pausedSince !== null) await save(tx, settled(one, now));
    }
    await announce(tx, incidentId);
  };

  return {
    meet,
    of: async (db, incidentId) => (await store.readClocks(db, incidentId)).map((one) => toClock(one, clock.now())),
    follow: async (tx, incident) => {
      const targets = (await store.readTargets(tx))?.targets ?? DEFAULT_TARGETS;
      const clocks = await store.lockClocks(tx, incident.id);
      for (const phase of PHASES) {
        const target = targetOf(targets, phase, incident);
        const known = clocks.find((one) => one.phase === phase);
        if (target === undefined) continue;
        const { minutes, pausesOnWait: pauses, pages } = target;
        const why = whyOf(target);
        if (known === undefined) {
          const startedAt = incident.openedAt;
          await store.insertClock(tx, { incidentId: incident.id, phase, startedAt, minutes, why, pauses, pages });
          await drive(tx, { incidentId: incident.id, phase, generation: 1 });
        } else if (isOpenAgain(known, incident)) {
          await runOn(tx, known);
        } else if (known.metAt === null && known.breachedAt === null && known.minutes !== minutes) {
          await save(tx, { ...known, minutes, why, pauses, pages });
        }
      }
      const met = PHASES.filter((phase) => isMet(phase, incident));
      if (met.length > 0) await meet(tx, incident.id, met);
    },
    pause: async (tx, incidentId, pause) => {
      const one = (await store.lockClocks(tx, incidentId)).find(({ phase }) => phase === pause.phase);
      if (one === undefined || one.metAt !== null || one.breachedAt !== null) return false;
      await store.insertPause(tx, incidentId, { ...pause, since: clock.now() });
      await applyPauses(tx, incidentId);
      return true;
    },
    resume: async (tx, incidentId, wait) => {
      if (await store.deletePause(tx, incidentId, wait)) await applyPauses(tx, incidentId);
    },
    waits: async (tx, incidentId, { key, reason }) => {
      const since = clock.now();
      for (const { phase, pauses } of await store.lockClocks(tx, incidentId))
        if (pauses) await store.insertPause(tx, incidentId, { phase, key, reason, since });
      await applyPauses(tx, incidentId);
    },
  };
}

type Driven = Pick<store.ClockRecord, "incidentId" | "phase" | "generation">;

const PHASES: readonly Phase[] = ["acknowledge", "contain", "resolve"];
const RETRY = { attempts: 12, backoffMs: 250 };
const WORDS: Readonly<Record<Phase, string>> = { acknowledge: "An answer", contain: "Containment", resolve: "The end" };

function targetsFor(severity: SlaTarget["severity"], minutes: Readonly<Record<Phase, number>>): SlaTarget[] {
  const one = (phase: Phase): SlaTarget => ({
    phase,
    severity,
    criticalityAtLeast: 0,
    minutes: minutes[phase],
    pausesOnWait: phase !== "acknowledge",
    pages: phase === "acknowledge",
  });
  return [one("acknowledge"), one("contain"), one("resolve")];
}

/** The target for the most critical services that still fits. */
function targetOf(targets: readonly SlaTarget[], phase: Phase, incident: IncidentFacts): SlaTarget | undefined {
  const critical = Math.max(0, ...incident.services.map(({ criticality }) => criticality));
  return targets
    .filter((one) => one.phase === phase && one.severity === incident.severity && one.criticalityAtLeast <= critical)
    .sort((a, b) => b.criticalityAtLeast - a.criticalityAtLeast)[0];
}

function whyOf({ phase, severity, criticalityAtLeast, minutes }: SlaTarget): string {
  const services = criticalityAtLeast > 0 ? ` on services of criticality ${criticalityAtLeast} and above` : "";
  return `${minutes} minutes to ${phase} what is ${severity}${services}`;
}

/** Contained or resolved once, and not any more. Who has answered has answered. */
function isOpenAgain(one: store.ClockRecord, incident: IncidentFacts): boolean {
  return one.phase !== "acknowledge" && one.metAt !== null && one.breachedAt === null && !isMet(one.phase, incident);
}

function isMet(phase: Phase, { state, assignee }: IncidentFacts): boolean {
  if (state === "resolved" || state === "closed") return true;
  if (phase === "resolve") return false;
  if (state === "contained") return true;
  return phase === "acknowledge" && assignee !== null;
}

/** Ends the pause that stands, if any: its time counts as stood. */
function settled(one: store.ClockRecord, now: number): store.ClockRecord {
  if (one.pausedSince === null) return one;
  return { ...one, pausedSince: null, pausedMs: one.pausedMs + Math.max(0, now - one.pausedSince) };
}

function dueOf(one: store.ClockRecord, now: number): number {
  const standing = one.pausedSince === null ? 0 : Math.max(0, now - one.pausedSince);
  return one.startedAt + one.minutes * 60_000 + one.pausedMs + standing;
}

function stateOf(one: store.ClockRecord): SlaClock["state"] {
  if (one.breachedAt !== null) return "breached";
  if (one.metAt !== null) return "met";
  return one.pausedSince === null ? "running" : "paused";
}

function toClock(one: store.ClockRecord, now: number): SlaClock {
  const due = dueOf(one, now);
  const iso = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());
  const stood = one.pausedMs + (one.pausedSince === null ? 0 : now - one.pausedSince);
  return {
    phase: one.phase,
    state: stateOf(one),
    startedAt: new Date(one.startedAt).toISOString(),
    dueAt: new Date(due).toISOString(),
    minutes: one.minutes,
    metAt: iso(one.metAt),
    breachedAt: iso(one.breachedAt),
    pausedSince: iso(one.pausedSince),
    pausedSeconds: Math.round(stood / 1000),
    pauseReason: one.pauseReason,
    why: stood > 0 ? `${one.why}, and ${Math.round(stood / 60_000)} minutes that it stood` : one.why,
  };
}
