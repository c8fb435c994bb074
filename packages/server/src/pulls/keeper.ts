/** keeper: adds, changes and opens what is fetched. Secrets are sealed for one field of one source of one kind. One that was entered for
 *  a host is not carried to another: who changes whom it speaks to, enters its secrets again. */
import type { Pull } from "@holdfast/contracts/pulls";
import type { Feed } from "../ingest/index.ts";
import type { AuditLog } from "../platform/audit-log/index.ts";
import type { Clock } from "../platform/clock/index.ts";
import { readAllowList } from "../platform/egress/index.ts";
import type { Actor } from "../platform/http-contract.ts";
import type { Sealer } from "../platform/secrets/index.ts";
import type { Tables } from "../platform/tables/index.ts";
import { fail } from "./errors.ts";
import { readForm } from "./http/form.ts";
import type { Kind, Work } from "./kind.ts";
import * as store from "./store.ts";

export interface Entered {
  readonly kind: string;
  readonly settings: Record<string, unknown>;
  readonly secrets: Record<string, string>;
  readonly allow: string[];
}

export interface Change {
  readonly settings?: Record<string, unknown> | undefined;
  readonly secrets?: Record<string, string> | undefined;
  readonly allow?: string[] | undefined;
}

export interface Keeper {
  add(entered: Entered & { readonly name: string; readonly sinceMs: number }, actor: Actor): Promise<string>;
  change(id: string, change: Change, actor: Actor): Promise<void>;
  one(id: string): Promise<store.StoredPull>;
  kindOf(name: string): Kind;
  open(pull: store.StoredPull): Promise<Work>;
  /** Opens what is not saved; empty secrets are taken from the source of that id, when it speaks to the same places. */
  openEntered(entered: Entered, id: string | undefined): Promise<Work>;
}

export interface KeeperOptions {
  readonly tables: Tables;
  readonly clock: Clock;
  readonly audit: AuditLog;
  readonly sealer: Sealer;
  readonly kinds: readonly Kind[];
  readonly feed: Feed;
}

interface Read {
  readonly kind: Kind;
  readonly settings: Record<string, unknown>;
  readonly secrets: Record<string, string>;
}

