/** dispatch: asks the world for what a run's steps need, after the run's stand is on disk. Every request has the key of its step, so
 *  asking again after a crash changes nothing. */
import { REHEARSAL } from "../connectors/index.ts";
import type { JsonObject, RunEvent, Task } from "@holdfast/playbook";
import { isAppError } from "../platform/errors/index.ts";
import { actionOf } from "./commands.ts";
import type { PlaybooksOptions } from "./port.ts";
import * as store from "./run-store.ts";
import type { StartRun } from "./runs.ts";

interface DispatchOptions
  extends Pick<PlaybooksOptions, "tables" | "clock" | "respond" | "connectors" | "wait" | "waited" | "note"> {
  readonly start: (asked: StartRun) => Promise<{ runId: string }>;
  readonly tell: (runId: string, event: RunEvent, key: string) => Promise<void>;
}

export interface Call {
  readonly action: string;
  readonly connectorId: string;
  readonly input: JsonObject;
}

export function createDispatch(options: DispatchOptions) {
  const { tables, clock, respond } = options;

  return { send };

  async function send(run: store.StoredRun): Promise<void> {
    for (const step of await store.readSteps(tables.db, run.id)) {
      if (step.endedAt !== null && !step.closed) await close(run, step);
      else if (!step.sent && step.endedAt === null) await ask(run, step);
    }
    if (run.endedAt !== null && run.parent !== null) await report(run, run.parent);
  }

  async function ask(run: store.StoredRun, step: store.StoredStep): Promise<void> {
    const { instance, task } = step;
    if (step.state === "stuck" || task.kind === "manual" || task.kind === "stuck") return waitFor(run, step);
    if (task.kind === "playbook") return startChild(run, task);
    const call = await callOf(options.connectors, task, run.exerciseId);
    if ("reason" in call) return settle(run, instance, call.reason);
    const proposed = await respond
      .propose({
        ...call,
        key: `${run.id}/${instance}`,
        incidentId: run.incidentId,
        runId: run.id,
        stepKey: instance,
        playbookVersion: `${run.playbookId} v${run.version}`,
        playbookEditedBy: run.editedBy,
        armedBy: run.armedBy,
        requestedBy: run.startedBy,
        reason: task.reason === "" ? `${run.name}: ${task.title}` : task.reason,
        exerciseId: run.exerciseId,
        ...(task.kind === "action" && task.undoAfterMs !== undefined ? { undoAfterMs: task.undoAfterMs } : {}),
      })
      .catch(refusal);
    if ("refused" in proposed) return settle(run, instance, proposed.refused);
    await store.markSent(tables.db, {
      runId: run.id,
      instance,
      effectId: proposed.effectId,
      approvalId: proposed.approvalId,
    });
  }

  async function waitFor(run: store.StoredRun, step: store.StoredStep): Promise<void> {
    const { instance, title, waitsFor } = step;
    const stuck = step.state === "stuck";
    await tables.transaction(async (tx) => {
      await store.markSent(tx, { runId: run.id, instance });
      if (run.incidentId === null) return;
      const key = `${run.id}/${instance}/${stuck ? "stuck" : "asked"}`;
      const now = clock.now();
      const reason = stuck ? `${run.name}: "${title}" needs a decision: ${step.reason}` : `${run.name}: ${title}`;
      const team = waitsFor ?? "security";
      await options.wait(tx, { incidentId: run.incidentId, key, team, person: null, reason, since: now });
      await options.note(tx, {
        incidentId: run.incidentId,
        key,
        at: now,
        lane: team,
        kind: "run",
        title: stuck ? `"${title}" did not work` : title,
        body: stuck ? step.reason : textOf(step.task),
        actor: null,
        link: `/playbooks/runs/${run.id}`,
      });
    });
  }

  async function startChild(run: store.StoredRun, task: Extract<Task, { kind: "playbook" }>): Promise<void> {
    const started = await options
      .start({
        playbookId: task.playbook,
        incidentId: run.incidentId,
        variables: task.variables,
        startedBy: run.startedBy,
        armedBy: run.armedBy,
        exerciseId: run.exerciseId,
        key: `${run.id}/${task.instance}`,
        parent: { runId: run.id, instance: task.instance },
      })
      .catch(refusal);
    if ("refused" in started) return settle(run, task.instance, started.refused);
    await store.markSent(tables.db, { runId: run.id, instance: task.instance, childRunId: started.runId });
  }

  /** Ends what a step left open: a wait, an approval that nobody needs, a playbook in it. */
  async function close(run: store.StoredRun, step: store.StoredStep): Promise<void> {
    const { instance, effectId, childRunId } = step;
    const over = step.state === "dropped" || step.state === "timeout";
    if (over && effectId !== null) await respond.cancel(effectId, step.reason);
    if (over && childRunId !== null) await options.tell(childRunId, { kind: "cancel", reason: step.reason }, "cancel");
    await tables.transaction(async (tx) => {
      if (run.incidentId !== null) {
        for (const kind of ["asked", "stuck"]) {
          const key = `${run.id}/${instance}/${kind}`;
          await options.waited(tx, { incidentId: run.incidentId, key, at: clock.now() });
        }
      }
      await store.markClosed(tx, run.id, instance);
    });
  }

  async function report(run: store.StoredRun, parent: { runId: string; instance: string }): Promise<void> {
    const event: RunEvent = {
      kind: "settled",
      instance: parent.instance,
      outcome: run.state === "done" ? "done" : "failed",
      output: run.stand.variables,
      reason: run.state === "done" ? "" : `${run.name} ${run.state}: ${run.reason}`,
    };
    await options.tell(parent.runId, event, run.id);
  }

  async function settle(run: store.StoredRun, instance: string, reason: string): Promise<void> {
    await options.tell(
      run.id,
      { kind: "settled", instance, outcome: "failed", output: {}, reason },
      `${instance}/refused`,
    );
    await store.markSent(tables.db, { runId: run.id, instance });
  }
}

