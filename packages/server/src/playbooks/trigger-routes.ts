/** trigger-routes: triggers and what they suggested, for pages and programs. */
import type { PlaybookSuggestion, triggerRoutes } from "@holdfast/contracts/playbook-triggers";
import type { JsonObject } from "@holdfast/playbook";
import type { CallContext, Handlers } from "../platform/http-contract.ts";
import { fail } from "./errors.ts";
import type { Library } from "./library.ts";
import type { PlaybooksOptions } from "./port.ts";
import { storedRun, viewOf } from "./routes.ts";
import type { TriggerLibrary } from "./trigger-library.ts";
import { type Hit, hitById, hitsOf } from "./trigger-store.ts";
import type { Triggers } from "./triggers.ts";

export function createTriggerRoutes(
  options: PlaybooksOptions & {
    readonly library: Library;
    readonly triggerLibrary: TriggerLibrary;
    readonly triggers: Triggers;
  },
): Handlers<typeof triggerRoutes> {
  const { tables, audit, triggerLibrary, triggers } = options;
  const { db } = tables;
  const audited = (
    { actor }: CallContext,
    action: string,
    { target, details }: { target: string; details: Readonly<Record<string, unknown>> },
  ): Promise<unknown> => tables.transaction((tx) => audit.append(tx, { actor, action, target, details }));
  const viewsOf = async (hits: readonly Hit[]): Promise<PlaybookSuggestion[]> => {
    const playbooks = new Map((await options.library.list("")).map((playbook) => [playbook.id, playbook]));
    const rank = ({ state, playbookId }: Hit): number =>
      state === "suggested" ? (playbooks.get(playbookId)?.severity ?? 0) : -1;
    // The newest first among equals, as they come.
    const sorted = hits.toSorted((one, other) => rank(other) - rank(one));
    return sorted.map(({ trigger, exerciseId: _exercise, ...hit }) => ({
      ...hit,
      triggerName: trigger.name,
      triggerVersion: trigger.version,
      playbookName: playbooks.get(hit.playbookId)?.name ?? hit.playbookId,
      reasons: [...hit.reasons],
      at: new Date(hit.at).toISOString(),
      decidedAt: hit.decidedAt === null ? null : new Date(hit.decidedAt).toISOString(),
    }));
  };

  return {
    listPlaybookTriggers: async ({ query }) => ({ items: await triggerLibrary.list(query.playbook) }),
    createPlaybookTrigger: ({ body }, { actor }) => triggerLibrary.create(body, actor),
    savePlaybookTrigger: ({ params, body }, { actor }) => triggerLibrary.save(params.id, body, actor),
    async removePlaybookTrigger({ params }, { actor }) {
      await triggerLibrary.remove(params.id, actor);
      return { removed: true };
    },
    tryPlaybookTrigger: ({ body }) => triggerLibrary.trial(body.condition),
    async listPlaybookSuggestions({ query }) {
      const incident = await options.standing(query.incident);
      if (incident === undefined)
        throw fail("PLAYBOOKS_INCIDENT_UNKNOWN", `There is no incident with the id "${query.incident}".`);
      return { items: await viewsOf(await hitsOf(db, incident.family)) };
    },
    async startPlaybookSuggestion({ params, body }, context) {
      const { id, name } = context.actor;
      const variables: JsonObject = body.variables;
      const { runId } = await triggers.startSuggested(params.id, variables, { id, name });
      await audited(context, "playbook-suggestion.started", { target: params.id, details: { runId } });
      return viewOf(await storedRun(db, runId));
    },
    async dismissPlaybookSuggestion({ params, body }, context) {
      const { id, name } = context.actor;
      await triggers.dismiss(params.id, body.reason, { id, name });
      await audited(context, "playbook-suggestion.dismissed", { target: params.id, details: { reason: body.reason } });
      const hit = await hitById(db, params.id);
      const [view] = await viewsOf(hit === undefined ? [] : [hit]);
      if (view === undefined)
        throw fail("PLAYBOOKS_SUGGESTION_UNKNOWN", `There is no suggestion with the id "${params.id}".`);
      return view;
    },
  };
}
