/** qr: a text as a QR code (ISO/IEC 18004, bytes, error correction M, versions 1 to 10), as rows of dark and light. Made here, so that what
 *  it says, such as the secret of a second factor, leaves the page for no service and no library that could. */

/** Rows of modules, true = dark, without the quiet zone; undefined when the text has more than 213 bytes. */
export function qrOf(text: string): boolean[][] | undefined {
  const bytes = new TextEncoder().encode(text);
  const version = VERSIONS.findIndex((one, at) => bytes.length + overhead(at + 1) <= dataLength(one)) + 1;
  const layout = VERSIONS[version - 1];
  if (layout === undefined) return undefined;
  const codewords = interleave(dataOf(bytes, { version, length: dataLength(layout) }), layout);
  const blank = frameOf(version);
  const masked = MASKS.map((mask, number) => {
    const grid = fill(blank, { codewords, mask });
    writeFormat(grid, number);
    return grid;
  });
  const costs = masked.map(penaltyOf);
  return masked[costs.indexOf(Math.min(...costs))];
}

/** The error correction of a block. */
export function correctionOf(data: readonly number[], length: number): number[] {
  const generator = generatorOf(length);
  const rest = [...data, ...Array.from({ length }, () => 0)];
  for (let at = 0; at < data.length; at += 1) {
    const factor = rest[at] ?? 0;
    if (factor === 0) continue;
    generator.forEach((term, place) => {
      rest[at + place] = (rest[at + place] ?? 0) ^ times(term, factor);
    });
  }
  return rest.slice(data.length);
}

/** The 15 bits that name error correction M and a mask, and the 18 that name a version. */
export const formatBits = (mask: number): number =>
  withRest(mask, { generator: 0b10100110111, bits: 10 }) ^ 0b101010000010010;
export const versionBits = (version: number): number => withRest(version, { generator: 0b1111100100101, bits: 12 });

interface Layout {
  /** Bytes of correction in each block. */
  readonly correction: number;
  /** Bytes of data of each block. */
  readonly blocks: readonly number[];
  /** Centres of the alignment patterns, along both axes. */
  readonly centres: readonly number[];
}

const of = (correction: number, blocks: readonly number[], centres: readonly number[]): Layout => ({
  correction,
  blocks,
  centres,
});

const VERSIONS: readonly Layout[] = [
  of(10, [16], []),
  of(16, [28], [6, 18]),
  of(26, [44], [6, 22]),
  of(18, [32, 32], [6, 26]),
  of(24, [43, 43], [6, 30]),
  of(16, [27, 27, 27, 27], [6, 34]),
  of(18, [31, 31, 31, 31], [6, 22, 38]),
  of(22, [38, 38, 39, 39], [6, 24, 42]),
  of(22, [36, 36, 36, 37, 37], [6, 26, 46]),
  of(26, [43, 43, 43, 43, 44], [6, 28, 50]),
];

const dataLength = ({ blocks }: Layout): number => blocks.reduce((sum, one) => sum + one, 0);
/** Four bits for the mode and 8 or 16 for the length. */
const overhead = (version: number): number => (version < 10 ? 2 : 3);

function dataOf(bytes: Uint8Array, { version, length }: { version: number; length: number }): number[] {
  const bits: number[] = [];
  const put = (value: number, count: number): void => {
    for (let bit = count - 1; bit >= 0; bit -= 1) bits.push((value >> bit) & 1);
  };
  put(0b0100, 4);
  put(bytes.length, version < 10 ? 8 : 16);
  for (const byte of bytes) put(byte, 8);
  put(0, Math.min(4, length * 8 - bits.length));
  while (bits.length % 8 !== 0) bits.push(0);
  const data: number[] = [];
  for (let at = 0; at < bits.length; at += 8) data.push(bits.slice(at, at + 8).reduce((sum, bit) => sum * 2 + bit, 0));
  for (let pad = 0; data.length < length; pad += 1) data.push(pad % 2 === 0 ? 0xec : 0x11);
  return data;
}

function interleave(data: readonly number[], { blocks, correction }: Layout): number[] {
  let from = 0;
  const parts = blocks.map((length) => data.slice(from, (from += length)));
  const rests = parts.map((part) => correctionOf(part, correction));
  const column = (all: readonly number[][], at: number): number[] =>
    all.flatMap((one) => (at < one.length ? [one[at] ?? 0] : []));
  const longest = Math.max(...blocks);
  return [
    ...Array.from({ length: longest }, (_, at) => column(parts, at)).flat(),
    ...Array.from({ length: correction }, (_, at) => column(rests, at)).flat(),
  ];
}

/** A module: dark, light, or null where data goes. */
type Frame = (boolean | null)[][];

function frameOf(version: number): Frame {
  const size = version * 4 + 17;
  const grid: Frame = Array.from({ length: size }, () => Array.from({ length: size }, () => null));
  const centres = VERSIONS[version - 1]?.centres ?? [];
  const last = centres.at(-1) ?? 0;
  for (const y of centres)
    for (const x of centres)
      if (!((x === 6 && y === 6) || (x === 6 && y === last) || (x === last && y === 6))) ring(grid, { x, y, reach: 2 });
  for (let at = 8; at < size - 8; at += 1) {
    set(grid, { x: at, y: 6 }, at % 2 === 0);
    set(grid, { x: 6, y: at }, at % 2 === 0);
  }
  for (const [x, y] of [
    [3, 3],
    [size - 4, 3],
    [3, size - 4],
  ] as const)
    ring(grid, { x, y, reach: 4 });
  for (const [x, y] of formatPlaces(size)) if (grid[y]?.[x] === null) set(grid, { x, y }, false);
  set(grid, { x: 8, y: size - 8 }, true);
  if (version >= 7) {
    const bits = versionBits(version);
    for (let bit = 0; bit < 18; bit += 1) {
      const [short, long] = [Math.floor(bit / 3), size - 11 + (bit % 3)];
      set(grid, { x: short, y: long }, ((bits >> bit) & 1) === 1);
      set(grid, { x: long, y: short }, ((bits >> bit) & 1) === 1);
    }
  }
  return grid;
}

