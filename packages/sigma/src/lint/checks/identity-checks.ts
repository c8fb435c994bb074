/** identity-checks: ids, relations to other rules, status, level and dates. */
import { isRecord } from "../../load/detection-reader.ts";
import type { Check } from "../check.ts";
import { didYouMean } from "../nearest.ts";
import { shownOf, textOf } from "./attribute-texts.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const STATUSES = ["stable", "test", "experimental", "deprecated", "unsupported"];
const RELATIONS = ["derived", "obsolete", "merged", "renamed", "similar"];
const DATES = ["date", "modified"] as const;

export const IDENTITY_CHECKS: readonly Check[] = [
  {
    code: "ID_MISSING",
    severity: "warning",
    teaches:
      "Counts, exceptions and alerts hang on the id. Without one they hang on file name and title, and are lost when either changes.",
    bad: "id:",
    good: "id: 3b1c9a52-6a0e-4b7c-9d55-0f6b2f8f7a11",
    look: (document, report) => {
      const id = document.value["id"];
      if (id === undefined || id === null || id === "")
        report({ at: ["id"], message: "There is no id: give the rule a UUID of its own, for example from `uuidgen`." });
    },
  },
  {
    code: "ID_INVALID",
    severity: "warning",
    teaches: "An id is a UUID, so that no two authors in the world use the same one.",
    bad: "id: whoami-1",
    good: "id: 3b1c9a52-6a0e-4b7c-9d55-0f6b2f8f7a11",
    look: (document, report) => {
      const id = document.value["id"];
      if (id !== undefined && id !== null && id !== "" && !(typeof id === "string" && UUID.test(id)))
        report({ at: ["id"], message: `"${shownOf(id)}" is no UUID: make one, for example with \`uuidgen\`.` });
    },
  },
  {
    code: "ID_UPPER_CASE",
    severity: "info",
    teaches: "Ids are compared as text by many tools; small letters are the custom.",
    bad: "id: 3B1C9A52-6A0E-4B7C-9D55-0F6B2F8F7A11",
    good: "id: 3b1c9a52-6a0e-4b7c-9d55-0f6b2f8f7a11",
    look: (document, report) => {
      const id = textOf(document, "id") ?? "";
      if (UUID.test(id) && id !== id.toLowerCase())
        report({
          at: ["id"],
          message: "The id has capital letters.",
          fix: (s) => s.replaceScalar(["id"], id.toLowerCase()),
        });
    },
  },
  {
    code: "RELATED_INVALID",
    severity: "warning",
    teaches: "Relations are a list of maps with `id` and `type`.",
    bad: "related: 5b2e1a52-6a0e-4b7c-9d55-0f6b2f8f7a12",
    good: "related:\n  - id: 5b2e1a52-6a0e-4b7c-9d55-0f6b2f8f7a12\n    type: similar",
    look: (document, report) => {
      const related = document.value["related"];
      if (related === undefined || related === null) return;
      const message = "Relations are a list of maps, each with `id` and `type`.";
      if (!Array.isArray(related)) return report({ at: ["related"], message });
      related.forEach((entry: unknown, index) => {
        if (!isRecord(entry) || entry["id"] === undefined || entry["type"] === undefined)
          report({ at: ["related", index], message });
      });
    },
  },
  {
    code: "RELATED_TYPE_UNKNOWN",
    severity: "warning",
    teaches: `A relation is one of ${RELATIONS.join(", ")}.`,
    bad: "related:\n  - id: 5b2e1a52-6a0e-4b7c-9d55-0f6b2f8f7a12\n    type: similiar",
    good: "related:\n  - id: 5b2e1a52-6a0e-4b7c-9d55-0f6b2f8f7a12\n    type: similar",
    look: (document, report) => {
      for (const { entry, index } of relationsOf(document.value["related"])) {
        const type = entry["type"];
        if (typeof type === "string" && !RELATIONS.includes(type))
          report({
            at: ["related", index, "type"],
            message: `There is no relation "${type}".${didYouMean(type, RELATIONS)} Known: ${RELATIONS.join(", ")}.`,
          });
      }
    },
  },
  {
    code: "RELATED_ID_INVALID",
    severity: "warning",
    teaches: "A relation names another rule by its id, which is a UUID and not this rule's own.",
    bad: "related:\n  - id: the other rule\n    type: similar",
    good: "related:\n  - id: 5b2e1a52-6a0e-4b7c-9d55-0f6b2f8f7a12\n    type: similar",
    look: (document, report) => {
      for (const { entry, index } of relationsOf(document.value["related"])) {
        const id = entry["id"];
        if (id === undefined) continue;
        const at = ["related", index, "id"];
        if (typeof id !== "string" || !UUID.test(id)) report({ at, message: `"${shownOf(id)}" is no UUID.` });
        else if (id === document.value["id"]) report({ at, message: "The rule is related to itself." });
      }
    },
  },
  {
    code: "STATUS_MISSING",
    severity: "info",
    teaches: "The status says how far a rule can be trusted; without one it counts as experimental.",
    bad: "status:",
    good: "status: test",
    look: (document, report) => {
      if (document.kind !== "filter" && (document.value["status"] ?? "") === "")
        report({ at: ["status"], message: `There is no status: one of ${STATUSES.join(", ")}.` });
    },
  },
  {
    code: "STATUS_INVALID",
    severity: "error",
    teaches: `A status is one of ${STATUSES.join(", ")}.`,
    bad: "status: testing",
    good: "status: test",
    look: (document, report) => {
      const status = document.value["status"];
      if (status !== undefined && status !== null && status !== "" && !STATUSES.includes(String(status)))
        report({
          at: ["status"],
          message: `There is no status "${shownOf(status)}".${didYouMean(shownOf(status), STATUSES)} Known: ${STATUSES.join(", ")}.`,
        });
    },
  },
  {
    code: "LEVEL_MISSING",
    severity: "warning",
    teaches: "The level decides how loud the alert is; without one it is medium.",
    bad: "level:",
    good: "level: high",
    look: (document, report) => {
      if (document.kind === "rule" && (document.value["level"] ?? "") === "")
        report({
          at: ["level"],
          message: "There is no level, so it counts as medium: informational, low, medium, high or critical.",
        });
    },
  },
  {
    code: "DATE_MISSING",
    severity: "info",
    teaches: "The date tells a rule for last month's attack from one for a tool of ten years ago.",
    bad: "date:",
    good: "date: 2026-11-20",
    look: (document, report) => {
      if (document.kind === "rule" && (document.value["date"] ?? "") === "")
        report({ at: ["date"], message: "There is no date: write the day it was made, as 2026-11-20." });
    },
  },
  {
    code: "DATE_FORMAT",
    severity: "warning",
    teaches: "Dates are written year-month-day with dashes; slashes are from Sigma 1.",
    bad: "date: 2026/11/20",
    good: "date: 2026-11-20",
    look: (document, report) => {
      for (const name of DATES) {
        const date = document.value[name];
        if (date === undefined || date === null || date === "") continue;
        const text = shownOf(date);
        const parts = /^(\d{4})[/.](\d{1,2})[/.](\d{1,2})$/.exec(text);
        if (parts !== null) {
          const [, year = "", month = "", day = ""] = parts;
          const mended = `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
          report({
            at: [name],
            message: `Write the date as ${mended}.`,
            fix: (source) => source.replaceScalar([name], mended),
          });
        } else if (!/^\d{4}-\d\d-\d\d$/.test(text)) {
          report({ at: [name], message: `"${text}" is no date: write year-month-day, as 2026-11-20.` });
        }
      }
    },
  },
  {
    code: "DATE_IMPOSSIBLE",
    severity: "warning",
    teaches: "There is no such day, or the rule was changed before it was made.",
    bad: "date: 2026-11-20\nmodified: 2025-11-21",
    good: "date: 2026-11-20\nmodified: 2026-11-21",
    look: (document, report) => {
      const [made, changed] = DATES.map((name) => String(document.value[name] ?? "").replaceAll("/", "-"));
      for (const [index, text] of [made, changed].entries()) {
        if (!/^\d{4}-\d\d-\d\d$/.test(text ?? "")) continue;
        const time = Date.parse(`${text}T00:00:00Z`);
        if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text)
          report({ at: [DATES[index] ?? "date"], message: `There is no day ${text}.` });
      }
      if (
        made !== undefined &&
        changed !== undefined &&
        /^\d{4}-/.test(made) &&
        /^\d{4}-/.test(changed) &&
        changed < made
      )
        report({ at: ["modified"], message: `The rule was changed on ${changed}, before it was made on ${made}.` });
    },
  },
];

function relationsOf(related: unknown): { entry: Record<string, unknown>; index: number }[] {
  if (!Array.isArray(related)) return [];
  return related.flatMap((entry: unknown, index) => (isRecord(entry) ? [{ entry, index }] : []));
}
