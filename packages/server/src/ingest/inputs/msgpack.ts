/** msgpack: MessagePack as Fluent speaks it. A scanner finds the end of each value in a stream without looking at a byte twice; a
 *  reader makes plain values of it. Depth and size are bounded: both may be whatever a sender likes. */

export type MsgpackValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Buffer
  | MsgpackExtension
  | readonly MsgpackValue[]
  | ReadonlyMap<string, MsgpackValue>;

/** An extension type; of type 0 Fluent makes its times. */
export class MsgpackExtension {
  readonly type: number;
  readonly data: Buffer;

  constructor(type: number, data: Buffer) {
    this.type = type;
    this.data = data;
  }
}

const DEEPEST = 64;

interface Head {
  /** Bytes of the head itself. */
  readonly size: number;
  /** Bytes of its content. */
  readonly content: number;
  /** Values inside. */
  readonly values: number;
}

export interface MsgpackScanner {
  /** Where the value ends that starts at 0, once its last byte is there; goes on where it stopped. */
  scan(bytes: Buffer): "more" | "bad" | number;
}

export function createMsgpackScanner(): MsgpackScanner {
  let at = 0;
  const open: number[] = [1];
  return {
    scan: (bytes) => {
      while (open.length > 0) {
        if (at >= bytes.length) return "more";
        const head = headOf(bytes, at);
        if (head === "more" || head === "bad") return head;
        // The content of a long text may still be on its way; what it is, is known.
        if (head.values === 0 && at + head.size + head.content > bytes.length) return "more";
        at += head.size + head.content;
        open.push((open.pop() ?? 1) - 1);
        if (head.values > 0) {
          if (open.length > DEEPEST) return "bad";
          open.push(head.values);
        }
        while (open.at(-1) === 0) open.pop();
      }
      const end = at;
      at = 0;
      open.push(1);
      return end;
    },
  };
}

/** Reads the value at `at`, which a scanner has found whole. */
export function readMsgpack(bytes: Buffer, at = 0): { readonly value: MsgpackValue; readonly end: number } {
  const byte = bytes[at] ?? 0;
  const head = headOf(bytes, at);
  if (head === "more" || head === "bad") throw new RangeError(`MessagePack ends or is damaged at byte ${at}`);
  const start = at + head.size;
  const end = start + head.content;
  if (end > bytes.length) throw new RangeError(`MessagePack ends inside a value at byte ${at}`);
  const kind = kindOf(byte);
  switch (kind) {
    case "text":
      return { value: textOf(bytes.subarray(start, end)), end };
    case "bytes":
      return { value: bytes.subarray(start, end), end };
    case "extension":
      return { value: new MsgpackExtension(bytes.readInt8(start - 1), bytes.subarray(start, end)), end };
    case "list":
      return readList(bytes, start, head.values);
    case "map":
      return readMap(bytes, start, head.values / 2);
    case "scalar":
      return { value: scalarOf(bytes, at, byte), end };
  }
}

function readList(bytes: Buffer, start: number, count: number) {
  const list: MsgpackValue[] = [];
  let at = start;
  for (let n = 0; n < count; n += 1) {
    const { value, end } = readMsgpack(bytes, at);
    list.push(value);
    at = end;
  }
  return { value: list, end: at };
}

function readMap(bytes: Buffer, start: number, count: number) {
  const map = new Map<string, MsgpackValue>();
  let at = start;
  for (let n = 0; n < count; n += 1) {
    const key = readMsgpack(bytes, at);
    const { value, end } = readMsgpack(bytes, key.end);
    map.set(typeof key.value === "string" ? key.value : String(key.value), value);
    at = end;
  }
  return { value: map, end: at };
}

type Kind = "text" | "bytes" | "extension" | "list" | "map" | "scalar";

