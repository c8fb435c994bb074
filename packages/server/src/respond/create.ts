/** create: the respond area: from a proposal to a proven effect and its undo. It decides nothing by itself: the policy is data, people
 *  approve, and what may not happen twice is a key of a table. */
import { type EffectTiming, effectTimings } from "./timing-store.ts";
import type { Impact, respondRoutes } from "@holdfast/contracts/respond";
import type { Estate } from "../estate/index.ts";
import type { AuditLog } from "../platform/audit-log/index.ts";
import type { Clock } from "../platform/clock/index.ts";
import type { Actor, Handlers } from "../platform/http-contract.ts";
import type { Log } from "../platform/log/index.ts";
import type { Tables } from "../platform/tables/index.ts";
import type { Workflows } from "../platform/workflows/index.ts";
import { listApprovals, type StoredApproval } from "./approval-store.ts";
import { createBoundary } from "./boundary.ts";
import { createDecide, type Decider, type Factor } from "./decide.ts";
import { createDrift } from "./drift.ts";
import { createDrive } from "./drive.ts";
import type { Effect } from "./effect.ts";
import { effectById, listEffects } from "./effect-store.ts";
import type { Ourselves } from "./guards.ts";
import { createLedger } from "./ledger.ts";
import { createLimits } from "./limits.ts";
import { createPerformer } from "./perform.ts";
import { newestPolicy } from "./policy-store.ts";
import { type Connectors, type Floor, QUIET, type Settled } from "./port.ts";
import { type ChangesOn, createPropose, type Proposal, type ProposeOptions } from "./propose.ts";
import { createRelease } from "./release.ts";
import { createRoutes } from "./routes.ts";

export interface RespondOptions {
  readonly tables: Tables;
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: AuditLog;
  readonly workflows: Workflows;
  readonly connectors: Connectors;
  readonly estate: Pick<Estate, "readTargets" | "readUsersOn" | "services" | "proposedEdges" | "teams">;
  readonly ourselves: Ourselves;
  /** The person behind a caller: a token's owner. */
  readonly personOf: (actor: Actor) => Promise<{ readonly id: string; readonly name: string }>;
  /** Whose account may approve, with its login name; nobody is asked by name where not given. */
  readonly approvers?: ProposeOptions["approvers"];
  readonly factor: Factor;
  readonly enrolled: (personId: string) => Promise<boolean>;
  readonly floor?: Partial<Floor>;
  /** The exercise an incident belongs to; null for a real one. */
  readonly exerciseOf?: ProposeOptions["exerciseOf"];
  /** While it says so nothing acts outward. */
  readonly held?: () => boolean;
  /** Work under way on what is hit. */
  readonly changesOn?: ChangesOn;
}

export interface WaitingApproval {
  readonly approval: StoredApproval;
  readonly effect: Effect;
}

export interface Respond {
  readonly routes: Handlers<typeof respondRoutes>;
  /** Once per key; what needs no approval goes out at once, the rest waits. */
  propose(
    proposal: Proposal,
  ): Promise<{ effectId: string; state: Effect["state"]; approvalId: string | null; impact: Impact; reason: string }>;
  /** For those who stand in for people (exercises without people). */
  decide(asked: {
    readonly approvalId: string;
    readonly by: Decider;
    readonly verdict: "approve" | "refuse";
    readonly reason: string;
    readonly hash: string;
  }): Promise<void>;
  /** Takes back what was not sent; false when it is too late. */
  cancel(effectId: string, reason: string): Promise<boolean>;
  effectsOf(incidentId: string): Promise<Effect[]>;
  approvalsWaiting(exercise?: string): Promise<WaitingApproval[]>;
  /** Effects of one exercise, or the real ones since a time: when they were proposed, approved and proven. */
  timings(of: { readonly exercise: string } | { readonly since: number }): Promise<EffectTiming[]>;
  /** Told at least once, in order, what became of each effect. */
  onSettled(listener: (settled: Settled) => Promise<void>): void;
  /** After the workflows were launched. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

const MOST = 1000;

export function createRespond(options: RespondOptions): Respond {
  const { tables, clock, audit, estate, ourselves, connectors, workflows } = options;
  const log = options.log.child("respond");
  const floor: Floor = { ...QUIET, ...options.floor };
  const changesOn = options.changesOn ?? (async () => ({ known: false, items: [] }));
  const ledger = createLedger({ tables, audit, floor });
  const outside = createBoundary(connectors);
  const driftEveryMs = async (): Promise<number> => (await newestPolicy(tables.db)).policy.driftCheckMinutes * 60_000;
  const limits = createLimits({ clock, connectors });
  const release = createRelease({ clock, estate, ourselves, limits });
  const acting = { tables, clock, log, ledger, floor, outside, driftEveryMs };
  const performer = createPerformer({ ...acting, connectors, release });
  const checkDrift = createDrift({ ...acting, performer });
  const held = options.held ?? (() => false);
  const drive = createDrive({ tables, clock, log, workflows, performer, checkDrift, held });
  const proposing = createPropose({
    tables,
    clock,
    connectors,
    estate,
    ourselves,
    changesOn,
    ledger,
    limits,
    enlist: drive.enlist,
    approvers: options.approvers ?? (async () => []),
    exerciseOf: options.exerciseOf ?? (async () => null),
  });
  const deciding = createDecide({ tables, clock, ledger, floor, factor: options.factor, limits });
  const propose = async (proposal: Proposal, actor?: Actor): Promise<Effect> => {
    const effect = await proposing.propose(proposal, actor);
    drive.begin(effect.id);
    return effect;
  };
  return {
    routes: createRoutes({ ...options, ledger, limits, proposing, deciding, propose, performer, drive, checkDrift }),
    async propose(proposal) {
      const { id, state, approvalId, impact, outcome } = await propose(proposal);
      return { effectId: id, state, approvalId, impact, reason: outcome };
    },
    async decide(asked) {
      await drive.wake(await deciding.decide(asked));
    },
    async cancel(effectId, reason) {
      const effect = await effectById(tables.db, effectId);
      if (effect === undefined || (effect.state !== "waiting" && effect.state !== "ready")) return false;
      await drive.wake(await deciding.withdraw({ effectId, reason, by: null }));
      return true;
    },
    effectsOf: (incident) => listEffects(tables.db, { incident, exercise: "all", offset: 0, limit: MOST }),
    async approvalsWaiting(exercise) {
      const approvals = await listApprovals(tables.db, { state: "waiting", exercise, offset: 0, limit: MOST });
      const waiting = await Promise.all(
        approvals.map(async (approval) => ({ approval, effect: await effectById(tables.db, approval.effectId) })),
      );
      return waiting.flatMap(({ approval, effect }) => (effect === undefined ? [] : [{ approval, effect }]));
    },
    timings: (of) => effectTimings(tables.db, of),
    onSettled: (listener) => drive.onSettled(listener),
    start: () => drive.start(),
    stop: () => drive.stop(),
  };
}
