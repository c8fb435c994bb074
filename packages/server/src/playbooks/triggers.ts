/** triggers: works off the incidents that were opened or changed: what a trigger fires on is written once for ever, in the transaction
 *  that takes the incident from the queue. What starts by itself is started from that row under a key made of trigger and incident,
 *  so a crash at any moment neither loses nor doubles a run. */
import { createHash, randomUUID } from "node:crypto";
import type { JsonObject } from "@holdfast/playbook";
import { isAppError } from "../platform/errors/index.ts";
import type { Transaction } from "../platform/tables/index.ts";
import { fail } from "./errors.ts";
import type { PlaybooksOptions, Someone, StandingIncident } from "./port.ts";
import type { Runs } from "./runs.ts";
import { judge } from "./trigger-condition.ts";
import * as store from "./trigger-store.ts";

export interface Triggers {
  /** In the transaction that opened or changed them. */
  touched(tx: Transaction, incidentIds: readonly string[]): Promise<void>;
  /** Everything that waits to be looked at or started; how many that were. Happens by itself. */
  turn(): Promise<number>;
  /** A person starts what was suggested; whoever comes second gets the same run. */
  startSuggested(id: string, variables: JsonObject, by: Someone): Promise<{ runId: string }>;
  dismiss(id: string, reason: string, by: Someone): Promise<void>;
  start(): void;
  stop(): Promise<void>;
}

const BATCH = 50;
const TICK_MS = 2_000;
const TOPICS = new Set(["triage.incident.opened", "triage.incident.changed"]);

