/** note: which unfinished folder is ours. A killed process cannot take it away; the next start does, by this file in the home. */
import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";

export function writeNote(place: string, partial: string): void {
  writeFileSync(`${place}.json`, `${JSON.stringify({ partial })}\n`, { mode: 0o600 });
}

/** Undefined when nothing was left, or when the name is not one that a backup gives to what is unfinished. */
export function readNote(place: string): string | undefined {
  try {
    const { partial } = JSON.parse(readFileSync(`${place}.json`, "utf8")) as { partial?: unknown };
    return typeof partial === "string" && /^\..+\.partial-[0-9a-f]{8}$/.test(basename(partial)) ? partial : undefined;
  } catch {
    return undefined;
  }
}
