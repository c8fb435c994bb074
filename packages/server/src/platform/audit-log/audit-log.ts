/** audit-log: who did what to what, append-only and hash-chained. An entry is written in the transaction of the change it
 *  describes: both happen or neither. A chain alone cannot see its newest entries cut off; `verify` can when it is given
 *  a head that was noted elsewhere. */
import { isAppError } from "../errors/index.ts";
import type { Clock } from "../clock/index.ts";
import { type Tables, type Transaction, tablesError } from "../tables/index.ts";
import { type Json, storable, storableText } from "./canonical.ts";
import { type ActorFacts, breakOf, GENESIS, hashOf } from "./chain.ts";
import * as store from "./store.ts";

export interface AuditEntry {
  readonly seq: number;
  /** ISO 8601 in UTC. */
  readonly at: string;
  readonly actor: ActorFacts;
  readonly action: string;
  readonly target: string;
  readonly details: Record<string, unknown>;
  readonly hash: string;
}

export interface NewEntry {
  readonly actor: ActorFacts;
  /** `noun.verb` in the past tense, such as `token.revoked`. */
  readonly action: string;
  /** Id of what was acted on. */
  readonly target: string;
  /** Plain JSON facts, never secrets. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export interface Verdict {
  readonly ok: boolean;
  /** Entries that were walked and fit. */
  readonly entries: number;
  readonly firstBad: number | null;
  /** What is wrong, in words; null when nothing is. */
  readonly reason: string | null;
  /** Hash of the last entry that fits; note it elsewhere to find a cut tail later. */
  readonly head: string;
}

export interface AuditLog {
  /** Call it last in the transaction: from here on no other transaction can append. */
  append(tx: Transaction, entry: NewEntry): Promise<AuditEntry>;
  /** Newest first. */
  list(filter: store.Filter): Promise<AuditEntry[]>;
  /** Walks the whole chain; `anchor` is a head noted earlier that must still be in it. */
  verify(anchor?: store.Head): Promise<Verdict>;
}

export function createAuditLog({ tables, clock }: { tables: Tables; clock: Clock }): AuditLog {
  return {
    append: (tx, entry) => append(tx, entry, clock.now()),
    list: async (filter) => (await store.newestFirst(tables.db, filter)).map(toEntry),
    verify: (anchor) => tables.transaction((tx) => walk(tx, anchor), { isolation: "repeatable read" }),
  };
}

const PAGE = 5_000;

async function append(tx: Transaction, entry: NewEntry, now: number): Promise<AuditEntry> {
  await store.lockChain(tx);
  const head = await store.readHead(tx);
  const unsigned = {
    seq: (head?.seq ?? 0) + 1,
    at: new Date(now).toISOString().replace("Z", "000Z"),
    actor: { kind: entry.actor.kind, id: storableText(entry.actor.id), name: storableText(entry.actor.name) },
    action: storableText(entry.action),
    target: storableText(entry.target),
    details: detailsOf(entry.details),
    prevHash: head?.hash ?? GENESIS,
  };
  const stored = { ...unsigned, hash: hashOf(unsigned) };
  await store.insertEntry(tx, stored).catch(retryOnStaleHead);
  return toEntry(stored);
}

function detailsOf(details: NewEntry["details"]): { readonly [key: string]: Json } {
  const value = storable(details ?? {});
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as { [key: string]: Json }) : {};
}

/** A transaction above READ COMMITTED reads the head of its snapshot, which may be old although it holds the lock: its
 *  number is then taken. That is a collision like any other, so the whole transaction runs again. */
function retryOnStaleHead(error: unknown): never {
  if (isAppError(error) && error.code === "TABLES_CONFLICT") {
    throw tablesError(Object.assign(new Error("the audit log moved on"), { code: "40001" }));
  }
  throw error;
}

async function walk(tx: Transaction, anchor: store.Head | undefined): Promise<Verdict> {
  let previous = { seq: 0, hash: GENESIS };
  const bad = (seq: number, reason: string): Verdict => {
    return { ok: false, entries: previous.seq, firstBad: seq, reason, head: previous.hash };
  };
  for (;;) {
    const page = await store.oldestFirst(tx, { after: previous.seq, limit: PAGE });
    for (const entry of page) {
      const reason = breakOf(previous, entry);
      if (reason !== undefined) return bad(Math.min(entry.seq, previous.seq + 1), reason);
      if (anchor?.seq === entry.seq && anchor.hash !== entry.hash)
        return bad(entry.seq, `entry ${entry.seq} is not the one that was noted`);
      previous = { seq: entry.seq, hash: entry.hash };
    }
    if (page.length < PAGE) break;
  }
  if (anchor !== undefined && anchor.seq > previous.seq) {
    return bad(
      previous.seq + 1,
      `the log ends at entry ${previous.seq}, but entry ${anchor.seq} was noted: its end was cut off`,
    );
  }
  return { ok: true, entries: previous.seq, firstBad: null, reason: null, head: previous.hash };
}

function toEntry(entry: store.StoredEntry): AuditEntry {
  const { seq, actor, action, target, details, hash } = entry;
  return { seq, at: new Date(entry.at).toISOString(), actor, action, target, details, hash };
}
