/** strike: kill -9 of the server, of one of its stores or of all, and a start again where that is needed; answers how long it took until
 *  all was well. */
import { setTimeout as sleep } from "node:timers/promises";
import { killNow, type RunningServer } from "../e2e/server.ts";
import type { Random } from "./random.ts";

export type Fault = "server" | "postgres" | "events" | "all";

interface Victim {
  readonly server: RunningServer;
  /** Starts it again on the same home; answers how long that took. */
  readonly restart: (onSpawn: (pid: number) => void) => Promise<number>;
}

/** From the last blow until all is well again. */
export async function strike(fault: Fault, random: Random, { server, restart }: Victim): Promise<number> {
  const before = server.pids();
  if (fault === "postgres" || fault === "events") {
    const struck = performance.now();
    killNow(before[fault]);
    await healthy(server, (now) => now[fault] !== undefined && now[fault] !== before[fault]);
    return performance.now() - struck;
  }
  if (fault === "all") await server.kill();
  else {
    killNow(before.server);
    await server.ended;
  }
  // Now and then the next start is killed as well, in the middle of its recovery.
  if (random.next() < 0.4) {
    const after = random.between(50, 1_500);
    await restart((pid) => void sleep(after).then(() => killNow(pid))).then(
      () => Promise.reject(new Error("a killed start cannot become ready")),
      () => undefined,
    );
  }
  return restart(() => undefined);
}

async function healthy(server: RunningServer, replaced: (now: ReturnType<RunningServer["pids"]>) => boolean) {
  const started = performance.now();
  for (;;) {
    const ok = await fetch(`${server.url}/healthz`, { signal: AbortSignal.timeout(5_000) }).then(
      (response) => response.status === 200,
      () => false,
    );
    if (ok && replaced(server.pids())) return;
    if (performance.now() - started > 60_000)
      throw new Error(`not healthy again after 60 s; the server said:\n${server.log().slice(-20).join("\n")}`);
    await sleep(20);
  }
}
