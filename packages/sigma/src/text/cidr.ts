/**
 * cidr: IP networks (v4 and v6) as tests on text. A v4 address written as a v4-mapped v6 one counts as v4.
 */
import type { StringTest } from "./pattern-matcher.ts";

interface Address {
  readonly words: readonly number[];
  readonly v4: boolean;
}

/** Undefined when the text is no network. */
export function cidrTest(network: string): StringTest | undefined {
  const known = parseNetwork(network);
  if (known === undefined) return undefined;
  const { base, bits } = known;
  return (text) => {
    const address = parseAddress(text);
    return address !== undefined && address.v4 === base.v4 && samePrefix(address, base, bits);
  };
}

/** First and last address of a network as IPv6 text, v4 as mapped addresses; undefined when the text is no network. */
export function networkRange(network: string): { first: string; last: string; v4: boolean } | undefined {
  const known = parseNetwork(network);
  if (known === undefined) return undefined;
  const { base, bits } = known;
  const end = (fill: number): string =>
    base.words
      .map((word, index) => {
        const mask = (0xffff << (16 - Math.min(Math.max(bits - index * 16, 0), 16))) & 0xffff;
        return ((word & mask) | (fill & ~mask)).toString(16);
      })
      .join(":");
  return { first: end(0), last: end(0xffff), v4: base.v4 };
}

/** `bits` counts from the start of the IPv6 form. */
function parseNetwork(network: string): { base: Address; bits: number } | undefined {
  const slash = network.indexOf("/");
  const base = parseAddress(slash < 0 ? network : network.slice(0, slash));
  if (base === undefined) return undefined;
  const width = base.v4 ? 32 : 128;
  const length = slash < 0 ? String(width) : network.slice(slash + 1);
  if (!/^\d{1,3}$/.test(length) || Number(length) > width) return undefined;
  return { base, bits: (base.v4 ? 96 : 0) + Number(length) };
}

function samePrefix(a: Address, b: Address, bits: number): boolean {
  for (let i = 0, left = bits; i < 8 && left > 0; i++, left -= 16) {
    const mask = left >= 16 ? 0xffff : (0xffff << (16 - left)) & 0xffff;
    if ((((a.words[i] ?? 0) ^ (b.words[i] ?? 0)) & mask) !== 0) return false;
  }
  return true;
}

function parseAddress(text: string): Address | undefined {
  if (text.length < 2 || text.length > 64) return undefined;
  const v4 = parseV4(text);
  if (v4 !== undefined) return { words: [0, 0, 0, 0, 0, 0xffff, ...v4], v4: true };
  return text.includes(":") ? parseV6(text) : undefined;
}

function parseV4(text: string): [number, number] | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return undefined;
  const [a, b, c, d] = match.slice(1).map(Number);
  if (a === undefined || b === undefined || c === undefined || d === undefined) return undefined;
  return Math.max(a, b, c, d) > 255 ? undefined : [a * 256 + b, c * 256 + d];
}

function parseV6(text: string): Address | undefined {
  const zone = text.indexOf("%");
  let body = zone < 0 ? text : text.slice(0, zone);
  const lastColon = body.lastIndexOf(":");
  const embedded = parseV4(body.slice(lastColon + 1));
  if (embedded !== undefined) {
    body = `${body.slice(0, lastColon + 1)}${embedded.map((word) => word.toString(16)).join(":")}`;
  }
  const halves = body.split("::");
  if (halves.length > 2) return undefined;
  const head = groups(halves[0]);
  const tail = groups(halves[1]);
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const words = [...head, ...new Array<number>(missing).fill(0), ...tail];
  return { words, v4: words.slice(0, 5).every((word) => word === 0) && words[5] === 0xffff };
}

function groups(text: string | undefined): number[] | undefined {
  if (text === undefined || text === "") return [];
  const parts = text.split(":");
  return parts.every((part) => /^[0-9a-f]{1,4}$/i.test(part))
    ? parts.map((part) => Number.parseInt(part, 16))
    : undefined;
}
