/** to-ocsf: an event keeps all it knows when it is written as OCSF. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { COLUMN_PATHS } from "./columns.ts";
import { activityNameOf, classify, classNameOf } from "./classes.ts";
import { severityOfSyslog, severityOfWord } from "./severity.ts";
import { type OcsfColumns, toOcsf } from "./to-ocsf.ts";

const EMPTY: OcsfColumns = {
  time_ms: 0,
  time_ns: 0,
  class_uid: 0,
  activity_id: 0,
  severity_id: 0,
  status_id: 0,
  product: "",
  channel: "",
  event_code: "",
  host: "",
  user: "",
  user_domain: "",
  target_user: "",
  src_ip: "",
  src_port: 0,
  dst_ip: "",
  dst_port: 0,
  peer_host: "",
  process_path: "",
  process_cmd: "",
  process_pid: 0,
  process_guid: "",
  parent_path: "",
  parent_cmd: "",
  parent_pid: 0,
  file_path: "",
  reg_path: "",
  reg_value: "",
  sha256: "",
  md5: "",
  domain: "",
  url: "",
  http_method: "",
  http_status: 0,
  object: "",
  session: "",
  message: "",
};

test("classes and activities are found by name and by number", () => {
  assert.deepEqual(classify("registry_value_activity", "set"), { class_uid: 201002, activity_id: 2 });
  assert.equal(classNameOf(3002), "authentication");
  assert.equal(activityNameOf(1007, 1), "launch");
  assert.equal(activityNameOf(1007, 77), "unknown");
  assert.equal(classNameOf(999), "unknown");
  assert.equal(severityOfSyslog(0), 6);
  assert.equal(severityOfSyslog(-1), 0);
  assert.equal(severityOfWord("Warning"), 3);
});

test("a process launch", () => {
  const event = toOcsf(
    {
      ...EMPTY,
      time_ms: 1_700_000_000_123,
      class_uid: 1007,
      activity_id: 1,
      severity_id: 3,
      product: "sysmon",
      host: "pc1",
      user: "ida",
      process_path: "C:\\cmd.exe",
      process_cmd: "cmd /c id",
      process_pid: 42,
      parent_path: "C:\\explorer.exe",
      sha256: "aa",
      md5: "bb",
      message: "Process created",
    },
    { id: "e1", raw: "{}", fields: JSON.parse('{"a":{"b":[1,null]},"__proto__":{"polluted":1}}') },
  );
  assert.equal(event["type_uid"], 100701);
  assert.equal(event["category_uid"], 1);
  assert.equal(event["activity_name"], "Launch");
  assert.equal(event["severity"], "Medium");
  assert.deepEqual(event["device"], { hostname: "pc1" });
  assert.deepEqual(event["process"], {
    file: {
      path: "C:\\cmd.exe",
      hashes: [
        { algorithm_id: 1, algorithm: "MD5", value: "bb" },
        { algorithm_id: 3, algorithm: "SHA-256", value: "aa" },
      ],
    },
    cmd_line: "cmd /c id",
    pid: 42,
    parent_process: { file: { path: "C:\\explorer.exe" } },
  });
  assert.equal(event["raw_data"], "{}");
  assert.equal(JSON.stringify(event["unmapped"]), '{"a":{"b":[1,null]},"__proto__":{"polluted":1}}');
  const plain: Record<string, unknown> = {};
  assert.equal(plain["polluted"], undefined);
});

test("acting and acted upon are kept apart", () => {
  const open = toOcsf({ ...EMPTY, class_uid: 1007, activity_id: 3, process_path: "a.exe", object: "lsass.exe" });
  assert.deepEqual(open["actor"], { process: { file: { path: "a.exe" } } });
  assert.deepEqual(open["process"], { file: { path: "lsass.exe" } });
  const logon = toOcsf({
    ...EMPTY,
    class_uid: 3002,
    activity_id: 1,
    user: "ida",
    user_domain: "NORTH",
    src_ip: "10.0.0.1",
  });
  assert.deepEqual(logon["user"], { name: "ida", domain: "NORTH" });
  assert.deepEqual(logon["src_endpoint"], { ip: "10.0.0.1" });
});

test("every column with a value has a place", () => {
  for (const class_uid of [0, 1007, 1005, 3002, 4002, 6003, 201002]) {
    const columns = { ...EMPTY, class_uid, activity_id: 1, time_ms: 1, severity_id: 1, status_id: 1, time_ns: 5 };
    const filled = Object.fromEntries(
      Object.entries(columns).map(([name, value]) => [name, value === "" ? `<${name}>` : value === 0 ? 7 : value]),
    );
    const text = JSON.stringify(toOcsf({ ...columns, ...filled, class_uid }));
    for (const name of Object.keys(COLUMN_PATHS)) {
      if (filled[name] === `<${name}>`) assert.ok(text.includes(`<${name}>`), `${name} of class ${class_uid}`);
    }
  }
});