function kindOf(byte: number): Kind {
  if (byte <= 0x7f || byte >= 0xe0) return "scalar";
  if (byte <= 0x8f) return "map";
  if (byte <= 0x9f) return "list";
  if (byte <= 0xbf) return "text";
  if (byte >= 0xc4 && byte <= 0xc6) return "bytes";
  if ((byte >= 0xc7 && byte <= 0xc9) || (byte >= 0xd4 && byte <= 0xd8)) return "extension";
  if (byte >= 0xd9 && byte <= 0xdb) return "text";
  if (byte === 0xdc || byte === 0xdd) return "list";
  return byte === 0xde || byte === 0xdf ? "map" : "scalar";
}

/** Bytes of the length that follows the first byte. */
const LENGTH_BYTES: Readonly<Record<number, 1 | 2 | 4>> = {
  0xc4: 1,
  0xc5: 2,
  0xc6: 4,
  0xc7: 1,
  0xc8: 2,
  0xc9: 4,
  0xd9: 1,
  0xda: 2,
  0xdb: 4,
  0xdc: 2,
  0xdd: 4,
  0xde: 2,
  0xdf: 4,
};

/** Content of what has a fixed size: numbers, and extensions with their type byte in front. */
const FIXED: Readonly<Record<number, number>> = {
  0xca: 4,
  0xcb: 8,
  0xcc: 1,
  0xcd: 2,
  0xce: 4,
  0xcf: 8,
  0xd0: 1,
  0xd1: 2,
  0xd2: 4,
  0xd3: 8,
  0xd4: 1,
  0xd5: 2,
  0xd6: 4,
  0xd7: 8,
  0xd8: 16,
};

function headOf(bytes: Buffer, at: number): Head | "more" | "bad" {
  const byte = bytes[at];
  if (byte === undefined) return "more";
  if (byte === 0xc1) return "bad";
  if (byte >= 0x80 && byte <= 0x8f) return { size: 1, content: 0, values: (byte & 15) * 2 };
  if (byte >= 0x90 && byte <= 0x9f) return { size: 1, content: 0, values: byte & 15 };
  if (byte >= 0xa0 && byte <= 0xbf) return { size: 1, content: byte & 31, values: 0 };
  const kind = kindOf(byte);
  const lengthBytes = LENGTH_BYTES[byte];
  const type = kind === "extension" ? 1 : 0;
  if (lengthBytes === undefined) return { size: 1 + type, content: FIXED[byte] ?? 0, values: 0 };
  if (at + 1 + lengthBytes > bytes.length) return "more";
  const length = bytes.readUIntBE(at + 1, lengthBytes);
  const size = 1 + lengthBytes + type;
  if (kind === "list") return { size, content: 0, values: length };
  if (kind === "map") return { size, content: 0, values: length * 2 };
  return { size, content: length, values: 0 };
}

function scalarOf(bytes: Buffer, at: number, byte: number): MsgpackValue {
  if (byte <= 0x7f) return byte;
  if (byte >= 0xe0) return byte - 0x100;
  const start = at + 1;
  switch (byte) {
    case 0xc2:
      return false;
    case 0xc3:
      return true;
    case 0xca:
      return bytes.readFloatBE(start);
    case 0xcb:
      return bytes.readDoubleBE(start);
    case 0xcc:
      return bytes.readUInt8(start);
    case 0xcd:
      return bytes.readUInt16BE(start);
    case 0xce:
      return bytes.readUInt32BE(start);
    case 0xcf:
      return exact(bytes.readBigUInt64BE(start));
    case 0xd0:
      return bytes.readInt8(start);
    case 0xd1:
      return bytes.readInt16BE(start);
    case 0xd2:
      return bytes.readInt32BE(start);
    case 0xd3:
      return exact(bytes.readBigInt64BE(start));
    default:
      return null;
  }
}

const exact = (value: bigint): number | bigint =>
  value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;

/** What is not UTF-8 is read as Latin-1, which loses nothing. */
function textOf(bytes: Buffer): string {
  const text = bytes.toString("utf8");
  return text.includes("\ufffd") && !Buffer.from(text, "utf8").equals(bytes) ? bytes.toString("latin1") : text;
}
