/** propose: from "do this" to a proposal with its impact and the approval it needs. Stored once per key. What the policy forbids is
 *  stored as refused, so that the run or the person who asked, and the incident, can see why. */
import { randomUUID } from "node:crypto";
import type { Impact } from "@holdfast/contracts/respond";
import type { Team } from "@holdfast/contracts/model";
import type { Estate } from "../estate/index.ts";
import type { Actor } from "../platform/http-contract.ts";
import type { Clock } from "../platform/clock/index.ts";
import type { Executor, Tables, Transaction } from "../platform/tables/index.ts";
import * as machine from "./approval.ts";
import { approvalById, type StoredApproval } from "./approval-store.ts";
import { bindingOf } from "./binding.ts";
import type { Effect } from "./effect.ts";
import { effectByKey, lockEffect } from "./effect-store.ts";
import { fail } from "./errors.ts";
import { neverBecause, neverTouched, overLimit, type Ourselves } from "./guards.ts";
import { impactOf, seenToNeed, workThere } from "./impact.ts";
import type { Ledger } from "./ledger.ts";
import { type Required, requirementOf } from "./policy.ts";
import { newestPolicy } from "./policy-store.ts";
import type { JsonObject } from "@holdfast/sdk";
import type { Connectors, Planned } from "./port.ts";
import { HOUR_MS, type Limits } from "./limits.ts";

export interface Proposal {
  /** The same key twice proposes once. */
  readonly key: string;
  readonly action: string;
  readonly connectorId: string;
  readonly input: JsonObject;
  readonly incidentId: string | null;
  readonly runId: string | null;
  readonly stepKey: string | null;
  readonly playbookVersion: string | null;
  /** Who last edited that version of the playbook: may not approve what it does. */
  readonly playbookEditedBy?: machine.Someone | null;
  /** Who armed the trigger that started the run: may not approve either. */
  readonly armedBy?: machine.Someone | null;
  readonly requestedBy: machine.Someone & { readonly team?: Team | null };
  readonly reason: string;
  /** null = until someone undoes it; not given = as the policy says. */
  readonly undoAfterMs?: number | null;
  readonly exerciseId: string | null;
}

export type ChangesOn = (hit: Pick<Impact, "targets" | "services">) => Promise<Impact["changes"]>;

export interface ProposeOptions {
  readonly tables: Tables;
  readonly clock: Clock;
  readonly connectors: Connectors;
  readonly estate: Pick<Estate, "readTargets" | "readUsersOn" | "services" | "proposedEdges" | "teams">;
  readonly ourselves: Ourselves;
  readonly changesOn: ChangesOn;
  readonly ledger: Ledger;
  readonly limits: Limits;
  readonly enlist: (tx: Transaction, effectId: string) => Promise<void>;
  /** Whose account may approve, with its login name. */
  readonly approvers: () => Promise<readonly Approver[]>;
  /** The exercise an incident belongs to; null for a real one. */
  readonly exerciseOf: (incidentId: string) => Promise<string | null>;
}

export interface Approver extends machine.Someone {
  readonly team: Team;
}

export interface Preview {
  readonly planned: Extract<Planned, { ok: true }>;
  readonly impact: Impact;
  readonly required: Required;
  readonly undoAfterMs: number | null;
  readonly blocked: string | null;
  /** The limit of an hour that it is over: approving waits for that, or somebody breaks the glass. */
  readonly over: string | null;
}

/** How far back somebody counts as working on a host. */
const USERS_MS = 7 * 24 * HOUR_MS;

