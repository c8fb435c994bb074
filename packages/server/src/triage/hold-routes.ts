/** hold-routes: suppressions and maintenance windows as people make, look through and end them. Every change is audited; what ends by
 *  its time is ended, and let go, by the sweep. */
import { randomBytes } from "node:crypto";
import type { HoldPreview, Maintenance, Suppression, triageSettingsRoutes } from "@holdfast/contracts/triage-settings";
import type { AuditLog } from "../platform/audit-log/index.ts";
import type { Cel } from "../platform/cel/index.ts";
import type { Clock } from "../platform/clock/index.ts";
import type { Handlers } from "../platform/http-contract.ts";
import type { Executor, Tables, Transaction } from "../platform/tables/index.ts";
import { lockTriage } from "./alert-store.ts";
import { FACT_ROOTS } from "./alert-facts.ts";
import { announceAlerts } from "./announce.ts";
import { iso } from "./alert-list-store.ts";
import type { ApplyContext } from "./apply.ts";
import { heldKey } from "./causes.ts";
import { fail } from "./errors.ts";
import { askedAlerts, type AskedAlert } from "./facts-store.ts";
import * as store from "./hold-store.ts";
import { release } from "./release.ts";
import { severityOf } from "./severity.ts";

export interface HoldRoutesContext {
  readonly tables: Tables;
  readonly clock: Clock;
  readonly audit: AuditLog;
  readonly cel: Cel;
  /** How alerts are taken into the queue, with the settings that hold now. */
  readonly applying: (tx: Transaction) => Promise<ApplyContext>;
}

type Routes = Pick<
  Handlers<typeof triageSettingsRoutes>,
  | "listSuppressions"
  | "previewSuppression"
  | "createSuppression"
  | "endSuppression"
  | "listMaintenance"
  | "createMaintenance"
  | "endMaintenance"
>;

export function holdRoutes(context: HoldRoutesContext): Routes {
  const { tables, clock, audit, cel } = context;
  const now = (): number => clock.now();
  const shown = async (executor: Executor, id: string): Promise<Suppression> => {
    const [item] = (await store.listSuppressions(executor, { limit: 1, id, now: now() })).items;
    if (item === undefined) throw unknown("suppression", id);
    return withProblem(cel, item);
  };
  const window = async (executor: Executor, id: string): Promise<Maintenance> => {
    const [item] = (await store.listMaintenance(executor, { limit: 1, id, now: now() })).items;
    if (item === undefined) throw unknown("maintenance window", id);
    return item;
  };
  return {
    listSuppressions: async ({ query }) => {
      const { items, next } = await store.listSuppressions(tables.db, { ...query, now: now() });
      return { items: items.map((item) => withProblem(cel, item)), next };
    },
    previewSuppression: ({ body }) => preview(context, body),
    createSuppression: async ({ body }, call) => {
      requireExpression(cel, body.expression);
      const expiresAt = body.expiresAt === null ? null : Date.parse(body.expiresAt);
      if (expiresAt !== null && expiresAt <= now()) {
        throw fail("TRIAGE_TIME_INVALID", "The suppression would end before it begins: choose an end in the future.");
      }
      const id = idOf();
      return tables.transaction(async (tx) => {
        await lockTriage(tx);
        const { expression, ruleId, owner, reason } = body;
        const createdAt = now();
        await store.insertSuppression(tx, {
          id,
          expression,
          ruleId,
          owner,
          reason,
          createdAt,
          expiresAt,
          createdBy: call.actor.name,
        });
        const hidden = body.includeOpen ? await hideOpen(context, tx, { id, expression, ruleId }) : 0;
        const details = { expression, ruleId, owner, reason, expiresAt: body.expiresAt, hidden };
        await audit.append(tx, { actor: call.actor, action: "suppression.created", target: id, details });
        return shown(tx, id);
      });
    },
    endSuppression: ({ params, body }, call) =>
      tables.transaction(async (tx) => {
        await lockTriage(tx);
        const { id } = await shown(tx, params.id);
        const ending = `Ended by ${call.actor.name}${body.reason === "" ? "." : `: ${body.reason}`}`;
        const ended = await store.endSuppression(tx, id, { at: now(), ending });
        const released = body.release ? await release(await context.applying(tx), tx, id) : 0;
        if (ended || released > 0) {
          const details = { reason: body.reason, released };
          await audit.append(tx, { actor: call.actor, action: "suppression.ended", target: id, details });
        }
        return shown(tx, id);
      }),
    listMaintenance: ({ query }) => store.listMaintenance(tables.db, { ...query, now: now() }),
    createMaintenance: async ({ body }, call) => {
      const [beginAt, endAt] = [Date.parse(body.begin), Date.parse(body.end)];
      if (endAt <= beginAt || endAt <= now()) {
        throw fail(
          "TRIAGE_TIME_INVALID",
          "A maintenance window ends after it begins, and in the future: change its end.",
        );
      }
      if (body.scope.by === "expression") requireExpression(cel, body.scope.expression);
      const id = idOf();
      return tables.transaction(async (tx) => {
        const { title, scope, owner, reason } = body;
        const made = { createdBy: call.actor.name, createdAt: now() };
        await store.insertMaintenance(tx, { id, title, scope, owner, reason, beginAt, endAt, ...made });
        await audit.append(tx, { actor: call.actor, action: "maintenance.created", target: id, details: { ...body } });
        return window(tx, id);
      });
    },
    endMaintenance: ({ params, body }, call) =>
      tables.transaction(async (tx) => {
        await lockTriage(tx);
        const { id } = await window(tx, params.id);
        if (await store.endMaintenance(tx, id, now())) {
          const released = await letGo(context, tx, id);
          const details = { reason: body.reason, released };
          await audit.append(tx, { actor: call.actor, action: "maintenance.ended", target: id, details });
        }
        return window(tx, id);
      }),
  };
}