/** By the connector's id, or its kind, or the only one that can. An exercise needs none, and gets none. */
export async function callOf(
  connectors: PlaybooksOptions["connectors"],
  task: Extract<Task, { kind: "action" | "command" }>,
  exerciseId: string | null = null,
): Promise<Call | { readonly reason: string }> {
  const asked =
    task.kind === "action"
      ? ({ ok: true, action: task.action, input: task.input } as const)
      : actionOf(task.command, task.target);
  if (!asked.ok) return { reason: asked.reason };
  const action = connectors.actions().find(({ name }) => name === asked.action);
  if (action === undefined) return { reason: `There is no action "${asked.action}".` };
  if (exerciseId !== null) return { action: asked.action, connectorId: REHEARSAL, input: asked.input };
  const named = task.kind === "action" ? task.connector : null;
  const able = (await connectors.list()).filter(({ kind, enabled }) => enabled && action.connectors.includes(kind));
  const places = "places" in asked ? (asked.places ?? []) : [];
  const ssh = "ssh" in asked ? asked.ssh : undefined;
  const meant = able.filter((one) => speaksTo(one.settings, places) && answersAt(one.settings, ssh));
  const fitting = named === null ? meant : meant.filter(({ id, kind }) => id === named || kind === named);
  const chosen = fitting.find(({ id }) => id === named) ?? fitting[0];
  if (chosen === undefined && able.length > meant.length) {
    const others = able.map(({ id }) => id).join(", ");
    const where = ssh === undefined ? places.join(" or ") : `${ssh.host}, port ${ssh.port}`;
    return { reason: `The command is meant for ${where}, and no connector speaks to that (${others}).` };
  }
  if (chosen === undefined) {
    const which = named === null ? `one of ${action.connectors.join(", ")}` : `"${named}"`;
    return { reason: `"${action.title}" needs a connector (${which}), and none is set up and switched on.` };
  }
  if (fitting.length > 1 && chosen.id !== named) {
    const ids = fitting.map(({ id }) => id).join(", ");
    return { reason: `"${action.title}" can be done by ${ids}: name one as the step's connector.` };
  }
  return { action: asked.action, connectorId: chosen.id, input: asked.input };
}

/** A command for one system is never sent to another, only because that has the connector. */
function speaksTo(settings: Readonly<Record<string, unknown>> | undefined, places: readonly string[]): boolean {
  const url = settings?.["url"];
  if (places.length === 0 || typeof url !== "string" || !URL.canParse(url)) return true;
  return places.includes(new URL(url).hostname.toLowerCase());
}

/** A host that a connector knows at another port is another server. Which hosts it knows at all is for the plan to say. */
function answersAt(
  settings: Readonly<Record<string, unknown>> | undefined,
  ssh: { readonly host: string; readonly port: number } | undefined,
): boolean {
  const hosts = settings?.["hosts"];
  if (ssh === undefined || !Array.isArray(hosts)) return true;
  const known = hosts.flatMap((line) => {
    const [name = "", address = ""] = String(line).trim().toLowerCase().split(/\s+/);
    const [, port = "22"] = /^(?:\[[^\]]*\]|[^:]*):(\d+)$/.exec(address) ?? [];
    return [{ name, port: Number(port) }];
  });
  const wanted = ssh.host.toLowerCase();
  const exact = known.filter(({ name }) => name === wanted);
  const short = known.filter(({ name }) => name.split(".")[0] === wanted.split(".")[0]);
  const named = exact.length > 0 ? exact : short;
  return named.length === 0 || named.some(({ port }) => port === ssh.port);
}

function textOf(task: Task): string {
  return task.kind === "manual" ? task.text : task.title;
}

/** What is refused for good is the step's failure; what may pass is tried again by the workflow. */
function refusal(error: unknown): { readonly refused: string } {
  if (isAppError(error) && !error.retryable && error.status < 500) return { refused: error.message };
  throw error;
}
