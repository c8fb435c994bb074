/** syslog-framing.test: octet counts and line feeds as real senders write them, detected per connection. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createSyslogFramer } from "./syslog-framing.ts";

const LOGGER_OCTETS =
  '<13>1 2026-11-21T22:57:53.607866+00:00 vm root - - [timeQuality tzKnown="1" isSynced="0"] tcp octet msg';
const LOGGER_LINE =
  '<13>1 2026-11-21T22:57:53.616006+00:00 vm root - - [timeQuality tzKnown="1" isSynced="0"] tcp lf msg';
const RSYSLOG = [
  '<133>1 2026-11-21T22:57:53.686549+00:00 vm t - - - line one "q"',
  "<133>1 2026-11-21T22:57:59.657754+00:00 vm t - - - line two",
];
const counted = (text: string): string => `${Buffer.byteLength(text)} ${text}`;

/** Feeds a stream in pieces of a size and gives all messages. */
function frame(stream: string, size = stream.length, limit = 1_000) {
  const framer = createSyslogFramer(limit);
  const bytes = Buffer.from(stream);
  const messages: string[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    for (const message of framer.push(bytes.subarray(at, at + size))) messages.push(message.toString());
  }
  for (const message of framer.end()) messages.push(message.toString());
  return { messages, framing: framer.framing, oversized: framer.oversized };
}

const STREAMS: readonly { name: string; stream: string; messages: string[]; framing: string }[] = [
  {
    name: "logger, octet-counted without a line feed",
    stream: counted(LOGGER_OCTETS),
    messages: [LOGGER_OCTETS],
    framing: "octets",
  },
  { name: "logger, line feed", stream: `${LOGGER_LINE}\n`, messages: [LOGGER_LINE], framing: "lines" },
  {
    name: "rsyslog, line feed inside the count",
    stream: RSYSLOG.map((text) => counted(`${text}\n`)).join(""),
    messages: RSYSLOG,
    framing: "octets",
  },
  {
    name: "octet-counted with a line feed between the frames",
    stream: RSYSLOG.map((text) => `${counted(text)}\n`).join(""),
    messages: RSYSLOG,
    framing: "octets",
  },
  { name: "CRLF and empty lines", stream: "<13>a\r\n\r\n\n<13>b\r\n", messages: ["<13>a", "<13>b"], framing: "lines" },
  {
    name: "text that starts with a digit",
    stream: "2026-11-21 up\n12 monkeys\n",
    messages: ["2026-11-21 up", "12 monkeys"],
    framing: "lines",
  },
  { name: "no end of line at the end", stream: "<13>a\n<13>half", messages: ["<13>a", "<13>half"], framing: "lines" },
  {
    name: "half a counted message at the end",
    stream: `${counted("<13>a")}20 <13>half`,
    messages: ["<13>a", "<13>half"],
    framing: "octets",
  },
  {
    name: "only the first of two line feeds inside a count goes",
    stream: counted("<13>a\n\n"),
    messages: ["<13>a\n"],
    framing: "octets",
  },
  {
    name: "a line feed inside a counted message stays",
    stream: counted("<13>a\nb"),
    messages: ["<13>a\nb"],
    framing: "octets",
  },
  {
    name: "counting that stops making sense goes on as lines",
    stream: `${counted("<13>a")}<13>b\n<13>c\n`,
    messages: ["<13>a", "<13>b", "<13>c"],
    framing: "lines",
  },
  {
    name: "a multi-byte character counts its bytes",
    stream: counted("<13>é") + counted("<13>b"),
    messages: ["<13>é", "<13>b"],
    framing: "octets",
  },
];

for (const { name, stream, messages, framing } of STREAMS) {
  test(`${name}, in pieces of every size`, () => {
    for (let size = 1; size <= Buffer.byteLength(stream); size += 1) {
      const found = frame(stream, size);
      assert.deepEqual(found.messages, messages, `pieces of ${size}`);
      assert.equal(found.framing, framing);
      assert.equal(found.oversized, 0);
    }
  });
}

test("oversized messages are left out and counted, what follows is read", () => {
  const big = `<13>${"x".repeat(200)}`;
  for (let size = 1; size < 60; size += 1) {
    const lines = frame(`<13>a\n${big}\n<13>b\n${big}`, size, 100);
    assert.deepEqual(lines.messages, ["<13>a", "<13>b"]);
    assert.equal(lines.oversized, 2);
    const octets = frame(`${counted("<13>a")}${counted(big)}${counted("<13>b")}`, size, 100);
    assert.deepEqual(octets.messages, ["<13>a", "<13>b"]);
    assert.equal(octets.oversized, 1);
  }
});
