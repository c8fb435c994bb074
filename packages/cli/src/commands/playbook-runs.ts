/** playbook-runs: looks ahead at a run, starts one and follows it, and lists those there are. `run --follow` ends with 0 only when the run
 *  came to its end; what it waits for is said as it comes. */
import { runState, type RunDetail, playbookRoutes } from "@holdfast/contracts/playbooks";
import type { Command } from "commander";
import { parse } from "yaml";
import { type ConnectionFlags, connect, UsageError } from "../connection.ts";
import type { Output } from "../output.ts";

type Flags = ConnectionFlags & { readonly json?: boolean };
interface Asked {
  readonly incident?: string;
  readonly set?: readonly string[];
}

const LOOK_MS = 500;

export function addPlaybookRuns(playbooks: Command, out: Output): void {
  playbooks
    .command("dry-run <playbook>")
    .description("what a run would do if everything succeeds, and whom it would hit; nothing is done")
    .option("--incident <id>", "take values from this incident")
    .option("--set <name=value...>", "values of its variables, as YAML")
    .option("--json", "print JSON")
    .action(async (id: string, _flags: object, command: Command) => {
      const flags = command.optsWithGlobals<Flags & Asked>();
      const dry = await connect(flags).call(playbookRoutes.dryRunPlaybook, { params: { id }, body: asked(flags) });
      if (flags.json === true) out.json(dry);
      else {
        out.table(
          ["step", "kind", "effect", "disruption", "targets", "changes there", "speaks against it"],
          dry.steps.map((one) => [
            one.title,
            one.kind,
            one.effect,
            one.impact === null || one.effect === "read" ? "" : one.impact.disruption.level,
            one.targets,
            one.effect === "read" ? [] : (one.impact?.changes.items ?? []).map(({ title }) => title),
            one.problem,
          ]),
        );
        if (!dry.finished) out.warn(dry.reason);
      }
      if (!dry.finished || dry.steps.some(({ problem }) => problem !== "")) process.exitCode = 1;
    });
  playbooks
    .command("run <playbook>")
    .description("start a run of what is published")
    .option("--incident <id>", "on this incident")
    .option("--set <name=value...>", "values of its variables, as YAML")
    .option("--key <key>", "the same key starts one run, however often it is sent")
    .option("--follow", "wait for its end, and say what it waits for")
    .option("--json", "print JSON")
    .action(async (id: string, _flags: object, command: Command) => {
      const flags = command.optsWithGlobals<Flags & Asked & { key?: string; follow?: boolean }>();
      const client = connect(flags);
      const body = { ...asked(flags), ...(flags.key === undefined ? {} : { key: flags.key }) };
      const started = await client.call(playbookRoutes.runPlaybook, { params: { id }, body });
      if (flags.follow !== true) {
        if (flags.json === true) out.json(started);
        else out.line(`${started.id}: ${started.playbookName} v${started.version} runs`);
        return;
      }
      out.say(`${started.id}: ${started.playbookName} v${started.version} runs`);
      const said = new Set<string>();
      for (;;) {
        const run = await client.call(playbookRoutes.getRun, { params: { id: started.id } });
        for (const line of news(run)) {
          if (!said.has(line)) out.say(`  ${line}`);
          said.add(line);
        }
        if (run.endedAt !== null) {
          if (flags.json === true) out.json(run);
          else out.line(`${run.id}: ${run.state}${run.reason === "" ? "" : `: ${run.reason}`}`);
          if (run.state !== "done") process.exitCode = 1;
          return;
        }
        await new Promise((next) => setTimeout(next, LOOK_MS));
      }
    });
  playbooks
    .command("runs [run]")
    .description("the newest runs, or the steps of one")
    .option("--playbook <id>", "of this playbook")
    .option("--incident <id>", "on this incident")
    .option("--state <state>", runState.options.join(", "))
    .option("--limit <n>", "runs to show", "50")
    .option("--json", "print JSON, one line a run")
    .action(async (id: string | undefined, _flags: object, command: Command) => {
      const flags = command.optsWithGlobals<Flags & Listed>();
      if (id === undefined) await listRuns(flags, out);
      else await showRun(id, flags, out);
    });
}

interface Listed {
  readonly playbook?: string;
  readonly incident?: string;
  readonly state?: string;
  readonly limit: string;
}

async function listRuns(flags: Flags & Listed, out: Output): Promise<void> {
  const { playbook, incident, limit } = flags;
  const state = flags.state === undefined ? undefined : runState.safeParse(flags.state);
  if (state?.success === false)
    throw new UsageError(`There is no state "${flags.state}". States: ${runState.options.join(", ")}.`);
  const { items } = await connect(flags).call(playbookRoutes.listRuns, {
    query: { limit: Number(limit), playbook, incident, state: state?.data },
  });
  if (flags.json === true) for (const item of items) out.json(item);
  else
    out.table(
      ["run", "playbook", "state", "is at", "started", "by"],
      items.map((one) => [
        one.id,
        `${one.playbookId} v${one.version}`,
        one.state,
        one.at.length > 0 ? one.at : one.reason,
        one.startedAt,
        one.startedBy.name,
      ]),
    );
}

async function showRun(id: string, flags: Flags, out: Output): Promise<void> {
  const run = await connect(flags).call(playbookRoutes.getRun, { params: { id } });
  if (flags.json === true) return out.json(run);
  out.say(`${run.playbookName} v${run.version}: ${run.state}${run.reason === "" ? "" : `: ${run.reason}`}`);
  out.table(
    ["step", "kind", "state", "waits for", "approval", "reason"],
    run.steps.map((one) => [one.title, one.kind, one.state, waitsFor(one), one.approvalId, one.reason]),
  );
}

/** What has become of its steps, each sentence once. */
function news(run: RunDetail): string[] {
  return run.steps.map((step) => {
    const whom = waitsFor(step);
    const waits = whom === "" ? "under way" : `waits for ${whom}`;
    const about = step.reason === "" ? "" : ` (${step.reason})`;
    return `${step.title}: ${step.state === "waiting" ? waits : step.state}${about}`;
  });
}

function waitsFor({ state, kind, approvalId, effectId, waitsFor: team }: RunDetail["steps"][number]): string {
  if (state === "stuck") return "a decision";
  if (state !== "waiting") return "";
  if (kind !== "manual" && team !== null) return `${team}, to look whether it happened (effect ${effectId})`;
  return approvalId === null ? (team ?? "") : `the approval ${approvalId}`;
}

function asked({ incident, set = [] }: Asked) {
  const variables = set.map((given) => {
    const at = given.indexOf("=");
    if (at < 1) throw new UsageError(`--set takes name=value, and "${given}" has no name or no "=".`);
    return [given.slice(0, at), parse(given.slice(at + 1))] as const;
  });
  return { incidentId: incident ?? null, variables: Object.fromEntries(variables) };
}
