/** unacknowledged: a connection whose protocol has no acknowledgement, only records cut from a stream (syslog, GELF). Its back-pressure
 *  is the socket. Half a record at the end of a connection is still a record. */
import type { Socket } from "node:net";
import type { Conversation } from "./listener.ts";
import { type StreamContext, StreamWriter } from "./stream-writer.ts";

export interface Framer {
  push(chunk: Buffer): Buffer[];
  /** What is left when the connection ends. */
  end(): Buffer[];
  /** Records over the limit that were left out. */
  readonly oversized: number;
}

export function converseUnacknowledged(socket: Socket, framer: Framer, context: StreamContext): Conversation {
  const writer = new StreamWriter(socket, context);
  let oversized = 0;

  function take(records: Buffer[]): void {
    if (framer.oversized > oversized) {
      context.sources.reject(context.source, framer.oversized - oversized, "too-large");
      oversized = framer.oversized;
    }
    if (records.length > 0) writer.add({ records });
  }

  socket.on("data", (chunk: Buffer) => take(framer.push(chunk)));
  socket.on("end", () => take(framer.end()));
  socket.on("close", () => take(framer.end()));
  return {
    drained: () => writer.drained(),
    finish: async () => {
      writer.giveUp();
      socket.destroy();
      take(framer.end());
      await writer.drained();
    },
  };
}
