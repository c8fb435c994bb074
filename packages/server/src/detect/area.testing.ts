/** area.testing: a detect area on real stores for tests, with callers and events to match. */
import { catalog } from "@holdfast/content";
import { createNormaliser, decodeRecord, EVENT_DEFAULTS, type Logsource } from "@holdfast/sdk";
import { type AuditLog, createAuditLog } from "../platform/audit-log/index.ts";
import { type Clock, fixedClock } from "../platform/clock/index.ts";
import { type OpenEvents, encodeEvents } from "../platform/events/index.ts";
import { openTestEvents } from "../platform/events/testing.ts";
import type { CallContext } from "../platform/http-contract.ts";
import { silentLog } from "../platform/log/index.ts";
import { loadMigrations } from "../platform/tables/index.ts";
import { openTestTables, type TestTables } from "../platform/tables/testing.ts";
import { createDetect, type Detect, type DetectOptions } from "./create.ts";
import type { Matcher } from "./matcher.ts";
import type { MatchInput, Signal } from "./signal.ts";

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
        normalise: createNormaliser(catalog.parsers),
        signalsOfAlert: async () => [],
        sourceNames: async () => new Map([["s1", "the firewall's log"]]),
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

/** Stores a record as the pipeline does, with its event and the signals of a matcher; answers those signals. */
export async function storeLine(
  area: TestArea,
  matcher: Matcher,
  line: { readonly id: string; readonly text: string; readonly receivedMs: number; readonly source?: string },
): Promise<Signal[]> {
  const { id, text, receivedMs, source = "s1" } = line;
  const event = createNormaliser(catalog.parsers)(decodeRecord({ text, received: receivedMs, peer: "", kind: "http" }));
  const { columns, class_name, parser, fields, logsource, notes } = event;
  const row = {
    ...columns,
    id,
    received_ms: receivedMs,
    source,
    parser,
    class: class_name,
    peer: "",
    notes,
    raw: text,
  };
  const encoded = encodeEvents([{ ...row, notes: [...notes] }]);
  await area.events.store.insert({ table: "events", encoded, rows: 1, token: `event-${id}` });
  const signals = matcher.match({ eventId: id, columns, fields, logsource, text });
  if (signals.length > 0) {
    const rows = signals.map((signal) => matcher.serialise(signal, { receivedMs, source, class: class_name })).join("");
    const batch = { table: "signals", ndjson: Buffer.from(rows), rows: signals.length, token: `signals-${id}` };
    await area.events.store.insert(batch);
  }
  return signals;
}
