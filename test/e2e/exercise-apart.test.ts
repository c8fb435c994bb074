/** exercise-apart.test: what a source of an exercise sends changes no number of what is real: not the Floor, the sources, the estate, the
 *  rules, the queues or the searches; asked for by name, it is all there. On the real program. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type RunningServer, startHoldfast } from "./server.ts";

const RUN = "ex-test";

describe("an exercise's telemetry", { timeout: 600_000 }, () => {
  let server: RunningServer;
  before(async () => {
    server = await startHoldfast();
  });
  after(() => server?.stop());

  async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${server.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${server.token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${await answer.clone().text()}`);
    return (await answer.json()) as T;
  }
  const search = async (query: string): Promise<number> =>
    (await call<{ rows: unknown[] }>("POST", "/api/search", { query, from: "now-1d", limit: 1000 })).rows.length;
  const total = async (path: string): Promise<number> => (await call<{ items: unknown[] }>("GET", path)).items.length;

  /** Windows' log cleared, by somebody on a host: seen by a rule that comes with Holdfast. */
  async function send(name: string, host: string, exerciseId?: string): Promise<void> {
    const mark = exerciseId === undefined ? {} : { exerciseId };
    const { key } = await call<{ key: string }>("POST", "/api/sources", { name, ...mark });
    const record = {
      SourceName: "Microsoft-Windows-Eventlog",
      Channel: "Security",
      EventID: 1102,
      SubjectUserName: `user-of-${host}`,
      Hostname: host,
      TimeCreated: new Date().toISOString(),
    };
    const sent = await fetch(`${server.url}/api/ingest/events`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/x-ndjson" },
      body: JSON.stringify(record),
    });
    assert.ok(sent.ok, `${sent.status}`);
  }
  async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
    for (let look = 0; look < 300; look += 1) {
      if (await holds()) return;
      await sleep(200);
    }
    assert.fail(`It never came to this: ${what}.`);
  }
  interface Floor {
    readonly tiles: Record<string, number | null>;
    readonly events: readonly { readonly value: number }[];
    readonly sources: readonly { readonly id: string }[];
    readonly needsYou: readonly unknown[];
  }
  async function numbers() {
    const floor = await call<Floor>("GET", "/api/floor");
    const { items: rules } = await call<{ items: { id: string; matches24h: number; matchesTotal?: number }[] }>(
      "GET",
      "/api/rules?limit=1000",
    );
    const { eventsPerSecond: _rate, ...tiles } = floor.tiles;
    return {
      tiles,
      events: floor.events.reduce((sum, { value }) => sum + value, 0),
      floorSources: floor.sources.map(({ id }) => id),
      waiting: floor.needsYou.length,
      matches: rules.reduce((sum, { matches24h }) => sum + matches24h, 0),
      sources: await total("/api/sources"),
      assets: await total("/api/assets"),
      identities: await total("/api/identities"),
      alerts: await total("/api/alerts?limit=100"),
      incidents: await total("/api/incidents"),
      risk: await total("/api/risk"),
      found: await search(""),
    };
  }

  test("changes no number of what is real, and is all there where it is asked for", async () => {
    await send("Real", "real-1");
    await until("the real alert", async () => (await total("/api/alerts")) === 1);
    await until("the real match is counted", async () => (await numbers()).matches === 1);
    const before = await numbers();
    assert.deepEqual([before.events, before.assets, before.identities, before.found], [1, 1, 1, 1]);

    await send("Drill", "drill-1", RUN);
    await until("the alert of the exercise", async () => (await total(`/api/alerts?exercise=${RUN}`)) === 1);
    // The counts of rules are ten seconds old at most.
    await sleep(11_000);
    assert.deepEqual(await numbers(), before);

    assert.equal(await search(`exercise:${RUN}`), 1);
    assert.equal(await search("exercise:any host:drill-1"), 1);
    assert.equal(await search("host:drill-1"), 0);
    assert.equal(await total(`/api/sources?exercise=${RUN}`), 1);
    assert.equal(await total("/api/sources?exercise=any"), 1);
  });
});
