/** address-policy: which addresses a call outwards may reach. Public unicast, and beyond that only what the caller's allow list
 *  names. Judged on bytes, never on spelling; an IPv6 address that carries an IPv4 address is judged as that one too. */
import { BlockList, isIP } from "node:net";
import ipaddr from "ipaddr.js";

/** "10.1.0.0/16", "10.1.2.3" or "fd00::/8", each optionally with a port: "10.1.2.3:636", "[fd00::1]:636". */
export type AllowEntry = string;

export interface AllowRule {
  readonly matches: (address: string, port: number) => boolean;
  /** Names one single address: metadata services are reached only so. */
  readonly single: boolean;
}

export type Judgement = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** The rules of a list, or the first entry that is none. */
export function readAllowList(
  entries: readonly AllowEntry[],
): { ok: true; rules: AllowRule[] } | { ok: false; reason: string; at: number } {
  const rules: AllowRule[] = [];
  for (const [at, entry] of entries.entries()) {
    const rule = readEntry(entry.trim());
    if (rule === undefined) {
      const reason = `"${entry}" is no address or range. Write 10.1.0.0/16, 10.1.2.3, 10.1.2.3:636 or [fd00::1]:636.`;
      return { ok: false, reason, at };
    }
    rules.push(rule);
  }
  return { ok: true, rules };
}

/** @param address a resolved address, as the system gives it */
export function judgeAddress(address: string, port: number, rules: readonly AllowRule[]): Judgement {
  const plain = address.replace(/%.*$/, "");
  if (isIP(plain) === 0) return { ok: false, reason: `"${address}" is no address` };
  for (const form of formsOf(plain)) {
    const reach = reachOf(form);
    if (reach === "public") continue;
    if (reach === "never") return { ok: false, reason: `${address} is no address that a call can go to` };
    const allowed = rules.some((rule) => rule.matches(form, port) && (reach === "private" || rule.single));
    if (!allowed) {
      const what = reach === "metadata" ? "a cloud metadata service" : "in a private or special range";
      return { ok: false, reason: `${address} is ${what}, and the allow list does not name it` };
    }
  }
  return { ok: true };
}

function readEntry(entry: string): AllowRule | undefined {
  const withPort = /^(?:\[([0-9a-f:.]+)\]|(\d+\.\d+\.\d+\.\d+)):(\d{1,5})$/i.exec(entry);
  const port = withPort === null ? undefined : Number(withPort[3]);
  const [address = "", prefix, ...rest] = (withPort === null ? entry : (withPort[1] ?? withPort[2] ?? "")).split("/");
  const version = isIP(address);
  const bits = version === 6 ? 128 : 32;
  const length = prefix === undefined ? bits : Number(prefix);
  if (version === 0 || rest.length > 0 || (prefix !== undefined && !/^\d{1,3}$/.test(prefix)) || length > bits)
    return undefined;
  if (port !== undefined && (port < 1 || port > 65_535)) return undefined;
  const family = version === 6 ? "ipv6" : "ipv4";
  const list = new BlockList();
  list.addSubnet(address, length, family);
  return {
    single: length === bits,
    // Within its own family only: a rule about IPv4 says nothing about what IPv6 maps onto it by another road.
    matches: (other, at) => (port === undefined || port === at) && isIP(other) === version && list.check(other, family),
  };
}

/** The address itself and the IPv4 address inside it, if it has one: a translator on the way would deliver there. A mapped address
 *  is nothing but its IPv4 address. */
function formsOf(address: string): string[] {
  const parsed = ipaddr.parse(address);
  if (!(parsed instanceof ipaddr.IPv6)) return [parsed.toString()];
  const bytes = parsed.toByteArray();
  const v4 = (from: number) => bytes.slice(from, from + 4).join(".");
  const starts = (...head: number[]) => head.every((byte, i) => bytes[i] === byte);
  const zero = (from: number, to: number) => bytes.slice(from, to).every((byte) => byte === 0);
  if (zero(0, 10) && bytes[10] === 0xff && bytes[11] === 0xff) return [v4(12)];
  const forms = [parsed.toString()];
  if (starts(0x00, 0x64, 0xff, 0x9b)) forms.push(v4(12));
  if (starts(0x20, 0x02)) forms.push(v4(2));
  return forms;
}

type Reach = "public" | "private" | "metadata" | "never";

function reachOf(address: string): Reach {
  const family = isIP(address) === 6 ? "ipv6" : "ipv4";
  if (NEVER.check(address, family)) return "never";
  if (METADATA.check(address, family)) return "metadata";
  if (SPECIAL.check(address, family)) return "private";
  return family === "ipv4" || GLOBAL_V6.check(address, family) ? "public" : "private";
}

/** "This network", multicast, reserved and broadcast: no host has them. */
const NEVER = listOf("0.0.0.0/8", "224.0.0.0/4", "240.0.0.0/4", "::/128", "ff00::/8");

/** Where clouds hand credentials to whoever asks from the machine. */
const METADATA = listOf(
  "169.254.169.254/32",
  "169.254.170.2/32",
  "169.254.170.23/32",
  "100.100.100.200/32",
  "192.0.0.192/32",
  "fd00:ec2::254/128",
  "fd20:ce::254/128",
);

const SPECIAL = listOf(
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.31.196.0/24",
  "192.52.193.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "192.175.48.0/24",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  // Tunnels and documentation inside the global range.
  "2001::/23",
  "2001:db8::/32",
  "2002::/16",
  "3fff::/20",
);

const GLOBAL_V6 = listOf("2000::/3");

function listOf(...ranges: string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = "", length] = range.split("/");
    list.addSubnet(address, Number(length), address.includes(":") ? "ipv6" : "ipv4");
  }
  return list;
}
