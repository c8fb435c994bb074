/** settings-table: the guide's table of settings, made from the one list that the program goes by. Prints it; the docs check
 *  compares it with the page, so that no default in it can go stale. */
import { DEFAULTS, SETTINGS } from "../packages/server/src/platform/config/schema.ts";

/** What this machine would decide. */
const DEPENDS: Readonly<Record<string, string>> = { "ingest.workers": "cores less one, at least 1" };
const UNITS: readonly (readonly [number, string])[] = [
  [2 ** 30, "GiB"],
  [2 ** 20, "MiB"],
];

export function settingsTable(): string {
  const rows = SETTINGS.map(
    ({ key, variable, description }) =>
      `| \`${key}\` | \`${variable}\` | ${defaultOf(key)} | ${description.replaceAll("|", "\\|")} |`,
  );
  return ["| Setting | Variable | Default | Meaning |", "| --- | --- | --- | --- |", ...rows].join("\n");
}

function defaultOf(key: string): string {
  const value = DEFAULTS[key];
  if (DEPENDS[key] !== undefined) return DEPENDS[key];
  if (value === undefined) return "none";
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.join(", ");
  if (typeof value === "number" && key.endsWith("bytes")) {
    const unit = UNITS.find(([size]) => value >= size && value % size === 0);
    if (unit !== undefined) return `${value / unit[0]} ${unit[1]}`;
  }
  return `\`${String(value)}\``;
}

if (process.argv[1] === import.meta.filename) console.log(settingsTable());
