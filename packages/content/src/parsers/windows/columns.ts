/** columns: small steps that the Windows channels share when they fill the columns of an event. */
import { type EventColumns, type Fields, integerOf, textOf } from "@holdfast/sdk";

/** What a channel does with one event: it fills columns and returns nothing. */
export type Fill = (columns: EventColumns, fields: Fields, id: number) => void;

export interface Channel {
  readonly name: string;
  readonly product: string;
  /** Adds fields that rules read under other names, before the columns are filled. */
  readonly prepare?: (fields: Record<string, unknown>) => void;
  readonly fill: Fill;
}

/** Sets the user from "DOMAIN\name". */
export function setAccount(columns: EventColumns, account: string): void {
  const slash = account.indexOf("\\");
  if (slash < 0) {
    columns.user = account;
    return;
  }
  columns.user_domain = account.slice(0, slash);
  columns.user = account.slice(slash + 1);
}

/** Sets SHA256 and MD5 from Sysmon's "SHA1=…,MD5=…,SHA256=…,IMPHASH=…". */
export function setHashes(columns: EventColumns, hashes: string): void {
  if (hashes === "") return;
  columns.sha256 = hashOf(hashes, "SHA256=");
  columns.md5 = hashOf(hashes, "MD5=");
}

function hashOf(hashes: string, name: string): string {
  const found = hashes.indexOf(name);
  if (found < 0) return "";
  const start = found + name.length;
  const comma = hashes.indexOf(",", start);
  const hash = comma < 0 ? hashes.slice(start) : hashes.slice(start, comma);
  return hash.length > 64 ? "" : hash.toLowerCase();
}

/** Windows writes process ids as "3368", 3368 or "0x1c30". */
export function pidOf(fields: Fields, name: string): number {
  return integerOf(fields[name]);
}

/** An account name that stands for nobody: "-", "" or the anonymous SID's empty name. */
export function nameOf(fields: Fields, name: string): string {
  return textOf(fields, name).trim();
}

/** First line of a text, without trailing blanks: Windows messages are many lines. */
export function firstLine(text: string): string {
  const end = text.search(/[\r\n]/);
  return (end < 0 ? text : text.slice(0, end)).trim();
}
