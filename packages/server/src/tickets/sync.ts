/** sync: brings one link in step. It works on what both sides say now, never on a list of events, so an outage of any length, a crash
 *  at any moment and a turn that runs twice all end the same. What cannot be repeated (opening, comments) is written down before and
 *  looked for afterwards. */
import type { Direction, SystemBody, SyncField } from "@holdfast/contracts/tickets";
import type { Tables } from "../platform/tables/index.ts";
import { merge, type Verdict } from "./merge.ts";
import * as store from "./store.ts";
import { type Change, type Client, Refusal, type Ticket } from "./system.ts";

export interface IncidentView {
  readonly id: string;
  readonly number: number;
  readonly title: string;
  readonly severity: string;
  readonly state: string;
  readonly exercise: boolean;
  /** What people said about it, earliest first. */
  readonly comments: readonly {
    readonly id: string;
    readonly author: string;
    readonly text: string;
    readonly at: number;
  }[];
}

export interface IncidentChange {
  readonly title?: string;
  readonly severity?: string;
  readonly state?: string;
}

export interface SyncPorts {
  readonly tables: Tables;
  now(): number;
  address(): string;
  incident(id: string): Promise<IncidentView | undefined>;
  /** Changes our side in the system's name. */
  change(
    incidentId: string,
    change: IncidentChange,
    by: { readonly name: string; readonly ticket: string },
  ): Promise<void>;
  /** Their comment on our timeline; the same key is noted once. */
  note(
    incidentId: string,
    note: {
      readonly key: string;
      readonly at: number;
      readonly title: string;
      readonly body: string;
      readonly link: string;
    },
  ): Promise<void>;
}

/** With the maps that its kind brings, where none were set. */
export interface MappedBody extends Omit<SystemBody, "states" | "severities"> {
  readonly states: NonNullable<SystemBody["states"]>;
  readonly severities: NonNullable<SystemBody["severities"]>;
}

export interface SyncContext extends SyncPorts {
  readonly client: Client;
  readonly body: MappedBody;
}

/** Throws a Refusal when the far side cannot be worked with now. */
export async function syncLink(context: SyncContext, link: store.LinkRecord): Promise<void> {
  const { db } = context.tables;
  const incident = await context.incident(link.incidentId);
  if (incident === undefined) {
    return store.noteProblem(db, link, { problem: "The incident no longer exists.", broken: true, again: false });
  }
  if (incident.exercise) {
    const problem = "The incident belongs to an exercise: nothing leaves Holdfast.";
    return store.noteProblem(db, link, { problem, broken: false, again: false });
  }
  const ticket =
    link.remoteId === null ? await open(context, link, incident) : await context.client.read(link.remoteId);
  const now = link.remoteId === null ? await context.client.read(ticket.id) : ticket;
  const problems = await syncFields(context, { link, incident, ticket: now });
  await syncComments(context, { link, incident, ticket: now });
  await store.noteSynced(db, link, {
    url: now.url,
    now: context.now(),
    problem: problems.length > 0 ? problems.join(" ") : null,
  });
}

interface Pair {
  readonly link: store.LinkRecord;
  readonly incident: IncidentView;
  readonly ticket: Ticket;
}

const FIELDS: readonly store.FieldName[] = ["title", "severity", "state"];

async function open(context: SyncContext, link: store.LinkRecord, incident: IncidentView): Promise<Ticket> {
  const { client, body, tables } = context;
  const draft = {
    title: incident.title,
    text: `INC-${incident.number} in Holdfast: ${context.address()}/incidents/${incident.number}`,
    status: body.states.out[incident.state],
    severity: body.severities.out[incident.severity],
    mark: `[holdfast ${link.id}]`,
  };
  const found = link.triedAt === null ? undefined : await client.find(draft);
  if (found === undefined) await store.noteTried(tables.db, link.id, context.now());
  const ticket = found ?? (await client.create(draft));
  await store.noteOpened(tables.db, link.id, ticket);
  // What it was opened with is what both agree on; what its workflow made of it is brought in step at once.
  for (const field of FIELDS) {
    const theirs = meaningOf(context, field, ticket) ?? wordOf(field, ticket);
    const note = { field, base: theirs, ours: incident[field], theirs: wordOf(field, ticket), note: "", take: null };
    await store.writeField(tables.db, link.id, { ...note, state: "same" });
  }
  await context.note(incident.id, {
    key: `ticket:${link.id}:opened`,
    at: context.now(),
    title: `Opened ${ticket.id} in ${body.name}`,
    body: "",
    link: ticket.url,
  });
  return ticket;
}

