/** Each protocol over HTTP on the port that its clients know, without a path in front, plain and over TLS with client certificates; and all of
 *  Holdfast over TLS. Real clients where they can be had; a port that is taken, and certificates that are missing, are said at the start. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { createServer } from "node:net";
import { connect } from "node:tls";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Client as ElasticClient } from "@elastic/elasticsearch";
import { Client as OpensearchClient } from "@opensearch-project/opensearch";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { Logger as SplunkLogger } from "splunk-logging";
import winston from "winston";
import LokiTransport from "winston-loki";
import { freePort, type RunningServer, startHoldfast, TEST_PASSWORD } from "../e2e/server.ts";
import { type Api, createApi } from "./api.ts";
import { type CertificateFiles, makeCertificates, renewServer } from "./certificates.ts";
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
const skip = unless([program("openssl", "openssl")]);
const PROTOCOLS = [
  "ELASTICSEARCH",
  "SPLUNK",
  "OTLP_HTTP",
  "LOKI",
  "GELF_HTTP",
  "PROMETHEUS",
  "ALERTMANAGER",
  "JOURNALD",
] as const;
type Protocol = (typeof PROTOCOLS)[number];

describe("protocols on their usual ports", { skip }, () => {
  const outside = mkdtempSync(join(tmpdir(), "holdfast-ports-"));
  const plain = {} as Record<Protocol, number>;
  const secure = {} as Record<Protocol, number>;
  let https: number;
  let syslogTls: number;
  let otlpTls: number;
  let files: CertificateFiles;
  let server: RunningServer;
  let api: Api;
  let tls: { readonly ca: Buffer; readonly cert: Buffer; readonly key: Buffer };

  before(async () => {
    files = makeCertificates(outside);
    tls = {
      ca: readFileSync(files.authority),
      cert: readFileSync(files.clientCert),
      key: readFileSync(files.clientKey),
    };
    [https, syslogTls, otlpTls] = [await freePort(), await freePort(), await freePort()];
    const env: Record<string, string> = {
      HOLDFAST_HTTP_TLS_PORT: String(https),
      HOLDFAST_SYSLOG_TLS_PORT: String(syslogTls),
      HOLDFAST_INPUTS_OTLP_TLS_PORT: String(otlpTls),
      HOLDFAST_TLS_CERT: files.serverCert,
      HOLDFAST_TLS_KEY: files.serverKey,
      HOLDFAST_TLS_CLIENTS: files.authority,
      HOLDFAST_INPUTS_ELASTICSEARCH_VERSION: "9.2.1",
      HOLDFAST_INPUTS_SPLUNK_EMPTY: "yes",
    };
    for (const one of PROTOCOLS) {
      env[`HOLDFAST_INPUTS_${one}_PORT`] = String((plain[one] = await freePort()));
      env[`HOLDFAST_INPUTS_${one}_TLS_PORT`] = String((secure[one] = await freePort()));
    }
    server = await startHoldfast({ env });
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

  async function counts(id: string): Promise<{ stored: number; quarantined: number; received: number }> {
    return (await api.get(`/api/sources/${id}`)) as { stored: number; quarantined: number; received: number };
  }

  /** All of them are stored, and no other. */
  async function through(id: string, count: number): Promise<void> {
    const until = performance.now() + 20_000 * Math.min(3, crowding());
    for (;;) {
      const { received, stored, quarantined } = await counts(id);
      if (stored >= count || performance.now() > until)
        return assert.deepEqual([received, stored, quarantined], [count, count, 0]);
      await sleep(100);
    }
  }

  /** Over TLS, by one who trusts the test's authority; with its own certificate or without. */
  function ask(
    port: number,
    path: string,
    given: { readonly headers?: Record<string, string>; readonly body?: string; readonly known?: boolean } = {},
  ): Promise<{ status: number; headers: Record<string, unknown>; body: string }> {
    const { headers = {}, body, known = false } = given;
    const own = known ? { cert: tls.cert, key: tls.key } : {};
    return new Promise((resolve, reject) => {
      const options = {
        host: "127.0.0.1",
        port,
        path,
        headers,
        ca: tls.ca,
        method: body === undefined ? "GET" : "POST",
      };
      const sent = request({ ...options, ...own }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString(),
          }),
        );
      });
      sent.on("error", reject);
      sent.end(body);
    });
  }

  test("the clients of Elasticsearch and OpenSearch find it at the root, plain and over TLS; without a certificate there is no answer", async () => {
    const { id, key } = await add("elasticsearch");
    const operations = (name: string) => [{ create: { _index: "app" } }, { message: `by ${name}` }];
    const opensearch = new OpensearchClient({
      node: `http://127.0.0.1:${plain.ELASTICSEARCH}`,
      auth: { username: "holdfast", password: key },
    });
    const first = await opensearch.bulk({ body: operations("opensearch") });
    assert.equal(first.body.errors, false);
    const node = `https://127.0.0.1:${secure.ELASTICSEARCH}`;
    const elastic = new ElasticClient({ node, auth: { username: "holdfast", password: key }, tls });
    // What it is told can be chosen: Beats refuse a version below their own.
    assert.equal((await elastic.info()).version.number, "9.2.1");
    assert.equal((await elastic.bulk({ operations: operations("elastic") })).errors, false);
    const stranger = new ElasticClient({
      node,
      auth: { username: "holdfast", password: key },
      tls: { ca: tls.ca },
      maxRetries: 0,
    });
    await assert.rejects(stranger.bulk({ operations: operations("a stranger") }));
    // The path that the one port needs is understood here as well.
    const beats = await fetch(`http://127.0.0.1:${plain.ELASTICSEARCH}/elastic/_bulk`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/x-ndjson" },
      body: `${operations("beats")
        .map((one) => JSON.stringify(one))
        .join("\n")}\n`,
    });
    assert.equal(beats.status, 200);
    await through(id, 3);
  });

  test("splunk-logging, OpenTelemetry's exporter, winston-loki and a GELF message, each on its own port", async () => {
    const splunk = await add("splunk-hec");
    const logger = new SplunkLogger({ token: splunk.key, url: `http://127.0.0.1:${plain.SPLUNK}` });
    await new Promise<void>((resolve, reject) => {
      logger.error = reject;
      logger.send({ message: "from the client" }, (error) =>
        error === null || error === undefined ? resolve() : reject(error),
      );
    });
    const heard = await ask(secure.SPLUNK, "/services/collector", {
      headers: { authorization: `Splunk ${splunk.key}` },
      body: '{"event":"over TLS"}',
      known: true,
    });
    assert.deepEqual([heard.status, heard.body], [200, '{"text":"Success","code":0}']);
    const empty = await fetch(`http://127.0.0.1:${plain.SPLUNK}/services/collector`, {
      method: "POST",
      headers: { authorization: `Splunk ${splunk.key}` },
    });
    assert.deepEqual([empty.status, await empty.json()], [200, { text: "Success", code: 0 }]);
    await through(splunk.id, 2);

    const otlp = await add("otlp");
    const headers = { authorization: `Bearer ${otlp.key}` };
    for (const exporter of [
      new OTLPTraceExporter({ url: `http://127.0.0.1:${plain.OTLP_HTTP}/v1/traces`, headers }),
      new OTLPTraceExporter({
        url: `https://127.0.0.1:${secure.OTLP_HTTP}/v1/traces`,
        headers,
        httpAgentOptions: { ...tls },
      }),
    ]) {
      const provider = new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter })] });
      provider.getTracer("app").startSpan("GET /").end();
      await provider.forceFlush();
      await provider.shutdown();
    }
    await through(otlp.id, 2);

    const loki = await add("loki");
    const transport = new LokiTransport({
      host: `http://127.0.0.1:${plain.LOKI}`,
      labels: { app: "a" },
      batching: false,
      basicAuth: `any:${loki.key}`,
    });
    winston.createLogger({ transports: [transport] }).error("hi loki");
    await transport.flush();
    await through(loki.id, 1);
    assert.equal((await fetch(`http://127.0.0.1:${plain.LOKI}/ready`)).status, 200);

    const gelf = await add("gelf");
    const sent = await ask(secure.GELF_HTTP, `/gelf?token=${gelf.key}`, {
      body: '{"version":"1.1","host":"web-1","short_message":"hi"}',
      known: true,
    });
    assert.equal(sent.status, 202);
    await through(gelf.id, 1);
  });

  test("systemd-journal-upload with its own path, the key in front of the host, over TLS with its certificate", {
    skip: journal,
  }, async () => {
    const { id, key } = await add("journald");
    const file = join(outside, "system.journal");
    const entry = (n: number): string =>
      `__REALTIME_TIMESTAMP=${1_795_301_882_000_000 + n}\n__MONOTONIC_TIMESTAMP=${n + 1}\n_BOOT_ID=8e2f9b0c1d3a4f5e8e2f9b0c1d3a4f5e\nMESSAGE=line ${n}\n_HOSTNAME=web-1\n`;
    const written = spawnSync(REMOTE, [`--output=${file}`, "-"], {
      input: Array.from({ length: 50 }, (_, n) => entry(n))
        .join("\n")
        .concat("\n"),
      encoding: "utf8",
    });
    assert.equal(written.status, 0, written.stderr);
    const upload = (url: string, more: readonly string[]): ReturnType<typeof spawnSync> =>
      spawnSync(UPLOAD, [`--url=${url}`, `--file=${file}`, "--follow=no", ...more], {
        encoding: "utf8",
        timeout: 60_000,
      });
    const over = [`--trust=${files.authority}`, `--cert=${files.clientCert}`, `--key=${files.clientKey}`];
    const first = upload(`https://holdfast:${key}@127.0.0.1:${secure.JOURNALD}`, over);
    assert.equal(first.status, 0, String(first.stderr));
    await through(id, 50);
    assert.notEqual(upload(`http://holdfast:hfs_no@127.0.0.1:${plain.JOURNALD}`, []).status, 0);
    assert.equal(upload(`http://127.0.0.1:${plain.JOURNALD}/journal/${key}`, []).status, 0);
    await through(id, 100);
  });

  test("Prometheus writes to its own port, and takes another for its Alertmanager", {
    skip: unless([program("prometheus", "prometheus")]),
  }, async () => {
    const [points, alerts] = [await add("prometheus"), await add("alertmanager")];
    const prometheus = startPrometheus({
      url: server.url,
      key: points.key,
      alertKey: alerts.key,
      token: server.token,
      host: "holdfast-1",
      directory: outside,
      ports: { write: plain.PROMETHEUS, alerts: plain.ALERTMANAGER },
    });
    try {
      for (const { id } of [points, alerts])
        for (let waited = 0; (await counts(id)).stored === 0; waited += 200) {
          assert.ok(waited < 60_000 * crowding(), "nothing has come from Prometheus");
          await sleep(200);
        }
    } finally {
      await prometheus.stop();
    }
  });

  test("a port answers its protocol alone, and says so; a load balancer may ask after it", async () => {
    const headers = { authorization: `Bearer ${server.token}` };
    for (const one of PROTOCOLS)
      for (const path of ["/api/system", "/", "/incidents", "/gelf/../api/system"]) {
        const refused = await fetch(`http://127.0.0.1:${plain[one]}${path}`, { headers });
        // It takes whatever it does not know for a question of a client, and has its own words for a wrong key.
        if (one === "ELASTICSEARCH") assert.equal(refused.status, 401);
        else {
          assert.equal(refused.status, 404, `${one} ${path}`);
          assert.match(await refused.text(), /^This port of Holdfast speaks .+ only; there is nothing of it at \//);
        }
      }
    assert.equal((await fetch(`http://127.0.0.1:${plain.GELF_HTTP}/gelf`)).status, 404);
    for (const one of PROTOCOLS) assert.equal((await fetch(`http://127.0.0.1:${plain[one]}/healthz`)).status, 200, one);
    const { inputs } = (await api.get("/api/system")) as { inputs: { name: string; address: string }[] };
    const named = inputs.map(({ name, address }) => `${name} ${address}`);
    assert.ok(named.includes(`loki over TLS 127.0.0.1:${secure.LOKI}`), named.join("\n"));
    assert.equal(named.filter((text) => !/syslog/.test(text)).length, 2 + 2 * PROTOCOLS.length);
  });

  test("the whole of it over TLS: a browser needs no certificate, its cookie is for TLS only, and sources send there as well", async () => {
    const page = await ask(https, "/");
    assert.deepEqual([page.status, page.body.includes("<title>")], [200, true]);
    const login = await ask(https, "/api/session", {
      headers: { "content-type": "application/json", origin: `https://127.0.0.1:${https}` },
      body: JSON.stringify({ user: "admin", password: TEST_PASSWORD }),
    });
    assert.equal(login.status, 200, login.body);
    assert.match(String(login.headers["set-cookie"]), /; Secure/i);
    const { id, key } = await add("osquery");
    const enrolled = await ask(https, "/api/osquery/enroll", {
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ enroll_secret: key, host_identifier: "web-1" }),
    });
    const { node_key: node } = JSON.parse(enrolled.body) as { node_key: string };
    const logged = await ask(https, "/api/osquery/log", {
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        node_key: node,
        log_type: "result",
        data: [{ name: "users", hostIdentifier: "web-1", unixTime: 1_795_301_882, columns: { user: "amy" } }],
      }),
    });
    assert.equal(logged.status, 200);
    await through(id, 1);
  });

  test("a renewed certificate is shown without a restart, and one that is no certificate changes nothing", async () => {
    const ports = [https, secure.LOKI, syslogTls, otlpTls];
    const shownBy = (port: number): Promise<string> =>
      new Promise((resolve, reject) => {
        const socket = connect({ host: "127.0.0.1", port, ca: tls.ca, cert: tls.cert, key: tls.key }, () => {
          resolve(socket.getPeerCertificate().serialNumber);
          socket.destroy();
        });
        socket.on("error", reject);
      });
    const serials = () => Promise.all(ports.map(shownBy));
    const before = await serials();
    assert.equal(new Set(before).size, 1);
    const kept = readFileSync(files.serverCert);
    writeFileSync(files.serverCert, "-----BEGIN CERTIFICATE-----\nnothing\n-----END CERTIFICATE-----\n");
    for (let waited = 0; !server.log().some((line) => line.includes("the old one stays")); waited += 200) {
      assert.ok(waited < 60_000, "it was not seen that the certificate is none");
      await sleep(200);
    }
    assert.deepEqual(await serials(), before);
    writeFileSync(files.serverCert, kept);
    renewServer(outside);
    for (let waited = 0, now = before; ; waited += 200, now = await serials()) {
      if (now.every((serial) => serial !== before[0])) break;
      assert.ok(waited < 60_000, `still shown: ${now.join()}`);
      await sleep(200);
    }
  });

  test("a port that is taken, or one over TLS without a certificate, is named with its setting, and nothing starts", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const address = taken.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    try {
      await assert.rejects(
        startHoldfast({ env: { HOLDFAST_INPUTS_LOKI_PORT: String(port) } }),
        /Nothing can listen on 127\.0\.0\.1 port \d+ .*: set inputs\.loki\.port to a free port/s,
      );
      await assert.rejects(
        startHoldfast({ env: { HOLDFAST_HTTP_TLS_PORT: "on" } }),
        /http\.tls\.port is switched on, but there is no certificate: set tls\.cert and tls\.key/s,
      );
    } finally {
      taken.close();
    }
  });
});
