/** sealer: secrets of others (tokens, keys, passwords of connectors) as they lie in the state store: AES-256-GCM with a key of this
 *  home. The associated text says what the secret is for, so that a sealed value copied to another row, or brought into another home,
 *  does not open. */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import type { Secrets } from "../home/index.ts";
import { secretsFail } from "./errors.ts";

export interface Sealer {
  /** @param associated what the secret belongs to, such as "connector/<id>/token"; the same text opens it */
  seal(plain: string, associated: string): string;
  /** Throws SECRETS_UNREADABLE when the value was changed, moved, or sealed in another home. */
  open(sealed: string, associated: string): string;
}

const VERSION = "v1";
const ALGORITHM = "aes-256-gcm";
const IV_BYTES = 12;

export function createSealer(secrets: Secrets): Sealer {
  const key = Buffer.from(hkdfSync("sha256", secrets.get("sealing"), "", "holdfast/sealed-secrets/v1", 32));
  return {
    seal(plain, associated) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv(ALGORITHM, key, iv).setAAD(Buffer.from(associated));
      const text = Buffer.concat([cipher.update(plain, "utf8"), cipher.final()]);
      return [VERSION, ...[iv, cipher.getAuthTag(), text].map((part) => part.toString("base64url"))].join(".");
    },
    open(sealed, associated) {
      const [version, iv, tag, text] = sealed.split(".");
      if (version !== VERSION || iv === undefined || tag === undefined || text === undefined)
        throw unreadable(associated);
      try {
        const decipher = createDecipheriv(ALGORITHM, key, Buffer.from(iv, "base64url"), { authTagLength: 16 });
        decipher.setAAD(Buffer.from(associated)).setAuthTag(Buffer.from(tag, "base64url"));
        return Buffer.concat([decipher.update(Buffer.from(text, "base64url")), decipher.final()]).toString("utf8");
      } catch {
        // The cause says nothing more, and a sealed value does not belong in a log.
        throw unreadable(associated);
      }
    },
  };
}

const unreadable = (associated: string) =>
  secretsFail(
    "SECRETS_UNREADABLE",
    `The secret of ${associated} cannot be read: it was changed, or sealed with the key of another home. Enter it again.`,
  );
