/**
 * instant: the calendar parts of a timestamp, for the time modifiers. UTC always; a text without a zone is UTC too.
 */
import type { TimePart } from "../detection.ts";

export function timePart(value: string, part: TimePart): number | undefined {
  const date = parseInstant(value);
  if (date === undefined) return undefined;
  switch (part) {
    case "minute":
      return date.getUTCMinutes();
    case "hour":
      return date.getUTCHours();
    case "day":
      return date.getUTCDate();
    case "week":
      return isoWeek(date);
    case "month":
      return date.getUTCMonth() + 1;
    case "year":
      return date.getUTCFullYear();
  }
}

function parseInstant(value: string): Date | undefined {
  if (/^\d{10}(\.\d+)?$/.test(value)) return new Date(Number(value) * 1000);
  if (/^\d{13}$/.test(value)) return new Date(Number(value));
  const match = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:?\d\d)?)?$/.exec(value.trim());
  if (match === null) return undefined;
  const [, day = "", time = "00:00", zone = "Z"] = match;
  const date = new Date(`${day}T${time.replace(/(\.\d{3})\d+$/, "$1")}${zone}`);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

function isoWeek(date: Date): number {
  const thursday = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()));
  thursday.setUTCDate(thursday.getUTCDate() + 3 - ((thursday.getUTCDay() + 6) % 7));
  const yearStart = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  return Math.floor((thursday.getTime() - yearStart) / 604_800_000) + 1;
}
