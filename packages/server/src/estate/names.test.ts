/** names.test: the merge rules, each with a pair that is one thing and a pair that is two. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { accountName, hostName, sameHost } from "./names.ts";

const same = (a: string, b: string): boolean => {
  const [left, right] = [hostName(a), hostName(b)];
  return left !== undefined && right !== undefined && sameHost(left, right);
};

test("hosts: case and short name merge, other domains and other names do not", () => {
  assert.ok(same("WEB-1", "web-1"));
  assert.ok(same("web-1", "web-1.example.org."));
  assert.ok(!same("web-1.example.org", "web-1.other.net"));
  assert.ok(!same("web-1", "web-11"));
});

test("what is no host name", () => {
  for (const text of ["", "-", "localhost", "10.0.0.1", "fe80::1"]) assert.equal(hostName(text), undefined, text);
});

test("accounts: domain prefix and mail form are the same account", () => {
  assert.deepEqual(accountName("CORP\\Alice"), { key: "alice", rule: "domain-prefix" });
  assert.deepEqual(accountName("alice@corp.example"), { key: "alice", rule: "mail-form" });
  assert.deepEqual(accountName("Alice"), { key: "alice", rule: "same-name" });
});

test("machine accounts and the system itself are nobody", () => {
  for (const text of ["WEB-1$", "NT AUTHORITY\\SYSTEM", "Window Manager\\DWM-1", "ANONYMOUS LOGON", "-", ""])
    assert.equal(accountName(text), undefined, text);
});
