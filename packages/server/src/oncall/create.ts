/** create: the on-call area: who answers now, who is paged when nobody does, and how long each phase may take. */
import type { Output } from "@holdfast/contracts";
import type { oncallRoutes } from "@holdfast/contracts/oncall";
import type { SlaClock } from "@holdfast/contracts/oncall-model";
import type { Team } from "@holdfast/contracts/model";
import type { Handlers } from "../platform/http-contract.ts";
import { isAppError } from "../platform/errors/index.ts";
import { type Executor, RECONNECTED, type Transaction } from "../platform/tables/index.ts";
import { createAnswers, type Answers } from "./answers.ts";
import { createClocks } from "./clocks.ts";
import { createDeliveries } from "./deliveries.ts";
import { underWay } from "./escalation-store.ts";
import { createEscalations, type PageOutcome, type PageRequest } from "./escalation.ts";
import { createIncidentRoutes } from "./incident-routes.ts";
import type { OncallOptions } from "./port.ts";
import { createPolicyRoutes } from "./policy-routes.ts";
import { personOnCall } from "./roster.ts";
import { createScheduleRoutes } from "./schedule-routes.ts";

export interface Oncall {
  readonly routes: Handlers<typeof oncallRoutes>;
  /** What comes back from channels, outside the route tables. */
  readonly answers: Answers;
  /** Pages for an incident; at most one page for an incident and step, whoever asks. */
  page(tx: Transaction | null, request: PageRequest): Promise<PageOutcome>;
  /** Call in the transaction that opens or changes an incident: starts and ends paging and clocks by what it is now. With a
   *  transaction of another's, a fault here is logged and undone alone: it never undoes the change itself. */
  incidentChanged(tx: Transaction | null, incidentId: string): Promise<void>;
  /** Clocks that the settings say so stand from now on. */
  waits(tx: Transaction | null, incidentId: string, wait: { key: string; reason: string }): Promise<void>;
  waited(tx: Transaction | null, incidentId: string, wait: { key: string }): Promise<void>;
  onCall(team: Team, at?: number): Promise<Output<(typeof oncallRoutes)["whoIsOnCall"]>["items"]>;
  /** The person on call for a side now, by its own schedules before those of both. */
  personOnCall(db: Executor, team: Team): Promise<{ readonly id: string; readonly name: string } | null>;
  clocks(incidentId: string): Promise<SlaClock[]>;
  /** Looks at every incident that is said to have changed, and once at all that are under way: whatever was said while nobody
   *  listened (a restart, a lost connection) is made good. */
  start(): void;
  stop(): Promise<void>;
}

/** The pause that an incident's own wait makes. */
const WAIT = "wait";
const TOPICS = new Set(["triage.incident.opened", "triage.incident.changed", "incidents.work.changed"]);

