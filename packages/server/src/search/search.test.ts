/** search.test: the language on a real event store: what each construct finds, pages without gaps, pipes, limits, hostile values. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { EVENT_DEFAULTS, type EventColumns } from "@holdfast/sdk";
import { fixedClock } from "../platform/clock/index.ts";
import { type EventRow, encodeEvents } from "../platform/events/index.ts";
import { openTestEvents } from "../platform/events/testing.ts";
import { isAppError } from "../platform/errors/index.ts";
import { createOverview } from "./overview.ts";
import { createRunner } from "./run.ts";

const NOW = Date.UTC(2026, 10, 22, 12);
const LIMITS = { timeMs: 20_000, resultRows: 10_001 };
const HOSTILE = `'; DROP TABLE events; -- {p0:String} \\ % _ "quoted" \u202e`;

const ROWS: (Partial<EventColumns> & { raw?: string; notes?: string[] })[] = [
  {
    host: "web-1",
    user: "alice",
    src_ip: "10.1.2.3",
    dst_port: 443,
    process_path: "C:\\Windows\\System32\\cmd.exe",
    severity_id: 4,
    class_uid: 1007,
    event_code: "1",
    raw: JSON.stringify({ Image: "C:\\Windows\\System32\\cmd.exe", Weird: "value one" }),
  },
  {
    host: "WEB-2",
    user: "bob",
    src_ip: "10.2.0.9",
    dst_port: 22,
    severity_id: 1,
    event_code: "4625",
    status_id: 2,
    raw: "Failed password for bob from 10.2.0.9 port 22",
  },
  {
    host: "db-1",
    user: "alice",
    src_ip: "fe80::1",
    dst_port: 5432,
    severity_id: 5,
    event_code: "4624",
    status_id: 1,
    notes: ["time-assumed"],
    raw: JSON.stringify({ Event: { EventData: { TargetSid: "S-1-5-18" } } }),
  },
  {
    host: "db-1",
    user: HOSTILE,
    message: HOSTILE,
    severity_id: 2,
    event_code: "10",
    http_status: 404,
    raw: JSON.stringify({ msg: HOSTILE }),
  },
  {
    host: "web-1",
    user: "carol",
    process_cmd: "powershell -enc SQBFAFgA",
    severity_id: 3,
    http_status: 503,
    raw: '{"CommandLine":"powershell -enc SQBFAFgA","n":18446744073709551615}',
  },
];

let opened: Awaited<ReturnType<typeof openTestEvents>>;
let search: (
  query: string,
  extra?: { limit?: number; cursor?: string; from?: string; to?: string },
) => ReturnType<ReturnType<typeof createRunner>["search"]>;
let overview: ReturnType<typeof createOverview>;
let drills = new Map<string, string>();
const rehearsing = () => drills;

before(async () => {
  opened = await openTestEvents();
  const rows = ROWS.map(
    (row, index): EventRow => ({
      ...EVENT_DEFAULTS,
      time_ms: NOW - (index + 1) * 60_000,
      time_ns: 123_400,
      id: String(1000n + BigInt(index)),
      received_ms: NOW,
      source: "test",
      parser: "test",
      class: index === 1 ? "authentication" : "process_activity",
      peer: "",
      raw: "",
      ...row,
      notes: row.notes ?? [],
    }),
  );
  await opened.store.insert({
    table: "events",
    encoded: encodeEvents(rows),
    rows: rows.length,
    token: "search-test",
  });
  const runner = createRunner({ events: opened.store, clock: fixedClock(NOW), limits: LIMITS, rehearsing });
  overview = createOverview({ events: opened.store, clock: fixedClock(NOW), limits: LIMITS, rehearsing });
  search = (query, extra = {}) =>
    runner.search({ query, from: "now-1d", to: "now", limit: 100, ...extra }, new AbortController().signal);
});
after(async () => opened.close());

/** Which of the rows, by their place in ROWS. */
async function found(query: string): Promise<number[]> {
  const answer = await search(query);
  const id = answer.columns.findIndex((column) => column.name === "id");
  return answer.rows.map((row) => Number(row[id]) - 1000).sort();
}

