/** keeper: adds, changes and opens connectors. Secrets are sealed for one field of one connector of one kind. One that was entered
 *  for a host is not carried to another: who changes where a connector speaks to, enters its secrets again. */
import type { ConnectorView } from "@holdfast/contracts/connectors";
import type { Connector, ReadConnector } from "@holdfast/sdk";
import type { AuditLog } from "../platform/audit-log/index.ts";
import type { Clock } from "../platform/clock/index.ts";
import { readAllowList } from "../platform/egress/index.ts";
import type { Actor } from "../platform/http-contract.ts";
import type { Sealer } from "../platform/secrets/index.ts";
import type { Executor, Tables } from "../platform/tables/index.ts";
import { fail } from "./errors.ts";
import * as store from "./store.ts";

export interface OpenConnector {
  readonly stored: store.StoredConnector;
  readonly kind: Connector;
  readonly read: ReadConnector;
  readonly secretValues: readonly string[];
}

export interface NewConnector {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly settings: Record<string, unknown>;
  readonly secrets: Record<string, string>;
  readonly allow: string[];
}

export interface Change {
  readonly name?: string | undefined;
  readonly settings?: Record<string, unknown> | undefined;
  /** An empty text removes the secret. */
  readonly secrets?: Record<string, string> | undefined;
  readonly allow?: string[] | undefined;
  readonly enabled?: boolean | undefined;
}

export interface Keeper {
  add(entered: NewConnector, actor: Actor): Promise<store.StoredConnector>;
  change(id: string, change: Change, actor: Actor): Promise<store.StoredConnector>;
  remove(id: string, actor: Actor): Promise<void>;
  /** With its secrets, ready to connect; a reason in words when it cannot be. */
  open(id: string): Promise<{ ok: true; open: OpenConnector } | { ok: false; reason: string }>;
  one(id: string): Promise<store.StoredConnector>;
}

export interface KeeperOptions {
  readonly tables: Tables;
  readonly clock: Clock;
  readonly audit: AuditLog;
  readonly sealer: Sealer;
  readonly kinds: readonly Connector[];
}

