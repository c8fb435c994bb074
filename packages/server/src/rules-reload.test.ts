/** rules-reload.test: rules are edited again and again while events stream in: no event is lost, and none passes without the rules.
 *  With the SigmaHQ rules where the test data has them, so that a reload is as large as it gets. Then the whole way of matches that
 *  raise no alert: those in test and those that an exception hides. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type Running, startHoldfast } from "./main.ts";
import { loadConfig } from "./platform/config/index.ts";

const BATCHES = 20;
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
async function edit(load: { over: boolean; swaps: number }): Promise<void> {
  while (!load.over) {
    const body = { text: rule("edited", `edit ${load.swaps}`), version: load.swaps };
    load.swaps = Number((await ask("PUT", "/api/rules/edited", body))["version"]);
  }
}

test("every event is stored once and matched by every rule while rules are swapped under load", async (t) => {
  const { source } = (await ask("POST", "/api/sources", { name: "reload" })) as { source: { id: string } };
  let sent = 0;
  const load = { over: false, swaps: 0 };
  const edits = edit(load).then(
    () => undefined,
    (error: unknown) => error,
  );
  for (let batch = 0; batch < BATCHES || (load.swaps < 3 && batch < 20 * BATCHES); batch += 1) {
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
  load.over = true;
  assert.equal(await edits, undefined);
  assert.ok(load.swaps >= 3, `only ${load.swaps} edits fell into the load`);
  for (let tries = 0; (await count("host:ws-1")) < sent && tries < 300; tries += 1) await sleep(200);
  assert.equal(await count("host:ws-1"), sent);
  const matched = async (id: string): Promise<unknown> => (await ask("GET", `/api/rules/${id}`))["matchesTotal"];
  for (let tries = 0; (await matched("edited")) !== sent && tries < 100; tries += 1) await sleep(300);
  const { total } = await ask("GET", "/api/rules?limit=1");
  t.diagnostic(`${sent} events, ${load.swaps} swaps of ${String(total)} rules`);
  assert.deepEqual([await matched("steady"), await matched("edited")], [sent, sent]);
});

test("a rule in test and an exception raise no alert, are counted exactly, and alerts explain themselves", async () => {
  const { source } = (await ask("POST", "/api/sources", { name: "quiet" })) as { source: { id: string } };
  const probe = (id: string, word: string): string =>
    rule(id, "").replace("reload-probe", word).replace("description: \n", "");
  await ask("POST", "/api/rules", { text: probe("tried", "quiet-probe"), state: "test" });
  await ask("POST", "/api/rules", { text: probe("loud", "quiet-probe"), state: "live" });
  const filter = `title: Seven is known
logsource: { product: windows, category: process_creation }
filter:
  rules: [loud]
  selection: { CommandLine|contains: seven }
  condition: not selection
`;
  const made = await ask("POST", "/api/exceptions", { text: filter, owner: "nora", reason: "known", expiresAt: null });
  const events = Array.from({ length: 30 }, (_, n) => ({
    Channel: "Microsoft-Windows-Sysmon/Operational",
    EventID: 1,
    Computer: "ws-2",
    UtcTime: new Date().toISOString(),
    Image: "C:\\Windows\\System32\\cmd.exe",
    CommandLine: `cmd /c quiet-probe ${n % 3 === 0 ? "seven" : "other"} ${n}`,
  }));
  await ask("POST", `/api/ingest/events?source=${source.id}`, events);
  const alerts = async (): Promise<{ id: string; ruleId: string; count: number }[]> =>
    (await ask("GET", "/api/alerts?entity=ws-2"))["items"] as { id: string; ruleId: string; count: number }[];
  for (let tries = 0; (await alerts()).length === 0 && tries < 300; tries += 1) await sleep(100);
  assert.deepEqual(
    (await alerts()).map(({ ruleId, count: signals }) => [ruleId, signals]),
    [["loud", 20]],
  );
  assert.equal((await ask("GET", `/api/exceptions/${String(made["id"])}`))["hiddenTotal"], 10);
  const listed = async (path: string) => ((await ask("GET", path))["items"] as unknown[]).length;
  assert.equal(await listed(`/api/exceptions/${String(made["id"])}/hidden`), 10);
  assert.equal(await listed("/api/rules/tried/signals?outcome=test"), 30);
  const [alert] = await alerts();
  const why = await ask("GET", `/api/alerts/${alert?.id ?? ""}/explain`);
  assert.equal((why["explanation"] as { matched: boolean }).matched, true);
  assert.ok((why["signals"] as unknown[]).length >= 10);
  const proposal = await ask("POST", "/api/exceptions/propose", { alert: alert?.id ?? "", fields: ["Computer"] });
  assert.match(String(proposal["text"]), /rules:\n {4}- loud\n {2}selection:\n {4}Computer: ws-2\n/);
});
