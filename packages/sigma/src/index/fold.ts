/**
 * fold: the alphabet of the index. ASCII letters count without case; every other character is one symbol, because the index
 * only has to find a superset of what matches. A text with characters above Latin 1 is lower-cased as a whole first.
 */

/** Stands for every character outside ASCII. */
export const OTHER = 128;
export const SYMBOLS = 129;

/** Characters up to this one never become ASCII, nor two characters, when they are lower-cased; a few above do. */
export const SAFE = 255;

/** Lower-cases ASCII, so that values need not be lower-cased before they are searched. */
export const FOLD = Uint8Array.from({ length: 128 }, (_, code) => (code >= 65 && code <= 90 ? code + 32 : code));

/** For characters of a text that is `searchable`. */
export function symbolOf(code: number): number {
  return code < 128 ? (FOLD[code] ?? code) : OTHER;
}

/**
 * A text with characters outside ASCII, ready to be searched. The long s is the one such character that RE2 takes for an
 * ASCII letter when case is ignored and that lower-casing leaves alone.
 */
export function searchable(text: string): string {
  const folded = text.toLowerCase();
  return folded.includes("\u017f") ? folded.replaceAll("\u017f", "s") : folded;
}

/** Is the lower-cased literal at this place of the text? Characters outside ASCII count as alike. */
export function standsAt(text: string, start: number, literal: string): boolean {
  if (start < 0 || start + literal.length > text.length) return false;
  for (let i = 0; i < literal.length; i++) {
    if (symbolOf(text.charCodeAt(start + i)) !== symbolOf(literal.charCodeAt(i))) return false;
  }
  return true;
}
