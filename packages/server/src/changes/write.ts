/** write: changes as people write and move them and as other systems feed them; each change of one is a version, with its entry in the
 *  audit log in the same transaction. */
import { randomUUID } from "node:crypto";
import type { changeRoutes, FedChange } from "@holdfast/contracts/changes";
import type { Parsed } from "@holdfast/contracts";
import type { AuditLog } from "../platform/audit-log/index.ts";
import type { Clock } from "../platform/clock/index.ts";
import type { Actor } from "../platform/http-contract.ts";
import type { Tables, Transaction } from "../platform/tables/index.ts";
import { fail } from "./errors.ts";
import { begun, cancelled, type Course, finished, type Moved, told } from "./states.ts";
import { insertChange, lockChange, saveChange, type StoredChange } from "./store.ts";

export interface WriteOptions {
  readonly tables: Tables;
  readonly clock: Clock;
  readonly audit: AuditLog;
}

type Created = Parsed<typeof changeRoutes.createChange>["body"];
type Edited = Parsed<typeof changeRoutes.updateChange>["body"];

export interface Fed {
  readonly result: "created" | "updated" | "unchanged" | "older";
  readonly change: StoredChange;
}

export function createWriter({ tables, clock, audit }: WriteOptions) {
  return { create, feed, edit, start, finish, cancel };

  function create(body: Created, actor: Actor): Promise<StoredChange> {
    const content = contentOf(body);
    demandOrder({ ...content, state: "planned", actualStart: null, actualEnd: null });
    const course = { state: "planned", actualStart: null, actualEnd: null } as const;
    const change = { ...made(actor), externalId: null, ...content, ...course, outcome: "", asOf: null };
    return tables.transaction(async (tx) => {
      await insertChange(tx, change);
      return written(tx, change, { actor, action: "change.created", details: { ...body } });
    });
  }

  function feed(externalId: string, body: FedChange, actor: Actor): Promise<Fed> {
    const now = clock.now();
    const asOf = msOf(body.asOf);
    const said = { state: body.state, actualStart: msOf(body.actualStart), actualEnd: msOf(body.actualEnd) };
    const content = { ...contentOf(body), outcome: body.outcome };
    const action = "change.fed";
    return tables.transaction(async (tx): Promise<Fed> => {
      const before = await lockChange(tx, { externalId });
      if (before === undefined) {
        const fresh = { ...made(actor), externalId, ...content, ...told(said, undefined, now), asOf };
        demandOrder(fresh);
        if (await insertChange(tx, fresh)) {
          const details = { title: fresh.title, externalId, to: fresh.state };
          return { result: "created", change: await written(tx, fresh, { actor, action, details }) };
        }
      }
      // Two that feed the same one at once: the second finds what the first wrote.
      const known = before ?? (await lockChange(tx, { externalId }));
      if (known === undefined) throw unknown(externalId);
      if (asOf !== null && known.asOf !== null && asOf < known.asOf) return { result: "older", change: known };
      const next = { ...known, ...content, ...told(said, known, now), asOf: asOf ?? known.asOf };
      demandOrder(next);
      if (same(known, next)) return { result: "unchanged", change: known };
      const change = { ...next, ...touched(known, actor) };
      await saveChange(tx, change);
      const details = { title: change.title, externalId, from: known.state, to: change.state };
      return { result: "updated", change: await written(tx, change, { actor, action, details }) };
    });
  }

  function edit(id: string, { basedOn, ...given }: Edited, actor: Actor): Promise<StoredChange> {
    return tables.transaction(async (tx) => {
      const before = await locked(tx, id);
      if (before.version !== basedOn)
        throw fail(
          "CHANGE_CONFLICT",
          `${before.updatedBy} changed it meanwhile (version ${before.version}, you had ${basedOn}). Read it again, then edit that.`,
          { details: { version: before.version } },
        );
      const change = { ...edited(before, given), ...touched(before, actor) };
      demandOrder(change);
      await saveChange(tx, change);
      const said = Object.entries(given).filter(([, value]) => value !== undefined);
      const details = { title: change.title, ...Object.fromEntries(said) };
      return written(tx, change, { actor, action: "change.updated", details });
    });
  }

  function start(id: string, body: { readonly at?: string | undefined }, actor: Actor): Promise<StoredChange> {
    const at = momentOf(body.at);
    return move(id, { actor, action: "change.started", step: (change) => begun(change, at), outcome: "" });
  }

  function finish(
    id: string,
    { at, outcome }: { readonly at?: string | undefined; readonly outcome: string },
    actor: Actor,
  ): Promise<StoredChange> {
    const end = momentOf(at);
    return move(id, { actor, action: "change.finished", step: (change) => finished(change, end), outcome });
  }

  function cancel(id: string, outcome: string, actor: Actor): Promise<StoredChange> {
    const at = clock.now();
    return move(id, { actor, action: "change.cancelled", step: (change) => cancelled(change, at), outcome });
  }

  function move(
    id: string,
    how: {
      readonly actor: Actor;
      readonly action: string;
      readonly step: (change: StoredChange) => Moved;
      readonly outcome: string;
    },
  ): Promise<StoredChange> {
    return tables.transaction(async (tx) => {
      const before = await locked(tx, id);
      const moved = how.step(before);
      if (!moved.ok) throw fail("CHANGE_WRONG_STATE", moved.reason);
      const outcome = how.outcome === "" ? before.outcome : how.outcome;
      const change = { ...before, ...moved.to, outcome, ...touched(before, how.actor) };
      await saveChange(tx, change);
      const details = { title: change.title, from: before.state, to: change.state, outcome };
      return written(tx, change, { actor: how.actor, action: how.action, details });
    });
  }

  /** The audit log comes last: from there on no other can append to it. */
  async function written(
    tx: Transaction,
    change: StoredChange,
    entry: { readonly actor: Actor; readonly action: string; readonly details: Record<string, unknown> },
  ): Promise<StoredChange> {
    await tables.notify(tx, "changes.changed", { id: change.id });
    await audit.append(tx, { ...entry, target: change.id });
    return change;
  }

  async function locked(tx: Transaction, id: string): Promise<StoredChange> {
    const change = await lockChange(tx, { id });
    if (change === undefined) throw unknown(id);
    return change;
  }

  function made({ name }: Actor) {
    const now = clock.now();
    return { id: randomUUID(), version: 1, createdAt: now, createdBy: name, updatedAt: now, updatedBy: name };
  }

  function touched({ version }: StoredChange, { name }: Actor) {
    return { version: version + 1, updatedAt: clock.now(), updatedBy: name };
  }

  /** Never later than now: what is to come is planned, it has not happened. */
  function momentOf(at: string | undefined): number {
    const now = clock.now();
    const moment = msOf(at) ?? now;
    if (moment > now)
      throw fail("CHANGE_TIMES_INVALID", "That time is still to come. Give one that has passed, or none for now.");
    return moment;
  }
}

