/** collection-screens: a Holdfast for pictures of collecting: one thing of each kind, and a source that has fallen silent. Nobody waits for
 *  weeks: what would have been learned of that source is written into the state store between two starts. */
import { setTimeout as sleep } from "node:timers/promises";
import { join } from "node:path";
import { FILL_FIELDS } from "../packages/server/src/ingest/index.ts";
import { homePaths } from "../packages/server/src/platform/home/index.ts";
import { openSecrets } from "../packages/server/src/platform/home/secrets.ts";
import { silentLog } from "../packages/server/src/platform/log/index.ts";
import { createTables, launchPostgres } from "../packages/server/src/platform/tables/index.ts";
import { encodeLane } from "../packages/server/src/silence/codec.ts";
import { createMemory } from "../packages/server/src/silence/memory.ts";
import { writeLanes } from "../packages/server/src/silence/store.ts";
import { apiOf, until } from "../test/e2e/browser.ts";
import { type Collected, fillCollection } from "../test/e2e/collection-data.ts";
import { type RunningServer, startHoldfast } from "../test/e2e/server.ts";

export interface SilentServer extends Collected {
  readonly server: RunningServer;
  /** The alert about the source that is silent. */
  readonly silence: string;
  readonly silentSource: string;
}

const HOUR_MS = 3_600_000;
const WEEKS = 3;
/** Between two records of a host. */
const BEAT_MS = 60_000;
const HOSTS = ["dc-01", "dc-02", "vpn-01"];

export async function startSilent(): Promise<SilentServer> {
  const first = await startHoldfast();
  const { home, ports } = first;
  const api = await apiOf(first);
  const collected = await fillCollection(api, first);
  const made = await api.send<{ source: { id: string }; key: string }>("POST", "/api/sources", { name: "Logons" });
  const source = made.source.id;
  await api.ingest(
    made.key,
    Array.from({ length: 300 }, (_, n) => logon(n)),
  );
  await until(
    "the logons are stored",
    () => api.get<{ stored: number }>(`/api/sources/${source}`),
    ({ stored }) => stored === 300,
  );
  await first.kill();
  await first.ended;
  await learn(home, source);
  const server = await startHoldfast({ home, ports });
  const again = await apiOf(server);
  const { items } = await until(
    "the silence is noticed",
    () => again.get<{ items: { id: string; ruleId: string }[] }>("/api/alerts?state=new"),
    (answer) => answer.items.some(({ ruleId }) => ruleId === "holdfast:silence"),
    300_000,
  );
  await sleep(1_000);
  const silence = items.find(({ ruleId }) => ruleId === "holdfast:silence")?.id ?? "";
  return { ...collected, server, silence, silentSource: source };
}

/** Three weeks of a record a minute of each host, until a minute ago. */
async function learn(home: string, source: string): Promise<void> {
  const memory = createMemory(FILL_FIELDS.length);
  const now = Date.now();
  for (let ms = now - WEEKS * 7 * 24 * HOUR_MS; ms < now - BEAT_MS; ms += BEAT_MS) {
    const lanes = HOSTS.map((host, at) => {
      const time = ms + at * 15_000;
      return { source, host, count: 1, firstMs: time, lastMs: time, longestMs: 0, delaysMs: [800] };
    });
    memory.observe({ lanes, sources: [{ source, lastReceivedMs: ms + 30_000 }], fills: [] });
  }
  memory.pass(now);
  const paths = homePaths(home);
  const password = openSecrets(join(home, "secrets.json")).get("state-password");
  const postgres = await launchPostgres({ directory: paths.state, password, log: silentLog });
  const tables = await createTables({ url: postgres.url, engine: "embedded", log: silentLog, connections: 2 });
  await writeLanes(
    tables.db,
    [...memory.lanes.values()].map((lane) => ({ source, host: lane.host, learned: encodeLane(lane) })),
  );
  await tables.close();
  await postgres.close();
}

function logon(n: number): Record<string, unknown> {
  return {
    SourceName: "Microsoft-Windows-Security-Auditing",
    Channel: "Security",
    EventID: n % 9 === 0 ? 4625 : 4624,
    TimeCreated: new Date(Date.now() - n * 1_000).toISOString(),
    Hostname: HOSTS[n % HOSTS.length],
    TargetUserName: `user${n % 20}`,
    IpAddress: `10.20.0.${n % 200}`,
    LogonType: "3",
  };
}
