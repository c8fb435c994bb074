/** library: the playbooks there are: those that came with the program and those people wrote. What is published is what runs; a
 *  draft may have errors, a version never has. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { PlaybookDetail, PlaybookProblem, PlaybookView } from "@holdfast/contracts/playbooks";
import {
  type Checks,
  fromCacao,
  identifier,
  type JsonObject,
  namesOf,
  type Playbook,
  readPlaybook,
  readShape,
  toCacao,
  writePlaybook,
} from "@holdfast/playbook";
import type { Actor } from "../platform/http-contract.ts";
import { fail } from "./errors.ts";
import { graphOf } from "./graph.ts";
import * as store from "./library-store.ts";
import type { PlaybooksOptions, Someone } from "./port.ts";
import type { Published } from "./runs.ts";

export interface Library {
  list(q: string): Promise<PlaybookView[]>;
  detail(id: string): Promise<PlaybookDetail>;
  check(text: string): Promise<{ problems: PlaybookProblem[]; graph: PlaybookDetail["graph"] | null }>;
  create(text: string, by: Actor): Promise<PlaybookDetail>;
  /** With the mark of the text that the new one was made from, it is refused when somebody saved another since. */
  save(
    id: string,
    asked: { readonly text: string; readonly base?: string | undefined },
    by: Actor,
  ): Promise<PlaybookDetail>;
  publish(id: string, asked: { readonly base?: string | undefined }, by: Actor): Promise<PlaybookDetail>;
  switch(id: string, to: { readonly enabled: boolean; readonly reason: string }, by: Actor): Promise<PlaybookDetail>;
  import(document: unknown, by: Actor): Promise<PlaybookDetail>;
  export(id: string): Promise<JsonObject>;
  published(id: string): Promise<Published>;
  /** What may be started now: published, and not switched off. */
  startable(id: string): Promise<Published>;
  /** Takes over what came with the program; a playbook that people changed stays as they left it. */
  loadShipped(): Promise<void>;
}

const HOLDFAST: Someone = { id: "holdfast", name: "Holdfast" };
const EMPTY = { nodes: [], edges: [] };

