/** escalation: goes from step to step until somebody answers. The truth stands in the tables; the workflow only comes back when
 *  a step is due. Every step is decided under the row's lock, so an answer that came first is seen, and a page that was made
 *  before a crash is not made again. */
import { randomUUID } from "node:crypto";
import type { Severity } from "@holdfast/contracts/model";
import type { Executor, Transaction } from "../platform/tables/index.ts";
import type { Deliveries } from "./deliveries.ts";
import * as store from "./escalation-store.ts";
import type { IncidentFacts, OncallOptions } from "./port.ts";
import { isAtLeast, type KnownPolicy, leftOut, policyFor, type Recipient, recipientsOf } from "./policy.ts";
import { readRoster } from "./roster.ts";
import { readPolicies } from "./roster-store.ts";

export interface PageRequest {
  readonly incidentId: string;
  /** The same key asks once. */
  readonly key: string;
  readonly policyId?: string | undefined;
  readonly reason: string;
  readonly severity?: Severity | undefined;
  /** After an answer: pages again only when the incident has become worse since. */
  readonly onlyIfWorse?: boolean;
}

export type PageOutcome = "started" | "asked-before" | "running" | "no-policy";

export interface Answer {
  readonly incidentId: string;
  readonly person: { readonly id: string; readonly name: string };
  /** page, email, slack, pagerduty. */
  readonly from: string;
  readonly reason: string;
}

export interface Escalations {
  /** Joins what runs already; begins anew after an answer. */
  page(tx: Transaction, request: PageRequest): Promise<PageOutcome>;
  /** Begins anew whatever stands, with the policy that is named. */
  restart(tx: Transaction, incident: IncidentFacts, request: PageRequest): Promise<PageOutcome>;
  /** False when somebody had answered before. */
  answer(tx: Transaction, answer: Answer): Promise<boolean>;
  /** False when nothing runs. */
  snooze(tx: Transaction, incidentId: string, until: number): Promise<boolean>;
  end(tx: Transaction, incidentId: string, why: string): Promise<void>;
}

