/** testing-process: a whole ingest process for the kill test: opens the spool, pumps, and appends numbered records as fast as
 *  it can, each number as an event and as a point of a metric; writes "A <first> <count>" for what was acknowledged. Ends when standard input closes, after all is searchable. */
import { writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { createAuditLog } from "../platform/audit-log/index.ts";
import { systemClock } from "../platform/clock/index.ts";
import type { EventConnection, EventStore } from "../platform/events/index.ts";
import { silentLog } from "../platform/log/index.ts";
import { openDisk, openSpool } from "../platform/spool/index.ts";
import { createTables } from "../platform/tables/index.ts";
import { createIngest } from "./index.ts";
import { encodePoint, METRIC_RECORDS } from "./metrics/point.ts";
import { INPUTS_OFF } from "./testing.ts";
import type { TestSignal } from "./testing-worker.ts";

interface Setup {
  readonly directory: string;
  readonly stateUrl: string;
  readonly connection: EventConnection;
  /** Number of the first record; the rounds leave gaps between their ranges. */
  readonly first: number;
}

const BATCH = 50;
const CALLERS = 4;

const setup = JSON.parse(process.argv[2] ?? "{}") as Setup;
const tables = await createTables({ url: setup.stateUrl, engine: "embedded", log: silentLog });
const spool = await openSpool({
  disk: await openDisk(setup.directory),
  clock: systemClock,
  log: silentLog,
  maxBytes: 1e9,
  segmentBytes: 300_000,
});
const ingest = createIngest<TestSignal>({
  spool,
  spoolDirectory: setup.directory,
  tables,
  events: {} as EventStore,
  audit: createAuditLog({ tables, clock: systemClock }),
  clock: systemClock,
  log: silentLog,
  config: {
    retention: { days: 90 },
    ingest: { workers: 1, block: { records: 400, bytes: 1_000_000 }, record: { bytes: 100_000 } },
    ...INPUTS_OFF,
  },
  workerUrl: new URL("./testing-worker.ts", import.meta.url),
  workerData: setup.connection,
  hooks: [],
  admission: () => undefined,
  version: "0.0.0",
  diskFreeBytes: () => 0,
});
await ingest.start();
writeSync(1, "READY\n");

let sending = true;
let next = setup.first;
process.stdin.resume();
process.stdin.once("end", () => {
  sending = false;
});

async function caller(): Promise<void> {
  while (sending) {
    const from = next;
    next += BATCH;
    const records = Array.from({ length: BATCH }, (_, n) =>
      Buffer.from(`{"number":${from + n},"t":"test-marker-signal"}`),
    );
    const time = Date.now();
    const points = Array.from({ length: BATCH }, (_, n) =>
      encodePoint({ name: "killed", kind: "gauge", time, labels: { part: String(n) }, value: from + n }),
    );
    const envelope = { source: "import", receivedMs: time, peer: "" };
    await Promise.all([
      spool.append({ envelope: { ...envelope, kind: "http" }, records }),
      spool.append({ envelope: { ...envelope, kind: METRIC_RECORDS }, records: points }),
    ]);
    writeSync(1, `A ${from} ${BATCH}\n`);
    await sleep(20);
  }
}

await Promise.all(Array.from({ length: CALLERS }, caller));
for (;;) {
  const { rows } = await tables.db.execute("SELECT segment, byte_offset FROM ingest_checkpoint");
  const end = spool.end();
  if (rows.some((row) => Number(row["segment"]) === end.segment && Number(row["byte_offset"]) === end.offset)) break;
  if (end.offset === 64 && (await spool.plan(spool.start(), { records: 1, bytes: 1 })) === undefined) break;
  await sleep(50);
}
await ingest.stop();
await spool.close();
await tables.close();
