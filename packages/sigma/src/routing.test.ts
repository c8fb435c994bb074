/** routing: which events feed which rules, in every shape that events arrive in. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compile, type Logsource, parseRules, type SigmaEvent } from "./index.ts";

const SYSMON = "Microsoft-Windows-Sysmon/Operational";

function fires(
  logsource: Logsource,
  event: SigmaEvent,
  detection: Record<string, unknown> = { Image: "c:\\a.exe" },
): boolean {
  const rule = { title: "t", logsource, detection: { s: detection, condition: "s" } };
  const { rules, problems } = parseRules([{ path: "t.yml", text: JSON.stringify(rule) }]);
  assert.deepEqual(problems, []);
  return compile(rules).match(event).length === 1;
}

const created: Logsource = { category: "process_creation", product: "windows" };

test("process creation is fed by Sysmon 1 and by Security 4688 under its own names", () => {
  assert.ok(fires(created, { fields: { Channel: SYSMON, EventID: 1, Image: "C:\\a.exe" } }));
  assert.ok(fires(created, { fields: { Channel: SYSMON, EventID: "1", Image: "C:\\a.exe" } }));
  assert.ok(fires(created, { fields: { Channel: "security", EventID: 4688, NewProcessName: "C:\\a.exe" } }));
  assert.ok(!fires(created, { fields: { Channel: SYSMON, EventID: 3, Image: "C:\\a.exe" } }));
  assert.ok(!fires(created, { fields: { Channel: "Security", EventID: 4689, NewProcessName: "C:\\a.exe" } }));
  assert.ok(!fires(created, { fields: { Channel: "Other", EventID: 1, Image: "C:\\a.exe" } }));
  const parent = { ParentProcessId: 7, ProcessId: 9, User: "bob" };
  const fields = { Channel: "Security", EventID: 4688, ProcessId: 7, NewProcessId: 9, SubjectUserName: "Bob" };
  assert.ok(fires(created, { fields }, parent));
});

test("a security rule sees 4688 under the names of the event itself", () => {
  const fields = { Channel: "Security", EventID: 4688, ProcessId: 7, NewProcessId: 9 };
  assert.ok(fires({ product: "windows", service: "security" }, { fields }, { ProcessId: 7 }));
});

test("registry operations are told apart by event type", () => {
  const deleted = { category: "registry_delete", product: "windows" };
  const added = { category: "registry_add", product: "windows" };
  const any = { category: "registry_event", product: "windows" };
  const event = (EventType: string): SigmaEvent => ({
    fields: { Channel: SYSMON, EventID: 12, EventType, Image: "c:\\a.exe" },
  });
  assert.deepEqual(
    [deleted, added, any].map((source) => fires(source, event("DeleteValue"))),
    [true, false, true],
  );
  assert.deepEqual(
    [deleted, added, any].map((source) => fires(source, event("CreateKey"))),
    [false, true, true],
  );
  assert.deepEqual(
    [deleted, added, any].map((source) => fires(source, event("INFO"))),
    [false, false, true],
  );
});

test("a lost channel is found by provider, and nested shapes are flattened", () => {
  assert.ok(fires(created, { fields: { SourceName: "Microsoft-Windows-Sysmon", EventID: 1, Image: "C:\\a.exe" } }));
  const evtx = {
    Event: {
      System: { Channel: SYSMON, EventID: { "#attributes": { Qualifiers: 1 }, "#text": 1 } },
      EventData: { Image: "C:\\a.exe" },
    },
  };
  assert.ok(fires(created, { fields: evtx }));
  const beats = { winlog: { channel: SYSMON, event_id: "1", event_data: { Image: "C:\\a.exe" } } };
  assert.ok(fires(created, { fields: beats }));
  const defender = { Channel: "Microsoft-Windows-Windows Defender/Operational", EventID: 1116, "Threat Name": "x" };
  assert.ok(fires({ product: "windows", service: "windefend" }, { fields: defender }, { ThreatName: "X" }));
  assert.ok(fires({ category: "antivirus" }, { fields: defender }, { Signature: "x" }));
});

test("forwarders' own spellings of System fields are found", () => {
  const fields = { Channel: "System", EventID: 7045, SourceName: "Service Control Manager", Hostname: "h1" };
  const detection = { Provider_Name: "Service Control Manager", Computer: "H1", EventID: 7045 };
  assert.ok(fires({ product: "windows", service: "system" }, { fields }, detection));
});

test("outside Windows the stated log source decides; what the rule leaves open fits anything", () => {
  const fields = { Image: "c:\\a.exe" };
  const linux = { product: "linux", category: "process_creation" };
  assert.ok(fires(linux, { fields, logsource: linux }));
  assert.ok(fires({ product: "linux" }, { fields, logsource: linux }));
  assert.ok(fires({ category: "process_creation" }, { fields, logsource: linux }));
  assert.ok(!fires({ product: "linux", service: "auditd" }, { fields, logsource: linux }));
  assert.ok(!fires({ product: "macos", category: "process_creation" }, { fields, logsource: linux }));
  assert.ok(fires({ category: "proxy" }, { fields, logsource: { product: "squid", category: "proxy" } }));
  assert.ok(!fires(linux, { fields }));
});

test("well-known fields give a log source away when nobody states one", () => {
  const trail = { eventSource: "s3.amazonaws.com", eventName: "GetObject", Image: "c:\\a.exe" };
  assert.ok(fires({ product: "aws", service: "cloudtrail" }, { fields: trail }));
  assert.ok(
    fires({ product: "linux", service: "auditd" }, { fields: { type: "EXECVE", a0: "x", Image: "c:\\a.exe" } }),
  );
});

test("without routing every rule sees every event", () => {
  const { rules } = parseRules([
    {
      path: "t.yml",
      text: JSON.stringify({ title: "t", logsource: { product: "x" }, detection: { s: { a: 1 }, condition: "s" } }),
    },
  ]);
  assert.equal(compile(rules).match({ fields: { a: 1 } }).length, 0);
  assert.equal(compile(rules, { routing: false }).match({ fields: { a: 1 } }).length, 1);
});

test("a match names the fields, values and patterns that made it, and not the filters", () => {
  const detection = {
    s: { "Image|endswith": ["\\b.exe", "\\a.exe"], User: "bob" },
    filter: { User: "alice" },
    condition: "s and not filter",
  };
  const text = JSON.stringify({ title: "t", logsource: created, detection });
  const engine = compile(parseRules([{ path: "t.yml", text }]).rules);
  const [match] = engine.match({ fields: { Channel: SYSMON, EventID: 1, Image: "C:\\A.exe", User: "Bob" } });
  assert.deepEqual(match?.fields, [
    { field: "Image", value: "C:\\A.exe", pattern: "\\a.exe", selection: "s" },
    { field: "User", value: "Bob", pattern: "bob", selection: "s" },
  ]);
});
