/** server.test: the same contract on a ClickHouse server, when HOLDFAST_TEST_CLICKHOUSE_URL names one. Without one there is no test
 *  here rather than a skipped one: no server can be had where CI runs, and docs/guide/not-yet.md says so. */
import { eventsContract } from "./contract.ts";
import { testServer } from "./testing.ts";

const open = testServer();
if (open !== undefined) eventsContract({ name: "server", open });
