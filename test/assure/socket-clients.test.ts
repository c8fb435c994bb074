/** Senders that bring their own protocols on ports of their own, for real: rsyslog over TLS with a certificate, by RELP and by bulk;
 *  Graylog's and Fluentd's clients, gRPC's own library. Each is found again counted to the record, also through a kill -9. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchLogRecordProcessor, LoggerProvider } from "@opentelemetry/sdk-logs";
import { freePort, type RunningServer, startHoldfast } from "../e2e/server.ts";
import { type Api, createApi, recordsOf } from "./api.ts";
import { makeCertificates } from "./certificates.ts";
import { crowding } from "./machine.ts";
import { sendFluent, sendGelf, sendLogsByGrpc, sendTraces } from "./npm-clients.ts";
import { program, PYTHON, pythonModule, unless } from "./requirement.ts";
import { type Rsyslog, rsyslogModule, startRsyslog } from "./rsyslog.ts";

const skip = unless([
  program("rsyslogd", "rsyslog"),
  program("openssl", "openssl"),
  rsyslogModule("omrelp", "rsyslog-relp"),
  rsyslogModule("lmnsd_ossl", "rsyslog-openssl"),
  rsyslogModule("omelasticsearch", "rsyslog-elasticsearch"),
  pythonModule("grpc", "python3-grpcio"),
  pythonModule("fluent", "python3-fluent-logger"),
  pythonModule("graypy", "python3-graypy"),
]);

const MESSAGES = 200;

describe("senders on ports of their own", { skip }, () => {
  const outside = mkdtempSync(join(tmpdir(), "holdfast-sockets-"));
  const home = join(outside, "home");
  const ports = { tls: 0, relp: 0, relpTls: 0, gelfUdp: 0, gelfTcp: 0, fluent: 0, otlp: 0, otlpTls: 0 };
  let server: RunningServer;
  let api: Api;
  let rsyslog: Rsyslog;
  let files: ReturnType<typeof makeCertificates>;
  let bulk: { readonly id: string; readonly key: string };

  const start = (again?: RunningServer): Promise<RunningServer> =>
    startHoldfast({
      home,
      ...(again === undefined ? {} : { ports: again.ports }),
      env: {
        HOLDFAST_SYSLOG_TLS_PORT: String(ports.tls),
        HOLDFAST_SYSLOG_RELP_PORT: String(ports.relp),
        HOLDFAST_SYSLOG_RELP_TLS_PORT: String(ports.relpTls),
        HOLDFAST_INPUTS_GELF_UDP_PORT: String(ports.gelfUdp),
        HOLDFAST_INPUTS_GELF_TCP_PORT: String(ports.gelfTcp),
        HOLDFAST_INPUTS_FLUENT_PORT: String(ports.fluent),
        HOLDFAST_INPUTS_OTLP_PORT: String(ports.otlp),
        HOLDFAST_INPUTS_OTLP_TLS_PORT: String(ports.otlpTls),
        HOLDFAST_TLS_CERT: files.serverCert,
        HOLDFAST_TLS_KEY: files.serverKey,
        HOLDFAST_TLS_CLIENTS: files.authority,
      },
    });

  before(async () => {
    files = makeCertificates(outside);
    for (const name of Object.keys(ports) as (keyof typeof ports)[]) ports[name] = await freePort();
    server = await start();
    api = createApi(server);
    bulk = await add("elasticsearch");
    const [host, port = ""] = new URL(server.url).host.split(":");
    const own =
      'StreamDriver="ossl" StreamDriverMode="1" StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="server.test"';
    const relpTls = `tls="on" tls.cacert="${files.authority}" tls.mycert="${files.clientCert}" tls.myprivkey="${files.clientKey}" tls.authmode="name" tls.permittedpeer="server.test"`;
    rsyslog = await startRsyslog(
      server.syslog.port,
      [
        {
          name: "tls",
          action: `type="omfwd" target="127.0.0.1" port="${ports.tls}" protocol="tcp" TCP_Framing="octet-counted" ${own} template="RSYSLOG_SyslogProtocol23Format"`,
        },
        {
          name: "relp",
          action: `type="omrelp" target="127.0.0.1" port="${ports.relp}" template="RSYSLOG_SyslogProtocol23Format"`,
        },
        {
          name: "relptls",
          action: `type="omrelp" target="127.0.0.1" port="${ports.relpTls}" ${relpTls} template="RSYSLOG_SyslogProtocol23Format"`,
        },
        {
          name: "bulk",
          action: `type="omelasticsearch" server="${host}" serverport="${port}" uid="holdfast" pwd="${bulk.key}" searchIndex="syslog" searchType="" bulkmode="on"`,
        },
      ].map((one) => ({ ...one, tag: `app-${one.name}:`, facility: "local0" })),
      {
        modules: ["omrelp", "omelasticsearch"],
        global: `DefaultNetstreamDriverCAFile="${files.authority}" DefaultNetstreamDriverCertFile="${files.clientCert}" DefaultNetstreamDriverKeyFile="${files.clientKey}"`,
      },
    );
  });
  after(async () => {
    await rsyslog.stop();
    await server.kill();
    await server.ended;
    rmSync(outside, { recursive: true, force: true });
  });

  async function add(kind: string): Promise<{ id: string; key: string }> {
    const made = (await api.post("/api/sources", { name: `${kind} ${Math.random()}`, kind })) as {
      source: { id: string };
      key: string;
    };
    return { id: made.source.id, key: made.key };
  }

  interface Counts {
    readonly received: number;
    readonly stored: number;
    readonly quarantined: number;
    readonly rejected: number;
  }
  const countsOf = async (id: string): Promise<Counts> => (await api.get(`/api/sources/${id}`)) as Counts;

  /** Waits until a source has stored so many, and checks that it is so many exactly. */
  async function stored(id: string, count: number): Promise<void> {
    const until = performance.now() + 30_000 * crowding();
    for (;;) {
      const now = await countsOf(id);
      if (now.stored + now.quarantined >= count || performance.now() > until) {
        assert.deepEqual([id, now.received, now.stored, now.quarantined], [id, count, count, 0]);
        return;
      }
      await sleep(100);
    }
  }

  const found = async (query: string): Promise<Readonly<Record<string, string>>[]> =>
    recordsOf(await api.search({ query, from: "2000-01-01T00:00:00Z", limit: 1_000 }));

  const texts = (name: string, from = 0, count = MESSAGES): string[] =>
    Array.from({ length: count }, (_, n) => `message ${from + n} of ${name}, "quoted", <b>, ünï`);

  for (const [name, source] of [
    ["tls", "syslog-tls"],
    ["relp", "syslog-relp"],
    ["relptls", "syslog-relp"],
  ] as const) {
    test(`rsyslog, ${name}: every message once, with host, text and peer`, async () => {
      const before = (await countsOf(source)).stored;
      rsyslog.write(name, texts(name));
      await stored(source, before + MESSAGES);
      const rows = await found(`source:${source} raw:*app-${name}* | fields host, message, peer`);
      assert.deepEqual(rows.map(({ message }) => message?.trim()).sort(), texts(name).sort());
      assert.ok(rows.every(({ host, peer }) => host === "forwarder" && peer === "127.0.0.1"));
    });
  }

  test("rsyslog by bulk: every message once", async () => {
    rsyslog.write("bulk", texts("bulk"));
    await stored(bulk.id, MESSAGES);
    const rows = await found(`source:${bulk.id} | fields message`);
    assert.deepEqual(rows.map(({ message }) => message?.trim()).sort(), texts("bulk").sort());
  });

  test("without a certificate of the named authority nobody is heard over TLS", async () => {
    const before = await countsOf("syslog-tls");
    const reason = await new Promise<string>((resolve) => {
      const socket = connectTls({ host: "127.0.0.1", port: ports.tls, rejectUnauthorized: false }, () =>
        socket.write("<13>1 - intruder - - - - hello\n"),
      );
      socket.on("error", (error: Error & { code?: string }) => resolve(error.code ?? error.message));
      socket.on("close", () => resolve("closed"));
    });
    assert.match(reason, /CERTIFICATE_REQUIRED|ECONNRESET|EPIPE|closed/);
    assert.equal((await countsOf("syslog-tls")).received, before.received);
  });

  test("Graylog's client for Python: UDP whole, chunked and packed, and TCP; what cannot be unpacked is counted", async () => {
    const script = `
import graypy, logging, random, string
from graypy.handler import GELFWarningChunker
log = logging.getLogger("shop"); log.setLevel(logging.DEBUG)
for handler in (graypy.GELFUDPHandler("127.0.0.1", ${ports.gelfUdp}), graypy.GELFUDPHandler("127.0.0.1", ${ports.gelfUdp}, compress=False, gelf_chunker=GELFWarningChunker(chunk_size=200)), graypy.GELFTCPHandler("127.0.0.1", ${ports.gelfTcp})):
    log.handlers = [handler]
    for n in range(20): log.warning("short %d", n, extra={"user": "amy"})
    noise = "".join(random.choices(string.ascii_letters, k=9000))
    log.error("long " + noise)
    handler.close()
`;
    python(script);
    await stored("gelf-udp", 42);
    await stored("gelf-tcp", 21);
    const rows = await found("source:gelf-udp OR source:gelf-tcp | fields parser, user, message, severity, source");
    assert.equal(rows.filter(({ parser, user }) => parser === "gelf" && user === "amy").length, 60);
    assert.equal(rows.filter(({ message }) => message?.startsWith("long ")).length, 3);
    const { createSocket } = await import("node:dgram");
    const socket = createSocket("udp4");
    for (const bytes of [
      [0x1f, 0x8b, 1, 2, 3],
      [0x1e, 0x0f, 1, 2, 3, 4, 5, 6, 7, 8, 0, 3, 65],
    ])
      await new Promise<void>((resolve) =>
        socket.send(Buffer.from(bytes), ports.gelfUdp, "127.0.0.1", () => resolve()),
      );
    socket.close();
    for (let waited = 0; (await countsOf("gelf-udp")).rejected < 2; waited += 200) {
      assert.ok(waited < 15_000, "a broken message and one without its other chunks are counted");
      await sleep(200);
    }
  });

  test("Fluentd's client for Python; and each form of the protocol, acknowledged by chunk", async () => {
    const script = `
import gzip, msgpack, socket, struct
from fluent import sender, event
own = sender.FluentSender("app", host="127.0.0.1", port=${ports.fluent}, nanosecond_precision=True)
for n in range(50): assert own.emit("follow", {"message": "from the client %d" % n, "host": "shop-1"})
own.close()
def entry(n, form): return [msgpack.ExtType(0, struct.pack(">II", 1795301882, 123456789)), {"message": "%s %d" % (form, n), "big": 2**63, "bytes": b"abc"}]
packed = b"".join(msgpack.packb(entry(n, "packed")) for n in range(10))
zipped = gzip.compress(b"".join(msgpack.packb(entry(n, "zipped a")) for n in range(10))) + gzip.compress(b"".join(msgpack.packb(entry(n, "zipped b")) for n in range(10)))
messages = [
    ["t.message", 1795301882, {"message": "alone"}, {"chunk": "c0"}],
    ["t.forward", [entry(n, "forward") for n in range(10)], {"chunk": "c1"}],
    ["t.packed", packed, {"size": 10, "chunk": "c2"}],
    ["t.zipped", zipped, {"size": 20, "compressed": "gzip", "chunk": "c3"}],
    ["t.meta", [[[1795301882, {"m": 1}], {"message": "with metadata"}]], {"chunk": "c4"}],
]
wire = socket.create_connection(("127.0.0.1", ${ports.fluent}))
wire.settimeout(20)
data = b"".join(msgpack.packb(m) for m in messages)
for at in range(0, len(data), 7): wire.sendall(data[at:at + 7])
unpacker = msgpack.Unpacker(); acks = []
while len(acks) < 5:
    unpacker.feed(wire.recv(4096))
    acks += [answer["ack"] for answer in unpacker]
assert acks == ["c0", "c1", "c2", "c3", "c4"], acks
wire.close()
`;
    python(script);
    await stored("fluent", 50 + 1 + 10 + 10 + 20 + 1);
    const rows = await found("source:fluent | fields message, host, channel, time, raw, parser");
    assert.equal(rows.filter(({ host, channel }) => host === "shop-1" && channel === "app.follow").length, 50);
    const packed = rows.find(({ message }) => message === "packed 3");
    assert.match(packed?.["raw"] ?? "", /"big":9223372036854775808,"bytes":"abc"/);
    assert.match(packed?.["raw"] ?? "", /^\{"tag":"t\.packed","time":"1795301882\.123456789"/);
    assert.equal(rows.filter(({ message }) => message?.startsWith("zipped")).length, 20);
    assert.ok(rows.every(({ parser }) => parser === "fluent-entry"));
  });

  test("the clients of npm: gelf-pro by UDP and TCP, and Fluentd's in each of its modes, acknowledged", async () => {
    const [udp, tcp, fluent] = [await countsOf("gelf-udp"), await countsOf("gelf-tcp"), await countsOf("fluent")];
    await stored("gelf-udp", udp.stored + (await sendGelf("udp", ports.gelfUdp)));
    await stored("gelf-tcp", tcp.stored + (await sendGelf("tcp", ports.gelfTcp)));
    const rows = await found("source:gelf-udp OR source:gelf-tcp | fields raw, message, user, parser");
    const own = rows.filter(({ raw }) => / by (?:udp|tcp)[ "]/.test(raw ?? ""));
    assert.deepEqual([own.length, own.every(({ user, parser }) => user === "amy" && parser === "gelf")], [4, true]);
    await stored("fluent", fluent.stored + (await sendFluent(ports.fluent, 25)));
    const events = await found("source:fluent channel:npm* | fields message, host, channel");
    assert.equal(new Set(events.map(({ message }) => message)).size, 100);
    assert.ok(
      events.every(({ host, message, channel }) => host === "web-1" && message?.startsWith(channel?.slice(4) ?? "?")),
    );
  });

  test("OpenTelemetry's exporters: spans by gRPC, protobuf and JSON, found by their trace; log records by gRPC", async () => {
    const { id, key } = await add("otlp");
    const target = { http: server.url, grpc: ports.otlp, key };
    const traces = await sendTraces(target, 10);
    await sendLogsByGrpc(target, ["refused by gRPC", "paid by gRPC"]);
    await stored(id, 32);
    for (const [transport, trace] of Object.entries(traces)) {
      const [span] = await found(`trace_id:${trace} | fields message, host, product, object, peer_host, class, raw`);
      assert.match(span?.["message"] ?? "", /^GET \/\w+\/9 · [\d.]+ ms$/, transport);
      assert.deepEqual(
        [span?.["host"], span?.["product"], span?.["object"], span?.["peer_host"], span?.["class"]],
        ["web-1", "shop", "payments", "payments", "http_activity"],
      );
      assert.match(
        span?.["raw"] ?? "",
        /"events":\[\{"timeUnixNano":"\d{19}","name":"retried","attributes":\{"after":2\}\}\]/,
      );
    }
    for (const name of ["shop", "payments"])
      await api.call("PUT", `/api/services/${name}`, { name, criticality: 3, exposure: "internal" });
    const { items } = (await api.get("/api/estate/edges?service=shop")) as { items: SeenEdge[] };
    assert.deepEqual(
      items.map(({ from, to, state, count }) => [from.id, to.id, state, count]),
      [["shop", "payments", "proposed", 30]],
    );
    const failed = await found(`source:${id} status:failure | fields message`);
    assert.equal(failed.filter(({ message }) => message?.endsWith("failed: refused")).length, 3);
    const logs = await found(`source:${id} parser:otlp-log | fields message`);
    assert.deepEqual(logs.map(({ message }) => message).toSorted(), ["paid by gRPC", "refused by gRPC"]);
  });

  test("gRPC's own library with the exporter's bytes: stored, partly refused, turned away; plain and packed", async () => {
    const { id, key } = await add("otlp");
    const request = await exported(["payment refused", "x".repeat(2_000_000)]);
    const script = `
import base64, grpc, sys
body = base64.b64decode(sys.stdin.read())
def call(key, path="/opentelemetry.proto.collector.logs.v1.LogsService/Export", message=body, compression=None):
    with grpc.insecure_channel("127.0.0.1:${ports.otlp}") as channel:
        ask = channel.unary_unary(path, request_serializer=lambda b: b, response_deserializer=lambda b: b)
        try: return ask(message, metadata=[("authorization", "Bearer " + key)], timeout=30, compression=compression).hex()
        except grpc.RpcError as error: return error.code().name
print(call("${key}"))
print(call("${key}", compression=grpc.Compression.Gzip))
print(call("hfs_no"))
print(call("${key}", path="/x.Y/Z"))
print(call("${key}", message=b"\\x0a\\xff\\xff"))
`;
    const said = python(script, request.toString("base64")).trim().split("\n");
    const partial = Buffer.from(said[0] ?? "", "hex").toString("latin1");
    assert.match(partial, /1 log records are over 1048576 bytes/);
    assert.equal(said[1], said[0]);
    assert.deepEqual(said.slice(2), ["UNAUTHENTICATED", "UNIMPLEMENTED", "INVALID_ARGUMENT"]);
    await stored(id, 2);
    assert.equal((await countsOf(id)).rejected, 2);
    const rows = await found(`source:${id} | fields message, host, product`);
    assert.deepEqual(
      rows.map(({ message, host, product }) => [message, host, product]),
      Array.from({ length: 2 }, () => ["payment refused", "web-1", "shop"]),
    );
  });

  test("gRPC over TLS: with the client's certificate the records are there, without one nobody is heard", async () => {
    const { id, key } = await add("otlp");
    const request = await exported(["paid over TLS"]);
    const script = `
import base64, grpc, sys
body = base64.b64decode(sys.stdin.read())
read = lambda path: open(path, "rb").read()
def call(credentials):
    with grpc.secure_channel("127.0.0.1:${ports.otlpTls}", credentials) as channel:
        ask = channel.unary_unary("/opentelemetry.proto.collector.logs.v1.LogsService/Export", request_serializer=lambda b: b, response_deserializer=lambda b: b)
        try: return "taken" + ask(body, metadata=[("authorization", "Bearer ${key}")], timeout=30).hex()
        except grpc.RpcError as error: return error.code().name
print(call(grpc.ssl_channel_credentials(read("${files.authority}"), read("${files.clientKey}"), read("${files.clientCert}"))))
print(call(grpc.ssl_channel_credentials(read("${files.authority}"))))
print(call(grpc.ssl_channel_credentials(None, read("${files.clientKey}"), read("${files.clientCert}"))))
`;
    const said = python(script, request.toString("base64")).trim().split("\n");
    assert.deepEqual(said, ["taken", "UNAVAILABLE", "UNAVAILABLE"]);
    await stored(id, 1);
    assert.deepEqual(
      (await found(`source:${id} | fields message`)).map(({ message }) => message),
      ["paid over TLS"],
    );
  });

  test("through a kill -9: what RELP, Fluent and gRPC acknowledged is there, and rsyslog's queue goes on", async () => {
    const relp = (await countsOf("syslog-relp")).stored;
    const fluent = (await countsOf("fluent")).stored;
    rsyslog.write("relp", texts("relp", 1_000, 2_000));
    const sender = fluentSender(ports.fluent);
    await sleep(300);
    await server.kill();
    await server.ended;
    server = await start(server);
    api = createApi(server);
    rsyslog.write("relp", texts("relp", 3_000, 100));
    await sleep(500);
    const acknowledged = await sender.stop();
    assert.ok(acknowledged.length > 0);
    // Both connections by RELP, with and without TLS.
    const all = 2 * MESSAGES + 2_100;
    await settled("syslog-relp", all);
    const [relayed] = await found("source:syslog-relp | stats dc(message) as once");
    assert.equal(relayed?.["once"], String(all));
    await settled("fluent", fluent + acknowledged.length);
    const there = new Set(
      (await found('source:fluent channel:"crash" | fields message')).map(({ message }) => message),
    );
    for (const chunk of acknowledged) assert.ok(there.has(chunk), `${chunk} was acknowledged`);
    for (const id of ["syslog-relp", "fluent"]) {
      const now = await countsOf(id);
      assert.equal(now.received, now.stored + now.quarantined);
    }
    assert.ok((await countsOf("syslog-relp")).stored >= relp + 2_100);
  });

  async function settled(id: string, least: number): Promise<void> {
    const until = performance.now() + 30_000 * crowding();
    for (;;) {
      const now = await countsOf(id);
      if ((now.stored >= least && now.stored + now.quarantined === now.received) || performance.now() > until) return;
      await sleep(100);
    }
  }
});

interface SeenEdge {
  readonly from: { readonly id: string };
  readonly to: { readonly id: string };
  readonly state: string;
  readonly count: number;
}

function python(script: string, input = ""): string {
  const ran = spawnSync(PYTHON, ["-c", script], { input, encoding: "utf8", timeout: 60_000 });
  assert.equal(ran.status, 0, ran.stderr);
  return ran.stdout;
}

/** What OpenTelemetry's own exporter sends for these. */
async function exported(bodies: readonly string[]): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const sink = createServer((request, response) => {
    request.on("data", (chunk: Buffer) => chunks.push(chunk)).on("end", () => response.end());
  });
  const port = await freePort();
  await new Promise<void>((resolve) => sink.listen(port, "127.0.0.1", resolve));
  const exporter = new OTLPLogExporter({ url: `http://127.0.0.1:${port}/v1/logs` });
  const provider = new LoggerProvider({
    resource: resourceFromAttributes({ "service.name": "shop", "host.name": "web-1" }),
    processors: [new BatchLogRecordProcessor({ exporter })],
  });
  const logger = provider.getLogger("app", "1.2.3");
  for (const body of bodies) logger.emit({ severityNumber: 17, body });
  await provider.forceFlush();
  await provider.shutdown();
  sink.closeAllConnections();
  sink.close();
  return Buffer.concat(chunks);
}

/** Sends one event after the other, each with a chunk to acknowledge, and connects again when it has to. */
function fluentSender(port: number): { stop(): Promise<string[]> } {
  const script = `
import msgpack, os, socket, sys, time
n = 0; wire = None
while not os.path.exists(sys.argv[1]) and n < 20000:
    name = "crash %d" % n; n += 1
    try:
        if wire is None:
            wire = socket.create_connection(("127.0.0.1", ${port}), timeout=2)
            unpacker = msgpack.Unpacker()
        wire.sendall(msgpack.packb(["crash", int(time.time()), {"message": name}, {"chunk": name}]))
        unpacker.feed(wire.recv(4096))
        for answer in unpacker:
            if answer.get("ack") == name: print(name, flush=True)
    except Exception:
        wire = None
        time.sleep(0.05)
`;
  const flag = join(mkdtempSync(join(tmpdir(), "holdfast-fluent-")), "stop");
  const child: ChildProcess = spawn(PYTHON, ["-c", script, flag], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "close");
  let said = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  return {
    stop: async () => {
      spawnSync("touch", [flag]);
      await ended;
      rmSync(join(flag, ".."), { recursive: true, force: true });
      return said.split("\n").filter((name) => name !== "");
    },
  };
}
