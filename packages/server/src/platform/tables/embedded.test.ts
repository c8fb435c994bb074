/** embedded.test: the contract of the state store on the embedded PostgreSQL. */
import { openTestTables } from "./testing.ts";
import { tablesContract } from "./contract.ts";

tablesContract({ name: "tables on the embedded PostgreSQL 18", engine: "embedded", open: openTestTables });
