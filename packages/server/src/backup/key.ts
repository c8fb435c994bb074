/** key: the file of secrets that a home's sealed values and its state store open with. A backup names it by a fingerprint only, so that
 *  a wrong key is found before anything is put back. */
import { hkdfSync } from "node:crypto";
import { fail } from "./errors.ts";

export const KEY_FILE = "secrets.json";

/** Of the text of a key file; throws RESTORE_KEY when it is none. The values have 256 random bits: nobody guesses them from this. */
export function fingerprintOf(text: string): string {
  const values = read(text);
  const known = NAMES.map((name) => values.get(name) ?? "").join(" ");
  return Buffer.from(hkdfSync("sha256", known, "", "holdfast/backup/key/v1", 16)).toString("hex");
}

/** Those that are there from the first start on. */
const NAMES = ["state-password", "sealing"];

function read(text: string): Map<string, string> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && "sealing" in value) {
      return new Map(Object.entries(value).map(([name, one]) => [name, String(one)]));
    }
  } catch {
    // Said below.
  }
  throw fail("RESTORE_KEY", `The key is no ${KEY_FILE} of a Holdfast home.`);
}