export function createPropose(options: ProposeOptions) {
  const { tables, clock, connectors, estate, ourselves, ledger } = options;
  return { preview, propose, edit };

  async function preview(asked: {
    readonly planned: Extract<Planned, { ok: true }>;
    readonly action: string;
    readonly undoAfterMs?: number | null | undefined;
    readonly rehearsed: boolean;
    readonly team?: Team | null | undefined;
    /** Who asks for it or shaped it, and so does not approve it. */
    readonly by: readonly machine.Someone[];
  }): Promise<Preview> {
    const { planned, action } = asked;
    const now = clock.now();
    const current = await newestPolicy(tables.db);
    const { policy } = current;
    const { rehearsed } = asked;
    const impact = await readImpact(tables.db, planned, { policy, now, rehearsed, action });
    const over = planned.effect === "read" ? null : overLimit(impact.limits);
    const mayNot =
      asked.team !== undefined && asked.team !== null && !policy.propose.teams.includes(asked.team)
        ? `The response policy lets ${policy.propose.teams.join(" and ")} propose, and you are in ${asked.team}.`
        : null;
    const { effect, undoable } = planned;
    // An exercise is not kept waiting for those who are asleep.
    const speakers = rehearsed ? undefined : await speakersFor(impact, asked.by);
    const standard = policy.undoAfterMinutes === null ? null : policy.undoAfterMinutes * 60_000;
    return {
      planned,
      impact,
      required: requirementOf(current, {
        ...{ action, effect, undoable, impact, over },
        ...(speakers === undefined ? {} : { speakers }),
      }),
      undoAfterMs: undoable ? (asked.undoAfterMs === undefined ? standard : asked.undoAfterMs) : null,
      blocked: effect === "read" ? null : (neverBecause(impact) ?? mayNot),
      over,
    };
  }

  async function speakersFor(
    { owners }: Impact,
    by: readonly machine.Someone[],
  ): Promise<ReadonlyMap<string, readonly machine.Someone[]>> {
    const [teams, approvers] = await Promise.all([estate.teams(), options.approvers()]);
    return new Map(
      owners.map(({ id: owner, side }) => {
        const members = teams.find(({ id }) => id === owner)?.members ?? [];
        const people = approvers.filter(
          ({ id, name, team }) => team === side && members.includes(name) && !by.some((one) => one.id === id),
        );
        return [owner, people.map(({ id, name }) => ({ id, name }))];
      }),
    );
  }

  async function propose(asked: Proposal, actor?: Actor): Promise<Effect> {
    const known = await effectByKey(tables.db, asked.key);
    if (known !== undefined) return theSame(known, asked);
    // Nothing that is proposed on an incident of an exercise may reach the outside, whoever proposes it.
    const exerciseId =
      asked.exerciseId ?? (asked.incidentId === null ? null : await options.exerciseOf(asked.incidentId));
    const proposal = { ...asked, exerciseId };
    const planned = await connectors.plan(proposal.action, proposal.connectorId, proposal.input);
    const made = planned.ok
      ? fromPreview(
          proposal,
          await preview({
            planned,
            ...proposal,
            rehearsed: proposal.exerciseId !== null,
            team: proposal.requestedBy.team,
            by: [proposal.requestedBy, ...shapedBy(proposal)],
          }),
        )
      : { effect: unplanned(proposal, planned.reason), approval: null };
    const { effect, approval } = made;
    const stored = await tables.transaction(async (tx) => {
      const first = await ledger.create(tx, {
        effect,
        approval,
        change: {
          entry: "proposed",
          text: `${proposal.reason}\n${effect.command}${workLine(effect)}`,
          at: effect.createdAt,
          actor: effect.requestedBy,
          team: effect.requestedTeam,
          ...titleOf(effect),
          ...(effect.state === "refused" ? { settled: "refused" as const } : {}),
          ...(actor === undefined ? {} : { audit: { actor, action: "effect.proposed" } }),
        },
      });
      if (first) await options.enlist(tx, effect.id);
      return first;
    });
    if (stored) return effect;
    const faster = await effectByKey(tables.db, proposal.key);
    if (faster === undefined) throw fail("RESPOND_EFFECT_UNKNOWN", "The proposal was not stored. Try again.");
    return theSame(faster, proposal);
  }

  async function edit(change: {
    readonly effectId: string;
    readonly input?: JsonObject | undefined;
    readonly undoAfterMs?: number | null | undefined;
    readonly reason: string;
    readonly by: machine.Someone;
    readonly team: Team;
    readonly actor: Actor;
  }): Promise<Effect> {
    const before = await tables.transaction((tx) => lockEffect(tx, change.effectId));
    if (before.state !== "waiting" || before.approvalId === null)
      throw fail(
        "RESPOND_WRONG_STATE",
        `It is ${before.state}: only what still waits can be changed. Propose it anew.`,
      );
    const input = change.input ?? before.input;
    const planned = demandPlan(await connectors.plan(before.action, before.connectorId, input));
    const undoAfterMs = change.undoAfterMs === undefined ? before.undoAfterMs : change.undoAfterMs;
    const { requestedBy, editedBy } = await approvalById(tables.db, before.approvalId);
    const seen = await preview({
      ...{ planned, action: before.action, undoAfterMs, rehearsed: before.exerciseId !== null },
      by: [requestedBy, ...editedBy, change.by],
    });
    if (seen.blocked !== null) throw fail("RESPOND_NOT_ALLOWED", seen.blocked);
    return tables.transaction(async (tx) => {
      const effect = await lockEffect(tx, change.effectId);
      if (effect.version !== before.version || effect.approvalId === null)
        throw fail("RESPOND_MOVED_ON", "It was changed at the same moment. Read it again.");
      const approval = await approvalById(tx, effect.approvalId);
      const next: Effect = {
        ...effect,
        input,
        ...contentOf(seen),
        class: strictest(effect, seen),
      };
      const step = machine.edit(approval, {
        by: change.by,
        at: clock.now(),
        hash: bindingOf({ ...next, expiresAt: approval.expiresAt }),
        ...(seen.required.requirement === null ? {} : { requirement: seen.required.requirement }),
      });
      if (!step.ok) throw fail("RESPOND_WRONG_STATE", step.reason);
      return ledger.change(tx, next, {
        approval: { ...approval, ...step.approval },
        entry: "edited",
        text: `${change.reason}\n${next.command}${workLine(next)}`,
        at: clock.now(),
        actor: change.by,
        team: change.team,
        title: `Changed before approval: ${next.title}`,
        audit: { actor: change.actor, action: "effect.edited", details: { input, undoAfterMs } },
      });
    });
  }

  async function readImpact(
    db: Executor,
    planned: Extract<Planned, { ok: true }>,
    asked: {
      readonly policy: Awaited<ReturnType<typeof newestPolicy>>["policy"];
      readonly now: number;
      readonly rehearsed: boolean;
      readonly action: string;
    },
  ): Promise<Impact> {
    const { policy, now, rehearsed, action } = asked;
    const targets = await estate.readTargets(db, planned.targets);
    const assetIds = targets.flatMap(({ asset }) => (asset === null ? [] : [asset.id]));
    const [services, proposed, teams, usersOn, limits] = await Promise.all([
      estate.services(),
      estate.proposedEdges(),
      estate.teams(),
      estate.readUsersOn(db, assetIds, now - USERS_MS),
      options.limits.standing(db, {
        action,
        targets: planned.targets,
        class: planned.effect,
        exerciseId: rehearsed ? "rehearsed" : null,
      }),
    ]);
    const facts = {
      targets,
      services,
      teams,
      usersOn,
      never: neverTouched(policy.never, targets, ourselves),
      limits,
      now,
    };
    const without = impactOf({ ...facts, changes: { known: false, items: [] } });
    return { ...without, seen: seenToNeed(without, proposed), changes: await options.changesOn(without) };
  }

  function fromPreview(proposal: Proposal, seen: Preview): { effect: Effect; approval: StoredApproval | null } {
    const { requirement, expiresAfterMs } = seen.required;
    const now = clock.now();
    const blank = blankEffect(proposal, now);
    if (seen.blocked !== null)
      return { effect: { ...blank, ...contentOf(seen), state: "refused", outcome: seen.blocked }, approval: null };
    if (requirement === null) return { effect: { ...blank, ...contentOf(seen), state: "ready" }, approval: null };
    const approvalId = randomUUID();
    const effect: Effect = { ...blank, ...contentOf(seen), state: "waiting", approvalId };
    const expiresAt = now + expiresAfterMs;
    const others = shapedBy(proposal);
    return {
      effect,
      approval: {
        id: approvalId,
        effectId: effect.id,
        state: "waiting",
        hash: bindingOf({ ...effect, expiresAt }),
        revision: 0,
        requirement,
        expiresAt,
        requestedBy: effect.requestedBy,
        editedBy: others.filter(({ id }, at) => others.findIndex((one) => one.id === id) === at),
        decisions: [],
        breakGlass: null,
        createdAt: now,
        settledAt: null,
      },
    };
  }

  function unplanned(proposal: Proposal, reason: string): Effect {
    return { ...blankEffect(proposal, clock.now()), state: "refused", outcome: reason };
  }
}

