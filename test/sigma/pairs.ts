/**
 * pairs: rules and events drawn at random for the differential tests, so that every modifier meets values which almost
 * match it. The same seed gives the same rules and events.
 */
import assert from "node:assert/strict";
import type { Event } from "./reference.ts";

/** Answers numbers from 0 up to and without its argument. */
export type Pick = (below: number) => number;

/** A small deterministic generator: a failure names its seed. */
export function random(seed: number): Pick {
  let state = seed;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    const mixed = Math.imul(state ^ (state >>> 12), 0x297a2d39);
    return ((mixed ^ (mixed >>> 15)) >>> 0) % below;
  };
}

export const FIELDS = ["Image", "CommandLine", "User", "a.b", "toString", "Port"];
const PIECES = [
  "a",
  "B",
  "ab",
  "\\\\",
  "*",
  "?",
  "\\*",
  "-x",
  " /y",
  "é",
  "K",
  "\u017f",
  "ß",
  "Σ",
  "\u212a",
  "İ",
  "1",
  "10.1.2.3",
  "cmd.exe",
];
export const MODIFIERS = [
  "",
  "|contains",
  "|startswith",
  "|endswith",
  "|contains|all",
  "|cased",
  "|contains|cased",
  "|neq",
  "|windash|contains",
  "|contains|windash",
  "|base64",
  "|base64offset|contains",
  "|wide|base64offset|contains",
  "|startswith|cased",
  "|endswith|windash",
  "|contains|all|windash",
  "|contains|all|cased",
  "|contains|neq",
  "|utf16le|base64|contains",
  "|utf16be|base64|contains",
  "|utf16be|base64offset|contains",
  "|utf16|base64|startswith",
  "|utf16|base64offset|contains",
  "|wide|base64|contains",
  "|re",
  "|re|i",
  "|re|m",
  "|re|s",
  "|re|i|m|s",
  "|re|neq",
  "|cidr",
  "|cidr|neq",
  "|lt",
  "|lte",
  "|gt",
  "|gte",
  "|lt|neq",
  "|minute",
  "|minute|gte",
  "|hour",
  "|hour|lt",
  "|day",
  "|day|gt",
  "|week",
  "|week|lte",
  "|month",
  "|month|gte",
  "|year",
  "|year|lt",
  "|year|neq",
  "|exists",
  "|fieldref",
  "|fieldref|contains",
  "|fieldref|neq",
  "|fieldref|startswith",
  "|endswith|fieldref|cased",
];

export function ruleText(pick: Pick, index: number): string {
  const of = <T>(list: readonly T[]): T => list[pick(list.length)] ?? assert.fail();
  const text = (): string => Array.from({ length: 1 + pick(4) }, () => of(PIECES)).join("");
  const value = (modifier: string): string | number | boolean | null => {
    if (modifier.includes("cidr")) return of(["10.0.0.0/8", "10.1.2.0/24", "fe80::/10", "::1/128"]);
    if (/year/.test(modifier)) return 2020 + pick(6);
    if (/week|day/.test(modifier)) return of([1, 3, 9, 29, 31, 52, 53]);
    if (/minute|hour|month|\|[lg]te?/.test(modifier)) return pick(12);
    if (modifier.includes("exists")) return pick(2) === 0;
    if (modifier.includes("fieldref")) return of(FIELDS);
    if (modifier.includes("re"))
      return of(["a+b", "^cmd", "[0-9]{2,}", "x|y", "(ab)+", "\\.exe$", "a.b", "(?:cmd|ab)\\s", "[^a]b$", "k+", "a*"]);
    if (/base64/.test(modifier)) return of(["ab", "cmd", "a b c", "B"]);
    const kind = pick(12);
    if (modifier === "" && kind === 0) return null;
    return kind === 1 ? "" : kind === 2 ? pick(40) : text();
  };
  const entry = (): [string, unknown] => {
    const modifier = of(MODIFIERS);
    const several = modifier.includes("all") || (pick(3) === 0 && !/exists|fieldref/.test(modifier));
    const list = several ? [value(modifier), value(modifier)].filter((v) => v !== null) : [];
    return [`${of(FIELDS)}${modifier}`, list.length > 0 ? list : value(modifier)];
  };
  const map = (): Record<string, unknown> => Object.fromEntries([entry(), ...(pick(2) === 0 ? [entry()] : [])]);
  const chosen = (): unknown => of([map, map, () => [map(), map()], () => [`${of(["a", "cmd", "é"])}${text()}`]])();
  const condition = of([
    "s1",
    "s1 and s2",
    "s1 or s2",
    "not s1",
    "s1 and not s2",
    "1 of s*",
    "all of them",
    "not (s1 or s2) or s3",
    "2 of s*",
    "not 1 of s* or s2 and s3",
  ]);
  const rule = {
    title: `r${index}`,
    id: `r${index}`,
    logsource: { product: "x" },
    detection: { s1: chosen(), s2: chosen(), s3: chosen(), condition },
  };
  return JSON.stringify(rule);
}

/** What the encoding modifiers make of the values that rules are given. */
const ENCODED = ["ab", "cmd", "a b c", "B"].flatMap((text) => {
  const wide = Buffer.from(text, "utf16le");
  const bytes = [Buffer.from(text), wide, Buffer.from(wide).swap16(), Buffer.from(`\ufeff${text}`, "utf16le")];
  return bytes.flatMap((encoded) =>
    [0, 1, 2].map((shift) => Buffer.concat([Buffer.alloc(shift), encoded]).toString("base64")),
  );
});

export function eventOf(pick: Pick): Event {
  const texts = [
    "",
    "a",
    "AB",
    "cmd.exe",
    "é",
    "k",
    "\u212a",
    "i̇",
    "10.1.2.3",
    "fe80::1",
    "::1",
    "Y21k",
    "a*b",
    "A\\b",
    "aab /y -x",
    "AB\ncmd.exe\n",
    "\u017f",
    "ß",
    "Σς",
    "2024-02-29T23:59:30Z",
    "2021-01-03",
    "2022-12-31T11:03:09.250+02:00",
    "2020-12-31T03:01:00",
    "1700000000",
    "1609459199999",
    ...ENCODED,
  ];
  const value = (): unknown => {
    const kind = pick(10);
    if (kind === 0) return null;
    if (kind === 1) return pick(20);
    if (kind === 2) return [texts[pick(texts.length)], pick(5), texts[pick(texts.length)]];
    if (kind === 3) return pick(2) === 0;
    if (kind === 4) return texts[pick(texts.length)];
    if (kind === 5 && pick(4) === 0) return { inner: texts[pick(texts.length)], list: [pick(5), null] };
    // Long enough for the one-pass search, and too long to be remembered.
    const filling = pick(40) === 0 ? "x \\".repeat(100 + pick(1000)) : "";
    return filling + Array.from({ length: 1 + pick(3) }, () => texts[pick(texts.length)]).join("");
  };
  const names = FIELDS.filter(() => pick(3) > 0);
  return Object.fromEntries(names.map((name) => [name, value()]));
}
