/** rule-editing: rules written, edited, deleted and brought back by people. Each change is one transaction with its version and its
 *  audit entry; who starts from an older version than the newest is told who was faster, and nothing is overwritten. */
import { randomUUID } from "node:crypto";
import type { editingRoutes } from "@holdfast/contracts/editing";
import type { Actor, Handlers } from "../platform/http-contract.ts";
import type { DetectContext } from "./context.ts";
import { diffLines } from "./diff.ts";
import { fail } from "./errors.ts";
import { checkText, isSound, withId } from "./rule-check.ts";
import type { LoadedRule, RuleSet } from "./rule-set.ts";
import { writeState } from "./rule-store.ts";
import { readStoredRule, readStoredRules, type StoredRule, writeStoredRule } from "./rule-text-store.ts";
import { addVersion, type NewVersion, readTexts, readVersions, type Subject } from "./version-store.ts";

export function createEditing(context: DetectContext): Handlers<typeof editingRoutes> {
  const { tables, clock, audit, keeper, reader } = context;

  /** Writes the next version of a rule, with everything that hangs on it. */
  const write = async (edit: Edit): Promise<void> => {
    const { ruleId, text, change, actor, note, stored } = edit;
    const now = clock.now();
    const loaded = keeper.set.rules.get(ruleId);
    const version = (stored?.version ?? 0) + 1;
    const title = edit.title ?? loaded?.rule.title ?? ruleId;
    const before = loaded?.rule.text ?? "";
    const entry = { subject: "rule", id: ruleId, title, by: actor.name, at: now, note } as const;
    await tables.transaction(async (tx) => {
      const written = await writeStoredRule(tx, {
        ruleId,
        text,
        title,
        version,
        inForce: change !== "deleted" && change !== "reverted",
        baseText: loaded?.fileText ?? null,
        editedBy: actor.name,
        editedAt: now,
        note,
      });
      if (!written) throw await conflictOf(context, ruleId, stored?.version ?? 0);
      if (stored === undefined && loaded?.fileText !== undefined) await addVersion(tx, fileVersion(loaded, entry));
      await addVersion(tx, { ...entry, version, change, text, before });
      if (edit.state !== undefined)
        await writeState(tx, ruleId, { state: edit.state, reason: "new rule", by: actor.name, at: now });
      await audit.append(tx, { actor, action: `rule.${change}`, target: ruleId, details: { title, version, note } });
    });
    await keeper.renew();
  };
  /** The newest row, if it is the version that the caller started from. */
  const from = async (ruleId: string, version: number): Promise<StoredRule | undefined> => {
    const stored = await readStoredRule(tables.db, ruleId);
    if ((stored?.version ?? 0) !== version) throw await conflictOf(context, ruleId, version);
    return stored;
  };

  return {
    createRule: async ({ body }, { actor }) => {
      const { text, id, title } = soundText(body.text, keeper.set, undefined);
      if ((await readStoredRule(tables.db, id)) !== undefined)
        throw fail(
          "DETECT_RULE_ID_USED",
          `A rule with the id ${id} was deleted: restore it from GET /api/deleted-rules, or remove the id from this text.`,
        );
      const edit = { ruleId: id, text, title, actor, note: body.note, stored: undefined };
      await write({ ...edit, change: "created", state: body.state });
      return reader.detail(id);
    },
    saveRule: async ({ params, body }, { actor }) => {
      const loaded = reader.find(params.id);
      const stored = await from(params.id, body.version);
      const { text, title } = soundText(body.text, keeper.set, params.id);
      if (text !== loaded.rule.text || stored?.inForce !== true)
        await write({ ruleId: params.id, text, title, change: "edited", actor, note: body.note, stored });
      return reader.detail(params.id);
    },
    compareRule: async ({ params, body }) => {
      const { rule, stored } = reader.find(params.id);
      return { version: stored?.version ?? 0, diff: diffLines(rule.text, body.text) };
    },
    deleteRule: async ({ params, query }, { actor }) => {
      const loaded = reader.find(params.id);
      if (loaded.fileText !== undefined)
        throw fail(
          "DETECT_RULE_FROM_FILE",
          `This rule comes from ${loaded.pack}: ${loaded.path}. Set its state to off, or remove it from the file${loaded.stored?.inForce === true ? "; your edit of it can be dropped with DELETE /api/rules/:id/override" : ""}.`,
        );
      const stored = await from(params.id, query.version);
      const { text } = loaded.rule;
      await write({ ruleId: params.id, text, change: "deleted", actor, note: query.note, stored });
      return { deleted: true };
    },
    revertRule: async ({ params, query }, { actor }) => {
      const { fileText, stored: known } = reader.find(params.id);
      if (fileText === undefined || known?.inForce !== true)
        throw fail("DETECT_NOT_OVERRIDDEN", "There is no edit to drop: this rule is not an edited rule of a file.");
      const stored = await from(params.id, query.version);
      await write({ ruleId: params.id, text: fileText, change: "reverted", actor, note: query.note, stored });
      return reader.detail(params.id);
    },
    listRuleVersions: async ({ params }) => {
      const versions = await readVersions(tables.db, "rule", params.id);
      if (versions.length === 0) reader.find(params.id);
      return {
        items: versions.map(({ atMs, terms: _terms, ...entry }, index) => ({
          ...entry,
          at: new Date(atMs).toISOString(),
          current: index === 0 && entry.change !== "deleted",
        })),
      };
    },
    getRuleVersion: ({ params, query }) =>
      versionText(context, { subject: "rule", id: params.id, version: params.version, against: query.against }),
    restoreRuleVersion: async ({ params, body }, { actor }) => {
      const stored = await from(params.id, body.version);
      const text = (await readTexts(tables.db, { subject: "rule", id: params.id, versions: [params.version] })).get(
        params.version,
      );
      if (text === undefined) throw unknownVersion(params.id, params.version);
      const { title } = soundText(text, keeper.set, params.id);
      const note = body.note === "" ? `version ${params.version} again` : body.note;
      await write({ ruleId: params.id, text, title, change: "restored", actor, note, stored });
      return reader.detail(params.id);
    },
    listDeletedRules: async () => {
      const gone = (await readStoredRules(tables.db)).filter(
        (rule) => !rule.inForce && !keeper.set.rules.has(rule.ruleId),
      );
      return {
        items: gone
          .sort((a, b) => b.editedAt - a.editedAt)
          .map((rule) => ({
            id: rule.ruleId,
            title: rule.title,
            version: rule.version,
            by: rule.editedBy,
            at: new Date(rule.editedAt).toISOString(),
          })),
      };
    },
  };
}

