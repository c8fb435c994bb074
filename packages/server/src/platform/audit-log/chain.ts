/** chain: how entries of the audit log hang together. Each hash covers the whole entry and the hash before it, so that
 *  nothing in the middle can be edited, removed or moved unseen. */
import { createHash } from "node:crypto";
import { canonicalJson, type Json } from "./canonical.ts";

export interface ActorFacts {
  readonly kind: "user" | "token" | "system";
  readonly id: string;
  readonly name: string;
}

export interface ChainedEntry {
  readonly seq: number;
  /** ISO 8601 in UTC with microseconds: exactly what the database keeps. */
  readonly at: string;
  readonly actor: ActorFacts;
  readonly action: string;
  readonly target: string;
  readonly details: { readonly [key: string]: Json };
  readonly prevHash: string;
}

/** The hash before the first entry. */
export const GENESIS = "0".repeat(64);

export function hashOf(entry: ChainedEntry): string {
  const { seq, at, actor, action, target, details, prevHash } = entry;
  const { kind, id, name } = actor;
  const covered = canonicalJson({ seq, at, actor: { kind, id, name }, action, target, details, prevHash });
  return createHash("sha256").update(covered).digest("hex");
}

/** Why this entry cannot follow on `previous`, or undefined when it does. */
export function breakOf(
  previous: { seq: number; hash: string },
  entry: ChainedEntry & { hash: string },
): string | undefined {
  if (entry.seq !== previous.seq + 1) return `entry ${previous.seq + 1} is missing (the next one is ${entry.seq})`;
  if (entry.prevHash !== previous.hash) return `entry ${entry.seq} does not follow on the entry before it`;
  if (entry.hash !== hashOf(entry)) return `entry ${entry.seq} was changed after it was written`;
  return undefined;
}
