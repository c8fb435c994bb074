/** Official clients of other products against the real program: each is pointed at Holdfast as its manual says, and what it sends is
 *  found again, counted to the record. Quirks that no client here shows are sent as they were seen on the wire. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { Client as ElasticClient } from "@elastic/elasticsearch";
import { OTLPLogExporter as JsonExporter } from "@opentelemetry/exporter-logs-otlp-http";
import { OTLPLogExporter as ProtoExporter } from "@opentelemetry/exporter-logs-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import { Client as OpenSearchClient } from "@opensearch-project/opensearch";
import pinoLoki from "pino-loki";
import { Logger as SplunkLogger } from "splunk-logging";
import winston from "winston";
import LokiTransport from "winston-loki";
import { type RunningServer, startHoldfast } from "../e2e/server.ts";
import { type Api, createApi, recordsOf } from "./api.ts";
import { PYTHON, pythonModule, unless } from "./requirement.ts";

const SSHD = "Failed password for root from 203.0.113.9 port 50022 ssh2";

/** As its documentation has it, over several chunks. */
const PYTHON_BULK = `import sys
from elasticsearch import Elasticsearch, helpers
url, key = sys.argv[1:]
client = Elasticsearch([url], api_key=("any", key))
print(client.info()["version"]["number"])
done, failed = helpers.bulk(client, ({"_index": "app", "_op_type": "create", "message": f"number {n}, ünï", "host": {"name": "py-1"}} for n in range(700)), chunk_size=200)
print(done, len(failed))
try:
    Elasticsearch([url], http_auth=("holdfast", "hfs_no")).index(index="app", body={"message": "no"})
except Exception as error:
    print(type(error).__name__)
`;