export function createLibrary(options: PlaybooksOptions): Library {
  const { tables, clock, audit, cel, connectors } = options;
  const { db } = tables;

  const checksFor = (ids: ReadonlySet<string>, names?: readonly string[]): Checks => ({
    expression: (text) => {
      const wrong = cel.check(text, names);
      return wrong === undefined
        ? undefined
        : wrong.at === null
          ? wrong.reason
          : `${wrong.reason} (character ${wrong.at + 1})`;
    },
    action: (name, input) => actionProblem(connectors.actions(), name, input),
    playbook: (id) => ids.has(id) || [...ids].some((known) => identifier("playbook", known) === id),
  });
  const read = async (text: string) => {
    const ids = new Set((await store.readPlaybooks(db)).map(({ id }) => id));
    const first = readPlaybook(text, { ...checksFor(ids), expression: () => undefined });
    if (first.ok) ids.add(first.playbook.id);
    return readPlaybook(text, checksFor(ids, first.ok ? namesOf(first.playbook) : undefined));
  };
  const one = async (id: string): Promise<store.StoredPlaybook> => {
    const [found] = await store.readPlaybooks(db, id);
    if (found === undefined) throw fail("PLAYBOOKS_UNKNOWN", `There is no playbook with the id "${id}".`);
    return found;
  };
  const detail = async (id: string): Promise<PlaybookDetail> => {
    const stored = await one(id);
    const text = stored.draft ?? stored.text ?? "";
    const result = await read(text);
    // A draft that cannot be read is drawn as it last could.
    const shape = result.ok ? undefined : readShape(text);
    const drawn = result.ok ? result : readPlaybook(stored.text ?? "");
    const versions = await store.readVersions(db, id);
    return {
      ...viewOf(stored, drawn.ok ? drawn.playbook : undefined, (await store.readRunCounts(db)).get(id)),
      text,
      mark: markOf(text),
      problems: [...result.problems],
      graph: shape !== undefined ? graphOf(shape) : drawn.ok ? graphOf(drawn.playbook) : EMPTY,
      variables: drawn.ok ? variablesOf(drawn.playbook) : [],
      versions: versions.map(({ version, at, by }) => ({ version, at: new Date(at).toISOString(), by })),
    };
  };
  const publishedOf = async (asked: string): Promise<Published & { readonly stored: store.StoredPlaybook }> => {
    const all = await store.readPlaybooks(db);
    // A playbook in a CACAO playbook is named by its CACAO identifier.
    const stored = all.find(({ id }) => id === asked || identifier("playbook", id) === asked);
    if (stored === undefined) throw fail("PLAYBOOKS_UNKNOWN", `There is no playbook with the id "${asked}".`);
    if (stored.text === null || stored.version === null) {
      throw fail("PLAYBOOKS_NOT_PUBLISHED", `"${stored.name}" is a draft: publish it before it runs.`);
    }
    const result = readPlaybook(stored.text);
    if (!result.ok) throw invalid(result.problems);
    const editedBy = stored.origin === "shipped" ? null : stored.publishedBy;
    return { playbook: result.playbook, version: stored.version, editedBy, stored };
  };
  const idIn = (text: string): { id: string; name: string } => {
    const result = readPlaybook(text);
    if (result.ok) return result.playbook;
    // A draft may have errors, but it has a name to be kept under.
    const id = /^id:\s*["']?([a-zA-Z_][a-zA-Z0-9_-]{0,99})["']?\s*$/m.exec(text)?.[1];
    if (id === undefined) throw invalid(result.problems);
    return { id, name: /^name:\s*["']?(.{1,200}?)["']?\s*$/m.exec(text)?.[1] ?? id };
  };
  const create = async (text: string, by: Actor): Promise<PlaybookDetail> => {
    const { id, name } = idIn(text);
    await tables.transaction(async (tx) => {
      if (!(await store.insertPlaybook(tx, { id, origin: "own", name, at: clock.now() }))) {
        throw fail("PLAYBOOKS_ID_TAKEN", `There is a playbook with the id "${id}" already: change the id in the text.`);
      }
      await store.saveDraft(tx, { id, name, text, by: someone(by), at: clock.now() });
      await audit.append(tx, { actor: by, action: "playbook.created", target: id });
    });
    return detail(id);
  };

  return {
    async list(q) {
      const counts = await store.readRunCounts(db);
      const wanted = q.trim().toLowerCase();
      return (await store.readPlaybooks(db)).flatMap((stored) => {
        const result = readPlaybook(stored.text ?? stored.draft ?? "");
        const view = viewOf(stored, result.ok ? result.playbook : undefined, counts.get(stored.id));
        const words = [view.id, view.name, view.description, ...view.types, ...view.actions].join(" ").toLowerCase();
        return words.includes(wanted) ? [view] : [];
      });
    },
    detail,
    async check(text) {
      const result = await read(text);
      // With mistakes in it, too: each is shown at its step.
      const shape = result.ok ? result.playbook : readShape(text);
      return { problems: [...result.problems], graph: shape === undefined ? null : graphOf(shape) };
    },
    create,
    async save(id, { text, base }, by) {
      await one(id);
      const { id: written, name } = idIn(text);
      if (written !== id) {
        throw fail("PLAYBOOKS_ID_TAKEN", `The text says id "${written}", and this is "${id}": an id stays as it is.`);
      }
      await tables.transaction(async (tx) => {
        demandSame(await store.lockPlaybook(tx, id), base);
        await store.saveDraft(tx, { id, name, text, by: someone(by), at: clock.now() });
        await audit.append(tx, { actor: by, action: "playbook.changed", target: id });
      });
      return detail(id);
    },
    async publish(id, { base }, by) {
      const { draft } = await one(id);
      if (draft === null)
        throw fail("PLAYBOOKS_NOTHING_TO_PUBLISH", "There is no draft: what is published is the newest.");
      const result = await read(draft);
      if (!result.ok) throw invalid(result.problems);
      await tables.transaction(async (tx) => {
        const locked = await store.lockPlaybook(tx, id);
        demandSame(locked, base);
        // What was read above is what was judged: another text may have come since.
        if (locked !== undefined) demandSame(locked, markOf(draft));
        const { name } = result.playbook;
        await store.insertVersion(tx, { id, name, origin: "own", text: draft, by: someone(by), at: clock.now() });
        await audit.append(tx, { actor: by, action: "playbook.published", target: id });
      });
      return detail(id);
    },
    async switch(id, { enabled, reason }, by) {
      await one(id);
      await tables.transaction(async (tx) => {
        const off = enabled ? null : { at: clock.now(), by: someone(by), reason };
        // Twice the same is once: whoever was first stands in the log.
        if (!(await store.saveSwitch(tx, id, off))) return;
        await audit.append(tx, {
          actor: by,
          action: enabled ? "playbook.switched-on" : "playbook.switched-off",
          target: id,
          details: { reason },
        });
      });
      return detail(id);
    },
    async import(document, by) {
      const result = fromCacao(document);
      if (!result.ok) throw invalid(result.problems);
      const taken = new Set((await store.readPlaybooks(db)).map(({ id }) => id));
      let { id } = result.playbook;
      for (let n = 2; taken.has(id); n += 1) id = `${result.playbook.id}-${n}`;
      return create(writePlaybook({ ...result.playbook, id }), by);
    },
    async export(id) {
      const stored = await one(id);
      const result = readPlaybook(stored.text ?? stored.draft ?? "");
      if (!result.ok) throw invalid(result.problems);
      const versions = await store.readVersions(db, id);
      const time = (at: number | undefined): string => new Date(at ?? clock.now()).toISOString();
      return toCacao(result.playbook, { created: time(versions.at(-1)?.at), modified: time(versions[0]?.at) });
    },
    published: publishedOf,
    async startable(asked) {
      const { stored, ...published } = await publishedOf(asked);
      if (stored.off !== null) throw switchedOff(stored.name, stored.off);
      return published;
    },
    async loadShipped() {
      if (options.shipped === undefined) return;
      const known = new Map((await store.readPlaybooks(db)).map((stored) => [stored.id, stored]));
      for (const file of readdirSync(options.shipped)
        .filter((name) => name.endsWith(".yml"))
        .sort()) {
        const text = readFileSync(join(options.shipped, file), "utf8");
        const result = readPlaybook(text);
        if (!result.ok) throw invalid(result.problems);
        const { id, name } = result.playbook;
        const stored = known.get(id);
        if (stored !== undefined && (stored.origin === "own" || stored.text === text)) continue;
        await tables.transaction(async (tx) => {
          await store.insertPlaybook(tx, { id, origin: "shipped", name, at: clock.now() });
          await store.insertVersion(tx, { id, name, origin: "shipped", text, by: HOLDFAST, at: clock.now() });
        });
      }
    },
  };
}

/** Names a text: whoever saves says by it what they had before them. */
function markOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

function demandSame(stored: store.StoredPlaybook | undefined, base: string | undefined): void {
  if (stored === undefined || base === undefined || markOf(stored.draft ?? stored.text ?? "") === base) return;
  const by = stored.draftBy ?? stored.publishedBy;
  throw fail(
    "PLAYBOOKS_CHANGED",
    `${by?.name ?? "Somebody"} saved "${stored.name}" since you read it: look at that text before yours takes its place.`,
    { details: { by: by?.name ?? null } },
  );
}

function invalid(problems: readonly PlaybookProblem[]): Error {
  const first = problems.find(({ level }) => level === "error");
  const where = first === undefined ? "" : `${first.line === null ? first.at : `line ${first.line}`}: ${first.message}`;
  return fail("PLAYBOOKS_INVALID", `The playbook has errors. ${where}`, { details: { problems } });
}

function switchedOff(name: string, { at, by, reason }: store.Off): Error {
  const since = new Date(at).toISOString();
  return fail(
    "PLAYBOOKS_OFF",
    `"${name}" is switched off (${by.name}, ${since}: ${reason}). Switch it on, or do by hand what it would do.`,
    { details: { off: { at: since, by: by.name, reason } } },
  );
}

/** Required inputs that are not given, and inputs that the action does not know. */
function actionProblem(
  actions: ReturnType<PlaybooksOptions["connectors"]["actions"]>,
  name: string,
  input: Readonly<Record<string, unknown>>,
): string | undefined {
  const action = actions.find((one) => one.name === name);
  if (action === undefined) return `There is no action "${name}".`;
  const { required, properties } = action.input;
  const known = typeof properties === "object" && properties !== null ? Object.keys(properties) : [];
  const missing = Array.isArray(required) ? required.find((field) => !Object.hasOwn(input, String(field))) : undefined;
  if (missing !== undefined && !hasDefault(properties, String(missing)))
    return `"${name}" needs ${String(missing)} in with.`;
  const unknown = Object.keys(input).find((field) => !known.includes(field));
  return unknown === undefined ? undefined : `"${name}" knows no ${unknown}; it takes ${known.join(", ")}.`;
}

function hasDefault(properties: unknown, field: string): boolean {
  const property: unknown =
    typeof properties === "object" && properties !== null ? Reflect.get(properties, field) : undefined;
  return typeof property === "object" && property !== null && "default" in property;
}

function viewOf(
  stored: store.StoredPlaybook,
  playbook: Playbook | undefined,
  counts: store.RunCounts | undefined,
): PlaybookView {
  const time = (at: number | null | undefined): string | null => (at == null ? null : new Date(at).toISOString());
  const steps = Object.values(playbook?.steps ?? {});
  return {
    id: stored.id,
    name: stored.name,
    description: playbook?.description ?? "",
    types: playbook?.types ?? [],
    severity: playbook?.severity ?? null,
    origin: stored.origin,
    version: stored.version,
    publishedAt: time(stored.publishedAt),
    publishedBy: stored.publishedBy,
    draft: stored.draft !== null,
    off: stored.off === null ? null : { ...stored.off, at: new Date(stored.off.at).toISOString() },
    actions: [...new Set(steps.flatMap((step) => ("action" in step ? [step.action] : [])))],
    runs: counts?.runs ?? 0,
    running: counts?.running ?? 0,
    lastRunAt: time(counts?.last),
  };
}

function variablesOf(playbook: Playbook): PlaybookDetail["variables"] {
  return Object.entries(playbook.variables ?? {})
    .filter(([, { constant }]) => constant !== true)
    .map(([name, { type, description, required, value }]) => ({
      name,
      type,
      description: description ?? "",
      required: required ?? false,
      value: value ?? null,
    }));
}

function someone({ id, name }: Actor): Someone {
  return { id, name };
}
