/** rule-drafts: texts of rules that do not load yet, kept with what is wrong with them. They are never matched: once a text loads, it is
 *  saved as a rule, and the draft goes with that. */
import { z } from "zod";
import { finding } from "./authoring.ts";
import { ruleText } from "./editing.ts";
import { idParams, none, timestamp } from "./model.ts";
import { route } from "./route.ts";

export const ruleDraft = z.object({
  id: z.string(),
  /** The rule that it is to be the next text of; null for a new rule. */
  ruleId: z.string().nullable(),
  /** As the text says it, as far as it can be read. */
  title: z.string(),
  version: z.number().int(),
  by: z.string(),
  at: timestamp,
  note: z.string(),
  /** What keeps it from being loaded, beside the rules of now. */
  errors: z.number().int(),
});
export type RuleDraft = z.infer<typeof ruleDraft>;

const whole = ruleDraft.extend({ text: z.string(), findings: z.array(finding) });
const note = z.string().trim().max(500).default("");

export const ruleDraftRoutes = {
  listRuleDrafts: route({
    method: "GET",
    path: "/api/rule-drafts",
    permission: "rules.read",
    summary: "Texts of rules that do not load yet, newest first; of all rules, or of one.",
    params: none,
    query: z.object({ rule: z.string().max(200).optional() }),
    body: none,
    response: z.object({ items: z.array(ruleDraft) }),
  }),
  getRuleDraft: route({
    method: "GET",
    path: "/api/rule-drafts/:id",
    permission: "rules.read",
    summary: "One draft with its text and everything that is wrong with it.",
    params: idParams,
    query: none,
    body: none,
    response: whole,
  }),
  createRuleDraft: route({
    method: "POST",
    path: "/api/rule-drafts",
    permission: "rules.write",
    mutates: true,
    summary: "Keep a text that does not load yet, of a new rule or of one that stays in force meanwhile.",
    params: none,
    query: none,
    body: z.strictObject({ text: ruleText, rule: z.string().max(200).optional(), note }),
    response: whole,
  }),
  saveRuleDraft: route({
    method: "PUT",
    path: "/api/rule-drafts/:id",
    permission: "rules.write",
    mutates: true,
    summary: "Change a draft's text.",
    params: idParams,
    query: none,
    body: z.strictObject({ text: ruleText, version: z.number().int().min(1), note }),
    response: whole,
  }),
  deleteRuleDraft: route({
    method: "DELETE",
    path: "/api/rule-drafts/:id",
    permission: "rules.write",
    mutates: true,
    summary: "Drop a draft: it was given up, or its text is a rule now.",
    params: idParams,
    query: none,
    body: none,
    response: z.object({ deleted: z.literal(true) }),
  }),
} as const;
