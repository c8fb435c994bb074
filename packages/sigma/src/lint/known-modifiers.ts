/** known-modifiers: every modifier of Sigma 2.1, for messages that name the nearest one. */

export const PLACEMENTS: ReadonlySet<string> = new Set(["contains", "startswith", "endswith"]);
export const UTF16: ReadonlySet<string> = new Set(["wide", "utf16", "utf16le", "utf16be"]);
export const COMPARISONS: ReadonlySet<string> = new Set(["lt", "lte", "gt", "gte"]);
/** Name -> the least and the greatest value. */
export const TIME_PARTS: ReadonlyMap<string, readonly [number, number]> = new Map([
  ["minute", [0, 59]],
  ["hour", [0, 23]],
  ["day", [1, 31]],
  ["week", [1, 53]],
  ["month", [1, 12]],
  ["year", [1601, 9999]],
]);

export const MODIFIERS: ReadonlySet<string> = new Set([
  ...PLACEMENTS,
  ...UTF16,
  ...COMPARISONS,
  ...TIME_PARTS.keys(),
  ...[
    "all",
    "exists",
    "cased",
    "neq",
    "windash",
    "re",
    "i",
    "m",
    "s",
    "base64",
    "base64offset",
    "cidr",
    "expand",
    "fieldref",
  ],
]);
