/** dns-message: writes and reads the DNS messages that a sinkhole needs: questions, dynamic updates (RFC 2136) and their signature
 *  (TSIG with hmac-sha256, RFC 8945). Reading is bounded: a message that points in circles or past its end is refused. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";
import type { DnsRecord } from "@holdfast/sdk";
import ipaddr from "ipaddr.js";

export interface TsigKey {
  readonly name: string;
  /** Base64, as in the server's key file. */
  readonly secret: string;
}

export interface Answer {
  readonly id: number;
  readonly rcode: string;
  readonly answers: readonly DnsRecord[];
}

const CLASS_IN = 1;
const CLASS_NONE_OR_ANY = 255;
const TYPES = { A: 1, CNAME: 5, SOA: 6, TXT: 16, AAAA: 28 } as const;
const TYPE_ANY = 255;
const TYPE_TSIG = 250;
const RCODES = [
  "NOERROR",
  "FORMERR",
  "SERVFAIL",
  "NXDOMAIN",
  "NOTIMP",
  "REFUSED",
  "YXDOMAIN",
  "YXRRSET",
  "NXRRSET",
  "NOTAUTH",
  "NOTZONE",
];
const ALGORITHM = "hmac-sha256";
const FUDGE_SECONDS = 300;

export function question(id: number, name: string, type: keyof typeof TYPES): Buffer {
  return Buffer.concat([header(id, 0x0100, [1, 0, 0, 0]), wireName(name), uint16(TYPES[type]), uint16(CLASS_IN)]);
}

export function update(
  id: number,
  zone: string,
  change: { readonly remove: readonly string[]; readonly add: readonly DnsRecord[] },
): Buffer {
  const removals = change.remove.map((name) =>
    record(name, { type: TYPE_ANY, class: CLASS_NONE_OR_ANY, ttl: 0, data: Buffer.alloc(0) }),
  );
  const additions = change.add.map((entry) =>
    record(entry.name, { type: TYPES[entry.type], class: CLASS_IN, ttl: entry.ttl, data: dataOf(entry) }),
  );
  return Buffer.concat([
    header(id, 0x2800, [1, 0, removals.length + additions.length, 0]),
    wireName(zone),
    uint16(TYPES.SOA),
    uint16(CLASS_IN),
    ...removals,
    ...additions,
  ]);
}

export function sign(message: Buffer, key: TsigKey, nowMs: number): { message: Buffer; mac: Buffer } {
  const seconds = Math.floor(nowMs / 1000);
  const mac = macOf(Buffer.concat([message, variables(key, { seconds, error: 0, other: Buffer.alloc(0) })]), key);
  const data = Buffer.concat([
    wireName(ALGORITHM),
    uint48(seconds),
    uint16(FUDGE_SECONDS),
    uint16(mac.length),
    mac,
    message.subarray(0, 2),
    uint16(0),
    uint16(0),
  ]);
  const signed = Buffer.concat([
    message,
    record(key.name, { type: TYPE_TSIG, class: CLASS_NONE_OR_ANY, ttl: 0, data }),
  ]);
  signed.writeUInt16BE(signed.readUInt16BE(10) + 1, 10);
  return { message: signed, mac };
}

/** Whether the answer to a signed message carries the key's signature. */
export function isSigned(answer: Buffer, key: TsigKey, requestMac: Buffer): boolean {
  const tsig = readMessage(answer).tsig;
  if (tsig === undefined) return false;
  const bare = Buffer.from(answer.subarray(0, tsig.start));
  bare.writeUInt16BE(bare.readUInt16BE(10) - 1, 10);
  bare.writeUInt16BE(tsig.originalId, 0);
  const expected = macOf(Buffer.concat([uint16(requestMac.length), requestMac, bare, variables(key, tsig)]), key);
  return expected.length === tsig.mac.length && timingSafeEqual(expected, tsig.mac);
}

export function readAnswer(message: Buffer): Answer {
  const { id, rcode, answers } = readMessage(message);
  return { id, rcode, answers };
}

const header = (id: number, flags: number, counts: readonly number[]): Buffer =>
  Buffer.concat([uint16(id), uint16(flags), ...counts.map(uint16)]);

function record(
  name: string,
  { type, class: klass, ttl, data }: { type: number; class: number; ttl: number; data: Buffer },
): Buffer {
  return Buffer.concat([wireName(name), uint16(type), uint16(klass), uint32(ttl), uint16(data.length), data]);
}

function dataOf({ type, data }: DnsRecord): Buffer {
  if (type === "A" || type === "AAAA") {
    if (isIP(data) === 0) throw new RangeError(`"${data}" is no address`);
    return Buffer.from(ipaddr.parse(data).toByteArray());
  }
  return type === "TXT"
    ? Buffer.concat([Buffer.from([Math.min(255, Buffer.byteLength(data))]), Buffer.from(data).subarray(0, 255)])
    : wireName(data);
}

