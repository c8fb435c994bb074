/** modifier-checks: modifiers exist, stand in the right order, have an effect, and do what their author thinks. */
import type { Check } from "../check.ts";
import { COMPARISONS, MODIFIERS, PLACEMENTS, TIME_PARTS, UTF16 } from "../known-modifiers.ts";
import type { LintItem } from "../lint-document.ts";
import { didYouMean } from "../nearest.ts";

const rule = (item: string): string => `detection:\n  selection:\n    ${item}\n  condition: selection`;
/** Fields that hold command lines, where encoded commands are looked for. */
const COMMAND_FIELDS = /^(?:(?:Parent|Process)?CommandLine|ScriptBlockText|Payload)$/i;

export const MODIFIER_CHECKS: readonly Check[] = [
  {
    code: "MODIFIER_UNKNOWN",
    severity: "error",
    teaches: `The modifiers of Sigma 2.1 are ${[...MODIFIERS].join(", ")}.`,
    bad: rule("Image|endwith: '\\whoami.exe'"),
    good: rule("Image|endswith: '\\whoami.exe'"),
    look: ({ items }, report) => {
      for (const { modifiers, path, key, field } of items)
        for (const modifier of modifiers) {
          if (MODIFIERS.has(modifier)) continue;
          const small = modifier.trim().toLowerCase();
          const mended = [field, ...modifiers.map((name) => (name === modifier ? small : name))].join("|");
          report({
            at: path,
            key: true,
            offset: Math.max(key.indexOf(`|${modifier}`), 0),
            message: `"${modifier}" is no Sigma modifier.${didYouMean(modifier, MODIFIERS)}`,
            ...(MODIFIERS.has(small) ? { fix: (source) => source.replaceKey(path, mended) } : {}),
          });
        }
    },
  },
  {
    code: "MODIFIER_DUPLICATE",
    severity: "warning",
    teaches: "A modifier that stands twice does nothing the second time, or encodes twice.",
    bad: rule("CommandLine|contains|contains: whoami"),
    good: rule("CommandLine|contains: whoami"),
    look: ({ items }, report) => {
      for (const item of items) {
        const once = item.modifiers.filter((name, index) => item.modifiers.indexOf(name) === index);
        if (once.length < item.modifiers.length)
          report({
            at: item.path,
            key: true,
            message: `"${item.key}" has a modifier twice.`,
            ...(item.modifiers.some((name) => /base64|utf16|wide/.test(name)) ? {} : renamed(item, once)),
          });
      }
    },
  },
  {
    code: "MODIFIER_CONFLICT",
    severity: "warning",
    teaches:
      "contains, startswith and endswith say where the value stands; two of them together mean the looser one, or nothing clear.",
    bad: rule("CommandLine|startswith|endswith: whoami"),
    good: rule("CommandLine|contains: whoami"),
    look: ({ items }, report) => {
      for (const { modifiers, path, key } of items) {
        const placements = new Set(modifiers.filter((name) => PLACEMENTS.has(name)));
        if (placements.size > 1)
          report({ at: path, key: true, message: `"${key}" says ${[...placements].join(" and ")}: keep one of them.` });
      }
    },
  },
  {
    code: "MODIFIER_ORDER",
    severity: "info",
    teaches: "Modifiers apply from left to right; `all` and `neq` are about the whole line and stand last.",
    bad: rule("CommandLine|all|contains:\n      - whoami\n      - /all"),
    good: rule("CommandLine|contains|all:\n      - whoami\n      - /all"),
    look: ({ items }, report) => {
      for (const item of items) {
        const last = item.modifiers.filter((name) => name === "all" || name === "neq");
        const first = item.modifiers.filter((name) => name !== "all" && name !== "neq");
        const ordered = [...first, ...last];
        if (ordered.join("|") !== item.modifiers.join("|"))
          report({
            at: item.path,
            key: true,
            message: `Write "${[item.field, ...ordered].join("|")}": ${last.join(" and ")} stands last.`,
            ...renamed(item, ordered),
          });
      }
    },
  },
  {
    code: "ALL_SINGLE",
    severity: "error",
    teaches: "`all` joins several values with AND; the specification forbids it on one.",
    bad: rule("CommandLine|contains|all: whoami"),
    good: rule("CommandLine|contains|all:\n      - whoami\n      - /all"),
    look: ({ items }, report) => {
      for (const item of items)
        if (item.modifiers.includes("all") && !item.modifiers.includes("expand") && item.values.length === 1)
          report({
            at: item.path,
            key: true,
            message: '"all" needs several values: leave it out, or add what else must be there.',
            ...renamed(
              item,
              item.modifiers.filter((name) => name !== "all"),
            ),
          });
    },
  },
  {
    code: "ALL_WITHOUT_PLACE",
    severity: "error",
    teaches:
      "A field with one value cannot equal several values at once: `all` needs contains, startswith, endswith or re beside it.",
    bad: rule("CommandLine|all:\n      - whoami\n      - hostname"),
    good: rule("CommandLine|contains|all:\n      - whoami\n      - hostname"),
    look: ({ items }, report) => {
      for (const { modifiers, values, path, field } of items) {
        const texts = values.map(({ value }) => value);
        const equal = modifiers.every((name) => name === "all" || name === "cased");
        if (field !== "" && equal && modifiers.includes("all") && texts.length > 1 && texts.every(isPlain))
          report({ at: path, key: true, message: `${field} cannot equal all of these: write ${field}|contains|all.` });
      }
    },
  },
  {
    code: "MODIFIER_WITHOUT_EFFECT",
    severity: "warning",
    teaches:
      "The modifier changes nothing here: `cased` beside `re`, a number or a test without letters, `windash` without a dash, `expand` without a placeholder.",
    bad: rule("CommandLine|contains|windash: whoami"),
    good: rule("CommandLine|contains|windash: ' -all'"),
    look: ({ items }, report) => {
      for (const item of items) {
        const texts = item.values.map(({ value }) => String(value));
        for (const [modifier, why] of idleModifiers(item, texts))
          report({
            at: item.path,
            key: true,
            message: `"${modifier}" has no effect: ${why}.`,
            ...(modifier === "expand"
              ? {}
              : renamed(
                  item,
                  item.modifiers.filter((name) => name !== modifier),
                )),
          });
      }
    },
  },
  {
    code: "BASE64_WITHOUT_CONTAINS",
    severity: "warning",
    teaches: "Encoded text stands inside a longer value; without `contains` the whole value has to be it.",
    bad: rule("CommandLine|base64offset: whoami"),
    good: rule("CommandLine|base64offset|contains: whoami"),
    look: ({ items }, report) => {
      for (const { modifiers, path } of items)
        if (modifiers.includes("base64offset") && !modifiers.some((name) => PLACEMENTS.has(name)))
          report({
            at: path,
            key: true,
            message: 'Put "contains" after "base64offset": encoded text stands inside the value.',
          });
    },
  },
  {
    code: "BASE64_WITHOUT_OFFSET",
    severity: "info",
    teaches: "Base64 of a text depends on where it begins. Inside a longer text only `base64offset` finds it.",
    bad: rule("CommandLine|wide|base64|contains: whoami"),
    good: rule("CommandLine|wide|base64offset|contains: whoami"),
    look: ({ items }, report) => {
      for (const { modifiers, path } of items)
        if (modifiers.includes("base64") && modifiers.includes("contains"))
          report({
            at: path,
            key: true,
            message: '"base64" finds the text only where its encoding begins: "base64offset" finds it anywhere.',
          });
    },
  },
  {
    code: "BASE64_WITHOUT_UTF16",
    severity: "info",
    teaches:
      "PowerShell's -EncodedCommand is Base64 of UTF-16: without `wide` before it, a command of PowerShell is never found. Where the script itself decodes UTF-8 it is right as it is.",
    bad: rule("CommandLine|base64offset|contains: whoami"),
    good: rule("CommandLine|wide|base64offset|contains: whoami"),
    look: ({ items, logsource, selections }, report) => {
      const windows = logsource.product === "windows" && (logsource.category ?? "").startsWith("process_creation");
      const shown = items.some(({ values }) => values.some(({ value }) => /powershell|pwsh/i.test(String(value))));
      for (const { field, modifiers, path, selection } of items) {
        const encoded = modifiers.some((name) => name === "base64" || name === "base64offset");
        // Rules that look for both encodings have the other one in a selection beside it.
        const both = items.some((other) => other.field === field && other.modifiers.some((name) => UTF16.has(name)));
        if (windows && encoded && COMMAND_FIELDS.test(field) && !modifiers.some((name) => UTF16.has(name)) && !both)
          report({
            at: path,
            key: true,
            message: `PowerShell encodes commands as UTF-16: put "wide" before "base64offset"${shown || selections.length > 1 ? "" : `, if ${selection} is about PowerShell`}.`,
          });
      }
    },
  },
  {
    code: "UTF16_WITHOUT_BASE64",
    severity: "warning",
    teaches:
      "UTF-16 puts a zero byte behind every letter; no log keeps such text. It is meant for Base64, which follows it.",
    bad: rule("CommandLine|wide|contains: whoami"),
    good: rule("CommandLine|wide|base64offset|contains: whoami"),
    look: ({ items }, report) => {
      for (const { modifiers, path } of items) {
        const at = modifiers.findIndex((name) => UTF16.has(name));
        if (at >= 0 && !modifiers.slice(at).some((name) => name.startsWith("base64")))
          report({
            at: path,
            key: true,
            message: `"${modifiers[at] ?? ""}" needs base64 or base64offset after it: logs hold no bare UTF-16.`,
          });
      }
    },
  },
  {
    code: "TIME_OUT_OF_RANGE",
    severity: "error",
    teaches: "An hour has 60 minutes, a day 24 hours: the test never holds, or always.",
    bad: rule("UtcTime|hour: 24"),
    good: rule("UtcTime|hour: 23"),
    look: ({ items }, report) => {
      for (const { modifiers, values } of items)
        for (const part of modifiers) {
          const range = TIME_PARTS.get(part);
          for (const { value, path } of range === undefined ? [] : values) {
            const [least, most] = range ?? [0, 0];
            if (typeof value === "number" && (value < least || value > most))
              report({ at: path, message: `A ${part} is between ${least} and ${most}, not ${value}.` });
          }
        }
    },
  },
  {
    code: "CIDR_HOST_BITS",
    severity: "warning",
    teaches: "The bits behind the mask are not looked at; written out they make the network look like one address.",
    bad: rule("User|cidr: 10.1.2.3/8"),
    good: rule("User|cidr: 10.0.0.0/8"),
    look: ({ items }, report) => {
      for (const { modifiers, values } of items)
        for (const { value, path } of modifiers.includes("cidr") ? values : []) {
          const network = typeof value === "string" ? networkOf(value) : undefined;
          if (network !== undefined && network !== value)
            report({
              at: path,
              message: `${String(value)} means the network ${network}: write that, or /32 for one address.`,
              fix: (source) => source.replaceScalar(path, network),
            });
        }
    },
  },
  {
    code: "FIELDREF_TO_ITSELF",
    severity: "error",
    teaches: "A field is always equal to itself.",
    bad: rule("User|fieldref: User"),
    good: rule("User|fieldref: ParentUser"),
    look: ({ items }, report) => {
      for (const { field, modifiers, values } of items)
        for (const { value, path } of modifiers.includes("fieldref") ? values : [])
          if (value === field) report({ at: path, message: `${field} is compared with itself: name the other field.` });
    },
  },
];

