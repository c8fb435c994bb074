/** time: every way of writing a time that log formats use, read to the nanosecond.
 *  Bad input is undefined, never an exception and never "now". `assumed` says that the zone or the year was not written
 *  and had to be filled in: zone UTC, year as explained at `yearlessTime`. */

export interface EventTime {
  readonly time_ms: number;
  /** Nanoseconds below the millisecond, 0..999_999. */
  readonly time_ns: number;
  readonly assumed: boolean;
}

/** ISO 8601 and its relatives: "T" or a space, any precision, "." or ",", "Z", "+01:00", "+0100", "+01" or no zone. */
export function parseIso(text: string): EventTime | undefined {
  const length = text.length;
  if (length < 10 || length > 48) return undefined;
  const year = digits(text, 0, 4);
  const dash = text.charCodeAt(4);
  const month = digits(text, 5, 2);
  const day = digits(text, 8, 2);
  if (year < 0 || (dash !== DASH && dash !== SLASH) || text.charCodeAt(7) !== dash) return undefined;
  if (!isDate({ year, month, day })) return undefined;
  const date = daysFromCivil(year, month, day) * DAY;
  if (length === 10) return { time_ms: date, time_ns: 0, assumed: true };
  const separator = text.charCodeAt(10);
  if (separator !== 84 && separator !== 116 && separator !== SPACE && separator !== 95) return undefined;
  const clock = readClock(text, 11);
  if (clock === undefined) return undefined;
  let at = clock.end;
  if (text.charCodeAt(at) === SPACE && at + 1 < length) at++;
  const zone = readZone(text, at);
  if (zone === undefined) return undefined;
  return { time_ms: date + clock.ms - zone.offset, time_ns: clock.ns, assumed: zone.assumed };
}

/** A number of seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by magnitude (1990 to 2100). */
export function parseEpoch(value: number | string): EventTime | undefined {
  if (typeof value === "string") return parseEpochText(value);
  if (!Number.isFinite(value) || value < EPOCH_FROM) return undefined;
  if (value < EPOCH_TO) {
    // Fractions of a second: a double keeps about a microsecond at today's magnitude.
    const micros = Math.round(value * 1e6);
    return { time_ms: Math.floor(micros / 1000), time_ns: (micros % 1000) * 1000, assumed: false };
  }
  if (value < EPOCH_FROM * 1e3) return undefined;
  if (value < EPOCH_TO * 1e3) {
    const whole = Math.floor(value);
    return { time_ms: whole, time_ns: Math.round((value - whole) * 1000) * 1000, assumed: false };
  }
  if (value < EPOCH_FROM * 1e6) return undefined;
  if (value < EPOCH_TO * 1e6)
    return { time_ms: Math.floor(value / 1e3), time_ns: Math.floor(value % 1e3) * 1e3, assumed: false };
  if (value < EPOCH_FROM * 1e9 || value >= EPOCH_TO * 1e9) return undefined;
  return { time_ms: Math.floor(value / 1e6), time_ns: Math.floor(value % 1e6), assumed: false };
}

/** Windows FILETIME: ticks of 100 ns since 1601-01-01, as decimal or 0x text (a double cannot hold one exactly). */
export function parseFiletime(ticks: string | bigint): EventTime | undefined {
  if (typeof ticks === "string" && !FILETIME.test(ticks)) return undefined;
  const value = typeof ticks === "bigint" ? ticks : BigInt(ticks);
  const sinceEpoch = value - 116_444_736_000_000_000n;
  if (sinceEpoch < 0n || sinceEpoch > 410_253_120_000_000_000n) return undefined;
  return {
    time_ms: Number(sinceEpoch / 10_000n),
    time_ns: Number(sinceEpoch % 10_000n) * 100,
    assumed: false,
  };
}

/** Common log format: "10/Oct/2000:13:55:36 -0700". */
export function parseClfTime(text: string): EventTime | undefined {
  const day = digits(text, 0, 2);
  const month = monthAt(text, 3);
  const year = digits(text, 7, 4);
  if (text.charCodeAt(2) !== SLASH || text.charCodeAt(6) !== SLASH || text.charCodeAt(11) !== COLON) return undefined;
  if (year < 0 || !isDate({ year, month, day })) return undefined;
  const clock = readClock(text, 12);
  if (clock === undefined) return undefined;
  const zone = readZone(text, text.charCodeAt(clock.end) === SPACE ? clock.end + 1 : clock.end);
  if (zone === undefined) return undefined;
  const date = daysFromCivil(year, month, day) * DAY;
  return { time_ms: date + clock.ms - zone.offset, time_ns: clock.ns, assumed: zone.assumed };
}

/** C `ctime` order, with or without the weekday: "Sun Dec 04 04:47:44 2005", "Dec  4 04:47:44.123456 2005". */
export function parseCtime(text: string): EventTime | undefined {
  const start = monthAt(text, 0) === 0 && text.charCodeAt(3) === SPACE ? 4 : 0;
  const head = readMonthDayClock(text, start);
  if (head === undefined || text.charCodeAt(head.end) !== SPACE) return undefined;
  const year = digits(text, head.end + 1, 4);
  if (year < 1970 || !isDate({ year, month: head.month, day: head.day })) return undefined;
  return {
    time_ms: daysFromCivil(year, head.month, head.day) * DAY + head.ms,
    time_ns: head.ns,
    assumed: true,
  };
}

