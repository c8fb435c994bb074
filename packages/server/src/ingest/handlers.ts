/** handlers: the routes of contracts/ingest.ts. Every change is audited in the transaction that makes it. */
import type { ingestRoutes, PipelineHealth, Source } from "@holdfast/contracts/ingest";
import type { AuditLog } from "../platform/audit-log/index.ts";
import type { Clock } from "../platform/clock/index.ts";
import type { CallContext, Handlers } from "../platform/http-contract.ts";
import type { Tables, Transaction } from "../platform/tables/index.ts";
import { ingestFail } from "./errors.ts";
import type { Imports } from "./imports.ts";
import type { Intake } from "./intake.ts";
import { listQuarantined, markReplayed, takeReplayable } from "./quarantine-store.ts";
import { createKey, type SourceRegistry } from "./source-registry.ts";
import { freeSource, listSources, setSourceKey, sourceById, type StoredSource, updateSource } from "./source-store.ts";

export interface HandlerOptions {
  readonly tables: Tables;
  readonly audit: AuditLog;
  readonly sources: SourceRegistry;
  readonly imports: Imports;
  readonly intake: Intake;
  readonly clock: Clock;
  readonly view: (stored: readonly StoredSource[]) => Promise<Source[]>;
  readonly health: () => PipelineHealth;
}

export function createHandlers(options: HandlerOptions): Handlers<typeof ingestRoutes> {
  const { tables, sources, imports, intake, clock } = options;

  async function viewOne(source: StoredSource): Promise<Source> {
    const [view] = await options.view([source]);
    if (view === undefined) throw unknownSource(source.id);
    return view;
  }

  async function changed(
    tx: Transaction,
    { actor }: CallContext,
    entry: { readonly action: string; readonly target: string; readonly details?: Record<string, unknown> },
  ): Promise<void> {
    await tables.notify(tx, "ingest.source.changed", { id: entry.target });
    await options.audit.append(tx, { actor, ...entry });
  }

  return {
    listSources: async ({ query }) => {
      const rows = await listSources(tables.db, {
        after: query.cursor ?? "",
        q: query.q ?? "",
        exercise: query.exercise,
        limit: query.limit + 1,
      });
      const items = rows.slice(0, query.limit);
      return { items: await options.view(items), next: rows.length > query.limit ? (items.at(-1)?.id ?? null) : null };
    },
    getSource: async ({ params }) => {
      const source = await sourceById(tables.db, params.id);
      if (source === undefined) throw unknownSource(params.id);
      return viewOne(source);
    },
    createSource: async ({ body }, context) => {
      const key = createKey();
      const source = await tables.transaction(async (tx) => {
        const { kind, name, exerciseId } = body;
        const id = await freeSource(tx, { kind, name, key, exerciseId, now: clock.now() });
        await changed(tx, context, { action: "source.created", target: id, details: { name } });
        return sourceById(tx, id);
      });
      if (source === undefined) throw unknownSource(body.name);
      await sources.refresh(source.id);
      return { source: await viewOne(source), key: key.key };
    },
    updateSource: async ({ params, body }, context) => {
      const source = await tables.transaction(async (tx) => {
        const updated = await updateSource(tx, params.id, body);
        if (updated === undefined) throw unknownSource(params.id);
        await changed(tx, context, { action: "source.updated", target: params.id, details: { ...body } });
        return updated;
      });
      await sources.refresh(params.id);
      return viewOne(source);
    },
    rotateSourceKey: async ({ params }, context) => {
      const key = createKey();
      await tables.transaction(async (tx) => {
        const source = await sourceById(tx, params.id);
        if (source === undefined) throw unknownSource(params.id);
        if (source.keyHash === undefined) {
          throw ingestFail(
            "INGEST_SOURCE_WITHOUT_KEY",
            `The source "${source.id}" takes no key: it is not an HTTP source.`,
          );
        }
        await setSourceKey(tx, params.id, key);
        await changed(tx, context, { action: "source.key-rotated", target: params.id });
      });
      await sources.refresh(params.id);
      return { key: key.key };
    },
    listQuarantine: async ({ query }) => {
      const after = cursorOf(query.cursor);
      const rows = await listQuarantined(tables.db, { source: query.source, after, limit: query.limit + 1 });
      const items = rows.slice(0, query.limit);
      const last = items.at(-1);
      const next = rows.length > query.limit && last !== undefined ? `${last.quarantinedAt}_${last.id}` : null;
      return { items, next };
    },
    replayQuarantine: async ({ body }, context) => {
      let replayed = 0;
      // A few at a time: each may hold a record of the largest size.
      for (let at = 0; at < body.ids.length; at += REPLAY_AT_ONCE) {
        replayed += await replay(body.ids.slice(at, at + REPLAY_AT_ONCE), context);
      }
      return { replayed };
    },
    startImport: ({ body }, context) =>
      audited(context, { action: "import.started", target: body.name }, () => imports.start(body.name)),
    startImportFile: ({ params, body }) => imports.startFile(params.id, body),
    getImport: ({ params }) => imports.get(params.id),
    finishImport: ({ params }, context) =>
      audited(context, { action: "import.finished", target: params.id }, () => imports.finish(params.id)),
    pipeline: async () => options.health(),
  };

  function replay(ids: readonly string[], { actor }: CallContext): Promise<number> {
    return tables.transaction(async (tx) => {
      const records = await takeReplayable(tx, ids);
      if (records.length === 0) return 0;
      // On disk first: a crash before the mark replays twice, which is seen; the other order could lose the record.
      const receivedMs = clock.now();
      await Promise.all(
        records.map(({ source, kind, peer, raw }) => intake.append({ source, kind, receivedMs, peer }, [raw])),
      );
      const done = records.map((record) => record.id);
      await markReplayed(tx, done, receivedMs);
      const entry = { action: "quarantine.replayed", target: "quarantine", details: { ids: done } };
      await options.audit.append(tx, { actor, ...entry });
      return done.length;
    });
  }

  async function audited<T>(
    { actor }: CallContext,
    entry: { readonly action: string; readonly target: string },
    work: () => Promise<T>,
  ): Promise<T> {
    const done = await work();
    await tables.transaction(async (tx) => {
      await options.audit.append(tx, { actor, ...entry });
    });
    return done;
  }
}

const REPLAY_AT_ONCE = 20;

const unknownSource = (id: string) =>
  ingestFail("INGEST_SOURCE_UNKNOWN", `There is no source "${id.slice(0, 100)}"; see the list of sources.`);

function cursorOf(cursor: string | undefined): { readonly at: string; readonly id: string } | undefined {
  const found = /^([0-9TZ:.-]{20,30})_([0-9a-f-]{36})$/.exec(cursor ?? "");
  return found?.[1] === undefined || found[2] === undefined ? undefined : { at: found[1], id: found[2] };
}