export function createKeeper({ tables, clock, audit, sealer, kinds }: KeeperOptions): Keeper {
  const { db } = tables;
  const byName = new Map(kinds.map((kind) => [kind.kind, kind]));
  const kindOf = (name: string): Connector => {
    const kind = byName.get(name);
    if (kind !== undefined) return kind;
    throw fail(
      "CONNECTORS_KIND_UNKNOWN",
      `There is no kind of connector "${name}". Known: ${[...byName.keys()].join(", ")}.`,
    );
  };
  const one = async (id: string, executor: Executor = db): Promise<store.StoredConnector> => {
    const found = await store.byId(executor, id);
    if (found === undefined) throw fail("CONNECTORS_UNKNOWN", `There is no connector "${id}".`);
    return found;
  };
  const unseal = async (executor: Executor, { id, kind }: store.StoredConnector): Promise<Record<string, string>> => {
    const sealed = await store.sealedSecrets(executor, id);
    return Object.fromEntries([...sealed].map(([field, text]) => [field, sealer.open(text, useOf(id, kind, field))]));
  };

  return {
    one: (id) => one(id),
    async add(entered, actor) {
      const kind = kindOf(entered.kind);
      const secrets = filled(entered.secrets);
      demandReadable(kind, entered.settings, secrets);
      demandAllowList(entered.allow);
      return tables.transaction(async (tx) => {
        const made = await store.insert(tx, { ...entered, now: clock.now(), updatedBy: actor.name });
        if (!made) throw fail("CONNECTORS_EXISTS", `There is already a connector "${entered.id}". Choose another id.`);
        for (const [field, value] of Object.entries(secrets)) {
          await store.saveSecret(tx, entered.id, {
            field,
            sealed: sealer.seal(value, useOf(entered.id, entered.kind, field)),
          });
        }
        await tables.notify(tx, "connectors.changed", { id: entered.id });
        await audit.append(tx, {
          actor,
          action: "connector.created",
          target: entered.id,
          details: {
            kind: entered.kind,
            settings: entered.settings,
            allow: entered.allow,
            secrets: Object.keys(secrets),
          },
        });
        return one(entered.id, tx);
      });
    },
    async change(id, change, actor) {
      return tables.transaction(async (tx) => {
        const before = await one(id, tx);
        const kind = kindOf(before.kind);
        const kept = await unseal(tx, before);
        const secrets = filled({ ...kept, ...change.secrets });
        const settings = change.settings ?? before.settings;
        const after = demandReadable(kind, settings, secrets);
        const allow = change.allow ?? before.allow;
        demandAllowList(allow);
        demandSecretsAgain(kind, {
          before: kind.read(before.settings, kept),
          after,
          kept,
          entered: change.secrets ?? {},
        });
        const name = change.name ?? before.name;
        const enabled = change.enabled ?? before.enabled;
        await store.update(tx, id, { name, settings, allow, enabled, now: clock.now(), updatedBy: actor.name });
        for (const [field, value] of Object.entries(change.secrets ?? {})) {
          if (value === "") await store.removeSecret(tx, id, field);
          else await store.saveSecret(tx, id, { field, sealed: sealer.seal(value, useOf(id, before.kind, field)) });
        }
        await tables.notify(tx, "connectors.changed", { id });
        const { secrets: touched, ...shown } = change;
        await audit.append(tx, {
          actor,
          action: "connector.changed",
          target: id,
          details: { ...shown, ...(touched === undefined ? {} : { secrets: Object.keys(touched) }) },
        });
        return one(id, tx);
      });
    },
    async remove(id, actor) {
      await tables.transaction(async (tx) => {
        const { kind, name } = await one(id, tx);
        await store.remove(tx, id);
        await tables.notify(tx, "connectors.changed", { id });
        await audit.append(tx, { actor, action: "connector.removed", target: id, details: { kind, name } });
      });
    },
    async open(id) {
      const stored = await store.byId(db, id);
      if (stored === undefined) return { ok: false, reason: `There is no connector "${id}".` };
      if (!stored.enabled) return { ok: false, reason: `The connector "${id}" is switched off.` };
      const kind = byName.get(stored.kind);
      if (kind === undefined) return { ok: false, reason: `This Holdfast has no kind of connector "${stored.kind}".` };
      const secrets = await unseal(db, stored);
      const read = kind.read(stored.settings, secrets);
      if (!read.ok) return { ok: false, reason: `The connector "${id}" is not set up: ${read.reason}.` };
      return { ok: true, open: { stored, kind, read, secretValues: Object.values(secrets) } };
    },
  };
}

export function viewOf({ enabled, state, ...rest }: store.StoredConnector): ConnectorView {
  return { ...rest, enabled, state: enabled ? state : "off" };
}

const useOf = (id: string, kind: string, field: string): string => `connector/${id}/${kind}/${field}`;

const filled = (secrets: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(secrets).filter(([, value]) => value !== ""));

function demandReadable(kind: Connector, settings: unknown, secrets: unknown): ReadConnector {
  const read = kind.read(settings, secrets);
  if (read.ok) return read;
  throw fail("CONNECTORS_BAD_SETTINGS", `${read.reason}.`, { details: { at: read.at } });
}

function demandAllowList(entries: readonly string[]): void {
  const read = readAllowList(entries);
  if (!read.ok) throw fail("CONNECTORS_BAD_ALLOW_LIST", read.reason, { details: { at: `allow.${read.at}` } });
}

/** A token that was entered for one host would otherwise go to whatever host is typed in next. */
function demandSecretsAgain(
  kind: Connector,
  change: {
    readonly before: ReturnType<Connector["read"]>;
    readonly after: ReadConnector;
    readonly kept: Record<string, string>;
    readonly entered: Record<string, string>;
  },
): void {
  if (!kind.secretsTravel) return;
  const known = new Set(change.before.ok ? change.before.reaches : []);
  const added = change.after.reaches.filter((place) => !known.has(place));
  const missing = Object.keys(change.kept).filter((field) => change.entered[field] === undefined);
  if (added.length === 0 || missing.length === 0) return;
  throw fail(
    "CONNECTORS_SECRETS_NEEDED",
    `The connector would speak to ${added.join(", ")}, for which its secrets were not entered. Enter again: ${missing.join(", ")}.`,
    { details: { secrets: missing } },
  );
}
