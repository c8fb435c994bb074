/** routes: the HTTP operations of respond. A caller is a person: a token acts for its owner, proposes in their name, and never decides. */
import type { respondRoutes } from "@holdfast/contracts/respond";
import type { CallContext, Handlers } from "../platform/http-contract.ts";
import { approvalById, listApprovals, type StoredApproval } from "./approval-store.ts";
import type { RespondOptions } from "./create.ts";
import type { createDecide, Decider } from "./decide.ts";
import type { Drive } from "./drive.ts";
import type { Effect } from "./effect.ts";
import { effectById, listEffects, readJournal } from "./effect-store.ts";
import { fail } from "./errors.ts";
import type { Ledger } from "./ledger.ts";
import type { Limits } from "./limits.ts";
import type { Performer } from "./perform.ts";
import { insertPolicy, newestPolicy, policyAt, policyVersions } from "./policy-store.ts";
import { type createPropose, demandPlan, type Proposal } from "./propose.ts";
import { createWork } from "./work.ts";
import { approvalView, effectView, journalView, requirementView, type Viewer } from "./views.ts";

export interface RouteOptions extends RespondOptions {
  readonly ledger: Ledger;
  readonly limits: Limits;
  readonly proposing: ReturnType<typeof createPropose>;
  readonly deciding: ReturnType<typeof createDecide>;
  readonly propose: (proposal: Proposal, actor: CallContext["actor"]) => Promise<Effect>;
  readonly performer: Performer;
  readonly drive: Drive;
  readonly checkDrift: (effectId: string) => Promise<void>;
}

