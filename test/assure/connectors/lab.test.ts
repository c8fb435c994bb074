/** lab.test: actions on real systems, each proven from outside by what it is for: a ping that no longer comes back, a password that no
 *  longer binds, a name that no longer resolves, a process that is gone, a file whose hash fits. And taken back. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, test } from "node:test";
import type { JsonObject, Outcome } from "../../../packages/sdk/src/index.ts";
import { type Lab, labMissing, startLab } from "../lab/lab.ts";
import { type Area, CONTEXT, openArea } from "./area.ts";

describe("actions on real hosts, a real directory and a real name server", { skip: labMissing() }, () => {
  let lab: Lab;
  let area: Area;

  before(async () => {
    lab = await startLab();
    area = await openArea();
    const hosts = ["web-01", "db-01", "client-01"].map((name) => lab.line(name));
    const allow = [lab.range];
    const secrets = { privateKey: lab.key.privateKey };
    await area.add({
      id: "firewall",
      kind: "nftables-ssh",
      allow,
      secrets,
      settings: { hosts, user: "root", management: [lab.address] },
    });
    await area.add({ id: "hosts", kind: "ssh-host", allow, secrets, settings: { hosts, user: "root" } });
    const { url, ca, base, bindDn, bindPassword, sessionBase } = lab.directory;
    await area.add({
      id: "directory",
      kind: "ldap",
      allow,
      secrets: { bindPassword },
      settings: { url, ca, base, bindDn, sessionBase },
    });
    const { address, zone, keyName, keySecret } = lab.names;
    await area.add({
      id: "dns",
      kind: "dns-rpz",
      allow,
      secrets: { keySecret },
      settings: { server: address, zone, keyName },
    });
  });
  after(async () => {
    await area?.close();
    await lab?.close();
  });

  const call = (connectorId: string, action: string, input: JsonObject, performed: JsonObject | null = null) => ({
    action,
    connectorId,
    input,
    key: `test/${action}`,
    performed,
  });
  const holds = async (
    connectorId: string,
    action: string,
    input: JsonObject,
    performed: JsonObject | null = null,
  ): Promise<unknown> => {
    const outcome = await area.connectors.probe(call(connectorId, action, input, performed));
    return outcome.kind === "done" ? outcome.output["holds"] : outcome;
  };
  const done = (outcome: Outcome): Extract<Outcome, { kind: "done" }> => {
    if (outcome.kind !== "done") assert.fail(`${outcome.kind}: ${outcome.reason}`);
    return outcome;
  };

  test("the test button proves each connector and changes nothing", async () => {
    for (const id of ["firewall", "hosts", "directory", "dns"]) {
      const { outcome, connector } = await area.connectors.routes.testConnector(
        { params: { id }, query: {}, body: {} },
        CONTEXT,
      );
      assert.equal(outcome.kind, "done", JSON.stringify(outcome));
      assert.equal(connector.state, "ok");
    }
    assert.equal(lab.exec("web-01", ["nft", "list", "ruleset"]).stdout.trim(), "");
  });

  test("an isolated host answers nobody but us, twice is once, and it comes back", async () => {
    const isolate = call("firewall", "isolate-host", { host: "web-01" });
    assert.equal(await holds("firewall", "isolate-host", { host: "web-01" }), false);
    assert.equal(lab.ping("client-01", "web-01"), true);
    done(await area.connectors.dryRun(isolate));
    assert.equal(lab.ping("client-01", "web-01"), true, "a dry run loads nothing");
    done(await area.connectors.perform(isolate));
    done(await area.connectors.perform(isolate));
    assert.equal(lab.ping("client-01", "web-01"), false);
    assert.equal(lab.ping("web-01", "db-01"), false);
    assert.equal(lab.ping("client-01", "db-01"), true, "others go on");
    assert.equal(await holds("firewall", "isolate-host", { host: "web-01" }), true);
    done(await area.connectors.undo(isolate));
    assert.equal(lab.ping("client-01", "web-01"), true);
    assert.equal(await holds("firewall", "isolate-host", { host: "web-01" }), false);
    assert.equal(lab.exec("web-01", ["nft", "list", "ruleset"]).stdout.trim(), "");
  });

  test("rules that somebody emptied by hand do not hold, although their table is there", async () => {
    done(await area.connectors.perform(call("firewall", "isolate-host", { host: "db-01" })));
    lab.exec("db-01", ["nft", "flush", "ruleset"]);
    lab.exec("db-01", ["nft", "add", "table", "inet", "holdfast_isolation"]);
    assert.equal(await holds("firewall", "isolate-host", { host: "db-01" }), false);
    done(await area.connectors.undo(call("firewall", "isolate-host", { host: "db-01" })));
  });

  test("rules that would cut us off for good are not loaded", async () => {
    const settings = { hosts: [lab.line("web-01")], user: "root", management: ["192.0.2.1"] };
    await area.add({
      id: "wrong-way",
      kind: "nftables-ssh",
      allow: [lab.range],
      secrets: { privateKey: lab.key.privateKey },
      settings,
    });
    const outcome = await area.connectors.perform(call("wrong-way", "isolate-host", { host: "web-01" }));
    assert.equal(outcome.kind, "failed");
    assert.match(outcome.kind === "failed" ? outcome.reason : "", new RegExp(`sees us at ${lab.address}`));
    assert.equal(lab.ping("client-01", "web-01"), true);
  });

  test("a blocked address is blocked alone, on its host, with its port, and let in again", async () => {
    const address = lab.host("client-01").address;
    const input = { host: "web-01", address };
    done(await area.connectors.perform(call("firewall", "block-address", input)));
    assert.equal(lab.ping("client-01", "web-01"), false);
    assert.equal(lab.ping("db-01", "web-01"), true);
    assert.equal(await holds("firewall", "block-address", input), true);
    const port = { host: "web-01", address, port: 443, protocol: "tcp" };
    assert.equal(await holds("firewall", "block-address", port), false);
    done(await area.connectors.undo(call("firewall", "block-address", input)));
    assert.equal(lab.ping("client-01", "web-01"), true);
    done(await area.connectors.perform(call("firewall", "block-address", port)));
    assert.equal(lab.ping("client-01", "web-01"), true, "only the port is blocked");
    assert.equal(await holds("firewall", "block-address", port), true);
    done(await area.connectors.undo(call("firewall", "block-address", port)));
  });

  test("a disabled account cannot log in, is enabled again, and one that was locked before stays locked", async () => {
    const disable = call("directory", "disable-account", { user: "alice" });
    const password = lab.directory.people["alice"] ?? "";
    assert.equal(lab.bind("alice", password), true);
    done(await area.connectors.dryRun(disable));
    assert.equal(lab.bind("alice", password), true);
    const first = done(await area.connectors.perform(disable));
    assert.equal(lab.bind("alice", password), false);
    assert.equal(await holds("directory", "disable-account", { user: "alice" }), true);
    const second = done(await area.connectors.perform(disable));
    assert.equal(
      (await area.connectors.undo({ ...disable, performed: second.output })).kind,
      "failed",
      "it was disabled before",
    );
    assert.equal(lab.bind("alice", password), false);
    done(await area.connectors.undo({ ...disable, performed: first.output }));
    assert.equal(lab.bind("alice", password), true);
    assert.equal(await holds("directory", "disable-account", { user: "alice" }), false);
  });

  test("a name that would be a filter is a name nobody has; the account we work as is refused", async () => {
    for (const user of ["*", "alice)(uid=*", "nobody-here"]) {
      const outcome = await area.connectors.perform(call("directory", "disable-account", { user }));
      assert.equal(outcome.kind, "failed", user);
    }
    assert.equal(lab.bind("mallory", lab.directory.people["mallory"] ?? ""), true);
    const own = await area.connectors.plan("disable-account", "directory", { user: lab.directory.bindDn });
    assert.equal(own.ok, false);
  });

  test("a reset password is worth nothing, and the directory says since when", async () => {
    const before = Date.now();
    const outcome = done(await area.connectors.perform(call("directory", "reset-password", { user: "bob" })));
    assert.equal(lab.bind("bob", lab.directory.people["bob"] ?? ""), false);
    assert.equal(await holds("directory", "reset-password", { user: "bob" }, outcome.output), true);
    const later = new Date(before + 3_600_000).toISOString();
    assert.equal(await holds("directory", "reset-password", { user: "bob", since: later }), false);
  });

  test("sessions end: those in the directory, and those on the hosts", async () => {
    assert.equal(await holds("directory", "end-sessions", { user: "mallory" }), false);
    const ended = done(await area.connectors.perform(call("directory", "end-sessions", { user: "mallory" })));
    assert.equal(ended.output["ended"], 2);
    assert.equal(await holds("directory", "end-sessions", { user: "mallory" }), true);
    assert.equal(await holds("directory", "end-sessions", { user: "alice" }), false, "hers go on");

    lab.spawn("web-01", ["setpriv", "--reuid=64001", "--clear-groups", "sleep", "600"]);
    assert.equal(await holds("hosts", "end-sessions", { user: "mallory" }), false);
    done(await area.connectors.perform(call("hosts", "end-sessions", { user: "mallory" })));
    assert.equal(await holds("hosts", "end-sessions", { user: "mallory" }), true);
    const own = await area.connectors.plan("end-sessions", "hosts", { user: "root" });
    assert.equal(own.ok, false);
  });

  test("a sinkholed domain and all below it resolve no longer, until it is let go", async () => {
    const { domain } = lab.names;
    const client = lab.host("client-01");
    const sinkhole = call("dns", "sinkhole-domain", { domain });
    const web = lab.host("web-01").address;
    assert.equal(await holds("dns", "sinkhole-domain", { domain }), false);
    done(await area.connectors.dryRun(sinkhole));
    assert.equal(lab.names.resolve(client, domain), web);
    done(await area.connectors.perform(sinkhole));
    assert.equal(lab.names.resolve(client, domain), "NXDOMAIN");
    assert.equal(lab.names.resolve(client, `www.${domain}`), "NXDOMAIN");
    assert.equal(await holds("dns", "sinkhole-domain", { domain }), true);
    done(await area.connectors.undo(sinkhole));
    assert.equal(lab.names.resolve(client, domain), web);
    assert.equal(await holds("dns", "sinkhole-domain", { domain }), false);
  });

  test("an update with a wrong key is refused and changes nothing", async () => {
    const { address, zone, keyName, domain } = lab.names;
    await area.add({
      id: "dns-wrong",
      kind: "dns-rpz",
      allow: [lab.range],
      secrets: { keySecret: Buffer.alloc(32, 7).toString("base64") },
      settings: { server: address, zone, keyName },
    });
    const outcome = await area.connectors.perform(call("dns-wrong", "sinkhole-domain", { domain }));
    assert.equal(outcome.kind, "failed");
    assert.match(outcome.kind === "failed" ? outcome.reason : "", /NOTAUTH/);
    assert.equal(lab.names.resolve(lab.host("client-01"), domain), lab.host("web-01").address);
  });

  test("a process is ended only while its number runs what is meant", async () => {
    const pid = lab.spawn("web-01", ["sleep", "600"]);
    const executable = lab.exec("web-01", ["readlink", "-f", "/bin/sleep"]).stdout.trim();
    const other = await area.connectors.perform(
      call("hosts", "kill-process", { host: "web-01", pid, executable: "/usr/bin/xmrig" }),
    );
    assert.equal(other.kind, "failed");
    assert.equal(lab.exec("web-01", ["kill", "-0", String(pid)]).code, 0);
    assert.equal(await holds("hosts", "kill-process", { host: "web-01", pid, executable }), false);
    done(await area.connectors.perform(call("hosts", "kill-process", { host: "web-01", pid, executable })));
    assert.equal(await holds("hosts", "kill-process", { host: "web-01", pid, executable }), true);
  });

  test("volatile data comes as files with their hashes, and shows what runs there", async () => {
    lab.spawn("web-01", ["sleep", "4711"]);
    const outcome = done(await area.connectors.perform(call("hosts", "collect-forensics", { host: "web-01" })));
    const artefacts = outcome.artefacts ?? [];
    assert.ok(artefacts.length >= 6, outcome.evidence);
    for (const { bytes, sha256 } of artefacts) assert.equal(createHash("sha256").update(bytes).digest("hex"), sha256);
    const processes = artefacts.find(({ name }) => name === "web-01-processes.txt");
    assert.match(Buffer.from(processes?.bytes ?? []).toString(), /sleep 4711/);
  });

  test("a file arrives byte for byte, and one that is too large or not there is a failure in words", async () => {
    lab.exec("web-01", ["sh", "-c", `printf 'x\\0\\377y; $(reboot)' > "/var/tmp/it's here; rm -rf.bin"`]);
    const path = "/var/tmp/it's here; rm -rf.bin";
    const outcome = done(await area.connectors.perform(call("hosts", "collect-file", { host: "web-01", path })));
    assert.deepEqual([...(outcome.artefacts?.[0]?.bytes ?? [])], [...Buffer.from("x\0\xffy; $(reboot)", "latin1")]);
    const large = await area.connectors.perform(call("hosts", "collect-file", { host: "web-01", path, maxBytes: 3 }));
    assert.match(large.kind === "failed" ? large.reason : "", /larger than 3 bytes; its hash is [0-9a-f]{64}/);
    const missing = await area.connectors.perform(call("hosts", "collect-file", { host: "web-01", path: "/nowhere" }));
    assert.match(missing.kind === "failed" ? missing.reason : "", /No such file/);
  });

  test("no argument of a command is ever read by a shell", async () => {
    const hostile = [
      "$(touch /var/tmp/owned)",
      "`touch /var/tmp/owned`",
      "; touch /var/tmp/owned",
      "'; touch /var/tmp/owned; '",
      "\n touch /var/tmp/owned",
      "$HOME",
      "*",
      "a'b\"c\\d",
      "",
      "-e",
      "ünï ✓",
    ];
    const outcome = done(
      await area.connectors.perform(
        call("hosts", "run-ssh-command", { host: "web-01", argv: ["printf", "[%s]", ...hostile] }),
      ),
    );
    assert.equal(outcome.output["stdout"], hostile.map((text) => `[${text}]`).join(""));
    assert.notEqual(lab.exec("web-01", ["test", "-e", "/var/tmp/owned"]).code, 0);
    const failing = await area.connectors.perform(
      call("hosts", "run-ssh-command", { host: "web-01", argv: ["false"] }),
    );
    assert.equal(failing.kind, "failed");
    const slow = await area.connectors.perform(
      call("hosts", "run-ssh-command", { host: "web-01", argv: ["sleep", "20"], timeoutSeconds: 1 }),
    );
    assert.equal(slow.kind, "unknown", "what may have happened is not called a failure");
  });

  test("a host with another key, or that is not listed, is not spoken to", async () => {
    const fingerprint = lab.host("db-01").fingerprint;
    const settings = { hosts: [`web-01 ${lab.host("web-01").address}:22 ${fingerprint}`], user: "root" };
    await area.add({
      id: "other-key",
      kind: "ssh-host",
      allow: [lab.range],
      secrets: { privateKey: lab.key.privateKey },
      settings,
    });
    const outcome = await area.connectors.perform(
      call("other-key", "run-ssh-command", { host: "web-01", argv: ["true"] }),
    );
    assert.match(outcome.kind === "failed" ? outcome.reason : "", /shows the host key SHA256:/);
    const unlisted = await area.connectors.plan("run-ssh-command", "hosts", { host: "dir-01", argv: ["true"] });
    assert.deepEqual(unlisted, { ok: false, at: "host", reason: '"dir-01" is not among the hosts of this connector' });
  });

  test("without the allow list nothing reaches the lab", async () => {
    await area.add({
      id: "no-way",
      kind: "ssh-host",
      secrets: { privateKey: lab.key.privateKey },
      settings: { hosts: [lab.line("web-01")], user: "root" },
    });
    const outcome = await area.connectors.perform(
      call("no-way", "run-ssh-command", { host: "web-01", argv: ["true"] }),
    );
    assert.match(outcome.kind === "failed" ? outcome.reason : "", /allow list does not name it/);
  });
});
