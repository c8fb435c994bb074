/** test-lanes: which file of a run is taken next, and which never run side by side. Most files wait a good part of their time (for
 *  a server, a browser, a process that was killed), so there is one lane more than a small machine has cores. */

/** `browser` and `servers` start whole programs: two of the same kind took longer at once than one after the other, and two
 *  assurance files would count each other's load as the machine's. */
type Kind = "browser" | "servers" | "unit";

/** Units run on any lane that is free. */
const LANES = 3;

/** What takes long is taken first, so that no lane is left with it at the end. */
const LONG_FIRST = ["packages/cli/", "packages/sigma/", "packages/content/", "packages/server/"];

/** Runs every file once, each by `runFile`. */
export async function inLanes(paths: readonly string[], runFile: (path: string) => Promise<void>): Promise<void> {
  const waiting = paths.toSorted((a, b) => rank(a) - rank(b));
  const busy = new Set<Kind>();
  const wake = new Set<() => void>();
  const lane = async (): Promise<void> => {
    while (waiting.length > 0) {
      const at = waiting.findIndex((path) => kindOf(path) === "unit" || !busy.has(kindOf(path)));
      const [path] = at < 0 ? [] : waiting.splice(at, 1);
      if (path === undefined) {
        await new Promise<void>((resolve) => wake.add(resolve));
        continue;
      }
      const kind = kindOf(path);
      busy.add(kind);
      await runFile(path);
      busy.delete(kind);
      for (const resolve of wake) resolve();
      wake.clear();
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

function kindOf(path: string): Kind {
  if (path.startsWith("test/e2e/")) return "browser";
  return path.startsWith("test/") ? "servers" : "unit";
}

function rank(path: string): number {
  if (kindOf(path) !== "unit") return -1;
  const at = LONG_FIRST.findIndex((start) => path.startsWith(start));
  return at < 0 ? LONG_FIRST.length : at;
}
