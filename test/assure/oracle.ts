/** oracle: holds the server to its promises after faults: everything acknowledged is searchable once and byte for byte, nothing
 *  is visible twice, every match of the rule is counted once, changes and their audit entries are there. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { Api } from "./api.ts";
import { type Attempt, hostOf, MARKED_EVERY, MARKER, nameOf, recordOf, RULE_ID } from "./ledger.ts";
import type { LoadCounts } from "./load.ts";

export interface Verdict {
  readonly acked: number;
  readonly visible: number;
  /** Records of attempts that got no answer and are visible all the same: the sender's own repetition. */
  readonly unackedVisible: number;
  readonly lost: number;
  readonly twice: number;
  readonly marked: number;
  readonly signals: number;
  readonly counted: number;
  readonly alerts: number;
}

const LIMIT = 10_000;

/** Waits until all that was acknowledged is searchable, at most so long. */
export async function settle(api: Api, withinMs = 120_000): Promise<number> {
  const started = performance.now();
  for (let quiet = 0; quiet < 3; ) {
    if (performance.now() - started > withinMs)
      throw new Error(
        `the pipeline is not through after ${withinMs / 1000} s: ${JSON.stringify(await api.get("/api/pipeline"))}`,
      );
    const { backlog } = (await api.get("/api/pipeline")) as { backlog: number };
    quiet = backlog === 0 ? quiet + 1 : 0;
    await sleep(100);
  }
  return performance.now() - started;
}

export async function judge(api: Api, acked: readonly Attempt[]): Promise<Verdict> {
  const visible = await visibleAttempts(api, acked);
  let lost = 0;
  let twice = 0;
  let rows = 0;
  const ackedNames = new Set<string>();
  for (const attempt of acked) {
    const name = nameOf(attempt);
    ackedNames.add(name);
    const found = visible.get(name);
    lost += attempt.count - Math.min(attempt.count, found?.unique ?? 0);
  }
  let unackedVisible = 0;
  for (const [name, found] of visible) {
    rows += found.rows;
    twice += found.rows - found.unique;
    if (!ackedNames.has(name)) unackedVisible += found.rows;
  }
  await sameBytes(api, acked);
  const marked = await count(api, `process_cmd:*${MARKER}*`);
  const rule = (await api.get(`/api/rules/${RULE_ID}`)) as { matchesTotal: number };
  const alerts = (await api.list(`/api/alerts?rule=${RULE_ID}`)) as { count: number }[];
  return {
    acked: acked.reduce((sum, attempt) => sum + attempt.count, 0),
    visible: rows,
    unackedVisible,
    lost,
    twice,
    marked,
    signals: rule.matchesTotal,
    counted: alerts.reduce((sum, alert) => sum + alert.count, 0),
    alerts: alerts.length,
  };
}

export function assertVerdict(verdict: Verdict, senders: number): void {
  assert.equal(verdict.lost, 0, `${verdict.lost} acknowledged events are not searchable`);
  assert.equal(verdict.twice, 0, `${verdict.twice} events are visible twice`);
  assert.ok(verdict.marked >= verdict.acked / MARKED_EVERY, "the marked events of acknowledged batches are there");
  assert.equal(verdict.signals, verdict.marked, "one signal for each marked event");
  assert.equal(verdict.counted, verdict.marked, "the counts of the alerts are exact");
  assert.equal(verdict.alerts, senders, "one alert for each host");
}

/** The last acknowledged change stands (or a later one whose answer was lost), and no audit entry is missing or doubled. */
export async function assertChanges(api: Api, of: { sourceId: string; counts: LoadCounts }): Promise<void> {
  const { counts } = of;
  const source = (await api.get(`/api/sources/${of.sourceId}`)) as { name: string };
  const allowed = [counts.lastAckedName, ...counts.openNames];
  assert.ok(allowed.includes(source.name), `the name "${source.name}" is none of ${allowed.join(", ")}`);
  const verified = (await api.get("/api/audit/verify")) as { ok: boolean; firstBad: number | null };
  assert.deepEqual([verified.ok, verified.firstBad], [true, null], "the audit log's chain holds");
  const entries = (await api.list("/api/audit?action=source.updated")) as { seq: number; details: { name?: string } }[];
  const names = entries.map((entry) => entry.details.name);
  assert.equal(new Set(names).size, names.length, "no change stands in the audit log twice");
  assert.ok(
    names.length >= counts.ackedChanges && names.length <= counts.triedChanges,
    `${counts.ackedChanges} changes acknowledged of ${counts.triedChanges}, ${names.length} in the audit log`,
  );
}

/** What the sender wrote once is visible at most once; nothing is promised about the rest. */
export async function assertSyslog(api: Api): Promise<number> {
  const { rows } = await api.search({
    query: "source:syslog-tcp host:crash-syslog | stats count, dc(message) as once",
  });
  const [all, once] = rows[0] ?? [0, 0];
  assert.equal(all, once, "a syslog message is visible twice");
  return Number(all);
}

type Found = { readonly rows: number; readonly unique: number };

async function visibleAttempts(api: Api, acked: readonly Attempt[]): Promise<Map<string, Found>> {
  const found = new Map<string, Found>();
  for (const [round, sender] of partsOf(acked)) {
    const query = `host:${hostOf(sender)} parent_cmd:r${round}-* | stats count, dc(process_cmd) as once by parent_cmd | limit ${LIMIT}`;
    const { rows, stats } = await api.search({ query, limit: LIMIT });
    assert.equal(stats.truncated, false, "one round of one sender fits an answer");
    for (const [name, count_, once] of rows) found.set(String(name), { rows: Number(count_), unique: Number(once) });
  }
  return found;
}

function partsOf(acked: readonly Attempt[]): [round: number, sender: number][] {
  const parts = new Map(acked.map(({ round, sender }) => [`${round} ${sender}`, [round, sender] as [number, number]]));
  return [...parts.values()];
}

const SAMPLES = 12;

/** A few records, spread over all: what is stored as raw is what was sent. */
async function sameBytes(api: Api, acked: readonly Attempt[]): Promise<void> {
  for (let n = 0; n < SAMPLES; n += 1) {
    const attempt = acked[Math.floor((acked.length * n) / SAMPLES)];
    if (attempt === undefined) return;
    const seq = (n * 37) % attempt.count;
    const name = nameOf(attempt);
    const { rows } = await api.search({
      query: `host:${hostOf(attempt.sender)} parent_cmd:"${name}" process_pid:${1_000 + seq} | fields id`,
      limit: 2,
    });
    assert.equal(rows.length, 1, `the event ${name} ${seq} is found once`);
    const detail = (await api.get(`/api/events/${String(rows[0]?.[0])}`)) as { raw: string };
    assert.equal(detail.raw, recordOf(attempt, seq));
  }
}

async function count(api: Api, query: string): Promise<number> {
  const { rows } = await api.search({ query: `${query} | stats count` });
  return Number(rows[0]?.[0] ?? 0);
}
