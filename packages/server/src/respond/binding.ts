/** binding: the hash that an approval is about. It covers everything that decides what will happen; whoever approves one thing
 *  has not approved another, and a proposal that changes afterwards no longer fits its approval. */
import { createHash } from "node:crypto";
import type { Target } from "@holdfast/contracts/respond";
import { canonicalJson, storable } from "../platform/audit-log/index.ts";

export interface Bound {
  readonly action: string;
  readonly connectorId: string;
  readonly targets: readonly Target[];
  readonly command: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly playbookVersion: string | null;
  readonly undoAfterMs: number | null;
  readonly exerciseId: string | null;
  /** Of the approval, milliseconds since the epoch. */
  readonly expiresAt: number;
}

export function bindingOf(bound: Bound): string {
  const { action, connectorId, command, input, playbookVersion, undoAfterMs, exerciseId, expiresAt } = bound;
  const targets = bound.targets.map(({ kind, value }) => ({ kind, value }));
  const covered = canonicalJson(
    storable({
      action,
      connectorId,
      targets,
      command,
      input,
      playbookVersion,
      undoAfterMs,
      exerciseId,
      expiresAt,
      format: 1,
    }),
  );
  return createHash("sha256").update(covered).digest("hex");
}
