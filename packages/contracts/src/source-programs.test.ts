/** source-programs.test: every program that is offered leads to lines of its own, and is found by the words people know it by. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { portClients } from "./port-kinds.ts";
import { sourceClients } from "./source-kinds.ts";
import { findPrograms, SOURCE_PROGRAMS } from "./source-programs.ts";

test("every program has its own id, and lines that carry the address and the key", () => {
  assert.equal(new Set(SOURCE_PROGRAMS.map(({ id }) => id)).size, SOURCE_PROGRAMS.length);
  for (const { id, by } of SOURCE_PROGRAMS) {
    if (by.way === "key") {
      const clients = sourceClients(by.kind, { url: "https://holdfast.example:8420", key: "hfs_abc" });
      const client = clients.find(({ name }) => name.startsWith(by.client));
      assert.ok(client !== undefined, `${id}: ${by.kind} has no "${by.client}"`);
      assert.match(client.lines, /holdfast\.example/, id);
      assert.ok(client.lines.includes("hfs_abc") || by.kind === "osquery", `${id}: the key is in the lines`);
    } else if (by.way === "port") {
      const clients = portClients(by.kind, { host: "holdfast.example", port: 5514 });
      const client = clients.find(({ name }) => name.startsWith(by.client));
      assert.ok(client !== undefined, `${id}: ${by.kind} has no "${by.client}"`);
      assert.match(client.lines, /holdfast\.example[\s\S]*5514|5514[\s\S]*holdfast\.example/, id);
    }
  }
});

test("a program is found by what people call it, the one of that name first", () => {
  const first = (text: string): string | undefined => findPrograms(text)[0]?.id;
  assert.deepEqual(
    ["filebeat", "Splunk forwarder", "wef", "grafana loki", "sysmon", "k8s", "promet", "fortinet"].map(first),
    [
      "filebeat",
      "splunk-forwarder",
      "windows-forwarding",
      "promtail",
      "sysmon-linux",
      "kubernetes",
      "prometheus",
      "fortigate",
    ],
  );
  assert.equal(findPrograms("").length, SOURCE_PROGRAMS.length);
  assert.deepEqual(findPrograms("no such program"), []);
  // Sysmon of Windows comes by other programs, which stand right behind.
  assert.ok(
    findPrograms("sysmon")
      .slice(0, 3)
      .some(({ id }) => id === "winlogbeat"),
  );
});