const SYSTEM = { kind: "system", id: "holdfast", name: "holdfast" } as const;

/** Ends what is over: suppressions by their time, windows with what they hold. Safe to run at any time and again. */
export async function sweepHolds(context: HoldRoutesContext): Promise<void> {
  const { tables, clock, audit } = context;
  const now = clock.now();
  await tables.transaction(async (tx) => {
    for (const id of await store.endExpired(tx, now)) {
      const details = { reason: "Its time is over." };
      await audit.append(tx, { actor: SYSTEM, action: "suppression.ended", target: id, details });
    }
  });
  for (const id of await store.overWindows(tables.db, now)) {
    await tables.transaction(async (tx) => {
      await lockTriage(tx);
      if (!(await store.endMaintenance(tx, id, now))) return;
      const details = { reason: "Its time is over.", released: await letGo(context, tx, id) };
      await audit.append(tx, { actor: SYSTEM, action: "maintenance.ended", target: id, details });
    });
  }
}

const DAY = 86_400_000;
const MOST_ASKED = 5_000;
/** Open alerts are hidden in slices, all of them. */
const SLICE = 1_000;
const EXAMPLES = 20;

async function letGo(context: HoldRoutesContext, tx: Transaction, id: string): Promise<number> {
  const released = await release(await context.applying(tx), tx, id);
  await store.countReleased(tx, id, released);
  return released;
}

async function hideOpen(context: HoldRoutesContext, tx: Transaction, asked: store.StoredSuppression): Promise<number> {
  const { ruleId, expression, id } = asked;
  const ids: string[] = [];
  let signals = 0;
  for (let after: AskedAlert | undefined; ; ) {
    const open = await askedAlerts(tx, { ruleId, since: 0, waiting: true, limit: SLICE, after });
    const hidden = open.filter((alert) => isTrue(context.cel, expression, alert));
    await store.hideAlerts(
      tx,
      id,
      hidden.map((alert) => ({ id: alert.id, key: heldKey(alert.key, "suppressed", id) })),
    );
    signals += hidden.reduce((sum, { count }) => sum + count, 0);
    ids.push(...hidden.map((alert) => alert.id));
    after = open[open.length - 1];
    if (after === undefined) break;
  }
  if (ids.length > 0)
    await store.countHidden(tx, new Map([[id, { alerts: ids.length, signals }]]), context.clock.now());
  await announceAlerts(context.tables, tx, { changed: ids });
  return ids.length;
}

async function preview(
  { tables, clock, cel }: HoldRoutesContext,
  asked: { readonly expression: string; readonly ruleId: string | null; readonly days: number },
): Promise<HoldPreview> {
  const { expression, ruleId, days } = asked;
  const none = { days, asked: 0, alerts: 0, signals: 0, examples: [], cut: false };
  const wrong = cel.check(expression, FACT_ROOTS);
  if (wrong !== undefined) return { ok: false, problem: wrong.reason, at: wrong.at, ...none };
  const since = clock.now() - days * DAY;
  const alerts = await askedAlerts(tables.db, { ruleId, since, waiting: false, limit: MOST_ASKED });
  const [first] = alerts;
  const tried = first === undefined ? undefined : cel.evaluate(expression, first.facts);
  if (tried !== undefined && !tried.ok) return { ok: false, problem: tried.reason, at: tried.at, ...none };
  if (tried !== undefined && typeof tried.value !== "boolean") {
    return {
      ok: false,
      problem: "The expression is no question: it has to be true or false for an alert.",
      at: null,
      ...none,
    };
  }
  const hidden = alerts.filter((alert) => isTrue(cel, expression, alert));
  return {
    ok: true,
    problem: null,
    at: null,
    days,
    asked: alerts.length,
    alerts: hidden.length,
    signals: hidden.reduce((sum, { count }) => sum + count, 0),
    examples: hidden.slice(0, EXAMPLES).map(({ id, title, on, atMs, rank }) => ({
      id,
      title,
      on,
      at: iso(atMs),
      severity: severityOf(rank),
    })),
    cut: alerts.length === MOST_ASKED,
  };
}

function isTrue(cel: Cel, expression: string, alert: AskedAlert): boolean {
  const answer = cel.evaluate(expression, alert.facts);
  return answer.ok && answer.value === true;
}

function requireExpression(cel: Cel, expression: string): void {
  const wrong = cel.check(expression, FACT_ROOTS);
  if (wrong === undefined) return;
  const place = wrong.at === null ? "" : ` (at character ${wrong.at + 1})`;
  throw fail(
    "TRIAGE_EXPRESSION_INVALID",
    `The expression does not hold${place}: ${wrong.reason} Ask about the alert, such as alert.host == "web-01".`,
    { details: { at: wrong.at } },
  );
}

function withProblem(cel: Cel, item: Omit<Suppression, "problem">): Suppression {
  const wrong = cel.check(item.expression, FACT_ROOTS);
  if (wrong === undefined || item.state !== "active") return { ...item, problem: null };
  return { ...item, state: "broken", problem: wrong.reason };
}

function unknown(what: string, id: string): Error {
  return fail("TRIAGE_HOLD_UNKNOWN", `There is no ${what} ${id.slice(0, 80)}: take an id from its list.`);
}

function idOf(): string {
  return randomBytes(8).toString("hex");
}
