/** editing: rules written and edited by people: every version of their text with who, when and why. */
import { z } from "zod";
import { ruleDetail, ruleState } from "./detect.ts";
import { idParams, none, timestamp } from "./model.ts";
import { route } from "./route.ts";

export const ruleVersion = z.object({
  /** 0 is the text of the file before the first edit. */
  version: z.number().int(),
  change: z.enum(["file", "created", "edited", "restored", "reverted", "deleted"]),
  by: z.string(),
  at: timestamp,
  note: z.string(),
  title: z.string(),
  /** Lines against the version before. */
  added: z.number().int(),
  removed: z.number().int(),
  /** This version is in force. */
  current: z.boolean(),
});
export type RuleVersion = z.infer<typeof ruleVersion>;

export const diffLine = z.object({
  kind: z.enum(["same", "added", "removed"]),
  text: z.string(),
  /** Line numbers in the older and in the newer text, 1-based. */
  before: z.number().int().nullable(),
  after: z.number().int().nullable(),
});
export type DiffLine = z.infer<typeof diffLine>;

/** One version's text, and how it came from another. */
export const versionText = z.object({
  version: z.number().int(),
  text: z.string(),
  against: z.number().int().nullable(),
  diff: z.array(diffLine),
});

export const ruleText = z.string().min(1).max(200_000);
const note = z.string().trim().max(500).default("");
/** The version an edit starts from: when somebody else was faster, the answer is 409 and says who. */
export const baseVersion = z.number().int().min(0);

export const editingRoutes = {
  createRule: route({
    method: "POST",
    path: "/api/rules",
    permission: "rules.write",
    mutates: true,
    summary: "Write a new rule; without an id in its text it is given one.",
    params: none,
    query: none,
    body: z.strictObject({ text: ruleText, state: ruleState.default("draft"), note }),
    response: ruleDetail,
  }),
  saveRule: route({
    method: "PUT",
    path: "/api/rules/:id",
    permission: "rules.write",
    mutates: true,
    summary: "Change a rule's text; of a file's rule this makes an override.",
    params: idParams,
    query: none,
    body: z.strictObject({ text: ruleText, version: baseVersion, note }),
    response: ruleDetail,
  }),
  compareRule: route({
    method: "POST",
    path: "/api/rules/:id/compare",
    permission: "rules.read",
    summary: "A text of one's own against the rule's present one, by lines; nothing is saved.",
    params: idParams,
    query: none,
    body: z.strictObject({ text: ruleText }),
    response: z.object({ version: z.number().int(), diff: z.array(diffLine) }),
  }),
  deleteRule: route({
    method: "DELETE",
    path: "/api/rules/:id",
    permission: "rules.write",
    mutates: true,
    summary: "Delete a rule that was written here; its history stays and can be restored.",
    params: idParams,
    query: z.object({ version: z.coerce.number().int().min(0), note: z.string().max(500).default("") }),
    body: none,
    response: z.object({ deleted: z.literal(true) }),
  }),
  revertRule: route({
    method: "DELETE",
    path: "/api/rules/:id/override",
    permission: "rules.write",
    mutates: true,
    summary: "Go back to the file's version of a rule that was edited here.",
    params: idParams,
    query: z.object({ version: z.coerce.number().int().min(0), note: z.string().max(500).default("") }),
    body: none,
    response: ruleDetail,
  }),
  listRuleVersions: route({
    method: "GET",
    path: "/api/rules/:id/versions",
    permission: "rules.read",
    summary: "Every edit of a rule, newest first; also of a deleted one.",
    params: idParams,
    query: none,
    body: none,
    response: z.object({ items: z.array(ruleVersion) }),
  }),
  getRuleVersion: route({
    method: "GET",
    path: "/api/rules/:id/versions/:version",
    permission: "rules.read",
    summary: "One version of a rule's text and its difference from another (the one before, unless named).",
    params: idParams.extend({ version: z.coerce.number().int().min(0) }),
    query: z.object({ against: z.coerce.number().int().min(0).optional() }),
    body: none,
    response: versionText,
  }),
  restoreRuleVersion: route({
    method: "POST",
    path: "/api/rules/:id/versions/:version/restore",
    permission: "rules.write",
    mutates: true,
    summary: "Make an earlier version the one in force, as a new version.",
    params: idParams.extend({ version: z.coerce.number().int().min(0) }),
    query: none,
    body: z.strictObject({ version: baseVersion, note }),
    response: ruleDetail,
  }),
  listDeletedRules: route({
    method: "GET",
    path: "/api/deleted-rules",
    permission: "rules.read",
    summary: "Rules that were written here and deleted, newest first.",
    params: none,
    query: none,
    body: none,
    response: z.object({
      items: z.array(
        z.object({ id: z.string(), title: z.string(), version: z.number().int(), by: z.string(), at: timestamp }),
      ),
    }),
  }),
} as const;
