/** decide: what people do with a proposal that waits: approve, refuse, take back, break the glass. One transaction each, holding the
 *  effect's lock, so that whatever comes at the same time comes one after the other. */
import type { Team } from "@holdfast/contracts/model";
import type { Clock } from "../platform/clock/index.ts";
import type { Actor } from "../platform/http-contract.ts";
import type { Executor, Tables } from "../platform/tables/index.ts";
import * as machine from "./approval.ts";
import { approvalById, type StoredApproval } from "./approval-store.ts";
import type { Effect } from "./effect.ts";
import { alarmOf } from "./alarm.ts";
import { effectById, lockEffect } from "./effect-store.ts";
import { fail } from "./errors.ts";
import type { Ledger } from "./ledger.ts";
import type { Limits } from "./limits.ts";
import { newestPolicy } from "./policy-store.ts";
import type { Floor } from "./port.ts";

/** A person, whatever credential they came with. */
export interface Decider {
  readonly who: machine.Someone;
  readonly team: Team;
  readonly actor: Actor;
}

/** Checks a code now and uses it up. */
export type Factor = (personId: string, code: string) => Promise<{ ok: true } | { ok: false; reason: string }>;

export interface DecideOptions {
  readonly tables: Tables;
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly floor: Floor;
  readonly factor: Factor;
  readonly limits: Limits;
}

