/** secrets: random tokens and their hashes. A token is 256 bits from the system's generator; only its SHA-256 is stored,
 *  which is enough for a secret that cannot be guessed (no salt, no slow hash needed). */
import { createHash, randomBytes } from "node:crypto";

export const newSecret = (prefix: string): string => `${prefix}${randomBytes(32).toString("base64url")}`;

export const hashSecret = (secret: string): Buffer => createHash("sha256").update(secret).digest();
