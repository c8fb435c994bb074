/** exercises.test: every exercise, played without people on the real program, meets all that it expects; with its detection switched
 *  off it does not, nor with its playbook switched off; and nothing of it shows among what is real. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { ExerciseRunDetail } from "@holdfast/contracts/exercises";
import { type RunningServer, startHoldfast } from "./server.ts";

const SPEED = 600;
const PATIENCE_MS = 150_000;
/** What the rules of the first expectation see; a correlation sees what its parts see, so it is the one to switch off. */
const LIVE = [
  "phishing-to-ransomware",
  "denial-of-service",
  "stolen-credentials",
  "insider-data-theft",
  "update-breaks-logins",
  "change-blinds-sensor",
];

describe("exercises without people", { timeout: 1_200_000 }, () => {
  let server: RunningServer;
  before(async () => {
    server = await startHoldfast();
    const yaml = readFileSync(new URL("../../packages/content/estate/demo.yaml", import.meta.url), "utf8");
    await call("POST", "/api/estate/import", { yaml });
  });
  after(async () => {
    await server?.stop();
  });

  async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${server.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${server.token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    return JSON.parse(text) as T;
  }

  /** Until it ends, or until `enough` says that it has shown what it should: then it is stopped. */
  async function play(name: string, enough?: (run: ExerciseRunDetail) => boolean): Promise<ExerciseRunDetail> {
    const { id } = await call<{ id: string }>("POST", `/api/exercises/${name}/runs`, { auto: true, speed: SPEED });
    const path = `/api/exercise-runs/${id}`;
    for (const end = performance.now() + PATIENCE_MS; performance.now() < end; await sleep(400)) {
      const run = await call<ExerciseRunDetail>("GET", path);
      if (run.state !== "running") return run;
      if (enough?.(run) === true) await call("POST", `${path}/stop`, {});
    }
    assert.fail(`${name} did not end within ${PATIENCE_MS / 1000} s`);
  }

  const unmet = (run: ExerciseRunDetail): string[] =>
    run.results
      .filter((one) => one.state !== "met")
      .map((one) => `${one.expectation.id}: ${one.state}, ${one.because}`);

  for (const name of [...LIVE, "ransom-call"]) {
    test(`${name}: all that is expected is met`, async () => {
      const run = await play(name);
      assert.deepEqual(unmet(run), []);
      assert.equal(run.score, 100);
      assert.deepEqual(run.gaps, []);
      for (const one of run.injects) assert.notEqual(one.doneAt, null, one.inject.id);
    });
  }

  test("nothing of the exercises stands among what is real, and none of their effects was sent", async () => {
    for (const path of ["/api/alerts", "/api/incidents", "/api/effects"]) {
      const { items } = await call<{ items: unknown[] }>("GET", path);
      assert.equal(items.length, 0, path);
    }
    const rehearsed = await call<{ items: { state: string; output: { rehearsed?: boolean }; class: string }[] }>(
      "GET",
      "/api/effects?exercise=all",
    );
    assert.ok(rehearsed.items.length >= 5);
    for (const effect of rehearsed.items) if (effect.state === "done") assert.equal(effect.output.rehearsed, true);
  });

  for (const name of LIVE) {
    test(`${name} fails with its detection switched off`, async () => {
      const { expect } = await fileOf(name);
      const [wanted] = expect.flatMap((one) => (one.kind === "detected" ? [one] : []));
      assert.ok(wanted !== undefined);
      const set = async (enabled: boolean): Promise<void> => {
        for (const rule of wanted.rules)
          await call("PATCH", `/api/rules/${rule}`, { enabled, reason: "exercise test" });
        // The threads swap to the new rules between two blocks.
        await sleep(3_000);
      };
      await set(false);
      try {
        await missed(await play(name, (now) => since(lastInject(now), SEEN_MS)), wanted);
      } finally {
        await set(true);
      }
    });

    test(`${name} fails with its playbook switched off`, async () => {
      const { expect, playbook } = await fileOf(name);
      const [wanted] = expect.flatMap((one) => (one.kind === "playbook" ? [one] : []));
      assert.ok(wanted !== undefined && playbook === wanted.playbook);
      const set = (enabled: boolean): Promise<unknown> =>
        call("PATCH", `/api/playbooks/${playbook}`, { enabled, reason: "exercise test" });
      await set(false);
      try {
        const run = await play(name, (now) => since(lastInject(now), TRIED_MS) && since(lastDetected(now), TRIED_MS));
        await missed(run, wanted);
        const met = run.results.filter((one) => one.state === "met").map((one) => one.expectation.kind);
        assert.ok(met.includes("detected"), "what is seen is seen all the same");
        const { items } = await call<{ items: unknown[] }>("GET", `/api/playbook-runs?exercise=${run.id}`);
        assert.deepEqual(items, [], "nothing ran");
      } finally {
        await set(true);
      }
    });
  }

  const fileOf = (name: string): Promise<ExerciseRunDetail["file"]> => call("GET", `/api/exercises/${name}`);

  /** It is a task: of nobody, then somebody's and overdue, then finished. */
  async function closed(id: string): Promise<void> {
    const { items } = await call<{ items: { id: string; name: string }[] }>("GET", "/api/people");
    const admin = items.find(({ name }) => name === "admin") ?? assert.fail("there is no admin");
    const among = async (query: string): Promise<boolean> =>
      (await call<{ items: { id: string }[] }>("GET", `/api/exercise-gaps?limit=200&${query}`)).items.some(
        (one) => one.id === id,
      );
    assert.deepEqual(
      [await among("state=unfinished"), await among(`owner=${admin.id}`), await among("state=overdue")],
      [true, false, false],
    );
    await call("PATCH", `/api/exercise-gaps/${id}`, {
      owner: admin.name,
      dueAt: new Date(Date.now() - 1000).toISOString(),
    });
    assert.deepEqual(
      [await among(`owner=${admin.id}`), await among("state=overdue"), await among("state=finished")],
      [true, true, false],
    );
    await call("PATCH", `/api/exercise-gaps/${id}`, { state: "done" });
    assert.deepEqual([await among("state=unfinished"), await among("state=finished")], [false, true]);
  }

  async function missed(
    run: ExerciseRunDetail,
    wanted: { readonly id: string; readonly title: string },
  ): Promise<void> {
    const result = run.results.find((one) => one.expectation.id === wanted.id);
    assert.equal(result?.state, "missed", JSON.stringify(result));
    assert.ok(run.score < 100);
    const gap = run.gaps.find(({ title }) => title === wanted.title) ?? assert.fail(`no gap "${wanted.title}"`);
    await closed(gap.id);
  }
});

/** What the rules see, they see within one second of the last inject. */
const SEEN_MS = 6_000;
/** The player of a run without people tries twice a second. */
const TRIED_MS = 3_000;

/** Infinity while there is more to come. */
function lastInject(run: ExerciseRunDetail): number {
  return Math.max(...run.injects.map((one) => (one.doneAt === null ? Infinity : Date.parse(one.doneAt))));
}

function lastDetected(run: ExerciseRunDetail): number {
  const detected = run.results.filter((one) => one.expectation.kind === "detected");
  return Math.max(...detected.map((one) => (one.at === null ? Infinity : Date.parse(one.at))));
}

const since = (at: number, ms: number): boolean => Date.now() > at + ms;