const shapedBy = ({ playbookEditedBy = null, armedBy = null }: Proposal): machine.Someone[] =>
  [playbookEditedBy, armedBy].filter((one) => one !== null);

export function demandPlan(planned: Planned): Extract<Planned, { ok: true }> {
  if (!planned.ok) throw fail("RESPOND_ACTION_INVALID", planned.reason, { details: { at: planned.at } });
  return planned;
}

function workLine({ impact }: Effect): string {
  const work = workThere(impact);
  return work === "" ? "" : `\nChanges on what is hit: ${work}`;
}

function theSame(known: Effect, { action, connectorId, key }: Proposal): Effect {
  if (known.action === action && known.connectorId === connectorId) return known;
  throw fail("RESPOND_KEY_TAKEN", `Another action was proposed under the key "${key}". Use a new key.`);
}

/** An edit must not make it milder than what the first impact asked approval for. */
function strictest(effect: Effect, seen: Preview): Effect["class"] {
  return effect.class === "irreversible"
    ? "irreversible"
    : seen.planned.effect === "read"
      ? effect.class
      : seen.planned.effect;
}

function contentOf({ planned, impact, undoAfterMs }: Preview) {
  const { title, targets, command, effect, undoable } = planned;
  return { title, targets, command, class: effect, undoable, impact, undoAfterMs };
}

