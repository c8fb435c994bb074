/** kill.test: kill -9 at random moments between proposal, approval, sending, proof and undo: nothing without approval, nothing twice,
 *  nothing lost. HOLDFAST_TEST_ROUNDS sets the number of kills (4; 200 for the full run). */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openTestTables } from "../platform/tables/testing.ts";
import { MANY_HOSTS, migrationsOfRespond } from "./area.testing.ts";
import { hostOf, isApproved, isUndone, type KillSetup } from "./kill-process.testing.ts";
import { sql } from "drizzle-orm";

const ROUNDS = Number(process.env["HOLDFAST_TEST_ROUNDS"] ?? 4);
const PER_ROUND = 6;
const LONGEST_MS = 700;

test(`after ${ROUNDS} kills every approved effect took place once, and no other one`, async (t) => {
  const opened = await openTestTables([
    ...migrationsOfRespond(),
    // Many hosts in one test: more than a real hour should see.
    { id: "9999-many", sql: MANY_HOSTS },
  ]);
  const directory = mkdtempSync(join(tmpdir(), "hf respond kill "));
  const file = join(directory, "acts");
  writeFileSync(file, "");
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      const from = round * PER_ROUND;
      await live({ url: opened.url, file, from, to: from + PER_ROUND, finish: false }, Math.random() * LONGEST_MS);
    }
    const total = ROUNDS * PER_ROUND;
    await live({ url: opened.url, file, from: total, to: total, finish: true }, undefined);
    const acts = readFileSync(file, "utf8").split("\n");
    const { rows } = await opened.tables.db.execute<{ key: string; state: string }>(
      sql`SELECT key, state FROM respond_effect`,
    );
    const states = new Map(rows.map(({ key, state }) => [key, state]));
    const wrong: string[] = [];
    for (let effect = 0; effect < total; effect += 1) {
      const done = acts.filter((line) => line === `isolate ${hostOf(effect)}`).length;
      const undone = acts.filter((line) => line === `release ${hostOf(effect)}`).length;
      const state = states.get(`effect-${effect}`) ?? "lost";
      const wanted = !isApproved(effect) ? [0, 0, "waiting"] : isUndone(effect) ? [1, 1, "undone"] : [1, 0, "done"];
      if (JSON.stringify([done, undone, state]) !== JSON.stringify(wanted))
        wrong.push(`effect ${effect}: done ${done}, undone ${undone}, ${state}; wanted ${wanted.join(" ")}`);
    }
    t.diagnostic(`${ROUNDS} kills, ${total} effects, ${acts.length - 1} acts outside, ${wrong.length} wrong`);
    assert.deepEqual(wrong, []);
  } finally {
    await opened.close();
    rmSync(directory, { recursive: true, force: true });
  }
});

/** Kills it so long after it is ready, or waits for its end. */
function live(setup: KillSetup, killAfterMs: number | undefined): Promise<void> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "kill-process.testing.ts"), JSON.stringify(setup)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let errors = "";
  child.stderr.on("data", (text: Buffer) => {
    errors += text.toString();
  });
  child.stdout.on("data", (text: Buffer) => {
    if (text.toString().includes("ready") && killAfterMs !== undefined)
      setTimeout(() => child.kill("SIGKILL"), killAfterMs);
  });
  return new Promise((resolve, reject) => {
    child.once("exit", (code, signal) => {
      if (signal === "SIGKILL" || code === 0) resolve();
      else reject(new Error(`The process ended by itself (${code ?? signal}): ${errors.slice(0, 2000)}`));
    });
  });
}
