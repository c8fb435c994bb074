/**
 * time-sql: the calendar parts of a timestamp in SQL, as text/instant reads them: ISO texts with or without a zone, and
 * epoch seconds or milliseconds. Worked out by arithmetic, so that years outside the engine's own time types are right too.
 */
import type { Comparison, Test, TimePart } from "../detection.ts";

type TimeTest = Extract<Test, { kind: "time" }>;

/** A condition on the text `x`. */
export function timeSql(test: TimeTest, compared: (value: string, op: Comparison | "eq") => string): string {
  // g: the texts of the ISO form; e: seconds since the epoch, or NULL.
  const condition = compared(part(test.part), test.op);
  return `arrayExists(e -> ${condition}, arrayMap(g -> ${seconds}, [extractGroups(trim(BOTH ' \\t\\r\\n' FROM x), '${ISO}')]))`;
}

const ISO =
  "^([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.][0-9]+)?)?(?:(Z)|([+-])([0-9]{2}):?([0-9]{2}))?)?$";

const number = (group: number): string => `toInt64OrZero(g[${group}])`;
const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map(number);
const offset = `if(g[8] = '-', -1, 1) * (${number(9)} * 3600 + ${number(10)} * 60)`;
/** Days since 1970 of the first of the month, in the proleptic Gregorian calendar that begins in March. */
const shifted = `(${year} - toInt64(${month} <= 2))`;
const days =
  `(365 * ${shifted} + intDiv(${shifted}, 4) - intDiv(${shifted}, 100) + intDiv(${shifted}, 400) + ` +
  `intDiv(153 * (${month} + if(${month} > 2, -3, 9)) + 2, 5) - 719468)`;
const valid =
  `notEmpty(g) AND ${month} BETWEEN 1 AND 12 AND ${day} BETWEEN 1 AND 31 AND ${minute} < 60 AND ${second} < 60 AND ` +
  `(${hour} < 24 OR (${hour} = 24 AND ${minute} = 0 AND ${second} = 0)) AND ${number(9)} < 24 AND ${number(10)} < 60 AND ${year} > 0`;
const iso = `(${days} + ${day} - 1) * 86400 + ${hour} * 3600 + ${minute} * 60 + ${second} - ${offset}`;
const seconds =
  `multiIf(match(x, '^[0-9]{10}([.][0-9]+)?$'), toNullable(toInt64OrZero(substring(x, 1, 10))), ` +
  `match(x, '^[0-9]{13}$'), toNullable(intDiv(toInt64OrZero(x), 1000)), ${valid}, toNullable(${iso}), NULL)`;

function part(name: TimePart): string {
  const date = "addDays(toDate32('1970-01-01'), toInt32(intDivOrZero(e - positiveModulo(e, 86400), 86400)))";
  switch (name) {
    case "minute":
      return "intDiv(positiveModulo(e, 3600), 60)";
    case "hour":
      return "intDiv(positiveModulo(e, 86400), 3600)";
    case "day":
      return `toDayOfMonth(${date})`;
    case "week":
      return `toISOWeek(${date})`;
    case "month":
      return `toMonth(${date})`;
    case "year":
      return `toYear(${date})`;
  }
}
