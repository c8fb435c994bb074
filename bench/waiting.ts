/**
 * waiting: fills the queue of a home whose server is stopped with single small records, as a syslog sender that was alone
 * with each line leaves them: the worst that a start has to walk through.
 */
import { join } from "node:path";
import { systemClock } from "../packages/server/src/platform/clock/index.ts";
import { openDisk, openSpool } from "../packages/server/src/platform/spool/index.ts";
import { silentLog } from "../packages/server/src/platform/log/index.ts";

const AT_ONCE = 5_000;

/** @returns bytes of the queue on disk */
export async function leaveWaiting(home: string, source: string, records: number): Promise<number> {
  const spool = await openSpool({
    disk: await openDisk(join(home, "spool")),
    clock: systemClock,
    log: silentLog,
    maxBytes: Number.MAX_SAFE_INTEGER,
    segmentBytes: 64 << 20,
  });
  for (let left = records; left > 0; left -= AT_ONCE) {
    const appends = Array.from({ length: Math.min(AT_ONCE, left) }, (_, n) =>
      spool.append({
        envelope: { source, kind: "http", receivedMs: Date.now(), peer: "192.0.2.7" },
        records: [
          Buffer.from(`{"message":"connection ${left + n} closed by the other side","host":"edge-1","code":${n}}`),
        ],
      }),
    );
    await Promise.all(appends);
  }
  const { bytes } = spool.state();
  await spool.close();
  return bytes;
}
