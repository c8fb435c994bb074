/** lines: Linux records that samples do not show: old and new wordings, hostile names, the audit log's encodings. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createNormaliser, decodeRecord, type NormalisedEvent } from "@holdfast/sdk";
import { catalog } from "../../catalog.gen.ts";
import { readAudit, socketAddress } from "./audit-record.ts";

const normalise = createNormaliser(catalog.parsers);
const parse = (text: string): NormalisedEvent =>
  normalise(decodeRecord({ text, received: Date.UTC(2026, 10, 22), peer: "", kind: "import" }));
const sshd = (message: string): NormalisedEvent => parse(`<38>Nov 21 10:00:00 web1 sshd[9]: ${message}`);

test("sshd: who and from where", () => {
  const rows: [message: string, code: string, user: string, ip: string, port: number][] = [
    ["Failed password for root from 203.0.113.9 port 51000 ssh2", "failed-password", "root", "203.0.113.9", 51000],
    ["Failed publickey for invalid user a b from ::1 port 5 ssh2: RSA SHA256:x", "failed-publickey", "a b", "::1", 5],
    ["Invalid user  0101 from 203.0.113.9", "invalid-user", "0101", "203.0.113.9", 0],
    ["Invalid user from from 203.0.113.9 port 7", "invalid-user", "from", "203.0.113.9", 7],
    [
      "Disconnected from authenticating user root 203.0.113.9 port 7 [preauth]",
      "disconnected",
      "root",
      "203.0.113.9",
      7,
    ],
    ["Disconnected from user ida 203.0.113.9 port 7", "disconnected", "ida", "203.0.113.9", 7],
    ["Disconnected from 203.0.113.9 port 7", "disconnected", "", "203.0.113.9", 7],
    ["Received disconnect from 203.0.113.9 port 7:11: Bye Bye [preauth]", "received-disconnect", "", "203.0.113.9", 7],
    ["Received disconnect from 203.0.113.9: 11: Bye Bye [preauth]", "received-disconnect", "", "203.0.113.9", 0],
    ["Connection reset by invalid user x y 203.0.113.9 port 7 [preauth]", "connection-reset", "x y", "203.0.113.9", 7],
    ["Close session: user ida from 203.0.113.9 port 7 id 0", "session-closed", "ida", "203.0.113.9", 7],
    [
      "User eve from 203.0.113.9 not allowed because not listed in AllowUsers",
      "user-not-allowed",
      "eve",
      "203.0.113.9",
      0,
    ],
    ["Did not receive identification string from 203.0.113.9 port 7", "no-identification", "", "203.0.113.9", 7],
    [
      "Bad protocol version identification 'GET / from x' from 203.0.113.9 port 7",
      "bad-protocol",
      "",
      "203.0.113.9",
      7,
    ],
    ["fatal: Timeout before authentication for 203.0.113.9 port 7", "timeout", "", "203.0.113.9", 7],
    [
      "reverse mapping checking getaddrinfo for a.example [203.0.113.9] failed - POSSIBLE",
      "reverse-mapping-failed",
      "",
      "203.0.113.9",
      0,
    ],
    [
      "PAM 5 more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.9  user=root",
      "pam-authentication-failure",
      "root",
      "203.0.113.9",
      0,
    ],
  ];
  for (const [message, code, user, ip, port] of rows) {
    const { columns, parser } = sshd(message);
    assert.equal(parser, "sshd");
    assert.deepEqual(
      [columns.event_code, columns.user, columns.src_ip, columns.src_port],
      [code, user, ip, port],
      message,
    );
  }
  const repeated = sshd("message repeated 5 times: [ Failed password for root from 203.0.113.9 port 7 ssh2]");
  assert.equal(repeated.columns.event_code, "failed-password");
  assert.equal(repeated.fields["repeated"], 5);
  assert.equal(sshd("PAM unable to dlopen(pam_x.so)").class_name, "ssh_activity");
});

test("a host name where an address is expected is kept as the far side", () => {
  const { columns } = sshd(
    "pam_unix(sshd:auth): authentication failure; logname= uid=0 tty=ssh ruser= rhost=a.example.net  user=root",
  );
  assert.deepEqual([columns.src_ip, columns.peer_host], ["", "a.example.net"]);
});

test("accounts and sessions in every wording", () => {
  const rows: [line: string, parser: string, kind: string, user: string, target: string, object: string][] = [
    ["gpasswd[1]: user eve added by root to group sudo", "shadow", "group-member-added", "root", "eve", "sudo"],
    ["userdel[1]: delete user 'eve'", "shadow", "user-deleted", "", "eve", ""],
    ["usermod[1]: lock user 'eve' password", "shadow", "user-locked", "", "eve", ""],
    ["chsh[1]: changed user 'eve' shell to '/bin/bash'", "shadow", "user-changed", "", "eve", ""],
    ["groupdel[1]: group 'devs' removed", "shadow", "group-deleted", "", "", "devs"],
    ["su: FAILED su for root by eve", "su", "refused", "eve", "root", ""],
    ["su[2]: + /dev/pts/1 ida:root", "su", "switched", "ida", "root", ""],
    ["crontab[3]: (eve) BEGIN EDIT (eve)", "cron", "begin-edit", "eve", "", "eve"],
    ["CROND[3]: (root) CMD (run-parts /etc/cron.hourly)", "cron", "cmd", "root", "", ""],
    ["systemd-logind[4]: Removed session 12.", "systemd", "session-end", "", "", ""],
    ["systemd[1]: Stopped target Basic System.", "systemd", "stopped", "", "", "target Basic System"],
    [
      "login[5]: pam_unix(login:session): session opened for user root(uid=0) by LOGIN(uid=0)",
      "syslog",
      "session-opened",
      "LOGIN",
      "root",
      "login",
    ],
  ];
  for (const [line, parser, kind, user, target, object] of rows) {
    const event = parse(`Nov 21 10:00:00 web1 ${line}`);
    const { columns } = event;
    assert.deepEqual(
      [event.parser, columns.event_code, columns.user, columns.target_user, columns.object],
      [parser, kind, user, target, object],
      line,
    );
  }
});

test("audit: quotes, hex, split arguments, numbers of the kernel, resolved names", () => {
  const split = readAudit(
    'type=EXECVE msg=audit(1777800000.123:1): argc=3 a0="sh" a1_len=6 a1[0]="ab" a1[1]="cd" a2=C3A4',
  );
  assert.equal(split?.fields["a2"], "ä");
  assert.equal(
    parse('type=EXECVE msg=audit(1777800000.123:1): argc=3 a0="sh" a1_len=4 a1[0]="ab" a1[1]="cd" a2="x"').columns
      .process_cmd,
    "sh abcd x",
  );
  const title = parse("type=PROCTITLE msg=audit(1777800000.123:1): proctitle=6C73002D6C61");
  assert.equal(title.columns.process_cmd, "ls -la");
  const kernel = readAudit(
    'Nov 21 10:00:00 web1 kernel: audit: type=1400 audit(1777800000.123:1): apparmor="DENIED" operation="open"',
  );
  assert.deepEqual([kernel?.type, kernel?.fields["apparmor"]], ["AVC", "DENIED"]);
  const resolved = parse(
    'type=SYSCALL msg=audit(1777800000.123:1): arch=c000003e syscall=87 success=no auid=1000 exe="/bin/rm" key=(null)\x1dARCH=x86_64 SYSCALL=unlink AUID="ida" UID="root"',
  );
  assert.deepEqual(
    [
      resolved.columns.user,
      resolved.columns.object,
      resolved.columns.status_id,
      resolved.fields["SYSCALL"],
      resolved.fields["key"],
    ],
    ["ida", "unlink", 2, "unlink", undefined],
  );
  const command = parse(
    'type=USER_CMD msg=audit(1777800000.123:1): pid=5 uid=1000 auid=1000 ses=1 msg=\'cwd="/root" cmd=636174202F6574632F736861646F77 exe="/usr/bin/sudo" terminal=pts/0 res=success\'',
  );
  assert.deepEqual(
    [command.class_name, command.columns.process_cmd, command.columns.status_id],
    ["process_activity", "cat /etc/shadow", 1],
  );
  // a0 of a system call is a number, although its digits look like encoded text.
  assert.equal(readAudit("type=SYSCALL msg=audit(1777800000.123:1): a0=55D055D0 comm=6261")?.fields["a0"], "55D055D0");
  assert.deepEqual(parse('type=EXECVE msg=audit(1777800000.123:1): argc=1 a0="x"').logsource, {
    product: "linux",
    service: "auditd",
    category: "process_creation",
  });
});

test("audit: socket addresses and what is no audit record", () => {
  assert.deepEqual(socketAddress("02000050C633640A0000000000000000"), { ip: "198.51.100.10", port: 80 });
  assert.deepEqual(socketAddress("0A0001BB0000000020010DB8000000000000000000000017"), {
    ip: "2001:db8:0:0:0:0:0:17",
    port: 443,
  });
  assert.equal(socketAddress("0100"), undefined);
  for (const text of [
    "type=X",
    "audit(1:2):",
    "type=SYSCALL msg=audit(x:1): a=b",
    "type=SYSCALL msg=audit(1777800000.123:1 a=b",
  ]) {
    assert.equal(readAudit(text), undefined, text);
  }
});
