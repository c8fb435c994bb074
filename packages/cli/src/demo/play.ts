/** play: sends a scenario's records through the inputs they would take in life: HTTP sources with keys of their own, syslog over
 *  TCP (octet-counted) and UDP. In order of time, as fast as the server takes them. */
import { createSocket } from "node:dgram";
import { connect, type Socket } from "node:net";
import { estateRoutes } from "@holdfast/contracts/estate";
import { ingestRoutes } from "@holdfast/contracts/ingest";
import { generate, type ScenarioRecord } from "@holdfast/scenario";
import { type Client, createClient } from "../client.ts";
import { feedChanges } from "./changes.ts";
import type { Demo } from "./load.ts";

export interface PlayOptions {
  readonly client: Client;
  readonly demo: Demo;
  readonly syslogPort: number;
  readonly seed: string;
  readonly volume: number;
  say(sentence: string): void;
}

const BATCH = 1_000;
/** UDP has no back-pressure: a short rest after this many datagrams keeps the socket's buffer from running over. */
const DATAGRAMS_AT_ONCE = 50;

/** @returns how many records were sent. */
export async function playScenario(options: PlayOptions): Promise<number> {
  const { client, demo, seed, volume } = options;
  await client.call(estateRoutes.importEstate, { body: { yaml: demo.estateText } });
  await feedChanges(client, Date.now());
  const startMs = Date.now() - demo.scenario.duration_ms;
  const senders = await openSenders(options);
  let count = 0;
  try {
    for (const record of generate(demo.scenario, { seed, startMs, estate: demo.estate, volume })) {
      await senders.send(record);
      count += 1;
      if (count % 10_000 === 0) options.say(`  ${count} records sent`);
    }
  } finally {
    await senders.close();
  }
  options.say(`  ${count} records sent: a day of ${demo.estate.assets.length} assets, and "${demo.scenario.title}"`);
  return count;
}

interface Senders {
  send(record: ScenarioRecord): Promise<void>;
  close(): Promise<void>;
}

async function openSenders({ client, syslogPort }: PlayOptions): Promise<Senders> {
  const http = new Map<string, { client: Client; lines: string[] }>();
  const tcp = await openTcp(syslogPort);
  const udp = createSocket("udp4");
  let datagrams = 0;

  const flush = async (source: { client: Client; lines: string[] }): Promise<void> => {
    if (source.lines.length === 0) return;
    // Web access logs and the like are lines; JSON events are NDJSON. A batch of one source is of one kind.
    const json = source.lines[0]?.startsWith("{") === true;
    const body = Buffer.from(`${source.lines.splice(0).join("\n")}\n`);
    await source.client.send("/api/ingest/events", body, json ? "application/x-ndjson" : "text/plain");
  };
  const sourceOf = async (name: string): Promise<{ client: Client; lines: string[] }> => {
    const known = http.get(name);
    if (known !== undefined) return known;
    const { key } = await client.call(ingestRoutes.createSource, { body: { name } });
    const made = { client: createClient({ url: client.url, token: key }), lines: [] };
    http.set(name, made);
    return made;
  };
  return {
    async send({ input, source, text }) {
      if (input === "http") {
        const sender = await sourceOf(source);
        sender.lines.push(text);
        if (sender.lines.length >= BATCH) await flush(sender);
      } else if (input === "syslog-tcp") {
        const bytes = Buffer.from(text);
        if (!tcp.write(Buffer.concat([Buffer.from(`${bytes.length} `), bytes])))
          await new Promise((resolve) => tcp.once("drain", resolve));
      } else {
        await new Promise<void>((resolve, reject) =>
          udp.send(Buffer.from(text), syslogPort, "127.0.0.1", (error) => (error === null ? resolve() : reject(error))),
        );
        datagrams += 1;
        if (datagrams % DATAGRAMS_AT_ONCE === 0) await new Promise((resolve) => setTimeout(resolve, 2));
      }
    },
    async close() {
      for (const source of http.values()) await flush(source);
      await new Promise<void>((resolve) => tcp.end(resolve));
      await new Promise<void>((resolve) => udp.close(() => resolve()));
    },
  };
}

function openTcp(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.once("connect", () => resolve(socket));
    socket.once("error", (error) =>
      reject(new Error(`The syslog input on port ${port} cannot be reached: ${error.message}`, { cause: error })),
    );
  });
}
