/** syslog: headers as real senders write them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { SyslogHeader } from "./parser.ts";
import { parseSyslog } from "./syslog.ts";

const RECEIVED = Date.UTC(2026, 10, 22);

function read(text: string): SyslogHeader {
  const header = parseSyslog(text, RECEIVED);
  assert.ok(header !== undefined, text);
  return header;
}

const iso = (header: SyslogHeader): string =>
  header.time_ms === undefined ? "none" : `${new Date(header.time_ms).toISOString()} ${header.time_ns}`;

test("RFC 5424 with structured data, microseconds and an offset", () => {
  const header = read(
    '<13>1 2026-11-21T22:57:53.595747+00:00 vm root - - [timeQuality tzKnown="1" isSynced="0"][zoo@123 tiger="hungry"] udp 5424 msg',
  );
  assert.equal(header.facility, 1);
  assert.equal(header.severity, 5);
  assert.equal(iso(header), "2026-11-21T22:57:53.595Z 747000");
  assert.equal(header.timeAssumed, false);
  assert.deepEqual([header.host, header.app, header.procid, header.msgid], ["vm", "root", "", ""]);
  assert.equal(header.structured["timeQuality"]?.["isSynced"], "0");
  assert.equal(header.structured["zoo@123"]?.["tiger"], "hungry");
  assert.equal(header.message, "udp 5424 msg");
});

test("RFC 5424: milliseconds, process id, nil data, byte order mark", () => {
  const header = read("<134>1 2026-11-21T22:58:05.660Z vm app 16036 ID47 - \ufeffrfc5424 hi");
  assert.deepEqual([header.procid, header.msgid, header.message], ["16036", "ID47", "rfc5424 hi"]);
  assert.equal(header.facility, 16);
  assert.equal(read('<133>1 2026-11-21T22:57:53.686549+00:00 vm t - - - line one "q"').message, 'line one "q"');
  assert.equal(read("<13>1 - - - - - -").time_ms, undefined);
  assert.equal(read("<13>1 - - - - - - x").message, "x");
  assert.equal(read("<13>1 2026-11-21T22:57:53Z vm").host, "vm");
});

test("RFC 5424: escapes in values, hostile names, damaged data", () => {
  const header = read('<13>1 - h a - - [x@1 a="b\\"c\\\\d\\]e\\n" a="2" __proto__="y"][__proto__ polluted="1"] m');
  assert.equal(header.structured["x@1"]?.["a"], 'b"c\\d]e\\n,2');
  assert.deepEqual(Object.keys(header.structured), ["x@1", "__proto__"]);
  assert.equal(header.message, "m");
  const plain: Record<string, unknown> = {};
  assert.equal(plain["polluted"], undefined);
  assert.equal(read('<13>1 - h a - - [x@1 a="open m').message, '[x@1 a="open m');
});

test("RFC 3164", () => {
  const header = read("<13>Nov 21 22:57:53 vm root: udp 3164 msg");
  assert.equal(iso(header), "2026-11-21T22:57:53.000Z 0");
  assert.equal(header.timeAssumed, true);
  assert.deepEqual([header.host, header.app, header.procid, header.message], ["vm", "root", "", "udp 3164 msg"]);
  const single = read("<34>Oct  1 22:14:15 mymachine su[23]: 'su root' failed");
  assert.deepEqual([single.host, single.app, single.procid], ["mymachine", "su", "23"]);
  assert.equal(single.message, "'su root' failed");
});

test("RFC 3164 with an ISO time", () => {
  const header = read("<13>2026-11-21T22:57:53.595747+00:00 vm root[7]: msg");
  assert.equal(iso(header), "2026-11-21T22:57:53.595Z 747000");
  assert.equal(header.timeAssumed, false);
  assert.deepEqual([header.host, header.app, header.procid, header.message], ["vm", "root", "7", "msg"]);
});

test("a host that is missing", () => {
  assert.deepEqual(pick(read("<13>Nov 21 22:57:53 su: hello")), ["", "su", "", "hello"]);
  assert.deepEqual(pick(read("<13>Nov 21 22:57:53 sshd[12]: hello")), ["", "sshd", "12", "hello"]);
  assert.deepEqual(pick(read("<13>just a message")), ["", "", "", "just a message"]);
  assert.deepEqual(pick(read("<13>app[9]: text")), ["", "app", "9", "text"]);
});

test("Cisco", () => {
  const asa = read("<166>Nov 21 2025 22:57:53: %ASA-6-302013: Built inbound TCP connection");
  assert.deepEqual(pick(asa), ["", "%ASA-6-302013", "", "Built inbound TCP connection"]);
  assert.equal(iso(asa), "2025-11-21T22:57:53.000Z 0");
  assert.deepEqual(pick(read("<166>Nov 21 2025 22:57:53 fw1 : %ASA-6-302013: Built")), [
    "fw1",
    "%ASA-6-302013",
    "",
    "Built",
  ]);
  assert.deepEqual(pick(read("<166>%ASA-6-302013: Built")), ["", "%ASA-6-302013", "", "Built"]);
  const ios = read("<189>6705: *Feb 17 13:40:03.673: %PARSER-5-CFGLOG_LOGGEDCMD: User:admin  logged");
  assert.deepEqual(pick(ios), ["", "%PARSER-5-CFGLOG_LOGGEDCMD", "", "User:admin  logged"]);
  assert.equal(iso(ios), "2026-02-17T13:40:03.673Z 0");
});

test("files of /var/log have no PRI", () => {
  const old = read("Dec 10 06:55:46 LabSZ sshd[24200]: Invalid user webmaster from 173.234.31.186");
  assert.deepEqual([old.facility, old.severity], [-1, -1]);
  assert.deepEqual(pick(old), ["LabSZ", "sshd", "24200", "Invalid user webmaster from 173.234.31.186"]);
  const recent = read("2026-11-21T22:57:53.595747+00:00 host app[41]: text");
  assert.deepEqual(pick(recent), ["host", "app", "41", "text"]);
  assert.deepEqual(pick(read("Jun 14 15:16:01 combo sshd(pam_unix)[19939]: check")), [
    "combo",
    "sshd(pam_unix)",
    "19939",
    "check",
  ]);
});

test("what is no syslog", () => {
  for (const text of [
    "",
    "<",
    "<192>Nov 21 22:57:53 vm root: x",
    "<1a>x",
    "2015-10-18 18:01:47,978 INFO [main] org.apache.Hadoop: x",
    "2026-11-21T22:57:53 INFO starting: now",
    "{}",
    "hello world: x",
  ]) {
    assert.equal(parseSyslog(text, RECEIVED), undefined, text);
  }
});

function pick(header: SyslogHeader): string[] {
  return [header.host, header.app, header.procid, header.message];
}
