/** regex-checks: regular expressions that the engine can run, that say no more than they need to, and mean what they look like. */
import { regexTest } from "../../text/regex.ts";
import type { Check } from "../check.ts";
import type { LintDocument, LintItem } from "../lint-document.ts";

const rule = (item: string): string => `detection:\n  selection:\n    ${item}\n  condition: selection`;

/** What RE2 leaves out, because it cannot be done in time that grows with the text alone. */
const BEYOND_RE2: ReadonlyArray<readonly [RegExp, string]> = [
  [/\(\?<?[=!]/, "looks ahead or behind, as (?=…), (?!…), (?<=…) or (?<!…) do"],
  [/(?<!\\)(?:\\\\)*\\[1-9]/, "refers back to a group, as \\1 does"],
  [/\(\?>/, "has an atomic group (?>…)"],
  [/[*+?}]\+/, "has a possessive quantifier such as a++"],
  [/\(\?\(/, "has a condition (?(…)…)"],
  [/\(\?P?[=>&]|\(\?R\)/, "calls a group"],
];

export const REGEX_CHECKS: readonly Check[] = [
  {
    code: "REGEX_UNSUPPORTED",
    severity: "error",
    teaches:
      "The engine promises that no expression takes longer than the text is long, and so takes what RE2 takes: no looking ahead or behind, no references back. Most such expressions are two tests: one that must hold and one that must not.",
    bad: rule("CommandLine|re: 'whoami(?! /all)'"),
    good: rule("CommandLine|re: 'whoami( /all)?$'"),
    look: (document, report) =>
      eachRegex(document, ({ text, path, flags }) => {
        const made = regexTest(text, flags);
        const beyond = BEYOND_RE2.find(([form]) => form.test(text));
        if ("reason" in made && beyond !== undefined)
          report({
            at: path,
            message: `The expression ${beyond[1]}; the engine cannot run that: split it into two tests.`,
          });
      }),
  },
  {
    code: "REGEX_INVALID",
    severity: "error",
    teaches:
      "The expression cannot be read: a bracket or parenthesis is missing, or a quantifier has nothing to repeat.",
    bad: rule("CommandLine|re: 'whoami('"),
    good: rule("CommandLine|re: 'whoami\\('"),
    look: (document, report) =>
      eachRegex(document, ({ text, path, flags }) => {
        const made = regexTest(text, flags);
        if ("reason" in made && !BEYOND_RE2.some(([form]) => form.test(text)))
          report({ at: path, message: `The expression cannot be read: ${made.reason}.` });
      }),
  },
  {
    code: "REGEX_MATCHES_ALL",
    severity: "error",
    teaches: "An expression that also fits the empty text fits every text, since it may stand anywhere.",
    bad: rule("CommandLine|re: '.*'"),
    good: rule("CommandLine|exists: true"),
    look: (document, report) =>
      eachRegex(document, ({ text, path, flags }) => {
        const made = regexTest(text, flags);
        if ("test" in made && ["", "a", "\u0001 \u4e00", "Z9\\/-"].every(made.test))
          report({ at: path, message: `/${text}/ fits every text: anchor it, or leave the test out.` });
      }),
  },
  {
    code: "REGEX_OPEN_ENDS",
    severity: "info",
    teaches: "An expression may stand anywhere in the value: `.*` at its ends changes nothing and costs time.",
    bad: rule("CommandLine|re: '.*who(ami|is).*'"),
    good: rule("CommandLine|re: 'who(ami|is)'"),
    look: (document, report) =>
      eachRegex(document, ({ text, path }) => {
        if (/\|/.test(withoutGroups(text))) return;
        const kept = text.replace(/^(?:\.\*(?![?+*]))+/, "").replace(/(?<!\\)((?:\\\\)*)(?:\.\*\??)+$/, "$1");
        if (kept !== text && kept !== "" && !/[[\\]$/.test(kept))
          report({
            at: path,
            message: `".*" at the ends changes nothing: write /${kept}/.`,
            ...("test" in regexTest(kept, "") ? { fix: (source) => source.replaceScalar(path, kept) } : {}),
          });
      }),
  },
  {
    code: "REGEX_PLAIN_TEXT",
    severity: "info",
    teaches:
      "A plain modifier says the same, is found by the index, and minds no special characters. `cased` keeps upper and lower case apart, as `re` does.",
    bad: rule("CommandLine|re: 'whoami$'"),
    good: rule("CommandLine|endswith|cased: whoami"),
    look: (document, report) =>
      eachRegex(document, ({ item, text, path, flags }) => {
        const inner = text.replace(/^\(\?i\)/, "");
        const cased = inner === text && !flags.includes("i");
        const found = /^(\^?)((?:[\w\s,:;@%&=!"'~<>/#-]|\\[\\./$^*+?()[\]{}|-])+)(\$?)$/.exec(inner);
        const literal = found?.[2]?.replaceAll(/\\(.)/g, "$1") ?? "";
        if (found === null || literal === "" || /\\[dwsbDWSB]/.test(inner)) return;
        const placement =
          found[1] !== "" ? (found[3] !== "" ? "" : "|startswith") : found[3] !== "" ? "|endswith" : "|contains";
        report({
          at: path,
          message: `Plain text needs no expression: write ${item.field}${placement}${cased ? "|cased" : ""}: '${literal.replaceAll(/[*?]/g, "\\$&")}'.`,
        });
      }),
  },
  {
    code: "REGEX_INLINE_CASE",
    severity: "info",
    teaches: "`|re|i` says it where the other modifiers stand; `(?i)` inside the expression is easily overlooked.",
    bad: rule("CommandLine|re: '(?i)who(ami|is)'"),
    good: rule("CommandLine|re|i: 'who(ami|is)'"),
    look: ({ items }, report) => {
      for (const item of items) {
        const texts = item.values.map(({ value }) => value);
        if (
          !item.modifiers.includes("re") ||
          !texts.every((text) => typeof text === "string" && /^\(\?i\)./.test(text))
        )
          continue;
        const key = [
          item.field,
          ...item.modifiers.flatMap((name) => (name === "re" ? ["re", "i"] : name === "i" ? [] : [name])),
        ].join("|");
        report({
          at: item.path,
          key: true,
          message: `Write "${key}" and leave (?i) out.`,
          ...(item.field === "" || item.siblings.includes(key)
            ? {}
            : {
                fix: (source) => {
                  const edits = [
                    source.replaceKey(item.path, key),
                    ...item.values.map(({ value, path }) =>
                      source.replaceScalar(path, String(value).slice("(?i)".length)),
                    ),
                  ];
                  return edits.every((edit) => edit !== undefined) ? edits.flat() : undefined;
                },
              }),
        });
      }
    },
  },
  {
    code: "REGEX_DOT_UNESCAPED",
    severity: "info",
    teaches: "A dot fits every character: /cmd.exe/ also fits `cmdXexe`. `\\.` is a dot.",
    bad: rule("CommandLine|re: 'who(ami|is).exe'"),
    good: rule("CommandLine|re: 'who(ami|is)\\.exe'"),
    look: (document, report) =>
      eachRegex(document, ({ text, path }) => {
        const found = /(?<=[\w)\]])\.(?:exe|dll|ps1|bat|cmd|vbs|com|net|org|js|zip|hta)(?![\w(?*+[.{-])/i.exec(text);
        if (found !== null)
          report({
            at: path,
            offset: found.index,
            message: `The dot in "${found[0]}" fits every character: write "\\${found[0]}".`,
          });
      }),
  },
];

interface FoundRegex {
  readonly item: LintItem;
  readonly text: string;
  readonly flags: string;
  readonly path: readonly (string | number)[];
}

function eachRegex({ items }: LintDocument, visit: (found: FoundRegex) => void): void {
  for (const item of items) {
    if (!item.modifiers.includes("re")) continue;
    const flags = item.modifiers.filter((name) => name === "i" || name === "m" || name === "s").join("");
    for (const { value, path } of item.values) if (typeof value === "string") visit({ item, text: value, flags, path });
  }
}

/** The text at the outermost level, to see whether it has alternatives of its own. */
function withoutGroups(text: string): string {
  let depth = 0;
  let outside = "";
  for (const [token] of text.matchAll(/\\.|\[(?:\\.|[^\]])*\]|[()]|[^\\()[]/gs)) {
    if (token === "(") depth++;
    else if (token === ")") depth--;
    else if (depth === 0 && token.length === 1) outside += token;
  }
  return outside;
}