export function createEscalations(options: OncallOptions, deliveries: Deliveries): Escalations {
  const { tables, clock, workflows } = options;
  const flow = workflows.define<{ id: string; generation: number }>("oncall.escalation", async (context, input) => {
    for (let turn = 0; ; turn += 1) {
      const next = await context.step(`advance ${turn}`, () => advance(input), RETRY);
      if (next === null) return;
      for (const page of next.pages) await context.step(`deliver ${page}`, () => deliveries.deliver(page), RETRY);
      await context.sleepUntil(next.wakeAt);
    }
  });

  const drive = (tx: Transaction, id: string, generation: number): Promise<void> =>
    flow.start(`oncall/${id}/${generation}`, { id, generation }, tx);

  const advance = (input: { id: string; generation: number }): Promise<{ pages: string[]; wakeAt: number } | null> =>
    tables.transaction(async (tx) => {
      const escalation = await store.lockEscalation(tx, input.id);
      if (escalation === undefined || escalation.generation !== input.generation) return null;
      const now = clock.now();
      const waiting = async (wakeAt: number) => ({ pages: await store.openPages(tx, escalation.id), wakeAt });
      if (escalation.state !== "running" && escalation.state !== "snoozed") {
        const left = await waiting(now);
        return left.pages.length > 0 ? left : null;
      }
      if (now < escalation.wakeAt) return waiting(escalation.wakeAt);
      return waiting(await takeStep(tx, { ...escalation, state: "running" }, now));
    });

  /** Makes the next page, or gives up; answers when to look again. */
  const takeStep = async (tx: Transaction, escalation: store.EscalationRecord, now: number): Promise<number> => {
    const incident = await options.incidentOf(tx, escalation.incidentId);
    const policy = (await readPolicies(tx)).find(({ id }) => id === escalation.policyId);
    const severity = incident?.severity ?? escalation.severity;
    const next = policy === undefined ? undefined : nextStep(policy, escalation, { severity, now });
    if (policy === undefined || next === undefined) {
      await store.changeEscalation(tx, escalation.id, { state: "exhausted" });
      await note(tx, escalation, {
        key: `exhausted:${escalation.generation}`,
        title: "Nobody answered",
        body:
          policy === undefined
            ? `The policy "${escalation.policyName}" was deleted while it ran. Page again with another one.`
            : `All steps of "${policy.name}" are used up. Page again, or take the incident.`,
      });
      await announce(tx, escalation.incidentId);
      return now;
    }
    const step = policy.steps[next.step];
    const roster = await readRoster(options, tx, now);
    const recipients = step === undefined ? [] : recipientsOf(step, roster, { severity, at: now });
    const deliveries = recipients.flatMap(rowsOf);
    const id = randomUUID();
    const fresh = await store.insertPage(tx, { id, escalation, round: next.round, step: next.step, now, deliveries });
    const wakeAt = now + (step?.waitSeconds ?? 60) * 1000;
    await store.changeEscalation(tx, escalation.id, {
      state: "running",
      step: next.step + 1,
      round: next.round,
      wakeAt,
    });
    if (fresh) {
      await note(tx, escalation, {
        key: `page:${next.round}:${next.step}`,
        title: `Paged ${named(recipients)}`,
        body: `Step ${next.step + 1} of "${policy.name}"${next.round > 1 ? `, round ${next.round}` : ""}: ${escalation.reason}${problemsOf(recipients)}`,
      });
    }
    await announce(tx, escalation.incidentId);
    return wakeAt;
  };

  const note = (
    tx: Transaction,
    escalation: Pick<store.EscalationRecord, "id" | "incidentId">,
    entry: { key: string; title: string; body: string; actor?: { id: string; name: string } },
  ): Promise<void> =>
    options.note(tx, {
      incidentId: escalation.incidentId,
      key: `oncall:${escalation.id}:${entry.key}`,
      at: clock.now(),
      title: entry.title,
      body: entry.body,
      actor: entry.actor ?? null,
    });

  const announce = (tx: Executor, incidentId: string): Promise<void> =>
    tables.notify(tx, "oncall.changed", { incidentId });

  const begin = async (tx: Transaction, incident: IncidentFacts, request: PageRequest): Promise<PageOutcome> => {
    const policies = await readPolicies(tx);
    const policy =
      request.policyId === undefined
        ? policyFor(policies, { ...incident, severity: request.severity ?? incident.severity })
        : policies.find(({ id }) => id === request.policyId);
    if (policy === undefined) return "no-policy";
    const id = randomUUID();
    const fresh = await store.insertEscalation(tx, {
      id,
      key: request.key,
      incidentId: incident.id,
      policy,
      severity: request.severity ?? incident.severity,
      reason: request.reason,
      now: clock.now(),
    });
    if (!fresh) return "asked-before";
    await drive(tx, id, 1);
    await announce(tx, incident.id);
    return "started";
  };

  const close = (tx: Transaction, open: store.EscalationRecord | undefined): Promise<void> =>
    open === undefined
      ? Promise.resolve()
      : store.changeEscalation(tx, open.id, { state: "ended", generation: open.generation + 1 });

  return {
    page: async (tx, request) => {
      const incident = await options.incidentOf(tx, request.incidentId);
      if (incident === undefined || (await store.wasAsked(tx, request.key))) return "asked-before";
      const open = await store.lockOpenEscalation(tx, incident.id);
      // Whoever is being paged already is not paged again for a second reason.
      if (open?.state === "running" || open?.state === "snoozed") return "running";
      if (open !== undefined) {
        if (request.onlyIfWorse === true && isAtLeast(open.severity, incident.severity)) return "running";
        await close(tx, open);
      }
      return begin(tx, incident, request);
    },
    restart: async (tx, incident, request) => {
      const policies = await readPolicies(tx);
      const found =
        request.policyId === undefined
          ? policyFor(policies, incident)
          : policies.find(({ id }) => id === request.policyId);
      if (found === undefined) return "no-policy";
      await close(tx, await store.lockOpenEscalation(tx, incident.id));
      return begin(tx, incident, { ...request, policyId: found.id });
    },
    answer: async (tx, { incidentId, person, from, reason }) => {
      const open = await store.lockOpenEscalation(tx, incidentId);
      if (open === undefined || open.state === "acknowledged") return false;
      const now = clock.now();
      await store.changeEscalation(tx, open.id, {
        state: "acknowledged",
        answered: { ...person, at: now, from },
      });
      await note(tx, open, {
        key: `answer:${open.generation}`,
        title: `${person.name} answered${from === "page" ? "" : ` by ${from}`}`,
        body: reason,
        actor: person,
      });
      await announce(tx, incidentId);
      return true;
    },
    snooze: async (tx, incidentId, until) => {
      const open = await store.lockOpenEscalation(tx, incidentId);
      if (open === undefined) return false;
      await store.changeEscalation(tx, open.id, {
        state: "snoozed",
        wakeAt: until,
        step: 0,
        round: open.step === 0 ? open.round : open.round + 1,
        firstRound: open.step === 0 ? open.round : open.round + 1,
        generation: open.generation + 1,
        answered: null,
      });
      await drive(tx, open.id, open.generation + 1);
      await announce(tx, incidentId);
      return true;
    },
    end: async (tx, incidentId, why) => {
      const open = await store.lockOpenEscalation(tx, incidentId);
      if (open === undefined) return;
      await close(tx, open);
      if (open.state !== "acknowledged") await note(tx, open, { key: "ended", title: "Paging ended", body: why });
      await announce(tx, incidentId);
    },
  };
}

