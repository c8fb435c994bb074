/** correlation-equality: correlations find in a scan what they find in the stream: rules of every type over one set of events that come
 *  late and out of order within the bound, in the stream; the same matches, with their group, counts, values and times. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Explained } from "@holdfast/contracts/authoring";
import { authoringRoutes } from "@holdfast/contracts/authoring";
import type { Client } from "../client.ts";
import { scanFolder } from "./scan.testing.ts";
import { streamed } from "./stream.testing.ts";

const BASE = { failed: 4625, worked: 4624, locked: 4740 } as const;
type Base = keyof typeof BASE;

/** Name -> the body of the correlation: each type of the specification, those beyond it, bounds of both directions, and a chain. */
const CORRELATIONS: Readonly<Record<string, string>> = {
  many: "{ type: event_count, rules: [failed], group-by: [TargetUserName], timespan: 1m, condition: { gte: 4 } }",
  between: "{ type: event_count, rules: [failed], group-by: [host], timespan: 2m, condition: { gt: 6, lte: 12 } }",
  exact: "{ type: event_count, rules: [failed], group-by: [TargetUserName], timespan: 45s, condition: { eq: 2 } }",
  spray:
    "{ type: value_count, rules: [failed], group-by: [IpAddress], timespan: 2m, condition: { field: TargetUserName, gte: 5 } }",
  pairs:
    "{ type: value_count, rules: [failed, worked], group-by: [IpAddress], timespan: 3m, condition: { field: [TargetUserName, host], gte: 5 } }",
  sum: "{ type: value_sum, rules: [failed], group-by: [TargetUserName], timespan: 1m, condition: { field: Bytes, gte: 2000 } }",
  average:
    "{ type: value_avg, rules: [worked], group-by: [TargetUserName], timespan: 3m, condition: { field: Bytes, gte: 700 } }",
  median:
    "{ type: value_median, rules: [worked], group-by: [IpAddress], timespan: 3m, condition: { field: Bytes, gte: 700 } }",
  percentile:
    "{ type: value_percentile, rules: [failed], group-by: [IpAddress], timespan: 2m, condition: { field: Bytes, percentile: 80, gte: 850 } }",
  together: "{ type: temporal, rules: [failed, worked, locked], group-by: [TargetUserName], timespan: 2m }",
  order: "{ type: temporal_ordered, rules: [failed, locked, worked], group-by: [TargetUserName], timespan: 3m }",
  without:
    "{ type: temporal, rules: [failed, worked, locked], group-by: [TargetUserName, IpAddress], timespan: 2m, condition: failed and locked and not worked }",
  guessed:
    "{ type: temporal_ordered, rules: [many, worked], group-by: [TargetUserName], timespan: 4m, generate: true }",
};

const idOf = (name: string): string =>
  `00000000-0000-4000-8000-${Buffer.from(name).toString("hex").slice(0, 12).padStart(12, "0")}`;

function rules(): string {
  const bases = Object.entries(BASE).map(
    ([
      name,
      code,
    ]) => `title: ${name}\nid: ${idOf(name)}\nname: ${name}\nlogsource: { product: windows, service: security }
detection: { s: { EventID: ${code} }, condition: s }\nlevel: low\n`,
  );
  const correlations = Object.entries(CORRELATIONS).map(
    ([name, body]) => `title: ${name}\nid: ${idOf(name)}\nname: ${name}\ncorrelation: ${body}\nlevel: high\n`,
  );
  return [...bases, ...correlations].join("---\n");
}

const START = Date.UTC(2026, 2, 2, 8);
const MINUTE = 60_000;
/** The stream waits ten minutes for what is late. */
const LATEST = 8 * MINUTE;
const USERS = 5;
const ADDRESSES = 3;

interface Made {
  readonly base: Base;
  readonly ms: number;
  readonly user: number;
  readonly address: number;
  readonly bytes: number;
}

/** Forty minutes of logons as they arrive: each up to eight minutes late. An hour later every group hears once more of each base, so
 *  that windows which wait for their end are over in the stream as well. */
