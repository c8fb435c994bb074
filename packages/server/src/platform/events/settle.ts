/** settle: writes to disk what an earlier, killed run left in the system's memory, before the engine opens its directory.
 *  The engine deletes the sources of merged parts at start, but does not sync the text index of a merged part: a power cut
 *  shortly after a kill could otherwise take both. */
import { execFile } from "node:child_process";

const WITHIN_MS = 30_000;

/** Best effort: where there is no such command the engine opens all the same. */
export function settle(directory: string): Promise<void> {
  if (process.platform !== "linux") return Promise.resolve();
  return new Promise((resolve) => {
    execFile("/bin/sync", ["-f", directory], { timeout: WITHIN_MS, env: {} }, () => resolve());
  });
}
