/** sweeper: expired sessions are removed by the clock. */
import type { Log } from "../platform/log/index.ts";
import type { Access } from "./create.ts";

const EVERY_MS = 10 * 60_000;

/** @returns stops it */
export function startSweeper(access: Pick<Access, "sweep">, log: Log): () => void {
  const sweep = (): void =>
    void access
      .sweep()
      .catch((error: unknown) => log.warn({ error: String(error) }, "Expired sessions could not be removed."));
  const timer = setInterval(sweep, EVERY_MS);
  return () => clearInterval(timer);
}
