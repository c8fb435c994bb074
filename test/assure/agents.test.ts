/** Agents with handshakes of their own: Debian's systemd-journal-upload and Alertmanager for real; osquery, Beats, Logstash, Fluent Bit, Vector and Wazuh by
 *  the requests that their documentation and sources describe, in their order. What they send is found again, counted to the record. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { type RunningServer, startHoldfast } from "../e2e/server.ts";
import { startAlertmanager } from "./alertmanager.ts";
import { type Api, createApi, recordsOf } from "./api.ts";
import { crowding } from "./machine.ts";
import { startPrometheus } from "./prometheus.ts";
import { program, unless } from "./requirement.ts";

const UPLOAD = "/lib/systemd/systemd-journal-upload";
const REMOTE = "/lib/systemd/systemd-journal-remote";
const journal = unless([
  existsSync(UPLOAD) && existsSync(REMOTE)
    ? false
    : "there is no systemd-journal-upload (Debian package systemd-journal-remote)",
]);

const alertmanager = unless([program("prometheus-alertmanager", "prometheus-alertmanager")]);
const prometheus = unless([program("prometheus", "prometheus")]);

describe("agents with handshakes of their own", () => {
  const outside = mkdtempSync(join(tmpdir(), "holdfast-agents-"));
  let server: RunningServer;
  let api: Api;

  before(async () => {
    server = await startHoldfast();
    api = createApi(server);
  });
  after(async () => {
    await server.stop();
    rmSync(outside, { recursive: true, force: true });
  });

  async function add(kind: string): Promise<{ id: string; key: string }> {
    const made = (await api.post("/api/sources", { name: `${kind} ${Math.random()}`, kind })) as {
      source: { id: string };
      key: string;
    };
    return { id: made.source.id, key: made.key };
  }

  /** What came of exactly `count` records. */
  async function through(id: string, count: number, quarantined = 0): Promise<Readonly<Record<string, string>>[]> {
    const until = performance.now() + 20_000 * Math.min(3, crowding());
    for (;;) {
      const now = (await api.get(`/api/sources/${id}`)) as { stored: number; quarantined: number; received: number };
      if (now.stored + now.quarantined >= count || performance.now() > until) {
        assert.deepEqual([now.received, now.stored, now.quarantined], [count, count - quarantined, quarantined]);
        break;
      }
      await sleep(100);
    }
    const query = `source:${id} | fields host, user, message, parser, product, channel, severity, src_ip, class, raw`;
    return recordsOf(await api.search({ query, from: "2000-01-01T00:00:00Z", limit: 1_000 }));
  }

  test("systemd-journal-upload: a whole journal, then only what is new; an entry that is too large is seen in quarantine", {
    skip: journal,
  }, async () => {
    const { id, key } = await add("journald");
    const file = join(outside, "system.journal");
    const write = (entries: readonly string[]): void => {
      const made = spawnSync(REMOTE, [`--output=${file}`, "-"], { input: `${entries.join("\n")}\n`, encoding: "utf8" });
      assert.equal(made.status, 0, made.stderr);
    };
    const upload = (to = key): ReturnType<typeof spawnSync> =>
      spawnSync(
        UPLOAD,
        [
          `--url=${server.url}/journal/${to}`,
          `--file=${file}`,
          `--save-state=${join(outside, "state")}`,
          "--follow=no",
        ],
        { encoding: "utf8", timeout: 60_000 },
      );
    write([
      ...Array.from({ length: 500 }, (_, n) => entry(n, `line ${n} of the journal`)),
      entry(500, "Failed password for root from 203.0.113.9 port 50022 ssh2", "sshd"),
      entry(501, "x".repeat(1_500_000)),
      entry(502, `two\nlines and a tab\t, ünï`),
    ]);
    const first = upload();
    assert.equal(first.status, 0, String(first.stderr));
    const rows = await through(id, 503, 1);
    assert.ok(rows.some(({ message }) => message === "two\nlines and a tab\t, ünï"));
    const guess = rows.find(({ parser }) => parser === "sshd");
    assert.deepEqual([guess?.["host"], guess?.["user"], guess?.["src_ip"]], ["web-1", "root", "203.0.113.9"]);
    assert.equal(rows.filter(({ parser, host }) => parser === "journald" && host === "web-1").length, 501);
    write([entry(600, "one more")]);
    assert.equal(upload().status, 0);
    // At each start this client sends the last entry of its former run once more.
    assert.ok((await through(id, 505, 1)).some(({ message }) => message === "one more"));
    write([entry(700, "not with this key")]);
    assert.notEqual(upload("hfs_no").status, 0);
    const broken = await fetch(`${server.url}/journal/${key}/upload`, {
      method: "POST",
      headers: { "content-type": "application/vnd.fdo.journal" },
      body: "__REALTIME_TIMESTAMP=1795301882000000\nMESSAGE=whole\n\nMESSAGE\n\u0005\0\0\0\0\0\0\0ab",
    });
    assert.equal(broken.status, 400);
    await through(id, 506, 1);
  });

  test("osquery: enrols, is told what to look for, sends results and status; a wrong node key has to enrol anew", async () => {
    const { id, key } = await add("osquery");
    const ask = async (path: string, body: unknown, packed = false): Promise<Record<string, unknown>> => {
      const text = JSON.stringify(body);
      const response = await fetch(`${server.url}/api/${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", ...(packed ? { "content-encoding": "gzip" } : {}) },
        body: packed ? new Uint8Array(gzipSync(text)) : text,
      });
      assert.equal(response.status, 200);
      return (await response.json()) as Record<string, unknown>;
    };
    assert.equal((await ask("osquery/enroll", { enroll_secret: "wrong", host_identifier: "h" }))["node_invalid"], true);
    const enrolled = await ask("osquery/enroll", {
      enroll_secret: key,
      host_identifier: "web-1",
      platform_type: "9",
      host_details: { os_version: { name: "Debian" } },
    });
    assert.equal(enrolled["node_invalid"], false);
    const { node_key } = enrolled;
    const config = await ask("osquery/config", { node_key });
    assert.ok(Object.keys(config["schedule"] as object).includes("listening_ports"));
    const at = { hostIdentifier: "web-1", calendarTime: "Sun Nov 22 09:30:00 2026 UTC", unixTime: 1_795_339_800 };
    const result = {
      ...at,
      name: "process_events",
      epoch: 0,
      counter: 1,
      action: "added",
      columns: { pid: "811", path: "/usr/bin/curl", cmdline: "curl http://files.example.net/a.sh", uid: "33" },
    };
    const said = await ask("v1/osquery/log", { node_key, log_type: "result", data: [result, result] }, true);
    assert.equal(said["node_invalid"], false);
    const status = {
      ...at,
      severity: "0",
      filename: "scheduler.cpp",
      line: "99",
      message: "Executing query",
      version: "5.12",
    };
    await ask("osquery/log", { node_key, log_type: "status", data: [status] });
    const again = await ask("osquery/log", { node_key: "hfs_old.d2Vi", log_type: "result", data: [result] });
    assert.equal(again["node_invalid"], true);
    const rows = await through(id, 3);
    assert.ok(rows.every(({ host, parser }) => host === "web-1" && parser === "osquery"));

    const question = { hosts: ["WEB-1"], reason: "what listens there", query: "SELECT pid, path FROM processes;" };
    const unheard = await api.call("POST", "/api/host-queries", question);
    assert.deepEqual([unheard.status, (unheard.body as { code: string }).code], [400, "INGEST_QUERY_REFUSED"]);
    assert.deepEqual((await ask("osquery/distributed/read", { node_key }))["queries"], {});
    const acting = await api.call("POST", "/api/host-queries", {
      ...question,
      query: "SELECT * FROM curl WHERE url = 'http://x'",
    });
    assert.equal(acting.status, 400);
    const asked = (await api.post("/api/host-queries", question)) as HostQuery;
    const given = await ask("v1/osquery/distributed/read", { node_key });
    assert.deepEqual(given["queries"], { [asked.id]: question.query });
    assert.deepEqual((await ask("osquery/distributed/read", { node_key }))["queries"], {}, "once at most");
    const answers = {
      queries: {
        [asked.id]: [
          { pid: "1", path: "/sbin/init" },
          { pid: "9", path: "/usr/bin/nc" },
        ],
        unasked: [{ pid: "2" }],
      },
      statuses: { [asked.id]: 0, unasked: 0 },
    };
    for (let times = 0; times < 2; times += 1) await ask("osquery/distributed/write", { node_key, ...answers });
    await through(id, 5);
    const state = (await api.get(`/api/host-queries/${asked.id}`)) as HostQuery;
    assert.deepEqual(
      state.answers.map(({ host, state: is, rows: count }) => [host, is, count]),
      [["web-1", "answered", 2]],
    );
    const events = recordsOf(
      await api.search({ query: `${state.search} | fields host, process_path, class`, limit: 10 }),
    );
    assert.deepEqual(events.map((event) => event["process_path"]).toSorted(), ["/sbin/init", "/usr/bin/nc"]);
    const wrong = (await api.post("/api/host-queries", question)) as HostQuery;
    await ask("osquery/distributed/read", { node_key });
    await ask("osquery/distributed/write", {
      node_key,
      queries: { [wrong.id]: [] },
      statuses: { [wrong.id]: 1 },
      messages: { [wrong.id]: "no such table" },
    });
    const failed = (await api.get(`/api/host-queries/${wrong.id}`)) as HostQuery;
    assert.deepEqual([failed.answers[0]?.state, failed.answers[0]?.message], ["failed", "no such table"]);
  });

  test("Prometheus: what it reads on our own /metrics comes back by remote write, is drawn by a search, and stands with its asset; its own alert is one of ours", {
    skip: prometheus,
  }, async () => {
    const [{ id, key }, own] = [await add("prometheus"), await add("alertmanager")];
    const yaml =
      "teams:\n  - { id: floor, name: Floor, kind: operations }\nassets:\n  - { name: floor-1, kind: server, owner: floor, criticality: 3, exposure: internal }\n";
    assert.deepEqual(((await api.post("/api/estate/import", { yaml })) as { problems: unknown[] }).problems, []);
    const { url, token } = server;
    const running = startPrometheus({ url, token, key, alertKey: own.key, host: "floor-1", directory: outside });
    const settled = async <T>(what: string, look: () => Promise<T | undefined>): Promise<T> => {
      const until = performance.now() + 60_000;
      for (;;) {
        const found = await look();
        if (found !== undefined) return found;
        assert.ok(performance.now() < until, what);
        await sleep(200);
      }
    };
    try {
      const stored = await settled("three rounds are drawn", async () => {
        const metric = `metric holdfast_source_records_total source:${id} outcome:stored increase by asset span=1h`;
        const { status, body } = await api.call("POST", "/api/search", { query: metric, from: "now-10m" });
        if (status !== 200) return undefined;
        const { columns, rows } = body as Awaited<ReturnType<Api["search"]>>;
        const sum = rows.reduce((all, row) => all + Number(row[1] ?? 0), 0);
        return columns[1]?.name === "floor-1" && sum > 0 ? sum : undefined;
      });
      assert.ok(stored > 0);
      const listed = await settled("they stand with their asset", async () => {
        const { items } = (await api.get("/api/metrics?asset=floor-1&q=process_cpu")) as {
          items: { name: string; kind: string; query: string }[];
        };
        return items.find(({ name }) => name === "holdfast_process_cpu_seconds_total");
      });
      assert.equal(listed.kind, "counter");
      const drawn = await api.search({ query: listed.query, from: "now-10m" });
      assert.ok(drawn.rows.some((row) => row[1] !== null));
      const raised = await settled("the alert of its own rule", async () => {
        const all = (await api.list("/api/alerts?state=new")) as Alert[];
        return all.find(({ ruleId }) => ruleId === "alertmanager:QueueIsWatched");
      });
      assert.deepEqual(
        [raised.severity, raised.title, raised.entity.value],
        ["critical", "QueueIsWatched: the queue of floor-1 is watched", "floor-1"],
      );
    } finally {
      await running.stop();
    }
    const source = await settled("all of it is stored", async () => {
      const now = (await api.get(`/api/sources/${id}`)) as Record<string, number>;
      return now["backlog"] === 0 && now["received"] === now["stored"] ? now : undefined;
    });
    assert.deepEqual([source["quarantined"], source["rejected"]], [0, 0]);
  });

  test("Alertmanager: each of its alerts is one alert, on its host and service, until it says that it is over; and so is what Prometheus sends without it", {
    skip: alertmanager,
  }, async () => {
    const asset = "{ name: db-7, kind: database, owner: ops, criticality: 4, exposure: internal }";
    const service = "{ id: ledger, name: Ledger, owner: ops, criticality: 4, exposure: internal, assets: [db-7] }";
    const team = "{ id: ops, name: Operations, kind: operations }";
    const yaml = `teams:\n  - ${team}\nservices:\n  - ${service}\nassets:\n  - ${asset}\n`;
    assert.deepEqual(((await api.post("/api/estate/import", { yaml })) as { problems: unknown[] }).problems, []);
    const { id, key } = await add("alertmanager");
    const full = { alertname: "DiskFull", instance: "db-7:9100", severity: "critical", note: "ünï 🗄" };
    const slow = { alertname: "QueueSlow", service: "ledger", severity: "warning" };
    const startsAt = new Date(Date.now() - 60_000).toISOString();
    const about = { annotations: { summary: "/ is at 97 %" }, generatorURL: "http://prometheus:9090/graph", startsAt };
    const settled = async (wanted: unknown): Promise<Alert[]> => {
      const until = performance.now() + 60_000;
      for (;;) {
        const all = (await api.list("/api/alerts?state=new,acknowledged,closed")) as Alert[];
        const own = all.filter(({ ruleId }) =>
          ["DiskFull", "QueueSlow"].some((name) => ruleId === `alertmanager:${name}`),
        );
        const found = own
          .map(({ ruleId, state, count }) => `${ruleId.slice("alertmanager:".length)} ${state} ${count}`)
          .toSorted();
        if (performance.now() > until) assert.deepEqual(found, wanted);
        if (JSON.stringify(found) === JSON.stringify(wanted)) return own;
        await sleep(100);
      }
    };
    const manager = await startAlertmanager({ url: server.url, key, directory: outside });
    try {
      await manager.send([
        { labels: full, ...about },
        { labels: slow, ...about },
      ]);
      const [disk, queue] = (await settled(["DiskFull new 1", "QueueSlow new 1"])).toSorted((a, b) =>
        a.ruleId < b.ruleId ? -1 : 1,
      );
      assert.deepEqual(
        [disk?.severity, disk?.title, disk?.entity.value, disk?.services.map((hit) => hit.id)],
        ["critical", "DiskFull: / is at 97 %", "db-7", ["ledger"]],
      );
      assert.deepEqual([queue?.severity, queue?.services.map((hit) => hit.id)], ["medium", ["ledger"]]);
      assert.equal(disk?.firstSeen, startsAt);
      // The same alert straight from Prometheus, which sends no fingerprint.
      const direct = await fetch(`${server.url}/alertmanager/api/v2/alerts`, {
        method: "POST",
        headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
        body: JSON.stringify([{ labels: full, ...about, endsAt: new Date(Date.now() + 3_600_000).toISOString() }]),
      });
      assert.equal(direct.status, 200);
      await settled(["DiskFull new 2", "QueueSlow new 1"]);
      await manager.send([{ labels: full, ...about, endsAt: new Date().toISOString() }]);
      const over = await settled(["DiskFull closed 2", "QueueSlow new 1"]);
      const detail = (await api.get(`/api/alerts/${over.find(({ state }) => state === "closed")?.id}`)) as Detail;
      assert.ok(detail.endedAt !== null && detail.timeline.some(({ title }) => title === "Closed: it is over"));
      assert.ok(detail.samples[0]?.fields.some(({ value }) => value === "http://prometheus:9090/graph"));
      const rows = await through(id, 4);
      assert.ok(rows.every(({ class: of }) => of === "detection_finding"));
    } finally {
      await manager.stop();
    }
  });

  const now = new Date().toISOString();
  const SHIPPERS = [
    {
      name: "Filebeat 8 and Winlogbeat",
      asks: [
        ["GET", "/elastic/", 200],
        ["GET", "/elastic/_license?human=false", 200],
        ["GET", "/elastic/_xpack", 200],
        ["HEAD", "/elastic/_index_template/filebeat-8.19.2", 200],
        ["GET", "/elastic/_ilm/policy/filebeat", 200],
      ],
      path: "/elastic/_bulk?filter_path=errors%2Citems.%2A.error%2Citems.%2A.status",
      action: { create: { _index: "filebeat-8.19.2" } },
      document: {
        "@timestamp": now,
        message: "from a beat",
        agent: { type: "filebeat", version: "8.19.2" },
        host: { name: "web-1" },
      },
      type: "application/vnd.elasticsearch+json; compatible-with=8",
    },
    {
      name: "Logstash 8",
      asks: [
        ["HEAD", "/elastic/", 200],
        ["GET", "/elastic/", 200],
        ["GET", "/elastic/_license", 200],
      ],
      path: "/elastic/_bulk?filter_path=errors,items.*.error,items.*.status",
      action: { create: { _id: null, _index: "logs-generic-default", routing: null } },
      document: { "@timestamp": now, "@version": "1", message: "from logstash", host: { name: "web-1" } },
      type: "application/json",
    },
    {
      name: "Fluent Bit, output es",
      asks: [],
      path: "/elastic/_bulk",
      action: { create: { _index: "fluent-bit" } },
      document: { "@timestamp": now, log: "from fluent bit", hostname: "web-1" },
      type: "application/x-ndjson",
    },
    {
      name: "Vector, sink elasticsearch",
      asks: [["GET", "/elastic/_cluster/health", 200]],
      path: "/elastic/_bulk?timeout=60s",
      action: { index: { _index: "vector-2026.11.22" } },
      document: { timestamp: now, message: "from vector", host: "web-1", source_type: "file" },
      type: "application/x-ndjson",
    },
  ] as const;

  for (const { name, asks, path, action, document, type } of SHIPPERS) {
    test(`${name}, as documented: asked what it asks, each document has its result`, async () => {
      const { id, key } = await add("elasticsearch");
      const authorization = `Basic ${Buffer.from(`holdfast:${key}`).toString("base64")}`;
      for (const [method, question, status] of asks) {
        const said = await fetch(server.url + question, { method, headers: { authorization } });
        assert.deepEqual(
          [question, said.status, said.headers.get("x-elastic-product")],
          [question, status, "Elasticsearch"],
        );
      }
      const body = [action, document, action, document].map((line) => `${JSON.stringify(line)}\n`).join("");
      const sent = await fetch(server.url + path, {
        method: "POST",
        headers: { authorization, "content-type": type, "content-encoding": "gzip" },
        body: new Uint8Array(gzipSync(body)),
      });
      const { errors, items } = (await sent.json()) as { errors: boolean; items: Record<string, { status: number }>[] };
      assert.deepEqual(
        [sent.status, errors, items.map((item) => Object.values(item)[0]?.status)],
        [200, false, [201, 201]],
      );
      assert.ok((await through(id, 2)).every(({ host }) => host === "web-1"));
    });
  }

  test("Wazuh 4 by its Filebeat, and Wazuh 5 by its indexer connector, as documented: alerts with their level and agent", async () => {
    const { id, key } = await add("wazuh");
    const authorization = `Basic ${Buffer.from(`holdfast:${key}`).toString("base64")}`;
    const alert = {
      timestamp: now,
      rule: { level: 12, description: "sshd: brute force trying to get access", id: "5763", mitre: { id: ["T1110"] } },
      agent: { id: "003", name: "web-1", ip: "192.0.2.21" },
      manager: { name: "wz1" },
      id: "1795339800.1",
      decoder: { name: "sshd" },
      data: { srcip: "203.0.113.9", srcuser: "oracle" },
      full_log: "Failed password for oracle from 203.0.113.9",
      location: "/var/log/auth.log",
    };
    const pipeline = "filebeat-7.10.2-wazuh-alerts-pipeline";
    const lines = [
      { index: { _index: "wazuh-alerts-4.x-2026.11.22", pipeline } },
      alert,
      { index: { _index: "wazuh-findings-v5-security", _id: "1" } },
      { ...alert, "@timestamp": now },
    ];
    const sent = await fetch(`${server.url}/elastic/_bulk`, {
      method: "POST",
      headers: { authorization, "content-type": "application/x-ndjson" },
      body: lines.map((line) => `${JSON.stringify(line)}\n`).join(""),
    });
    assert.equal(((await sent.json()) as { errors: boolean }).errors, false);
    const rows = await through(id, 2);
    assert.ok(
      rows.every(
        ({ parser, host, user, src_ip, severity, class: of }) =>
          parser === "wazuh" &&
          host === "web-1" &&
          user === "oracle" &&
          src_ip === "203.0.113.9" &&
          severity === "high" &&
          of === "detection_finding",
      ),
      JSON.stringify(rows),
    );
  });
});

interface HostQuery {
  readonly id: string;
  readonly search: string;
  readonly answers: readonly {
    readonly host: string;
    readonly state: string;
    readonly rows: number;
    readonly message: string;
  }[];
}

interface Alert {
  readonly id: string;
  readonly ruleId: string;
  readonly title: string;
  readonly state: string;
  readonly severity: string;
  readonly count: number;
  readonly firstSeen: string;
  readonly entity: { readonly value: string };
  readonly services: readonly { readonly id: string }[];
}

interface Detail extends Alert {
  readonly endedAt: string | null;
  readonly timeline: readonly { readonly title: string }[];
  readonly samples: readonly { readonly fields: readonly { readonly value: string }[] }[];
}

/** In the journal's export format. */
function entry(n: number, message: string, program = "shopd"): string {
  const stamp = 1_795_301_882_000_000 + n;
  const cursor = `s=8ae1a4b3d2c84dbd8d1d6d2d6c1f2e3a;i=${(n + 1).toString(16)};b=0b1c2d3e4f5061728394a5b6c7d8e9f0;m=${n + 1};t=${stamp.toString(16)};x=${n}`;
  const head = [
    `__CURSOR=${cursor}`,
    `__REALTIME_TIMESTAMP=${stamp}`,
    `__MONOTONIC_TIMESTAMP=${n + 1}`,
    "_BOOT_ID=0b1c2d3e4f5061728394a5b6c7d8e9f0",
    "_HOSTNAME=web-1",
    "PRIORITY=6",
    `SYSLOG_IDENTIFIER=${program}`,
  ];
  if (!message.includes("\n")) return [...head, `MESSAGE=${message}`, ""].join("\n");
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(message)));
  return [...head, "MESSAGE", length.toString("latin1") + message, ""].join("\n");
}
