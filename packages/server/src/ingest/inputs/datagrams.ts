/** datagrams: an input over UDP, best effort by nature. What cannot be taken is dropped and counted on the source, also what the
 *  kernel dropped before this process saw it. Datagrams of a few milliseconds and one sender share a frame of the spool. */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { readFile } from "node:fs/promises";
import { isIPv6 } from "node:net";
import type { Clock } from "../../platform/clock/index.ts";
import type { Log } from "../../platform/log/index.ts";
import type { Intake } from "../intake.ts";
import { plainAddress } from "../peer.ts";
import type { SourceRegistry } from "../source-registry.ts";
import { type Input, type Place, portTaken } from "./listener.ts";

export interface DatagramOptions extends Place {
  readonly source: "syslog-udp" | "gelf-udp";
  readonly intake: Intake;
  readonly sources: SourceRegistry;
  readonly clock: Clock;
  readonly log: Log;
  /** The record that a datagram completes; undefined when it completes none. */
  readonly read: (datagram: Buffer, peer: string) => Buffer | undefined;
}

const COLLECT_MS = 5;
const COLLECT_RECORDS = 2_000;
/** Bytes that may wait for the spool; beyond it datagrams are dropped and counted. */
const PENDING_BYTES = 32 * 1024 * 1024;
const RECEIVE_BUFFER_BYTES = 8 * 1024 * 1024;
const KERNEL_LOOK_MS = 5_000;

export async function listenDatagrams(options: DatagramOptions): Promise<Input> {
  const { source, intake, sources, clock, log } = options;
  const socket = createSocket({ type: isIPv6(options.host) ? "udp6" : "udp4" });
  const appends = new Set<Promise<void>>();
  let collected = new Map<string, Buffer[]>();
  let count = 0;
  let pendingBytes = 0;
  let timer: NodeJS.Timeout | undefined;

  function take(datagram: Buffer, from: RemoteInfo): void {
    if (datagram.length === 0) return;
    if (sources.byId(source)?.enabled !== true) return sources.reject(source, 1, "disabled");
    if (pendingBytes > PENDING_BYTES) return sources.reject(source, 1, "overload");
    const peer = plainAddress(from.address);
    const record = options.read(datagram, peer);
    if (record === undefined) return;
    const group = collected.get(peer);
    if (group === undefined) collected.set(peer, [record]);
    else group.push(record);
    count += 1;
    pendingBytes += record.length;
    if (count >= COLLECT_RECORDS) flush();
    else timer ??= setTimeout(flush, COLLECT_MS);
  }

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    const groups = collected;
    collected = new Map();
    count = 0;
    for (const [peer, records] of groups) {
      const append = store(peer, records).finally(() => appends.delete(append));
      appends.add(append);
    }
  }

  async function store(peer: string, records: readonly Buffer[]): Promise<void> {
    try {
      await intake.append({ source, kind: source, receivedMs: clock.now(), peer }, records);
    } catch (error) {
      sources.reject(source, records.length, "overload");
      const reason = error instanceof Error ? error.message : String(error);
      log.warn({ source, peer, records: records.length, reason }, "datagrams were dropped");
    } finally {
      for (const record of records) pendingBytes -= record.length;
    }
  }

  socket.on("message", take);
  await bound(socket, options);
  const address = socket.address();
  let kernelDrops = await readKernelDrops(address.port);
  const kernelTimer = setInterval(() => {
    void readKernelDrops(address.port).then((drops) => {
      sources.reject(source, Math.max(0, drops - kernelDrops), "dropped");
      kernelDrops = drops;
    });
  }, KERNEL_LOOK_MS);
  kernelTimer.unref();
  return {
    address: address.family === "IPv6" ? `[${address.address}]:${address.port}` : `${address.address}:${address.port}`,
    close: async () => {
      clearInterval(kernelTimer);
      await new Promise<void>((resolve) => socket.close(() => resolve()));
      flush();
      await Promise.all(appends);
    },
  };
}

function bound(socket: Socket, options: DatagramOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("error", (error) => reject(portTaken(options, error)));
    socket.bind({ address: options.host, port: options.port }, () => {
      socket.removeAllListeners("error");
      socket.on("error", (error) =>
        options.log.error({ source: options.source, reason: error.message }, "a UDP listener failed"),
      );
      try {
        socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
      } catch {
        // The system allows less; its own default is then in force.
      }
      resolve();
    });
  });
}

/** Datagrams that the kernel dropped on this port since boot; 0 where it does not say (not Linux). */
async function readKernelDrops(port: number): Promise<number> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  let drops = 0;
  for (const table of ["/proc/net/udp", "/proc/net/udp6"]) {
    const text = await readFile(table, "latin1").catch(() => "");
    for (const line of text.split("\n").slice(1)) {
      const columns = line.trim().split(/ +/);
      if (columns[1]?.endsWith(suffix) === true) drops += Number(columns.at(-1) ?? 0);
    }
  }
  return drops;
}
