/** testing: the whole ingest area on real stores, with its two HTTP endpoints and syslog inputs on ports of its own; for tests. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Source } from "@holdfast/contracts/ingest";
import { createAuditLog } from "../platform/audit-log/index.ts";
import { systemClock } from "../platform/clock/index.ts";
import type { EventStore } from "../platform/events/index.ts";
import { openTestEvents } from "../platform/events/testing.ts";
import type { CallContext } from "../platform/http-contract.ts";
import { silentLog } from "../platform/log/index.ts";
import { openDisk, openSpool, type Spool } from "../platform/spool/index.ts";
import { loadMigrations, type Tables } from "../platform/tables/index.ts";
import { openTestTables } from "../platform/tables/testing.ts";
import { createIngest, type Ingest } from "./create.ts";
import type { InputsConfig } from "./inputs/open.ts";
import type { TestSignal } from "./testing-worker.ts";

export interface TestIngest {
  readonly area: Ingest;
  readonly events: EventStore;
  readonly tables: Tables;
  /** Base address of the HTTP endpoints. */
  readonly url: string;
  /** Port of syslog over UDP and TCP. */
  readonly port: number;
  /** Refuses everything with this reason until it is undefined again. */
  refuse(reason: string | undefined): void;
  /** Stops and starts again on the same spool and stores. */
  restart(): Promise<void>;
  source(id: string): Promise<Source>;
  /** Waits until so many records of a source are stored or quarantined. */
  through(id: string, records: number): Promise<Source>;
  /** Raw records of a source, in their order. */
  raws(id: string): Promise<string[]>;
  close(): Promise<void>;
}

export const none = { params: {}, query: {}, body: {} } as const;

export const CONTEXT: CallContext = {
  actor: { kind: "user", id: "u1", name: "tester" },
  role: "admin",
  team: "operations",
  permissions: new Set(["ingest.write"]),
  sessionId: null,
  session: null,
  ip: "127.0.0.1",
  signal: new AbortController().signal,
  setSessionCookie: () => {},
};

export const INPUTS_OFF: InputsConfig = {
  syslog: {
    host: "127.0.0.1",
    udp: { port: 0 },
    tcp: { port: 0 },
    tls: { port: 0 },
    relp: { port: 0, tls: { port: 0 } },
  },
  inputs: {
    host: "127.0.0.1",
    gelf: { udp: { port: 0 }, tcp: { port: 0 } },
    fluent: { port: 0, tls: { port: 0 } },
    otlp: { port: 0, tls: { port: 0 } },
    elasticsearch: { version: "8.19.2" },
    splunk: { empty: false },
  },
  tls: {},
};

/** The token "token" holds ingest.write. */
export async function startTestIngest(
  more: Partial<InputsConfig["inputs"]> & { relp?: number } = {},
): Promise<TestIngest> {
  const own = loadMigrations().filter((migration) => /^(0001|003\d|011\d|0140)-/.test(migration.id));
  const [events, state] = await Promise.all([openTestEvents(), openTestTables(own)]);
  const directory = mkdtempSync(join(tmpdir(), "holdfast-ingest-"));
  const port = 20_000 + Math.floor(Math.random() * 40_000);
  let low: { readonly reason: string } | undefined;

  async function start(): Promise<{ readonly spool: Spool; readonly area: Ingest }> {
    const path = join(directory, "spool");
    const disk = await openDisk(path);
    const spool = await openSpool({ disk, clock: systemClock, log: silentLog, maxBytes: 200_000_000 });
    const area = createIngest<TestSignal>({
      spool,
      spoolDirectory: path,
      tables: state.tables,
      events: events.store,
      audit: createAuditLog({ tables: state.tables, clock: systemClock }),
      clock: systemClock,
      log: silentLog,
      config: {
        retention: { days: 90 },
        ingest: { workers: 1, block: { records: 2_000, bytes: 4_000_000 }, record: { bytes: 100_000 } },
        syslog: {
          ...INPUTS_OFF.syslog,
          udp: { port },
          tcp: { port },
          relp: { port: more.relp ?? 0, tls: { port: 0 } },
        },
        inputs: { ...INPUTS_OFF.inputs, ...more },
        tls: {},
      },
      workerUrl: new URL("./testing-worker.ts", import.meta.url),
      workerData: events.connection,
      hooks: [],
      admission: () => low,
      version: "0.0.0",
      diskFreeBytes: () => 1,
    });
    await area.start();
    return { spool, area };
  }

  let running = await start();
  const stop = async (): Promise<void> => {
    await running.area.stop();
    await running.spool.close();
  };
  const server = createServer((request, response) => {
    const { pathname: path, searchParams: query } = new URL(request.url ?? "", "http://localhost");
    const ip = request.socket.remoteAddress ?? "";
    const protocol = running.area.protocols.find(({ paths }) => paths.includes(path));
    const records = /^\/api\/imports\/([^/]+)\/files\/([^/]+)\/records$/.exec(path);
    const caller = {
      ip,
      permissionsOf: async (bearer: string) => (bearer === "token" ? new Set(["ingest.write"] as const) : undefined),
    };
    const spoken = protocol?.handle({ request, method: request.method ?? "", path, query, ip });
    const answer =
      spoken ??
      (records === null
        ? running.area.handleIngest(request, caller)
        : running.area.handleImportRecords(request, { runId: records[1] ?? "", fileId: records[2] ?? "" }));
    void answer.then(({ status, headers, body }) => response.writeHead(status, headers).end(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const source = (id: string): Promise<Source> => running.area.routes.getSource({ ...none, params: { id } }, CONTEXT);

  return {
    get area() {
      return running.area;
    },
    events: events.store,
    tables: state.tables,
    url: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    port,
    refuse: (reason) => {
      low = reason === undefined ? undefined : { reason };
    },
    restart: async () => {
      await stop();
      running = await start();
    },
    source,
    through: async (id, records) => {
      for (let waited = 0; waited < 30_000; waited += 50) {
        const now = await source(id);
        if (now.stored + now.quarantined >= records) return now;
        await sleep(50);
      }
      return assert.fail(`${id} did not come through`);
    },
    raws: async (id) => {
      const sql = `SELECT raw FROM ${events.store.table("events")} WHERE source = {id:String} ORDER BY id`;
      return (await events.store.query<{ raw: string }>(sql, { params: { id } })).map((row) => row.raw);
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await stop();
      await events.close();
      await state.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
