/** entity.test: what signals collapse on, and which entities an event names in which role. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CLASSES } from "@holdfast/ocsf";
import { EVENT_DEFAULTS, type EventColumns } from "@holdfast/sdk";
import { collapseEntity, ENTITY_TABLE, entitiesOf } from "./entity.ts";

const event = (columns: Partial<EventColumns>): EventColumns => ({ ...EVENT_DEFAULTS, ...columns });
const sshd = event({
  class_uid: CLASSES.authentication.uid,
  activity_id: 1,
  host: "bastion-01",
  user: "root",
  src_ip: "203.0.113.9",
});

test("a failed logon at a server collapses on the attacked host, whatever the address", () => {
  assert.deepEqual(collapseEntity(sshd, { product: "linux", service: "sshd" }), { kind: "host", value: "bastion-01" });
});

test("ticket events of a domain controller collapse on the account, cloud audit on the identity, proxy logs on the client", () => {
  const ticket = event({
    class_uid: CLASSES.authentication.uid,
    activity_id: 4,
    host: "dc-01",
    user: "svc-sql",
    src_ip: "10.20.1.11",
  });
  assert.deepEqual(collapseEntity(ticket, { product: "windows", service: "security" }), {
    kind: "user",
    value: "svc-sql",
  });
  const cloud = event({
    class_uid: CLASSES.api_activity.uid,
    user: "deploy",
    src_ip: "198.51.100.4",
    host: "s3.amazonaws.com",
  });
  assert.deepEqual(collapseEntity(cloud, { product: "aws", service: "cloudtrail" }), { kind: "user", value: "deploy" });
  const proxy = event({ class_uid: CLASSES.http_activity.uid, host: "proxy-1", src_ip: "10.20.1.11" });
  assert.deepEqual(collapseEntity(proxy, { category: "proxy" }), { kind: "ip", value: "10.20.1.11" });
});

test("an event that names nothing still has an entity, and '-' is no name", () => {
  assert.deepEqual(collapseEntity(event({ host: "-", user: "" }), {}), { kind: "host", value: "unknown" });
});

test("every row says why", () => {
  for (const row of ENTITY_TABLE) assert.ok(row.reason.length > 20);
});

test("entities carry their part in the event; digests of system programs are left out", () => {
  assert.deepEqual(entitiesOf(sshd), [
    { kind: "host", value: "bastion-01", role: "own" },
    { kind: "user", value: "root", role: "seen" },
    { kind: "ip", value: "203.0.113.9", role: "origin" },
  ]);
  const digest = "a".repeat(64);
  const launched = { class_uid: CLASSES.process_activity.uid, host: "ws", sha256: digest };
  const hashes = (path: string) =>
    entitiesOf(event({ ...launched, process_path: path })).filter((e) => e.kind === "hash").length;
  assert.equal(hashes("C:\\Windows\\System32\\cmd.exe"), 0);
  assert.equal(hashes("C:\\Users\\x\\Downloads\\cmd.exe"), 1);
});
