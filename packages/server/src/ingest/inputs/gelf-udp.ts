/** gelf-udp: GELF over UDP: chunked or whole, packed or plain. What cannot be unpacked, and what never becomes whole, is counted as
 *  rejected on its source. */
import { type DatagramOptions, listenDatagrams } from "./datagrams.ts";
import { createGelfReassembly, unpackGelf } from "./gelf-payload.ts";
import type { Input } from "./listener.ts";

export interface GelfUdpOptions extends Omit<DatagramOptions, "source" | "setting" | "read"> {
  readonly recordBytes: number;
}

const SOURCE = "gelf-udp";
const LOOK_MS = 1_000;

export async function listenGelfUdp(options: GelfUdpOptions): Promise<Input> {
  const { sources, clock, log, recordBytes } = options;
  const chunks = createGelfReassembly(clock);
  let dropped = 0;
  const input = await listenDatagrams({
    ...options,
    source: SOURCE,
    setting: "inputs.gelf.udp.port",
    read: (datagram, peer) => {
      const payload = chunks.take(datagram, peer);
      if (payload === undefined) return undefined;
      const unpacked = unpackGelf(payload, recordBytes);
      if (unpacked.ok) return unpacked.text;
      sources.reject(SOURCE, 1, "unreadable");
      log.info({ source: SOURCE, peer, reason: unpacked.reason }, "a GELF message could not be unpacked");
      return undefined;
    },
  });
  const looking = setInterval(() => {
    sources.reject(SOURCE, chunks.expire() + chunks.dropped - dropped, "unreadable");
    dropped = chunks.dropped;
  }, LOOK_MS);
  looking.unref();
  return {
    address: input.address,
    close: async () => {
      clearInterval(looking);
      await input.close();
    },
  };
}
