/** exercise-run.test: the command that plays an exercise ends by what it came to, also where it could not be run, was interrupted, or the
 *  server was killed in the middle. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { ExerciseRun } from "@holdfast/contracts/exercises";
import { type RunningServer, startHoldfast } from "./server.ts";

const MAIN = join(import.meta.dirname, "../../packages/cli/src/main.ts");

describe("exercise run", { timeout: 900_000 }, () => {
  let server: RunningServer;
  let home: string;
  /** Its own, as a pipeline has one: that of the server's start ends with it. */
  let token: string;
  before(async () => {
    home = mkdtempSync(join(tmpdir(), "holdfast-exercise-run-"));
    server = await startHoldfast({ home });
    const answer = await fetch(`${server.url}/api/tokens`, {
      method: "POST",
      headers: { authorization: `Bearer ${server.token}`, "content-type": "application/json" },
      body: JSON.stringify({ name: "pipeline", role: "analyst", expiresInDays: 1 }),
    });
    token = ((await answer.json()) as { secret: string }).secret;
  });
  after(async () => {
    await server?.stop();
    rmSync(home, { recursive: true, force: true });
  });

  interface Ended {
    readonly code: number | null;
    readonly out: string;
    readonly err: string;
  }
  function begin(args: readonly string[], url = server.url): { child: ChildProcess; ended: Promise<Ended> } {
    const child = spawn(process.execPath, [MAIN, "--url", url, "--token", token, "exercise", "run", ...args]);
    const exit = new Promise<number | null>((done) => void child.once("exit", done));
    const ended = Promise.all([text(child.stdout), text(child.stderr), exit]).then(([out, err, code]) => ({
      ...{ out, err, code },
    }));
    return { child, ended };
  }
  async function runs(): Promise<ExerciseRun[]> {
    const answer = await fetch(`${server.url}/api/exercise-runs`, {
      headers: { authorization: `Bearer ${token}` },
    });
    return ((await answer.json()) as { items: ExerciseRun[] }).items;
  }
  async function running(): Promise<ExerciseRun> {
    for (let look = 0; look < 300; look += 1) {
      const [newest] = await runs();
      if (newest?.state === "running") return newest;
      await sleep(100);
    }
    return assert.fail("no run began");
  }

  test("ends with 2 where it could not be run, which is no failure of the floor", async () => {
    const unknown = await begin(["nothing-of-this-name", "--auto"]).ended;
    assert.deepEqual([unknown.code, unknown.out], [2, ""], unknown.err);
    assert.match(unknown.err, /EXERCISES_UNKNOWN/);
    const nobody = await begin(["ransom-call", "--auto"], "http://127.0.0.1:9").ended;
    assert.deepEqual([nobody.code, nobody.out], [2, ""], nobody.err);
  });

  test("Ctrl-C stops a run without people and ends with 130; a second exercise beside one is refused", async () => {
    const one = begin(["ransom-call", "--auto", "--speed", "1"]);
    const run = await running();
    const other = await begin(["ransom-call", "--auto"]).ended;
    assert.deepEqual([other.code, other.out], [2, ""], other.err);
    assert.match(other.err, /EXERCISES_RUNNING/);
    one.child.kill("SIGINT");
    assert.equal((await one.ended).code, 130);
    assert.equal((await runs()).find(({ id }) => id === run.id)?.state, "stopped");
  });

  test("of two that are started at one moment one runs", async () => {
    const start = async (): Promise<number> => {
      const answer = await fetch(`${server.url}/api/exercises/ransom-call/runs`, {
        method: "POST",
        headers: { authorization: `Bearer ${server.token}`, "content-type": "application/json" },
        body: JSON.stringify({ auto: false, speed: 1 }),
      });
      return answer.status;
    };
    const answers = await Promise.all([start(), start(), start(), start()]);
    assert.deepEqual(answers.sort(), [200, 409, 409, 409]);
    const { id } = await running();
    await fetch(`${server.url}/api/exercise-runs/${id}/stop`, {
      method: "POST",
      headers: { authorization: `Bearer ${server.token}` },
    });
  });

  test("a run whose server is killed in the middle goes on when it is there again, and is scored whole", async () => {
    const play = begin(["ransom-call", "--auto", "--speed", "60"]);
    await running();
    await server.kill();
    server = await startHoldfast({ home, ports: server.ports });
    const { code, out, err } = await play.ended;
    assert.equal(code, 0, `${out}\n${err}`);
    assert.match(out, /^EXERCISE .*score 100/);
    const [newest] = await runs();
    assert.deepEqual([newest?.state, newest?.score], ["finished", 100]);
  });
});
