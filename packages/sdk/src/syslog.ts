/** syslog: takes the header of a syslog message apart, RFC 5424 and RFC 3164 told apart by looking, with or without PRI.
 *  Total and linear: what is no header gives undefined. Without PRI, facility and severity are -1 (not in the message). */
import type { SyslogHeader } from "./parser.ts";
import { parseIso, parseSyslogTime } from "./time.ts";

export function parseSyslog(text: string, received: number): SyslogHeader | undefined {
  const start = text.charCodeAt(0) === BOM ? 1 : 0;
  const pri = readPri(text, start);
  if (pri === undefined) return withoutPri(text, start, received);
  if (text.charCodeAt(pri.end) === 49 && text.charCodeAt(pri.end + 1) === SPACE) {
    const modern = rfc5424({ text, at: pri.end + 2, pri: pri.value });
    if (modern !== undefined) return modern;
  }
  return rfc3164({ text, at: pri.end, pri: pri.value, received });
}

/** The header of a message that arrived over syslog and has none: everything is message. */
export function headerless(text: string): SyslogHeader {
  return { ...NO_HEADER, message: text };
}

const BOM = 0xfeff;
const SPACE = 32;
const COLON = 58;
const PERCENT = 37;
const MAX_NAME = 255;
const MAX_TAG = 128;
const NO_STRUCTURE: SyslogHeader["structured"] = Object.freeze({});
const NO_HEADER: SyslogHeader = Object.freeze({
  facility: -1,
  severity: -1,
  time_ms: undefined,
  time_ns: 0,
  timeAssumed: true,
  host: "",
  app: "",
  procid: "",
  msgid: "",
  structured: NO_STRUCTURE,
  message: "",
});

function readPri(text: string, at: number): { readonly value: number; readonly end: number } | undefined {
  if (text.charCodeAt(at) !== 60) return undefined;
  let value = 0;
  for (let i = at + 1; i < at + 5; i++) {
    const code = text.charCodeAt(i);
    if (code === 62) return i > at + 1 && value <= 191 ? { value, end: i + 1 } : undefined;
    if (!(code >= 48 && code <= 57)) return undefined;
    value = value * 10 + code - 48;
  }
  return undefined;
}

interface Modern {
  readonly text: string;
  readonly at: number;
  readonly pri: number;
}

function rfc5424(input: Modern): SyslogHeader | undefined {
  const { text, pri } = input;
  const parts: string[] = [];
  let at = input.at;
  for (let i = 0; i < 5; i++) {
    const end = text.indexOf(" ", at);
    if (end < 0) {
      // A message may end after any header field; what is missing is nil.
      if (i === 0) return undefined;
      parts.push(nil(text.slice(at)));
      at = text.length;
      continue;
    }
    if (end - at > MAX_NAME) return undefined;
    parts.push(nil(text.slice(at, end)));
    at = end + 1;
  }
  const [stamp = "", host = "", app = "", procid = "", msgid = ""] = parts;
  const time = stamp === "" ? undefined : parseIso(stamp);
  if (stamp !== "" && time === undefined) return undefined;
  const data = readStructured(text, at);
  at = data.end;
  if (text.charCodeAt(at) === SPACE) at++;
  if (text.charCodeAt(at) === BOM) at++;
  return {
    facility: pri >> 3,
    severity: pri & 7,
    time_ms: time?.time_ms,
    time_ns: time?.time_ns ?? 0,
    timeAssumed: time?.assumed ?? true,
    host,
    app,
    procid,
    msgid,
    structured: data.structured,
    message: text.slice(at),
  };
}

function nil(text: string): string {
  return text === "-" ? "" : text;
}

interface Structured {
  readonly structured: SyslogHeader["structured"];
  readonly end: number;
}

/** Structured data at an offset; damaged data is left in the message. */
function readStructured(text: string, start: number): Structured {
  const code = text.charCodeAt(start);
  if (code === 45 && (start + 1 === text.length || text.charCodeAt(start + 1) === SPACE)) {
    return { structured: NO_STRUCTURE, end: start + 1 };
  }
  if (code !== 91) return { structured: NO_STRUCTURE, end: start };
  const structured: Record<string, Record<string, string>> = Object.create(null);
  let at = start;
  for (let count = 0; text.charCodeAt(at) === 91 && count < 64; count++) {
    const element = readElement(text, at + 1);
    if (element === undefined) return { structured: NO_STRUCTURE, end: start };
    structured[element.id] = element.params;
    at = element.end;
  }
  return { structured, end: at };
}

interface Element {
  readonly id: string;
  readonly params: Record<string, string>;
  readonly end: number;
}

function readElement(text: string, start: number): Element | undefined {
  let at = start;
  while (at - start <= MAX_NAME && !isNameEnd(text.charCodeAt(at))) at++;
  if (at === start || at - start > MAX_NAME || at >= text.length) return undefined;
  const id = text.slice(start, at);
  const params: Record<string, string> = Object.create(null);
  for (let count = 0; count < 256; count++) {
    while (text.charCodeAt(at) === SPACE) at++;
    if (text.charCodeAt(at) === 93) return { id, params, end: at + 1 };
    const nameStart = at;
    while (at - nameStart <= MAX_NAME && !isNameEnd(text.charCodeAt(at))) at++;
    if (at === nameStart || text.charCodeAt(at) !== 61 || text.charCodeAt(at + 1) !== 34) return undefined;
    const name = text.slice(nameStart, at);
    const value = readValue(text, at + 2);
    if (value === undefined) return undefined;
    const earlier = params[name];
    params[name] = earlier === undefined ? value.text : `${earlier},${value.text}`;
    at = value.end;
  }
  return undefined;
}

