/** ledger: every change of an effect in one transaction with what follows from it: its journal, the live message, the line on the
 *  incident's timeline, and what listeners have to hear. */
import type { AuditLog } from "../platform/audit-log/index.ts";
import type { Actor } from "../platform/http-contract.ts";
import type { Tables, Transaction } from "../platform/tables/index.ts";
import type { Someone } from "./approval.ts";
import { approvalById, insertApproval, saveApproval, type StoredApproval } from "./approval-store.ts";
import { dueOf, type Effect } from "./effect.ts";
import * as store from "./effect-store.ts";
import { workThere } from "./impact.ts";
import type { Floor, SettledState } from "./port.ts";

export interface Change {
  /** A word for what happened: "sent", "done" … */
  readonly entry: string;
  readonly text: string;
  readonly at: number;
  readonly actor?: Someone | null;
  readonly team?: "security" | "operations" | null;
  /** Title of a line on the incident's timeline; none when it is not worth one. */
  readonly title?: string;
  readonly settled?: SettledState;
  /** A person looked whether it happened: that is no longer waited for. */
  readonly looked?: boolean;
  /** Nothing changed that anybody has to read. */
  readonly silent?: boolean;
  /** For people's acts: written to the audit log under this action. */
  readonly audit?: { readonly actor: Actor; readonly action: string; readonly details?: Record<string, unknown> };
}

export interface Ledger {
  create(tx: Transaction, made: { effect: Effect; approval: StoredApproval | null; change: Change }): Promise<boolean>;
  change(tx: Transaction, effect: Effect, change: Change & { readonly approval?: StoredApproval }): Promise<Effect>;
}

export function createLedger({ tables, audit, floor }: { tables: Tables; audit: AuditLog; floor: Floor }): Ledger {
  return {
    async create(tx, { effect, approval, change }) {
      if (!(await store.insertEffect(tx, effect, dueOf(effect, approval?.expiresAt ?? null)))) return false;
      if (approval !== null) await insertApproval(tx, approval);
      await follow(tx, effect, change);
      if (approval !== null) await announceApproval(tx, effect, approval);
      await audited(tx, effect, change);
      return true;
    },
    async change(tx, effect, { approval, ...change }) {
      if (approval !== undefined) await saveApproval(tx, approval);
      const expiresAt =
        effect.state !== "waiting" || effect.approvalId === null
          ? null
          : (approval ?? (await approvalById(tx, effect.approvalId))).expiresAt;
      const saved = await store.saveEffect(tx, effect, dueOf(effect, expiresAt));
      await follow(tx, saved, change);
      if (approval !== undefined) await announceApproval(tx, saved, approval);
      await audited(tx, saved, change);
      return saved;
    },
  };

  async function follow(tx: Transaction, effect: Effect, change: Change): Promise<void> {
    const { entry, text, at, actor = null, title, settled, silent = false } = change;
    if (silent) return;
    await store.appendJournal(tx, effect.id, { at, entry, text, actor });
    await tables.notify(tx, "respond.effect.changed", { id: effect.id, incidentId: effect.incidentId });
    if (settled !== undefined) await store.insertSettled(tx, { effectId: effect.id, state: settled, at });
    if (settled === "unknown" || change.looked === true) await awaitLook(tx, effect, at);
    if (title === undefined || effect.incidentId === null) return;
    await floor.note(tx, {
      incidentId: effect.incidentId,
      key: `effect:${effect.id}:${effect.version}:${entry}`,
      at,
      // What happens to systems is the operations' side of the story, whoever or whatever did it.
      lane: change.team ?? "operations",
      title,
      body: text,
      actor,
      link: `/effects/${effect.id}`,
    });
  }

  /** What nobody knows the outcome of waits for someone to look at the system itself. */
  async function awaitLook(tx: Transaction, { id, incidentId, state, title }: Effect, at: number): Promise<void> {
    if (incidentId === null) return;
    const key = `unknown:${id}`;
    if (state !== "unknown") return floor.waited(tx, { incidentId, key, at });
    const reason = `to look whether it happened: ${title}`;
    await floor.wait(tx, { incidentId, key, team: "operations", person: null, reason, since: at });
  }

  async function announceApproval(tx: Transaction, effect: Effect, approval: StoredApproval): Promise<void> {
    const { incidentId } = effect;
    await tables.notify(tx, "respond.approval.changed", { id: approval.id, incidentId });
    if (incidentId === null) return;
    for (const { team, people } of approval.requirement.sides) {
      const key = `approval:${approval.id}:${team ?? "either"}`;
      if (approval.state !== "waiting") {
        await floor.waited(tx, { incidentId, key, at: approval.settledAt ?? approval.createdAt });
        continue;
      }
      const given = approval.decisions.filter((one) => one.team === team || team === null).length;
      if (given > 0) continue;
      const work = workThere(effect.impact);
      const reason = `to approve: ${effect.title}${work === "" ? "" : `; changes on what is hit: ${work}`}`;
      await floor.wait(tx, {
        incidentId,
        key,
        team: team ?? "either team",
        // Somebody else fills in who stands for a side; where only one may, it is that one.
        person: people?.length === 1 ? (people[0]?.name ?? null) : null,
        reason,
        since: approval.createdAt,
      });
    }
  }

  /** Last in the transaction: from there on no other can append to the audit log. */
  async function audited(tx: Transaction, effect: Effect, { audit: entry, text }: Change): Promise<void> {
    if (entry === undefined) return;
    const { action, connectorId, targets, incidentId } = effect;
    const details = { action, connectorId, targets, incidentId, text, ...entry.details };
    await audit.append(tx, { actor: entry.actor, action: entry.action, target: effect.id, details });
  }
}
