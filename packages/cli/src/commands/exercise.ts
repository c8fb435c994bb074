/** exercise: lists exercises, runs one and waits for its score, shows a report. `run --auto` plays one without people and exits by its
 *  score: 0 when every expectation was met. Where no Holdfast runs, one is started for it on a home of its own. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { estateRoutes } from "@holdfast/contracts/estate";
import { type ExerciseRunDetail, exerciseRoutes } from "@holdfast/contracts/exercises";
import { PLACES } from "@holdfast/server/places";
import type { Command } from "commander";
import { ApiError, type Client, createClient } from "../client.ts";
import { type ConnectionFlags, connect, readAnnouncement, UsageError } from "../connection.ts";
import { everyPage } from "../every-page.ts";
import { freePort } from "../demo/ports.ts";
import type { Output } from "../output.ts";
import { start } from "./up.ts";

interface RunFlags extends ConnectionFlags {
  readonly auto?: boolean;
  readonly speed?: string;
  readonly fresh?: boolean;
  readonly json?: boolean;
}

const GAP_STATES = ["unfinished", "overdue", "finished"] as const;
/** The exit code of what a Ctrl-C ended, as shells have it. */
const INTERRUPTED = 130;
/** How long a server may be away in the middle: a run goes on after a restart. */
const AWAY_MS = 120_000;
/** Without people nobody has to wait for the story's clock. */
const AUTO_SPEED = 60;
const LOOK_MS = 500;

export function addExercise(program: Command, out: Output): void {
  const exercise = program
    .command("exercise")
    .description("rehearse an incident on the real code path; effects are never sent");
  exercise
    .command("list")
    .description("list the exercises that can be run")
    .option("--json", "print JSON, one line an exercise")
    .action(async (_flags: object, command: Command) => {
      const flags = command.optsWithGlobals<ConnectionFlags & { json?: boolean }>();
      const { items } = await connect(flags).call(exerciseRoutes.listExercises, {});
      if (flags.json === true) for (const item of items) out.json(item);
      else
        out.list(
          "exercises",
          ["exercise", "kind", "minutes", "injects", "expects", "title"],
          items.map((one) => [
            one.id,
            one.kind,
            one.duration,
            one.injects,
            one.expectations,
            one.problems[0] ?? one.title,
          ]),
        );
    });
  exercise
    .command("run <name>")
    .description("start an exercise and follow it to its score")
    .option(
      "--auto",
      "play it without people: exit 0 when every expectation was met, 1 when not, 2 when it could not be run",
    )
    .option("--speed <factor>", `how many times faster the injects come (1; ${AUTO_SPEED} with --auto)`)
    .option("--fresh", "on a Holdfast of its own with the demo's estate, removed afterwards")
    .option("--json", "print the report as one line of JSON")
    .action(async (name: string, _flags: object, command: Command) => {
      const flags = command.optsWithGlobals<RunFlags>();
      const speed = Number(flags.speed ?? (flags.auto === true ? AUTO_SPEED : 1));
      if (!(speed >= 1 && speed <= 600)) throw new UsageError("--speed is a number from 1 to 600.");
      // 1 says that the floor failed, so whatever keeps the exercise from being run ends with another code.
      const floor = await floorFor(flags, out).catch(notRun);
      const stop = new AbortController();
      process.once("SIGINT", () => stop.abort());
      try {
        const asked = { name, auto: flags.auto === true, speed, signal: stop.signal };
        const report = await play(floor.client, asked, out).catch(notRun);
        if (report === undefined) {
          process.exitCode = INTERRUPTED;
          return;
        }
        if (flags.json === true) out.json(report);
        else print(report, out);
        if (report.met < report.of) process.exitCode = 1;
      } finally {
        await floor.close();
      }
    });
  exercise
    .command("gaps")
    .description("list what exercises did not meet, as tasks, the earliest due first")
    .option("--mine", "those that you close")
    .option("--state <state>", "unfinished (the default), overdue or finished")
    .option("--json", "print JSON, one line a gap")
    .action(async (_flags: object, command: Command) => {
      const flags = command.optsWithGlobals<ConnectionFlags & { mine?: boolean; state?: string; json?: boolean }>();
      const state = GAP_STATES.find((one) => one === (flags.state ?? "unfinished"));
      if (state === undefined) throw new UsageError(`--state is one of ${GAP_STATES.join(", ")}.`);
      const client = connect(flags);
      const query = { state, limit: 200, ...(flags.mine === true && { owner: "me" }) };
      const items = await everyPage((cursor) =>
        client.call(exerciseRoutes.listGaps, { query: { ...query, ...(cursor !== undefined && { cursor }) } }),
      );
      if (flags.json === true) for (const item of items) out.json(item);
      else
        out.list(
          "gaps",
          ["due", "team", "owner", "exercise", "gap"],
          items.map((one) => [one.dueAt?.slice(0, 10) ?? "", one.team ?? "", one.owner, one.exercise, one.title]),
        );
    });
  exercise
    .command("report <run>")
    .description("show what a run came to")
    .option("--json", "print JSON")
    .action(async (run: string, _flags: object, command: Command) => {
      const flags = command.optsWithGlobals<ConnectionFlags & { json?: boolean }>();
      const report = await connect(flags).call(exerciseRoutes.getExerciseRun, { params: { id: run } });
      if (flags.json === true) out.json(report);
      else print(report, out);
    });
}

