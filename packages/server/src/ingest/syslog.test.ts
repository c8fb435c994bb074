/** syslog.test: real logger and rsyslogd against the listeners: every message once, with its text and sender. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { appendFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startTestIngest, type TestIngest } from "./testing.ts";

let ingest: TestIngest;

before(async () => {
  ingest = await startTestIngest();
});

after(() => ingest.close());

test("syslog over TCP in both framings at once, and half a message when the connection ends", async () => {
  const before = (await ingest.source("syslog-tcp")).stored;
  const octets = connect(ingest.port, "127.0.0.1");
  const lines = connect(ingest.port, "127.0.0.1");
  octets.write('64 <133>1 2026-11-21T22:57:53.686549+00:00 vm t - - - line one "q"\n');
  lines.write("<13>Nov 21 22:57:53 vm root: over lines\n<13>half a mess");
  octets.write("60 <133>1 2026-11-21T22:57:59.657754+00:00 vm t - - - line two\n");
  await sleep(100);
  octets.end();
  lines.end();
  await ingest.through("syslog-tcp", before + 4);
  const rows = await ingest.events.query<{ raw: string; peer: string; host: string }>(
    `SELECT raw, toString(peer) AS peer, host FROM ${ingest.events.table("events")} WHERE source = 'syslog-tcp'`,
  );
  assert.deepEqual(
    rows.map((row) => row.raw).sort(),
    [
      '<133>1 2026-11-21T22:57:53.686549+00:00 vm t - - - line one "q"',
      "<133>1 2026-11-21T22:57:59.657754+00:00 vm t - - - line two",
      "<13>Nov 21 22:57:53 vm root: over lines",
      "<13>half a mess",
    ].sort(),
  );
  assert.ok(rows.every((row) => row.peer === "::ffff:127.0.0.1"));
  assert.equal(rows.filter((row) => row.host === "vm").length, 3);
});

test("a TCP sender waits while nothing may be taken, and loses nothing", async () => {
  const before = (await ingest.source("syslog-tcp")).stored;
  ingest.refuse("no room.");
  const socket = connect(ingest.port, "127.0.0.1");
  let drained = 0;
  const line = `<13>1 - vm t - - - ${"x".repeat(1_000)}\n`;
  for (let n = 0; n < 20_000; n += 1) {
    if (socket.write(line)) continue;
    const outcome = await Promise.race([
      new Promise((resolve) => socket.once("drain", () => resolve("drain"))),
      sleep(400, "stuck"),
    ]);
    drained = n + 1;
    if (outcome === "stuck") break;
  }
  assert.ok(drained > 0 && drained < 20_000, "the sender was held up");
  ingest.refuse(undefined);
  socket.end();
  const counts = await ingest.through("syslog-tcp", before + drained);
  assert.equal(counts.stored, before + drained);
});

test("syslog over UDP: one record a datagram, the sender's address kept, one line feed dropped", async () => {
  const socket = createSocket("udp4");
  for (const text of [
    "<134>1 2026-11-21T22:58:05.660Z vm app 16036 - - rfc5424 hi\n",
    "<13>Nov 21 22:57:53 vm root: udp 3164 msg",
  ]) {
    await new Promise<void>((resolve) => socket.send(text, ingest.port, "127.0.0.1", () => resolve()));
  }
  socket.close();
  await ingest.through("syslog-udp", 2);
  assert.deepEqual((await ingest.raws("syslog-udp")).sort(), [
    "<134>1 2026-11-21T22:58:05.660Z vm app 16036 - - rfc5424 hi",
    "<13>Nov 21 22:57:53 vm root: udp 3164 msg",
  ]);
});

const LOGGER = "/usr/bin/logger";
const hasLogger = existsSync(LOGGER);

test("logger of util-linux in all its framings", { skip: hasLogger ? false : "logger is not installed" }, async () => {
  const [tcp, udp] = [(await ingest.source("syslog-tcp")).stored, (await ingest.source("syslog-udp")).stored];
  const at = ["-n", "127.0.0.1", "-P", String(ingest.port)];
  for (const options of [["-T", "--octet-count"], ["-T"], ["-T", "--rfc3164"], ["-d"], ["-d", "--rfc3164"]]) {
    assert.equal(spawnSync(LOGGER, [...at, ...options, `from logger ${options.join(" ")}`]).status, 0);
  }
  await ingest.through("syslog-tcp", tcp + 3);
  await ingest.through("syslog-udp", udp + 2);
  const rows = await ingest.events.query<{ message: string; host: string }>(
    `SELECT message, host FROM ${ingest.events.table("events")} WHERE raw LIKE '%from logger%' ORDER BY message`,
  );
  assert.deepEqual(
    rows.map((row) => row.message),
    [
      "from logger -T",
      "from logger -T --octet-count",
      "from logger -T --rfc3164",
      "from logger -d",
      "from logger -d --rfc3164",
    ],
  );
  assert.ok(rows.every((row) => row.host !== ""));
});

const RSYSLOGD = "/usr/sbin/rsyslogd";

/** rsyslogd in the foreground with its own directory: follows a file and forwards each line. */
function startRsyslog(directory: string, action: string): ChildProcess {
  const input = join(directory, "in.log");
  writeFileSync(input, "");
  const lines = [
    `global(workDirectory="${directory}")`,
    'module(load="imfile" mode="inotify")',
    `input(type="imfile" file="${input}" tag="app:" facility="local0" severity="notice" ruleset="out")`,
    `ruleset(name="out") { action(type="omfwd" target="127.0.0.1" port="${ingest.port}" ${action}) }`,
  ];
  writeFileSync(join(directory, "rsyslog.conf"), `${lines.join("\n")}\n`);
  return spawn(RSYSLOGD, ["-n", "-f", join(directory, "rsyslog.conf"), "-i", join(directory, "pid")], {
    stdio: "ignore",
  });
}

for (const [name, source, action] of [
  [
    "TCP, octet-counted",
    "syslog-tcp",
    'protocol="tcp" TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format"',
  ],
  [
    "TCP, lines, RFC 3164",
    "syslog-tcp",
    'protocol="tcp" TCP_Framing="traditional" template="RSYSLOG_TraditionalForwardFormat"',
  ],
  ["UDP", "syslog-udp", 'protocol="udp" template="RSYSLOG_SyslogProtocol23Format"'],
] as const) {
  test(`rsyslog forwards over ${name}`, {
    skip: existsSync(RSYSLOGD) ? false : "rsyslog is not installed",
  }, async () => {
    const directory = mkdtempSync(join(tmpdir(), "holdfast-rsyslog-"));
    const before = (await ingest.source(source)).stored;
    const daemon = startRsyslog(directory, action);
    try {
      await sleep(1_000);
      const texts = Array.from({ length: 300 }, (_, n) => `${name} line ${n} "quoted" ünï`);
      appendFileSync(join(directory, "in.log"), texts.map((text) => `${text}\n`).join(""));
      await ingest.through(source, before + texts.length);
      const rows = await ingest.events.query<{ message: string; raw: string }>(
        `SELECT message, raw FROM ${ingest.events.table("events")} WHERE startsWith(trim(message), {name:String})`,
        { params: { name } },
      );
      assert.deepEqual(rows.map((row) => row.message.trim()).sort(), [...texts].sort());
      assert.ok(rows.every((row) => row.raw.startsWith("<133>") && !row.raw.endsWith("\n")));
    } finally {
      const ended = new Promise((resolve) => daemon.once("exit", resolve));
      daemon.kill("SIGTERM");
      await ended;
      rmSync(directory, { recursive: true, force: true });
    }
  });
}