/** Squares around a centre: dark, light, dark …; the finders have a light border besides. */
function ring(grid: Frame, { x, y, reach }: { x: number; y: number; reach: number }): void {
  for (let dy = -reach; dy <= reach; dy += 1)
    for (let dx = -reach; dx <= reach; dx += 1) {
      const distance = Math.max(Math.abs(dx), Math.abs(dy));
      const dark = reach === 2 ? distance !== 1 : distance !== 2 && distance !== 4;
      if (grid[y + dy]?.[x + dx] !== undefined) set(grid, { x: x + dx, y: y + dy }, dark);
    }
}

function set(grid: Frame, { x, y }: { x: number; y: number }, dark: boolean): void {
  const row = grid[y];
  if (row !== undefined) row[x] = dark;
}

/** Where the format stands, the lowest bit first, once around the first finder and once at the two others. */
function formatPlaces(size: number): [number, number][] {
  const around: [number, number][] = [];
  for (let at = 0; at < 6; at += 1) around.push([8, at]);
  around.push([8, 7], [8, 8], [7, 8]);
  for (let at = 5; at >= 0; at -= 1) around.push([at, 8]);
  const apart: [number, number][] = [];
  for (let at = 0; at < 8; at += 1) apart.push([size - 1 - at, 8]);
  for (let at = 7; at > 0; at -= 1) apart.push([8, size - at]);
  return [...around, ...apart];
}

function writeFormat(grid: boolean[][], mask: number): void {
  const bits = formatBits(mask);
  formatPlaces(grid.length).forEach(([x, y], at) => set(grid, { x, y }, ((bits >> (at % 15)) & 1) === 1));
}

const MASKS: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_x, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

/** Up and down in columns of two, from the right; the upright timing line is stepped over. */
function fill(
  frame: Frame,
  work: { codewords: readonly number[]; mask: (x: number, y: number) => boolean },
): boolean[][] {
  const size = frame.length;
  const grid = frame.map((row) => row.map((dark) => dark ?? false));
  let bit = 0;
  for (let right = size - 1, up = true; right > 0; right -= 2, up = !up) {
    if (right === 6) right -= 1;
    for (let step = 0; step < size; step += 1) {
      const y = up ? size - 1 - step : step;
      for (const x of [right, right - 1]) {
        if (frame[y]?.[x] !== null) continue;
        const dark = (((work.codewords[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1) === 1;
        bit += 1;
        set(grid, { x, y }, dark !== work.mask(x, y));
      }
    }
  }
  return grid;
}

/** The standard's four reasons why a mask reads badly. */
function penaltyOf(grid: readonly (readonly boolean[])[]): number {
  const size = grid.length;
  const columns = Array.from({ length: size }, (_, x) => grid.map((row) => row[x] ?? false));
  let cost = 0;
  for (const line of [...grid, ...columns]) {
    const text = line.map((dark) => (dark ? "1" : "0")).join("");
    for (const run of text.match(/0{5,}|1{5,}/g) ?? []) cost += run.length - 2;
    for (let at = 0; at + 11 <= size; at += 1) if (FINDERS.includes(text.slice(at, at + 11))) cost += 40;
  }
  for (let y = 1; y < size; y += 1)
    for (let x = 1; x < size; x += 1) {
      const dark = grid[y]?.[x];
      if (dark === grid[y - 1]?.[x] && dark === grid[y]?.[x - 1] && dark === grid[y - 1]?.[x - 1]) cost += 3;
    }
  const share = grid.flat().filter(Boolean).length / (size * size);
  return cost + Math.floor(Math.abs(share * 100 - 50) / 5) * 10;
}

const FINDERS = ["10111010000", "00001011101"];

function withRest(value: number, { generator, bits }: { generator: number; bits: number }): number {
  let rest = value << bits;
  for (let at = 31 - Math.clz32(rest); rest >= 1 << bits; at = 31 - Math.clz32(rest)) rest ^= generator << (at - bits);
  return (value << bits) | rest;
}

function generatorOf(length: number): number[] {
  let terms = [1];
  for (let root = 0; root < length; root += 1) {
    const power = EXP[root] ?? 0;
    const longer = [...terms, 0];
    terms = longer.map((term, at) => term ^ times(at === 0 ? 0 : (terms[at - 1] ?? 0), power));
  }
  return terms;
}

/** Powers of 2 in the field of 256 elements that the standard reckons in. */
const EXP: readonly number[] = (() => {
  const powers = [1];
  for (let at = 1; at < 255; at += 1) {
    const next = (powers[at - 1] ?? 0) << 1;
    powers.push(next > 255 ? next ^ 0x11d : next);
  }
  return powers;
})();
const LOG = new Map(EXP.map((value, power) => [value, power]));

function times(a: number, b: number): number {
  if (a === 0 || b === 0) return 0;
  return EXP[((LOG.get(a) ?? 0) + (LOG.get(b) ?? 0)) % 255] ?? 0;
}