function renamed(
  item: LintItem,
  modifiers: readonly string[],
): Pick<Parameters<Parameters<NonNullable<Check["look"]>>[1]>[0], "fix"> {
  const key = [item.field, ...modifiers].join("|");
  // Two lines with one key would not be YAML any more.
  return item.field === "" || item.siblings.includes(key) ? {} : { fix: (source) => source.replaceKey(item.path, key) };
}

function isPlain(value: unknown): boolean {
  return typeof value === "number" || (typeof value === "string" && !/[*?]/.test(value));
}

function* idleModifiers(
  { modifiers, values }: LintItem,
  texts: readonly string[],
): Generator<readonly [string, string]> {
  const has = (name: string): boolean => modifiers.includes(name);
  if (has("cased") && has("re")) yield ["cased", '"re" minds upper and lower case already'];
  else if (has("cased") && modifiers.some((name) => COMPARISONS.has(name) || name === "cidr" || name === "exists"))
    yield ["cased", "numbers and networks have no upper and lower case"];
  else if (has("cased") && !has("fieldref") && texts.every((text) => text.toLowerCase() === text.toUpperCase()))
    yield ["cased", "no value has a letter"];
  if (
    has("windash") &&
    values.every(({ value }) => typeof value === "string" && !/(?<!\w)[-/\u2013\u2014\u2015](?=\w)/.test(value))
  )
    yield ["windash", "no value has a dash or slash that begins a flag"];
  if (has("expand") && texts.every((text) => !/%[^%]+%/.test(text))) yield ["expand", "no value has a %placeholder%"];
}

function networkOf(written: string): string | undefined {
  const found = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(written);
  if (found === null) return undefined;
  const [a = 0, b = 0, c = 0, d = 0, length = 0] = found.slice(1).map(Number);
  if (length > 32 || [a, b, c, d].some((octet) => octet > 255)) return undefined;
  const mask = length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0;
  const bits = ((((a << 24) | (b << 16) | (c << 8) | d) >>> 0) & mask) >>> 0;
  return `${bits >>> 24}.${(bits >>> 16) & 255}.${(bits >>> 8) & 255}.${bits & 255}/${length}`;
}