interface Edit {
  readonly ruleId: string;
  readonly text: string;
  readonly title?: string;
  readonly change: NewVersion["change"];
  readonly actor: Actor;
  readonly note: string;
  readonly stored: StoredRule | undefined;
  readonly state?: "draft" | "test" | "live" | "off";
}

/** One version's text and its difference from another, of a rule or an exception. */
export async function versionText(
  { tables }: Pick<DetectContext, "tables">,
  asked: {
    readonly subject: Subject;
    readonly id: string;
    readonly version: number;
    readonly against: number | undefined;
  },
): Promise<{ version: number; text: string; against: number | null; diff: ReturnType<typeof diffLines> }> {
  const { subject, id, version } = asked;
  const known = await readVersions(tables.db, subject, id);
  const against = asked.against ?? known.find((entry) => entry.version < version)?.version;
  const versions = against === undefined ? [version] : [version, against];
  const texts = await readTexts(tables.db, { subject, id, versions });
  const text = texts.get(version);
  if (text === undefined) throw unknownVersion(id, version);
  const older = against === undefined ? "" : texts.get(against);
  if (older === undefined) throw unknownVersion(id, against ?? 0);
  return { version, text, against: against ?? null, diff: diffLines(older, text) };
}

/** The text as it is stored: it loads, is a rule, and has its id. */
function soundText(text: string, set: RuleSet, own: string | undefined): { text: string; id: string; title: string } {
  const checked = checkText({ text, set, own });
  const first = checked.findings.find(({ severity }) => severity === "error");
  if (first !== undefined || checked.document === undefined || !isSound(checked))
    throw fail(
      "DETECT_RULE_INVALID",
      `The rule does not load: line ${first?.line ?? 1}, column ${first?.column ?? 1}: ${first?.message ?? "it holds no rule"}`,
      { details: { findings: checked.findings } },
    );
  if (checked.document.kind === "filter")
    throw fail(
      "DETECT_RULE_INVALID",
      "This is a filter, not a rule: save it as an exception with POST /api/exceptions.",
    );
  const { title } = checked.document.rule;
  if (!checked.withoutId) return { text, id: checked.document.rule.id, title };
  const id = own ?? randomUUID();
  return { text: withId(text, id), id, title };
}

function fileVersion(loaded: LoadedRule, entry: Pick<NewVersion, "subject" | "id" | "at">): NewVersion {
  return {
    ...entry,
    version: 0,
    change: "file",
    title: loaded.rule.title,
    text: loaded.fileText ?? "",
    before: "",
    by: loaded.pack,
    note: loaded.path,
  };
}

async function conflictOf({ tables }: DetectContext, ruleId: string, base: number): Promise<Error> {
  const newest = await readStoredRule(tables.db, ruleId);
  if (newest === undefined)
    return fail("DETECT_RULE_CONFLICT", `This rule has no version ${base}: nobody edited it yet. Read it again.`, {
      details: { version: 0 },
    });
  const at = new Date(newest.editedAt).toISOString();
  return fail(
    "DETECT_RULE_CONFLICT",
    `${newest.editedBy} changed this rule at ${at} (version ${newest.version}); you started from version ${base}. Compare both with GET /api/rules/:id/versions/${newest.version}?against=${base} and save again from version ${newest.version}.`,
    { details: { version: newest.version, by: newest.editedBy, at, note: newest.note } },
  );
}

const unknownVersion = (id: string, version: number): Error =>
  fail("DETECT_VERSION_UNKNOWN", `There is no version ${version} of ${id}: see its list of versions.`);
