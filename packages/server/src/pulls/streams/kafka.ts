/** kafka: a member of a consumer group. Offsets are committed by Holdfast, after the spool has the messages on disk; what is not
 *  committed the next start reads again. */
import kafkajs, { type EachBatchPayload, type Kafka, type SASLOptions } from "kafkajs";
import type { Socket } from "node:net";
import { z } from "zod";
import type { Egress } from "../../platform/egress/index.ts";
import { fail } from "../errors.ts";
import type { Consumer, Kind, Opened } from "../kind.ts";
import { addCodecs } from "./kafka-codecs.ts";
import { LateSocket } from "./kafka-socket.ts";
import { messageRecord } from "./message.ts";

const settingsShape = z.strictObject({
  brokers: z
    .array(z.string().regex(/^[^\s/:]+:\d{1,5}$/, "host:port"))
    .min(1)
    .max(50)
    .meta({
      title: "Brokers",
      description: "host:port, one a line. Every broker that these name must be reachable, too.",
    }),
  topics: z.array(z.string().min(1).max(249)).min(1).max(100).meta({ title: "Topics", description: "One a line." }),
  group: z
    .string()
    .min(1)
    .max(200)
    .default("holdfast")
    .meta({ title: "Consumer group", description: "It remembers how far Holdfast has come." }),
  encrypted: z.boolean().default(false).meta({ title: "TLS" }),
  authority: z.string().max(20_000).optional().meta({
    title: "Authority (PEM)",
    description: "Of the brokers' certificates, when it is not a public one.",
    format: "multiline",
  }),
  certificate: z
    .string()
    .max(20_000)
    .optional()
    .meta({ title: "Our certificate (PEM)", description: "When the brokers ask for one.", format: "multiline" }),
  login: z.enum(["none", "plain", "scram-sha-256", "scram-sha-512"]).default("none").meta({ title: "Login (SASL)" }),
  user: z.string().max(200).optional().meta({ title: "User" }),
});
type Settings = z.infer<typeof settingsShape>;

const secretsShape = z.strictObject({
  password: z.string().max(1000).optional().meta({ title: "Password", description: "Of the user." }),
  key: z.string().max(20_000).optional().meta({ title: "Our private key (PEM)", format: "multiline" }),
});

const CONNECT_MS = 10_000;

export function kafkaKind(egress: Pick<Egress, "connect">): Kind {
  return {
    kind: "kafka",
    via: "kafka",
    title: "Kafka",
    description: "Messages of topics, as a member of a consumer group whose offsets move when they are on disk.",
    docs: "https://kafka.apache.org/documentation/#consumerconfigs",
    before: ["The user may read the topics and use the consumer group."],
    settings: settingsShape,
    secrets: secretsShape,
    everySeconds: null,
    backfill: true,
    promise:
      "Offsets are committed after the messages are on disk. After a crash, or when the group is divided anew, the last batch of a partition may come twice.",
    reaches: () => [],
    open: (opened) => ({ how: "listening", consumer: consumerOf(opened, egress) }),
  };
}

