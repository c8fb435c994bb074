/** server.test: the same contract on a ClickHouse server, when one is named. */
import { test } from "node:test";
import { eventsContract } from "./contract.ts";
import { testServer } from "./testing.ts";

const open = testServer();
if (open === undefined)
  test("event store contract: server", { skip: "HOLDFAST_TEST_CLICKHOUSE_URL names no server" }, () => undefined);
else eventsContract({ name: "server", open });
