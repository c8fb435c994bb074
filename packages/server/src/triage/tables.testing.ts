/** tables.testing: a state store with the tables that triage, detect and measure use, and nothing that other areas are working on. */
import { loadMigrations } from "../platform/tables/index.ts";
import { openTestTables, type TestTables } from "../platform/tables/testing.ts";

export function openTriageTables(): Promise<TestTables> {
  return openTestTables(
    loadMigrations().filter(({ id }) =>
      /^(?:0001-platform|0050-detect|(?:006[013-9]|0105|01[56]\d)-triage.*|0115-silence|0125-metric-rules)$/.test(id),
    ),
  );
}
