/** Real senders against the real program: rsyslogd over TCP in both framings and over UDP, util-linux logger in every framing it
 *  has, and a guessed password in sshd's own words that becomes one alert with the exact count, also after a restart. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type RunningServer, startHoldfast } from "../e2e/server.ts";
import { createApi, recordsOf } from "./api.ts";
import { crowding } from "./machine.ts";
import { settle } from "./oracle.ts";
import { program, unless } from "./requirement.ts";
import { type Rsyslog, startRsyslog } from "./rsyslog.ts";

const skip = unless([program("rsyslogd", "rsyslog"), program("logger", "bsdutils")]);

const FORWARDINGS = [
  { name: "octets", protocol: 'protocol="tcp" TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format"' },
  { name: "lines", protocol: 'protocol="tcp" TCP_Framing="traditional" template="RSYSLOG_SyslogProtocol23Format"' },
  { name: "old", protocol: 'protocol="tcp" TCP_Framing="traditional" template="RSYSLOG_TraditionalForwardFormat"' },
  { name: "datagrams", protocol: 'protocol="udp" template="RSYSLOG_SyslogProtocol23Format"' },
  { name: "sshd", protocol: 'protocol="tcp" TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format"' },
] as const;
const LOGGER = "/usr/bin/logger";
const SSH_RULE = "7a6f2e20-c597-4f9b-b528-f98f3d427da4";
const GUESSES = 300;
const MESSAGES = 200;

describe("real syslog clients", { skip }, () => {
  const outside = mkdtempSync(join(tmpdir(), "holdfast-clients-"));
  const home = join(outside, "home");
  let server: RunningServer;
  let rsyslog: Rsyslog;

  before(async () => {
    server = await startHoldfast({ home });
    rsyslog = await startRsyslog(
      server.syslog.port,
      FORWARDINGS.map(({ name, protocol }) => ({
        name,
        action: protocol,
        tag: name === "sshd" ? "sshd[4711]:" : `app-${name}:`,
        facility: name === "sshd" ? "authpriv" : "local0",
      })),
    );
  });
  after(async () => {
    await rsyslog.stop();
    await server.kill();
    await server.ended;
    rmSync(outside, { recursive: true, force: true });
  });

  for (const { name } of FORWARDINGS.filter((one) => one.name !== "sshd")) {
    test(`rsyslog, ${name}: every message once, with host, program, text and peer`, async () => {
      const texts = Array.from({ length: MESSAGES }, (_, n) => `message ${n} of ${name}, "quoted", <b>, ünï`);
      rsyslog.write(name, texts);
      const source = name === "datagrams" ? "syslog-udp" : "syslog-tcp";
      const query = `source:${source} raw:*app-${name}* | fields host, message, peer, raw`;
      const found = await untilFound(query, MESSAGES);
      assert.deepEqual(found.map(({ message }) => message?.trim()).sort(), [...texts].sort());
      for (const { host, peer, raw } of found) {
        assert.equal(host, "forwarder");
        assert.equal(peer, "127.0.0.1");
        assert.match(raw ?? "", name === "old" ? /^<134>\w{3} [ \d]\d [\d:]{8} forwarder app-/ : /^<134>1 20\d\d-/);
      }
    });
  }

  const FRAMINGS = [
    ["--udp"],
    ["--udp", "--rfc3164"],
    ["--udp", "--rfc5424"],
    ["--tcp"],
    ["--tcp", "--rfc3164"],
    ["--tcp", "--rfc5424"],
    ["--tcp", "--octet-count"],
    ["--tcp", "--octet-count", "--rfc3164"],
    ["--tcp", "--octet-count", "--rfc5424"],
    ["--tcp", "--rfc5424=notime,nohost"],
    ["--tcp", "--octet-count", "--rfc5424=notq", "--sd-id", "zoo@123", "--sd-param", 'tiger="hun\\]gry"'],
  ];

  test(`logger in ${FRAMINGS.length} framings: every message once, with host, program, text and peer`, async () => {
    for (const [index, framing] of FRAMINGS.entries()) {
      const where = ["--server", "127.0.0.1", "--port", String(server.syslog.port), "--tag", `logger-${index}`];
      const sent = spawnSync(LOGGER, [...where, ...framing, `from logger ${index}`], { encoding: "utf8" });
      assert.equal(sent.status, 0, sent.stderr);
    }
    const found = await untilFound("raw:*from*logger* | fields message, source, host, peer, raw", FRAMINGS.length);
    const byMessage = new Map(found.map((record) => [record["message"], record]));
    assert.equal(byMessage.size, FRAMINGS.length, JSON.stringify(found));
    for (const [index, framing] of FRAMINGS.entries()) {
      const { source, host, peer, raw } =
        byMessage.get(`from logger ${index}`) ?? assert.fail(`${framing.join(" ")} is missing`);
      assert.equal(source, framing.includes("--udp") ? "syslog-udp" : "syslog-tcp", framing.join(" "));
      // Without a name in the message the sender's address stands for it.
      if (!framing.join().includes("nohost")) assert.equal(host, hostname(), framing.join(" "));
      else assert.ok(["", "127.0.0.1", hostname()].includes(host ?? ""), host);
      assert.equal(peer, "127.0.0.1");
      assert.ok(raw?.includes(`logger-${index}`), raw);
    }
  });

  test(`${GUESSES} guessed passwords over SSH are one alert with the exact count, also after a second start`, async () => {
    rsyslog.write(
      "sshd",
      Array.from({ length: GUESSES }, (_, n) => guess(n)),
    );
    const found = await untilFound(
      "host:forwarder class:authentication status:failure | fields user, src_ip, message",
      GUESSES,
    );
    assert.deepEqual([...new Set(found.map((record) => record["src_ip"]))], ["203.0.113.77"]);
    assert.deepEqual([...new Set(found.map((record) => record["user"]))].sort(), [...USERS].sort());
    await settle(createApi(server));
    await oneAlert();

    await server.kill();
    await server.ended;
    server = await startHoldfast({ home, ports: server.ports });
    await settle(createApi(server));
    await oneAlert();
    rsyslog.write("sshd", [guess(GUESSES)]);
    await untilFound("host:forwarder class:authentication status:failure | fields user", GUESSES + 1);
    await settle(createApi(server));
    await oneAlert(GUESSES + 1);
  });

  async function oneAlert(count = GUESSES): Promise<void> {
    const alerts = (await createApi(server).list(`/api/alerts?rule=${SSH_RULE}`)) as {
      count: number;
      entity: { kind: string; value: string };
    }[];
    assert.deepEqual(
      alerts.map((alert) => [alert.count, alert.entity.kind, alert.entity.value]),
      [[count, "host", "forwarder"]],
    );
  }

  async function untilFound(query: string, rows: number) {
    const until = performance.now() + 30_000 * crowding();
    for (;;) {
      const found = await createApi(server).search({ query, limit: 1_000 });
      if (found.rows.length >= rows || performance.now() > until) {
        assert.equal(found.rows.length, rows, query);
        return recordsOf(found);
      }
      await sleep(250);
    }
  }
});

const USERS = ["root", "admin", "oracle", "postgres", "test"];

/** As OpenSSH writes it: half of the names it does not know. */
function guess(n: number): string {
  const user = USERS[n % USERS.length] ?? "root";
  const known = user === "root" || user === "postgres" ? "" : "invalid user ";
  return `Failed password for ${known}${user} from 203.0.113.77 port ${40_000 + n} ssh2`;
}
