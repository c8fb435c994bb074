/** times: the two times of the format as ISO instants: FILETIME with all its seven digits, SYSTEMTIME with three. */
import type { JsonOutput } from "./json-output.ts";

const QUOTE = 0x22;
const DASH = 0x2d;
const COLON = 0x3a;
const DOT = 0x2e;
const T = 0x54;
const Z = 0x5a;

/** 100 ns steps since 1601, by long division, since they exceed 2^53. */
export function writeFiletime(out: JsonOutput, view: DataView, offset: number): void {
  let seconds = 0;
  let rest = 0;
  for (let word = 6; word >= 0; word -= 2) {
    const part = rest * 65_536 + view.getUint16(offset + word, true);
    const quotient = Math.floor(part / 10_000_000);
    seconds = seconds * 65_536 + quotient;
    rest = part - quotient * 10_000_000;
  }
  const day = Math.floor(seconds / 86_400);
  const inDay = seconds - day * 86_400;
  out.byte(QUOTE);
  writeDate(out, day);
  out.byte(T);
  writeClock(out, inDay);
  out.byte(DOT);
  out.digits(rest, 7);
  out.byte(Z);
  out.byte(QUOTE);
}

export function writeSystemTime(out: JsonOutput, view: DataView, offset: number): void {
  const part = (index: number): number => view.getUint16(offset + index * 2, true);
  out.byte(QUOTE);
  out.digits(part(0), 4);
  for (const index of [1, 3]) {
    out.byte(DASH);
    out.digits(part(index), 2);
  }
  out.byte(T);
  for (const index of [4, 5, 6]) {
    if (index > 4) out.byte(COLON);
    out.digits(part(index), 2);
  }
  out.byte(DOT);
  out.digits(part(7), 3);
  out.byte(Z);
  out.byte(QUOTE);
}

/** Days since 1601-01-01 (where a 400 year cycle of the calendar begins) as a date. */
function writeDate(out: JsonOutput, days: number): void {
  // Counted from 1 March, the leap day is the last of its year.
  const shifted = days + 306;
  const era = Math.floor(shifted / 146_097);
  const inEra = shifted - era * 146_097;
  const year = Math.floor(
    (inEra - Math.floor(inEra / 1460) + Math.floor(inEra / 36_524) - Math.floor(inEra / 146_096)) / 365,
  );
  const inYear = inEra - (365 * year + Math.floor(year / 4) - Math.floor(year / 100));
  const month = Math.floor((5 * inYear + 2) / 153);
  const day = inYear - Math.floor((153 * month + 2) / 5) + 1;
  out.digits(1600 + era * 400 + year + (month >= 10 ? 1 : 0), 4);
  out.byte(DASH);
  out.digits(month >= 10 ? month - 9 : month + 3, 2);
  out.byte(DASH);
  out.digits(day, 2);
}

function writeClock(out: JsonOutput, inDay: number): void {
  const minutes = Math.floor(inDay / 60);
  out.digits(Math.floor(minutes / 60), 2);
  out.byte(COLON);
  out.digits(minutes % 60, 2);
  out.byte(COLON);
  out.digits(inDay % 60, 2);
}
