/** response-process: a process that has the response area alone, for the benchmark to start, stop and weigh. It speaks JSON lines: what
 *  it did, how long it took, and its memory. The far side answers at once, so that what is measured is ours. */
import { openTestArea } from "../packages/server/src/respond/area.testing.ts";
import { createFakeOutside } from "../packages/server/src/respond/outside.testing.ts";
import { silentLog } from "../packages/server/src/platform/log/index.ts";
import { createTables } from "../packages/server/src/platform/tables/index.ts";

export interface ResponseSetup {
  readonly url: string;
  /** Effects to take from proposal to proof, so many at a time. */
  readonly runs: number;
  readonly atOnce: number;
  /** Effects that are in place and sleep until their undo. */
  readonly sleeping: number;
  /** Approvals that wait. */
  readonly waiting: number;
}

if (process.argv[1] === import.meta.filename) {
  const setup = JSON.parse(process.argv[2] ?? "{}") as ResponseSetup;
  const started = performance.now();
  const tables = await createTables({ url: setup.url, engine: "embedded", log: silentLog, connections: 12 });
  const area = await openTestArea({
    opened: { tables, url: setup.url, close: () => tables.close() },
    outside: createFakeOutside(),
  });
  tell({ ready: performance.now() - started, rss: process.memoryUsage().rss });
  const dan = area.as("dan", "operations");

  const propose = (name: string, undoAfterMs: number | null) =>
    area.respond.propose({
      key: name,
      action: "isolate",
      connectorId: "fw",
      input: { host: name },
      incidentId: "inc",
      runId: null,
      stepKey: null,
      playbookVersion: null,
      requestedBy: { id: "ann", name: "ann", team: "security" },
      reason: "bench",
      undoAfterMs,
      exerciseId: null,
    });
  const through = async (name: string, undoAfterMs: number | null) => {
    const begun = performance.now();
    const { approvalId, effectId } = await propose(name, undoAfterMs);
    const proposed = performance.now();
    const id = approvalId ?? "";
    const { hash } = await area.respond.routes.getApproval({ params: { id }, query: {}, body: {} }, dan);
    const body = { verdict: "approve" as const, reason: "", hash };
    await area.respond.routes.decideApproval({ params: { id }, query: {}, body }, dan);
    const approved = performance.now();
    while (
      (await area.respond.routes.getEffect({ params: { id: effectId }, query: {}, body: {} }, dan)).state !== "done"
    )
      await new Promise((resolve) => setTimeout(resolve, 2));
    return { propose: proposed - begun, approve: approved - proposed, prove: performance.now() - approved };
  };

  if (setup.runs > 0) {
    const begun = performance.now();
    const steps = await spread(setup.runs, setup.atOnce, (n) => through(`run-${n}`, null));
    tell({ tookMs: performance.now() - begun, steps });
  }
  await spread(setup.sleeping, setup.atOnce, (n) => through(`sleep-${n}`, 20 * 86_400_000));
  await spread(setup.waiting, setup.atOnce, (n) => propose(`wait-${n}`, null));
  tell({ filled: true, rss: process.memoryUsage().rss });
  process.stdin.resume();
  process.stdin.once(
    "end",
    () =>
      void area
        .close()
        .then(() => tables.close())
        .then(() => process.exit(0)),
  );
}

async function spread<T>(count: number, atOnce: number, work: (n: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) results.push(await work(next++));
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}

function tell(line: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