function consumerOf(opened: Opened, egress: Pick<Egress, "connect">): Consumer {
  const settings = settingsShape.parse(opened.settings);
  const { topics, group } = settings;
  const kafka = clientOf(opened, egress);

  /** Where partitions begin that the group knows nothing of. */
  async function beginnings(sinceMs: number): Promise<{ topic: string; partition: number; offset: string }[]> {
    if (sinceMs <= 0) return [];
    const admin = kafka.admin();
    await admin.connect();
    try {
      const known = await admin.fetchOffsets({ groupId: group, topics });
      const found = await Promise.all(
        topics.map(async (topic) => {
          const fresh = new Set(
            known
              .find((one) => one.topic === topic)
              ?.partitions.filter(({ offset }) => offset === "-1")
              .map(({ partition }) => partition),
          );
          if (fresh.size === 0) return [];
          const offsets = await admin.fetchTopicOffsetsByTimestamp(topic, sinceMs);
          return offsets.filter(({ partition }) => fresh.has(partition)).map((one) => ({ topic, ...one }));
        }),
      );
      return found.flat();
    } finally {
      await admin.disconnect().catch(() => {});
    }
  }

  return {
    async probe() {
      const admin = kafka.admin();
      try {
        await admin.connect();
        return await Promise.all(
          topics.map(async (topic) => {
            const offsets = await admin.fetchTopicOffsets(topic);
            const held = offsets.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
            const words = `The topic has ${offsets.length} partitions and holds ${held} messages.`;
            return { stream: topic, ok: true, said: words, records: held, sample: null };
          }),
        );
      } catch (error) {
        return [{ stream: topics.join(", "), ok: false, said: said(error), records: null, sample: null }];
      } finally {
        await admin.disconnect().catch(() => {});
      }
    },
    async consume({ sinceMs, signal, take, onListening }) {
      const begin = await beginnings(sinceMs).catch((cause: unknown) => {
        throw broker(`The offsets of the group "${group}" cannot be read: ${said(cause)}.`, cause);
      });
      const consumer = kafka.consumer({
        groupId: group,
        maxWaitTimeInMs: 500,
        sessionTimeout: 10_000,
        heartbeatInterval: 2_000,
        retry: { retries: 2, restartOnFailure: async () => false },
      });
      let ended = false;
      const end = Promise.withResolvers<void>();
      // Told apart from an end that was asked for, and never left unheard.
      end.promise.catch(() => {});
      const onAbort = () => end.resolve();
      signal.addEventListener("abort", onAbort, { once: true });
      consumer.on(consumer.events.CRASH, ({ payload }) => end.reject(broker(`${said(payload.error)}.`, payload.error)));
      const placed = Promise.withResolvers<void>();
      const eachBatch = async (given: EachBatchPayload): Promise<void> => {
        await placed.promise;
        const { batch, isStale, isRunning, resolveOffset, heartbeat } = given;
        if (ended || signal.aborted || isStale() || !isRunning() || batch.messages.length === 0) return;
        const { topic, partition } = batch;
        const last = batch.lastOffset();
        try {
          await take({
            records: batch.messages.map((message) =>
              messageRecord(placeOf(message, { topic, partition }), message.value ?? Buffer.alloc(0)),
            ),
            peer: topic,
            cursors: [{ stream: `${topic}, partition ${partition}`, cursor: `offset ${last}` }],
          });
        } catch (error) {
          // Nothing is committed: these come again. The client itself need not try again, the schedule does.
          ended = true;
          end.reject(error);
          return;
        }
        resolveOffset(last);
        await consumer.commitOffsets([{ topic, partition, offset: String(BigInt(last) + 1n) }]);
        await heartbeat();
      };
      try {
        await consumer.connect();
        await consumer.subscribe({ topics, fromBeginning: true });
        await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch });
        for (const place of begin) consumer.seek(place);
        // The beginning is remembered at once: what comes before the first batch is taken must not move it.
        if (begin.length > 0) await consumer.commitOffsets(begin);
        placed.resolve();
        await onListening();
        if (signal.aborted) end.resolve();
        await end.promise;
      } catch (error) {
        throw isOwn(error) ? error : broker(`${said(error)}.`, error);
      } finally {
        ended = true;
        placed.resolve();
        signal.removeEventListener("abort", onAbort);
        await consumer.disconnect().catch(() => {});
      }
    },
  };
}

function clientOf({ settings: entered, secrets, caller }: Opened, egress: Pick<Egress, "connect">): Kafka {
  addCodecs();
  const settings = settingsShape.parse(entered);
  const { brokers, encrypted, authority, certificate } = settings;
  const { password = "", key } = secretsShape.parse(secrets);
  const sasl = saslOf(settings, password);
  const own = certificate === undefined || key === undefined ? {} : { own: { cert: certificate, key } };
  return new kafkajs.Kafka({
    clientId: "holdfast",
    brokers,
    connectionTimeout: CONNECT_MS,
    retry: { retries: 1 },
    logCreator: () => () => {},
    ...(encrypted ? { ssl: true } : {}),
    ...(sasl === undefined ? {} : { sasl }),
    socketFactory: ({ host, port, onConnect }) => {
      const tls = encrypted ? { tls: { servername: host, ca: authority, ...own } } : {};
      return new LateSocket(
        egress.connect({ caller, host, port, timeoutMs: CONNECT_MS, ...tls }),
        onConnect,
      ) as Duplexed;
    },
  });
}

/** What the client uses of a socket is there: reading, writing, ending, and keeping alive. */
type Duplexed = LateSocket & Socket;

function saslOf({ login, user = "" }: Settings, password: string): SASLOptions | undefined {
  return login === "none" ? undefined : { mechanism: login, username: user, password };
}

function placeOf(
  { key, offset, timestamp, headers }: EachBatchPayload["batch"]["messages"][number],
  at: { readonly topic: string; readonly partition: number },
): Record<string, unknown> {
  const given = Object.entries(headers ?? {}).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.map(String).join(", ") : String(value ?? ""),
  ]);
  const ms = Number(timestamp);
  return {
    ...at,
    offset,
    ...(Number.isFinite(ms) && ms > 0 ? { time: new Date(ms).toISOString() } : {}),
    ...(key === null ? {} : { key: key.toString("utf8") }),
    ...(given.length === 0 ? {} : { headers: Object.fromEntries(given) as Record<string, string> }),
  };
}

const broker = (words: string, cause?: unknown) => fail("PULLS_BROKER", words, { cause });
const isOwn = (error: unknown): boolean => error instanceof Error && !error.name.startsWith("KafkaJS");

/** The library wraps what happened in what it was doing. */
function said(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const text = inner instanceof Error ? inner.message : String(inner);
  return text.replace(/\.$/, "").slice(0, 300);
}
