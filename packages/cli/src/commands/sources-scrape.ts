/** sources-scrape: adds targets whose /metrics Holdfast asks itself. Each is tried first: a mistake in an address shows at once, and what
 *  does not answer yet is added all the same, since exporters come and go. */
import { pullRoutes } from "@holdfast/contracts/pulls";
import { type ConnectionFlags, connect, UsageError } from "../connection.ts";
import type { Output } from "../output.ts";

export interface ScrapeFlags {
  readonly target: readonly string[];
  /** Lists of targets: names of files in the home, or addresses. */
  readonly list: readonly string[];
  readonly every?: string;
  readonly allow: readonly string[];
}

export async function addScrape(
  flags: ConnectionFlags & ScrapeFlags & { readonly name?: string; readonly json?: boolean },
  out: Output,
): Promise<void> {
  const { name, target: url, list: lists, allow } = flags;
  if (url.length + lists.length === 0)
    throw new UsageError(
      "Say what to ask: --target http://web-1:9100/metrics, or --list web.yml for a list of targets in the home.",
    );
  if (name === undefined) throw new UsageError("Say how the source is called: --name <name>.");
  const every = flags.every === undefined ? undefined : Number(flags.every);
  if (every !== undefined && !(Number.isInteger(every) && every >= 5 && every <= 3600))
    throw new UsageError(`--every takes whole seconds from 5 to 3600, not "${flags.every}".`);
  const settings = {
    targets: [...url],
    lists: [...lists],
    job: name,
    ...(every === undefined ? {} : { everySeconds: every }),
  };
  const entered = { kind: "scrape", settings, secrets: {}, allow: [...allow] };
  const client = connect(flags);
  const { answers } = await client.call(pullRoutes.tryPull, { body: entered });
  for (const { stream, said } of answers) out.say(`${stream}: ${said}`);
  const made = await client.call(pullRoutes.addPull, { body: { name, ...entered } });
  if (flags.json === true) out.json({ id: made.id, key: null, url: url[0] ?? lists[0], snippet: "", answers });
  else
    out.line(
      `id     ${made.id}\nasked  every ${String(made.settings["everySeconds"] ?? 30)} s: ${[...url, ...lists].join(", ")}`,
    );
}