function events(): string[] {
  const random = randomFrom(20_260_302);
  const below = (most: number): number => Math.floor(random() * most);
  const story = Array.from({ length: 400 }, (): Made & { readonly arrives: number } => {
    const ms = below(40 * 60) * 1_000 + below(10) * 100;
    const base = (["failed", "failed", "failed", "worked", "worked", "locked"] as const)[below(6)] ?? "failed";
    const made = { base, ms, user: below(USERS), address: below(ADDRESSES), bytes: below(1_000) };
    return { ...made, arrives: ms + below(LATEST) };
  });
  const end = Array.from({ length: USERS * ADDRESSES }, (_, at): Made[] => {
    const place = { user: at % USERS, address: Math.floor(at / USERS), bytes: 0 };
    const ms = 120 * MINUTE + at * 5 * MINUTE;
    return [
      { ...place, base: "failed", ms },
      { ...place, base: "worked", ms: ms + 1_000 },
    ];
  }).flat();
  return [...story.sort((a, b) => a.arrives - b.arrives), ...end].map(({ base, ms, user, address, bytes }) =>
    JSON.stringify({
      Channel: "Security",
      EventID: BASE[base],
      TimeCreated: new Date(START + ms).toISOString(),
      Hostname: `pc${user % 3}`,
      TargetUserName: `user${user}`,
      IpAddress: `192.0.2.${address + 1}`,
      Bytes: bytes,
    }),
  );
}

/** What one match is, wherever it was found. */
type Found = readonly [
  rule: string,
  group: string,
  first: string,
  last: string,
  formed: string,
  count: number,
  value: number,
];

const rounded = (value: number): number => Math.round(value * 1e6) / 1e6;
const NO_DIFFERENCE = { onlyInStream: [], onlyInScan: [] };

/** What is in the first and not in the second. */
function without(found: readonly Found[], others: readonly Found[]): string[] {
  const known = new Set(others.map((one) => JSON.stringify(one)));
  return found.map((one) => JSON.stringify(one)).filter((one) => !known.has(one));
}

interface ScannedMatch {
  readonly rule_title: string;
  readonly time: string;
  readonly correlation?: {
    readonly group: Readonly<Record<string, string>>;
    readonly count: number;
    readonly value: number;
    readonly first: string;
    readonly last: string;
  };
}

async function scanned(path: string, rulePaths: readonly string[]): Promise<Found[]> {
  const folder = scanFolder();
  try {
    const { code, matches } = await folder.ndjson({ paths: [path], rulePaths, workers: 2 });
    assert.equal(code, 0);
    return (matches as unknown[] as ScannedMatch[]).flatMap(({ rule_title, time, correlation }): Found[] => {
      if (correlation === undefined) return [];
      const { group, first, last, count, value } = correlation;
      return [[rule_title, JSON.stringify(Object.entries(group)), first, last, time, count, rounded(value)]];
    });
  } finally {
    folder.remove();
  }
}

async function inStream(client: Client, stored: number): Promise<Found[]> {
  const found: Found[] = [];
  for (const name of Object.keys(CORRELATIONS)) {
    for (const signal of await settledSignals(client, idOf(name))) {
      if (signal.withdrawn !== null) continue;
      const explained: Explained = await client.call(authoringRoutes.explainSignal, { params: { id: signal.id } });
      const facts = explained.correlation ?? assert.fail(`${name}: ${explained.sentence}`);
      assert.ok(facts.events.length > 0 && facts.events.length <= stored, name);
      const group = JSON.stringify(facts.group.map(({ name: field, value }) => [field, value]));
      const { firstAt, lastAt, formedAt, count, value } = facts;
      found.push([name, group, firstAt, lastAt, formedAt, count, rounded(value)]);
    }
  }
  return found;
}

/** Signals of matches reach the event store a moment after the block that made them. */
async function settledSignals(client: Client, id: string) {
  for (let before = -1; ; ) {
    const items = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = { limit: 100, ...(cursor === undefined ? {} : { cursor }) };
      const { items: some, next } = await client.call(authoringRoutes.listRuleSignals, { params: { id }, query: page });
      items.push(...some);
      cursor = next;
    }
    if (items.length === before) return items;
    before = items.length;
    await sleep(2_500);
  }
}

test("late and out of order, correlations of every type find the same in the stream and in a scan", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-equality-"));
  try {
    mkdirSync(join(folder, "rules"));
    writeFileSync(join(folder, "rules", "logons.yml"), rules());
    const path = join(folder, "logons.ndjson");
    writeFileSync(path, `${events().join("\n")}\n`);
    const scan = await scanned(path, [join(folder, "rules")]);
    const counts = Object.keys(CORRELATIONS).map(
      (name) => [name, scan.filter(([rule]) => rule === name).length] as const,
    );
    for (const [name, count] of counts) assert.ok(count > 0, `${name} matches nothing: the test would not test it`);
    const stream = await streamed({ path, rules: [join(folder, "rules")], starter: false }, inStream);
    assert.deepEqual({ onlyInStream: without(stream, scan), onlyInScan: without(scan, stream) }, NO_DIFFERENCE);
    assert.equal(stream.length, scan.length);
    t.diagnostic(`${scan.length} matches: ${counts.map(([name, count]) => `${name} ${count}`).join(", ")}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** Small, fast and reproducible. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}
