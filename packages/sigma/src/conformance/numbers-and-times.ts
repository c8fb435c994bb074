/** numbers-and-times: lt, lte, gt, gte on numbers and on texts that are numbers, and the parts of a time. */
import { items, type Vector } from "./vector.testing.ts";

const about = { section: "modifiers: time" };

export const NUMBERS_AND_TIMES: readonly Vector[] = [
  ...items({ feature: "compare", section: "modifiers: numeric" }, [
    ["gt", "f|gt: 5", [6, "6", 5.1], [5, "5", 4, "x", "", undefined, null]],
    ["gte", "f|gte: 5", [5, "5", 6], [4, 4.9]],
    ["lt", "f|lt: 5", [4, "-1", 0], [5, 6, "", " "]],
    ["lte", "f|lte: 5", [5, 4], [5.1]],
    ["text is compared as a number", "f|gt: 9", ["10", "100"], ["9", "8"]],
    ["a number in quotes in the rule", "f|gt: '9'", ["10"], ["8"]],
    ["negative", "f|lt: -5", [-6], [-4]],
    ["a fraction", "f|gte: 0.5", [0.5, "0.75"], [0.25]],
    ["hexadecimal and exponent in events", "f|gt: 15", ["0x10", "1e2"], ["0xf"]],
    ["any of a list", "f|gt: [10, 5]", [6], [5]],
    ["several values in the event", "f|gt: 5", [[1, 9]], [[1, 2]]],
    ["a range of two items", "f|gt: 5\nf|lt: 10", [7], [5, 10, 12]],
    ["not a number is neither more nor less", "f|lte: 5", [1], ["one", "5 MB", {}]],
    ["bigint", "f|gt: 5", [6n], [5n]],
  ]),
  ...items({ ...about, feature: "minute" }, [
    ["the minute", "f|minute: 59", ["2024-05-06T03:59:10Z"], ["2024-05-06T03:58:59Z", "x", undefined]],
    ["compared", "f|minute|gte: 30", ["2024-05-06 03:30:00"], ["2024-05-06 03:29:59"]],
    ["any of a list", "f|minute: [0, 1]", ["2024-05-06T03:01:00Z"], ["2024-05-06T03:02:00Z"]],
  ]),
  ...items({ ...about, feature: "hour" }, [
    ["the hour", "f|hour: 3", ["2024-05-06T03:00:00Z", "2024-05-06T03:59:59.999Z"], ["2024-05-06T04:00:00Z"]],
    ["outside of working hours", "f|hour|lt: 6", ["2024-05-06T05:59:59Z"], ["2024-05-06T06:00:00Z"]],
    ["the comparison before the part", "f|gt|hour: 21", ["2024-05-06T22:00:00Z"], ["2024-05-06T21:00:00Z"]],
    ["in UTC", "f|hour: 22", ["2024-05-07T00:00:00+02:00"], ["2024-05-06T22:00:00+02:00"]],
    ["seconds since 1970", "f|hour: 3", [1714964400, "1714964400"], [1714960800]],
    ["milliseconds since 1970", "f|hour: 3", [1714964400000], [1714960800000]],
    ["a date alone is midnight", "f|hour: 0", ["2024-05-06"], ["2024-05-06T01:00:00Z"]],
    ["different from", "f|hour|neq: 3", ["2024-05-06T04:00:00Z", undefined], ["2024-05-06T03:00:00Z"]],
    [
      "100 nanoseconds are not in the way",
      "f|hour: 3",
      ["2024-05-06T03:00:00.1234567Z"],
      ["2024-05-06T02:59:59.9999999Z"],
    ],
  ]),
  ...items({ ...about, feature: "day" }, [
    ["the day of the month", "f|day: 6", ["2024-05-06"], ["2024-06-07"]],
    ["compared", "f|day|gt: 28", ["2024-01-31"], ["2024-01-28"]],
  ]),
  ...items({ ...about, feature: "week" }, [
    ["the week of ISO 8601", "f|week: 1", ["2024-01-01", "2024-12-30"], ["2024-01-08", "2023-01-01"]],
    ["a year with 53 weeks", "f|week: 53", ["2020-12-31", "2021-01-03"], ["2021-01-04"]],
  ]),
  ...items({ ...about, feature: "month" }, [
    ["the month, from one", "f|month: 5", ["2024-05-06"], ["2024-04-30", "2024-06-01"]],
    ["compared", "f|month|lte: 2", ["2024-02-29"], ["2024-03-01"]],
  ]),
  ...items({ ...about, feature: "year" }, [
    ["the year", "f|year: 2024", ["2024-12-31T23:59:59Z"], ["2025-01-01T00:00:00Z"]],
    ["before", "f|year|lt: 2000", ["1999-12-31"], ["2000-01-01"]],
  ]),
];
