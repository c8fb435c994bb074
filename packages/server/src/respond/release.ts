/** release: the gate before the outside, in the transaction that notes the sending. What would be done now is planned anew and must be
 *  what the approval's hash names; the never-touch list and the limits of an hour are asked again, as they are now. A broken glass
 *  goes past a limit, and past nothing else. */
import type { Estate } from "../estate/index.ts";
import type { Clock } from "../platform/clock/index.ts";
import type { Transaction } from "../platform/tables/index.ts";
import * as machine from "./approval.ts";
import { approvalById, saveApproval, type StoredApproval } from "./approval-store.ts";
import { bindingOf } from "./binding.ts";
import type { Effect } from "./effect.ts";
import { insertSending, insertTouched, lockLimits } from "./effect-store.ts";
import { neverBecause, neverTouched, type Ourselves } from "./guards.ts";
import type { Limits } from "./limits.ts";
import { newestPolicy } from "./policy-store.ts";
import type { Planned } from "./port.ts";

export interface ReleaseOptions {
  readonly clock: Clock;
  readonly estate: Pick<Estate, "readTargets">;
  readonly ourselves: Ourselves;
  readonly limits: Limits;
}

/** `over`: the limit that a broken glass let it go past. */
export type Released =
  | { readonly ok: true; readonly over: string | null }
  | { readonly ok: false; readonly reason: string; readonly expired: boolean };

export function createRelease({ clock, estate, ourselves, limits }: ReleaseOptions) {
  return async (tx: Transaction, effect: Effect, planned: Planned): Promise<Released> => {
    const no = async (reason: string, approval: StoredApproval | null, expired = false): Promise<Released> => {
      // An approval that was not used is over with its effect.
      if (approval !== null)
        await saveApproval(tx, { ...approval, state: expired ? "expired" : "withdrawn", settledAt: clock.now() });
      return { ok: false, reason, expired };
    };
    const now = clock.now();
    const approval = effect.approvalId === null ? null : await approvalById(tx, effect.approvalId);
    if (!planned.ok) return no(`It can no longer be carried out: ${planned.reason}`, approval);
    if (approval === null && planned.effect !== "read" && effect.class === "read")
      return no("It was taken for a read, but would change something now. Propose it again.", approval);
    const hash = bindingOf({
      ...effect,
      targets: planned.targets,
      command: planned.command,
      expiresAt: approval?.expiresAt ?? 0,
    });
    const asked = { ...effect, targets: planned.targets, class: planned.effect };
    if (planned.effect !== "read") {
      const { policy } = await newestPolicy(tx);
      const targets = await estate.readTargets(tx, planned.targets);
      const never = neverBecause({ never: neverTouched(policy.never, targets, ourselves) });
      if (never !== null) return no(never, approval);
    }
    await lockLimits(tx);
    const over = await limits.reading(tx)(asked);
    if (over !== null && (approval === null || approval.breakGlass === null)) return no(over, approval);
    await insertTouched(tx, asked, now);
    if (approval !== null) {
      const used = machine.use(approval, { hash, at: now });
      if (!used.ok) return no(used.reason, approval, used.code === "expired");
      await saveApproval(tx, { ...approval, ...used.approval });
    }
    await insertSending(tx, { effectId: effect.id, approvalId: effect.approvalId, hash, at: now });
    return { ok: true, over };
  };
}
