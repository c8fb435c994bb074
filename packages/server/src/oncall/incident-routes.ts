/** incident-routes: paging, answers and clocks of one incident, and the log of all pages. */
import { randomUUID } from "node:crypto";
import type { oncallRoutes } from "@holdfast/contracts/oncall";
import type { Delivery, Escalation, IncidentPage } from "@holdfast/contracts/oncall-model";
import type { CallContext, Handlers } from "../platform/http-contract.ts";
import type { Executor, Transaction } from "../platform/tables/index.ts";
import type { Clocks } from "./clocks.ts";
import { fail } from "./errors.ts";
import type { Escalations } from "./escalation.ts";
import * as store from "./escalation-store.ts";
import type { IncidentFacts, OncallOptions } from "./port.ts";
import { readPolicies } from "./roster-store.ts";
import { iso } from "./schedule-routes.ts";

type Routes = typeof oncallRoutes;
type Names =
  | "listPages"
  | "getIncidentOnCall"
  | "acknowledgeIncident"
  | "pageIncident"
  | "snoozeIncident"
  | "pauseClock"
  | "resumeClock";

/** The pause that a person makes; waits have keys of their own. */
const BY_HAND = "hand";

export function createIncidentRoutes(
  options: OncallOptions,
  { clocks, escalations }: { readonly clocks: Clocks; readonly escalations: Escalations },
): Pick<Handlers<Routes>, Names> {
  const { tables, clock } = options;
  const { db } = tables;
  const demand = async (executor: Executor, id: string): Promise<IncidentFacts> => {
    const incident = await options.incidentOf(executor, id);
    if (incident === undefined) {
      throw fail("ONCALL_INCIDENT_UNKNOWN", `There is no incident ${id}: use its number, such as INC-12, or its id.`);
    }
    return incident;
  };
  const pages = async (asked: Parameters<typeof store.readPages>[1]): Promise<IncidentPage[]> => {
    const found = await store.readPages(db, asked);
    const deliveries = await store.readDeliveries(
      db,
      found.map(({ id }) => id),
    );
    const incidents = new Map<string, IncidentFacts | undefined>();
    for (const id of new Set(found.map(({ incidentId }) => incidentId)))
      incidents.set(id, await options.incidentOf(db, id));
    return found.map((page) => toPage(page, deliveries, incidents.get(page.incidentId)));
  };
  const view = async (incident: IncidentFacts) => {
    const escalation = await store.latestEscalation(db, incident.id);
    const policy = (await readPolicies(db)).find(({ id }) => id === escalation?.policyId);
    return {
      clocks: await clocks.of(db, incident.id),
      escalation: escalation === undefined ? null : toEscalation(escalation, policy?.steps.length ?? 0),
      pages: await pages({ incidentId: incident.id, limit: 50 }),
    };
  };
  const changed = async (
    context: CallContext,
    asked: { readonly id: string; readonly action: string; readonly details: Record<string, unknown> },
    work: (tx: Transaction, incident: IncidentFacts) => Promise<{ title: string; body: string } | null>,
  ) => {
    const incident = await demand(db, asked.id);
    await tables.transaction(async (tx) => {
      const said = await work(tx, incident);
      const actor = { id: context.actor.id, name: context.actor.name };
      if (said !== null)
        await options.note(tx, {
          incidentId: incident.id,
          key: `oncall:${randomUUID()}`,
          at: clock.now(),
          actor,
          ...said,
        });
      const { action, details } = asked;
      await options.audit.append(tx, { actor: context.actor, action, target: incident.id, details });
      await tables.notify(tx, "oncall.changed", { incidentId: incident.id });
    });
    return { incident: await view(incident) };
  };

  return {
    listPages: async ({ query }) => {
      const before = query.cursor === undefined ? undefined : Number(query.cursor);
      const asked = { limit: query.limit, ...(before !== undefined && Number.isSafeInteger(before) && { before }) };
      const items = await pages(asked);
      const last = items.length < query.limit ? undefined : await store.readPages(db, asked);
      return { items, next: last?.at(-1)?.seq.toString() ?? null };
    },
    getIncidentOnCall: async ({ params }) => view(await demand(db, params.id)),
    acknowledgeIncident: ({ params, body }, context) =>
      changed(
        context,
        { id: params.id, action: "incident.acknowledged", details: { from: "page", reason: body.reason } },
        async (tx, { id }) => {
          const person = { id: context.actor.id, name: context.actor.name };
          const first = await escalations.answer(tx, { incidentId: id, person, from: "page", reason: body.reason });
          await clocks.meet(tx, id, ["acknowledge"]);
          return first ? null : { title: `${person.name} answered`, body: body.reason };
        },
      ),
    pageIncident: ({ params, body }, context) =>
      changed(
        context,
        { id: params.id, action: "incident.paged", details: { policy: body.policyId ?? null, reason: body.reason } },
        async (tx, incident) => {
          const outcome = await escalations.restart(tx, incident, {
            incidentId: incident.id,
            key: `hand:${randomUUID()}`,
            policyId: body.policyId,
            reason: `${context.actor.name}: ${body.reason}`,
          });
          if (outcome === "no-policy") {
            throw fail(
              "ONCALL_NO_POLICY",
              "No escalation policy opens for this incident: choose one, or make one under Settings.",
            );
          }
          return { title: "Asked for people to be paged", body: body.reason };
        },
      ),
    snoozeIncident: ({ params, body }, context) =>
      changed(
        context,
        { id: params.id, action: "incident.snoozed", details: { minutes: body.minutes, reason: body.reason } },
        async (tx, { id }) => {
          const until = clock.now() + body.minutes * 60_000;
          if (!(await escalations.snooze(tx, id, until))) {
            throw fail("ONCALL_NOT_RUNNING", "Nobody is being paged for this incident: there is nothing to put off.");
          }
          return { title: `Paging put off until ${iso(until).slice(0, 16)}Z`, body: body.reason };
        },
      ),
    pauseClock: ({ params, body }, context) =>
      changed(
        context,
        { id: params.id, action: "incident.clock.paused", details: { phase: params.phase, reason: body.reason } },
        async (tx, { id }) => {
          const reason = `${context.actor.name}: ${body.reason}`;
          if (!(await clocks.pause(tx, id, { phase: params.phase, key: BY_HAND, reason }))) {
            throw fail(
              "ONCALL_CLOCK_UNKNOWN",
              `There is no clock to ${params.phase} that still runs on this incident.`,
            );
          }
          return { title: `Stopped the clock to ${params.phase}`, body: body.reason };
        },
      ),
    resumeClock: ({ params }, context) =>
      changed(
        context,
        { id: params.id, action: "incident.clock.resumed", details: { phase: params.phase } },
        async (tx, { id }) => {
          await clocks.resume(tx, id, { phase: params.phase, key: BY_HAND });
          return { title: `Let the clock to ${params.phase} run`, body: "" };
        },
      ),
  };
}

