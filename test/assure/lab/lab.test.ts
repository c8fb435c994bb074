/** lab.test: the lab stands, its hosts reach each other and us, and nothing of it is left afterwards. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { labMissing, startLab } from "./lab.ts";
import { must } from "./command.ts";

test("a lab of five hosts stands, and leaves nothing behind", { skip: labMissing() }, async () => {
  const lab = await startLab();
  try {
    assert.equal(lab.ping("client-01", "web-01"), true);
    assert.equal(lab.ping("web-01", lab.address), true);
    assert.equal(lab.ping("client-01", "10.213.0.254"), false);
    assert.equal(lab.exec("web-01", ["hostname"]).stdout.trim(), "web-01");
    assert.equal(lab.bind("alice", lab.directory.people["alice"] ?? ""), true);
    assert.equal(lab.bind("alice", "wrong"), false);
    assert.equal(lab.names.resolve(lab.host("client-01"), lab.names.domain), lab.host("web-01").address);
    const seen = lab.exec("web-01", ["ps", "-e", "-o", "comm="]).stdout;
    assert.match(seen, /sshd/);
    assert.doesNotMatch(seen, /slapd|named|node/);
  } finally {
    await lab.close();
  }
  assert.doesNotMatch(must(["ip", "-o", "-4", "address"]).stdout, new RegExp(lab.address.replaceAll(".", "\\.")));
});
