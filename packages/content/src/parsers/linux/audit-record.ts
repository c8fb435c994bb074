/** audit-record: takes one line of the Linux audit log apart into its fields, as the kernel and auditd write them.
 *  Values that anyone may choose (arguments, names, titles) are quoted, or written in hex when they hold blanks, quotes or
 *  control characters; hex is decoded for exactly those fields, because elsewhere hex digits are numbers. */
import { setField } from "@holdfast/sdk";

export interface AuditRecord {
  readonly type: string;
  /** Seconds since the epoch with milliseconds, as text. */
  readonly stamp: string;
  /** Records of one system call share it. */
  readonly serial: string;
  readonly fields: Record<string, unknown>;
}

/** undefined when the text is no audit record. */
export function readAudit(text: string): AuditRecord | undefined {
  const mark = text.indexOf("audit(");
  if (mark < 0 || mark > MAX_PREFIX) return undefined;
  const close = text.indexOf("):", mark);
  if (close < 0 || close - mark > 64) return undefined;
  const [stamp = "", serial = ""] = text.slice(mark + 6, close).split(":");
  const type = typeBefore(text.slice(0, mark));
  if (type === "" || !/^\d{1,12}\.\d{1,9}$/.test(stamp)) return undefined;
  const fields: Record<string, unknown> = {};
  fields["type"] = type;
  readPairs({ text, at: close + 2, fields, type, nested: true });
  const node = /(?:^| )node=(\S{1,255}) /.exec(text.slice(0, mark));
  if (node !== null) fields["node"] = node[1];
  return { type, stamp, serial, fields };
}

const MAX_PREFIX = 400;
const MAX_FIELDS = 1_000;
/** The kernel's own limit for a record is below 9,000 characters; what is far longer was not written by it. */
const MAX_HEX = 32_768;
const ENRICHED = 0x1d;

/** "type=SYSCALL msg=" or the kernel's "type=1400 ". */
function typeBefore(head: string): string {
  const match = /(?:^|[ :])type=([A-Z0-9_]{1,40})(?: msg=)? ?$/.exec(head);
  const type = match?.[1] ?? "";
  return NUMBERS.get(type) ?? type;
}

/** The kernel prints numbers when no auditd is running. */
const NUMBERS: ReadonlyMap<string, string> = new Map([
  ["1300", "SYSCALL"],
  ["1302", "PATH"],
  ["1305", "CONFIG_CHANGE"],
  ["1306", "SOCKADDR"],
  ["1307", "CWD"],
  ["1309", "EXECVE"],
  ["1320", "EOE"],
  ["1326", "SECCOMP"],
  ["1327", "PROCTITLE"],
  ["1400", "AVC"],
  ["1701", "ANOM_ABEND"],
]);

const HEX_FIELDS = new Set([
  "acct",
  "cmd",
  "comm",
  "cwd",
  "data",
  "dir",
  "exe",
  "file",
  "name",
  "path",
  "proctitle",
  "key",
  "new-comm",
  "ocomm",
]);
const ARGUMENT = /^a\d{1,6}(?:\[\d{1,6}\])?$/;
const HEX = /^(?:[0-9A-F]{2})+$/;

interface Pairs {
  readonly text: string;
  readonly at: number;
  readonly fields: Record<string, unknown>;
  readonly type: string;
  /** False inside msg='…', which holds no further one. */
  readonly nested: boolean;
}

function readPairs(pairs: Pairs): void {
  const { text, fields } = pairs;
  let at = pairs.at;
  for (let count = 0; count < MAX_FIELDS && at < text.length; count++) {
    while (isBreak(text.charCodeAt(at))) at++;
    const start = at;
    while (at < text.length && text.charCodeAt(at) !== 61 && !isBreak(text.charCodeAt(at))) at++;
    if (text.charCodeAt(at) !== 61) continue;
    const name = text.slice(start, at);
    at++;
    const quote = text.charCodeAt(at);
    const isNested = quote === 39 && pairs.nested && name === "msg";
    if (quote === 34 || isNested) {
      const end = endOfQuote(text, at);
      if (isNested) readPairs({ text: text.slice(at + 1, end), at: 0, fields, type: pairs.type, nested: false });
      else setField(fields, name, text.slice(at + 1, end));
      at = end + 1;
      continue;
    }
    const from = at;
    while (at < text.length && !isBreak(text.charCodeAt(at))) at++;
    const value = text.slice(from, at);
    if (value !== "(null)" && value !== "(none)") setField(fields, name, decoded(name, value, pairs.type));
  }
}

function isBreak(code: number): boolean {
  return code === 32 || code === ENRICHED || code === 10 || code === 13 || code === 9;
}

/** The nested message ends at the last quote of its kind: its own values may hold one. */
function endOfQuote(text: string, open: number): number {
  const end = text.charCodeAt(open) === 39 ? text.lastIndexOf("'") : text.indexOf('"', open + 1);
  return end <= open ? text.length : end;
}

function decoded(name: string, value: string, type: string): string {
  const mayBeHex = HEX_FIELDS.has(name) || (type === "EXECVE" && ARGUMENT.test(name));
  if (!mayBeHex || value.length < 4 || value.length > MAX_HEX || !HEX.test(value)) return value;
  return fromHex(value);
}

/** UTF-8 in hex; NUL separates the arguments of a process title and becomes a blank. */
function fromHex(hex: string): string {
  let encoded = "";
  for (let i = 0; i < hex.length; i += 2) {
    const byte = hex.slice(i, i + 2);
    encoded += byte === "00" ? "%20" : `%${byte}`;
  }
  try {
    return decodeURIComponent(encoded);
  } catch {
    let latin = "";
    for (let i = 0; i < hex.length; i += 2)
      latin += String.fromCharCode(Number.parseInt(hex.slice(i, i + 2), 16) || 32);
    return latin;
  }
}

/** Address of a SOCKADDR record's hex: family (little-endian), port, address. */
export function socketAddress(hex: string): { readonly ip: string; readonly port: number } | undefined {
  if (hex.length > 256 || !HEX.test(hex)) return undefined;
  const family = hex.slice(0, 4);
  const port = Number.parseInt(hex.slice(4, 8), 16) || 0;
  if (family === "0200" && hex.length >= 16) {
    const parts = [8, 10, 12, 14].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
    return { ip: parts.join("."), port };
  }
  if (family !== "0A00" || hex.length < 48) return undefined;
  const groups = Array.from({ length: 8 }, (_, i) =>
    Number.parseInt(hex.slice(16 + i * 4, 20 + i * 4), 16).toString(16),
  );
  return { ip: groups.join(":"), port };
}
