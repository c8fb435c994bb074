/** kafka.test: a consumer group at the broker that librdkafka, Kafka's C client, brings for tests (in Debian's kcat), with messages that
 *  kcat produces in every compression that is read: metadata, offsets after the spool, refusal, stop and start. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import kafkajs from "kafkajs";
import { CONTEXT, none, startTestIngest, type TestIngest } from "../../ingest/testing.ts";
import type { Pulls } from "../index.ts";
import { missing, openPulls, type Program, pullUntil, startProgram } from "./area.testing.ts";

const skip = missing({ kcat: "kcat" });
if (skip !== false && process.env["HOLDFAST_TEST_REQUIRE"] === "all") throw new Error(skip);

const EPOCH = new Date(0).toISOString();

describe("Kafka as a source", { skip }, () => {
  let ingest: TestIngest;
  let pulls: Pulls;
  let cluster: Program;
  let brokers = "";
  let produced = 0;

  before(async () => {
    ingest = await startTestIngest();
    cluster = startProgram("kcat", ["-C", "-b", "x", "-t", "z", "-X", "test.mock.num.brokers=1", "-d", "mock"]);
    await cluster.says("bootstrap.servers=127.0.0.1:");
    brokers = /bootstrap\.servers=([\d.:]+)/.exec(cluster.output())?.[1] ?? "";
    pulls = await openPulls(ingest);
  });
  after(async () => {
    await pulls.stop();
    await cluster.kill();
    await ingest.close();
  });

  function produce(count: number, compression: string): void {
    const lines = Array.from({ length: count }, (_, n) => `k${produced + n}:{"n":${produced + n}}\n`).join("");
    produced += count;
    const made = spawnSync(
      "kcat",
      ["-P", "-b", brokers, "-t", "logs", "-K", ":", "-H", "env=prod", "-X", `compression.codec=${compression}`],
      { input: lines, encoding: "utf8", timeout: 60_000 },
    );
    assert.equal(made.status, 0, made.stderr);
  }

  async function committed(group: string): Promise<number> {
    const admin = new kafkajs.Kafka({ brokers: [brokers], logCreator: () => () => {} }).admin();
    await admin.connect();
    const [topic] = await admin.fetchOffsets({ groupId: group, topics: ["logs"] });
    await admin.disconnect();
    return (topic?.partitions ?? []).reduce((sum, { offset }) => sum + Math.max(Number(offset), 0), 0);
  }

  async function numbers(id: string): Promise<number[]> {
    return (await ingest.raws(id)).map((raw) => {
      const message = JSON.parse(raw) as Record<string, unknown>;
      const { n } = JSON.parse(String(message["value"])) as { n: number };
      assert.deepEqual([message["topic"], message["key"], message["headers"]], ["logs", `k${n}`, { env: "prod" }]);
      assert.match(String(message["offset"]), /^\d+$/);
      assert.equal(typeof message["partition"], "number");
      return n;
    });
  }

  async function complete(id: string): Promise<number[]> {
    let stored: number[] = [];
    for (const deadline = Date.now() + 60_000; new Set(stored).size < produced; stored = await numbers(id)) {
      assert.ok(Date.now() < deadline, `only ${new Set(stored).size} of ${produced} are stored`);
      await sleep(50);
    }
    return stored;
  }

  const entered = (group: string) => ({
    kind: "kafka",
    settings: { brokers: [brokers], topics: ["logs"], group },
    secrets: {},
    allow: ["127.0.0.1"],
  });

  test("a trial tells what the topic holds; a broker that may not be reached is said so", async () => {
    produce(400, "none");
    const tried = await pulls.routes.tryPull({ ...none, body: entered("trial") }, CONTEXT);
    assert.deepEqual([tried.ok, tried.answers[0]?.records], [true, 400], JSON.stringify(tried));
    const outside = await pulls.routes.tryPull({ ...none, body: { ...entered("trial"), allow: [] } }, CONTEXT);
    assert.equal(outside.ok, false);
    assert.match(outside.answers[0]?.said ?? "", /allow list/);
  });

  test("every compression; offsets move only after the spool; refused, stopped and started again: everything is stored", async () => {
    for (const compression of ["gzip", "snappy", "zstd"]) produce(200, compression);
    const body = { name: "Events of Kafka", ...entered("holdfast"), since: EPOCH };
    const { id } = await pulls.routes.addPull({ ...none, body }, CONTEXT);
    await pullUntil(pulls, id, ({ taken, state }) => taken >= 1000 && state === "listening");
    assert.equal((await complete(id)).length, 1000);
    for (const deadline = Date.now() + 60_000; (await committed("holdfast")) < 1000; await sleep(50))
      assert.ok(Date.now() < deadline, "the offsets are not committed");

    ingest.refuse("the disk is full");
    produce(300, "none");
    const held = await pullUntil(pulls, id, ({ lastError }) => lastError?.includes("the disk is full") === true);
    assert.equal(held.taken, 1000);
    assert.equal(await committed("holdfast"), 1000);
    ingest.refuse(undefined);
    await pulls.routes.runPull({ ...none, params: { id } }, CONTEXT);
    await pullUntil(pulls, id, ({ taken }) => taken > 1000);

    await pulls.stop();
    await ingest.restart();
    produce(500, "snappy");
    pulls = await openPulls(ingest);
    await pulls.routes.runPull({ ...none, params: { id } }, CONTEXT);
    await pullUntil(pulls, id, ({ taken }) => taken >= produced);
    const stored = await complete(id);
    const { taken } = await pullUntil(pulls, id, () => true);
    const counts = await ingest.through(id, taken);
    assert.equal(counts.stored + counts.quarantined, taken);
    assert.ok(stored.length < produced + 500, `${stored.length} stored of ${produced}`);
  });

  test("a group that is new begins at the time it was told, not at the beginning", async () => {
    const body = { name: "From now on", ...entered("later"), since: new Date().toISOString() };
    const { id } = await pulls.routes.addPull({ ...none, body }, CONTEXT);
    await pullUntil(pulls, id, ({ state }) => state === "listening");
    const before = produced;
    produce(50, "none");
    await pullUntil(pulls, id, ({ taken }) => taken >= 50);
    await ingest.through(id, 50);
    assert.deepEqual(
      (await numbers(id)).sort((a, b) => a - b),
      Array.from({ length: 50 }, (_, n) => before + n),
    );
  });
});
