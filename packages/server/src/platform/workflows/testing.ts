/** testing: durable workflows for one test, on the database that openTestTables gave it. One at a time per process: close them
 *  before the next test opens others. A clock that the test moves wakes sleepers within a few milliseconds. */
import { systemClock, type Clock } from "../clock/index.ts";
import { silentLog } from "../log/index.ts";
import type { TestTables } from "../tables/testing.ts";
import type { Workflows } from "./port.ts";
import { createWorkflows } from "./workflows.ts";

export function openTestWorkflows(
  { tables, url }: TestTables,
  clock: Clock = systemClock,
  more: { readonly keepDays?: number } = {},
): Workflows {
  return createWorkflows({ tables, url, log: silentLog, clock, tickMs: 10, ...more });
}
