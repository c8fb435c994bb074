/** relp: rsyslog's reliable protocol: every message is a transaction, answered only when the message is on disk. What is not answered the
 *  sender keeps and sends again; while the spool takes nothing, nothing is answered and nothing is read. */
import type { Socket } from "node:net";
import type { Certificates } from "./certificates.ts";
import { type Conversation, type Input, listenStream } from "./listener.ts";
import { createRelpReader, type RelpFrame, relpAnswer } from "./relp-frames.ts";
import { type StreamContext, StreamWriter } from "./stream-writer.ts";

export interface RelpOptions extends Omit<StreamContext, "source"> {
  readonly host: string;
  readonly port: number;
  /** Given: only over TLS. */
  readonly tls?: Certificates;
}

/** What is over the limit of a record goes to quarantine, where it can be seen; only what is over this ends the connection. */
const MOST_BYTES = 8 * 1024 * 1024;
const SOURCE = "syslog-relp";

export function listenRelp(options: RelpOptions): Promise<Input> {
  const { tls } = options;
  return listenStream({
    ...options,
    source: SOURCE,
    tls,
    setting: tls === undefined ? "syslog.relp.port" : "syslog.relp.tls.port",
    converse: (socket) => converse(socket, { ...options, source: SOURCE }),
  });
}

function converse(socket: Socket, context: StreamContext): Conversation {
  const { log, sources } = context;
  const reader = createRelpReader(MOST_BYTES);
  const writer = new StreamWriter(socket, context);
  let open = false;

  function end(reason: string): void {
    log.warn({ source: SOURCE, peer: socket.remoteAddress, reason }, "a RELP connection was ended");
    sources.reject(SOURCE, 1, "unreadable");
    socket.destroy();
  }

  function take({ transaction, command, data }: RelpFrame): void {
    const say = (answer: string): void => {
      if (socket.writable) socket.write(relpAnswer(transaction, answer));
    };
    switch (command) {
      case "open":
        open = true;
        return say(`200 OK\nrelp_version=${versionOf(data)}\nrelp_software=holdfast\ncommands=syslog`);
      case "syslog":
        if (!open) return say("500 open the session first");
        return writer.add({ records: data.length === 0 ? [] : [withoutLineFeed(data)], onDisk: () => say("200 OK") });
      case "close":
        // Behind all that was sent before it.
        return writer.add({
          records: [],
          onDisk: () => {
            say("");
            if (socket.writable) socket.end("0 serverclose 0\n");
          },
        });
      default:
        return say(`500 the command "${command}" is not offered`);
    }
  }

  socket.on("data", (chunk: Buffer) => {
    const read = reader.push(chunk);
    for (const frame of read.frames) take(frame);
    if (!read.ok) end(read.reason);
  });
  return {
    drained: () => writer.drained(),
    finish: async () => {
      writer.giveUp();
      socket.pause();
      await writer.drained();
      socket.destroySoon();
    },
  };
}

/** 1 and 0 differ in nothing that a server of syslog messages does. */
const versionOf = (offers: Buffer): string => (/relp_version=1\b/.test(offers.toString("latin1")) ? "1" : "0");

const withoutLineFeed = (message: Buffer): Buffer => (message.at(-1) === 10 ? message.subarray(0, -1) : message);
