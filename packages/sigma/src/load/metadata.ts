/**
 * metadata: what rules, correlations and filters have in common besides their meaning: id, name, title, level, tags and
 * the log source. Unknown attributes are left alone, as the specification allows them.
 */
import type { Level, Logsource } from "../rule.ts";
import { isRecord, type ReadProblem } from "./detection-reader.ts";

export interface Metadata {
  readonly id: string;
  readonly name: string | undefined;
  readonly title: string;
  readonly level: Level;
  readonly status: string;
  readonly description: string;
  readonly author: string;
  readonly references: readonly string[];
  readonly tags: readonly string[];
  readonly falsepositives: readonly string[];
  readonly attack: { readonly tactics: readonly string[]; readonly techniques: readonly string[] };
  readonly path: string;
}

const LEVELS: readonly Level[] = ["informational", "low", "medium", "high", "critical"];

export function readMetadata(raw: Record<string, unknown>, path: string): Metadata | ReadProblem {
  const title = raw["title"];
  if (typeof title !== "string" || title.trim() === "") {
    return { code: "TITLE_MISSING", reason: 'the rule has no "title"', path: ["title"] };
  }
  const level = raw["level"] ?? "medium";
  const known = LEVELS.find((name) => name === level);
  if (known === undefined) {
    return {
      code: "LEVEL_INVALID",
      reason: `the level "${textOf(level)}" is not one of ${LEVELS.join(", ")}`,
      path: ["level"],
    };
  }
  const tags = textsOf(raw["tags"]);
  return {
    id: textOf(raw["id"]) || `${path}#${title}`,
    name: textOf(raw["name"]) || undefined,
    title,
    level: known,
    status: textOf(raw["status"]) || "experimental",
    description: textOf(raw["description"]).trim(),
    author: textsOf(raw["author"]).join(", "),
    references: textsOf(raw["references"]),
    tags,
    falsepositives: textsOf(raw["falsepositives"]),
    attack: attackOf(tags),
    path,
  };
}

export function readLogsource(raw: unknown): Logsource | ReadProblem {
  const path = ["logsource"];
  if (!isRecord(raw)) return { code: "LOGSOURCE_MISSING", reason: 'the rule has no "logsource" map', path };
  const [product, category, service] = ["product", "category", "service"].map(
    (key) => textOf(raw[key]).toLowerCase() || undefined,
  );
  if (product === undefined && category === undefined && service === undefined) {
    return { code: "LOGSOURCE_MISSING", reason: "the log source needs a product, a category or a service", path };
  }
  return {
    ...(product === undefined ? {} : { product }),
    ...(category === undefined ? {} : { category }),
    ...(service === undefined ? {} : { service }),
  };
}

/** The default taxonomy is the one that Sigma itself defines. */
export function taxonomyOf(raw: Record<string, unknown>): string {
  return textOf(raw["taxonomy"]) || "sigma";
}

export function textsOf(raw: unknown): string[] {
  const list: readonly unknown[] = Array.isArray(raw) ? raw : [raw];
  return list.map(textOf).filter((entry) => entry !== "");
}

export function textOf(raw: unknown): string {
  if (typeof raw === "string") return raw;
  return typeof raw === "number" || typeof raw === "boolean" ? String(raw) : "";
}

function attackOf(tags: readonly string[]): { tactics: string[]; techniques: string[] } {
  const names = tags.filter((tag) => tag.startsWith("attack.")).map((tag) => tag.slice("attack.".length));
  const techniques = names.filter((name) => /^t\d{4}(\.\d{3})?$/i.test(name));
  return {
    tactics: names.filter((name) => /^[a-z][a-z_-]*$/.test(name)).map((name) => name.replaceAll("_", "-")),
    techniques: techniques.map((name) => name.toUpperCase()),
  };
}
