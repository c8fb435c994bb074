/** server.test: the contract of the state store on a PostgreSQL server, Debian's in CI. */
import { test } from "node:test";
import { tablesContract } from "./contract.ts";
import { openTestTablesOn, testServerUrl } from "./testing.ts";

const adminUrl = testServerUrl();
if (adminUrl === undefined) {
  test("tables on a PostgreSQL server", { skip: "HOLDFAST_TEST_DATABASE_URL names no server" }, () => {});
} else {
  tablesContract({
    name: "tables on a PostgreSQL server",
    engine: "server",
    open: (migrations) => openTestTablesOn({ adminUrl, engine: "server", migrations }),
  });
}
