/**
 * encodings: the value transformations of Sigma that produce other text: UTF-16 in its three spellings, Base64, Base64
 * at the three possible offsets, and the dash permutations of Windows command line flags. Bytes travel as a string with
 * one character per byte.
 */

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const DASHES = ["-", "/", "\u2013", "\u2014", "\u2015"];
/** Five dashes already give 3,125 values; a rule with more is a mistake. */
const MAX_DASHES = 5;

export type Utf16 = "utf16le" | "utf16be" | "utf16" | "wide";

export function utf16Bytes(text: string, form: Utf16): string {
  let bytes = form === "utf16" ? "\u00ff\u00fe" : "";
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const low = String.fromCharCode(code & 0xff);
    const high = String.fromCharCode(code >> 8);
    bytes += form === "utf16be" ? high + low : low + high;
  }
  return bytes;
}

export function utf8Bytes(text: string): string {
  let bytes = "";
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x80) bytes += character;
    else if (code < 0x800) bytes += String.fromCharCode(0xc0 | (code >> 6), tail(code));
    else if (code < 0x10000) bytes += String.fromCharCode(0xe0 | (code >> 12), tail(code >> 6), tail(code));
    else bytes += String.fromCharCode(0xf0 | (code >> 18), tail(code >> 12), tail(code >> 6), tail(code));
  }
  return bytes;
}

export function base64(bytes: string): string {
  let out = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const word =
      (bytes.charCodeAt(i) << 16) |
      (left > 1 ? bytes.charCodeAt(i + 1) << 8 : 0) |
      (left > 2 ? bytes.charCodeAt(i + 2) : 0);
    out += sextet(word >> 18) + sextet(word >> 12);
    out += (left > 1 ? sextet(word >> 6) : "=") + (left > 2 ? sextet(word) : "=");
  }
  return out;
}

/** The part of the encoding that does not depend on the neighbours, for each of the three positions. */
export function base64Offsets(bytes: string): string[] {
  const starts = [0, 2, 3];
  const ends = [0, 3, 2];
  return [0, 1, 2].map((shift) => {
    const encoded = base64(" ".repeat(shift) + bytes);
    const cut = ends[(bytes.length + shift) % 3] ?? 0;
    return encoded.slice(starts[shift] ?? 0, cut === 0 ? undefined : encoded.length - cut);
  });
}

/** Every spelling with the dash characters exchanged, or undefined when there would be too many. */
export function dashVariants(value: string): string[] | undefined {
  const spots: number[] = [];
  for (let i = 0; i < value.length; i++) {
    const c = value[i];
    if (c !== undefined && DASHES.includes(c) && !isWord(value[i - 1]) && isWord(value[i + 1])) spots.push(i);
  }
  if (spots.length > MAX_DASHES) return undefined;
  let variants = [value];
  for (const spot of spots) {
    variants = variants.flatMap((v) => DASHES.map((dash) => v.slice(0, spot) + dash + v.slice(spot + 1)));
  }
  return variants;
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /[A-Za-z0-9_]/.test(character);
}

function tail(code: number): number {
  return 0x80 | (code & 0x3f);
}

function sextet(word: number): string {
  return ALPHABET[word & 0x3f] ?? "";
}