function isNameEnd(code: number): boolean {
  return code === SPACE || code === 61 || code === 93 || code === 34 || Number.isNaN(code);
}

/** A quoted value: `\"`, `\\` and `\]` are unescaped, any other backslash stands for itself (RFC 5424 6.3.3). */
function readValue(text: string, start: number): { readonly text: string; readonly end: number } | undefined {
  let from = start;
  let out = "";
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 34) return { text: out + text.slice(from, at), end: at + 1 };
    if (code !== 92) continue;
    const next = text.charCodeAt(at + 1);
    if (next !== 34 && next !== 92 && next !== 93) continue;
    out += text.slice(from, at);
    from = at + 1;
    at++;
  }
  return undefined;
}

interface Classic {
  readonly text: string;
  readonly at: number;
  readonly pri: number;
  readonly received: number;
}

function rfc3164(input: Classic): SyslogHeader {
  const { text, pri, received } = input;
  const start = skipSequence(text, input.at);
  const time = readTime(text, start, received);
  const rest = time === undefined ? { host: "", at: start } : readHost(text, time.end);
  const tag = readTag(text, rest.at);
  return {
    facility: pri < 0 ? -1 : pri >> 3,
    severity: pri < 0 ? -1 : pri & 7,
    time_ms: time?.time_ms,
    time_ns: time?.time_ns ?? 0,
    timeAssumed: time?.assumed ?? true,
    host: rest.host,
    app: tag.app,
    procid: tag.procid,
    msgid: "",
    structured: NO_STRUCTURE,
    message: text.slice(tag.at),
  };
}

/** Lines of files of /var/log: no PRI, but a time, a host and a program. */
function withoutPri(text: string, start: number, received: number): SyslogHeader | undefined {
  const time = readTime(text, start, received);
  if (time === undefined || text.charCodeAt(time.end) !== SPACE) return undefined;
  // A plain application log may start with the same ISO time: only a zone, a host and a tag make it syslog.
  const iso = text.charCodeAt(start) < 65;
  if (iso && time.assumed) return undefined;
  const header = rfc3164({ text, at: start, pri: -1, received });
  return iso && (header.host === "" || header.app === "") ? undefined : header;
}

/** Cisco writes a sequence number, and "*" or "." before a time that is not synchronised. */
function skipSequence(text: string, start: number): number {
  let at = start;
  while (at < start + 12 && text.charCodeAt(at) >= 48 && text.charCodeAt(at) <= 57) at++;
  at = at > start && text.charCodeAt(at) === COLON && text.charCodeAt(at + 1) === SPACE ? at + 2 : start;
  if (text.charCodeAt(at) === SPACE) at++;
  const mark = text.charCodeAt(at);
  const next = text.charCodeAt(at + 1);
  return (mark === 42 || mark === 46) && next >= 65 && next <= 90 ? at + 1 : at;
}

interface HeaderTime {
  readonly time_ms: number;
  readonly time_ns: number;
  readonly assumed: boolean;
  readonly end: number;
}

function readTime(text: string, at: number, received: number): HeaderTime | undefined {
  const code = text.charCodeAt(at);
  if (code >= 65 && code <= 90) return parseSyslogTime(text, at, received);
  if (!(code >= 48 && code <= 57) || text.charCodeAt(at + 4) !== 45) return undefined;
  const space = text.indexOf(" ", at);
  const end = space < 0 ? text.length : space;
  if (end - at < 19 || end - at > 40) return undefined;
  const time = parseIso(text.slice(at, end));
  return time === undefined ? undefined : { ...time, end };
}

/** The host behind the time, or "" where the sender left it out and the tag comes at once. */
function readHost(text: string, timeEnd: number): { readonly host: string; readonly at: number } {
  let at = timeEnd;
  if (text.charCodeAt(at) === COLON) at++;
  while (text.charCodeAt(at) === SPACE && at < timeEnd + 4) at++;
  const space = text.indexOf(" ", at);
  const end = space < 0 ? text.length : space;
  const last = text.charCodeAt(end - 1);
  const first = text.charCodeAt(at);
  const isTag = last === COLON || last === 93 || first === PERCENT || first === 91 || first === 123;
  if (end === at || space < 0 || isTag || end - at > MAX_NAME) return { host: "", at };
  let next = end + 1;
  // Cisco ASA writes "host : %ASA-…".
  if (text.charCodeAt(next) === COLON && text.charCodeAt(next + 1) === SPACE) next += 2;
  return { host: text.slice(at, end), at: next };
}

interface Tag {
  readonly app: string;
  readonly procid: string;
  readonly at: number;
}

/** "app[pid]: ", "app: " or nothing; Cisco's "%ASA-6-302013: " is a tag too. */
function readTag(text: string, start: number): Tag {
  const none = { app: "", procid: "", at: start };
  const limit = Math.min(text.length, start + MAX_TAG);
  let at = start;
  while (at < limit && !isTagEnd(text.charCodeAt(at))) at++;
  if (at === start || at === limit) return none;
  const app = text.slice(start, at);
  let procid = "";
  if (text.charCodeAt(at) === 91) {
    const close = text.indexOf("]", at);
    if (close < 0 || close - at > MAX_TAG) return none;
    procid = text.slice(at + 1, close);
    at = close + 1;
  }
  if (text.charCodeAt(at) === COLON) at++;
  else if (procid === "") return none;
  return { app, procid, at: text.charCodeAt(at) === SPACE ? at + 1 : at };
}

function isTagEnd(code: number): boolean {
  return code === SPACE || code === COLON || code === 91 || code === 123 || code === 34;
}
