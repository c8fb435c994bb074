/** response-screens: what a Holdfast with one thing of each kind does not show: a run that a fault cut off, an action whose outcome nobody
 *  knows, and ten thousand of what people and playbooks leave. Nobody makes those for pictures: they are written into the state store. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { silentLog } from "../packages/server/src/platform/log/index.ts";
import { createTables, type Tables } from "../packages/server/src/platform/tables/index.ts";
import type { RunningServer } from "../test/e2e/server.ts";

/** One run broke off; a step of the other waits for somebody who looks. */
export async function trouble(server: RunningServer, runs: { broken: string; doubted: string }): Promise<void> {
  await withState(server, async ({ db }) => {
    const broken = {
      at: Date.now() - 240_000,
      cause: "The answer of the directory could not be read: 12 bytes are missing at its end.",
      steps: ["Is there a change for it?"],
    };
    await db.execute(
      `UPDATE playbook_run SET state = 'broken', broken = '${JSON.stringify(broken)}'::jsonb WHERE id = '${runs.broken}'`,
    );
    await db.execute(`
      UPDATE playbook_step SET waits_for = 'operations', reason = 'Nobody knows whether it happened: the connection broke off while the answer was awaited.'
      WHERE run_id = '${runs.doubted}' AND effect_id IS NOT NULL AND state = 'waiting'`);
  });
}

/** So many more of a waiting approval, a task and a run. */
export async function crowd(server: RunningServer, rows: number): Promise<void> {
  await withState(server, async ({ db }) => {
    await db.execute(`
      INSERT INTO respond_effect (id, key, incident_id, state, version, created_at, facts)
      SELECT 'many-' || n, 'many-' || n, incident_id, 'waiting', 0, created_at - n * 1000,
        jsonb_set(facts, '{approvalId}', to_jsonb('many-approval-' || n))
      FROM (SELECT * FROM respond_effect WHERE state = 'waiting' LIMIT 1) one, generate_series(1, ${rows}) n`);
    await db.execute(`
      INSERT INTO respond_approval (id, effect_id, state, expires_at, created_at, facts)
      SELECT 'many-approval-' || n, 'many-' || n, state, expires_at + n * 1000, created_at, facts
      FROM (SELECT * FROM respond_approval WHERE state = 'waiting' LIMIT 1) one, generate_series(1, ${rows}) n`);
    await db.execute(`
      INSERT INTO incident_task (id, incident_id, kind, title, description, team, owner_id, owner_name, due_at, state, blocking, origin, created_at)
      SELECT 'many-' || n, incident_id, kind, title || ' (' || n || ')', description, team, owner_id, owner_name, due_at + n * 60000, state,
        false, origin, created_at
      FROM (SELECT * FROM incident_task LIMIT 1) one, generate_series(1, ${rows}) n`);
    await db.execute(`
      INSERT INTO playbook_run (id, key, playbook_id, name, version, playbook, incident_id, started_by, state, stand, started_at, ended_at)
      SELECT 'many-' || n, 'many-' || n, playbook_id, name, version, playbook, incident_id, started_by, 'done', stand,
        started_at - n * 60000, started_at - n * 60000 + 45000
      FROM (SELECT * FROM playbook_run LIMIT 1) one, generate_series(1, ${rows}) n`);
  });
}

async function withState(server: RunningServer, work: (tables: Tables) => Promise<void>): Promise<void> {
  const secrets = JSON.parse(readFileSync(join(server.home, "secrets.json"), "utf8")) as Record<string, string>;
  const socket = readFileSync(join(server.home, "state", "pg", "postmaster.pid"), "utf8").split("\n")[4] ?? "";
  const place = new URLSearchParams({ host: socket, port: "5432" });
  const password = encodeURIComponent(secrets["state-password"] ?? "");
  const url = `postgresql://holdfast:${password}@/holdfast?${place}`;
  const tables = await createTables({ url, engine: "embedded", log: silentLog, connections: 1 });
  try {
    await work(tables);
  } finally {
    await tables.close();
  }
}
