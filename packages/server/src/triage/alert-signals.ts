/** alert-signals: what is inside an alert: its signals counted by what they name, why they are one alert, and page by page. */
import { entityKind } from "@holdfast/contracts/triage";
import {
  type AlertGroups,
  type AlertKeys,
  type AlertSignal,
  groupKind,
  type TakeOut,
} from "@holdfast/contracts/triage-take-out";
import type { Executor, Tables } from "../platform/tables/index.ts";
import { iso } from "./alert-list-store.ts";
import type { Group, GroupValue } from "./causes.ts";
import { readCursor, writeCursor } from "./cursor.ts";
import { fail } from "./errors.ts";
import { countGroups, countValues, listSignals, tally } from "./member-signals.ts";
import type { AlertMembers } from "./member-store.ts";
import { type Members, membersOfAlert, type MembersContext, refusalOf } from "./members-of.ts";
import { currentSettings } from "./settings-store.ts";
import type { StoredTakeOut } from "./take-out-store.ts";
import { titlesOf } from "./take-out-rows.ts";

type Context = MembersContext & { readonly tables: Tables };

export async function groupsOfAlert(
  { tables, ...context }: Context,
  asked: { readonly id: string; readonly by: readonly string[] | undefined },
): Promise<AlertGroups> {
  const members = await membersOfAlert(context, tables.db, asked.id);
  const { alert } = members;
  const why = await keysOf(tables.db, alert);
  const by = asked.by === undefined || asked.by.length === 0 ? await likelyKinds(members, why) : kindsOf(asked.by);
  const { groups, total, count } = await countGroups(members.asked(), by, MOST_GROUPS);
  return {
    by: [...by],
    count: alert.count,
    stored: count,
    missing: missingOf(alert, count),
    groups: groups.map(({ group, shown, count: of, firstMs, lastMs }) => ({
      values: group.map(({ kind, value }, index) => ({ kind, value: shown[index] ?? value })),
      count: of,
      firstSeen: iso(firstMs),
      lastSeen: iso(lastMs),
    })),
    total,
    why,
    decisions: await decisionsOf(tables.db, alert),
    putBackInto: alert.putBackInto,
    refused: refusalOf(alert),
  };
}

export async function signalsOfAlert(
  { tables, ...context }: Context,
  asked: {
    readonly id: string;
    readonly limit: number;
    readonly cursor: string | undefined;
    readonly kind: GroupValue["kind"] | undefined;
    readonly value: string | undefined;
  },
): Promise<{ items: AlertSignal[]; next: string | null; total?: number }> {
  const members = await membersOfAlert(context, tables.db, asked.id);
  const { kind, limit, cursor } = asked;
  const group: Group = kind === undefined ? [] : [{ kind, value: (asked.value ?? "").toLowerCase() }];
  const narrow = () => members.asked((maker) => maker.groups([group]));
  const [at, id] = cursor === undefined ? [] : readCursor(cursor, "ns");
  const before = cursor === undefined ? undefined : { at: Number(at), id: String(id) };
  const found = await listSignals(narrow(), { limit: limit + 1, before });
  const items = found.slice(0, limit);
  const last = items[items.length - 1];
  const page = {
    items: items.map(({ signalId, eventId, timeMs, host, user, fields, entities }) => ({
      id: signalId,
      eventId,
      at: iso(timeMs),
      host,
      user,
      fields: fields.map((field) => ({ ...field })),
      entities: entities.map((entity) => ({ ...entity })),
    })),
    next: found.length > limit && last !== undefined ? writeCursor([last.timeMs, last.signalId]) : null,
  };
  return cursor === undefined ? { ...page, total: (await tally(narrow())).count } : page;
}

const MOST_GROUPS = 500;

function kindsOf(asked: readonly string[]): GroupValue["kind"][] {
  return [...new Set(asked)].slice(0, 8).map((kind) => {
    const known = groupKind.safeParse(kind);
    if (known.success) return known.data;
    throw fail(
      "TRIAGE_KEYS_INVALID",
      `Signals name no "${kind.slice(0, 40)}": group them by ${groupKind.options.join(", ")}, or several with commas.`,
    );
  });
}

/** Today's keys where they would tell its signals apart, else the first kind of entity that does. */
async function likelyKinds(members: Members, why: AlertKeys): Promise<readonly GroupValue["kind"][]> {
  const today = why.today === null ? [] : (why.today.keys ?? (["rule"] as const));
  if (today.length > 0) return today;
  const kinds = entityKind.options.filter((kind) => kind !== "source");
  const counts = await countValues(members.asked(), kinds);
  return [kinds.find((_, index) => (counts[index] ?? 0) > 1) ?? "host"];
}

function missingOf(alert: AlertMembers, stored: number): string {
  const rest = alert.count - stored;
  if (alert.putBackInto !== null || rest === 0) return "";
  const [is, it] = rest === 1 ? ["is", "it"] : ["are", "they"];
  if (rest < 0) return `${-rest} more are stored than are counted: ${it} may be of another alert of the same cause.`;
  const some = `${rest} of ${alert.count} signals ${is} not listed:`;
  return alert.membership.others?.length !== 0
    ? `${some} another alert of the same cause stood at the same time, and ${it} may be of that one.`
    : `${some} ${it} ${is} no longer stored, or came before it was stored what ${it} name.`;
}

async function keysOf(executor: Executor, { told, ruleId, membership }: AlertMembers): Promise<AlertKeys> {
  const { settings, version } = await currentSettings(executor);
  const declared = settings.dedup.find((one) => one.ruleId === ruleId);
  const today = declared?.keys ?? null;
  if (told === null) return { keys: null, windowMinutes: null, version: null, today: null };
  const same = JSON.stringify(today) === JSON.stringify(told.keys);
  // One entity of the rule, told apart by it already, is no other alert by today's settings.
  const parted = membership.listed !== null || told.all.length > 1;
  return {
    keys: told.keys === null ? null : [...told.keys],
    windowMinutes: told.windowMs <= 0 || told.windowMs > LONGEST_MS ? null : told.windowMs / 60_000,
    version: told.version < 0 ? null : told.version,
    today: same || parted ? null : { keys: today === null ? null : [...today], version },
  };
}

const LONGEST_MS = 10 * 365 * 24 * 3_600_000;

async function decisionsOf(executor: Executor, { id, decisions }: AlertMembers): Promise<TakeOut[]> {
  const own = decisions.filter(({ fromId, toId }) => fromId === id || toId === id);
  const titles = await titlesOf(executor, [...new Set(own.flatMap(({ fromId, toId }) => [fromId, toId]))]);
  const named = (alertId: string) => ({ id: alertId, title: titles.get(alertId) ?? "" });
  return own.reverse().map((one: StoredTakeOut) => ({
    from: named(one.fromId),
    to: named(one.toId),
    at: iso(one.at),
    by: one.by,
    reason: one.reason,
    count: one.count,
    groups: (one.groups ?? []).map((group) => group.map((value) => ({ ...value }))),
    undone:
      one.undoneAt === null ? null : { at: iso(one.undoneAt), by: one.undoneBy ?? "", reason: one.undoneWhy ?? "" },
  }));
}
