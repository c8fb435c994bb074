/** tag-checks: tags have a known namespace and form, and ATT&CK tags name what exists. */
import { FORMER_TACTICS, TACTICS, TECHNIQUES } from "../../attack/matrix.ts";
import type { Check, Report } from "../check.ts";
import type { LintDocument } from "../lint-document.ts";
import { didYouMean } from "../nearest.ts";
import { placeOf, textsOf } from "./attribute-texts.ts";

const tactics = TACTICS.map(({ shortName }) => shortName);
const TECHNIQUE = /^t\d{4}(\.\d{3})?$/i;
/** Groups, software, campaigns, mitigations and data sources of ATT&CK. */
const OTHER_ATTACK = /^(?:[gsm]\d{4}|c\d{4}|ds\d{4})$/i;

/** Namespace -> the form of what follows it, and an example. */
const NAMESPACES: Readonly<Record<string, { readonly form: RegExp; readonly example: string }>> = {
  attack: { form: /^[a-z0-9._-]+$/, example: "attack.t1059.001" },
  car: { form: /^\d{4}-\d{2}-\d{3}$/, example: "car.2013-05-002" },
  cve: { form: /^\d{4}-\d{4,}$/, example: "cve.2021-44228" },
  d3fend: { form: /^(?:d3[a-z]?-[a-z0-9]+|d3f-[a-z0-9]+|[a-z-]+)$/, example: "d3fend.d3-fev" },
  detection: { form: /^(?:dfir|emerging-threats|threat-hunting)$/, example: "detection.threat-hunting" },
  stp: { form: /^\d[auk]?$/, example: "stp.2a" },
  tlp: { form: /^(?:red|amber|amber-strict|green|clear|white)$/, example: "tlp.amber" },
};

