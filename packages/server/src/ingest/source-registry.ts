/** source-registry: the sources in memory, for questions asked on every record: is the key right, is it enabled. Keys are kept
 *  as SHA-256 only; a presented key is hashed first, so neither lookup nor comparison says how much of a guess was right. */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { RejectReason, SourceKind } from "@holdfast/contracts/ingest";
import type { Clock } from "../platform/clock/index.ts";
import type { Log } from "../platform/log/index.ts";
import type { Tables } from "../platform/tables/index.ts";
import {
  addRejected,
  allSources,
  insertSource,
  type Rejection,
  sourceById,
  type StoredSource,
} from "./source-store.ts";

export const KEY_PREFIX = "hfs_";
const SHOWN = KEY_PREFIX.length + 6;

/** A source without a key: its input is its own. */
export interface OwnSource {
  readonly id: string;
  readonly kind: SourceKind;
  readonly name: string;
}

/** Sources that exist from the first start, with an input of their own. */
const OWN_SOURCES: readonly OwnSource[] = [
  { id: "syslog-udp", kind: "syslog-udp", name: "Syslog over UDP" },
  { id: "syslog-tcp", kind: "syslog-tcp", name: "Syslog over TCP" },
  { id: "import", kind: "import", name: "Imported files" },
];

export interface NewKey {
  /** Shown once. */
  readonly key: string;
  readonly hash: string;
  readonly prefix: string;
}

export function createKey(): NewKey {
  const key = KEY_PREFIX + randomBytes(24).toString("base64url");
  return { key, hash: hashOf(key), prefix: key.slice(0, SHOWN) };
}

export class SourceRegistry {
  readonly #tables: Tables;
  readonly #log: Log;
  #byId = new Map<string, StoredSource>();
  #byHash = new Map<string, StoredSource>();
  readonly #clock: Pick<Clock, "now">;
  /** By source and reason. */
  #rejected = new Map<string, Map<RejectReason, Rejection>>();

  constructor(given: { readonly tables: Tables; readonly log: Log; readonly clock: Pick<Clock, "now"> }) {
    this.#tables = given.tables;
    this.#log = given.log;
    this.#clock = given.clock;
  }

  /** @param more the sources of inputs that are switched on */
  async load(now: number, more: readonly OwnSource[]): Promise<void> {
    for (const own of [...OWN_SOURCES, ...more]) await insertSource(this.#tables.db, { ...own, now });
    await this.reload();
  }

  async reload(): Promise<void> {
    const sources = await allSources(this.#tables.db);
    this.#byId = new Map(sources.map((source) => [source.id, source]));
    this.#byHash = new Map(
      sources.flatMap((source) => (source.keyHash === undefined ? [] : [[source.keyHash, source]])),
    );
  }

  /** After a change of one: with thousands of sources nobody reads all of them again. */
  async refresh(id: string): Promise<void> {
    const source = await sourceById(this.#tables.db, id);
    const before = this.#byId.get(id);
    if (before?.keyHash !== undefined) this.#byHash.delete(before.keyHash);
    if (source === undefined) this.#byId.delete(id);
    else {
      this.#byId.set(id, source);
      if (source.keyHash !== undefined) this.#byHash.set(source.keyHash, source);
    }
  }

  byId(id: string): StoredSource | undefined {
    return this.#byId.get(id);
  }

  /** Sources of exercises made since then, each with its exercise. */
  rehearsing(sinceMs: number): ReadonlyMap<string, string> {
    const found = [...this.#byId.values()].flatMap(({ id, exerciseId, createdAt }): [string, string][] =>
      exerciseId === null || Date.parse(createdAt) < sinceMs ? [] : [[id, exerciseId]],
    );
    return new Map(found);
  }

  byKey(key: string): StoredSource | undefined {
    const hash = hashOf(key);
    const source = this.#byHash.get(hash);
    if (source?.keyHash === undefined) return undefined;
    return timingSafeEqual(Buffer.from(source.keyHash, "hex"), Buffer.from(hash, "hex")) ? source : undefined;
  }

  /** Counts records that were turned away; written down by the next `flush`. */
  reject(source: string, records: number, reason: RejectReason): void {
    if (records <= 0) return;
    let known = this.#rejected.get(source);
    if (known === undefined) this.#rejected.set(source, (known = new Map()));
    const before = known.get(reason)?.records ?? 0;
    known.set(reason, { reason, records: before + records, lastMs: this.#clock.now() });
  }

  /** What is counted and not written down yet. */
  pendingRejected(source: string): readonly Rejection[] {
    return [...(this.#rejected.get(source)?.values() ?? [])];
  }

  async flush(): Promise<void> {
    for (const [source, reasons] of this.#rejected)
      for (const counted of [...reasons.values()]) {
        try {
          await addRejected(this.#tables.db, source, counted);
          const now = reasons.get(counted.reason) ?? counted;
          const left = now.records - counted.records;
          if (left > 0) reasons.set(counted.reason, { ...now, records: left });
          else reasons.delete(counted.reason);
        } catch (error) {
          const reason = error instanceof Error ? error.message : String(error);
          const { records } = counted;
          this.#log.warn({ source, records, reason }, "the count of refused records is written down later");
        }
      }
  }
}

const hashOf = (key: string): string => createHash("sha256").update(key).digest("hex");
