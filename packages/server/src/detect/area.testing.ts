/** area.testing: a detect area on real stores for tests, with callers and events to match. */
import { EVENT_DEFAULTS, type Logsource } from "@holdfast/sdk";
import { type AuditLog, createAuditLog } from "../platform/audit-log/index.ts";
import { type Clock, fixedClock } from "../platform/clock/index.ts";
import type { OpenEvents } from "../platform/events/index.ts";
import { openTestEvents } from "../platform/events/testing.ts";
import type { CallContext } from "../platform/http-contract.ts";
import { silentLog } from "../platform/log/index.ts";
import { loadMigrations } from "../platform/tables/index.ts";
import { openTestTables, type TestTables } from "../platform/tables/testing.ts";
import { createDetect, type Detect, type DetectOptions } from "./create.ts";
import type { MatchInput } from "./signal.ts";

export interface TestArea {
  readonly store: TestTables;
  readonly events: OpenEvents;
  readonly audit: AuditLog;
  readonly clock: ReturnType<typeof fixedClock>;
  make(options: Partial<DetectOptions> & { readonly paths: readonly string[] }): Detect;
  close(): Promise<void>;
}

export async function openTestArea(): Promise<TestArea> {
  const migrations = loadMigrations().filter(({ id }) => /^(?:0001-platform|005\d-.*)$/.test(id));
  const [store, events] = await Promise.all([openTestTables(migrations), openTestEvents()]);
  const clock = fixedClock(Date.UTC(2026, 10, 22, 8));
  const audit = createAuditLog({ tables: store.tables, clock });
  const open: Detect[] = [];
  return {
    store,
    events,
    audit,
    clock,
    make: (options) => {
      const made = createDetect({
        tables: store.tables,
        events: events.store,
        clock: clock as Clock,
        log: silentLog,
        audit,
        starter: undefined,
        ...options,
      });
      open.push(made);
      return made;
    },
    close: async () => {
      await Promise.all(open.map((one) => one.stop()));
      await Promise.all([store.close(), events.close()]);
    },
  };
}

export const callerOf = (name: string): CallContext => ({
  actor: { kind: "user", id: name, name },
  role: "analyst",
  team: "security",
  permissions: new Set(),
  sessionId: null,
  session: null,
  ip: "127.0.0.1",
  signal: new AbortController().signal,
  setSessionCookie: () => {},
});

export const linuxRule = (id: string, word: string, more = ""): string => `title: Rule ${word}
${id === "" ? "" : `id: ${id}\n`}level: high
logsource: { product: linux }
detection:
  selection: { message|contains: ${word} }
  condition: selection
${more}`;

export const lineEvent = (message: string, more: { id?: string; logsource?: Logsource } = {}): MatchInput => ({
  eventId: more.id ?? "7",
  columns: { ...EVENT_DEFAULTS, time_ms: 1000, host: "h", message },
  fields: { message },
  logsource: more.logsource ?? { product: "linux" },
  text: message,
});
