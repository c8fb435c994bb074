/** discovery: targets that stand in lists which somebody else keeps: files in the folder of lists, and addresses that answer with one. Both in
 *  the form that Prometheus reads (file_sd, http_sd). A list that cannot be read leaves the targets that it named before. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";

export interface Target {
  readonly url: string;
  /** Beside or instead of `job` and `instance`. */
  readonly labels: Readonly<Record<string, string>>;
}

export type ReadList =
  | { readonly ok: true; readonly targets: readonly Target[] }
  | { readonly ok: false; readonly reason: string };

export interface Discovery {
  /** Reads every list anew. Targets of all, each once; and why a list could not be read. */
  look(): Promise<{ readonly targets: readonly Target[]; readonly problems: ReadonlyMap<string, string> }>;
}

/** A list is a file name, or an address. */
export const LIST = /^(?:https?:\/\/[^\s@]+|[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}\.(?:json|ya?ml))$/;
export const isAddress = (list: string): boolean => /^https?:\/\//.test(list);

const MOST_TARGETS = 2_000;
const MOST_BYTES = 4 * 2 ** 20;
const MOST_LABELS = 32;

export function createDiscovery(given: {
  readonly lists: readonly string[];
  readonly folder: string;
  /** The text that an address answers with. */
  readonly ask: (url: string) => Promise<{ readonly text: string } | { readonly reason: string }>;
}): Discovery {
  const known = new Map<string, readonly Target[]>();

  async function textOf(list: string): Promise<{ readonly text: string } | { readonly reason: string }> {
    if (isAddress(list)) return given.ask(list);
    try {
      const text = await readFile(join(given.folder, list), "utf8");
      return text.length > MOST_BYTES ? { reason: `it is over ${MOST_BYTES} bytes.` } : { text };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { reason: `it cannot be read in the folder of lists (${reason}).` };
    }
  }

  return {
    look: async () => {
      const problems = new Map<string, string>();
      await Promise.all(
        given.lists.map(async (list) => {
          const found = await textOf(list);
          const read: ReadList = "text" in found ? readTargets(found.text) : { ok: false, reason: found.reason };
          if (read.ok) known.set(list, read.targets);
          else problems.set(list, read.reason);
        }),
      );
      const targets = new Map<string, Target>();
      for (const list of given.lists)
        for (const target of known.get(list) ?? []) if (!targets.has(target.url)) targets.set(target.url, target);
      const all = [...targets.values()];
      if (all.length > MOST_TARGETS)
        problems.set("lists", `they name ${all.length} targets; the first ${MOST_TARGETS} are asked.`);
      return { targets: all.slice(0, MOST_TARGETS), problems };
    },
  };
}

const groups = z.array(
  z.object({
    targets: z.array(z.string().min(1).max(500)),
    labels: z.record(z.string().max(200), z.coerce.string().max(2_000)).nullish(),
  }),
);

/** JSON is YAML as well. Labels that begin with __ say how a target is asked and are none of its points. */
export function readTargets(text: string): ReadList {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    return { ok: false, reason: `it is neither JSON nor YAML (${error instanceof Error ? error.message : ""}).` };
  }
  const read = groups.safeParse(value ?? []);
  if (!read.success) {
    const issue = read.error.issues[0];
    return { ok: false, reason: `it is no list of targets: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}.` };
  }
  const targets: Target[] = [];
  for (const group of read.data) {
    const labels = Object.entries(group.labels ?? {});
    const shown = labels.filter(([name]) => !name.startsWith("__")).slice(0, MOST_LABELS);
    const own = new Map(labels);
    for (const place of group.targets) {
      const path = own.get("__metrics_path__") ?? "/metrics";
      const url = /^https?:\/\//.test(place)
        ? place
        : `${own.get("__scheme__") ?? "http"}://${place}${path.startsWith("/") ? path : `/${path}`}`;
      if (!/^https?:\/\/[^\s@]+$/.test(url) || !URL.canParse(url))
        return { ok: false, reason: `"${place.slice(0, 100)}" is no target: write host:port.` };
      targets.push({ url, labels: Object.fromEntries(shown) });
    }
  }
  return { ok: true, targets };
}