const CASES: readonly [string, number[]][] = [
  ["", [0, 1, 2, 3, 4]],
  ["host:web-1", [0, 4]],
  ["host:web-2", [1]],
  ["host:web-*", [0, 1, 4]],
  ["host:w?b-1", [0, 4]],
  ["NOT host:web-1", [1, 2, 3]],
  ["-host:db-1 -user:alice", [1, 4]],
  ["user:(alice OR bob)", [0, 1, 2]],
  ["Image:*\\cmd.exe", [0]],
  ["process_path:C:\\Windows\\System32\\cmd.exe", [0]],
  ['"System32\\cmd.exe"', [0]],
  ["mimikatz", []],
  ["PASSWORD", [1]],
  ["passw", [1]],
  ['"password for bob"', [1]],
  ["power*enc", [4]],
  ["src_ip:10.0.0.0/8", [0, 1]],
  ["src_ip:10.1.2.3", [0]],
  ["src_ip:10.2.*", [1]],
  ["src_ip:fe80::/10", [2]],
  ["src_ip:[10.1.0.0 TO 10.1.255.255]", [0]],
  ["ip:10.2.0.9", [1]],
  ["dst_port:22", [1]],
  ["dst_port:>1000", [2]],
  ["dst_port:[22 TO 443]", [0, 1]],
  ["http_status:{404 TO 503]", [4]],
  ["severity:high", [0]],
  ["severity:>=high", [0, 2]],
  ["status:failure", [1]],
  ["EventID:4625", [1]],
  ["event_code:>4000", [1, 2]],
  ["src_ip:*", [0, 1, 2]],
  ["notes:time-assumed", [2]],
  ['Weird:"value one"', [0]],
  ["raw.Weird:value*", [0]],
  ["TargetSid:S-1-5-18", [2]],
  ["n:18446744073709551615", [4]],
  ["time:>now-150s", [0, 1]],
  ["class:authentication OR severity:critical", [1, 2]],
  ["| where host:db-1", [2, 3]],
  // What the text index answers goes first only where it stands for all rows.
  ["*", [0, 1, 2, 3, 4]],
  ["NOT *", []],
  ["** AND host:db-1", [2, 3]],
  ['host:web-1 Weird:"value one"', [0]],
  ['host:db-1 Weird:"value one"', []],
  ['Weird:"value one" OR host:db-1', [0, 2, 3]],
  ['host:web-1 NOT Weird:"value one"', [4]],
  ['"password for bob" (user:bob OR TargetSid:S-1-5-18)', [1]],
  ["host:db-1 | where TargetSid:S-1-5-18", [2]],
];
for (const [query, expected] of CASES)
  test(`"${query}" finds ${expected.join(", ") || "nothing"}`, async () =>
    assert.deepEqual(await found(query), expected));

