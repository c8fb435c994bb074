/** local-server: the server that an import talks to: the one named with --url, the one that runs on this home, or one started
 *  for as long as the import takes. What a killed server left behind does not confuse it. */
import { loadConfig } from "@holdfast/server/config";
import { type Client, createClient } from "../client.ts";
import { type ConnectionFlags, connect, readAnnouncement } from "../connection.ts";
import type { Output } from "../output.ts";

export interface Served {
  readonly client: Client;
  /** Stops the server if this command started it. */
  stop(): Promise<void>;
}

export async function findOrStart(flags: ConnectionFlags, out: Output): Promise<Served> {
  if (flags.url !== undefined) return { client: connect(flags), stop: async () => {} };
  const found = readAnnouncement(flags);
  if (found !== undefined) {
    const client = createClient({ url: found.url, token: flags.token ?? found.token });
    if (await client.answers()) return { client, stop: async () => {} };
  }
  out.say("No server is running on this home: starting one for this import.");
  // Loaded only here: an import into a server that runs should not take a server's memory.
  const { startHoldfast } = await import("@holdfast/server");
  const running = await startHoldfast({ loaded: configFor(flags), onProgress: (sentence) => out.say(sentence) });
  const { firstLogin } = running;
  if (firstLogin !== null) {
    out.say(
      `This home is new. Login: ${firstLogin.user} / ${firstLogin.password}   (shown once; change it under Settings)`,
    );
  }
  return {
    client: createClient({ url: running.url, token: running.token }),
    stop: async () => {
      out.say("Stopping the server that was started for this import. Start it again with `holdfast up`.");
      await running.stop();
    },
  };
}

/** Any free port and no other inputs: nobody else is meant to find this server. */
function configFor(flags: ConnectionFlags) {
  const given = {
    ...(flags.config === undefined ? {} : { config: flags.config }),
    ...(flags.home === undefined ? {} : { home: flags.home }),
  };
  const quiet = loadConfig({ flags: given }).origins["log.level"] === "default" ? { "log.level": "warn" } : {};
  const closed = { "http.host": "127.0.0.1", "http.port": 0, "syslog.udp.port": 0, "syslog.tcp.port": 0 };
  return loadConfig({ flags: { ...given, ...closed, ...quiet } });
}
