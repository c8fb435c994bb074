/** correlation.test: correlations in the whole server: records go in over HTTP, and the alert that comes of them names its group and
 *  the events behind it, is found in the events, and keeps quiet what only counts. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Running, startHoldfast } from "./main.ts";
import { loadConfig } from "./platform/config/index.ts";

const home = mkdtempSync(join(tmpdir(), "hf correlation test "));
const folder = join(home, "own rules");
const RULES = `
title: Door refused
id: 11111111-1111-4111-8111-111111111111
logsource: { product: linux, service: sshd }
detection: { s: { message|startswith: "Failed password" }, condition: s }
level: low
---
title: Door opened
id: 22222222-2222-4222-8222-222222222222
logsource: { product: linux, service: sshd }
detection: { s: { message|startswith: "Accepted password" }, condition: s }
level: low
---
title: Door tried
id: 33333333-3333-4333-8333-333333333333
correlation:
  type: event_count
  rules: [11111111-1111-4111-8111-111111111111]
  group-by: [user]
  timespan: 5m
  condition: { gte: 5 }
level: medium
---
title: Door forced
id: 44444444-4444-4444-8444-444444444444
correlation:
  type: temporal_ordered
  rules: [33333333-3333-4333-8333-333333333333, 22222222-2222-4222-8222-222222222222]
  group-by: [user]
  timespan: 10m
level: high
`;

let running: Running;
let key = "";

before(async () => {
  mkdirSync(folder);
  writeFileSync(join(folder, "door.yml"), RULES);
  const flags = {
    home: join(home, "home"),
    "http.port": 0,
    "syslog.udp.port": 0,
    "syslog.tcp.port": 0,
    "log.level": "silent",
    "rules.starter": false,
    "rules.paths": folder,
  };
  running = await startHoldfast({ loaded: loadConfig({ flags, env: {} }), checkAnswers: true });
  const made = await ask("POST", "/api/sources", { name: "doors", kind: "http" });
  key = String((made as { key?: unknown }).key);
});
after(async () => {
  await running.stop();
  rmSync(home, { recursive: true, force: true });
});

async function ask(method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${running.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${running.token}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${await response.clone().text()}`);
  return response.json();
}

async function send(lines: readonly string[]): Promise<void> {
  const response = await fetch(`${running.url}/api/ingest/events`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "text/plain" },
    body: lines.join("\n"),
  });
  assert.ok(response.ok, await response.text());
}

interface Alert {
  readonly id: string;
  readonly ruleId: string;
  readonly count: number;
}

async function alertsOnce(wanted: number): Promise<readonly Alert[]> {
  for (let turn = 0; ; turn += 1) {
    const { items } = (await ask("GET", "/api/alerts")) as { items: Alert[] };
    if (items.length >= wanted || turn === 300) return items;
    await sleep(200);
  }
}

const START = Date.UTC(2026, 10, 20, 9, 14);
const line = (second: number, message: string): string =>
  `<86>1 ${new Date(START + second * 1000).toISOString()} web-03 sshd 41822 - - ${message} from 203.0.113.9 port 40122 ssh2`;

test("a chain of correlations raises its one alert, and what only counts raises none", async () => {
  const failures = Array.from({ length: 8 }, (_, n) => line(n * 10, "Failed password for deploy"));
  // Out of order, and over several blocks.
  await send(failures.slice(4));
  await send(failures.slice(0, 4).toReversed());
  await send([line(100, "Accepted password for deploy"), line(101, "Failed password for somebody")]);
  const alerts = await alertsOnce(1);
  await sleep(1_000);
  const all = (await ask("GET", "/api/alerts")) as { items: Alert[] };
  assert.deepEqual(
    all.items.map(({ ruleId, count }) => [ruleId, count]),
    [["44444444-4444-4444-8444-444444444444", 1]],
    JSON.stringify(alerts),
  );
  const detail = (await ask("GET", `/api/alerts/${all.items[0]?.id}`)) as {
    samples: { fields: { field: string; value: string; selection: string }[] }[];
  };
  const fields = detail.samples[0]?.fields ?? [];
  assert.deepEqual(
    fields.filter(({ selection }) => selection === "group-by").map(({ field, value }) => [field, value]),
    [["user", "deploy"]],
  );
  const events = fields.filter(({ selection }) => selection === "contributing");
  assert.ok(events.length >= 6, JSON.stringify(fields));
});

test("matches are stored as signals, those that only count as well", async () => {
  const signalsOf = async (rule: string) =>
    ((await ask("GET", `/api/rules/${rule}/signals`)) as { items: { outcome: string }[] }).items;
  const forced = "44444444-4444-4444-8444-444444444444";
  for (let turn = 0; turn < 100 && (await signalsOf(forced)).length === 0; turn += 1) await sleep(200);
  assert.equal((await signalsOf(forced)).length, 1);
  const outcomes = async (rule: string) => (await signalsOf(rule)).map(({ outcome }) => outcome);
  assert.deepEqual(await outcomes(forced), ["alert"]);
  assert.deepEqual(await outcomes("33333333-3333-4333-8333-333333333333"), ["counted"]);
  const refused = "11111111-1111-4111-8111-111111111111";
  assert.deepEqual(
    await outcomes(refused),
    Array.from({ length: 9 }, () => "counted"),
  );
  const detail = (await ask("GET", `/api/rules/${refused}`)) as Record<string, unknown>;
  assert.deepEqual([detail["matchesTotal"], detail["countedTotal"]], [0, 9]);
  assert.deepEqual(detail["usedBy"], [
    { id: "33333333-3333-4333-8333-333333333333", title: "Door tried", counts: true },
  ]);
});

interface Explained {
  readonly text: string;
  readonly sentence: string;
  readonly ruleText: string;
  readonly withdrawn: string | null;
  readonly correlation: {
    readonly condition: string;
    readonly count: number;
    readonly value: number;
    readonly group: readonly { readonly name: string; readonly value: string }[];
    readonly events: readonly {
      readonly ruleTitle: string;
      readonly values: readonly { readonly name: string; readonly value: string }[];
    }[];
  } | null;
}

async function explanationOf(rule: string): Promise<Explained> {
  const { items } = (await ask("GET", `/api/rules/${rule}/signals`)) as { items: { id: string }[] };
  return (await ask("GET", `/api/signals/${items[0]?.id}/explain`)) as Explained;
}

test("its explanation has the window, the group and each event that counted, down through the chain", async () => {
  const tried = await explanationOf("33333333-3333-4333-8333-333333333333");
  const { condition = "", count, value, group, events = [] } = tried.correlation ?? {};
  assert.deepEqual([condition, count, value], ["gte 5 in 5m", 8, 8]);
  assert.deepEqual(group, [{ name: "user", value: "deploy" }]);
  assert.deepEqual(
    events.map(({ ruleTitle, values }) => [ruleTitle, values]),
    Array.from({ length: 8 }, () => ["Door refused", [{ name: "user", value: "deploy" }]]),
  );
  assert.match(tried.sentence, /8 matches of its rules within 70 s/);
  const forced = await explanationOf("44444444-4444-4444-8444-444444444444");
  const titles = (forced.correlation?.events ?? []).map(({ ruleTitle }) => ruleTitle);
  assert.ok(titles.length >= 6 && titles.at(-1) === "Door opened", titles.join());
  assert.equal(new Set(titles).size, 2);
});

test("what fired is explained by the text it fired with, also when the file has changed or gone since", async () => {
  const ids = ["11111111-1111-4111-8111-111111111111", "33333333-3333-4333-8333-333333333333"] as const;
  const before = await Promise.all(ids.map(explanationOf));
  assert.deepEqual(
    before.map(({ text, sentence }) => [text, sentence.endsWith("The rule is as it was when it fired.")]),
    [
      ["fired", true],
      ["fired", true],
    ],
  );
  const changed = RULES.replace('"Failed password"', '"Something else"').replace("gte: 5", "gte: 50");
  for (const [text, said] of [
    [changed, "The rule was changed since; this is the text that fired."],
    ["", "The rule is gone since; this is the text that fired."],
  ] as const) {
    writeFileSync(join(folder, "door.yml"), text);
    await ask("POST", "/api/rules/reload", {});
    const now = await explanationOf(ids[0]);
    assert.deepEqual([now.text, now.ruleText], ["fired", before[0]?.ruleText]);
    assert.ok(now.sentence.endsWith(said), now.sentence);
  }
  writeFileSync(join(folder, "door.yml"), changed);
  await ask("POST", "/api/rules/reload", {});
  const counted = await explanationOf(ids[1]);
  assert.deepEqual([counted.ruleText, counted.correlation?.condition], [before[1]?.ruleText, "gte 5 in 5m"]);
});

test("the bounds stand on the metrics", async () => {
  const response = await fetch(`${running.url}/metrics`, { headers: { authorization: `Bearer ${running.token}` } });
  const text = await response.text();
  assert.match(text, /holdfast_correlation_held\{what="groups"\} [1-9]/);
  assert.match(text, /holdfast_correlation_bounds_total\{outcome="late"\} 0/);
});
