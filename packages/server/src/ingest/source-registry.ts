/** source-registry: the sources in memory, for questions asked on every record: is the key right, is it enabled. Keys are kept
 *  as SHA-256 only; a presented key is hashed first, so neither lookup nor comparison says how much of a guess was right. */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { SourceKind } from "@holdfast/contracts/ingest";
import type { Log } from "../platform/log/index.ts";
import type { Tables } from "../platform/tables/index.ts";
import { addRejected, allSources, insertSource, type StoredSource } from "./source-store.ts";

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
  #rejected = new Map<string, number>();

  constructor(tables: Tables, log: Log) {
    this.#tables = tables;
    this.#log = log;
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

  byId(id: string): StoredSource | undefined {
    return this.#byId.get(id);
  }

  byKey(key: string): StoredSource | undefined {
    const hash = hashOf(key);
    const source = this.#byHash.get(hash);
    if (source?.keyHash === undefined) return undefined;
    return timingSafeEqual(Buffer.from(source.keyHash, "hex"), Buffer.from(hash, "hex")) ? source : undefined;
  }

  /** Counts records that were turned away; written down by the next `flush`. */
  reject(source: string, records: number): void {
    if (records > 0) this.#rejected.set(source, (this.#rejected.get(source) ?? 0) + records);
  }

  pendingRejected(source: string): number {
    return this.#rejected.get(source) ?? 0;
  }

  async flush(): Promise<void> {
    for (const [source, records] of [...this.#rejected]) {
      try {
        await addRejected(this.#tables.db, source, records);
        const left = (this.#rejected.get(source) ?? 0) - records;
        if (left > 0) this.#rejected.set(source, left);
        else this.#rejected.delete(source);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        this.#log.warn({ source, records, reason }, "the count of refused records is written down later");
      }
    }
  }
}

const hashOf = (key: string): string => createHash("sha256").update(key).digest("hex");
