/** time: every form, to the nanosecond, and what is no time. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseClfTime, parseCtime, parseEpoch, parseFiletime, parseIso, parseSyslogTime, parseTime } from "./time.ts";

const at = (time: { time_ms: number; time_ns: number } | undefined): string =>
  time === undefined ? "none" : `${new Date(time.time_ms).toISOString().slice(0, 23)}+${time.time_ns}`;

test("ISO 8601 in any precision, with and without zone", () => {
  const cases: [string, string, boolean][] = [
    ["2026-11-21T22:57:53.595747+00:00", "2026-11-21T22:57:53.595+747000", false],
    ["2026-11-21T22:58:05.660Z", "2026-11-21T22:58:05.660+0", false],
    ["2026-11-21T22:58:05.123456789Z", "2026-11-21T22:58:05.123+456789", false],
    ["2026-11-21T22:58:05.1234567891234Z", "none", false],
    ["2026-11-21T00:58:05+02:00", "2026-11-20T22:58:05.000+0", false],
    ["2026-11-21T22:58:05-0330", "2026-11-22T02:28:05.000+0", false],
    ["2026-11-21T22:58:05+05", "2026-11-21T17:58:05.000+0", false],
    ["2020-09-18 13:05:52", "2020-09-18T13:05:52.000+0", true],
    ["2015-10-18 18:01:47,978", "2015-10-18T18:01:47.978+0", true],
    ["2026/01/02 03:04:05", "2026-01-02T03:04:05.000+0", true],
    ["2024-02-29", "2024-02-29T00:00:00.000+0", true],
    ["2023-02-29T00:00:00Z", "none", false],
    ["2026-13-01T00:00:00Z", "none", false],
    ["2026-11-21T25:00:00Z", "none", false],
    ["2026-11-21T22:58:05+99:00", "none", false],
    ["2026-11-21T22:58:05Zx", "none", false],
    ["2026-11-21T22:58", "none", false],
    ["", "none", false],
  ];
  for (const [text, wanted, assumed] of cases) {
    const time = parseIso(text);
    assert.equal(at(time), wanted, text);
    if (time !== undefined) assert.equal(time.assumed, assumed, text);
  }
});

test("ISO agrees with Date over two centuries", () => {
  for (let i = 0; i < 20_000; i++) {
    const ms = Date.UTC(1971, 0, 1) + i * 361_234_567;
    assert.equal(parseIso(new Date(ms).toISOString())?.time_ms, ms);
  }
});

test("seconds, milliseconds, microseconds and nanoseconds since the epoch", () => {
  for (const value of [1777629600, "1777629600", "1777629600.0", 1777629600000, "1777629600000", 1777629600000000]) {
    assert.equal(at(parseEpoch(value)), "2026-05-01T10:00:00.000+0", String(value));
  }
  assert.equal(at(parseEpoch("1777629600123456789")), "2026-05-01T10:00:00.123+456789");
  assert.equal(at(parseEpoch("1364481363.243")), "2013-03-28T14:36:03.243+0");
  assert.equal(at(parseEpoch(1777629600.5)), "2026-05-01T10:00:00.500+0");
  for (const value of [0, 17, -1, Number.NaN, 1e300, "12", "1777629600x", "9".repeat(25)]) {
    assert.equal(parseEpoch(value), undefined, String(value));
  }
});

test("FILETIME keeps its 100 nanoseconds", () => {
  assert.equal(at(parseFiletime("132449091529876543")), "2020-09-18T13:25:52.987+654300");
  assert.equal(at(parseFiletime("0x1d68dbbc74b103f")), at(parseFiletime(0x1d68dbbc74b103fn)));
  assert.equal(parseFiletime("x"), undefined);
  assert.equal(parseFiletime("1"), undefined);
});

test("common log format and ctime", () => {
  assert.equal(at(parseClfTime("10/Oct/2000:13:55:36 -0700")), "2000-10-10T20:55:36.000+0");
  assert.equal(parseClfTime("10/Xxx/2000:13:55:36 -0700"), undefined);
  assert.equal(at(parseCtime("Sun Dec 04 04:47:44 2005")), "2005-12-04T04:47:44.000+0");
  assert.equal(at(parseCtime("Sun Dec  4 04:47:44.123456 2005")), "2005-12-04T04:47:44.123+456000");
  assert.equal(parseCtime("Sun Dec 34 04:47:44 2005"), undefined);
});

test("the year of a syslog time is the latest that is not in the future", () => {
  const year = (text: string, received: string): string =>
    new Date(parseSyslogTime(text, 0, Date.parse(received))?.time_ms ?? 0).toISOString().slice(0, 10);
  assert.equal(year("Nov 21 22:57:53 vm", "2026-11-21T22:58:00Z"), "2026-11-21");
  assert.equal(year("Dec 31 23:59:59 vm", "2027-01-01T00:00:01Z"), "2026-12-31");
  assert.equal(year("Jan  1 01:00:00 vm", "2026-12-31T23:00:00Z"), "2027-01-01");
  assert.equal(year("Dec 10 06:55:46 vm", "2026-11-22T00:00:00Z"), "2025-12-10");
  assert.equal(year("Feb 29 06:55:46 vm", "2026-11-22T00:00:00Z"), "2024-02-29");
});

test("syslog times with year, fraction, zone name", () => {
  const received = Date.UTC(2026, 10, 22);
  const read = (text: string) => parseSyslogTime(text, 0, received);
  assert.equal(at(read("Nov 21 2025 22:57:53: %ASA")), "2025-11-21T22:57:53.000+0");
  assert.equal(at(read("Feb 17 13:40:03.673: %P")), "2026-02-17T13:40:03.673+0");
  assert.equal(at(read("Feb 17 13:40:03 UTC: %P")), "2026-02-17T13:40:03.000+0");
  assert.equal(at(read("Feb 17 13:40:03 2024 host")), "2024-02-17T13:40:03.000+0");
  assert.equal(read("Feb 31 13:40:03 host"), undefined);
  assert.equal(read("February 1"), undefined);
});

test("any value of a JSON field", () => {
  assert.equal(parseTime(null), undefined);
  assert.equal(parseTime({}), undefined);
  assert.equal(at(parseTime("10/Oct/2000:13:55:36 -0700")), "2000-10-10T20:55:36.000+0");
  assert.equal(at(parseTime(1777629600123)), "2026-05-01T10:00:00.123+0");
});