export function createTriggers(options: PlaybooksOptions & { readonly runs: Pick<Runs, "start"> }): Triggers {
  const { tables, clock, cel, runs } = options;
  const { db } = tables;
  const log = options.log.child("triggers");

  async function turn(): Promise<number> {
    let done = 0;
    for (const queued of await store.readQueue(db, BATCH)) {
      done += await safely(() => look(queued), { incidentId: queued.incidentId });
    }
    for (const hit of await store.dueHits(db, BATCH)) {
      done += await safely(() => startDue(hit), { incidentId: hit.incidentId, trigger: hit.triggerId });
    }
    return done;
  }

  /** One that fails keeps no other waiting, and is tried again at the next turn. */
  async function safely(work: () => Promise<void>, about: Readonly<Record<string, string>>): Promise<0 | 1> {
    try {
      await work();
      return 1;
    } catch (error) {
      log.warn(
        { ...about, reason: String(error) },
        "An incident could not be held against the triggers; this is tried again.",
      );
      return 0;
    }
  }

  async function look(queued: store.Queued): Promise<void> {
    const incident = await options.standing(queued.incidentId);
    const fired: store.Hit[] = [];
    const errors: { readonly trigger: store.StoredTrigger; readonly reason: string }[] = [];
    if (incident?.open === true) {
      const hits = await store.hitsOf(db, incident.family);
      const left = (await store.readTriggers(db)).filter(
        ({ id, enabled }) => enabled && !hits.some(({ triggerId }) => triggerId === id),
      );
      const seen = left.length === 0 ? undefined : await options.incident(incident.id);
      for (const trigger of seen === undefined ? [] : left) {
        const judged = judge(cel, trigger.condition, seen ?? {});
        if (judged.kind === "true") fired.push(hitOf(trigger, incident, judged.reasons));
        if (judged.kind === "error") errors.push({ trigger, reason: judged.reason });
      }
    }
    await tables.transaction(async (tx) => {
      for (const hit of fired) await record(tx, hit);
      for (const { trigger, reason } of errors) {
        if (trigger.error?.reason === reason && trigger.error.incidentId === incident?.id) continue;
        await store.noteError(tx, trigger, { at: clock.now(), incidentId: incident?.id ?? "", reason });
        await changed(tx, trigger.id, null);
      }
      await store.dequeue(tx, queued);
    });
  }

  function hitOf(trigger: store.StoredTrigger, incident: StandingIncident, reasons: store.Hit["reasons"]): store.Hit {
    const armedBy = trigger.origin === "shipped" ? null : trigger.updatedBy;
    return {
      id: `suggestion-${randomUUID()}`,
      triggerId: trigger.id,
      incidentId: incident.id,
      trigger: { name: trigger.name, version: trigger.version, armedBy },
      playbookId: trigger.playbookId,
      mode: trigger.mode,
      exerciseId: incident.exerciseId,
      state: trigger.mode === "start" ? "due" : "suggested",
      reasons,
      at: clock.now(),
      ...NOT_DECIDED,
    };
  }

  async function record(tx: Transaction, hit: store.Hit): Promise<void> {
    if (!(await store.insertHit(tx, hit))) return;
    const body = hit.reasons
      .map(({ condition, values }) => [condition, ...values.map(({ name, value }) => `${name}: ${value}`)].join(" · "))
      .join("\n");
    const what = hit.mode === "start" ? "Playbook starts" : "Playbook suggested";
    await note(tx, hit, { key: "fired", title: `${what}: ${hit.trigger.name}`, body });
    await changed(tx, hit.triggerId, hit.incidentId);
  }

  async function startDue(hit: store.Hit): Promise<void> {
    try {
      const actor = { id: `trigger:${hit.triggerId}`, name: `Trigger "${hit.trigger.name}"` };
      const { runId } = await run(hit, { variables: {}, startedBy: actor, armedBy: hit.trigger.armedBy });
      await settle(hit, { ...NOT_DECIDED, from: ["due"], state: "started", runId });
    } catch (error) {
      if (!isAppError(error) || error.retryable || error.status >= 500) throw error;
      // It cannot start as it is, such as without a value: a person sees why, and can.
      await settle(hit, { ...NOT_DECIDED, from: ["due"], state: "suggested", problem: error.message });
    }
  }

  function run(
    { triggerId, incidentId, playbookId, exerciseId }: store.Hit,
    asked: { readonly variables: JsonObject; readonly startedBy: Someone; readonly armedBy: Someone | null },
  ): Promise<{ runId: string }> {
    const key = `trigger/${triggerId}/${incidentId}`;
    const id = `run-${createHash("sha256").update(key).digest("hex").slice(0, 32)}`;
    return runs.start({ ...asked, id, key, playbookId, incidentId, exerciseId });
  }

  async function settle(hit: store.Hit, move: Parameters<typeof store.moveHit>[2]): Promise<boolean> {
    return tables.transaction(async (tx) => {
      if (!(await store.moveHit(tx, hit.id, move))) return false;
      if (move.problem !== "") {
        await note(tx, hit, {
          key: "problem",
          title: `Playbook did not start: ${hit.trigger.name}`,
          body: move.problem,
        });
      }
      await changed(tx, hit.triggerId, hit.incidentId);
      return true;
    });
  }

  function note(
    tx: Transaction,
    { id, incidentId }: store.Hit,
    said: { readonly key: string; readonly title: string; readonly body: string },
  ): Promise<void> {
    return options.note(tx, {
      ...said,
      incidentId,
      key: `${id}/${said.key}`,
      at: clock.now(),
      lane: "system",
      kind: "run",
      actor: null,
      link: `/incidents/${encodeURIComponent(incidentId)}?tab=runs`,
    });
  }

  function changed(tx: Transaction, id: string, incidentId: string | null): Promise<void> {
    return tables.notify(tx, "playbooks.trigger.changed", { id, incidentId });
  }

  async function one(id: string): Promise<store.Hit> {
    const hit = await store.hitById(db, id);
    if (hit === undefined) throw fail("PLAYBOOKS_SUGGESTION_UNKNOWN", `There is no suggestion with the id "${id}".`);
    return hit;
  }

  let timer: NodeJS.Timeout | undefined;
  let unsubscribe = (): void => {};
  let working: Promise<void> | undefined;
  let again = false;
  let stopped = false;
  /** One turn at a time; what comes during one is seen by the next. */
  const wake = (): void => {
    again = true;
    if (stopped) return;
    working ??= work().finally(() => {
      working = undefined;
    });
  };
  async function work(): Promise<void> {
    while (again && !stopped) {
      again = false;
      try {
        if ((await turn()) > 0) again = true;
      } catch (error) {
        log.warn({ reason: String(error) }, "The triggers of playbooks could not be worked off; this is tried again.");
      }
    }
  }

  return {
    touched: (tx, incidentIds) => store.enqueue(tx, incidentIds),
    turn,
    async startSuggested(id, variables, by) {
      const hit = await one(id);
      if (hit.state === "dismissed") {
        const who = hit.decidedBy?.name ?? "Somebody";
        throw fail(
          "PLAYBOOKS_SUGGESTION_OVER",
          `${who} dismissed this suggestion: run the playbook under Runs instead.`,
        );
      }
      if (hit.state === "started" && hit.runId !== null) return { runId: hit.runId };
      const { runId } = await run(hit, { variables, startedBy: by, armedBy: null });
      const decided = { runId, problem: "", note: "", decidedBy: by, decidedAt: clock.now() };
      await settle(hit, { ...decided, from: ["suggested", "due", "dismissed"], state: "started" });
      return { runId };
    },
    async dismiss(id, reason, by) {
      const hit = await one(id);
      const decided = { runId: null, problem: hit.problem, note: reason, decidedBy: by, decidedAt: clock.now() };
      const moved = await tables.transaction(async (tx) => {
        if (!(await store.moveHit(tx, id, { ...decided, from: ["suggested"], state: "dismissed" }))) return false;
        await changed(tx, hit.triggerId, hit.incidentId);
        return true;
      });
      if (!moved) throw fail("PLAYBOOKS_SUGGESTION_OVER", `This suggestion is ${(await one(id)).state} already.`);
    },
    start() {
      unsubscribe = tables.subscribe((topic) => {
        if (TOPICS.has(topic)) wake();
      });
      timer = setInterval(wake, TICK_MS);
      timer.unref();
      wake();
    },
    async stop() {
      stopped = true;
      unsubscribe();
      clearInterval(timer);
      await working;
    },
  };
}

const NOT_DECIDED = { runId: null, problem: "", note: "", decidedBy: null, decidedAt: null } as const;
