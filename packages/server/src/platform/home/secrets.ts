/** secrets: values that are generated once and kept in secrets.json (0600): database passwords, keys, the first login. */
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, readFileSync } from "node:fs";
import { homeFail } from "./errors.ts";
import { writePrivateFile } from "./private-file.ts";

export interface Secrets {
  /** The secret of this name; made and stored (synced) before it is returned, so nothing depends on a lost one. */
  get(name: string): string;
}

export function openSecrets(file: string): Secrets {
  const known = read(file);
  return {
    get: (name) => {
      const found = known.get(name);
      if (found !== undefined) return found;
      const made = randomBytes(32).toString("base64url");
      known.set(name, made);
      writePrivateFile(file, `${JSON.stringify(Object.fromEntries(known), null, 2)}\n`);
      return made;
    },
  };
}

function read(file: string): Map<string, string> {
  if (!existsSync(file)) return new Map();
  chmodSync(file, 0o600);
  const entries = Object.entries(parse(file));
  if (!entries.every((entry): entry is [string, string] => typeof entry[1] === "string")) throw damaged(file);
  return new Map(entries);
}

function parse(file: string): object {
  try {
    const value: unknown = JSON.parse(readFileSync(file, "utf8"));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Said below, without quoting the file.
  }
  throw damaged(file);
}

function damaged(file: string) {
  return homeFail(
    "HOME_UNUSABLE",
    `${file} is damaged: restore it from a backup. Without it the state store cannot be opened, so it is not made anew.`,
  );
}
