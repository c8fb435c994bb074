/** inputs.test: while nothing may be taken RELP and Fluent acknowledge nothing and gRPC says when to come again; afterwards nothing is
 *  missing. Values and frames cut anywhere are read the same, and what is no frame ends its own connection only. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { FluentClient } from "@fluent-org/logger";
import fc from "fast-check";
import { senderOf } from "../backlog.ts";
import { CONTEXT, none, startTestIngest, type TestIngest } from "../testing.ts";
import { createNulFramer } from "./gelf-tcp.ts";
import { createMsgpackScanner, type MsgpackValue, readMsgpack } from "./msgpack.ts";
import { createRelpReader } from "./relp-frames.ts";

let ingest: TestIngest;
const base = 20_000 + Math.floor(Math.random() * 12_000);
const ports = { relp: base, fluent: base + 1, otlp: base + 2, gelf: base + 3 };

before(async () => {
  ingest = await startTestIngest({
    relp: ports.relp,
    fluent: { port: ports.fluent, tls: { port: 0 }, key: "a shared key" },
    otlp: { port: ports.otlp, tls: { port: 0 } },
    gelf: { udp: { port: 0 }, tcp: { port: ports.gelf } },
  });
});
after(() => ingest.close());

/** What a socket has said so far. */
function listen(port: number): { readonly socket: Socket; said(): Buffer } {
  const socket = connect(port, "127.0.0.1");
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("error", () => {});
  return { socket, said: () => Buffer.concat(chunks) };
}

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let waited = 0; !holds(); waited += 20) {
    assert.ok(waited < 20_000, what);
    await sleep(20);
  }
}

test("RELP: no answer while nothing may be taken, one for each message afterwards; a stranger's bytes end only his connection", async () => {
  const { socket, said } = listen(ports.relp);
  const offers = "relp_version=0\nrelp_software=test\ncommands=syslog";
  socket.write(`1 open ${offers.length} ${offers}\n`);
  await until("open", () => said().includes("1 rsp"));
  ingest.refuse("no room.");
  socket.write("2 syslog 5 <13>a\n3 syslog 6 <13>b\n\n4 syslog 0\n");
  await sleep(300);
  assert.doesNotMatch(said().toString(), /2 rsp/);
  const stranger = listen(ports.relp);
  stranger.socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  await once(stranger.socket, "close");
  ingest.refuse(undefined);
  await until("answers", () => said().includes("4 rsp 6 200 OK\n"));
  socket.write("5 close 0\n");
  await once(socket, "end");
  assert.match(said().toString(), /2 rsp 6 200 OK\n3 rsp 6 200 OK\n4 rsp 6 200 OK\n5 rsp 0\n0 serverclose 0\n$/);
  const counts = await ingest.through("syslog-relp", 2);
  assert.deepEqual([counts.received, counts.rejected], [2, 1]);
  assert.deepEqual(await ingest.raws("syslog-relp"), ["<13>a", "<13>b"]);
});

test("Fluent: who does not know the shared key is not heard, and its own client, which does, is acknowledged", async () => {
  const { socket, said } = listen(ports.fluent);
  await until("a greeting", () => said().includes("HELO"));
  const ping = ["PING", "client", "salt", "0".repeat(128), "", ""].map((text) =>
    Buffer.concat([Buffer.from([0xd9, text.length]), Buffer.from(text)]),
  );
  socket.write(Buffer.concat([Buffer.from([0x96]), ...ping]));
  await once(socket, "end");
  assert.ok(said().includes("shared_key mismatch"));
  const silent = listen(ports.fluent);
  // A message instead of the answer: [tag, time, {}].
  silent.socket.write(Buffer.from([0x93, 0xa1, 0x74, 0x01, 0x80]));
  await once(silent.socket, "end");
  assert.equal((await ingest.source("fluent")).received, 0);
  const client = new FluentClient("app", {
    eventMode: "Forward",
    socket: { host: "127.0.0.1", port: ports.fluent },
    ack: { ackTimeout: 60_000 },
    security: { clientHostname: "web-1", sharedKey: "a shared key" },
  });
  await Promise.all([1, 2, 3].map((n) => client.emit("known", { message: `knows the key ${n}` })));
  await client.shutdown();
  assert.equal((await ingest.through("fluent", 3)).received, 3);
});