export interface SyslogTime extends EventTime {
  /** Offset of the first character after the time. */
  readonly end: number;
}

/** RFC 3164 time at an offset: "Nov 21 22:57:53", with Cisco's "Nov 21 2026 22:57:53.123" and a trailing zone name allowed. */
export function parseSyslogTime(text: string, at: number, received: number): SyslogTime | undefined {
  const month = monthAt(text, at);
  if (month === 0 || text.charCodeAt(at + 3) !== SPACE) return undefined;
  const cisco = readYearAfterDay(text, at);
  const head = cisco ?? readMonthDayClock(text, at);
  if (head === undefined) return undefined;
  let end = head.end;
  let year = cisco?.year ?? -1;
  if (year < 0 && text.charCodeAt(end) === SPACE && isYear(text, end + 1)) {
    year = digits(text, end + 1, 4);
    end += 5;
  }
  if (text.startsWith(" UTC", end) || text.startsWith(" GMT", end)) end += 4;
  const { day, ms, ns } = head;
  if (year < 0) return { time_ms: yearlessTime({ month, day, ms, received }), time_ns: ns, assumed: true, end };
  if (!isDate({ year, month, day })) return undefined;
  return { time_ms: daysFromCivil(year, month, day) * DAY + ms, time_ns: ns, assumed: true, end };
}

/** Anything a JSON field may hold as a time: ISO text, epoch number or text, common log format, ctime. */
export function parseTime(value: unknown): EventTime | undefined {
  if (typeof value === "number") return parseEpoch(value);
  if (typeof value !== "string" || value.length < 10 || value.length > 48) return undefined;
  return (
    parseIso(value) ?? parseEpochText(value) ?? parseClfTime(value) ?? parseCtime(value) ?? parseYearAfterDay(value)
  );
}

/** "Jul 03 2026 10:00:05", as CEF and LEEF write it. */
function parseYearAfterDay(text: string): EventTime | undefined {
  return readYearAfterDay(text, 0) === undefined ? undefined : parseSyslogTime(text, 0, 0);
}

const DAY = 86_400_000;
const EPOCH_FROM = 631_152_000;
const EPOCH_TO = 4_102_444_800;
const AHEAD = 2 * DAY;
const SPACE = 32;
const DASH = 45;
const SLASH = 47;
const COLON = 58;
const FILETIME = /^(?:[0-9]{1,19}|0x[0-9a-fA-F]{1,16})$/;
const EPOCH_TEXT = /^([0-9]{9,19})(?:\.([0-9]{1,9}))?$/;

function parseEpochText(text: string): EventTime | undefined {
  if (text.length > 30) return undefined;
  const match = EPOCH_TEXT.exec(text);
  if (match === null) return undefined;
  const whole = match[1] ?? "";
  const fraction = match[2] ?? "";
  const seconds = Number(whole);
  if (fraction !== "" || seconds < EPOCH_TO) {
    if (seconds < EPOCH_FROM || seconds >= EPOCH_TO) return undefined;
    const nanos = Number(fraction.padEnd(9, "0"));
    return { time_ms: seconds * 1000 + Math.floor(nanos / 1e6), time_ns: nanos % 1e6, assumed: false };
  }
  if (whole.length < 17) return parseEpoch(seconds);
  // Nanoseconds do not fit a double: the digits are cut instead.
  const ms = Number(whole.slice(0, -6));
  if (whole.length !== 19 || ms < EPOCH_FROM * 1e3 || ms >= EPOCH_TO * 1e3) return undefined;
  return { time_ms: ms, time_ns: Number(whole.slice(-6)), assumed: false };
}

interface MonthDayClock {
  readonly month: number;
  readonly day: number;
  readonly ms: number;
  readonly ns: number;
  readonly end: number;
}

function readMonthDayClock(text: string, at: number): MonthDayClock | undefined {
  const month = monthAt(text, at);
  if (month === 0) return undefined;
  const day = dayAt(text, at + 4);
  if (day === undefined) return undefined;
  const clock = readClock(text, day.end);
  if (clock === undefined || !isDate({ year: 2000, month, day: day.value })) return undefined;
  return { month, day: day.value, ms: clock.ms, ns: clock.ns, end: clock.end };
}

function readYearAfterDay(text: string, at: number): (MonthDayClock & { readonly year: number }) | undefined {
  const day = dayAt(text, at + 4);
  if (day === undefined || !isYear(text, day.end)) return undefined;
  const year = digits(text, day.end, 4);
  const clock = readClock(text, day.end + 5);
  if (clock === undefined) return undefined;
  return { month: monthAt(text, at), day: day.value, ms: clock.ms, ns: clock.ns, end: clock.end, year };
}

