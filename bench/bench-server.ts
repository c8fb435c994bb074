/**
 * bench-server: a Holdfast started on a fresh home for one benchmark, with its own HTTP source. It is the real program, as a
 * user starts it; `use` ends it whatever happens.
 */
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Api, createApi, createSource } from "../test/assure/api.ts";
import { type RunningServer, type StartOptions, startHoldfast } from "../test/e2e/server.ts";
import type { Groups } from "./processes.ts";
import { type Sender, type SenderOptions, startSender } from "./sender.ts";

export interface BenchServer {
  readonly server: RunningServer;
  readonly api: Api;
  readonly source: { readonly id: string; readonly key: string };
  /** A sender to this source; ended with the server at the latest. */
  send(options: Omit<SenderOptions, "url" | "key">): Promise<Sender>;
  /** Events of the source that are stored. */
  stored(): Promise<number>;
  backlog(): Promise<number>;
  /** Waits until nothing is waiting; answers the seconds it took. */
  drained(): Promise<number>;
  /** Its processes by name. */
  groups(): Groups;
}

export async function withServer<T>(options: StartOptions, use: (running: BenchServer) => Promise<T>): Promise<T> {
  const server = await startHoldfast(options);
  const senders: Sender[] = [];
  try {
    const api = createApi(server);
    const source = await createSource(api, "Benchmark");
    const backlog = async (): Promise<number> => ((await api.get("/api/pipeline")) as { backlog: number }).backlog;
    return await use({
      server,
      api,
      source,
      send: async (how) => {
        const sender = await startSender({ url: server.url, key: source.key, ...how });
        senders.push(sender);
        return sender;
      },
      stored: async () => ((await api.get(`/api/sources/${source.id}`)) as { stored: number }).stored,
      backlog,
      drained: async () => {
        const started = performance.now();
        while ((await backlog()) > 0) await sleep(100);
        return (performance.now() - started) / 1000;
      },
      groups: () => {
        const { server: main, events, postgres } = server.pids();
        return { server: main, "event store": events, postgres };
      },
    });
  } catch (error) {
    const said = server.log().slice(-10).join("\n");
    throw new Error(`The benchmark did not end${said === "" ? "." : `; the server said last:\n${said}`}`, {
      cause: error,
    });
  } finally {
    for (const sender of senders) sender.kill();
    await server.stop();
  }
}

/** The SigmaHQ rules, or what was given; nothing when they are not on this machine. */
export function rulesOf(given: readonly string[] | undefined): readonly string[] {
  if (given !== undefined) return given;
  const data = process.env["HOLDFAST_TEST_DATA"] ?? join(import.meta.dirname, "../../shared/data");
  const folder = join(data, "sigma/rules");
  return existsSync(folder) ? [folder] : [];
}

/** How many rules of which folder the server itself has loaded. */
export async function rulesLoaded(api: Api): Promise<string> {
  const counts = new Map<string, number>();
  for (const { pack } of (await api.list("/api/rules")) as { pack: string }[])
    counts.set(pack, (counts.get(pack) ?? 0) + 1);
  const parts = [...counts].map(
    ([pack, count]) => `${count} ${pack === "starter" ? "starter" : `of ${basename(pack)}`}`,
  );
  return `${[...counts.values()].reduce((sum, count) => sum + count, 0)} rules loaded (${parts.join(", ")})`;
}