export function wireName(name: string): Buffer {
  const labels = name
    .replace(/\.$/, "")
    .split(".")
    .filter((label) => label !== "");
  const parts = labels.map((label) => {
    const bytes = Buffer.from(label.toLowerCase(), "latin1");
    if (bytes.length > 63) throw new RangeError(`"${label}" is longer than 63 characters`);
    return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  });
  const wire = Buffer.concat([...parts, Buffer.from([0])]);
  if (wire.length > 255) throw new RangeError(`"${name}" is longer than a DNS name can be`);
  return wire;
}

const macOf = (data: Buffer, key: TsigKey): Buffer =>
  createHmac("sha256", Buffer.from(key.secret, "base64")).update(data).digest();

function variables(key: TsigKey, { seconds, error, other }: { seconds: number; error: number; other: Buffer }): Buffer {
  return Buffer.concat([
    wireName(key.name),
    uint16(CLASS_NONE_OR_ANY),
    uint32(0),
    wireName(ALGORITHM),
    uint48(seconds),
    uint16(FUDGE_SECONDS),
    uint16(error),
    uint16(other.length),
    other,
  ]);
}

interface Tsig {
  readonly start: number;
  readonly seconds: number;
  readonly mac: Buffer;
  readonly originalId: number;
  readonly error: number;
  readonly other: Buffer;
}

function readMessage(message: Buffer): Answer & { tsig: Tsig | undefined } {
  const [questions, answersCount, authority, additional] = [4, 6, 8, 10].map((at) => message.readUInt16BE(at)) as [
    number,
    number,
    number,
    number,
  ];
  let at = 12;
  for (let i = 0; i < questions; i++) at = readName(message, at).next + 4;
  const answers: DnsRecord[] = [];
  let tsig: Tsig | undefined;
  for (let i = 0; i < answersCount + authority + additional; i++) {
    const start = at;
    const name = readName(message, at);
    const type = message.readUInt16BE(name.next);
    const ttl = message.readUInt32BE(name.next + 4);
    const length = message.readUInt16BE(name.next + 8);
    const from = name.next + 10;
    at = from + length;
    if (at > message.length) throw new RangeError("the answer is cut off");
    if (type === TYPE_TSIG) tsig = readTsig(message, start, from);
    else if (i < answersCount) {
      const kind = Object.entries(TYPES).find(([, number]) => number === type)?.[0] as DnsRecord["type"] | undefined;
      if (kind !== undefined)
        answers.push({ name: name.name, type: kind, ttl, data: readData(message, kind, { from, length }) });
    }
  }
  const code = message.readUInt16BE(2) & 0xf;
  return { id: message.readUInt16BE(0), rcode: RCODES[code] ?? `RCODE${code}`, answers, tsig };
}

function readTsig(message: Buffer, start: number, from: number): Tsig {
  let at = readName(message, from).next;
  const seconds = message.readUIntBE(at, 6);
  at += 8;
  const macLength = message.readUInt16BE(at);
  const mac = message.subarray(at + 2, at + 2 + macLength);
  at += 2 + macLength;
  const otherLength = message.readUInt16BE(at + 4);
  return {
    start,
    seconds,
    mac,
    originalId: message.readUInt16BE(at),
    error: message.readUInt16BE(at + 2),
    other: message.subarray(at + 6, at + 6 + otherLength),
  };
}

function readData(
  message: Buffer,
  type: DnsRecord["type"],
  { from, length }: { from: number; length: number },
): string {
  const bytes = message.subarray(from, from + length);
  if (type === "A" || type === "AAAA") return ipaddr.fromByteArray([...bytes]).toString();
  return type === "TXT" ? bytes.subarray(1).toString("latin1") : readName(message, from).name;
}

function readName(message: Buffer, start: number): { name: string; next: number } {
  const labels: string[] = [];
  let at = start;
  let next = -1;
  for (let steps = 0; steps < 128; steps++) {
    const length = message.readUInt8(at);
    if (length === 0) return { name: labels.length === 0 ? "." : labels.join("."), next: next === -1 ? at + 1 : next };
    if ((length & 0xc0) === 0xc0) {
      if (next === -1) next = at + 2;
      at = message.readUInt16BE(at) & 0x3fff;
    } else {
      labels.push(message.subarray(at + 1, at + 1 + length).toString("latin1"));
      at += 1 + length;
    }
  }
  throw new RangeError("the answer has a name without an end");
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}
function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
function uint48(value: number): Buffer {
  const bytes = Buffer.alloc(6);
  bytes.writeUIntBE(value, 0, 6);
  return bytes;
}
