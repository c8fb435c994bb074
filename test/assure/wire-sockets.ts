/** wire-sockets: speaks protocols that are connections and not requests: how many records each was told are on disk, and whether its
 *  connection is read at all. */
import { once } from "node:events";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { connect, type Socket } from "node:net";
import { bytesField } from "./wire-protocols.ts";

export interface Conversation {
  /** Writes so many numbered records. */
  send(first: number, count: number): void;
  /** Records that the other side has said are on disk. */
  acknowledged(): number;
  /** Bytes that could not even be handed to the connection. */
  waiting(): number;
  end(): Promise<void>;
}

const lineOf = (n: number): string => `<134>1 2026-11-22T10:00:00.000Z web-${n % 40} shop - - - request ${n}`;

/** rsyslog's protocol: each message is a transaction, answered with 200. */
export async function speakRelp(port: number): Promise<Conversation> {
  const socket = await opened(port);
  let transaction = 1;
  let done = -1;
  let rest = "";
  socket.on("data", (chunk: Buffer) => {
    rest += chunk.toString("latin1");
    const answers = [...rest.matchAll(/\d+ rsp \d+ 200 OK[^\n]*\n(?:relp_[^\n]*\n|commands=[^\n]*\n)*/g)];
    done += answers.length;
    rest = answers.length === 0 ? rest : rest.slice((answers.at(-1)?.index ?? 0) + (answers.at(-1)?.[0].length ?? 0));
  });
  const offers = "relp_version=0\nrelp_software=test\ncommands=syslog";
  socket.write(`${transaction++} open ${offers.length} ${offers}\n`);
  return conversation(socket, {
    acknowledged: () => done,
    frames: (first, count) =>
      Array.from({ length: count }, (_, at) => {
        const line = lineOf(first + at);
        return `${transaction++} syslog ${line.length} ${line}\n`;
      }).join(""),
  });
}

/** Fluentd's forward protocol: a message with a chunk is answered with it. */
export async function speakFluent(port: number): Promise<Conversation> {
  const socket = await opened(port);
  let done = 0;
  let rest = "";
  // Each answer is a map of one: "ack" and the chunk, which is never called so here.
  socket.on("data", (chunk: Buffer) => {
    const parts = `${rest}${chunk.toString("latin1")}`.split("ack");
    done += parts.length - 1;
    rest = (parts.at(-1) ?? "").slice(-2);
  });
  return conversation(socket, {
    acknowledged: () => done,
    frames: (first, count) => Buffer.concat(Array.from({ length: count }, (_, at) => forwardOf(first + at))),
  });
}

/** Lines over TCP, which nobody answers: syslog, or GELF with a zero byte behind each. */
export async function speakLines(port: number, gelf = false): Promise<Conversation> {
  const socket = await opened(port);
  const padding = "x".repeat(1_000);
  return conversation(socket, {
    acknowledged: () => 0,
    frames: (first, count) =>
      Array.from({ length: count }, (_, at) =>
        gelf
          ? `${JSON.stringify({ version: "1.1", host: "web-1", short_message: `request ${first + at}`, full_message: padding })}\0`
          : `${lineOf(first + at)} ${padding}\n`,
      ).join(""),
  });
}

export interface GrpcAnswer {
  readonly status: number;
  /** google.rpc.Status with its details, as text to look into. */
  readonly details: string;
}

/** One export of log records by gRPC. */
export async function exportByGrpc(given: {
  readonly port: number;
  readonly key: string;
  readonly first: number;
  readonly count: number;
}): Promise<GrpcAnswer> {
  const session: ClientHttp2Session = connectHttp2(`http://127.0.0.1:${given.port}`);
  try {
    const stream = session.request({
      ":method": "POST",
      ":path": "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
      "content-type": "application/grpc",
      te: "trailers",
      authorization: `Bearer ${given.key}`,
    });
    let said: Record<string, unknown> = {};
    stream.on("response", (headers) => (said = { ...said, ...headers }));
    stream.on("trailers", (headers) => (said = { ...said, ...headers }));
    // The other side may be done before it has read all of the message.
    stream.on("error", () => {});
    const records = Array.from({ length: given.count }, (_, at) =>
      bytesField(2, bytesField(5, bytesField(1, Buffer.from(`request ${given.first + at}`)))),
    );
    const message = bytesField(1, bytesField(2, Buffer.concat(records)));
    const prefix = Buffer.alloc(5);
    prefix.writeUInt32BE(message.length, 1);
    stream.resume();
    stream.end(Buffer.concat([prefix, message]));
    await once(stream, "close");
    const details = Buffer.from(String(said["grpc-status-details-bin"] ?? ""), "base64").toString("latin1");
    return { status: Number(said["grpc-status"] ?? -1), details };
  } finally {
    session.destroy();
  }
}

/** A message of the forward protocol in MessagePack: tag, time, record, and the chunk that it is to be acknowledged by. */
function forwardOf(n: number): Buffer {
  const word = (text: string): Buffer => Buffer.concat([Buffer.from([0xa0 | text.length]), Buffer.from(text)]);
  const map = (name: string, value: string): Buffer => Buffer.concat([Buffer.from([0x81]), word(name), word(value)]);
  const time = Buffer.from([0xce, 0, 0, 0, 0]);
  time.writeUInt32BE(1_795_340_000, 1);
  return Buffer.concat([
    Buffer.from([0x94]),
    word("app.web"),
    time,
    map("message", `request ${n}`),
    map("chunk", `c${n}`),
  ]);
}

async function opened(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  return socket;
}

function conversation(
  socket: Socket,
  of: {
    readonly acknowledged: () => number;
    readonly frames: (first: number, count: number) => string | Buffer;
  },
): Conversation {
  return {
    send: (first, count) => void socket.write(of.frames(first, count)),
    acknowledged: of.acknowledged,
    waiting: () => socket.writableLength,
    end: async () => {
      socket.end();
      socket.resume();
      if (!socket.destroyed) await once(socket, "close");
    },
  };
}
