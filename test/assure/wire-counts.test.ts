/** wire-counts.test: what is acknowledged over each protocol is stored, and what is received is counted, through kill -9 of the whole
 *  server while all of them send. HOLDFAST_TEST_ROUNDS sets the kills (2). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startHoldfast } from "../e2e/server.ts";
import { createApi } from "./api.ts";
import { settle } from "./oracle.ts";
import { seeded, seedOfRun } from "./random.ts";
import { startWireLoad } from "./wire-load.ts";
import { PROTOCOLS } from "./wire-protocols.ts";

const ROUNDS = Number(process.env["HOLDFAST_TEST_ROUNDS"] ?? 2);
const SEED = seedOfRun();
/** Of a connection, which no protocol over TCP without an answer survives. */
const ANSWERING = PROTOCOLS.filter(({ path }) => path !== undefined);
const PAUSE_MS = 20;

test(`${ROUNDS} kills while ${ANSWERING.length} protocols send, seed ${SEED}`, async (t) => {
  const random = seeded(SEED);
  let server = await startHoldfast({});
  t.after(async () => {
    await server.kill();
    await server.stop();
  });
  const api = createApi(server);
  const loads = await Promise.all(
    ANSWERING.map(async (protocol) => {
      const name = `Count of ${protocol.name}`;
      const made = (await api.post("/api/sources", { name, kind: protocol.kind })) as {
        readonly source: { readonly id: string };
        readonly key: string;
      };
      const at = () => ({ url: server.url, syslogPort: server.syslog.port });
      const load = startWireLoad({ at, key: made.key, protocol, connections: 1, pauseMs: PAUSE_MS });
      return { protocol, source: made.source.id, load };
    }),
  );
  const { home, ports } = server;
  for (let round = 0; round < ROUNDS; round += 1) {
    await sleep(random.between(1_500, 3_000));
    await server.kill();
    await server.ended;
    server = await startHoldfast({ home, ports });
  }
  await sleep(1_000);
  await Promise.all(loads.map(({ load }) => load.stop()));
  const after = createApi(server);
  await settle(after);
  for (const { protocol, source, load } of loads) {
    const { events, failed, unanswered } = load.counts();
    const counted = (await after.get(`/api/sources/${source}`)) as Record<
      "received" | "stored" | "quarantined",
      number
    >;
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
    if (protocol.distinct === undefined) continue;
    const [row] = (await after.search({ query: protocol.distinct(source) })).rows;
    const [rows, once] = [Number(row?.[0]), Number(row?.[1])];
    assert.equal(rows, counted.stored, `${protocol.name}: what is counted is there`);
    assert.ok(once >= events, `${protocol.name}: ${events} acknowledged, ${once} different ones are there`);
  }
});
