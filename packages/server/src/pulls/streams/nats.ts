/** nats: a durable pull consumer of JetStream. Every message is acknowledged by itself, and only after the spool has it on disk; what is
 *  not acknowledged the server gives again. */
import {
  AckPolicy,
  type Consumer as JetStreamConsumer,
  DeliverPolicy,
  type JsMsg,
  jetstream,
  jetstreamManager,
  ReplayPolicy,
} from "@nats-io/jetstream";
import {
  credsAuthenticator,
  type NatsConnection,
  nkeyAuthenticator,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from "@nats-io/transport-node";
import { z } from "zod";
import type { Egress } from "../../platform/egress/index.ts";
import { fail } from "../errors.ts";
import type { Consumer, Kind, Opened } from "../kind.ts";
import { messageRecord } from "./message.ts";
import { connectNats, type NatsOptions } from "./nats-transport.ts";

const settingsShape = z.strictObject({
  servers: z
    .array(z.string().regex(/^(nats|tls):\/\/[^/@\s]+$/, "an address such as nats://host:4222"))
    .min(1)
    .max(20)
    .meta({
      title: "Servers",
      description: "One a line, such as nats://nats-1.example.com:4222; tls:// demands encryption.",
    }),
  stream: z.string().min(1).max(200).meta({ title: "Stream" }),
  subject: z.string().max(500).optional().meta({
    title: "Subject",
    description: "Only messages of this subject, such as logs.>. All of the stream when it is empty.",
  }),
  consumer: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,60}$/, "letters, digits, dash and underscore")
    .default("holdfast")
    .meta({
      title: "Durable consumer",
      description: "Made when there is none. It remembers how far Holdfast has come.",
    }),
  user: z.string().max(200).optional().meta({ title: "User" }),
  authority: z.string().max(20_000).optional().meta({
    title: "Authority (PEM)",
    description: "Of the servers' certificates, when it is not a public one.",
    format: "multiline",
  }),
  certificate: z
    .string()
    .max(20_000)
    .optional()
    .meta({ title: "Our certificate (PEM)", description: "When the servers ask for one.", format: "multiline" }),
});

const secretsShape = z.strictObject({
  password: z.string().max(1000).optional().meta({ title: "Password", description: "Of the user." }),
  token: z.string().max(1000).optional().meta({ title: "Token" }),
  nkey: z.string().max(200).optional().meta({ title: "NKey seed", description: "Begins with SU." }),
  credentials: z
    .string()
    .max(20_000)
    .optional()
    .meta({ title: "Credentials file", description: "The whole .creds file.", format: "multiline" }),
  key: z.string().max(20_000).optional().meta({ title: "Our private key (PEM)", format: "multiline" }),
});

const BATCH = 500;
const FETCH_MS = 1_000;
const CONNECT_MS = 10_000;
const ACK_WAIT_NS = 30 * 1e9;

export function natsKind(egress: Pick<Egress, "connect">): Kind {
  return {
    kind: "nats",
    via: "nats",
    title: "NATS JetStream",
    description: "Messages of a stream of NATS, each acknowledged when it is on disk.",
    docs: "https://docs.nats.io/nats-concepts/jetstream/consumers",
    before: [
      "The stream must exist.",
      "The user may create and use one consumer of it, or that consumer exists with explicit acknowledgement.",
    ],
    settings: settingsShape,
    secrets: secretsShape,
    everySeconds: null,
    backfill: true,
    promise:
      "A message is acknowledged after it is on disk. One whose acknowledgement was lost on the way comes twice; at most 500 do after a crash.",
    reaches: (settings) => placesOf(settingsShape.parse(settings).servers),
    open: (opened) => ({ how: "listening", consumer: consumerOf(opened, egress) }),
  };
}