describe("clients of other products", () => {
  let server: RunningServer;
  let api: Api;

  before(async () => {
    server = await startHoldfast();
    api = createApi(server);
  });
  after(() => server.stop());

  async function add(kind: string): Promise<{ id: string; key: string }> {
    const made = (await api.post("/api/sources", { name: `${kind} ${Math.random()}`, kind })) as {
      source: { id: string };
      key: string;
    };
    return { id: made.source.id, key: made.key };
  }

  /** What came of exactly `count` records. */
  async function through(id: string, count: number): Promise<Record<string, string | undefined>[]> {
    for (let waited = 0; ; waited += 100) {
      const source = (await api.get(`/api/sources/${id}`)) as { stored: number; quarantined: number; received: number };
      if (source.stored + source.quarantined >= count || waited > 30_000) {
        assert.deepEqual([source.received, source.stored, source.quarantined], [count, count, 0]);
        break;
      }
      await sleep(100);
    }
    const fields = "host, user, message, parser, product, severity, src_ip, class, raw";
    return recordsOf(
      await api.search({ query: `source:${id} | fields ${fields} | limit 1000`, from: "2000-01-01T00:00:00Z" }),
    );
  }

  test("@elastic/elasticsearch: asks who is there, sends, and hears of each document", async () => {
    const { id, key } = await add("elasticsearch");
    const client = new ElasticClient({ node: `${server.url}/elastic`, auth: { username: "holdfast", password: key } });
    assert.match((await client.info()).version.number, /^8\./);
    const now = new Date().toISOString();
    const answer = await client.bulk({
      operations: [
        { create: { _index: "logs-x-default" } },
        { "@timestamp": now, message: "first", host: { name: "es-1" } },
        { delete: { _index: "logs-x-default", _id: "1" } },
        { index: { _index: "logs-y" } },
        { "@timestamp": now, message: `Nov 21 22:57:53 bastion sshd[411]: ${SSHD}`, host: { name: "shipper" } },
      ],
    });
    assert.equal(answer.errors, true);
    assert.deepEqual(answer.items.map((item) => Object.entries(item).map(([op, { status }]) => [op, status])).flat(), [
      ["create", 201],
      ["delete", 400],
      ["index", 201],
    ]);
    const found = await through(id, 2);
    const first = found.find(({ message }) => message === "first");
    assert.equal(first?.["host"], "es-1");
    assert.match(first["raw"] ?? "", /^\{"_index":"logs-x-default","@timestamp"/);
    const carried = found.find(({ parser }) => parser === "sshd");
    assert.deepEqual([carried?.["host"], carried?.["user"], carried?.["src_ip"]], ["bastion", "root", "203.0.113.9"]);
    await client.close();
    const wrong = new ElasticClient({ node: `${server.url}/elastic`, auth: { apiKey: "aWQ6aGZzX25v" }, maxRetries: 0 });
    await assert.rejects(wrong.info(), /security_exception/);
    await wrong.close();
  });

  test("elasticsearch for Python: its bulk helper, an API key, and a wrong key in its own error", {
    skip: unless([pythonModule("elasticsearch", "python3-elasticsearch")]),
  }, async () => {
    const { id, key } = await add("elasticsearch");
    const ran = spawnSync(PYTHON, ["-c", PYTHON_BULK, `${server.url}/elastic`, key], {
      encoding: "utf8",
      timeout: 60_000,
    });
    assert.equal(ran.status, 0, ran.stderr);
    assert.deepEqual(ran.stdout.trim().split("\n"), ["8.19.2", "700 0", "AuthenticationException"]);
    const found = await through(id, 700);
    assert.ok(found.some(({ message, host }) => message === "number 699, ünï" && host === "py-1"));
  });

  test("@opensearch-project/opensearch, an API key, and actions as other shippers write them", async () => {
    const { id, key } = await add("elasticsearch");
    const client = new OpenSearchClient({ node: `${server.url}/elastic`, auth: { username: "x", password: key } });
    const answer = await client.bulk({ body: [{ index: { _index: "os" } }, { m: "hi", host: "os-1" }] });
    assert.equal(answer.body.errors, false);
    await client.close();
    const authorization = `ApiKey ${Buffer.from(`id:${key}`).toString("base64")}`;
    const lines = [
      '{"index":{"_index":"logs-2026.11.21","pipeline":null},"attempts":0}',
      '{"@timestamp":"2026-11-21T22:57:55.937Z","message":"hi es","severity":"info","fields":{}}',
      '{"index":{"_index": "logs-rs"}}',
      '{"@timestamp":"2026-11-21T22:57:53.686549+00:00","message":"line one \\"q\\""}',
      '{"create":{}}',
      "no document",
    ];
    const sent = await fetch(`${server.url}/_bulk?wait_for_active_shards=1&timeout=500ms`, {
      method: "POST",
      headers: { authorization, "content-type": "application/json; charset=utf-8", "content-encoding": "gzip" },
      body: new Uint8Array(gzipSync(lines.join("\n"))),
    });
    assert.equal(sent.headers.get("x-elastic-product"), "Elasticsearch");
    const items = ((await sent.json()) as { items: Record<string, { status: number }>[] }).items;
    assert.deepEqual(
      items.map((item) => Object.values(item)[0]?.status),
      [201, 201, 400],
    );
    for (const [method, path, status] of [
      ["GET", "/elastic/_license?human=false", 200],
      ["GET", "/elastic/_xpack", 200],
      ["HEAD", "/elastic", 200],
      ["HEAD", "/elastic/_index_template/template_logs", 200],
      ["PUT", "/elastic/_ilm/policy/x", 200],
      ["GET", "/elastic/_cluster/health?timeout=30s&wait_for_nodes=%3E%3D1&wait_for_status=yellow", 200],
    ] as const) {
      const said = await fetch(server.url + path, { method, headers: { authorization } });
      assert.deepEqual([path, said.status, said.headers.get("x-elastic-product")], [path, status, "Elasticsearch"]);
    }
    const found = await through(id, 3);
    assert.ok(found.some(({ message }) => message === 'line one "q"'));
  });

  test("splunk-logging: a form's content type around JSON, a time that is text; acks by channel; answers by number", async () => {
    const { id, key } = await add("splunk-hec");
    const logger = new SplunkLogger({ token: key, url: server.url });
    const heard = await new Promise<unknown>((resolve, reject) => {
      logger.error = reject;
      logger.send({ message: { e: "from the client" }, severity: "warn" }, (error, _response, body) =>
        error === null || error === undefined ? resolve(body) : reject(error),
      );
    });
    assert.deepEqual(heard, { text: "Success", code: 0 });
    const call = async (path: string, body: string, headers: Record<string, string> = {}) => {
      const said = await fetch(`${server.url}/services/collector${path}`, {
        method: "POST",
        headers: { authorization: `Splunk ${key}`, "content-type": "application/x-www-form-urlencoded", ...headers },
        body,
      });
      return [said.status, await said.json()] as const;
    };
    const two = `{"time":1795301874.5,"host":"h1","event":"Nov 21 22:57:53 bastion sshd[411]: ${SSHD}"}{"event":{"a":1},"index":"unknown"}`;
    const channel = { "x-splunk-request-channel": "c-1" };
    assert.deepEqual(await call("/event", two, channel), [200, { text: "Success", code: 0, ackId: 0 }]);
    assert.deepEqual(await call("/ack", '{"acks":[0,1]}', channel), [200, { acks: { 0: true, 1: false } }]);
    assert.deepEqual(await call("/raw?host=r1&sourcetype=app", "line one\nline two"), [
      200,
      { text: "Success", code: 0 },
    ]);
    assert.deepEqual(await call("/event", ""), [400, { text: "No data", code: 5 }]);
    const bad = '{"event":"good"}{"time":1}{"event":""}';
    assert.deepEqual(await call("/event", bad), [
      400,
      { text: "Event field is required", code: 12, "invalid-event-number": 1 },
    ]);
    assert.deepEqual(await call("/ack", '{"acks":[0]}'), [400, { text: "Data channel is missing", code: 10 }]);
    assert.deepEqual(await call("/event", two, { authorization: "Splunk hfs_no" }), [
      403,
      { text: "Invalid token", code: 4 },
    ]);
    assert.equal((await fetch(`${server.url}/services/collector/health`)).status, 200);
    const found = await through(id, 6);
    assert.equal(found.filter(({ host }) => host === "r1").length, 2);
    assert.ok(found.some(({ parser, user }) => parser === "sshd" && user === "root"));
    assert.ok(found.some(({ raw }) => raw?.includes("from the client") === true));
  });

  for (const [name, make] of [
    [
      "protobuf, gzip",
      (url: string, headers: Record<string, string>) =>
        new ProtoExporter({ url, headers, compression: "gzip" as never }),
    ],
    ["JSON", (url: string, headers: Record<string, string>) => new JsonExporter({ url, headers })],
  ] as const) {
    test(`OpenTelemetry's exporter, ${name}`, async () => {
      const { id, key } = await add("otlp");
      const exporter = make(`${server.url}/v1/logs`, { authorization: `Bearer ${key}` });
      const provider = new LoggerProvider({
        resource: resourceFromAttributes({ "service.name": "shop", "host.name": "web-1" }),
        processors: [new SimpleLogRecordProcessor({ exporter })],
      });
      const logger = provider.getLogger("app", "1.2.3");
      logger.emit({
        severityNumber: 17,
        severityText: "ERROR",
        body: "payment refused",
        attributes: { "user.name": "ida", "client.address": "192.0.2.7", attempts: 3, tags: ["a", "b"] },
      });
      logger.emit({ severityNumber: 9, body: { msg: "nested", deep: { n: 1 } } });
      await provider.forceFlush();
      await provider.shutdown();
      const found = await through(id, 2);
      const first = found.find(({ message }) => message === "payment refused");
      assert.deepEqual(
        [first?.["host"], first?.["product"], first?.["user"], first?.["src_ip"]],
        ["web-1", "shop", "ida", "192.0.2.7"],
      );
      const raw = JSON.parse(first?.["raw"] ?? "{}") as { attributes: Record<string, unknown>; scope: unknown };
      assert.deepEqual(raw.attributes, {
        "user.name": "ida",
        "client.address": "192.0.2.7",
        attempts: 3,
        tags: ["a", "b"],
      });
      assert.deepEqual(raw.scope, { name: "app", version: "1.2.3" });
      assert.ok(found.some(({ message }) => message === "nested"));
    });
  }

  test("winston-loki in both encodings, and pino-loki", async () => {
    const { id, key } = await add("loki");
    for (const json of [false, true]) {
      const transport = new LokiTransport({
        host: server.url,
        labels: { app: json ? "b" : "a" },
        json,
        batching: false,
        basicAuth: `any:${key}`,
      });
      const logger = winston.createLogger({ transports: [transport] });
      logger.error(`hi loki ${json ? "json" : "pb"}`);
      await transport.flush();
    }
    const shipper = pinoLoki({
      host: server.url,
      batching: false,
      labels: { app: "p" },
      basicAuth: { username: "any", password: key },
    });
    shipper.write(`${JSON.stringify({ level: 40, time: Date.now(), pid: 1, hostname: "pino-1", msg: "hi pino" })}\n`);
    const found = await through(id, 3);
    assert.deepEqual(found.map(({ product }) => product).sort(), ["a", "b", "p"]);
    assert.ok(found.some(({ message }) => message?.startsWith("hi loki pb") === true));
    shipper.end();
    const broken = await fetch(`${server.url}/loki/api/v1/push`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/x-protobuf" },
      body: new Uint8Array([255, 255, 255, 255, 15, 1, 2, 3]),
    });
    assert.equal(broken.status, 400);
  });

  test("GELF over HTTP and Prometheus' alerts, as they are on the wire", async () => {
    const gelf = await add("gelf");
    const message = {
      version: "1.1",
      host: "vm",
      short_message: "gelf hello",
      level: 4,
      _user: "amy",
      timestamp: 1795301882.022,
    };
    const said = await fetch(`${server.url}/gelf?token=${gelf.key}`, { method: "POST", body: JSON.stringify(message) });
    assert.equal(said.status, 202);
    assert.equal((await through(gelf.id, 1))[0]?.["user"], "amy");
    const prometheus = await add("alertmanager");
    const authorization = `Bearer ${prometheus.key}`;
    const alert = {
      labels: { alertname: "DiskFull", instance: "db-1:9100", severity: "critical" },
      annotations: {},
      startsAt: new Date().toISOString(),
    };
    const webhook = {
      version: "4",
      receiver: "holdfast",
      groupKey: "{}",
      externalURL: "http://am",
      status: "firing",
      alerts: [{ status: "firing", ...alert }],
    };
    for (const [path, body] of [
      ["/alertmanager/webhook", webhook],
      ["/alertmanager/api/v2/alerts", [alert, alert]],
    ] as const) {
      const answer = await fetch(server.url + path, {
        method: "POST",
        headers: { authorization },
        body: JSON.stringify(body),
      });
      assert.equal(answer.status, 200);
    }
    const found = await through(prometheus.id, 3);
    assert.ok(found.every(({ host, class: of }) => host === "db-1" && of === "detection_finding"));
  });
});