export function unknown(id: string): Error {
  return fail("CHANGE_UNKNOWN", `There is no change ${id.slice(0, 80)}. See GET /api/changes for those there are.`);
}

function contentOf(body: Created) {
  const { title, kind, owner, doneBy, reference, description, backOut } = body;
  return {
    ...{ title, kind, owner, doneBy, reference, description, backOut },
    plannedStart: Date.parse(body.plannedStart),
    plannedEnd: msOf(body.plannedEnd),
    services: unique(body.services),
    assets: unique(body.assets),
  };
}

function edited(before: StoredChange, given: Omit<Edited, "basedOn">): StoredChange {
  return {
    ...before,
    title: given.title ?? before.title,
    kind: given.kind ?? before.kind,
    owner: given.owner === undefined ? before.owner : given.owner,
    doneBy: given.doneBy ?? before.doneBy,
    plannedStart: msOf(given.plannedStart) ?? before.plannedStart,
    plannedEnd: given.plannedEnd === undefined ? before.plannedEnd : msOf(given.plannedEnd),
    services: given.services === undefined ? before.services : unique(given.services),
    assets: given.assets === undefined ? before.assets : unique(given.assets),
    reference: given.reference === undefined ? before.reference : given.reference,
    description: given.description ?? before.description,
    backOut: given.backOut ?? before.backOut,
    outcome: given.outcome ?? before.outcome,
  };
}

function demandOrder({ plannedStart, plannedEnd, actualStart, actualEnd }: Course): void {
  if (plannedEnd !== null && plannedEnd <= plannedStart)
    throw fail("CHANGE_TIMES_INVALID", "The planned end has to be after the planned start.");
  if (actualStart !== null && actualEnd !== null && actualEnd < actualStart)
    throw fail("CHANGE_TIMES_INVALID", "It cannot have ended before it began: correct actualStart or actualEnd.");
}

/** Whether a feed told nothing new. */
function same(a: StoredChange, b: StoredChange): boolean {
  const textOf = (change: StoredChange): string =>
    JSON.stringify({ ...change, services: unique(change.services), assets: unique(change.assets) }, FED);
  return textOf(a) === textOf(b);
}

const FED = [
  ...["title", "kind", "state", "owner", "doneBy", "plannedStart", "plannedEnd", "actualStart", "actualEnd"],
  ...["services", "assets", "reference", "description", "backOut", "outcome", "asOf"],
];

const msOf = (at: string | null | undefined): number | null =>
  at === null || at === undefined ? null : Date.parse(at);
const unique = (names: readonly string[]): string[] => [...new Set(names)].sort();
