/** triggers.testing: the area on a real store and real workflows, with incidents that a test opens in a table of its own; run by itself it
 *  is a process that a test kills: `node triggers.testing.ts <json>` prints "ready", and "idle" when nothing is left. */
import { setTimeout as delay } from "node:timers/promises";
import type { JsonObject } from "@holdfast/playbook";
import { sql } from "drizzle-orm";
import { createAuditLog } from "../platform/audit-log/index.ts";
import { createCel } from "../platform/cel/index.ts";
import { systemClock } from "../platform/clock/index.ts";
import type { CallContext } from "../platform/http-contract.ts";
import { silentLog } from "../platform/log/index.ts";
import { createTables } from "../platform/tables/index.ts";
import type { TestTables } from "../platform/tables/testing.ts";
import { openTestWorkflows } from "../platform/workflows/testing.ts";
import { createPlaybooks, type Playbooks, type PlaybooksOptions } from "./index.ts";
import type { Proposal } from "./port.ts";

export interface TriggerArea {
  readonly playbooks: Playbooks;
  readonly proposals: Proposal[];
  readonly notes: string[];
  /** Opens or changes an incident, and tells the triggers in the same transaction. */
  touch(id: string, facts?: JsonObject): Promise<void>;
  /** Writes it as another incident's part. */
  merge(id: string, into: string): Promise<void>;
  close(): Promise<void>;
}

export const TEST_INCIDENTS = `CREATE TABLE test_incident (id text PRIMARY KEY, facts jsonb NOT NULL, merged_into text)`;

export const ana: CallContext = {
  actor: { kind: "user", id: "ana", name: "Ana" },
  role: "admin",
  team: "security",
  permissions: new Set(),
  sessionId: null,
  session: null,
  ip: "",
  signal: new AbortController().signal,
  setSessionCookie: () => {},
};

export async function openTriggerArea(
  store: TestTables,
  shipped: Pick<PlaybooksOptions, "shipped" | "shippedTriggers"> = { shipped: undefined },
): Promise<TriggerArea> {
  const { tables } = store;
  const { db } = tables;
  const proposals: Proposal[] = [];
  const notes: string[] = [];
  const workflows = openTestWorkflows(store);
  const one = async (id: string): Promise<{ id: string; facts: JsonObject; merged_into: string | null } | undefined> =>
    (
      await db.execute<{ id: string; facts: JsonObject; merged_into: string | null }>(
        sql`select * from test_incident where id = ${id}`,
      )
    ).rows[0];
  const rootOf = async (id: string) => {
    const found = await one(id);
    return found === undefined || found.merged_into === null ? found : one(found.merged_into);
  };
  const playbooks = createPlaybooks({
    tables,
    clock: systemClock,
    log: silentLog,
    audit: createAuditLog({ tables, clock: systemClock }),
    cel: createCel(),
    workflows,
    ...shipped,
    respond: {
      propose: async (proposal) => {
        if (!proposals.some(({ key }) => key === proposal.key)) proposals.push(proposal);
        return { effectId: `effect ${proposal.key}`, approvalId: null };
      },
      cancel: async () => undefined,
    },
    connectors: {
      actions: () => [],
      list: async () => [],
      plan: async () => ({ ok: false, reason: "not asked for here" }),
    },
    incident: async (id) => (await rootOf(id))?.facts,
    standing: async (id) => {
      const root = await rootOf(id);
      if (root === undefined) return undefined;
      const parts = await db.execute<{ id: string }>(sql`select id from test_incident where merged_into = ${root.id}`);
      const { exerciseId = null, state = "open" } = root.facts;
      return {
        id: root.id,
        family: [root.id, ...parts.rows.map((row) => row.id)],
        exerciseId: typeof exerciseId === "string" ? exerciseId : null,
        open: state === "open",
      };
    },
    newestIncidents: async (limit) => {
      const found = await db.execute<{ id: string }>(sql`select id from test_incident order by id desc limit ${limit}`);
      return found.rows.map(({ id }, at) => ({ id, number: at + 1, title: `Incident ${id}` }));
    },
    note: async (_tx, { title }) => void notes.push(title),
    wait: async () => {},
    waited: async () => {},
  });
  await playbooks.load();
  await workflows.launch();
  return {
    playbooks,
    proposals,
    notes,
    touch: (id, facts = {}) =>
      tables.transaction(async (tx) => {
        await tx.execute(sql`
          insert into test_incident (id, facts) values (${id}, ${JSON.stringify({ id, ...facts })}::jsonb)
          on conflict (id) do update set facts = excluded.facts`);
        await playbooks.triggers.touched(tx, [id]);
      }),
    merge: (id, into) =>
      tables.transaction(async (tx) => {
        await tx.execute(sql`update test_incident set merged_into = ${into} where id = ${id}`);
        await playbooks.triggers.touched(tx, [into]);
      }),
    async close() {
      await playbooks.stop();
      await workflows.close();
    },
  };
}

export interface TriggerKillSetup {
  readonly url: string;
  readonly from: number;
  readonly to: number;
  /** Ends when nothing waits; else runs until it is killed. */
  readonly finish: boolean;
}

if (process.argv[1] === import.meta.filename) {
  const { url, from, to, finish } = JSON.parse(process.argv[2] ?? "{}") as TriggerKillSetup;
  const tables = await createTables({ url, engine: "embedded", log: silentLog, connections: 8 });
  const area = await openTriggerArea({ tables, url, close: () => tables.close() });
  process.stdout.write("ready\n");
  area.playbooks.watch();
  for (let n = from; n < to; n += 1) {
    await area.touch(`inc-${n}`, { severity: n % 2 === 0 ? "high" : "low" });
    await delay(Math.random() * 20);
    // It changes again while it is looked at.
    await area.touch(`inc-${n}`, { severity: n % 2 === 0 ? "critical" : "low" });
  }
  if (finish) {
    while ((await area.playbooks.triggers.turn()) > 0) await delay(20);
    process.stdout.write("idle\n");
    await area.close();
    await tables.close();
    process.exit(0);
  }
}