function toPage(
  page: store.PageRecord,
  deliveries: readonly store.DeliveryRecord[],
  incident: IncidentFacts | undefined,
): IncidentPage {
  return {
    id: page.id,
    incidentId: page.incidentId,
    number: incident?.number ?? 0,
    title: incident?.title ?? "",
    severity: page.severity,
    policy: page.policyName,
    step: page.step + 1,
    round: page.round,
    at: iso(page.at),
    reason: page.reason,
    exercise: (incident?.exerciseId ?? null) !== null,
    deliveries: deliveries.filter(({ pageId }) => pageId === page.id).map(toDelivery),
  };
}

function toDelivery({ id, person, kind, to, state, reason, at }: store.DeliveryRecord): Delivery {
  return { id, person, kind, to, state, reason, at: iso(at) };
}

function toEscalation(one: store.EscalationRecord, steps: number): Escalation {
  const waits = one.state === "running" || one.state === "snoozed";
  return {
    id: one.id,
    incidentId: one.incidentId,
    policyId: one.policyId,
    policy: one.policyName,
    state: one.state,
    reason: one.reason,
    startedAt: iso(one.startedAt),
    step: one.step,
    steps,
    round: one.round,
    nextAt: waits ? iso(one.wakeAt) : null,
    answeredBy: one.answered === null ? null : { id: one.answered.id, name: one.answered.name },
    answeredAt: one.answered === null ? null : iso(one.answered.at),
    answeredFrom: one.answered?.from ?? null,
  };
}
