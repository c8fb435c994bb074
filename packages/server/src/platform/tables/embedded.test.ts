import { openTestTables } from "./testing.ts";
import { tablesContract } from "./contract.ts";

tablesContract({ name: "tables on the embedded PostgreSQL 18", engine: "embedded", open: openTestTables });