test("a hostile value is only ever a value", async () => {
  const quoted = `"${HOSTILE.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
  assert.deepEqual(await found(`user:${quoted}`), [3]);
  assert.deepEqual(await found(quoted), [3]);
  assert.equal((await found("")).length, 5);
});

test("times keep their precision and 64-bit ids their digits", async () => {
  const { columns, rows } = await search("host:db-1 | fields time, id");
  assert.deepEqual(
    columns.map((column) => column.name),
    ["id", "time"],
  );
  assert.deepEqual(rows[0], ["1002", "2026-11-22T11:57:00.0001234Z"]);
});

test("pages join without gap or overlap", async () => {
  const ids: unknown[] = [];
  let cursor: string | undefined;
  do {
    const page = await search("", { limit: 2, ...(cursor === undefined ? {} : { cursor }) });
    ids.push(...page.rows.map((row) => row[0]));
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  assert.deepEqual(ids, ["1000", "1001", "1002", "1003", "1004"]);
});

test("stats, top, rare, where, sort, limit", async () => {
  const stats = await search(
    "| stats count, dc(user) as users, values(host), max(severity_id) by host | where users:>1 | sort host",
  );
  assert.deepEqual(
    stats.columns.map((column) => column.name),
    ["host", "count", "users", "values(host)", "max(severity_id)"],
  );
  assert.deepEqual(stats.rows, [
    ["db-1", 2, 2, ["db-1"], 5],
    ["web-1", 2, 2, ["web-1"], 4],
  ]);
  assert.deepEqual((await search("| top 1 user")).rows, [["alice", 2, 40]]);
  assert.deepEqual((await search("| stats count by severity | sort severity | limit 2")).rows.length, 2);
  assert.deepEqual((await search("| stats count by src_ip | where src_ip:10.1.2.3")).rows, [["10.1.2.3", 1]]);
  assert.deepEqual((await search("| stats avg(dst_port), p50(dst_port), first(host), last(host)")).rows[0]?.slice(2), [
    "web-1",
    "web-1",
  ]);
  assert.equal((await search("| stats count by Weird | sort -count | limit 1")).rows[0]?.[1], 4);
  assert.equal((await search("| stats count by host | stats sum(count) as n")).rows[0]?.[0], 5);
});

test("timechart fills its gaps and turns groups into series", async () => {
  const chart = await search("| timechart span=1m count by host", { from: "now-6m" });
  assert.equal(chart.stats.shape, "series");
  assert.deepEqual(chart.columns.map((column) => column.name).sort(), ["WEB-2", "db-1", "time", "web-1"]);
  assert.equal(chart.rows.length, 7);
  const total = chart.rows.flatMap((row) => row.slice(1)).reduce<number>((sum, value) => sum + Number(value), 0);
  assert.equal(total, 5);
});

test("mistakes carry place and suggestion", async () => {
  for (const [query, at, suggestion] of [
    ["hots:web-1", 0, "host:web-1"],
    ["severity:hihg", 9, undefined],
    ["src_ip:10.300.0.1", 7, undefined],
    ["dst_port:abc", 9, undefined],
    ["[400 TO 499]", 0, undefined],
    ["| stats count by host | sort hots", 29, undefined],
    ["| stats count | where foo", 22, undefined],
    ["| timechart span=1s count", 2, undefined],
  ] as const) {
    await assert.rejects(
      search(query),
      (error) =>
        isAppError(error) &&
        error.code === "SEARCH_QUERY_INVALID" &&
        error.details["at"] === at &&
        error.details["suggestion"] === suggestion,
      query,
    );
  }
  await assert.rejects(
    search("", { from: "yesterdayish" }),
    (error) => isAppError(error) && error.code === "SEARCH_TIME_INVALID",
  );
});

test("histogram, facets and completion agree with the search", async () => {
  const signal = new AbortController().signal;
  const histogram = await overview.histogram({ query: "host:web-1", from: "now-1h", to: "now", buckets: 60 }, signal);
  assert.equal(
    histogram.buckets.reduce((sum, bucket) => sum + bucket.total, 0),
    2,
  );
  const { total, facets } = await overview.facets(
    { query: "", from: "now-1h", to: "now", fields: ["host", "src_ip", "severity"], limit: 5 },
    signal,
  );
  assert.equal(total, 5);
  assert.deepEqual(facets[0], {
    field: "host",
    distinct: 3,
    values: [
      { value: "db-1", count: 2 },
      { value: "web-1", count: 2 },
      { value: "WEB-2", count: 1 },
    ],
  });
  assert.equal(facets[1]?.distinct, 3);
  assert.deepEqual((await overview.values("host", "we", signal)).items, [
    { value: "web-1", count: 2 },
    { value: "WEB-2", count: 1 },
  ]);
});

test("events of exercises are found and counted only where they are asked for", async () => {
  const signal = new AbortController().signal;
  const range = { from: "now-1h", to: "now" };
  drills = new Map([
    ["test", "ex-1"],
    ["other", "ex-2"],
  ]);
  try {
    for (const [query, places] of [
      ["", []],
      ["host:web-1", []],
      ["NOT exercise:any", []],
      ["exercise:ex-2", []],
      ["exercise:ex-3 OR host:nobody", []],
      ["exercise:any", [0, 1, 2, 3, 4]],
      ["exercise:*", [0, 1, 2, 3, 4]],
      ["exercise:EX-1 host:web-1", [0, 4]],
      ["host:web-1 | where exercise:any", [0, 4]],
      ["source:test host:web-1", [0, 4]],
      ["id:1001", [1]],
    ] as const)
      assert.deepEqual(await found(query), places, query);
    const counted = async (query: string): Promise<unknown> => (await search(`${query} | stats count()`)).rows[0]?.[0];
    assert.deepEqual([await counted("*"), await counted("exercise:any")], [0, 5]);
    const histogram = await overview.histogram({ query: "", ...range, buckets: 60 }, signal);
    assert.ok(histogram.buckets.every(({ total }) => total === 0));
    assert.equal((await overview.facets({ query: "", ...range, fields: ["host"], limit: 5 }, signal)).total, 0);
    assert.deepEqual((await overview.values("host", "we", signal)).items, []);
  } finally {
    drills = new Map();
  }
});
