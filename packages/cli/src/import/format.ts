/** format: which records a file holds, judged by its first bytes. A forced format wins over what is found. */
import { isUtf8 } from "node:buffer";
import { decodedHead, encodingOf } from "./text-encoding.ts";

export const FORMATS = ["auto", "ndjson", "json", "lines", "evtx"] as const;
export type Format = (typeof FORMATS)[number];

/** How records are cut. NDJSON is read as lines: a broken line is then a record like the others. */
export type Cut = "lines" | "json" | "evtx";

export const cutOf = (format: Exclude<Format, "auto">): Cut => (format === "ndjson" ? "lines" : format);

/** `binary`: no text and no format that is known.
 *  @param whole `head` is the whole file. */
export function detectCut({ head, whole, path }: { head: Buffer; whole: boolean; path: string }): Cut | "binary" {
  if (isEventLog(head, path)) return "evtx";
  if (encodingOf(head) === "utf-8" && isBinary(head, whole)) return "binary";
  const text = decodedHead(head).toString("utf8");
  if (/^\s*\[\s*(?:\{|\]\s*$)/.test(text)) return "json";
  if (!/^\s*\{/.test(text)) return "lines";
  if (/^\s*\{\s*"[Rr]ecords"\s*:\s*\[\s*[{\]]/.test(text)) return "json";
  return isMostlyObjectLines(text, whole) ? "lines" : "json";
}

const CHUNK_AT = 4096;
/** The longest character cut in two by the end of the head, less one byte. */
const CUT_CHARACTER = 3;

/** One whose header is damaged is known by its name and its first chunk. */
function isEventLog(head: Buffer, path: string): boolean {
  if (head.toString("latin1", 0, 7) === "ElfFile") return true;
  return /\.evtx$/i.test(path) && head.toString("latin1", CHUNK_AT, CHUNK_AT + 7) === "ElfChnk";
}

/** Text may hold NULs (logs after a crash) or bytes of another encoding, but hardly both. */
function isBinary(head: Buffer, whole: boolean): boolean {
  if (!head.includes(0)) return false;
  const cuts = whole ? 0 : CUT_CHARACTER;
  for (let cut = 0; cut <= cuts; cut += 1) if (isUtf8(head.subarray(0, head.length - cut))) return false;
  return true;
}

/** Objects a line each, as opposed to pretty-printed ones or several in a line. */
function isMostlyObjectLines(text: string, whole: boolean): boolean {
  const lines = text.split("\n");
  if (!whole) lines.pop();
  const filled = lines.filter((line) => line.trim() !== "");
  const objects = filled.filter(isObject).length;
  return objects > 0 && objects * 2 >= filled.length;
}

function isObject(line: string): boolean {
  if (!line.startsWith("{")) return false;
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}
