/** rule-drafts: texts of rules that do not load yet, kept with what is wrong with them. They stand apart from the rules: no worker
 *  reads them, and a rule that has one stays in force with the text it has. */
import { randomUUID } from "node:crypto";
import type { Finding } from "@holdfast/contracts/authoring";
import type { RuleDraft, ruleDraftRoutes } from "@holdfast/contracts/rule-drafts";
import type { Actor, Handlers } from "../platform/http-contract.ts";
import type { DetectContext } from "./context.ts";
import { fail } from "./errors.ts";
import { lintFindings } from "./lint-findings.ts";
import * as store from "./rule-draft-store.ts";
import { checkText } from "./rule-check.ts";
import { storable } from "./signal.ts";

export function createDrafts(context: DetectContext): Handlers<typeof ruleDraftRoutes> {
  const { tables, clock, audit, keeper, reader } = context;

  const findingsOf = ({ text, ruleId }: store.StoredDraft): Finding[] => {
    const checked = checkText({ text, set: keeper.set, ...(ruleId === null ? {} : { own: ruleId }) });
    return [...checked.findings, ...lintFindings(text, checked.findings)].sort(
      (a, b) => a.line - b.line || a.column - b.column,
    );
  };
  const shown = (draft: store.StoredDraft, findings = findingsOf(draft)): RuleDraft => ({
    id: draft.id,
    ruleId: draft.ruleId,
    title: draft.title,
    version: draft.version,
    by: draft.editedBy,
    at: new Date(draft.editedAt).toISOString(),
    note: draft.note,
    errors: findings.filter(({ severity }) => severity === "error").length,
  });
  const whole = (draft: store.StoredDraft) => {
    const findings = findingsOf(draft);
    return { ...shown(draft, findings), text: draft.text, findings };
  };
  const find = async (id: string): Promise<store.StoredDraft> => {
    const draft = await store.readDraft(tables.db, id);
    if (draft !== undefined) return draft;
    throw unknown(id);
  };
  const write = async (actor: Actor, draft: store.StoredDraft): Promise<void> =>
    tables.transaction(async (tx) => {
      if (!(await store.writeDraft(tx, draft))) throw await conflictOf(context, draft);
      const { id, ruleId, title, version, note } = draft;
      await audit.append(tx, {
        actor,
        action: "rule.drafted",
        target: ruleId ?? id,
        details: { title, version, note },
      });
    });
  const entered = (text: string, actor: Actor) => ({
    text: storable(text),
    title: titleOf(text),
    editedBy: actor.name,
    editedAt: clock.now(),
  });

  return {
    listRuleDrafts: async ({ query }) => ({
      items: (await store.readDrafts(tables.db, query.rule)).map((draft) => shown(draft)),
    }),
    getRuleDraft: async ({ params }) => whole(await find(params.id)),
    createRuleDraft: async ({ body }, { actor }) => {
      const ruleId = body.rule === undefined ? null : reader.find(body.rule).rule.id;
      const draft = { id: randomUUID(), ruleId, version: 1, note: body.note, ...entered(body.text, actor) };
      await write(actor, draft);
      return whole(draft);
    },
    saveRuleDraft: async ({ params, body }, { actor }) => {
      const { id, ruleId } = await find(params.id);
      const draft = { id, ruleId, version: body.version + 1, note: body.note, ...entered(body.text, actor) };
      await write(actor, draft);
      return whole(draft);
    },
    deleteRuleDraft: async ({ params }, { actor }) => {
      await tables.transaction(async (tx) => {
        const gone = await store.deleteDraft(tx, params.id);
        if (gone === undefined) throw unknown(params.id);
        const details = { title: gone.title, version: gone.version };
        await audit.append(tx, { actor, action: "rule.draft-dropped", target: gone.ruleId ?? gone.id, details });
      });
      return { deleted: true };
    },
  };
}

const MOST_TITLE = 200;

/** Read without a parser: the text may be no YAML at all. */
function titleOf(text: string): string {
  const title =
    /^title:[ \t]*(.*)$/m
      .exec(text)?.[1]
      ?.trim()
      .replaceAll(/^(['"])(.*)\1$/g, "$2") ?? "";
  return storable(title.slice(0, MOST_TITLE)) || "Without a title";
}

const unknown = (id: string): Error =>
  fail("DETECT_DRAFT_UNKNOWN", `There is no draft ${id}: it was dropped, or its text is a rule now.`);

async function conflictOf({ tables }: DetectContext, { id, version }: store.StoredDraft): Promise<Error> {
  const newest = await store.readDraft(tables.db, id);
  if (newest === undefined) return unknown(id);
  const at = new Date(newest.editedAt).toISOString();
  return fail(
    "DETECT_DRAFT_CONFLICT",
    `${newest.editedBy} changed this draft at ${at} (version ${newest.version}); you started from version ${version - 1}. Read it again and repeat your change.`,
    { details: { version: newest.version, by: newest.editedBy, at } },
  );
}