const RETRY = { attempts: 12, backoffMs: 250 };

/** The next step whose conditions hold, in this round or one that is still allowed; undefined when there is none. */
function nextStep(
  policy: KnownPolicy,
  escalation: Pick<store.EscalationRecord, "step" | "round" | "firstRound">,
  { severity, now }: { readonly severity: Severity; readonly now: number },
): { round: number; step: number } | undefined {
  let { step, round } = escalation;
  while (round - escalation.firstRound <= policy.repeat) {
    const found = policy.steps.findIndex((one, at) => at >= step && leftOut(one, severity, now) === undefined);
    if (found >= 0) return { round, step: found };
    round += 1;
    step = 0;
  }
  return undefined;
}

function rowsOf(one: Recipient, recipient: number): Omit<store.DeliveryRecord, "pageId" | "at">[] {
  const person = one.person === null ? null : { id: one.person.id, name: one.person.name };
  if (one.methods.length === 0) {
    const reason = one.problem ?? "There is no contact method.";
    return [
      {
        id: randomUUID(),
        recipient,
        place: 0,
        person,
        kind: "browser",
        connectorId: null,
        to: one.via,
        state: "skipped",
        reason,
      },
    ];
  }
  return one.methods.map(({ kind, connectorId, to, skipped }, place) => ({
    id: randomUUID(),
    recipient,
    place,
    person,
    kind,
    connectorId,
    to,
    state: skipped === null ? "waiting" : "skipped",
    reason: skipped ?? "",
  }));
}

function named(recipients: readonly Recipient[]): string {
  const names = recipients.flatMap(({ person, methods, via }) =>
    person !== null ? [person.name] : methods.length > 0 ? [via] : [],
  );
  if (names.length === 0) return "nobody";
  return names.length > 4 ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more` : names.join(", ");
}

function problemsOf(recipients: readonly Recipient[]): string {
  const problems = recipients.flatMap(({ problem }) => (problem === null ? [] : [problem]));
  return problems.length === 0 ? "" : `\n${problems.join("\n")}`;
}
