/** wire-counts.test: what each protocol is told and does while the queue is full, and that what is acknowledged over it is stored, and what
 *  is received is counted: through an event store that stands still, and through kill -9 of the whole server while all of them send.
 *  HOLDFAST_TEST_ROUNDS sets the kills (2). */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort, type RunningServer, startHoldfast } from "../e2e/server.ts";
import { type Api, createApi } from "./api.ts";
import { settle } from "./oracle.ts";
import { seeded, seedOfRun } from "./random.ts";
import { post, startWireLoad } from "./wire-load.ts";
import { PROTOCOLS, type Protocol, SERIES } from "./wire-protocols.ts";
import { type Conversation, exportByGrpc, speakFluent, speakLines, speakRelp } from "./wire-sockets.ts";

const ROUNDS = Number(process.env["HOLDFAST_TEST_ROUNDS"] ?? 2);
const SEED = seedOfRun();
/** Of a connection, which no protocol over TCP without an answer survives. */
const ANSWERING = PROTOCOLS.filter(({ path }) => path !== undefined);
const PAUSE_MS = 20;
const MIB = 2 ** 20;

describe("counts of every protocol", () => {
  const inputs = { relp: 0, fluent: 0, gelf: 0, otlp: 0 };
  let server: RunningServer;
  let api: Api;

  const start = (again?: RunningServer): Promise<RunningServer> =>
    startHoldfast({
      ...(again === undefined ? {} : { home: again.home, ports: again.ports }),
      env: {
        // The smallest there is, so that it is full soon.
        HOLDFAST_SPOOL_MAX_BYTES: String(16 * MIB),
        HOLDFAST_SYSLOG_RELP_PORT: String(inputs.relp),
        HOLDFAST_INPUTS_FLUENT_PORT: String(inputs.fluent),
        HOLDFAST_INPUTS_GELF_TCP_PORT: String(inputs.gelf),
        HOLDFAST_INPUTS_OTLP_PORT: String(inputs.otlp),
      },
    });

  before(async () => {
    for (const name of Object.keys(inputs) as (keyof typeof inputs)[]) inputs[name] = await freePort();
    server = await start();
    api = createApi(server);
  });
  after(async () => {
    await server.kill();
    await server.stop();
  });

  async function add(kind: string, name: string): Promise<{ id: string; key: string }> {
    const made = (await api.post("/api/sources", { name, kind })) as { source: { id: string }; key: string };
    return { id: made.source.id, key: made.key };
  }

  interface Counts {
    readonly received: number;
    readonly stored: number;
    readonly quarantined: number;
    readonly rejected: number;
  }
  const countsOf = async (source: string): Promise<Counts> => (await api.get(`/api/sources/${source}`)) as Counts;

  /** Waits for what stands in memory and is written down every few seconds, or for what is still on its way. */
  async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    for (const deadline = performance.now() + 120_000; !(await holds()); await sleep(50))
      assert.ok(performance.now() < deadline, what);
  }

  /** Rows of its events or points, and how many different ones where events are numbered. */
  async function rowsOf({ distinct, metric }: Protocol, source: string): Promise<{ rows: number; once?: number }> {
    if (distinct !== undefined) {
      const [row] = (await api.search({ query: distinct(source) })).rows;
      return { rows: Number(row?.[0]), once: Number(row?.[1]) };
    }
    if (metric === undefined) {
      const [row] = (await api.search({ query: `source:${source} | stats count` })).rows;
      return { rows: Number(row?.[0]) };
    }
    const query = `metric ${metric} source:${source} count span=1d`;
    const { rows } = await api.search({ query, from: "now-1h", to: "now" });
    return { rows: rows.reduce((sum, row) => sum + Number(row[1] ?? 0), 0) };
  }

  const send = (protocol: Protocol, { key, first }: { key: string; first: number }) =>
    post({
      url: `${server.url}${protocol.path?.(key) ?? ""}`,
      headers: protocol.headers?.(key) ?? {},
      body: protocol.body(first, protocol.batch, key),
    });
  const isTaken = ({ status }: { status: number }): boolean => status >= 200 && status < 300;

  test("with a full queue each protocol is told so in its own words, and afterwards all of it is stored", async () => {
    const spoken = await Promise.all(
      ANSWERING.map(async (protocol) => {
        const { id, key } = await add(protocol.kind ?? "", `Overload of ${protocol.name}`);
        return { protocol, id, key };
      }),
    );
    const [filler, grpc] = await Promise.all([add("http", "Filler"), add("otlp", "Overload of gRPC")]);
    for (const { protocol, key } of spoken) {
      const answer = await send(protocol, { key, first: 0 });
      assert.ok(isTaken(answer), `${protocol.name}: ${answer.status} ${answer.text}`);
    }
    const talks: Record<"syslog-relp" | "fluent" | "syslog-tcp" | "gelf-tcp", Conversation> = {
      "syslog-relp": await speakRelp(inputs.relp),
      fluent: await speakFluent(inputs.fluent),
      "syslog-tcp": await speakLines(server.syslog.port),
      "gelf-tcp": await speakLines(inputs.gelf, true),
    };
    for (const talk of Object.values(talks)) talk.send(0, 10);
    await until(
      "both are acknowledged",
      () => talks["syslog-relp"].acknowledged() === 10 && talks.fluent.acknowledged() === 10,
    );
    await settle(api);

    const { events } = server.pids();
    assert.ok(events !== undefined);
    process.kill(events, "SIGSTOP");
    let filled = 0;
    try {
      // Down to the last bytes, so that nothing of anybody fits any more.
      for (let size = MIB / 2; size >= 16; size = size / 2)
        for (;;) {
          const headers = { authorization: `Bearer ${filler.key}`, "content-type": "application/x-ndjson" };
          const body = `{"fill":"${"x".repeat(size)}"}\n`;
          const answer = await post({ url: `${server.url}/api/ingest/events`, headers, body });
          if (!isTaken(answer)) break;
          filled += 1;
        }
      const open: Promise<boolean>[] = [];
      for (const { protocol, key } of spoken) {
        const asked = send(protocol, { key, first: protocol.batch });
        if (protocol.overload === "no answer") {
          const answered = asked.then(isTaken);
          assert.equal(await Promise.race([answered, sleep(1_500, "no answer")]), "no answer", protocol.name);
          open.push(answered);
          continue;
        }
        const answer = await asked;
        assert.equal(answer.status, protocol.overload?.status, `${protocol.name}: ${answer.text}`);
        assert.match(answer.text, protocol.overload?.says ?? /^$/, protocol.name);
        assert.equal(answer.headers["retry-after"], "10", protocol.name);
      }
      const refused = await exportByGrpc({ port: inputs.otlp, key: grpc.key, first: 0, count: 30 });
      assert.deepEqual([refused.status, /google\.rpc\.RetryInfo/.test(refused.details)], [14, true]);
      for (const name of ["syslog-relp", "fluent"] as const) talks[name].send(10, 20);
      // More than the systems on both sides keep for a connection.
      for (const name of ["syslog-tcp", "gelf-tcp"] as const) talks[name].send(10, 20_000);
      const udp = createSocket("udp4");
      for (let n = 0; n < 20; n += 1)
        await new Promise<void>((resolve) =>
          udp.send(`<13>1 - web-1 shop - - - request ${n}`, server.syslog.port, "127.0.0.1", () => resolve()),
        );
      udp.close();
      await sleep(1_500);
      assert.deepEqual(
        [talks["syslog-relp"].acknowledged(), talks.fluent.acknowledged()],
        [10, 10],
        "nothing is acknowledged",
      );
      for (const name of ["syslog-tcp", "gelf-tcp"] as const)
        assert.ok(talks[name].waiting() > 0, `${name}: a connection without answers is not read`);

      process.kill(events, "SIGCONT");
      for (const { protocol, key } of spoken) {
        if (protocol.overload === "no answer") continue;
        await until(`${protocol.name} is taken again`, async () =>
          isTaken(await send(protocol, { key, first: protocol.batch })),
        );
      }
      await until("gRPC is taken again", async () => {
        const { status } = await exportByGrpc({ port: inputs.otlp, key: grpc.key, first: 0, count: 30 });
        return status === 0;
      });
      assert.deepEqual(
        await Promise.all(open),
        open.map(() => true),
      );
    } finally {
      process.kill(events, "SIGCONT");
    }
    await until(
      "both acknowledge the rest",
      () => talks["syslog-relp"].acknowledged() === 30 && talks.fluent.acknowledged() === 30,
    );
    await Promise.all(Object.values(talks).map((talk) => talk.end()));
    await settle(api);
    const expected = new Map<string, number>([
      ...spoken.map(({ protocol, id }) => [id, 2 * protocol.batch] as const),
      [filler.id, filled],
      [grpc.id, 30],
      ["syslog-relp", 30],
      ["fluent", 30],
      ["gelf-tcp", 20_010],
      ["syslog-tcp", 20_010],
    ]);
    for (const [id, count] of expected) {
      await until(`${count} of ${id} are stored`, async () => {
        const { stored, quarantined } = await countsOf(id);
        return stored + quarantined >= count;
      });
      const { received, stored, quarantined } = await countsOf(id);
      assert.deepEqual([id, received, stored, quarantined], [id, count, count, 0]);
    }
    for (const { protocol, id } of spoken) {
      const { rows, once } = await rowsOf(protocol, id);
      assert.equal(rows, 2 * protocol.batch, `${protocol.name}: what is counted is there`);
      if (once !== undefined) assert.equal(once, rows, protocol.name);
    }
    // Over UDP nobody can be told: what was not taken is counted.
    await until("datagrams that were dropped are counted", async () => {
      const { stored, rejected } = await countsOf("syslog-udp");
      return stored + rejected >= 20;
    });
    const { stored, rejected } = await countsOf("syslog-udp");
    assert.deepEqual([stored, rejected], [0, 20]);
  });

  test(`${ROUNDS} kills while ${ANSWERING.length} protocols send, seed ${SEED}`, async (t) => {
    const random = seeded(SEED);
    const loads = await Promise.all(
      ANSWERING.map(async (protocol) => {
        const { id: source, key } = await add(protocol.kind ?? "", `Count of ${protocol.name}`);
        const at = () => ({ url: server.url, syslogPort: server.syslog.port });
        const load = startWireLoad({ at, key, protocol, connections: 1, pauseMs: PAUSE_MS });
        return { protocol, source, load };
      }),
    );
    for (let round = 0; round < ROUNDS; round += 1) {
      await sleep(random.between(1_500, 3_000));
      await server.kill();
      await server.ended;
      server = await start(server);
    }
    await sleep(1_000);
    await Promise.all(loads.map(({ load }) => load.stop()));
    api = createApi(server);
    await settle(api);
    for (const { protocol, source, load } of loads) {
      const { events, failed, unanswered } = load.counts();
      const counted = await countsOf(source);
      t.diagnostic(
        `${protocol.name}: ${events} acknowledged, ${unanswered} without an answer, ${JSON.stringify(counted.stored)} stored`,
      );
      assert.ok(events > 0, `${protocol.name}: nothing was acknowledged`);
      assert.equal(failed, 0, `${protocol.name}: answers that are neither yes nor later`);
      assert.equal(counted.quarantined, 0, protocol.name);
      assert.equal(counted.received, counted.stored, `${protocol.name}: received is stored`);
      assert.ok(
        counted.stored >= events && counted.stored <= events + unanswered,
        `${protocol.name}: ${counted.stored} stored`,
      );
      const { rows, once } = await rowsOf(protocol, source);
      // A point that is sent again after a kill is the same point: it is counted twice, and drawn once.
      if (protocol.metric === undefined)
        assert.equal(rows, counted.stored, `${protocol.name}: what is counted is there`);
      else
        assert.ok(
          rows >= Math.min(events, SERIES) && rows <= counted.stored,
          `${protocol.name}: ${rows} of ${events} points are there`,
        );
      if (once !== undefined)
        assert.ok(once >= events, `${protocol.name}: ${events} acknowledged, ${once} different ones are there`);
    }
  });
});