export const TAG_CHECKS: readonly Check[] = [
  {
    code: "TAG_UPPER_CASE",
    severity: "warning",
    teaches: "Tags are written small; tools compare them as text.",
    bad: "tags:\n  - attack.T1033\n  - attack.discovery",
    good: "tags:\n  - attack.t1033\n  - attack.discovery",
    look: (document, report) =>
      eachTag(document, ({ tag, index }) => {
        if (tag !== tag.toLowerCase()) mend(report, { index, to: tag.toLowerCase(), why: "Tags are written small" });
      }),
  },
  {
    code: "TAG_NAMESPACE_UNKNOWN",
    severity: "warning",
    teaches: `A tag is a namespace, a dot and a name. The namespaces are ${Object.keys(NAMESPACES).join(", ")}.`,
    bad: "tags:\n  - atack.discovery",
    good: "tags:\n  - attack.discovery",
    look: (document, report) =>
      eachTag(document, ({ tag, index }) => {
        const namespace = tag.split(".")[0] ?? "";
        if (!tag.includes("."))
          report({
            at: placeOf("tags", index),
            message: `"${tag}" has no namespace: write for example attack.${tag}.`,
          });
        else if (!Object.hasOwn(NAMESPACES, namespace.toLowerCase()))
          report({
            at: placeOf("tags", index),
            message: `There is no namespace "${namespace}".${didYouMean(namespace, Object.keys(NAMESPACES))} Known: ${Object.keys(NAMESPACES).join(", ")}.`,
          });
      }),
  },
  {
    code: "TAG_FORM",
    severity: "warning",
    teaches: "What follows the namespace has a form of its own: a CVE is year-number, a TLP one of its colours.",
    bad: "tags:\n  - cve.2021.44228",
    good: "tags:\n  - cve.2021-44228",
    look: (document, report) =>
      eachTag(document, ({ tag, index }) => {
        const [namespace = "", ...rest] = tag.toLowerCase().split(".");
        const known = Object.hasOwn(NAMESPACES, namespace) ? NAMESPACES[namespace] : undefined;
        const name = rest.join(".");
        if (known === undefined || tag.indexOf(".") < 0 || known.form.test(name)) return;
        const dashed = name.replaceAll(".", "-");
        if (namespace !== "attack" && known.form.test(dashed))
          mend(report, { index, to: `${namespace}.${dashed}`, why: `Tags of "${namespace}" are written with dashes` });
        else
          report({
            at: placeOf("tags", index),
            message: `"${tag}" is no ${namespace} tag: write it as ${known.example}.`,
          });
      }),
  },
  {
    code: "TAG_TACTIC_UNDERSCORE",
    severity: "warning",
    teaches: "Tactics are written with dashes; underscores are from older rules, and some tools no longer count them.",
    bad: "tags:\n  - attack.initial_access",
    good: "tags:\n  - attack.initial-access",
    look: (document, report) =>
      eachAttackTag(document, ({ name, index }) => {
        const dashed = name.replaceAll("_", "-");
        if (name.includes("_") && (tactics.includes(dashed) || Object.hasOwn(FORMER_TACTICS, dashed)))
          mend(report, { index, to: `attack.${dashed}`, why: "Tactics are written with dashes" });
      }),
  },
  {
    code: "TAG_TACTIC_UNKNOWN",
    severity: "warning",
    teaches: `The tactics of ATT&CK are ${tactics.join(", ")}.`,
    bad: "tags:\n  - attack.discovry",
    good: "tags:\n  - attack.discovery",
    look: (document, report) =>
      eachAttackTag(document, ({ name, index }) => {
        const dashed = name.replaceAll("_", "-").toLowerCase();
        if (/^[a-z]?\d/i.test(name) || OTHER_ATTACK.test(name) || tactics.includes(dashed)) return;
        const now = Object.hasOwn(FORMER_TACTICS, dashed) ? FORMER_TACTICS[dashed] : undefined;
        if (now === undefined && /^ds?\d|^ta\d/i.test(name)) return;
        report({
          at: placeOf("tags", index),
          message:
            now === undefined
              ? `ATT&CK has no tactic "${name}".${didYouMean(name, tactics)}`
              : `ATT&CK no longer has the tactic "${name}": what it held is now ${now} or defense-impairment.`,
        });
      }),
  },
  {
    code: "TAG_TECHNIQUE_UNKNOWN",
    severity: "warning",
    teaches: "The technique is not in the current ATT&CK: misspelt, or retired. Coverage cannot count it.",
    bad: "tags:\n  - attack.discovery\n  - attack.t9033",
    good: "tags:\n  - attack.discovery\n  - attack.t1033",
    look: (document, report) =>
      eachAttackTag(document, ({ name, index }) => {
        if (!/^t\d/i.test(name)) return;
        if (!TECHNIQUE.test(name))
          report({
            at: placeOf("tags", index),
            message: `"${name}" is no technique: write t and four digits, as t1059 or t1059.001.`,
          });
        else if (!TECHNIQUES.has(name.toUpperCase()))
          report({
            at: placeOf("tags", index),
            message: `ATT&CK has no technique ${name.toUpperCase()}: it is misspelt or was retired.`,
          });
      }),
  },
  {
    code: "TAG_TACTIC_MISSING",
    severity: "warning",
    teaches:
      "A technique can serve several ends; the tactic says which one this rule is about. Each technique needs one of its tactics beside it.",
    bad: "tags:\n  - attack.impact\n  - attack.t1033",
    good: "tags:\n  - attack.discovery\n  - attack.t1033",
    look: (document, report) => {
      const named = new Set<string>();
      eachAttackTag(document, ({ name }) => {
        const dashed = name.replaceAll("_", "-").toLowerCase();
        named.add(FORMER_TACTICS[dashed] ?? dashed);
      });
      eachAttackTag(document, ({ name, index }) => {
        const of = TECHNIQUES.get(name.toUpperCase());
        // What was one tactic is two today; the old name may mean either.
        if (of === undefined || of.some((tactic) => named.has(tactic))) return;
        if (named.has("stealth") && of.includes("defense-impairment")) return;
        report({
          at: placeOf("tags", index),
          message: `No tactic of ${name.toUpperCase()} is among the tags: add ${of.map((tactic) => `attack.${tactic}`).join(" or ")}.`,
        });
      });
    },
  },
  {
    code: "TAG_TECHNIQUE_MISSING",
    severity: "info",
    teaches: "A tactic alone says what for, not how; coverage counts techniques.",
    bad: "tags:\n  - attack.discovery",
    good: "tags:\n  - attack.discovery\n  - attack.t1033",
    look: (document, report) => {
      let tactic = -2;
      let technique = false;
      eachAttackTag(document, ({ name, index }) => {
        if (tactics.includes(name.toLowerCase()) && tactic === -2) tactic = index;
        if (/^[tsg]\d/i.test(name)) technique = true;
      });
      if (tactic !== -2 && !technique)
        report({
          at: placeOf("tags", tactic),
          message: "The tags name a tactic and no technique: add one, as attack.t1033.",
        });
    },
  },
  {
    code: "TAGS_MISSING",
    severity: "info",
    teaches: "Without tags a rule is missing from every view by tactic and technique.",
    bad: "tags: []",
    good: "tags:\n  - attack.discovery\n  - attack.t1033",
    look: (document, report) => {
      if (document.kind === "rule" && textsOf(document, "tags").length === 0)
        report({ at: ["tags"], message: "There are no tags: name at least the tactic and the technique of ATT&CK." });
    },
  },
];

function eachTag(document: LintDocument, visit: (tag: { readonly tag: string; readonly index: number }) => void): void {
  for (const { text, index } of textsOf(document, "tags")) visit({ tag: text.trim(), index });
}

function eachAttackTag(
  document: LintDocument,
  visit: (tag: { readonly name: string; readonly index: number }) => void,
): void {
  eachTag(document, ({ tag, index }) => {
    if (/^attack\./i.test(tag)) visit({ name: tag.slice("attack.".length), index });
  });
}

function mend(
  report: Report,
  { index, to, why }: { readonly index: number; readonly to: string; readonly why: string },
): void {
  const at = placeOf("tags", index);
  report({ at, message: `${why}: ${to}.`, fix: (source) => source.replaceScalar(at, to) });
}
