/** text: record bytes as text. Bytes that are not UTF-8 are read as Latin-1, which loses none of them and is what old senders
 *  mean; the note says so. */
import { isUtf8 } from "node:buffer";

export const NOT_UTF8 = "invalid-utf8: read as latin-1";

export interface DecodedText {
  readonly text: string;
  readonly notes: readonly string[];
  /** The bytes are the text. */
  readonly utf8: boolean;
}

export function textOf(bytes: Buffer): DecodedText {
  return isUtf8(bytes)
    ? { text: bytes.toString("utf8"), notes: NONE, utf8: true }
    : { text: bytes.toString("latin1"), notes: LATIN, utf8: false };
}

const NONE: readonly string[] = Object.freeze([]);
const LATIN: readonly string[] = Object.freeze([NOT_UTF8]);
