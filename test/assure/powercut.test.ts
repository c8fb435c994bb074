/** The power cut: the home lies on an ext4 of its own, which is shut down without flushing in the middle of the load; then
 *  everything is killed, mounted again and held to the same promises as after a kill -9, which alone would hide what the page
 *  cache still had. HOLDFAST_TEST_CUTS sets the number of cuts (2; 20 for the full run), HOLDFAST_TEST_SEED repeats a run. */
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
import { mounting, program, root, unless } from "./requirement.ts";
import { createPowerVolume } from "./volume.ts";

const CUTS = Number(process.env["HOLDFAST_TEST_CUTS"] ?? 2);
const SEED = seedOfRun();
const SENDERS = 3;
const DISK_MIB = 4_096;
const OPEN_WITHIN_MS = 30_000;

const skip = unless([
  root(),
  program("xfs_io", "xfsprogs"),
  program("mkfs.ext4", "e2fsprogs"),
  program("losetup", "mount"),
  root() === false && program("losetup", "mount") === false ? mounting("loop") : false,
]);

test(`${CUTS} power cuts under load, seed ${SEED}`, { skip, timeout: CUTS * 180_000 + 300_000 }, async (t) => {
  const random = seeded(SEED);
  const outside = mkdtempSync(join(tmpdir(), "holdfast-powercut-"));
  const volume = createPowerVolume(outside, DISK_MIB);
  const rules = join(outside, "rules");
  mkdirSync(rules);
  writeFileSync(join(rules, "marker.yml"), RULE);
  const ledger = await openLedger(join(outside, "acknowledged"));
  const options = {
    home: join(volume.path, "home"),
    rules: [rules],
    env: { HOLDFAST_DISK_RESERVE_BYTES: "64MB" },
  };
  let server = await startHoldfast(options);
  let load: Load | undefined;
  t.after(async () => {
    load?.abandon();
    await server.kill();
    await ledger.close();
    await volume.remove();
    rmSync(outside, { recursive: true, force: true });
  });
  const source = await createSource(createApi(server), "Power cut test");
  const counts = noCounts();
  const late: string[] = [];

  for (let cut = 0; cut < CUTS; cut += 1) {
    const target = () => ({
      url: server.url,
      token: server.token,
      key: source.key,
      sourceId: source.id,
      syslogPort: server.syslog.port,
    });
    load = startLoad({ target, ledger, round: cut, senders: SENDERS, counts });
    await sleep(random.between(2_000, 5_000));
    const before = counts.ackedEvents;
    // In a real cut nobody hears anything afterwards. Here a sync that is caught in the middle of the shutdown can still answer
    // well although the file's new length was never written, so what is said from now on is no promise.
    load.setHearing(false);
    volume.cutPower();
    await sleep(random.between(0, 500));
    await server.kill();
    await server.ended;
    await volume.powerUp();
    load.setHearing(true);
    server = await startHoldfast({ ...options, ports: server.ports });
    const limit = OPEN_WITHIN_MS * crowding();
    if (server.readyMs > limit)
      late.push(`cut ${cut + 1}: open after ${ms(server.readyMs)}, the limit is ${ms(limit)}`);
    await load.stop();
    const drained = await settle(createApi(server));
    t.diagnostic(
      `cut ${cut + 1}: ${before} events acknowledged until then, open after ${ms(server.readyMs)}, ` +
        `all searchable ${ms(drained)} after the load; ${crowding().toFixed(1)} times the cores' work on the machine`,
    );
  }

  const api = createApi(server);
  const verdict = await judge(api, ledger.all());
  const syslog = await assertSyslog(api);
  t.diagnostic(JSON.stringify({ seed: SEED, cuts: CUTS, ...verdict, syslog, ...counts, openNames: undefined }));
  assertVerdict(verdict, SENDERS);
  await assertChanges(api, { sourceId: source.id, counts });
  assert.deepEqual(late, []);
});