/** The running Holdfast, or one of its own. */
async function floorFor(flags: RunFlags, out: Output): Promise<{ readonly client: Client; close(): Promise<void> }> {
  if (flags.fresh !== true) {
    if (flags.url !== undefined) return { client: connect(flags), close: async () => {} };
    const found = readAnnouncement(flags);
    const client = found === undefined ? undefined : createClient(found);
    if (client !== undefined && (await client.answers())) return { client, close: async () => {} };
    out.say("No Holdfast runs here: one is started for the exercise, with the demo's estate, and removed afterwards.");
  }
  const home = mkdtempSync(join(tmpdir(), "holdfast-exercise-"));
  const running = await start(
    { home },
    { port: String(await freePort(8420)), syslogPort: "0", logLevel: "error" },
    out,
  );
  const client = createClient({ url: running.url, token: running.token });
  await client.call(estateRoutes.importEstate, {
    body: { yaml: readFileSync(join(PLACES.estate, "demo.yaml"), "utf8") },
  });
  return {
    client,
    async close() {
      await running.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

async function play(
  client: Client,
  asked: { readonly name: string; readonly auto: boolean; readonly speed: number; readonly signal: AbortSignal },
  out: Output,
): Promise<ExerciseRunDetail | undefined> {
  const started = await client.call(exerciseRoutes.startExercise, {
    params: { id: asked.name },
    body: { auto: asked.auto, speed: asked.speed },
  });
  out.say(`EXERCISE "${started.title}" runs (${started.id}); nothing of it reaches a connector.`);
  const said = new Set<string>();
  for (;;) {
    if (asked.signal.aborted) return interrupted(client, { id: started.id, auto: asked.auto }, out);
    const run = await patiently(() => client.call(exerciseRoutes.getExerciseRun, { params: { id: started.id } }), out);
    for (const note of run.notes) once(said, note, () => out.say(`  ${note}`));
    for (const one of run.injects)
      if (one.doneAt !== null)
        once(said, `inject ${one.inject.id}`, () =>
          out.say(`  inject: ${one.inject.title}${one.records > 0 ? ` (${one.records} records)` : ""}`),
        );
    for (const one of run.results)
      if (one.state !== "open")
        once(said, `result ${one.expectation.id}`, () =>
          out.say(`  ${one.state}: ${one.expectation.title} (${one.because})`),
        );
    if (run.state !== "running") return run;
    await sleep(LOOK_MS, undefined, { signal: asked.signal }).catch(() => undefined);
  }
}

/** Nobody is left to play one without people; one with people is theirs. */
async function interrupted(client: Client, run: { readonly id: string; readonly auto: boolean }, out: Output) {
  if (run.auto) {
    await client.call(exerciseRoutes.stopExercise, { params: { id: run.id } });
    out.say(`Stopped; what it came to: holdfast exercise report ${run.id}`);
  } else out.say(`Not followed any more; the exercise goes on: ${run.id}`);
  return undefined;
}

/** What the server answers counts at once; while it does not answer, it may be starting again. */
async function patiently<T>(ask: () => Promise<T>, out: Output): Promise<T> {
  for (const end = Date.now() + AWAY_MS; ; ) {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof ApiError || Date.now() > end) throw error;
      out.say(`  ${error instanceof Error ? error.message : String(error)}`);
      await sleep(LOOK_MS * 4);
    }
  }
}

function notRun(error: unknown): never {
  if (error instanceof ApiError) throw new UsageError(`${error.message} [${error.code}]`);
  throw error instanceof UsageError ? error : new UsageError(error instanceof Error ? error.message : String(error));
}

function once(said: Set<string>, key: string, say: () => void): void {
  if (said.has(key)) return;
  said.add(key);
  say();
}

function print(run: ExerciseRunDetail, out: Output): void {
  out.line(`EXERCISE ${run.title}: ${run.met} of ${run.of} met, score ${run.score}`);
  out.table(
    ["expected", "result", "seconds", "because"],
    run.results.map((one) => [one.expectation.title, one.state, one.tookSeconds, one.because]),
  );
  out.line("");
  out.table(
    ["stage", "here s", "real s (median)", "of"],
    run.stages.map((stage) => [stage.title, stage.seconds, stage.realSeconds, stage.realCount]),
  );
  if (run.gaps.length > 0) {
    out.line("");
    out.table(
      ["gap", "team", "because"],
      run.gaps.map((gap) => [gap.title, gap.team, gap.because]),
    );
  }
}
