/** kafka.test: a consumer group at the broker that librdkafka, Kafka's C client, brings for tests (in Debian's kcat), with messages that
 *  kcat produces in every compression that is read: metadata, offsets after the spool, refusal, stop and start. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect as connectPlain } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createServer as createTlsServer, type Server, type TLSSocket } from "node:tls";
import kafkajs from "kafkajs";
import { CONTEXT, none, startTestIngest, type TestIngest } from "../../ingest/testing.ts";
import type { Pulls } from "../index.ts";
import { missing, openPulls, type Program, pullUntil, startProgram } from "./area.testing.ts";

const skip = missing({ kcat: "kcat" });

/** Why the broker cannot be put into a network of its own; false when it can. */
const cellMissing =
  missing({ unshare: "util-linux", ip: "iproute2", openssl: "openssl" }) ||
  (spawnSync("unshare", ["-rn", "true"]).status === 0 ? false : "this system lets nobody make a network of their own");
for (const lack of [skip, cellMissing])
  if (lack !== false && process.env["HOLDFAST_TEST_REQUIRE"] === "all") throw new Error(String(lack));

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
    for (const compression of ["gzip", "snappy", "zstd", "lz4"]) produce(200, compression);
    const body = { name: "Events of Kafka", ...entered("holdfast"), since: EPOCH };
    const { id } = await pulls.routes.addPull({ ...none, body }, CONTEXT);
    await pullUntil(pulls, id, ({ taken, state }) => taken >= 1200 && state === "listening");
    assert.equal((await complete(id)).length, 1200);
    for (const deadline = Date.now() + 60_000; (await committed("holdfast")) < 1200; await sleep(50))
      assert.ok(Date.now() < deadline, "the offsets are not committed");

    ingest.refuse("the disk is full");
    produce(300, "none");
    const held = await pullUntil(pulls, id, ({ lastError }) => lastError?.includes("the disk is full") === true);
    assert.equal(held.taken, 1200);
    assert.equal(await committed("holdfast"), 1200);
    ingest.refuse(undefined);
    await pulls.routes.runPull({ ...none, params: { id } }, CONTEXT);
    await pullUntil(pulls, id, ({ taken }) => taken > 1200);

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

  test("over TLS: brokers are believed by their authority only, and hear who we are by our certificate", {
    skip: cellMissing,
  }, async (t) => {
    const cell = await openTlsBroker();
    t.after(() => cell.close());
    // TLS is spoken by this process: it must not stand still meanwhile.
    const producer = startProgram("kcat", [
      ...["-P", "-b", cell.address, "-t", "sealed", "-X", "security.protocol=ssl"],
      ...["-X", `ssl.ca.location=${cell.at("cert.pem")}`],
      ...["-X", `ssl.certificate.location=${cell.at("cert.pem")}`, "-X", `ssl.key.location=${cell.at("key.pem")}`],
    ]);
    producer.child.stdin?.end(Array.from({ length: 50 }, (_, n) => `{"sealed":${n}}\n`).join(""));
    await producer.ended;
    assert.equal(producer.child.exitCode, 0, producer.output());
    const pem = (name: string): string => readFileSync(cell.at(name), "utf8");
    const settings = { brokers: [cell.address], topics: ["sealed"], group: "sealed", encrypted: true };
    const known = { ...settings, authority: pem("cert.pem") };
    const told = { ...known, certificate: pem("cert.pem") };
    const attempt = async (with_: object, secrets: Record<string, string>) => {
      const body = { kind: "kafka", settings: { ...with_ }, secrets, allow: ["127.0.0.1"] };
      const { ok, answers } = await pulls.routes.tryPull({ ...none, body }, CONTEXT);
      return { ok, said: answers[0]?.said ?? "", records: answers[0]?.records };
    };
    assert.match((await attempt(settings, {})).said, /certificate/i, "an authority that nobody knows");
    assert.equal((await attempt(known, {})).ok, false, "without a certificate of ours");
    const key = pem("key.pem");
    const { ok, said, records } = await attempt(told, { key });
    assert.deepEqual([ok, records], [true, 50], said);
    const { id } = await pulls.routes.addPull(
      {
        ...none,
        body: { name: "Sealed", kind: "kafka", settings: told, secrets: { key }, allow: ["127.0.0.1"], since: EPOCH },
      },
      CONTEXT,
    );
    await pullUntil(pulls, id, ({ taken }) => taken >= 50);
    await ingest.through(id, 50);
    const stored = (await ingest.raws(id)).map((raw) => (JSON.parse(raw) as { value: string }).value);
    assert.equal(new Set(stored).size, 50);
  });
});

/** The test broker behind TLS that asks for a certificate: it stands in a network of its own, TLS at the address that it names. */
async function openTlsBroker() {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-kafka-"));
  const at = (name: string): string => join(folder, name);
  const subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
  const made = spawnSync("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"],
    ...[...subject, "-keyout", at("key.pem"), "-out", at("cert.pem")],
  ]);
  assert.equal(made.status, 0, String(made.stderr));
  const script = new URL("./kafka-cell.testing.ts", import.meta.url).pathname;
  const cell = startProgram("unshare", ["-rn", process.execPath, script, at("socket")]);
  await cell.says("broker ");
  const port = Number(/broker (\d+)/.exec(cell.output())?.[1]);
  const [cert, key] = [readFileSync(at("cert.pem")), readFileSync(at("key.pem"))];
  const open = new Set<TLSSocket>();
  const server: Server = createTlsServer(
    { cert, key, ca: cert, requestCert: true, rejectUnauthorized: true },
    (near) => {
      open.add(near);
      const far = connectPlain(at("socket"));
      near.pipe(far).pipe(near);
      for (const end of [near, far])
        end.on("error", () => {
          near.destroy();
          far.destroy();
        });
      near.on("close", () => open.delete(near));
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    at,
    address: `127.0.0.1:${port}`,
    close: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      // Its end ends the broker inside.
      cell.child.stdin?.end();
      await cell.ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
