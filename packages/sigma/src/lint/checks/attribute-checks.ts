/** attribute-checks: names of attributes, references, false positives and the other lists of a rule. */
import { isRecord } from "../../load/detection-reader.ts";
import type { Check } from "../check.ts";
import { didYouMean, nearest } from "../nearest.ts";
import { placeOf, textsOf } from "./attribute-texts.ts";

const ATTRIBUTES = [
  "title",
  "id",
  "name",
  "related",
  "taxonomy",
  "status",
  "description",
  "license",
  "author",
  "references",
  "date",
  "modified",
  "logsource",
  "detection",
  "fields",
  "falsepositives",
  "level",
  "tags",
  "scope",
  "correlation",
  "filter",
  "aliases",
  "generate",
];
/** Written by tools around SigmaHQ, without meaning for matching. */
const TOLERATED = new Set(["regression_tests_path", "simulation", "custom", "action", "schema", "version", "severity"]);
const LISTS = ["references", "falsepositives", "tags", "fields", "scope"];
const LOGSOURCE_KEYS = ["product", "category", "service", "definition"];

export const ATTRIBUTE_CHECKS: readonly Check[] = [
  {
    code: "ATTRIBUTE_MISSPELT",
    severity: "warning",
    teaches: "An attribute with a name that nobody knows is ignored without a word.",
    bad: "falsepositive:\n  - Administrators at work",
    good: "falsepositives:\n  - Administrators at work",
    look: (document, report) => {
      for (const name of Object.keys(document.value)) {
        if (ATTRIBUTES.includes(name) || TOLERATED.has(name)) continue;
        const meant = nearest(name, ATTRIBUTES);
        if (meant === undefined) continue;
        report({
          at: [name],
          key: true,
          message: `There is no attribute "${name}", and it is ignored. Did you mean "${meant}"?`,
          ...(Object.hasOwn(document.value, meant) ? {} : { fix: (source) => source.replaceKey([name], meant) }),
        });
      }
    },
  },
  {
    code: "ATTRIBUTE_UNKNOWN",
    severity: "info",
    teaches: "Attributes of your own are allowed, and ignored here.",
    bad: "team_owner: blue",
    good: "author: Mira Sand",
    look: (document, report) => {
      for (const name of Object.keys(document.value))
        if (!ATTRIBUTES.includes(name) && !TOLERATED.has(name) && nearest(name, ATTRIBUTES) === undefined)
          report({ at: [name], key: true, message: `The attribute "${name}" is not one of Sigma's and is ignored.` });
    },
  },
  {
    code: "LOGSOURCE_ATTRIBUTE_UNKNOWN",
    severity: "warning",
    teaches: `A log source is told by ${LOGSOURCE_KEYS.slice(0, 3).join(", ")}; \`definition\` says what must be switched on. Anything else is ignored.`,
    bad: "logsource:\n  product: windows\n  catgory: process_creation",
    good: "logsource:\n  product: windows\n  category: process_creation",
    look: (document, report) => {
      const logsource = document.value["logsource"];
      for (const name of isRecord(logsource) ? Object.keys(logsource) : [])
        if (!LOGSOURCE_KEYS.includes(name))
          report({
            at: ["logsource", name],
            key: true,
            message: `A log source has no "${name}".${didYouMean(name, LOGSOURCE_KEYS)} Known: ${LOGSOURCE_KEYS.join(", ")}.`,
          });
    },
  },
  {
    code: "LIST_EXPECTED",
    severity: "warning",
    teaches: "References, false positives, tags, fields and scope are lists, also when they have one entry.",
    bad: "references: https://example.org/whoami",
    good: "references:\n  - https://example.org/whoami",
    look: (document, report) => {
      for (const name of LISTS) {
        const value = document.value[name];
        if (value !== undefined && value !== null && !Array.isArray(value))
          report({ at: [name], message: `"${name}" is a list: write each entry on a line of its own, after a dash.` });
      }
    },
  },
  {
    code: "LIST_DUPLICATE",
    severity: "info",
    teaches: "The same entry twice in one list says nothing more.",
    bad: "references:\n  - https://example.org/whoami\n  - https://example.org/whoami",
    good: "references:\n  - https://example.org/whoami",
    look: (document, report) => {
      for (const name of LISTS) {
        const seen = new Set<string>();
        for (const { text, index } of textsOf(document, name)) {
          const same = text.trim().toLowerCase();
          if (seen.has(same))
            report({
              at: placeOf(name, index),
              message: `"${text}" stands in "${name}" twice.`,
              fix: (source) => source.removeEntry(placeOf(name, index)),
            });
          seen.add(same);
        }
      }
    },
  },
  {
    code: "REFERENCE_NOT_LINK",
    severity: "info",
    teaches: "A reference is there to be opened; a title or a remark belongs into the description.",
    bad: "references:\n  - Internal research",
    good: "references:\n  - https://example.org/whoami",
    look: (document, report) => {
      for (const { text, index } of textsOf(document, "references"))
        if (!/^(?:https?|ftp|doi|urn|file):\S+$/i.test(text.trim()))
          report({
            at: placeOf("references", index),
            message: `"${text.slice(0, 60)}" cannot be opened: give an address.`,
          });
    },
  },
  {
    code: "FALSEPOSITIVES_MISSING",
    severity: "info",
    teaches: "Whoever judges an alert asks first what harmless thing looks the same.",
    bad: "falsepositives: []",
    good: "falsepositives:\n  - Administrators at work",
    look: (document, report) => {
      const value = document.value["falsepositives"];
      const empty = value === undefined || value === null || (Array.isArray(value) && value.length === 0);
      if (document.kind === "rule" && empty)
        report({
          at: ["falsepositives"],
          message: 'There are no false positives: say what harmless thing looks the same, or "Unknown".',
        });
    },
  },
  {
    code: "FALSEPOSITIVES_SAY_NOTHING",
    severity: "info",
    teaches:
      'No rule is never wrong. "None" tells the one who judges the alert to stop thinking; "Unknown" or "Unlikely" is honest.',
    bad: "falsepositives:\n  - None",
    good: "falsepositives:\n  - Unlikely",
    look: (document, report) => {
      for (const { text, index } of textsOf(document, "falsepositives"))
        if (/^(none|no|n\/?a|-|tbd|pentest(s|ing)?|penetration tests?( activity)?)\.?$/i.test(text.trim()))
          report({
            at: placeOf("falsepositives", index),
            message: `"${text}" helps nobody: say what harmless thing looks the same, or "Unknown".`,
          });
    },
  },
  {
    code: "FALSEPOSITIVES_LOWER_CASE",
    severity: "info",
    teaches: "False positives are shown as sentences.",
    bad: "falsepositives:\n  - unknown",
    good: "falsepositives:\n  - Unknown",
    look: (document, report) => {
      for (const { text, index } of textsOf(document, "falsepositives")) {
        const word = /^[a-z]+(?= |$)/.exec(text)?.[0];
        if (word === undefined) continue;
        const mended = text.charAt(0).toUpperCase() + text.slice(1);
        report({
          at: placeOf("falsepositives", index),
          message: `Write "${mended.slice(0, 40)}" with a capital letter.`,
          fix: (source) => source.replaceScalar(placeOf("falsepositives", index), mended),
        });
      }
    },
  },
];
