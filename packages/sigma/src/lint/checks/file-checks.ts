/** file-checks: the file itself: its name, its characters and its lines. */
import type { Check } from "../check.ts";

/** Characters that are not seen, or that turn the direction of what follows; the joiner of emoji is seen in what it joins. */
const UNSEEN = /[\u200b\u200c\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\u00ad]/;
/** Elsewhere, as in the description of a program, they may be the real text. */
const COMMAND_FIELDS = /CommandLine$|^ScriptBlockText$|^Payload$/;
const QUOTES = /[\u201c\u201d\u2018\u2019]/;

export const FILE_CHECKS: readonly Check[] = [
  {
    code: "TEXT_UNSEEN",
    severity: "warning",
    teaches:
      'Characters without width, or that turn text around, make a rule mean something else than it shows. In a value where they are meant, `"\\u202e"` shows them.',
    bad: "title: Whoami\u200b started",
    good: "title: Whoami started",
    look: ({ file, source }, report) => {
      const offset = file.text.slice(1).search(UNSEEN);
      if (offset < 0) return;
      const { line } = source.positionAt(offset + 1);
      const code =
        file.text
          .codePointAt(offset + 1)
          ?.toString(16)
          .padStart(4, "0") ?? "";
      report({
        message: `Line ${line} has the unseen character U+${code.toUpperCase()}: remove it, or write it as "\\u${code}" in double quotes.`,
      });
    },
  },
  {
    code: "VALUE_CURLY_QUOTES",
    severity: "warning",
    teaches: "Word processors replace straight quotes by curly ones; command lines do not have them.",
    bad: "detection:\n  selection:\n    CommandLine|contains: “whoami”\n  condition: selection",
    good: "detection:\n  selection:\n    CommandLine|contains: '\"whoami\"'\n  condition: selection",
    look: ({ items }, report) => {
      for (const { values, modifiers } of items.filter((item) => COMMAND_FIELDS.test(item.field))) {
        const quoted = values.filter(({ value }) => typeof value === "string" && QUOTES.test(value));
        // A list of such characters is about them.
        const meant =
          modifiers.includes("re") ||
          (values.length > 1 && quoted.length > 1 && quoted.some(({ value }) => String(value).length === 1));
        const [first] = quoted;
        if (first !== undefined && !meant && String(first.value).length > 1)
          report({ at: first.path, message: "The value has curly quotes: write straight ones." });
      }
    },
  },
  {
    code: "LINE_TRAILING_SPACE",
    severity: "info",
    teaches: "Spaces at the end of a line are not seen, and make changes that are none.",
    bad: "level: high   ",
    good: "level: high",
    look: ({ file, source }, report) => {
      const found = [...file.text.matchAll(/[ \t]+(?=\r?$)/gm)].filter(({ index }) => !insideBlock(file.text, index));
      const [first] = found;
      if (first === undefined || file.text.includes("\n---")) return;
      const { line } = source.positionAt(first.index);
      report({
        message: `${found.length === 1 ? `Line ${line} ends` : `${found.length} lines, the first is ${line}, end`} in a space.`,
        fix: () => found.map(({ index, 0: spaces }) => ({ from: index, to: index + spaces.length, text: "" })),
      });
    },
  },
  {
    code: "FILE_NAME",
    severity: "info",
    teaches:
      "File names are small letters, digits, dashes and underscores, and end in .yml: they stand in links and on every system.",
    bad: ["# file: Whoami Rule.yml"],
    good: ["# file: whoami_rule.yml"],
    look: ({ file }, report) => {
      const name = file.path.replace(/^.*[/\\]/, "");
      if (/\.ya?ml$/i.test(name) && !/^[a-z0-9][a-z0-9_.-]*\.ya?ml$/.test(name))
        report({ message: `"${name}" has other characters than small letters, digits, dashes and underscores.` });
    },
  },
];

/** Inside of a block scalar a space at the end of a line is part of the text. */
function insideBlock(text: string, offset: number): boolean {
  const lines = text.slice(0, offset).split("\n");
  const own = (lines.at(-1) ?? "").search(/\S|$/);
  for (let index = lines.length - 2; index >= 0; index--) {
    const line = lines[index] ?? "";
    if (line.trim() === "" || line.search(/\S/) >= own) continue;
    return /[|>][+-]?\d?\s*(?:#.*)?$/.test(line);
  }
  return false;
}
