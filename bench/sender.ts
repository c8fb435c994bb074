/**
 * sender: a process of its own that posts recorded events over several connections and honours Retry-After. The texts are made
 * before the clock starts and only their times are written anew, so that it takes little of the processor it shares.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { laneBytes, linesOf, withoutData } from "../test/recordings.ts";

export interface SenderOptions {
  readonly url: string;
  readonly key: string;
  readonly connections: number;
  readonly batch: number;
  /** Events a second; as fast as they are taken when left out. */
  readonly rate?: number;
  /** Ends after so many events. */
  readonly total?: number;
  /** The times of the events run from so long ago until now, over `total`; all are now when left out. */
  readonly spreadMs?: number;
  /** Lines of a log of some 170 bytes instead of events of 2 kB: so that much can be offered by little work of the sender. */
  readonly short?: boolean;
}

export interface SenderCounts {
  readonly acknowledged: number;
  /** Of all requests, also of those that were pushed back. */
  readonly offered: number;
  readonly bytes: number;
  /** Answers 429 and 503. */
  readonly pushedBack: number;
  /** Anything else that was not 200; those batches were sent again. */
  readonly failed: number;
}

export interface Sender {
  readonly pid: number;
  counts(): SenderCounts;
  /** Resolves when `total` is acknowledged. */
  readonly done: Promise<void>;
  stop(): Promise<SenderCounts>;
  /** At once, whatever is under way. */
  kill(): void;
}

/** How many hosts the one recorded host is spread over. */
export const HOSTS = 40;
export const hostName = (index: number): string => `MKT${String((index % HOSTS) + 1).padStart(2, "0")}.pandalab.com`;

/** Resolves when the sender has its events ready and begins. */
export async function startSender(options: SenderOptions): Promise<Sender> {
  const child = fork(import.meta.filename, [], { serialization: "advanced" });
  let counts: SenderCounts = NOTHING;
  const ended = once(child, "exit").then(() => undefined);
  const ready = new Promise<void>((resolve, reject) => {
    child.on("message", (message: SenderCounts | "ready") => {
      if (message === "ready") resolve();
      else counts = message;
    });
    child.once("exit", (code) => reject(new Error(`the sender ended with ${code} before it began`)));
  });
  child.send(options);
  await ready;
  return {
    pid: child.pid ?? 0,
    counts: () => counts,
    done: ended,
    stop: async () => {
      if (child.connected) child.send("stop");
      await ended;
      return counts;
    },
    kill: () => void child.kill("SIGKILL"),
  };
}

/** What the events are, for the head of a table. */
export const loadName = (): string =>
  withoutData("lanes") === false
    ? `recorded lane d1, flat Windows events spread over ${HOSTS} hosts, times shifted`
    : `generated flat Windows events of 2 kB over ${HOSTS} hosts (no recordings: set HOLDFAST_TEST_DATA)`;

const NOTHING: SenderCounts = { acknowledged: 0, offered: 0, bytes: 0, pushedBack: 0, failed: 0 };
const REPORT_MS = 200;
const RECORDS = 60_000;

interface Batch {
  readonly body: Buffer;
  readonly events: number;
  /** Where the 24 characters of an ISO time stand, and the 23 of Sysmon's own. */
  readonly iso: readonly number[];
  readonly sysmon: readonly number[];
}

const ISO = "@".repeat(24);
const SYSMON = "#".repeat(23);

async function send(options: SenderOptions): Promise<void> {
  const batches = makeBatches(options.batch, options.short === true);
  const agent = new Agent({ keepAlive: true, maxSockets: options.connections });
  const counts = { ...NOTHING };
  let begun = 0;
  let going = true;
  process.on("message", () => {
    going = false;
  });
  // Its parent is gone.
  process.once("disconnect", () => process.exit());
  process.send?.("ready");
  const report = setInterval(() => process.send?.({ ...counts }), REPORT_MS);
  const started = performance.now();
  const free = [...batches];
  await Promise.all(
    Array.from({ length: options.connections }, async () => {
      while (going && begun < (options.total ?? Number.POSITIVE_INFINITY)) {
        // A batch belongs to one connection while it is under way: its times are written in place.
        const batch = free.shift();
        if (batch === undefined) throw new Error("more connections than batches");
        const mine = begun;
        begun += batch.events;
        if (options.rate !== undefined)
          await sleep(Math.max(0, (mine / options.rate) * 1000 - (performance.now() - started)));
        const age = (options.spreadMs ?? 0) * (1 - mine / (options.total ?? Number.POSITIVE_INFINITY));
        stamp(batch, Date.now() - age);
        for (;;) {
          counts.offered += batch.events;
          const answer = await post(options, agent, batch.body);
          if (answer.status === 200) {
            counts.acknowledged += batch.events;
            counts.bytes += batch.body.length;
            break;
          }
          if (answer.status === 429 || answer.status === 503) counts.pushedBack += 1;
          else counts.failed += 1;
          if (!going) break;
          await sleep(answer.retryAfterMs);
        }
        free.push(batch);
      }
    }),
  );
  clearInterval(report);
  agent.destroy();
  process.send?.({ ...counts }, () => process.disconnect?.());
}

