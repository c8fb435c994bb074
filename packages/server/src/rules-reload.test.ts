/** rules-reload.test: rules are edited again and again while events stream in: no event is lost, and none passes without the rules.
 *  With the SigmaHQ rules where the test data has them, so that a reload is as large as it gets. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type Running, startHoldfast } from "./main.ts";
import { loadConfig } from "./platform/config/index.ts";

const BATCHES = 40;
const BATCH = 250;
const root = fileURLToPath(new URL("../../../", import.meta.url));
const sigmaHq = join(process.env["HOLDFAST_TEST_DATA"] ?? join(root, "../shared/data"), "sigma/rules");
const home = mkdtempSync(join(tmpdir(), "hf reload test "));
const folder = mkdtempSync(join(tmpdir(), "hf reload rules "));
const rule = (id: string, note: string): string => `title: Reload ${id}
id: ${id}
description: ${note}
logsource: { product: windows, category: process_creation }
detection:
  selection: { CommandLine|contains: reload-probe }
  condition: selection
`;

let running: Running;

before(async () => {
  writeFileSync(join(folder, "steady.yml"), rule("steady", "never touched"));
  writeFileSync(join(folder, "edited.yml"), rule("edited", "as in the file"));
  const flags = {
    home,
    "http.port": 0,
    "syslog.udp.port": 0,
    "syslog.tcp.port": 0,
    "log.level": "silent",
    "rules.paths": existsSync(sigmaHq) ? [folder, sigmaHq] : [folder],
  };
  running = await startHoldfast({ loaded: loadConfig({ flags, env: {} }) });
});
after(async () => {
  await running?.stop();
  for (const directory of [home, folder]) rmSync(directory, { recursive: true, force: true });
});

async function ask(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(`${running.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${running.token}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as Record<string, unknown>;
  assert.ok(response.ok, `${method} ${path}: ${JSON.stringify(answer)}`);
  return answer;
}

const count = async (query: string): Promise<number> => {
  const answer = await ask("POST", "/api/search", { query: `${query} | stats count`, from: "now-1d", to: "now" });
  return Number((answer["rows"] as number[][])[0]?.[0] ?? 0);
};

/** Versions of one rule, one after the other, until told to stop. */
async function edit(stop: () => boolean): Promise<number> {
  let version = 0;
  while (!stop()) {
    const text = rule("edited", `edit ${version}`);
    version = Number((await ask("PUT", "/api/rules/edited", { text, version }))["version"]);
  }
  return version;
}

test("every event is stored once and matched by every rule while rules are swapped under load", async (t) => {
  const { source } = (await ask("POST", "/api/sources", { name: "reload" })) as { source: { id: string } };
  let sent = 0;
  let over = false;
  const edits = edit(() => over).catch((error: unknown) => error);
  for (let batch = 0; batch < BATCHES; batch += 1) {
    const events = Array.from({ length: BATCH }, () => ({
      Channel: "Microsoft-Windows-Sysmon/Operational",
      EventID: 1,
      Computer: "ws-1",
      UtcTime: new Date().toISOString(),
      Image: "C:\\Windows\\System32\\cmd.exe",
      CommandLine: `cmd /c reload-probe ${(sent += 1)}`,
    }));
    await ask("POST", `/api/ingest/events?source=${source.id}`, events);
    await sleep(50);
  }
  over = true;
  const versions = await edits;
  assert.ok(Number(versions) >= 3, `only ${String(versions)} edits fell into the load`);
  for (let tries = 0; (await count("host:ws-1")) < sent && tries < 300; tries += 1) await sleep(200);
  assert.equal(await count("host:ws-1"), sent);
  const matched = async (id: string): Promise<unknown> => (await ask("GET", `/api/rules/${id}`))["matchesTotal"];
  for (let tries = 0; (await matched("edited")) !== sent && tries < 100; tries += 1) await sleep(300);
  const { total } = await ask("GET", "/api/rules?limit=1");
  t.diagnostic(`${sent} events, ${String(versions)} swaps of ${String(total)} rules`);
  assert.deepEqual([await matched("steady"), await matched("edited")], [sent, sent]);
});
