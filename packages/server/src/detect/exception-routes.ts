/** exception-routes: exceptions made, changed and ended by people. As with rules, each change is one transaction with its version
 *  and its audit entry, and who starts from an older version is told who was faster. */
import { randomUUID } from "node:crypto";
import type { Exception, exceptionRoutes } from "@holdfast/contracts/exceptions";
import type { Actor, Handlers } from "../platform/http-contract.ts";
import type { DetectContext } from "./context.ts";
import { fail } from "./errors.ts";
import { proposeException } from "./exception-proposal.ts";
import { readException, readHiddenCounts, type StoredException, writeException } from "./exception-store.ts";
import { appliesTo, type ExceptionFacts, showExceptions } from "./exception-view.ts";
import { checkText, withId } from "./rule-check.ts";
import { versionText } from "./rule-editing.ts";
import type { RuleSet } from "./rule-set.ts";
import { countHiddenSince, hiddenPerDay, listSignals } from "./signal-list-store.ts";
import { addVersion, type NewVersion, readVersions } from "./version-store.ts";

export function createExceptions(context: DetectContext): Handlers<typeof exceptionRoutes> {
  const { tables, events, clock, log, audit, keeper } = context;
  const orNothing = async <T>(read: () => Promise<T>, nothing: T): Promise<T> => {
    try {
      return await read();
    } catch (error) {
      log.warn({ reason: String(error) }, "What exceptions hid could not be counted.");
      return nothing;
    }
  };
  const facts = async (): Promise<ExceptionFacts> => {
    const now = clock.now();
    const hidden = await readHiddenCounts(tables.db);
    const hiddenToday = await orNothing(
      () => countHiddenSince(events, { since: now - DAY_MS, apart: context.apart() }),
      new Map<string, number>(),
    );
    return { set: keeper.set, now, hidden, hiddenToday };
  };
  const all = async (): Promise<Exception[]> => showExceptions(keeper.exceptions, await facts());
  const find = async (id: string): Promise<Exception> => {
    const found = (await all()).find((one) => one.id === id);
    if (found !== undefined) return found;
    throw fail("DETECT_EXCEPTION_UNKNOWN", `There is no exception ${id}: it may be deleted.`);
  };
  /** The stored one, if it is the version that the caller started from. */
  const from = async (id: string, version: number): Promise<StoredException> => {
    const stored = await readException(tables.db, id);
    if (stored === undefined || stored.deleted) {
      const { pack, path } = await find(id);
      throw fail("DETECT_EXCEPTION_FROM_FILE", `This filter stands in ${pack}: ${path}. Change it there.`);
    }
    if (stored.version !== version) throw conflictOf(stored, version);
    return stored;
  };
  const write = async (change: {
    readonly next: StoredException;
    readonly before: string;
    readonly kind: NewVersion["change"];
    readonly actor: Actor;
    readonly note: string;
  }): Promise<void> => {
    const { next, before, kind, actor, note } = change;
    const { id, title, text, version, owner, reason, expiresMs, off } = next;
    const terms = { owner, reason, expiresMs, off };
    const entry = { subject: "exception", id, version, change: kind, title, text, before, terms } as const;
    await tables.transaction(async (tx) => {
      if (!(await writeException(tx, next))) {
        const newest = await readException(tables.db, id);
        throw conflictOf(newest ?? next, version - 1);
      }
      await addVersion(tx, { ...entry, by: actor.name, at: next.editedAt, note });
      await audit.append(tx, {
        actor,
        action: `exception.${kind}`,
        target: id,
        details: { title, version, owner, reason, expiresAt: isoOf(expiresMs), off, note },
      });
    });
    await keeper.renew();
  };

  return {
    listExceptions: async ({ query }) => {
      const words = (query.q ?? "").toLowerCase().split(/\s+/);
      const fitting = (await all())
        .filter((one) => query.state === undefined || one.state === query.state)
        .filter((one) => query.rule === undefined || appliesTo(one, query.rule, keeper.set))
        .filter((one) => {
          const text = `${one.title} ${one.owner} ${one.reason} ${one.text}`.toLowerCase();
          return words.every((word) => text.includes(word));
        })
        .sort(ORDERS[query.sort]);
      const offset = offsetOf(query.cursor);
      const items = fitting.slice(offset, offset + query.limit);
      const end = offset + items.length;
      return { items, next: end < fitting.length ? String(end) : null, total: fitting.length };
    },
    getException: async ({ params }) => ({
      ...(await find(params.id)),
      perDay: await orNothing(
        () => hiddenPerDay(events, { id: params.id, now: clock.now(), apart: context.apart() }),
        [],
      ),
    }),
    proposeException: ({ body }) => proposeException(context, body),
    createException: async ({ body }, { actor }) => {
      const { text, id, title } = soundFilter(body.text, keeper.set, undefined);
      if ((await readException(tables.db, id)) !== undefined)
        throw fail("DETECT_EXCEPTION_INVALID", `An exception had the id ${id} before: remove the id from this text.`);
      const now = clock.now();
      const { owner, reason } = body;
      const made = { createdBy: actor.name, createdAt: now, editedBy: actor.name, editedAt: now };
      const expiresMs = endOf(body.expiresAt, now);
      const next = { id, text, title, owner, reason, expiresMs, off: false, deleted: false, version: 1, ...made };
      await write({ next, before: "", kind: "created", actor, note: "" });
      return find(id);
    },
    saveException: async ({ params, body }, { actor }) => {
      const stored = await from(params.id, body.version);
      const { text, title } = body.text === undefined ? stored : soundFilter(body.text, keeper.set, params.id);
      const now = clock.now();
      const next = {
        ...stored,
        text,
        title,
        owner: body.owner ?? stored.owner,
        reason: body.reason ?? stored.reason,
        expiresMs: body.expiresAt === undefined ? stored.expiresMs : endOf(body.expiresAt, now),
        off: body.off ?? stored.off,
        version: stored.version + 1,
        editedBy: actor.name,
        editedAt: now,
      };
      await write({ next, before: stored.text, kind: "edited", actor, note: body.note });
      return find(params.id);
    },
    deleteException: async ({ params, query }, { actor }) => {
      const stored = await from(params.id, query.version);
      const edit = { deleted: true, version: stored.version + 1, editedBy: actor.name, editedAt: clock.now() };
      await write({ next: { ...stored, ...edit }, before: stored.text, kind: "deleted", actor, note: query.note });
      return { deleted: true };
    },
    listHidden: async ({ params, query }) => {
      const { limit, cursor } = query;
      const { items, next } = await listSignals(events, { hiddenBy: params.id, limit, cursor, apart: context.apart() });
      return { items: items.map(({ ruleHash: _hash, ...signal }) => signal), next };
    },
    listExceptionVersions: async ({ params }) => {
      const versions = await readVersions(tables.db, "exception", params.id);
      if (versions.length === 0) await find(params.id);
      return {
        items: versions.map(({ atMs, terms, ...entry }, index) => ({
          ...entry,
          at: new Date(atMs).toISOString(),
          current: index === 0 && entry.change !== "deleted",
          owner: terms.owner ?? "",
          reason: terms.reason ?? "",
          expiresAt: isoOf(terms.expiresMs ?? null),
          off: terms.off ?? false,
        })),
      };
    },
    getExceptionVersion: ({ params, query }) =>
      versionText(context, { subject: "exception", id: params.id, version: params.version, against: query.against }),
  };
}

