/** testing-appender: a process for the power-cut test: opens a spool and appends numbered records; writes "A <from> <count>" for
 *  what was acknowledged, to standard output, which lies outside the disk under test. */
import { writeSync } from "node:fs";
import { systemClock } from "../clock/index.ts";
import { silentLog } from "../log/index.ts";
import { openDisk, openSpool } from "./index.ts";

const [directory = "", first = "0"] = process.argv.slice(2);
const spool = await openSpool({
  disk: await openDisk(directory),
  clock: systemClock,
  log: silentLog,
  maxBytes: 1e9,
  segmentBytes: 1_000_000,
});
writeSync(1, "READY\n");

let next = Number(first);
async function caller(count: number): Promise<void> {
  for (;;) {
    const from = next;
    next += count;
    const records = Array.from({ length: count }, (_, n) => Buffer.from(`number ${from + n} ${"x".repeat(300)}`));
    await spool.append({ envelope: { source: "s", kind: "http", receivedMs: Date.now(), peer: "" }, records });
    writeSync(1, `A ${from} ${count}\n`);
  }
}

// After the power cut every append fails; the test ends this process.
await Promise.allSettled([caller(1), caller(7), caller(100)]);
setInterval(() => {}, 1_000);