export function createDecide({ tables, clock, ledger, floor, factor, limits }: DecideOptions) {
  return {
    async decide(asked: {
      readonly approvalId: string;
      readonly by: Decider;
      readonly verdict: "approve" | "refuse";
      readonly reason: string;
      readonly hash: string;
      readonly code?: string | undefined;
    }): Promise<Effect> {
      const { by, verdict, reason } = asked;
      if (verdict === "refuse" && reason === "")
        throw fail("RESPOND_REASON_MISSING", "A refusal needs a reason: whoever proposed it has to go on from there.");
      const first = await approvalById(tables.db, asked.approvalId);
      refuse(machine.barred(first, { ...by, at: clock.now(), hash: asked.hash }));
      // A code can be used once only, so what it would be wasted on is found out before.
      if (verdict === "approve" && asked.code !== undefined)
        await withinLimits(tables.db, await effectById(tables.db, first.effectId));
      const factorAt = await factorOf(by.who.id, asked.code, first.requirement.secondFactor && verdict === "approve");
      return locked(asked.approvalId, async (tx, effect, approval) => {
        if (verdict === "approve") await withinLimits(tx, effect);
        const at = clock.now();
        const step = machine.decide(approval, {
          by: by.who,
          team: by.team,
          verdict,
          reason,
          at,
          factorAt,
          hash: asked.hash,
        });
        if (!step.ok) throw refusal(step);
        const next = { ...approval, ...step.approval };
        const words = verdict === "approve" ? "Approved" : "Refused";
        return ledger.change(tx, after(effect, next, reason), {
          approval: next,
          entry: verdict === "approve" ? "approved" : "refused",
          text: reason,
          at,
          actor: by.who,
          team: by.team,
          title: `${words}: ${effect.title}${next.state === "waiting" ? " (waits for more approvals)" : ""}`,
          ...(next.state === "refused" ? { settled: "refused" as const } : {}),
          audit: {
            actor: by.actor,
            action: `approval.${verdict === "approve" ? "given" : "refused"}`,
            details: { approvalId: approval.id, hash: approval.hash, secondFactor: factorAt !== null },
          },
        });
      });
    },

    async breakGlass(asked: {
      readonly approvalId: string;
      readonly by: Decider;
      readonly reason: string;
      readonly hash: string;
      readonly code?: string | undefined;
    }): Promise<Effect> {
      const { by, reason } = asked;
      const { policy } = await newestPolicy(tables.db);
      if (!policy.breakGlass.allowed || !policy.breakGlass.teams.includes(by.team))
        throw fail("RESPOND_NOT_ALLOWED", "The response policy does not let your team go ahead without approval.");
      const first = await approvalById(tables.db, asked.approvalId);
      const needed = policy.breakGlass.secondFactor || first.requirement.secondFactor;
      const factorAt = await factorOf(by.who.id, asked.code, needed);
      if (needed && factorAt === null) throw fail("RESPOND_SECOND_FACTOR", "This takes a code of your second factor.");
      return locked(asked.approvalId, async (tx, effect, approval) => {
        const at = clock.now();
        const step = machine.breakGlass(approval, { by: by.who, reason, at, hash: asked.hash });
        if (!step.ok) throw refusal(step);
        const next = { ...approval, ...step.approval };
        await floor.alarm(tx, {
          ...alarmOf(effect, at),
          key: `glass:${approval.id}`,
          reason: `${by.who.name} went ahead without approval: ${effect.title}. Reason: ${reason}`,
        });
        return ledger.change(tx, after(effect, next, reason), {
          approval: next,
          entry: "glass-broken",
          text: reason,
          at,
          actor: by.who,
          team: by.team,
          title: `Went ahead without approval: ${effect.title}`,
          audit: {
            actor: by.actor,
            action: "approval.glass-broken",
            details: { approvalId: approval.id, hash: approval.hash, reason },
          },
        });
      });
    },

    /** Before it is sent: by a person, or by the run that proposed it. */
    async withdraw(asked: {
      readonly effectId: string;
      readonly reason: string;
      readonly by: Decider | null;
    }): Promise<Effect> {
      return tables.transaction(async (tx) => {
        const effect = await lockEffect(tx, asked.effectId);
        if (effect.state !== "waiting" && effect.state !== "ready")
          throw fail("RESPOND_WRONG_STATE", `It is ${effect.state}: only what was not sent yet can be taken back.`);
        const at = clock.now();
        const { by, reason } = asked;
        const approval = effect.approvalId === null ? undefined : await approvalById(tx, effect.approvalId);
        const step = approval === undefined ? undefined : machine.withdraw(approval, at);
        if (step !== undefined && !step.ok) throw refusal(step);
        return ledger.change(
          tx,
          { ...effect, state: "withdrawn", outcome: reason },
          {
            ...(approval === undefined || step === undefined ? {} : { approval: { ...approval, ...step.approval } }),
            entry: "withdrawn",
            text: reason,
            at,
            actor: by?.who ?? null,
            team: by?.team ?? null,
            title: `Taken back: ${effect.title}`,
            settled: "refused",
            ...(by === null ? {} : { audit: { actor: by.actor, action: "effect.withdrawn", details: { reason } } }),
          },
        );
      });
    },
  };

  /** Refuses an approval that could not be used: past a limit only a broken glass goes. */
  async function withinLimits(db: Executor, effect: Effect | undefined): Promise<void> {
    const over = effect === undefined ? null : await limits.reading(db)(effect);
    if (over !== null) throw fail("RESPOND_OVER_LIMIT", over);
  }

  async function locked(
    approvalId: string,
    work: (
      tx: Parameters<Parameters<Tables["transaction"]>[0]>[0],
      effect: Effect,
      approval: StoredApproval,
    ) => Promise<Effect>,
  ): Promise<Effect> {
    const { effectId } = await approvalById(tables.db, approvalId);
    return tables.transaction(async (tx) => {
      const effect = await lockEffect(tx, effectId);
      return work(tx, effect, await approvalById(tx, approvalId));
    });
  }

  async function factorOf(personId: string, code: string | undefined, needed: boolean): Promise<number | null> {
    if (code === undefined || code === "") {
      if (!needed) return null;
      throw fail("RESPOND_SECOND_FACTOR", "This takes a code of your second factor, given with the decision.");
    }
    const checked = await factor(personId, code);
    if (!checked.ok) throw fail("RESPOND_SECOND_FACTOR", checked.reason);
    return clock.now();
  }
}

function after(effect: Effect, approval: StoredApproval, reason: string): Effect {
  if (approval.state === "approved") return { ...effect, state: "ready" };
  if (approval.state === "refused") return { ...effect, state: "refused", outcome: `Refused: ${reason}` };
  return effect;
}

function refuse(
  step: { readonly ok: false; readonly code: machine.Refusal; readonly reason: string } | undefined,
): void {
  if (step !== undefined) throw refusal(step);
}

function refusal({ code, reason }: { readonly code: machine.Refusal; readonly reason: string }) {
  const details = { details: { refusal: code } };
  if (code === "changed") return fail("RESPOND_CHANGED", reason, details);
  if (code === "second-factor") return fail("RESPOND_SECOND_FACTOR", reason, details);
  if (code === "own-request" || code === "own-edit" || code === "wrong-side")
    return fail("RESPOND_NOT_ALLOWED", reason, details);
  return fail("RESPOND_WRONG_STATE", reason, details);
}
