/** response-process: a process that has the response area alone, for the benchmark to start, stop and weigh. It speaks JSON lines: what
 *  it did, how long it took, and its memory. The far side answers at once, so that what is measured is ours. */
import { setTimeout as sleep } from "node:timers/promises";
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
  /** After a restart: some of what waits is approved, and some of what sleeps is woken. */
  readonly woken: number;
}

const FAR_MS = 20 * 86_400_000;
/** People who fill it come many at a time; one alone would wait for the disk between any two. */
const FILL_AT_ONCE = 24;
/** A process that uses less of a core than this has taken up everything. */
const IDLE_SHARE = 0.15;

if (process.argv[1] === import.meta.filename) {
  const setup = JSON.parse(process.argv[2] ?? "{}") as ResponseSetup;
  const started = performance.now();
  const tables = await createTables({ url: setup.url, engine: "embedded", log: silentLog, connections: 24 });
  const outside = createFakeOutside();
  const area = await openTestArea({ opened: { tables, url: setup.url, close: () => tables.close() }, outside });
  tell({ ready: performance.now() - started });
  const { routes } = area.respond;
  const dan = area.as("dan", "operations");
  const changes = new Map<string, () => void>();
  tables.subscribe((topic, payload) => {
    if (topic === "respond.effect.changed") changes.get((payload as { id: string }).id)?.();
  });

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
  const approve = async (id: string): Promise<void> => {
    const { hash } = await routes.getApproval({ params: { id }, query: {}, body: {} }, dan);
    await routes.decideApproval({ params: { id }, query: {}, body: { verdict: "approve", reason: "", hash } }, dan);
  };
  /** Resolves when it is in that state, told by its notifications. */
  const reaches = async (id: string, state: string): Promise<Awaited<ReturnType<typeof routes.getEffect>>> => {
    for (;;) {
      const change = new Promise<void>((resolve) => changes.set(id, resolve));
      const effect = await routes.getEffect({ params: { id }, query: {}, body: {} }, dan);
      if (effect.state === state) {
        changes.delete(id);
        return effect;
      }
      await change;
    }
  };
  const through = async (name: string) => {
    const begun = performance.now();
    const { approvalId, effectId } = await propose(name, null);
    const proposed = performance.now();
    await approve(approvalId ?? "");
    const approved = performance.now();
    await reaches(effectId, "done");
    return { propose: proposed - begun, approve: approved - proposed, prove: performance.now() - approved };
  };

  if (setup.runs > 0) {
    const begun = performance.now();
    const steps = await spread(setup.runs, setup.atOnce, (n) => through(`run-${n}`));
    tell({ tookMs: performance.now() - begun, steps });
  }
  if (setup.sleeping > 0) {
    const begun = performance.now();
    await spread(setup.sleeping, FILL_AT_ONCE, async (n) => {
      const { approvalId } = await propose(`sleep-${n}`, FAR_MS);
      await approve(approvalId ?? "");
    });
    await spread(setup.waiting, FILL_AT_ONCE, (n) => propose(`wait-${n}`, null));
    while ((await inPlace()) < setup.sleeping) await sleep(100);
    tell({ filledMs: performance.now() - begun });
  }
  if (setup.woken > 0) tell(await afterRestart(setup.woken));
  else await idle();
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

  /** Approves what waited over the restart while everything else is still taken up, then wakes what sleeps. */
  async function afterRestart(woken: number) {
    const at = performance.now();
    const { items } = await routes.listApprovals(
      { params: {}, query: { state: "waiting", limit: Math.min(woken, 100) }, body: {} },
      dan,
    );
    // The far side forgot what it held with the process; what is proven now is new.
    const decided = await spread(items.length, 4, async (n) => {
      const { id = "", effect } = items[n] ?? {};
      const begun = performance.now();
      await approve(id);
      await reaches(effect?.id ?? "", "done");
      return performance.now() - begun;
    });
    await idle();
    const takenUpMs = performance.now() - at;
    const { rows } = await tables.db.execute<{ id: string; host: string }>(
      `SELECT id, facts -> 'input' ->> 'host' AS host FROM respond_effect WHERE state = 'done' AND facts -> 'undoAt' <> 'null'::jsonb LIMIT ${woken}`,
    );
    for (const { host } of rows) outside.held.add(host);
    const undoAt = new Date(Date.now() + 2_000).toISOString();
    const late = await spread(rows.length, rows.length, async (n) => {
      const id = rows[n]?.id ?? "";
      await routes.changeUndoTime({ params: { id }, query: {}, body: { undoAt, reason: "the bench wakes it" } }, dan);
      const { undoneAt } = await reaches(id, "undone");
      return Date.parse(undoneAt ?? "") - Date.parse(undoAt);
    });
    return { decided, takenUpMs, late };
  }

  async function inPlace(): Promise<number> {
    const { rows } = await tables.db.execute<{ n: number }>(
      `SELECT count(*)::int AS n FROM respond_effect WHERE state = 'done' AND key LIKE 'sleep-%'`,
    );
    return rows[0]?.n ?? 0;
  }
}

/** Returns when this process has had next to nothing to do for two seconds. */
async function idle(): Promise<void> {
  for (let quiet = 0; quiet < 4; ) {
    const before = process.cpuUsage();
    await sleep(500);
    const { user, system } = process.cpuUsage(before);
    quiet = (user + system) / 500_000 < IDLE_SHARE ? quiet + 1 : 0;
  }
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
