/** evidence: what is kept of an incident so that it holds afterwards. Bytes go to the vault first and are on disk before a row
 *  names them; whoever has it in hands is a row of its chain of custody. */
import { createHash } from "node:crypto";
import type { Transaction } from "../platform/tables/index.ts";
import { announce, type WorkContext, within } from "./context.ts";
import { appendCustody, type EvidenceRecord, insertEvidence } from "./evidence-store.ts";
import { note } from "./note.ts";
import type { Stored, Vault } from "./vault.ts";

export interface EvidenceContext extends WorkContext {
  readonly vault: Vault;
}

export interface NewFile {
  readonly incidentId: string;
  readonly name: string;
  readonly description?: string;
  /** Where it comes from: a host, a playbook's step, a person. */
  readonly source: string;
  readonly actor: { readonly id: string; readonly name: string };
  /** The same key is attached once. */
  readonly key: string;
}

export interface Attached {
  readonly evidenceId: string;
  readonly sha256: string;
}

export async function attach(
  context: EvidenceContext,
  tx: Transaction | null,
  given: NewFile & { readonly bytes: Uint8Array },
): Promise<Attached> {
  const { bytes, ...file } = given;
  const record = await keep(context, tx, { file, stored: await context.vault.put([bytes]), lane: "system" });
  return { evidenceId: record.id, sha256: record.sha256 ?? "" };
}

/** Names bytes that lie in the vault already. */
export function keep(
  context: EvidenceContext,
  tx: Transaction | null,
  { file, stored, lane }: { file: NewFile; stored: Stored; lane: "system" | "security" | "operations" },
): Promise<EvidenceRecord> {
  const now = context.clock.now();
  return within(context, tx, async (inside) => {
    const { record, isNew } = await insertEvidence(inside, {
      ...file,
      description: file.description ?? "",
      id: evidenceId(file.incidentId, file.key),
      kind: "file",
      at: now,
      sha256: stored.sha256,
      bytes: stored.bytes,
      search: null,
    });
    if (isNew) {
      const details = { sha256: stored.sha256, bytes: stored.bytes, source: file.source };
      await appendCustody(inside, record, { at: now, action: "collected", actor: file.actor, details });
      await note(context, inside, {
        incidentId: file.incidentId,
        key: `evidence:${record.id}`,
        at: now,
        lane,
        kind: "evidence",
        title: `Kept as evidence: ${file.name}`,
        body: `${stored.bytes} bytes from ${file.source}, sha256 ${stored.sha256}`,
        actor: file.actor,
      });
      await announce(context, inside, file.incidentId);
    }
    return record;
  });
}

export function evidenceId(incidentId: string, key: string): string {
  return createHash("sha256")
    .update(JSON.stringify(["evidence", incidentId, key]))
    .digest("hex")
    .slice(0, 32);
}
