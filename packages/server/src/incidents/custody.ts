/** custody: the chain of who had a piece of evidence in hands. Each row's hash covers the row and the hash before it; the first
 *  one stands on the facts of the evidence itself, so that neither can be exchanged unseen. */
import { createHash } from "node:crypto";

export type CustodyAction = "collected" | "read" | "downloaded" | "verified" | "handed-over" | "sealed";

export interface CustodyRow {
  readonly evidenceId: string;
  readonly seq: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly action: string;
  readonly actor: { readonly id: string; readonly name: string };
  /** JSON text, kept as it was hashed. */
  readonly details: string;
  readonly prevHash: string;
}

export interface OriginFacts {
  readonly id: string;
  readonly name: string;
  readonly sha256: string | null;
  readonly digest: string | null;
}

/** What the first row stands on. A search has its digest from the start, and a sha256 only when it is sealed. */
export function originOf({ id, name, sha256, digest }: OriginFacts): string {
  return sha256Of(["evidence", id, name, digest ?? sha256 ?? ""]);
}

export function custodyHash(row: CustodyRow): string {
  const { evidenceId, seq, at, action, actor, details, prevHash } = row;
  return sha256Of([evidenceId, seq, at, action, actor.id, actor.name, details, prevHash]);
}

/** Number of the first row that does not fit, or null when all do. */
export function brokenAt(
  origin: OriginFacts,
  rows: readonly (CustodyRow & { readonly hash: string })[],
): number | null {
  let previous = originOf(origin);
  for (const [index, row] of rows.entries()) {
    if (row.seq !== index + 1 || row.prevHash !== previous || row.hash !== custodyHash(row)) return index + 1;
    previous = row.hash;
  }
  return rows.length === 0 ? 1 : null;
}

function sha256Of(parts: readonly (string | number)[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}