export function createRoutes(options: RouteOptions): Handlers<typeof respondRoutes> {
  const { tables, clock, audit, proposing, deciding, drive, connectors } = options;
  const { db } = tables;
  const work = createWork(options);
  return {
    async previewEffect({ body }, context) {
      const planned = demandPlan(await connectors.plan(body.action, body.connectorId, body.input));
      const { action, undoAfterMs } = body;
      const by = [await options.personOf(context.actor)];
      const seen = await proposing.preview({ planned, action, undoAfterMs, rehearsed: false, team: context.team, by });
      const { requirement, expiresAfterMs } = seen.required;
      return {
        command: planned.command,
        targets: [...planned.targets],
        class: planned.effect,
        undoable: planned.undoable,
        impact: seen.impact,
        requirement: requirement === null ? null : requirementView(requirement, clock.now() + expiresAfterMs),
        undoAfterMs: seen.undoAfterMs,
        blocked: seen.blocked,
        over: seen.over,
      };
    },
    async proposeEffect({ body }, context) {
      demandPlan(await connectors.plan(body.action, body.connectorId, body.input));
      const by = await decider(context);
      const { undoAfterMs, ...asked } = body;
      const effect = await options.propose(
        {
          ...asked,
          ...(undoAfterMs === undefined ? {} : { undoAfterMs }),
          runId: null,
          stepKey: null,
          playbookVersion: null,
          exerciseId: null,
          requestedBy: { ...by.who, team: by.team },
        },
        context.actor,
      );
      return effectView(effect);
    },
    async listEffects({ query }) {
      const offset = offsetOf(query.cursor);
      const { incident, exercise, limit, state } = query;
      const found = await listEffects(db, { incident, exercise, limit, offset, states: state?.split(",") });
      return { items: found.slice(0, limit).map(effectView), next: nextOf(found.length, limit, offset) };
    },
    async getEffect({ params }) {
      const effect = await demandEffect(params.id);
      return { ...effectView(effect), journal: journalView(await readJournal(db, effect.id)) };
    },
    async editEffect({ params, body }, context) {
      const { who, team, actor } = await decider(context);
      const effect = await proposing.edit({ effectId: params.id, ...body, by: who, team, actor });
      await drive.wake(effect);
      return effectView(effect);
    },
    async withdrawEffect({ params, body }, context) {
      const effect = await deciding.withdraw({ effectId: params.id, reason: body.reason, by: await decider(context) });
      await drive.wake(effect);
      return effectView(effect);
    },
    undoEffect: async ({ params, body }, context) =>
      effectView(await work.undoNow({ effectId: params.id, reason: body.reason, by: await decider(context) })),
    changeUndoTime: async ({ params, body }, context) =>
      effectView(
        await work.changeUndoTime({
          effectId: params.id,
          undoAt: Date.parse(body.undoAt),
          reason: body.reason,
          by: await decider(context),
          mayPutOff: context.permissions.has("approvals.decide"),
        }),
      ),
    async probeEffect({ params }) {
      const effect = await demandEffect(params.id);
      if (effect.state !== "done")
        throw fail("RESPOND_WRONG_STATE", `It is ${effect.state}: only what is in place can be looked at.`);
      await options.checkDrift(effect.id);
      return effectView(await demandEffect(effect.id));
    },
    settleEffect: async ({ params, body }, context) =>
      effectView(await work.settle({ effectId: params.id, ...body, by: await decider(context) })),
    async listApprovals({ query }, context) {
      const offset = offsetOf(query.cursor);
      const { state, incident, exercise, limit, team } = query;
      const found = await listApprovals(db, { state, incident, exercise, limit, offset });
      const viewer = await viewerOf(context);
      const overOf = options.limits.reading(db);
      const shown = found
        .slice(0, limit)
        .filter(
          ({ requirement }) =>
            team === undefined || requirement.sides.some((side) => side.team === null || side.team === team),
        );
      const items = await Promise.all(shown.map((approval) => viewOf(approval, viewer, overOf)));
      return { items, next: nextOf(found.length, limit, offset) };
    },
    getApproval: async ({ params }, context) => viewOf(await approvalById(db, params.id), await viewerOf(context)),
    async decideApproval({ params, body }, context) {
      const by = await decider(context);
      if (context.session === null)
        throw fail(
          "RESPOND_NOT_ALLOWED",
          "Approvals are given by people who are logged in, not by tokens. Log in, then decide.",
        );
      const effect = await deciding.decide({ approvalId: params.id, by, ...body });
      await drive.wake(effect);
      return viewOf(await approvalById(db, params.id), await viewerOf(context));
    },
    async breakGlass({ params, body }, context) {
      const by = await decider(context);
      if (context.session === null)
        throw fail("RESPOND_NOT_ALLOWED", "Only people who are logged in go ahead without approval. Log in first.");
      const effect = await deciding.breakGlass({ approvalId: params.id, by, ...body });
      await drive.wake(effect);
      return viewOf(await approvalById(db, params.id), await viewerOf(context));
    },
    async getResponsePolicy({ query }) {
      const found = query.version === undefined ? await newestPolicy(db) : await policyAt(db, query.version);
      if (found === undefined)
        throw fail("RESPOND_POLICY_UNKNOWN", `There is no version ${query.version} of the response policy.`);
      const versions = (await policyVersions(db)).map(({ at, ...rest }) => ({
        ...rest,
        at: at === null ? null : new Date(at).toISOString(),
      }));
      return { ...found, versions };
    },
    async saveResponsePolicy({ body }, context) {
      const { who } = await decider(context);
      const version = body.basedOn + 1;
      const { policy, note } = body;
      await tables.transaction(async (tx) => {
        const current = await newestPolicy(tx);
        const stored =
          current.version === body.basedOn &&
          (await insertPolicy(tx, { version, policy, note, by: who, at: clock.now() }));
        if (!stored)
          throw fail(
            "RESPOND_POLICY_CHANGED",
            `Version ${current.version} was made meanwhile. Read it, then change it again.`,
          );
        await audit.append(tx, {
          actor: context.actor,
          action: "response-policy.saved",
          target: String(version),
          details: { note, before: current.policy, after: policy },
        });
      });
      return { version };
    },
  };

  async function decider(context: CallContext): Promise<Decider> {
    return { who: await options.personOf(context.actor), team: context.team, actor: context.actor };
  }

  async function viewerOf(context: CallContext): Promise<Viewer> {
    const who = await options.personOf(context.actor);
    return {
      who,
      team: context.team,
      decides: context.session !== null && context.permissions.has("approvals.decide"),
      proposes: context.session !== null && context.permissions.has("effects.propose"),
      enrolled: await options.enrolled(who.id),
      now: clock.now(),
      over: null,
    };
  }

  async function viewOf(approval: StoredApproval, viewer: Viewer, overOf = options.limits.reading(db)) {
    const effect = await demandEffect(approval.effectId);
    const over = approval.state === "waiting" ? await overOf(effect) : null;
    return approvalView(approval, effect, { ...viewer, over });
  }

  async function demandEffect(id: string): Promise<Effect> {
    const effect = await effectById(db, id);
    if (effect === undefined) throw fail("RESPOND_EFFECT_UNKNOWN", `There is no effect with the id "${id}".`);
    return effect;
  }
}

const offsetOf = (cursor: string | undefined): number => Math.max(0, Number(cursor ?? 0)) || 0;
const nextOf = (found: number, limit: number, offset: number): string | null =>
  found > limit ? String(offset + limit) : null;
