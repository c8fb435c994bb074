/** routes: playbooks and runs for pages and programs. */
import { randomUUID } from "node:crypto";
import type { Run, RunDetail, playbookRoutes } from "@holdfast/contracts/playbooks";
import { editPlaybook, type Evaluate, type JsonObject, typed } from "@holdfast/playbook";
import type { CallContext, Handlers } from "../platform/http-contract.ts";
import type { Executor } from "../platform/tables/index.ts";
import { dryRun } from "./dry-run.ts";
import type { Call } from "./dispatch.ts";
import { fail } from "./errors.ts";
import { graphOf } from "./graph.ts";
import type { Library } from "./library.ts";
import type { PlaybooksOptions, Someone } from "./port.ts";
import * as store from "./run-store.ts";
import type { Runs } from "./runs.ts";

export function createRoutes(
  options: PlaybooksOptions & { readonly library: Library; readonly runs: Runs; readonly evaluate: Evaluate },
): Handlers<typeof playbookRoutes> {
  const { tables, audit, library, runs } = options;
  const { db } = tables;
  const by = ({ actor }: CallContext): Someone => ({ id: actor.id, name: actor.name });
  const stored = (id: string): Promise<store.StoredRun> => storedRun(db, id);
  const audited = (context: CallContext, action: string, target: string): Promise<unknown> =>
    tables.transaction((tx) => audit.append(tx, { actor: context.actor, action, target }));

  return {
    listPlaybooks: async ({ query }) => ({ items: await library.list(query.q ?? "") }),
    getPlaybook: ({ params }) => library.detail(params.id),
    createPlaybook: ({ body }, { actor }) => library.create(body.text, actor),
    savePlaybook: ({ params, body }, { actor }) => library.save(params.id, body, actor),
    publishPlaybook: ({ params, body }, { actor }) => library.publish(params.id, body, actor),
    switchPlaybook: ({ params, body }, { actor }) => library.switch(params.id, body, actor),
    validatePlaybook: ({ body }) => library.check(body.text),
    async editPlaybook({ body }) {
      const edited = editPlaybook(body.text, body.edit);
      return edited.ok
        ? { text: edited.text, step: edited.step, reason: "" }
        : { text: null, step: "", reason: edited.reason };
    },
    importPlaybook: ({ body }, { actor }) => library.import(body.document, actor),
    exportPlaybook: ({ params }) => library.export(params.id),
    async dryRunPlaybook({ params, body }, caller) {
      const { playbook } = await library.published(params.id);
      const incident = body.incidentId === null ? null : await options.incident(body.incidentId);
      if (incident === undefined) {
        throw fail("PLAYBOOKS_INCIDENT_UNKNOWN", `There is no incident with the id "${body.incidentId}".`);
      }
      const context = { incident };
      const given: Record<string, JsonObject[string]> = { ...body.variables };
      for (const [name, { type, from, value }] of Object.entries(playbook.variables ?? {})) {
        if (given[name] === undefined || given[name] === "") {
          const found = from === undefined ? undefined : options.evaluate(from, context);
          given[name] = found?.ok === true ? found.value : (value ?? null);
        }
        const read = typed(type, given[name] ?? null);
        if (read.ok) given[name] = read.value;
      }
      const impactOf = async (call: Call) => (await options.impactOf?.(call, caller)) ?? null;
      return dryRun({ ...options, impactOf }, playbook, { variables: given, context });
    },
    async runPlaybook({ params, body }, context) {
      const { runId } = await runs.start({
        playbookId: params.id,
        incidentId: body.incidentId,
        variables: body.variables,
        startedBy: by(context),
        exerciseId: null,
        key: `person/${context.actor.id}/${body.key ?? randomUUID()}`,
      });
      await audited(context, "run.started", runId);
      return viewOf(await stored(runId));
    },
    async listRuns({ query }) {
      const offset = Number.parseInt(query.cursor ?? "0", 10) || 0;
      const found = await store.listRuns(db, { ...query, offset, limit: query.limit + 1 });
      const more = found.length > query.limit;
      return { items: found.slice(0, query.limit).map(viewOf), next: more ? String(offset + query.limit) : null };
    },
    async getRun({ params }): Promise<RunDetail> {
      const run = await stored(params.id);
      const steps = await store.readSteps(db, run.id);
      return {
        ...viewOf(run),
        graph: graphOf(run.playbook),
        steps: steps.map(stepOf),
        variables: run.stand.variables,
      };
    },
    async cancelRun({ params, body }, context) {
      await runs.cancel(
        params.id,
        by(context),
        body.reason === "" ? `cancelled by ${context.actor.name}` : body.reason,
      );
      await audited(context, "run.cancelled", params.id);
      return viewOf(await stored(params.id));
    },
    async retryRun({ params, body }, context) {
      await runs.retry(params.id, by(context), body.reason);
      return viewOf(await stored(params.id));
    },
    async decideStep({ params, body }, context) {
      await runs.decide({ runId: params.id, instance: params.instance, ...body, by: by(context) });
      await audited(context, `step.${PAST[body.decision]}`, `${params.id}/${params.instance}`);
      return viewOf(await stored(params.id));
    },
  };
}

const PAST = { done: "done", failed: "failed", retry: "retried", skip: "skipped", stop: "stopped" } as const;

const iso = (at: number): string => new Date(at).toISOString();
const isoOrNull = (at: number | null): string | null => (at === null ? null : iso(at));

export async function storedRun(executor: Executor, id: string): Promise<store.StoredRun> {
  const run = await store.runById(executor, id);
  if (run === undefined) throw fail("PLAYBOOKS_RUN_UNKNOWN", `There is no run with the id "${id}".`);
  return run;
}

export function viewOf(run: store.StoredRun): Run {
  const titles = run.stand.tokens.map(({ at }) => run.playbook.steps[at]?.title ?? at);
  return {
    id: run.id,
    playbookId: run.playbookId,
    playbookName: run.name,
    version: run.version,
    incidentId: run.incidentId,
    exerciseId: run.exerciseId,
    parentRunId: run.parent?.runId ?? null,
    state: run.state,
    reason: run.reason,
    startedBy: run.startedBy,
    startedAt: iso(run.startedAt),
    endedAt: isoOrNull(run.endedAt),
    at: run.endedAt === null ? titles : [],
    broken: run.broken === null ? null : { ...run.broken, at: iso(run.broken.at), steps: [...run.broken.steps] },
  };
}

function stepOf(step: store.StoredStep): RunDetail["steps"][number] {
  const { task, enteredAt, endedAt, deadline, sent: _sent, closed: _closed, ...facts } = step;
  return {
    ...facts,
    enteredAt: iso(enteredAt),
    endedAt: isoOrNull(endedAt),
    deadline: isoOrNull(deadline),
    text:
      task.kind === "manual" ? task.text : task.kind === "action" ? `${task.action} ${JSON.stringify(task.input)}` : "",
    ask: task.kind === "manual" ? [...task.ask] : [],
  };
}