export function createKeeper({ tables, clock, audit, sealer, kinds, feed }: KeeperOptions): Keeper {
  const { db } = tables;
  const kindOf = (name: string): Kind => {
    const found = kinds.find(({ kind }) => kind === name);
    if (found !== undefined) return found;
    const known = kinds.map(({ kind }) => kind).join(", ");
    throw fail("PULLS_KIND_UNKNOWN", `"${name.slice(0, 100)}" cannot be fetched. Known: ${known}.`);
  };
  const one = async (id: string): Promise<store.StoredPull> => {
    const found = await store.byId(db, id);
    if (found === undefined) throw fail("PULLS_UNKNOWN", `"${id.slice(0, 100)}" is no source that is fetched.`);
    return found;
  };
  const unsealed = async ({ id, kind }: store.StoredPull): Promise<Record<string, string>> => {
    const sealed = await store.sealedSecrets(db, id);
    return Object.fromEntries([...sealed].map(([field, text]) => [field, sealer.open(text, useOf(id, kind, field))]));
  };

  function demandReadable({ kind: name, settings, secrets, allow }: Entered): Read {
    const kind = kindOf(name);
    const read = readForm(kind.settings, settings, "settings");
    if (!read.ok) throw fail("PULLS_BAD_SETTINGS", read.reason, { details: { at: read.at } });
    const filled = filledOnly(secrets);
    const kept = readForm(kind.secrets, filled, "secrets");
    if (!kept.ok) throw fail("PULLS_BAD_SETTINGS", kept.reason, { details: { at: kept.at } });
    const list = readAllowList(allow);
    if (!list.ok) throw fail("PULLS_BAD_ALLOW_LIST", list.reason, { details: { at: `allow.${list.at}` } });
    return { kind, settings: read.value, secrets: filled };
  }

  /** What a change means: stored secrets stay, unless the source would then speak to somebody else. */
  async function merged(before: store.StoredPull, change: Change): Promise<Entered> {
    const kept = await unsealed(before);
    const entered = filledOnly(change.secrets ?? {});
    const settings = change.settings ?? before.settings;
    const kind = kindOf(before.kind);
    const read = readForm(kind.settings, settings, "settings");
    if (!read.ok) throw fail("PULLS_BAD_SETTINGS", read.reason, { details: { at: read.at } });
    const known = new Set(kind.reaches(before.settings));
    const added = kind.reaches(read.value).filter((place) => !known.has(place));
    const missing = Object.keys(kept).filter((field) => entered[field] === undefined);
    if (added.length > 0 && missing.length > 0)
      throw fail(
        "PULLS_SECRETS_NEEDED",
        `It would speak to ${added.join(", ")}, for which its secrets were not entered. Enter again: ${missing.join(", ")}.`,
        { details: { secrets: missing } },
      );
    return {
      kind: before.kind,
      settings,
      secrets: filledOnly({ ...kept, ...change.secrets }),
      allow: change.allow ?? before.allow,
    };
  }

  const opened = ({ kind, settings, secrets }: Read, by: { name: string; allow: string[] }): Work =>
    kind.open({ settings, secrets, caller: { name: by.name, allow: by.allow, hosts: hostsOf(kind, settings) } });

  return {
    kindOf,
    one,
    async add({ name, sinceMs, ...entered }, actor) {
      const { kind, settings, secrets } = demandReadable(entered);
      const id = await tables.transaction(async (tx) => {
        const made = await feed.add(tx, { name, kind: kind.via });
        const { allow } = entered;
        await store.insert(tx, {
          id: made,
          kind: kind.kind,
          settings,
          allow,
          sinceMs,
          updatedBy: actor.name,
          now: clock.now(),
        });
        for (const [field, value] of Object.entries(secrets))
          await store.saveSecret(tx, made, { field, sealed: sealer.seal(value, useOf(made, kind.kind, field)) });
        await tables.notify(tx, "ingest.source.changed", { id: made });
        const details = { name, kind: kind.kind, settings, allow, secrets: Object.keys(secrets) };
        await audit.append(tx, { actor, action: "source.created", target: made, details });
        return made;
      });
      await feed.reload();
      return id;
    },
    async change(id, change, actor) {
      const before = await one(id);
      const after = await merged(before, change);
      const { settings } = demandReadable(after);
      await tables.transaction(async (tx) => {
        await store.update(tx, id, { settings, allow: after.allow, updatedBy: actor.name, now: clock.now() });
        for (const [field, value] of Object.entries(change.secrets ?? {})) {
          if (value === "") await store.removeSecret(tx, id, field);
          else await store.saveSecret(tx, id, { field, sealed: sealer.seal(value, useOf(id, before.kind, field)) });
        }
        await tables.notify(tx, "ingest.source.changed", { id });
        const { secrets: touched, ...shown } = change;
        const details = { ...shown, ...(touched === undefined ? {} : { secrets: Object.keys(touched) }) };
        await audit.append(tx, { actor, action: "source.updated", target: id, details });
      });
    },
    async open(pull) {
      const read = demandReadable({ ...pull, secrets: await unsealed(pull) });
      return opened(read, { name: pull.id, allow: pull.allow });
    },
    async openEntered(entered, id) {
      const whole = id === undefined ? entered : await merged(await one(id), entered);
      return opened(demandReadable(whole), { name: id ?? "sources", allow: whole.allow });
    },
  };
}

export function viewOf(given: {
  readonly pull: store.StoredPull;
  readonly kind: Kind;
  readonly name: string;
  readonly state: Pull["state"];
  readonly streams: Pull["streams"];
}): Pull {
  const { sinceMs: _, nextTryMs, wait: __, ...rest } = given.pull;
  const { name, state, streams, kind } = given;
  const listening = kind.everySeconds === null && state === "listening";
  const nextTryAt = state === "off" || listening ? null : new Date(nextTryMs).toISOString();
  return { ...rest, name, via: kind.via, state, streams, nextTryAt };
}

const useOf = (id: string, kind: string, field: string): string => `pull/${id}/${kind}/${field}`;

const filledOnly = (secrets: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(secrets).filter(([, value]) => value !== ""));

const hostsOf = (kind: Kind, settings: Readonly<Record<string, unknown>>): readonly string[] | undefined => {
  const places = kind.reaches(settings);
  return places.length === 0 ? undefined : places;
};
