/** members-of: the stored signals of one alert, ready to be asked about, and why nothing may be taken out of it. */
import { isReported } from "@holdfast/contracts/triage";
import type { EventStore } from "../platform/events/index.ts";
import type { Executor } from "../platform/tables/index.ts";
import { RISK_RULE } from "./apply-risk.ts";
import { fail } from "./errors.ts";
import { type AlertMembers, readMembers } from "./member-store.ts";
import type { Asked } from "./member-signals.ts";
import { type ConditionMaker, conditionMaker, type Membership, membersOf } from "./members.ts";

export interface MembersContext {
  readonly events: EventStore;
  /** The exercise that sends by a source; null for real telemetry. */
  readonly exerciseOf?: ((source: string) => string | null) | undefined;
}

export interface Members {
  readonly alert: AlertMembers;
  /** Asks about them, or about those of them that another condition holds for as well. */
  asked(narrow?: (maker: ConditionMaker) => string): Asked;
}

export async function membersOfAlert(context: MembersContext, executor: Executor, id: string): Promise<Members> {
  const alert = await readMembers(executor, id);
  if (alert === undefined)
    throw fail("TRIAGE_ALERT_UNKNOWN", `There is no alert ${id}: it may have a different id on this installation.`);
  const sources = await sourcesOf(context, alert);
  const asked: Members["asked"] = (narrow) => {
    const maker = conditionMaker();
    // Where its cause is not known, or it was put back, no signal is surely its own.
    const known = alert.putBackInto === null && (alert.told !== null || alert.membership.listed !== null);
    const own = known ? membersOf(maker, { ...alert.membership, sources }) : "0";
    return { events: context.events, maker, where: narrow === undefined ? own : `(${own}) AND (${narrow(maker)})` };
  };
  return { alert, asked };
}

/** Why nothing can be taken out of it; "" when something can. */
export function refusalOf(alert: AlertMembers): string {
  if (alert.putBackInto !== null) return "It was put back into the alert that it came from: work there.";
  if (alert.ruleId === RISK_RULE) return "It stands for a score and not for signals: nothing can be taken out of it.";
  if (isReported(alert.ruleId)) return "Its sender says what is one alert: change it there.";
  if (alert.told === null && alert.membership.listed === null)
    return "It was raised before it was kept which signals it is made of: later alerts can be taken apart.";
  return alert.count < 2 ? "It is one signal only." : "";
}

async function sourcesOf({ events, exerciseOf }: MembersContext, alert: AlertMembers): Promise<Membership["sources"]> {
  if (exerciseOf === undefined) return { not: [] };
  const { ruleId, firstMs, lastMs } = alert;
  const rows = await events.query<{ source: string }>(
    `SELECT DISTINCT source FROM ${events.table("signals")}
     WHERE rule_id = {rule:String} AND time >= fromUnixTimestamp64Milli({first:Int64}) AND time < fromUnixTimestamp64Milli({last:Int64} + 1)`,
    { params: { rule: ruleId, first: firstMs, last: lastMs }, limits: { timeMs: 10_000 } },
  );
  const sources = rows.map(({ source }) => source);
  return alert.exerciseId === null
    ? { not: sources.filter((source) => exerciseOf(source) !== null) }
    : { only: sources.filter((source) => exerciseOf(source) === alert.exerciseId) };
}
