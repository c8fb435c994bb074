/** test-engines: one PostgreSQL and one event store for a whole test run, in a temporary home. Each test makes a database of its
 *  own on them, so a run pays for their start once. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openEmbeddedEvents } from "../packages/server/src/platform/events/index.ts";
import { silentLog } from "../packages/server/src/platform/log/index.ts";
import { launchPostgres } from "../packages/server/src/platform/tables/index.ts";

export async function startTestEngines(): Promise<{ stop(): Promise<void> }> {
  const home = mkdtempSync(join(tmpdir(), "holdfast-tests-"));
  const state = await launchPostgres({
    directory: join(home, "state"),
    password: randomBytes(16).toString("hex"),
    log: silentLog,
  });
  const events = await openEmbeddedEvents({
    directory: join(home, "events"),
    database: "tests",
    log: silentLog,
    retentionDays: 36_500,
  });
  process.env["HOLDFAST_TEST_STATE_URL"] = state.url;
  process.env["HOLDFAST_TEST_EVENTS_SOCKET"] = JSON.stringify(events.connection);
  return {
    async stop() {
      await events.close();
      await state.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