test("gRPC: while nothing may be taken the answer is UNAVAILABLE with the time to wait", async () => {
  const made = await ingest.area.routes.createSource({ ...none, body: { name: "grpc", kind: "otlp" } }, CONTEXT);
  const session = connectHttp2(`http://127.0.0.1:${ports.otlp}`);
  const call = async (key: string): Promise<Record<string, unknown>> => {
    const stream = session.request({
      ":method": "POST",
      ":path": "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
      "content-type": "application/grpc",
      authorization: `Bearer ${key}`,
    });
    stream.end(Buffer.alloc(5));
    let heard: Record<string, unknown> = {};
    stream.on("response", (headers) => (heard = { ...heard, ...headers }));
    stream.on("trailers", (headers) => (heard = { ...heard, ...headers }));
    stream.resume();
    await once(stream, "close");
    return heard;
  };
  assert.equal((await call(made.key))["grpc-status"], "0");
  ingest.refuse("no room.");
  const refused = await call(made.key);
  ingest.refuse(undefined);
  assert.equal(refused["grpc-status"], "14");
  const details = Buffer.from(String(refused["grpc-status-details-bin"]), "base64").toString("latin1");
  assert.match(details, /type\.googleapis\.com\/google\.rpc\.RetryInfo/);
  assert.match(String(refused["grpc-message"]), /no room/);
  session.close();
});

test("GELF over TCP: a message that is too large is counted, the next ones are stored; half of one at the end, too", async () => {
  const { socket } = listen(ports.gelf);
  const message = (text: string): string => JSON.stringify({ version: "1.1", host: "h", short_message: text });
  socket.end(`${message("one")}\0${"x".repeat(200_000)}\0${message("two")}\0${message("three")}`);
  const counts = await ingest.through("gelf-tcp", 3);
  assert.deepEqual([counts.stored, counts.rejected], [3, 1]);
});

test("frames cut anywhere are the same frames", () => {
  const text = fc.string({ maxLength: 40 }).filter((value) => !value.includes("\0") && value !== "");
  fc.assert(
    fc.property(fc.array(text, { maxLength: 8 }), fc.array(fc.nat(200), { maxLength: 20 }), (texts, cuts) => {
      const relp = createRelpReader(1_000);
      const wire = Buffer.concat(
        texts.map((one, n) => Buffer.from(`${n + 1} syslog ${Buffer.byteLength(one)} ${one}\n`)),
      );
      const frames = pieces(wire, cuts).flatMap((piece) => relp.push(piece).frames);
      assert.deepEqual(
        frames.map(({ data }) => data.toString()),
        texts.map((one) => Buffer.from(one).toString()),
      );
      const nul = createNulFramer(1_000);
      const gelf = Buffer.from(texts.map((one) => `${one}\0`).join(""));
      const read = pieces(gelf, cuts).flatMap((piece) => nul.push(piece));
      assert.deepEqual(
        read.map(String),
        texts.map((one) => Buffer.from(one).toString()),
      );
    }),
  );
});

test("MessagePack cut anywhere is the same value, and any bytes are a value, more, or bad", () => {
  // {"a": [1, -1, 2.5, null, true], "b": bin, "c": 2^63, "d": a text of 300 characters}
  const wire = Buffer.concat([
    Buffer.from([
      0x84, 0xa1, 0x61, 0x95, 1, 0xff, 0xcb, 0x40, 4, 0, 0, 0, 0, 0, 0, 0xc0, 0xc3, 0xa1, 0x62, 0xc4, 2, 7, 8,
    ]),
    Buffer.from([0xa1, 0x63, 0xcf, 0x80, 0, 0, 0, 0, 0, 0, 0, 0xa1, 0x64, 0xda, 1, 44]),
    Buffer.from("x".repeat(300)),
  ]);
  const scanner = createMsgpackScanner();
  for (let end = 0; end < wire.length; end += 1) assert.equal(scanner.scan(wire.subarray(0, end)), "more");
  assert.equal(scanner.scan(wire), wire.length);
  const value = readMsgpack(wire).value;
  assert.ok(value instanceof Map);
  const expected: MsgpackValue[] = [[1, -1, 2.5, null, true], Buffer.from([7, 8]), 2n ** 63n, "x".repeat(300)];
  assert.deepEqual([...value.values()], expected);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const end = createMsgpackScanner().scan(Buffer.from(bytes));
      if (typeof end === "number") assert.equal(readMsgpack(Buffer.from(bytes)).end, end);
    }),
    { numRuns: 2_000 },
  );
});

test("of a source with many senders each peer has a share of its own, of one with a key the source", () => {
  const of = (kind: string, peer: string): string => senderOf({ source: kind, kind, peer });
  assert.notEqual(of("syslog-tcp", "192.0.2.1"), of("syslog-tcp", "192.0.2.2"));
  assert.equal(of("syslog-udp", "192.0.2.1"), of("syslog-udp", "192.0.2.2"));
  assert.equal(of("http", "192.0.2.1"), of("http", "192.0.2.2"));
});

function pieces(wire: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [0, ...cuts.filter((cut) => cut < wire.length).sort((a, b) => a - b), wire.length];
  return at.slice(1).map((end, index) => wire.subarray(at[index], end));
}
