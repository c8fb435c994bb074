/** gelf-tcp: GELF over TCP: messages end with a NUL. Nothing is acknowledged, so the socket is the back-pressure. */
import { type Input, listenStream } from "./listener.ts";
import type { StreamContext } from "./stream-writer.ts";
import { converseUnacknowledged, type Framer } from "./unacknowledged.ts";

export interface GelfTcpOptions extends Omit<StreamContext, "source"> {
  readonly host: string;
  readonly port: number;
  readonly recordBytes: number;
}

const SOURCE = "gelf-tcp";
const NUL = 0;

export function listenGelfTcp(options: GelfTcpOptions): Promise<Input> {
  return listenStream({
    ...options,
    source: SOURCE,
    tls: undefined,
    setting: "inputs.gelf.tcp.port",
    converse: (socket) =>
      converseUnacknowledged(socket, createNulFramer(options.recordBytes), { ...options, source: SOURCE }),
  });
}

export function createNulFramer(limit: number): Framer {
  let parts: Buffer[] = [];
  let held = 0;
  let skipping = false;
  let oversized = 0;

  function finish(last: Buffer): Buffer[] {
    const message = parts.length === 0 ? last : Buffer.concat([...parts, last]);
    parts = [];
    held = 0;
    if (skipping) {
      skipping = false;
      return [];
    }
    if (message.length <= limit) return message.length === 0 ? [] : [message];
    oversized += 1;
    return [];
  }

  return {
    get oversized() {
      return oversized;
    },
    push: (chunk) => {
      const messages: Buffer[] = [];
      let start = 0;
      for (let end = chunk.indexOf(NUL); end >= 0; end = chunk.indexOf(NUL, start)) {
        messages.push(...finish(chunk.subarray(start, end)));
        start = end + 1;
      }
      const rest = chunk.subarray(start);
      if (rest.length === 0 || skipping) return messages;
      held += rest.length;
      if (held > limit) {
        oversized += 1;
        skipping = true;
        parts = [];
      } else parts.push(rest);
      return messages;
    },
    end: () => finish(Buffer.alloc(0)),
  };
}