function post(to: SenderOptions, agent: Agent, body: Buffer): Promise<{ status: number; retryAfterMs: number }> {
  return new Promise((resolve) => {
    const failed = (): void => resolve({ status: 0, retryAfterMs: 500 });
    const call = request(
      `${to.url}/api/ingest/events`,
      {
        method: "POST",
        agent,
        headers: {
          authorization: `Bearer ${to.key}`,
          "content-type": "application/x-ndjson",
          "content-length": body.length,
        },
      },
      (response) => {
        response.resume();
        response.once("error", failed);
        response.once("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            retryAfterMs: Math.max(0.1, Number(response.headers["retry-after"] ?? 0.5)) * 1000,
          }),
        );
      },
    );
    call.once("error", failed);
    call.end(body);
  });
}

function stamp(batch: Batch, time: number): void {
  const iso = new Date(time).toISOString();
  const sysmon = iso.slice(0, -1).replace("T", " ");
  for (const at of batch.iso) batch.body.write(iso, at, "latin1");
  for (const at of batch.sysmon) batch.body.write(sysmon, at, "latin1");
}

/** Neighbouring batches are of different hosts, each batch of one. */
function makeBatches(size: number, short: boolean): Batch[] {
  const batches: Batch[] = [];
  let lines: string[] = [];
  const flush = (): void => {
    if (lines.length === 0) return;
    const text = `${lines.join("\n")}\n`.replaceAll("MKT01.pandalab.com", hostName(batches.length));
    const body = Buffer.from(text);
    batches.push({ body, events: lines.length, iso: placesOf(body, ISO), sysmon: placesOf(body, SYSMON) });
    lines = [];
  };
  for (const line of short ? shortLines() : withoutData("lanes") === false ? recorded() : generated()) {
    lines.push(line);
    if (lines.length === size) flush();
  }
  flush();
  return batches;
}

function* recorded(): Generator<string> {
  for (const line of linesOf(laneBytes("d1-sharpdump-lsass"))) {
    const event = JSON.parse(line) as Record<string, unknown>;
    for (const name of ["TimeCreated", "@timestamp"]) if (name in event) event[name] = ISO;
    if ("UtcTime" in event) event["UtcTime"] = SYSMON;
    yield JSON.stringify(event);
  }
}

function* shortLines(): Generator<string> {
  for (let n = 0; n < 4 * RECORDS; n += 1)
    yield JSON.stringify({
      "@timestamp": ISO,
      host: "MKT01.pandalab.com",
      message: `request ${n} to /cart/items answered 200 in ${n % 400} ms for customer ${n % 5000}`,
    });
}

function* generated(): Generator<string> {
  for (let n = 0; n < RECORDS; n += 1) {
    const image = `C:\\Windows\\System32\\${["svchost", "wermgr", "conhost", "SharpDump"][n % 997 === 0 ? 3 : n % 3]}.exe`;
    const event = {
      SourceName: "Microsoft-Windows-Sysmon",
      Level: "4",
      Channel: "Microsoft-Windows-Sysmon/Operational",
      Hostname: "MKT01.pandalab.com",
      TimeCreated: ISO,
      "@timestamp": ISO,
      UtcTime: SYSMON,
      Task: "10",
      User: "NORTH\\ida",
      ...(n % 10 === 0
        ? { EventID: 3, Image: image, DestinationIp: `10.20.0.${n % 250}`, DestinationPort: "53", Protocol: "udp" }
        : {
            EventID: 10,
            SourceImage: image,
            TargetImage: "C:\\Windows\\System32\\lsass.exe",
            GrantedAccess: n % 200 === 0 ? "0x1fffff" : "0x1400",
          }),
    };
    const trace = Array.from({ length: 60 }, (_, frame) => `ntdll.dll+${((n + 1) * (frame + 7919)).toString(16)}`);
    const bare = JSON.stringify(event).length;
    yield JSON.stringify({
      ...event,
      CallTrace: trace
        .join("|")
        .padEnd(1985 - bare, "0")
        .slice(0, 1985 - bare),
    });
  }
}

function placesOf(body: Buffer, mark: string): number[] {
  const places: number[] = [];
  for (let at = body.indexOf(mark); at >= 0; at = body.indexOf(mark, at + mark.length)) places.push(at);
  return places;
}

if (process.argv[1] === import.meta.filename) {
  process.once("message", (options: SenderOptions) => void send(options));
}