/** What is wrong, in words, a field each. */
async function syncFields(context: SyncContext, { link, incident, ticket }: Pair): Promise<string[]> {
  const { db } = context.tables;
  const known = new Map((await store.readFields(db, link.id)).map((one) => [one.field, one]));
  const problems: string[] = [];
  for (const field of FIELDS) {
    const before = known.get(field);
    const ours = incident[field];
    const word = writableOf(context, field, ours);
    const theirs = readAs(context, field, { ticket, ours, base: before?.base ?? null });
    const direction = directionOf(context, field);
    const sides = {
      direction,
      base: before?.base ?? null,
      ours,
      theirs,
      writable: word !== undefined,
      take: before?.take ?? null,
    };
    const verdict = merge(sides);
    const problem = await carryOut(context, { link, incident, ticket, field, verdict, word, theirs }).catch(
      (error: unknown) => {
        if (error instanceof Refusal && error.kind === "refused") return error.message;
        throw error;
      },
    );
    const done = problem === undefined && (verdict === "same" || verdict === "push" || verdict === "pull");
    const note = problem ?? noteOf(context, verdict, { field, ours, theirs: wordOf(field, ticket) });
    await store.writeField(db, link.id, {
      field,
      base: done ? (verdict === "pull" ? (theirs ?? null) : ours) : (before?.base ?? null),
      ours: verdict === "pull" ? (theirs ?? ours) : ours,
      theirs: verdict === "push" && done ? (word ?? ours) : wordOf(field, ticket),
      state: done
        ? "same"
        : problem !== undefined
          ? "waiting"
          : verdict === "push" || verdict === "pull"
            ? "same"
            : verdict,
      note,
      take: done ? null : (before?.take ?? null),
    });
    if (problem !== undefined) problems.push(problem);
  }
  return problems;
}

async function carryOut(
  context: SyncContext,
  given: Pair & {
    readonly field: store.FieldName;
    readonly verdict: Verdict;
    readonly word: string | undefined;
    readonly theirs: string | undefined;
  },
): Promise<undefined> {
  const { field, verdict, word, theirs, incident, ticket } = given;
  if (verdict === "push" && word !== undefined) {
    const change: Change =
      field === "state" ? { status: word } : field === "severity" ? { severity: word } : { title: word };
    await context.client.update(ticket.id, change);
  }
  if (verdict === "pull" && theirs !== undefined) {
    await context.change(incident.id, { [field]: theirs }, { name: context.body.name, ticket: ticket.id });
  }
  return undefined;
}

/** Ours go out, theirs come in, each once. What carries our mark is ours, whoever brings it back. */
async function syncComments(context: SyncContext, { link, incident, ticket }: Pair): Promise<void> {
  const direction = directionOf(context, "comments");
  if (direction === "off") return;
  const { db } = context.tables;
  const journal = await store.readComments(db, link.id);
  const seen = new Set(journal.filter(({ origin }) => origin !== "ours").map(({ id }) => id));
  const sent = new Set(
    journal.filter(({ origin, state }) => origin === "ours" && state === "done").map(({ id }) => id),
  );
  const now = context.now();
  for (const one of await context.client.comments(ticket.id, seen)) {
    if (seen.has(one.id)) continue;
    const mark = MARK.exec(one.text);
    const ours = mark?.[1];
    if (mark === null && direction !== "out") {
      await context.note(incident.id, {
        key: `ticket:${link.id}:${one.id}`,
        at: one.at,
        title: `${one.author} in ${context.body.name}`,
        body: one.text,
        link: ticket.url,
      });
    }
    // One of ours that was being sent when its answer was lost: it arrived.
    if (ours !== undefined && !sent.has(ours)) {
      sent.add(ours);
      await store.writeComment(db, link.id, { origin: "ours", id: ours, state: "done", now });
    }
    const origin = mark === null ? "theirs" : "echo";
    await store.writeComment(db, link.id, { origin, id: one.id, state: "done", now });
  }
  if (direction === "in") return;
  for (const one of incident.comments) {
    if (sent.has(one.id) || one.at < link.createdAt) continue;
    await store.writeComment(db, link.id, { origin: "ours", id: one.id, state: "sending", now });
    await context.client.comment(ticket.id, `${one.author}: ${one.text}\n\n[holdfast ${link.id} ${one.id}]`);
    await store.writeComment(db, link.id, { origin: "ours", id: one.id, state: "done", now });
  }
}

const MARK = /\[holdfast [0-9a-f-]{36}(?: (\S+))?\]/;

function directionOf({ body }: SyncContext, field: SyncField): Direction {
  return body.directions[field] ?? "off";
}

function wordOf(field: store.FieldName, ticket: Ticket): string {
  return field === "title" ? ticket.title : field === "state" ? ticket.status : ticket.severity;
}

/** Their word in ours; undefined when no map has it. */
function meaningOf({ body }: SyncContext, field: store.FieldName, ticket: Ticket): string | undefined {
  if (field === "title") return ticket.title;
  return field === "state" ? body.states.in[ticket.status] : body.severities.in[ticket.severity];
}

/** Where several of our words share one of theirs, theirs still means the one that we hold, or held when both agreed. */
function readAs(
  context: SyncContext,
  field: store.FieldName,
  { ticket, ours, base }: { readonly ticket: Ticket; readonly ours: string; readonly base: string | null },
): string | undefined {
  const word = wordOf(field, ticket);
  if (writableOf(context, field, ours) === word) return ours;
  if (base !== null && writableOf(context, field, base) === word) return base;
  return meaningOf(context, field, ticket);
}

/** Ours in their word. Several of ours may share one of theirs. */
function writableOf({ body }: SyncContext, field: store.FieldName, ours: string): string | undefined {
  if (field === "title") return ours;
  return field === "state" ? body.states.out[ours] : body.severities.out[ours];
}

function noteOf(
  { body }: SyncContext,
  verdict: Verdict,
  { field, ours, theirs }: { readonly field: string; readonly ours: string; readonly theirs: string },
): string {
  if (verdict === "conflict") return `Both sides changed the ${field} since they last agreed. Choose which one holds.`;
  if (verdict !== "unmapped") return "";
  return `"${theirs}" in ${body.name} has no meaning for the ${field} here, or "${ours}" has no word there: nothing was changed. Add it to the map of ${body.name}.`;
}
