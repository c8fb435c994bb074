/**
 * names: the names and literal texts of templates, each decoded and written as JSON once per file instead of once per
 * chunk. Found by the UTF-16 units themselves, so a hit costs no string.
 */
import { JsonOutput } from "./json-output.ts";

export interface Name {
  readonly text: string;
  /** `"text"` and `,"text":` as bytes, ready to be written. */
  readonly json: Uint8Array;
  readonly label: Uint8Array;
  /** The last element whose children were checked for this name: finds repeated names without a set. */
  seenBy: number;
}

/** Forged files could fill the memory with names, or choose them so that all have one hash. */
const MAX_NAMES = 4000;
const MAX_ALIKE = 8;
const MAX_KEPT_UNITS = 256;
const COMMA = 0x2c;
const COLON = 0x3a;

export class Names {
  /** For `seenBy`: the number of the last check. */
  checks = 0;
  private readonly known = new Map<number, Name[]>();
  private readonly output = new JsonOutput(1024);

  /** Of characters that the caller knows to lie inside of the bytes. */
  of(bytes: Uint8Array, offset: number, units: number): Name {
    if (units > MAX_KEPT_UNITS) return this.made(bytes, offset, units);
    let hash = units;
    for (let at = offset; at < offset + units * 2; at += 2) {
      hash = (Math.imul(hash, 31) + ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8))) | 0;
    }
    const alike = this.known.get(hash);
    if (alike !== undefined) {
      for (const name of alike) if (isText(name.text, { bytes, offset, units })) return name;
    }
    const name = this.made(bytes, offset, units);
    if (alike === undefined) {
      if (this.known.size >= MAX_NAMES) this.known.clear();
      this.known.set(hash, [name]);
    } else if (alike.length < MAX_ALIKE) alike.push(name);
    return name;
  }

  ofText(text: string): Name {
    const bytes = new Uint8Array(text.length * 2);
    for (let i = 0; i < text.length; i++) {
      bytes[i * 2] = text.charCodeAt(i) & 255;
      bytes[i * 2 + 1] = text.charCodeAt(i) >> 8;
    }
    return this.of(bytes, 0, text.length);
  }

  private made(bytes: Uint8Array, offset: number, units: number): Name {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let text = "";
    for (let at = offset; at < offset + units * 2; at += 2) text += String.fromCharCode(view.getUint16(at, true));
    const { output } = this;
    output.at = 0;
    output.byte(COMMA);
    output.utf16(view, offset, units);
    output.byte(COLON);
    const label = output.bytes.slice(0, output.at);
    return { text, label, json: label.subarray(1, -1), seenBy: 0 };
  }
}

function isText(text: string, given: { bytes: Uint8Array; offset: number; units: number }): boolean {
  const { bytes, offset, units } = given;
  if (text.length !== units) return false;
  for (let i = 0; i < units; i++) {
    const at = offset + i * 2;
    if (text.charCodeAt(i) !== ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8))) return false;
  }
  return true;
}