function consumerOf(opened: Opened, egress: Pick<Egress, "connect">): Consumer {
  const settings = settingsShape.parse(opened.settings);
  const { stream, subject, consumer: durable } = settings;

  async function connected<T>(work: (connection: NatsConnection) => Promise<T>): Promise<T> {
    const { caller } = opened;
    const dial = (host: string, port: number) => egress.connect({ caller, host, port, timeoutMs: CONNECT_MS });
    const connection = await connectNats(optionsOf(opened), dial).catch((cause: unknown) => {
      throw broker(`The servers were not reached: ${said(cause)}.`, cause);
    });
    try {
      return await work(connection);
    } finally {
      await connection.close().catch(() => {});
    }
  }

  async function consumerIn(connection: NatsConnection, sinceMs: number): Promise<JetStreamConsumer> {
    const manager = await jetstreamManager(connection, { checkAPI: false });
    const known = await manager.consumers.info(stream, durable).catch(() => undefined);
    if (known === undefined)
      await manager.consumers
        .add(stream, {
          durable_name: durable,
          ack_policy: AckPolicy.Explicit,
          ack_wait: ACK_WAIT_NS,
          max_ack_pending: BATCH * 2,
          deliver_policy: DeliverPolicy.StartTime,
          opt_start_time: new Date(sinceMs).toISOString(),
          replay_policy: ReplayPolicy.Instant,
          ...(subject === undefined ? {} : { filter_subject: subject }),
        })
        .catch((cause: unknown) => {
          throw broker(`The consumer "${durable}" of the stream "${stream}" cannot be made: ${said(cause)}.`, cause);
        });
    else if (known.config.ack_policy !== AckPolicy.Explicit)
      throw broker(
        `The consumer "${durable}" does not acknowledge each message. Name another, or let Holdfast make it.`,
      );
    return jetstream(connection).consumers.get(stream, durable);
  }

  return {
    probe: () =>
      connected(async (connection) => {
        const manager = await jetstreamManager(connection, { checkAPI: false });
        const { state } = await manager.streams.info(stream);
        const first =
          state.messages === 0 ? undefined : await manager.streams.getMessage(stream, { seq: state.first_seq });
        const sample = first?.data === undefined ? null : Buffer.from(first.data).toString("utf8").slice(0, 2_000);
        const words = `The stream holds ${state.messages} ${state.messages === 1 ? "message" : "messages"}.`;
        return [{ stream, ok: true, said: words, records: state.messages, sample }];
      }).catch((error: unknown) => [{ stream, ok: false, said: said(error), records: null, sample: null }]),
    consume: ({ sinceMs, signal, take, onListening }) =>
      connected(async (connection) => {
        const consumer = await consumerIn(connection, sinceMs);
        await onListening();
        const closed = connection.closed().then((error) => {
          throw broker(`The connection ended${error === undefined ? "" : `: ${said(error)}`}.`);
        });
        closed.catch(() => {});
        while (!signal.aborted) {
          const messages = await Promise.race([fetched(consumer), closed]);
          if (messages.length === 0) continue;
          await take({
            records: messages.map((message) => messageRecord(placeOf(message), message.data)),
            peer: messages[0]?.subject ?? stream,
            cursors: [{ stream, cursor: `message ${messages.at(-1)?.seq ?? 0}` }],
          }).catch(async (error: unknown) => {
            // Given back, or the server would hold them until the time for an acknowledgement is over.
            for (const message of messages) message.nak();
            await Promise.race([connection.flush(), closed]).catch(() => {});
            throw error;
          });
          for (const message of messages) message.ack();
          await Promise.race([connection.flush(), closed]);
        }
      }),
  };
}

async function fetched(consumer: JetStreamConsumer): Promise<JsMsg[]> {
  const messages: JsMsg[] = [];
  for await (const message of await consumer.fetch({ max_messages: BATCH, expires: FETCH_MS })) messages.push(message);
  return messages;
}

function placeOf({ info, subject, seq, headers }: JsMsg): Record<string, unknown> {
  const time = new Date(Math.floor(info.timestampNanos / 1e6)).toISOString();
  const given = headers === undefined ? [] : headers.keys().map((name) => [name, headers.values(name).join(", ")]);
  const named = given.length === 0 ? {} : { headers: Object.fromEntries(given) as Record<string, string> };
  return { stream: info.stream, subject, sequence: seq, time, ...named };
}

function optionsOf({ settings, secrets }: Opened): NatsOptions {
  const { servers, user, authority, certificate } = settingsShape.parse(settings);
  const { password, token, nkey, credentials, key } = secretsShape.parse(secrets);
  const bytes = (text: string) => new TextEncoder().encode(text);
  const authenticator = [
    ...(user === undefined ? [] : [usernamePasswordAuthenticator(user, password ?? "")]),
    ...(token === undefined ? [] : [tokenAuthenticator(token)]),
    ...(nkey === undefined ? [] : [nkeyAuthenticator(bytes(nkey))]),
    ...(credentials === undefined ? [] : [credsAuthenticator(bytes(credentials))]),
  ];
  const encrypted =
    servers.some((server) => server.startsWith("tls:")) || authority !== undefined || certificate !== undefined;
  const tls = {
    ...(authority === undefined ? {} : { ca: authority }),
    ...(certificate === undefined ? {} : { cert: certificate }),
    ...(key === undefined ? {} : { key }),
  };
  return {
    servers: servers.map((server) => server.replace(/^\w+:\/\//, "")),
    name: "holdfast",
    timeout: CONNECT_MS,
    pingInterval: 20_000,
    ...(authenticator.length === 0 ? {} : { authenticator }),
    ...(encrypted ? { tls } : {}),
  };
}

function placesOf(servers: readonly string[]): string[] {
  return servers.map((server) => {
    const place = server.replace(/^\w+:\/\//, "");
    return /:\d+$/.test(place) ? place : `${place}:4222`;
  });
}

const broker = (words: string, cause?: unknown) => fail("PULLS_BROKER", words, { cause });
const said = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/\.$/, "").slice(0, 300);