/** Day of the month written "4 ", " 4 " or "04 "; `end` is after the space. */
function dayAt(text: string, at: number): { readonly value: number; readonly end: number } | undefined {
  const start = text.charCodeAt(at) === SPACE ? at + 1 : at;
  const two = digits(text, start, 2);
  if (two >= 0 && text.charCodeAt(start + 2) === SPACE) return { value: two, end: start + 3 };
  const one = digits(text, start, 1);
  return one >= 0 && text.charCodeAt(start + 1) === SPACE ? { value: one, end: start + 2 } : undefined;
}

/** The year is not on the wire. A record is not from the future, so the latest year is taken that puts it at most two
 *  days after its arrival (zones and clocks that run ahead); 29 February goes back to the last leap year. */
function yearlessTime(input: { month: number; day: number; ms: number; received: number }): number {
  const { month, day, ms, received } = input;
  const latest = yearOf(received) + 1;
  for (let year = latest; year > latest - 10; year--) {
    if (!isDate({ year, month, day })) continue;
    const time = daysFromCivil(year, month, day) * DAY + ms;
    if (time <= received + AHEAD) return time;
  }
  return received;
}

interface Clock {
  readonly ms: number;
  readonly ns: number;
  readonly end: number;
}

/** "13:05:52" with an optional fraction of 1 to 12 digits after "." or ",". */
function readClock(text: string, at: number): Clock | undefined {
  const hour = digits(text, at, 2);
  const minute = digits(text, at + 3, 2);
  const second = digits(text, at + 6, 2);
  if (hour < 0 || minute < 0 || second < 0 || hour > 24 || minute > 59 || second > 60) return undefined;
  if (text.charCodeAt(at + 2) !== COLON || text.charCodeAt(at + 5) !== COLON) return undefined;
  const whole = ((hour * 60 + minute) * 60 + second) * 1000;
  const mark = text.charCodeAt(at + 8);
  if (mark !== 46 && mark !== 44) return { ms: whole, ns: 0, end: at + 8 };
  let end = at + 9;
  let nanos = 0;
  let scale = 100_000_000;
  for (; end < at + 21; end++) {
    const digit = text.charCodeAt(end) - 48;
    if (!(digit >= 0 && digit <= 9)) break;
    nanos += digit * scale;
    scale = scale === 1 || scale === 0 ? 0 : scale / 10;
  }
  if (end === at + 9) return { ms: whole, ns: 0, end: at + 8 };
  const ms = Math.floor(nanos / 1e6);
  return { ms: whole + ms, ns: nanos - ms * 1e6, end };
}

/** The rest of the text must be a zone or nothing. */
function readZone(text: string, at: number): { readonly offset: number; readonly assumed: boolean } | undefined {
  const left = text.length - at;
  if (left === 0) return ASSUMED_UTC;
  const sign = text.charCodeAt(at);
  if ((sign === 90 || sign === 122) && left === 1) return UTC;
  if (sign === 43 || sign === DASH) {
    const hours = digits(text, at + 1, 2);
    const minutes = left === 3 ? 0 : digits(text, left === 6 && text.charCodeAt(at + 3) === COLON ? at + 4 : at + 3, 2);
    if ((left !== 3 && left !== 5 && left !== 6) || hours < 0 || hours > 18 || minutes < 0 || minutes > 59)
      return undefined;
    const offset = (hours * 60 + minutes) * 60_000;
    return { offset: sign === 43 ? offset : -offset, assumed: false };
  }
  const name = text.slice(at);
  return name === "UTC" || name === "GMT" ? UTC : undefined;
}

const UTC = Object.freeze({ offset: 0, assumed: false });
const ASSUMED_UTC = Object.freeze({ offset: 0, assumed: true });

/** The number in `count` decimal digits at an offset, or -1. */
function digits(text: string, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (!(digit >= 0 && digit <= 9)) return -1;
    value = value * 10 + digit;
  }
  return value;
}

function isYear(text: string, at: number): boolean {
  const year = digits(text, at, 4);
  return year >= 1970 && year < 2200 && !(text.charCodeAt(at + 4) >= 48 && text.charCodeAt(at + 4) <= 57);
}

/** 1..12 for an English three-letter month, else 0. */
function monthAt(text: string, at: number): number {
  const found = MONTHS.indexOf(text.slice(at, at + 3));
  return found % 3 === 0 && text.length >= at + 3 ? found / 3 + 1 : 0;
}

const MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";
const MONTH_DAYS: readonly number[] = [0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function isDate(date: { readonly year: number; readonly month: number; readonly day: number }): boolean {
  const { year, month, day } = date;
  if (month < 1 || month > 12 || day < 1 || day > (MONTH_DAYS[month] ?? 0)) return false;
  return month !== 2 || day < 29 || (year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0));
}

/** Days since 1970-01-01 in the Gregorian calendar, counting years from March so that the leap day comes last. */
function daysFromCivil(year: number, month: number, day: number): number {
  const shifted = month > 2 ? year : year - 1;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function yearOf(time: number): number {
  const year = 1970 + Math.floor(time / (365.2425 * DAY));
  if (daysFromCivil(year, 1, 1) * DAY > time) return year - 1;
  return daysFromCivil(year + 1, 1, 1) * DAY <= time ? year + 1 : year;
}