function titleOf({ state, title, action, outcome }: Effect): { title?: string } {
  if (state === "waiting") return { title: `Proposed: ${title}` };
  if (state === "refused") return { title: `Not allowed: ${title || action}: ${outcome}`.slice(0, 300) };
  return {};
}

function blankEffect(proposal: Proposal, now: number): Effect {
  const { key, incidentId, runId, stepKey, exerciseId, action, connectorId, input, playbookVersion, reason } = proposal;
  const { id, name, team = null } = proposal.requestedBy;
  return {
    id: randomUUID(),
    key,
    incidentId,
    runId,
    stepKey,
    exerciseId,
    state: "ready",
    version: 0,
    createdAt: now,
    action,
    title: action,
    connectorId,
    input,
    targets: [],
    command: "",
    class: "read",
    undoable: false,
    playbookVersion,
    requestedBy: { id, name },
    requestedTeam: team,
    reason,
    approvalId: null,
    impact: impactOf({
      targets: [],
      services: [],
      teams: [],
      usersOn: [],
      never: [],
      limits: [],
      changes: { known: false, items: [] },
      now,
    }),
    undoAfterMs: null,
    sentAt: null,
    settledAt: null,
    outcome: "",
    output: {},
    proof: null,
    undoAt: null,
    undoneAt: null,
    undoProof: null,
    undoReason: "",
    drift: null,
    needsPerson: null,
    attempt: { number: 0, open: false },
    undoAttempts: 0,
    retryAt: null,
    driftDueAt: null,
  };
}
