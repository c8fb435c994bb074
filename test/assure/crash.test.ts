/** The crash test: kill -9 of the server, the state store, the event store, and all of them, at seeded moments under load.
 *  HOLDFAST_TEST_ROUNDS sets the number of rounds (4; 50 for the full run), HOLDFAST_TEST_SEED repeats a run. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startHoldfast } from "../e2e/server.ts";
import { createApi, createSource } from "./api.ts";
import { openLedger, RULE } from "./ledger.ts";
import { type Load, noCounts, startLoad } from "./load.ts";
import { crowding, milliseconds as ms } from "./machine.ts";
import { assertChanges, assertSyslog, assertVerdict, judge, settle } from "./oracle.ts";
import { seeded, seedOfRun } from "./random.ts";
import { type Fault, strike } from "./strike.ts";

const ROUNDS = Number(process.env["HOLDFAST_TEST_ROUNDS"] ?? 4);
const SEED = seedOfRun();
const SENDERS = 3;
/** On a machine that does nothing else; others' work on it is allowed for. */
const READY_WITHIN_MS = 10_000;
const FAULTS = ["server", "postgres", "events", "all"] as const satisfies readonly Fault[];

test(`${ROUNDS} rounds of kill -9 under load, seed ${SEED}`, { timeout: ROUNDS * 120_000 + 300_000 }, async (t) => {
  const random = seeded(SEED);
  const outside = mkdtempSync(join(tmpdir(), "holdfast-crash-"));
  const rules = join(outside, "rules");
  mkdirSync(rules);
  writeFileSync(join(rules, "marker.yml"), RULE);
  const ledger = await openLedger(join(outside, "acknowledged"));
  const options = { home: join(outside, "home"), rules: [rules] };
  let server = await startHoldfast(options);
  let load: Load | undefined;
  t.after(async () => {
    load?.abandon();
    await server.kill();
    await server.stop();
    await ledger.close();
    rmSync(outside, { recursive: true, force: true });
  });
  const source = await createSource(createApi(server), "Crash test");
  const counts = noCounts();
  const recovered: Record<Fault, number[]> = { server: [], postgres: [], events: [], all: [] };
  const gaps: number[] = [];
  const late: string[] = [];

  for (let round = 0; round < ROUNDS; round += 1) {
    const fault = FAULTS[round % FAULTS.length] ?? "all";
    const target = () => ({
      url: server.url,
      token: server.token,
      key: source.key,
      sourceId: source.id,
      syslogPort: server.syslog.port,
    });
    load = startLoad({ target, ledger, round, senders: SENDERS, counts });
    await sleep(random.between(500, 2_500));
    load.longestGap();
    const took = await strike(fault, random, {
      server,
      restart: async (onSpawn) => {
        server = await startHoldfast({ ...options, ports: server.ports, onSpawn });
        return server.readyMs;
      },
    });
    recovered[fault].push(took);
    const limit = READY_WITHIN_MS * crowding();
    if (took > limit) late.push(`round ${round + 1} ${fault}: ready after ${ms(took)}, the limit is ${ms(limit)}`);
    await sleep(random.between(200, 800));
    const gap = load.longestGap();
    gaps.push(gap);
    await load.stop();
    const drained = await settle(createApi(server));
    t.diagnostic(
      `round ${round + 1} ${fault}: ready after ${ms(took)}, longest time without an acknowledgement ${ms(gap)}, ` +
        `all searchable ${ms(drained)} after the load; ${crowding().toFixed(1)} times the cores' work on the machine`,
    );
  }

  const api = createApi(server);
  const verdict = await judge(api, ledger.all());
  const syslog = await assertSyslog(api);
  t.diagnostic(JSON.stringify({ seed: SEED, rounds: ROUNDS, ...verdict, syslog, ...counts, openNames: undefined }));
  for (const fault of FAULTS) t.diagnostic(`${fault}: ready ${recovered[fault].map(ms).join(" ")}`);
  t.diagnostic(`longest time without an acknowledgement: ${ms(Math.max(...gaps))}`);
  assertVerdict(verdict, SENDERS);
  await assertChanges(api, { sourceId: source.id, counts });
  assert.deepEqual(late, []);
});
