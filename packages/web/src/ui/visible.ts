/** visible: finds the characters of log text that a reader would not see or that reorder what they see.
 *  Pure. The text itself is never changed: each piece keeps its exact characters, hidden ones get a label to show in their place. */

export interface TextPiece {
  readonly text: string;
  /** Set when the piece is one hidden character: what to show instead, and its full name. */
  readonly glyph?: { readonly label: string; readonly name: string };
}

/** Splits text so that every hidden character is a piece of its own. Line feed and tab stay as they are unless `oneLine`. */
export function visiblePieces(text: string, oneLine = false): readonly TextPiece[] {
  if (!(oneLine ? HIDDEN_ONE_LINE : HIDDEN).test(text)) return [{ text }];
  const pieces: TextPiece[] = [];
  let plain = "";
  for (const char of text) {
    const glyph = glyphOf(char, oneLine);
    if (glyph === undefined) {
      plain += char;
      continue;
    }
    if (plain !== "") pieces.push({ text: plain });
    plain = "";
    pieces.push({ text: char, glyph });
  }
  if (plain !== "") pieces.push({ text: plain });
  return pieces;
}

const NAMES: Readonly<Record<number, readonly [string, string]>> = {
  0x00ad: ["SHY", "soft hyphen"],
  0x034f: ["CGJ", "combining grapheme joiner"],
  0x061c: ["ALM", "Arabic letter mark"],
  0x180e: ["MVS", "Mongolian vowel separator"],
  0x200b: ["ZWSP", "zero-width space"],
  0x200c: ["ZWNJ", "zero-width non-joiner"],
  0x200d: ["ZWJ", "zero-width joiner"],
  0x200e: ["LRM", "left-to-right mark"],
  0x200f: ["RLM", "right-to-left mark"],
  0x2028: ["LS", "line separator"],
  0x2029: ["PS", "paragraph separator"],
  0x202a: ["LRE", "left-to-right embedding"],
  0x202b: ["RLE", "right-to-left embedding"],
  0x202c: ["PDF", "pop directional formatting"],
  0x202d: ["LRO", "left-to-right override"],
  0x202e: ["RLO", "right-to-left override"],
  0x2060: ["WJ", "word joiner"],
  0x2066: ["LRI", "left-to-right isolate"],
  0x2067: ["RLI", "right-to-left isolate"],
  0x2068: ["FSI", "first strong isolate"],
  0x2069: ["PDI", "pop directional isolate"],
  0xfeff: ["BOM", "byte order mark"],
};

/** ASCII's own names: no font lacks their letters. */
const CONTROLS =
  "NUL SOH STX ETX EOT ENQ ACK BEL BS TAB LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US".split(
    " ",
  );

const HIDDEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/u;
const HIDDEN_ONE_LINE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/u;

function glyphOf(char: string, oneLine: boolean): TextPiece["glyph"] {
  const code = char.codePointAt(0) ?? 0;
  const point = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  if (code === 0x0a || code === 0x09) {
    if (!oneLine) return undefined;
    return code === 0x0a ? { label: "LF", name: `${point} line feed` } : { label: "TAB", name: `${point} tab` };
  }
  if (code < 0x20) return { label: CONTROLS[code] ?? point, name: `${point} control character` };
  if (code === 0x7f) return { label: "DEL", name: `${point} delete` };
  const known = NAMES[code];
  if (known !== undefined) return { label: known[0], name: `${point} ${known[1]}` };
  return HIDDEN.test(char) ? { label: point, name: `${point} invisible character` } : undefined;
}
