/** The full disk: the home lies on a small file system that the server's own events fill, and then on one that something else
 *  fills to the last byte. Ingest is refused with a time to come back, everything else works, also after a restart, and when
 *  there is room again it goes on by itself. */
import assert from "node:assert/strict";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, statfsSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type RunningServer, startHoldfast } from "../e2e/server.ts";
import { createApi, createSource, login } from "./api.ts";
import { type Attempt, RULE } from "./ledger.ts";
import { postBatch } from "./load.ts";
import { crowding, milliseconds as ms } from "./machine.ts";
import { judge, settle } from "./oracle.ts";
import { mounting, root, unless } from "./requirement.ts";
import { createSmallVolume } from "./volume.ts";

const MIB = 2 ** 20;
/** The event store refuses to write into the last 100 MB; the reserve must be above that, as it is by default. */
const DISK_MIB = 700;
const RESERVE_MIB = 160;
const FILLER_MIB = 260;
/** A start may find a little room: half-written parts and old logs of the engines are removed by it. */
const TIDIED_MIB = 100;
const RESUMES_WITHIN_MS = 10_000;
const skip = unless([root(), root() === false ? mounting("tmpfs") : false]);
const OPTIONS = { timeout: 600_000 };

describe("a full disk", { skip }, () => {
  test(
    "filled by events: ingest waits, the rest works, restart works, nothing acknowledged is lost",
    OPTIONS,
    async (t) => {
      const place = await openPlace(t);
      // Room that is given back later, as if somebody had tidied up.
      writeFileSync(join(place.volume, "filler"), Buffer.alloc(FILLER_MIB * MIB, 1));
      await place.start();
      const sender = senderTo(place);
      const refusal = await sender.untilRefused(1_500 * MIB);
      t.diagnostic(`${sender.acked.length} batches acknowledged, then ${refusal.status} ${refusal.code}`);
      assert.equal(refusal.status, 503, refusal.code);
      assert.ok(Number(refusal.retryAfter) > 0, "it says when to come back");
      await restWorks(place);

      await place.server().stop();
      await place.start();
      t.diagnostic(`started again on the full disk in ${ms(place.server().readyMs)}`);
      await restWorks(place);
      assert.equal((await sender.untilRefused(TIDIED_MIB * MIB)).status, 503, "full again after the restart");

      await place.server().kill();
      await place.start();
      await restWorks(place);
      assert.equal((await sender.untilRefused(TIDIED_MIB * MIB)).status, 503, "full again after a kill");

      rmSync(join(place.volume, "filler"));
      t.diagnostic(`took events again ${ms(await resumes(sender))} after there was room`);
      await nothingLost(place, sender.acked);
    },
  );

  test("filled by others to the last byte: the same, and again when even the reserve is taken", OPTIONS, async (t) => {
    const place = await openPlace(t);
    await place.start();
    const sender = senderTo(place);
    for (let n = 0; n < 20; n += 1) assert.equal((await sender.one()).status, 200);
    // What is acknowledged waits in the spool: a search on the full disk finds only what was stored before it was full.
    await settle(createApi(place.server()), 60_000);

    fill(join(place.volume, "junk-1"));
    const refusal = await sender.untilRefused(200 * MIB);
    assert.equal(refusal.status, 503, refusal.code);
    assert.ok(Number(refusal.retryAfter) > 0, "it says when to come back");
    await untilRestWorks(place);
    assert.equal((await sender.one()).status, 503);
    await place.server().kill();
    await place.start();
    await untilRestWorks(place);
    assert.equal((await sender.one()).status, 503, "still full after a kill");

    // Now the ballast's room goes too: nothing can be promised but that nothing is lost and it comes back.
    fill(join(place.volume, "junk-2"));
    await sleep(3_000);
    assert.equal((await sender.one()).status, 503);
    rmSync(join(place.volume, "junk-1"));
    rmSync(join(place.volume, "junk-2"));
    t.diagnostic(`took events again ${ms(await resumes(sender))} after there was room`);
    await nothingLost(place, sender.acked);
  });
});

interface Place {
  readonly volume: string;
  server(): RunningServer;
  /** On the same home and ports. */
  start(): Promise<void>;
  source(): { readonly id: string; readonly key: string };
}

