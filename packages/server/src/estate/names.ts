/** names: when two spellings are one asset or one identity. Pure, and each merge names its rule, so that it can be explained.
 *  Addresses never merge assets: DHCP hands the same address to many. */

/** Why a spelling was taken for a thing that was known already. */
export type MergeRule = "same-name" | "short-name" | "domain-prefix" | "mail-form" | "declared";

export interface HostName {
  readonly key: string;
  readonly label: string;
  readonly domain: string;
}

/** @returns undefined for what is no host name (empty, an address, localhost). */
export function hostName(written: string): HostName | undefined {
  const key = written.trim().toLowerCase().replace(/\.$/, "");
  if (key === "" || key === "-" || key === "localhost" || key.length > 253) return undefined;
  if (/^[\d.]+$/.test(key) || key.includes(":")) return undefined;
  const dot = key.indexOf(".");
  return dot === -1 ? { key, label: key, domain: "" } : { key, label: key.slice(0, dot), domain: key.slice(dot + 1) };
}

/** web-1 and web-1.example.org are one asset; web-1.example.org and web-1.other.net are two. */
export const sameHost = (a: { label: string; domain: string }, b: { label: string; domain: string }): boolean =>
  a.label === b.label && (a.domain === "" || b.domain === "" || a.domain === b.domain);

export interface AccountName {
  readonly key: string;
  readonly rule: MergeRule;
}

/** The account behind `DOMAIN\name`, `name@domain` and `name`. Undefined for machine accounts and the system's own. */
export function accountName(written: string): AccountName | undefined {
  const text = written.trim();
  const key = text.toLowerCase();
  if (key === "" || key === "-" || key.length > 200 || key.endsWith("$")) return undefined;
  const slash = key.lastIndexOf("\\");
  const plain = slash === -1 ? key : key.slice(slash + 1);
  if (NOBODY.has(plain) || /^(dwm|umfd)-\d+$/.test(plain) || plain === "") return undefined;
  if (slash !== -1) return { key: plain, rule: "domain-prefix" };
  const at = plain.indexOf("@");
  return at > 0 ? { key: plain.slice(0, at), rule: "mail-form" } : { key: plain, rule: "same-name" };
}

const NOBODY = new Set([
  "system",
  "local service",
  "network service",
  "anonymous logon",
  "anonymous",
  "nobody",
  "(unknown)",
  "unknown",
  "local system",
  "localsystem",
]);
