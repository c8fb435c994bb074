/** area: the connectors area on a real state store, with all content, for tests that act on real systems. */
import { createConnectors, type Connectors } from "../../../packages/server/src/connectors/index.ts";
import { catalog } from "../../../packages/content/src/catalog.gen.ts";
import { createAuditLog } from "../../../packages/server/src/platform/audit-log/index.ts";
import { systemClock } from "../../../packages/server/src/platform/clock/index.ts";
import { createEgress } from "../../../packages/server/src/platform/egress/index.ts";
import type { CallContext } from "../../../packages/server/src/platform/http-contract.ts";
import { type Log, silentLog } from "../../../packages/server/src/platform/log/index.ts";
import { createSealer } from "../../../packages/server/src/platform/secrets/index.ts";
import { openTestTables, type TestTables } from "../../../packages/server/src/platform/tables/testing.ts";

export interface Area {
  readonly connectors: Connectors;
  readonly opened: TestTables;
  /** Adds one by its route. */
  add(connector: {
    id: string;
    kind: string;
    settings: Record<string, unknown>;
    secrets?: Record<string, string>;
    allow?: string[];
  }): Promise<void>;
  close(): Promise<void>;
}

export const CONTEXT: CallContext = {
  actor: { kind: "user", id: "u1", name: "tester" },
  role: "admin",
  team: "operations",
  permissions: new Set(),
  sessionId: null,
  session: null,
  ip: "",
  signal: new AbortController().signal,
  setSessionCookie: () => {},
};

export async function openArea(log: Log = silentLog): Promise<Area> {
  const opened = await openTestTables();
  const { tables } = opened;
  const clock = systemClock;
  const connectors = createConnectors({
    tables,
    clock,
    audit: createAuditLog({ tables, clock }),
    log,
    sealer: createSealer({ get: () => "the key of a test's home, of 43 characters." }),
    egress: createEgress({ log }),
    kinds: catalog.connectors,
    actions: catalog.actions,
  });
  return {
    connectors,
    opened,
    async add({ id, kind, settings, secrets = {}, allow = [] }) {
      await connectors.routes.createConnector(
        { params: {}, query: {}, body: { id, name: id, kind, settings, secrets, allow } },
        CONTEXT,
      );
    },
    close: () => opened.close(),
  };
}