const DAY_MS = 86_400_000;

const ORDERS: Readonly<
  Record<"title" | "hidden" | "last" | "expiry" | "newest", (a: Exception, b: Exception) => number>
> = {
  title: (a, b) => compare(a.title, b.title) || compare(a.id, b.id),
  hidden: (a, b) => b.hidden24h - a.hidden24h || b.hiddenTotal - a.hiddenTotal || compare(a.title, b.title),
  last: (a, b) => compare(b.lastHiddenAt ?? "", a.lastHiddenAt ?? "") || compare(a.title, b.title),
  expiry: (a, b) => compare(a.expiresAt ?? "~", b.expiresAt ?? "~") || compare(a.title, b.title),
  newest: (a, b) => compare(b.createdAt ?? "", a.createdAt ?? "") || compare(a.title, b.title),
};

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const isoOf = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

function endOf(expiresAt: string | null, now: number): number | null {
  if (expiresAt === null) return null;
  const at = Date.parse(expiresAt);
  if (at > now) return at;
  throw fail("DETECT_EXCEPTION_INVALID", `${expiresAt} is over already: give an end in the future, or switch it off.`);
}

function offsetOf(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  if (/^\d{1,7}$/.test(cursor)) return Number(cursor);
  throw fail("DETECT_CURSOR_INVALID", "The cursor does not belong to this list: ask for its first page without one.");
}

/** The filter as it is stored: it loads, names rules that exist, and has its id. */
function soundFilter(text: string, set: RuleSet, own: string | undefined): { text: string; id: string; title: string } {
  const { findings, document, withoutId } = checkText({ text, set, own });
  const first = findings.find(({ severity }) => severity === "error");
  if (first !== undefined || document === undefined)
    throw fail(
      "DETECT_EXCEPTION_INVALID",
      `The filter does not load: line ${first?.line ?? 1}, column ${first?.column ?? 1}: ${first?.message ?? "it holds no filter"}`,
      { details: { findings } },
    );
  if (document.kind !== "filter")
    throw fail("DETECT_EXCEPTION_INVALID", 'This is a rule, not a filter: an exception has a "filter" section.');
  const { id, title } = document.rule;
  if (!withoutId) return { text, id, title };
  const fresh = own ?? randomUUID();
  return { text: withId(text, fresh), id: fresh, title };
}

function conflictOf(newest: StoredException, base: number): Error {
  const at = new Date(newest.editedAt).toISOString();
  return fail(
    "DETECT_EXCEPTION_CONFLICT",
    `${newest.editedBy} changed this exception at ${at} (version ${newest.version}); you started from version ${base}. Read it again and repeat your change.`,
    { details: { version: newest.version, by: newest.editedBy, at } },
  );
}
