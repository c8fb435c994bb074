/** nats.test: Debian's nats-server as a source: TLS, user and password, an nkey; the server killed and started again, Holdfast stopped and
 *  started again, ingest refusing: no message is lost. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, credsAuthenticator, type NatsConnection, nkeys } from "@nats-io/transport-node";
import { CONTEXT, none, startTestIngest, type TestIngest } from "../../ingest/testing.ts";
import type { Pulls } from "../index.ts";
import { freePort, missing, openPulls, type Program, pullUntil, startProgram } from "./area.testing.ts";

const skip = missing({ "nats-server": "nats-server", openssl: "openssl" });
if (skip !== false && process.env["HOLDFAST_TEST_REQUIRE"] === "all") throw new Error(skip);

describe("NATS JetStream as a source", { skip }, () => {
  const directory = mkdtempSync(join(tmpdir(), "holdfast-nats-"));
  const at = (name: string): string => join(directory, name);
  const nkey = nkeys.createUser();
  let ingest: TestIngest;
  let pulls: Pulls;
  let server: Program;
  let port = 0;

  before(async () => {
    const made = spawnSync("openssl", [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"],
      ...[
        "-subj",
        "/CN=127.0.0.1",
        "-addext",
        "subjectAltName=IP:127.0.0.1,DNS:localhost",
        "-keyout",
        at("key.pem"),
        "-out",
        at("cert.pem"),
      ],
    ]);
    assert.equal(made.status, 0, String(made.stderr));
    [ingest, port] = await Promise.all([startTestIngest(), freePort()]);
    writeFileSync(
      at("server.conf"),
      `listen: "127.0.0.1:${port}"
jetstream { store_dir: "${directory}" }
tls { cert_file: "${at("cert.pem")}", key_file: "${at("key.pem")}" }
authorization { users: [ { user: "holdfast", password: "a password" }, { nkey: "${nkey.getPublicKey()}" } ] }
`,
    );
    await startServer();
    pulls = await openPulls(ingest);
  });
  after(async () => {
    await pulls.stop();
    await server.kill();
    await ingest.close();
    rmSync(directory, { recursive: true, force: true });
  });

  async function startServer(): Promise<void> {
    server = startProgram("nats-server", ["-c", at("server.conf")]);
    await server.says("Server is ready");
  }

  async function asOwner<T>(work: (connection: NatsConnection) => Promise<T>): Promise<T> {
    const connection = await connect({
      servers: `localhost:${port}`,
      user: "holdfast",
      pass: "a password",
      tls: { ca: readFileSync(at("cert.pem"), "utf8") },
    });
    try {
      return await work(connection);
    } finally {
      await connection.close();
    }
  }

  const publish = (from: number, count: number): Promise<void> =>
    asOwner(async (connection) => {
      const stream = jetstream(connection);
      const sent = Array.from({ length: count }, (_, n) => stream.publish("logs.web", JSON.stringify({ n: from + n })));
      await Promise.all(sent);
    });

  const body = () => ({
    kind: "nats",
    settings: {
      servers: [`tls://127.0.0.1:${port}`],
      stream: "LOGS",
      user: "holdfast",
      authority: readFileSync(at("cert.pem"), "utf8"),
    },
    secrets: { password: "a password" },
    allow: ["127.0.0.1"],
    since: new Date(Date.now() - 3_600_000).toISOString(),
  });

  async function numbers(id: string): Promise<number[]> {
    return (await ingest.raws(id)).map((raw) => {
      const message = JSON.parse(raw) as { value: string; subject: string; sequence: number };
      assert.equal(message.subject, "logs.web");
      const { n } = JSON.parse(message.value) as { n: number };
      assert.equal(message.sequence, n + 1);
      return n;
    });
  }

  test("a trial says what the server says, and takes nothing", async () => {
    await asOwner(async (connection) => {
      await (await jetstreamManager(connection)).streams.add({ name: "LOGS", subjects: ["logs.>"] });
    });
    await publish(0, 1000);
    const { since: _, ...entered } = body();
    const tried = await pulls.routes.tryPull({ ...none, body: entered }, CONTEXT);
    assert.deepEqual([tried.ok, tried.answers[0]?.records, tried.answers[0]?.sample], [true, 1000, '{"n":0}']);
    const wrong = await pulls.routes.tryPull({ ...none, body: { ...entered, secrets: { password: "x" } } }, CONTEXT);
    assert.match(wrong.answers[0]?.said ?? "", /Authorization Violation/i);
    const untrusted = { ...entered, settings: { ...entered.settings, authority: undefined } };
    const refused = await pulls.routes.tryPull({ ...none, body: untrusted }, CONTEXT);
    assert.match(refused.answers[0]?.said ?? "", /certificate/i);
    const outside = await pulls.routes.tryPull({ ...none, body: { ...entered, allow: [] } }, CONTEXT);
    assert.match(outside.answers[0]?.said ?? "", /allow list/);
  });

  test("the server killed, Holdfast stopped, ingest refusing, one after the other: every message is stored", async () => {
    const { id } = await pulls.routes.addPull({ ...none, body: { name: "Events of NATS", ...body() } }, CONTEXT);
    await pullUntil(pulls, id, ({ taken, state }) => taken === 1000 && state === "listening");
    await server.kill();
    await pullUntil(pulls, id, ({ state, lastError }) => state === "backing-off" && lastError !== null);
    await startServer();
    await publish(1000, 1000);
    await pulls.routes.runPull({ ...none, params: { id } }, CONTEXT);
    await pullUntil(pulls, id, ({ taken }) => taken > 1000);
    // In the middle: some of the second thousand are taken.
    await pulls.stop();
    await ingest.restart();
    await publish(2000, 1000);
    pulls = await openPulls(ingest);
    await pulls.routes.runPull({ ...none, params: { id } }, CONTEXT);
    await pullUntil(pulls, id, ({ taken }) => taken >= 3000);
    ingest.refuse("the disk is full");
    await publish(3000, 500);
    const held = await pullUntil(pulls, id, ({ state }) => state === "held");
    assert.match(held.lastError ?? "", /the disk is full/);
    const waiting = await asOwner(async (connection) => {
      const info = await (await jetstreamManager(connection)).consumers.info("LOGS", "holdfast");
      return info.num_ack_pending + info.num_pending;
    });
    assert.ok(waiting >= 500, `${waiting} wait at the server`);
    ingest.refuse(undefined);
    await pulls.routes.runPull({ ...none, params: { id } }, CONTEXT);
    await pullUntil(pulls, id, (pull) => pull.taken >= 3500);
    let stored: number[] = [];
    // What was given and not acknowledged the server gives again, after 30 s at the latest.
    for (const deadline = Date.now() + 90_000; new Set(stored).size < 3500; stored = await numbers(id)) {
      assert.ok(Date.now() < deadline, `only ${new Set(stored).size} of 3500 are stored`);
      await sleep(100);
    }
    const { taken } = await pullUntil(pulls, id, () => true);
    const counts = await ingest.through(id, taken);
    assert.equal(counts.stored + counts.quarantined, taken);
    stored = await numbers(id);
    assert.equal(stored.length, taken);
    assert.ok(stored.every((n) => n >= 0 && n < 3500));
    assert.ok(stored.length <= 3500 + 3 * 500, `${stored.length} stored: no more than a batch twice for each stop`);
  });

  test("an nkey opens the same stream for another consumer", async () => {
    const { settings, ...rest } = body();
    const { user: _, ...others } = settings;
    const secrets = { nkey: new TextDecoder().decode(nkey.getSeed()) };
    const entered = { name: "By key", ...rest, settings: { ...others, consumer: "by-key" }, secrets };
    const { id } = await pulls.routes.addPull({ ...none, body: entered }, CONTEXT);
    await pullUntil(pulls, id, ({ taken }) => taken === 3500);
  });

  test("a credentials file opens a server that trusts an operator; another user's is refused", async () => {
    const operator = nkeys.createOperator();
    const [system, account, stranger] = [nkeys.createAccount(), nkeys.createAccount(), nkeys.createAccount()];
    const user = nkeys.createUser();
    const unlimited = {
      subs: -1,
      data: -1,
      payload: -1,
      imports: -1,
      exports: -1,
      wildcards: true,
      conn: -1,
      leaf: -1,
    };
    const storage = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 };
    const accountOf = (of: nkeys.KeyPair, limits: object) =>
      tokenOf({ signer: operator, subject: of, name: "A", nats: { type: "account", limits } });
    const credentialsBy = (signer: nkeys.KeyPair): string => {
      const nats = { type: "user", subs: -1, data: -1, payload: -1, pub: {}, sub: {} };
      const token = tokenOf({ signer, subject: user, name: "U", nats });
      const seed = new TextDecoder().decode(user.getSeed());
      return `-----BEGIN NATS USER JWT-----\n${token}\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n${seed}\n------END USER NKEY SEED------\n`;
    };
    const own = await freePort();
    const trusted = tokenOf({ signer: operator, subject: operator, name: "O", nats: { type: "operator" } });
    writeFileSync(
      at("operator.conf"),
      `listen: "127.0.0.1:${own}"
jetstream { store_dir: "${at("operator")}" }
operator: "${trusted}"
system_account: "${system.getPublicKey()}"
resolver: MEMORY
resolver_preload: {
  ${system.getPublicKey()}: "${accountOf(system, unlimited)}"
  ${account.getPublicKey()}: "${accountOf(account, { ...unlimited, ...storage })}"
}
`,
    );
    const other = startProgram("nats-server", ["-c", at("operator.conf")]);
    try {
      await other.says("Server is ready");
      const authenticator = credsAuthenticator(new TextEncoder().encode(credentialsBy(account)));
      const connection = await connect({ servers: `127.0.0.1:${own}`, authenticator });
      await (await jetstreamManager(connection)).streams.add({ name: "LOGS", subjects: ["logs.>"] });
      for (let n = 0; n < 50; n += 1) await jetstream(connection).publish("logs.web", JSON.stringify({ n }));
      await connection.close();
      const entered = (credentials: string) => ({
        kind: "nats",
        settings: { servers: [`nats://127.0.0.1:${own}`], stream: "LOGS" },
        secrets: { credentials },
        allow: ["127.0.0.1"],
      });
      const refused = await pulls.routes.tryPull({ ...none, body: entered(credentialsBy(stranger)) }, CONTEXT);
      assert.match(refused.answers[0]?.said ?? "", /Authorization Violation/i);
      const since = new Date(Date.now() - 3_600_000).toISOString();
      const body = { name: "By credentials", since, ...entered(credentialsBy(account)) };
      const { id } = await pulls.routes.addPull({ ...none, body }, CONTEXT);
      await pullUntil(pulls, id, ({ taken }) => taken === 50);
      assert.equal((await ingest.through(id, 50)).stored, 50);
    } finally {
      await other.kill();
    }
  });
});

/** As NATS' own tools sign what they hand out. */
function tokenOf(of: {
  readonly signer: nkeys.KeyPair;
  readonly subject: nkeys.KeyPair;
  readonly name: string;
  readonly nats: object;
}): string {
  const { signer, subject, name, nats } = of;
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = {
    jti: subject.getPublicKey(),
    iat: Math.floor(Date.now() / 1000),
    iss: signer.getPublicKey(),
    sub: subject.getPublicKey(),
    name,
    nats: { ...nats, version: 2 },
  };
  const text = `${part({ typ: "JWT", alg: "ed25519-nkey" })}.${part(claims)}`;
  return `${text}.${Buffer.from(signer.sign(new TextEncoder().encode(text))).toString("base64url")}`;
}