async function openPlace(t: TestContext): Promise<Place> {
  const outside = mkdtempSync(join(tmpdir(), "holdfast-diskfull-"));
  const volume = createSmallVolume(outside, DISK_MIB);
  const rules = join(outside, "rules");
  mkdirSync(rules);
  writeFileSync(join(rules, "marker.yml"), RULE);
  let server: RunningServer | undefined;
  let source: { id: string; key: string } | undefined;
  t.after(async () => {
    await server?.kill();
    await volume.remove();
    rmSync(outside, { recursive: true, force: true });
  });
  const current = (): RunningServer => server ?? assert.fail("the server was not started");
  return {
    volume: volume.path,
    server: current,
    start: async () => {
      const ports = server?.ports;
      server = await startHoldfast({
        home: join(volume.path, "home"),
        rules: [rules],
        env: { HOLDFAST_DISK_RESERVE_BYTES: `${RESERVE_MIB}MB`, HOLDFAST_SPOOL_MAX_BYTES: "64MB" },
        ...(ports === undefined ? {} : { ports }),
      });
      source ??= await createSource(createApi(server), "Disk full test");
    },
    source: () => source ?? assert.fail("the server was not started"),
  };
}

const BATCH = { count: 100, padding: 4_000 };

function senderTo(place: Place) {
  const acked: Attempt[] = [];
  let batch = 0;
  const one = async () => {
    const attempt: Attempt = { round: 0, sender: 0, batch, attempt: 1, at: Date.now(), ...BATCH };
    batch += 1;
    const answer = await postBatch({ url: place.server().url, key: place.source().key }, attempt);
    if (answer.status === 200) acked.push(attempt);
    return answer;
  };
  return {
    acked,
    one,
    /** The first answer that is neither "taken" nor "too fast". */
    untilRefused: async (mostBytes: number) => {
      for (let sent = 0; sent < mostBytes; ) {
        const answer = await one();
        if (answer.status === 200) sent += BATCH.count * BATCH.padding;
        else if (answer.status === 429 || answer.code === "SPOOL_FULL") await sleep(100);
        else return answer;
      }
      return assert.fail(`${mostBytes} bytes were taken although the disk has ${DISK_MIB} MiB`);
    },
  };
}

/** Search, login, a change and its audit entry. */
async function restWorks(place: Place): Promise<void> {
  const server = place.server();
  const api = createApi(server);
  const { rows } = await api.search({ query: "host:crash-0 | stats count" });
  assert.ok(Number(rows[0]?.[0]) > 0, "search finds events");
  assert.match(await login(server), /^holdfast_session=/);
  const name = `Disk full ${Date.now()}`;
  const changed = await api.call("PATCH", `/api/sources/${place.source().id}`, { name });
  assert.equal(changed.status, 200, JSON.stringify(changed.body));
  const entries = (await api.get("/api/audit?action=source.updated&limit=1")) as { items: { details: object }[] };
  assert.deepEqual(entries.items[0]?.details, { name });
  assert.equal(((await api.get("/api/audit/verify")) as { ok: boolean }).ok, true);
}

/** The state store may have to start again after it met the last byte. */
async function untilRestWorks(place: Place): Promise<void> {
  const until = performance.now() + 20_000 * crowding();
  for (;;) {
    try {
      return await restWorks(place);
    } catch (error) {
      if (performance.now() > until) throw error;
      await sleep(250);
    }
  }
}

async function resumes(sender: ReturnType<typeof senderTo>): Promise<number> {
  const started = performance.now();
  const limit = RESUMES_WITHIN_MS * crowding();
  while ((await sender.one().catch(() => undefined))?.status !== 200) {
    assert.ok(performance.now() - started < limit, `nothing is taken ${ms(limit)} after there was room`);
    await sleep(100);
  }
  return performance.now() - started;
}

async function nothingLost(place: Place, acked: readonly Attempt[]): Promise<void> {
  const api = createApi(place.server());
  await settle(api, 300_000);
  const verdict = await judge(api, acked);
  assert.deepEqual([verdict.lost, verdict.twice, verdict.unackedVisible], [0, 0, 0], JSON.stringify(verdict));
  assert.deepEqual([verdict.signals, verdict.counted], [verdict.marked, verdict.marked], JSON.stringify(verdict));
}

function fill(path: string): void {
  const file = openSync(path, "w");
  for (const chunk of [Buffer.alloc(MIB, 1), Buffer.alloc(4_096, 1)]) {
    try {
      for (;;) writeSync(file, chunk);
    } catch (error) {
      assert.ok(error instanceof Error && "code" in error && error.code === "ENOSPC", String(error));
    }
  }
  closeSync(file);
  assert.equal(statfsSync(path).bavail, 0);
}