export function createOncall(given: OncallOptions): Oncall {
  const options = { ...given, log: given.log.child("oncall") };
  const { tables, clock } = options;
  const within = <T>(tx: Transaction | null, work: (tx: Transaction) => Promise<T>): Promise<T> =>
    tx === null ? tables.transaction(work) : work(tx);
  const escalations = createEscalations(options, createDeliveries(options));
  const clocks = createClocks(options, escalations.page);
  const schedules = createScheduleRoutes(options);
  const answers = createAnswers(options, async (tx, answer) => {
    await clocks.meet(tx, answer.incidentId, ["acknowledge"]);
    return escalations.answer(tx, answer);
  });

  const follow = async (tx: Transaction, asked: string): Promise<void> => {
    const incident = await options.incidentOf(tx, asked);
    if (incident === undefined) return;
    if (incident.id !== asked) await escalations.end(tx, asked, "The incident became a part of another one.");
    await clocks.follow(tx, incident);
    if (incident.waitsFor === null) await clocks.resume(tx, incident.id, { key: WAIT });
    else await clocks.waits(tx, incident.id, { key: WAIT, reason: `waits for ${incident.waitsFor}` });
    const over = incident.state === "resolved" || incident.state === "closed";
    if (over) return escalations.end(tx, incident.id, `The incident is ${incident.state}.`);
    if (incident.assignee !== null) {
      const reason = "The incident was assigned.";
      await escalations.answer(tx, { incidentId: incident.id, person: incident.assignee, from: "page", reason });
    } else if (incident.state === "open") {
      const reason = `the incident is ${incident.severity}`;
      await escalations.page(tx, {
        incidentId: incident.id,
        key: `auto:${incident.id}:${incident.severity}`,
        reason,
        onlyIfWorse: true,
      });
    }
  };

  const followSafely = async (tx: Transaction, id: string): Promise<void> => {
    try {
      await tx.transaction((inner) => follow(inner, id));
    } catch (error) {
      if (isAppError(error) && error.retryable) throw error;
      options.log.error(
        { id, error: String(error) },
        "An incident's change could not be followed by on-call; tried again.",
      );
    }
  };

  const changed = new Set<string>();
  let working: Promise<void> = Promise.resolve();
  let unsubscribe = (): void => {};
  const look = async (): Promise<void> => {
    for (const id of [...changed]) {
      changed.delete(id);
      await tables
        .transaction((tx) => follow(tx, id))
        .catch((error: unknown) =>
          options.log.error({ id, error: String(error) }, "An incident's change could not be followed."),
        );
    }
  };

  const lookAtAll = async (): Promise<void> => {
    try {
      for (const id of await underWay(tables.db)) changed.add(id);
    } catch (error) {
      options.log.error(
        { error: String(error) },
        "Incidents under way could not be read; their changes are still heard.",
      );
    }
    await look();
  };

  return {
    routes: {
      ...schedules,
      ...createPolicyRoutes(options),
      ...createIncidentRoutes(options, { clocks, escalations }),
    },
    answers,
    page: (tx, request) => within(tx, (inside) => escalations.page(inside, request)),
    incidentChanged: (tx, incidentId) =>
      tx === null ? tables.transaction((own) => follow(own, incidentId)) : followSafely(tx, incidentId),
    waits: (tx, incidentId, wait) => within(tx, (inside) => clocks.waits(inside, incidentId, wait)),
    waited: (tx, incidentId, wait) => within(tx, (inside) => clocks.resume(inside, incidentId, wait)),
    onCall: async (team, at) => {
      const query = { team, at: new Date(at ?? clock.now()).toISOString() };
      return (await schedules.whoIsOnCall({ params: {}, query, body: {} }, NOBODY)).items;
    },
    personOnCall: (db, team) => personOnCall(options, db, team),
    clocks: (incidentId) => clocks.of(tables.db, incidentId),
    start: () => {
      const catchUp = (): void => {
        working = working.then(lookAtAll);
      };
      unsubscribe = tables.subscribe((topic, payload) => {
        if (topic === RECONNECTED) return catchUp();
        const id = TOPICS.has(topic) ? idIn(payload) : undefined;
        if (id === undefined) return;
        changed.add(id);
        working = working.then(look);
      });
      catchUp();
    },
    stop: () => {
      unsubscribe();
      return working;
    },
  };
}

function idIn(payload: unknown): string | undefined {
  if (typeof payload !== "object" || payload === null) return undefined;
  const { id, incidentId } = payload as { id?: unknown; incidentId?: unknown };
  const found = id ?? incidentId;
  return typeof found === "string" ? found : undefined;
}

/** For reads that the area makes for itself. */
const NOBODY = {
  actor: { kind: "system", id: "holdfast", name: "holdfast" },
  role: "viewer",
  team: "operations",
  permissions: new Set<never>(),
  sessionId: null,
  session: null,
  ip: "",
  signal: new AbortController().signal,
  setSessionCookie: () => {},
} as const;
