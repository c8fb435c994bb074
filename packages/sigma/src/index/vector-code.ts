/**
 * vector-code: the one loop of this package that has to look at sixteen bytes at a time, which JavaScript cannot: a
 * WebAssembly function of a hundred instructions, written out here, with no tool between. It looks for blocks of bytes in which
 * one of a few texts could begin, by the tables of `vector-scan`.
 */

/** (tables, at, end): the first place from `at` on that is worth a look, or -1. Reads up to 15 bytes beyond `end`. */
export type Find = (tables: number, at: number, end: number) => number;

/** The part of WebAssembly's JavaScript interface that is used; not every place that runs this code has it. */
export interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

declare const WebAssembly:
  | {
      readonly Memory: new (descriptor: { readonly initial: number }) => Memory;
      readonly Module: new (code: Uint8Array) => object;
      readonly Instance: new (
        module: object,
        imports: { readonly m: { readonly m: Memory } },
      ) => { readonly exports: { readonly find: Find } };
    }
  | undefined;

/** Undefined where there is no WebAssembly with vectors, or a policy forbids it. */
export function vectorCode(pages: number): { readonly memory: Memory; readonly find: Find } | undefined {
  if (typeof WebAssembly === "undefined") return undefined;
  try {
    const memory = new WebAssembly.Memory({ initial: pages });
    const module = new WebAssembly.Module(moduleBytes(pages));
    return { memory, find: new WebAssembly.Instance(module, { m: { m: memory } }).exports.find };
  } catch {
    return undefined;
  }
}

const I32 = 0x7f;
const V128 = 0x7b;
const NO_VALUE = 0x40;

/** Characters of a text that are looked at. */
const WIDTH = 4;

/** Parameters, then locals, by their numbers. */
const TABLES = 0;
const AT = 1;
const END = 2;
const FIRST_TABLE = 3;
const [SPACE, LOW_MASK, BYTES, LOW, HIGH, FOUND] = [11, 12, 13, 14, 15, 16];
/** The buckets of this block and of the one before, for each place but the last. */
const THIS = 17;
const BEFORE = 20;
const VECTORS = 20;

const get = (local: number): number[] => [0x20, local];
const set = (local: number): number[] => [0x21, local];
const constant = (value: number): number[] => [0x41, value];
const vector = (...opcode: number[]): number[] => [0xfd, ...opcode];
const load = (offset: number): number[] => vector(0x00, 0, offset);
const filled = (byte: number): number[] => vector(0x0c, ...new Array<number>(16).fill(byte));
const RETURN = 0x0f;
const BLOCK_END = 0x0b;
/** From a table of sixteen bytes, by an index below sixteen in each byte. */
const LOOK_UP = vector(0x80, 0x02);
/** Of two vectors in a row, the sixteen bytes from so many on. */
const slide = (from: number): number[] => vector(0x0d, ...Array.from({ length: 16 }, (_, n) => from + n));
const AND = vector(0x4e);
const OR = vector(0x50);
const ANY = vector(0x53);
const NOT_EQUAL = vector(0x24);
/** The top bits of the bytes as one number, and how many zeros it ends with. */
const BIT_MASK = vector(0x64);
const ZEROS = 0x68;
const SHIFT_RIGHT = vector(0x6d);

/** The buckets whose texts have a byte at this place: low and high half are looked up apart. */
function buckets(place: number): number[] {
  const table = FIRST_TABLE + 2 * place;
  return [...get(table), ...get(LOW), ...LOOK_UP, ...get(table + 1), ...get(HIGH), ...LOOK_UP, ...AND];
}

/** What an earlier place of a text said, brought to where the text would end. */
function earlier(place: number): number[] {
  return [
    ...[...buckets(place), ...set(THIS + place)],
    ...[...get(BEFORE + place), ...get(THIS + place), ...slide(16 - (WIDTH - 1 - place)), ...get(FOUND), ...AND],
    ...[...set(FOUND), ...get(THIS + place), ...set(BEFORE + place)],
  ];
}

function body(): number[] {
  const tables = Array.from({ length: 2 * WIDTH }, (_, n) => [
    ...get(TABLES),
    ...load(16 * n),
    ...set(FIRST_TABLE + n),
  ]);
  return [
    ...tables.flat(),
    ...[...filled(0x20), ...set(SPACE), ...filled(0x0f), ...set(LOW_MASK)],
    ...[0x03, NO_VALUE], // loop
    ...[...get(AT), ...get(END), 0x4f, 0x04, NO_VALUE, ...constant(0x7f), RETURN, BLOCK_END], // at >= end: return -1
    ...[...get(AT), ...load(0), ...get(SPACE), ...OR, ...set(BYTES)],
    ...[
      ...get(BYTES),
      ...get(LOW_MASK),
      ...AND,
      ...set(LOW),
      ...get(BYTES),
      ...constant(4),
      ...SHIFT_RIGHT,
      ...set(HIGH),
    ],
    ...[...buckets(3), ...set(FOUND), ...earlier(2), ...earlier(1), ...earlier(0)],
    ...[...get(FOUND), ...ANY, 0x04, NO_VALUE], // any: return at + first - 3
    ...[...get(FOUND), ...filled(0), ...NOT_EQUAL, ...BIT_MASK, ZEROS, ...get(AT), 0x6a, ...constant(WIDTH - 1), 0x6b],
    ...[RETURN, BLOCK_END],
    ...[...get(AT), ...constant(16), 0x6a, ...set(AT)], // at += 16
    ...[0x0c, 0, BLOCK_END, 0x00], // again; nothing comes here
    BLOCK_END,
  ];
}

function moduleBytes(pages: number): Uint8Array {
  const code = [1, VECTORS, V128, ...body()];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 3, I32, I32, I32, 1, I32]),
    ...section(2, [1, ...name("m"), ...name("m"), 2, 0, ...unsigned(pages)]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...name("find"), 0, 0]),
    ...section(10, [1, ...unsigned(code.length), ...code]),
  ]);
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

function name(text: string): number[] {
  return [text.length, ...[...text].map((character) => character.charCodeAt(0))];
}

/** LEB128. */
function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)];
}
