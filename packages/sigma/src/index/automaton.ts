/**
 * automaton: Aho-Corasick over folded characters as one dense table: one addition and two loads per character, whatever the
 * number of texts. Finds which texts occur anywhere in a value.
 */
import type { Collector } from "./collector.ts";
import { FOLD, OTHER, SAFE, searchable, standsAt, SYMBOLS, symbolOf } from "./fold.ts";

/** Finds the positions of the texts that occur; characters outside ASCII may make it report too much, never too little. */
export interface TextSearch {
  /** A shorter value contains none of them. */
  readonly shortest: number;
  /** Time grows with the value and no faster. */
  scan(text: string, into: Collector): void;
}

/** The states for more of a text would cost memory; what is before is compared where the end was found. */
const LONGEST = 10;

/** The texts must be lower-cased and not empty. */
export function createAutomaton(texts: readonly string[]): TextSearch {
  // The end of a text tells more than its beginning: paths share their heads.
  const tails = texts.map((text) => text.slice(-LONGEST));
  const heads = texts.map((text) => text.slice(0, -LONGEST));
  const { classes, classCount } = alphabetOf(tails);
  const trie = growTrie(tails, classes, classCount);
  const { next, outputs, firstOutput } = determinise(trie, classCount);

  /** Which of the texts that end alike stand before the end. */
  const report = (text: string, end: number, into: Collector): void => {
    const found = outputs[(state - firstOutput) / classCount] ?? NONE;
    for (let f = 0; f < found.length; f++) {
      const position = found[f] ?? 0;
      if (into.has(position)) continue;
      const head = heads[position] ?? "";
      if (head === "" || standsAt(text, end - LONGEST - head.length, head)) into.add(position);
    }
  };
  let state = 0;
  const scanAs = (text: string, into: Collector, folded: boolean): void => {
    let at = 0;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      let symbol = OTHER;
      if (code < 128) symbol = code;
      else if (code > SAFE && !folded) return scanAs(searchable(text), into, true);
      at = next[at + (classes[symbol] ?? 0)] ?? 0;
      if (at < firstOutput) continue;
      state = at;
      report(text, i + 1, into);
    }
  };
  return {
    // Lower-casing can make a text longer, by a third character in place of one at the most.
    shortest: Math.ceil(texts.reduce((least, text) => Math.min(least, text.length), Number.POSITIVE_INFINITY) / 3),
    scan: (text, into) => scanAs(text, into, false),
  };
}

const NONE = new Int32Array(0);

/** Characters that occur in some text get a class of their own; all others share class 0. */
function alphabetOf(texts: readonly string[]): { classes: Uint8Array; classCount: number } {
  const classes = new Uint8Array(SYMBOLS);
  let classCount = 1;
  for (const text of texts) {
    for (let i = 0; i < text.length; i++) {
      const symbol = symbolOf(text.charCodeAt(i));
      if (classes[symbol] === 0) classes[symbol] = classCount++;
    }
  }
  for (let code = 0; code < 128; code++) classes[code] = classes[FOLD[code] ?? code] ?? 0;
  return { classes, classCount };
}

interface Trie {
  readonly children: Int32Array;
  readonly outputs: Array<number[] | undefined>;
  readonly size: number;
}

function growTrie(texts: readonly string[], classes: Uint8Array, classCount: number): Trie {
  const most = 1 + texts.reduce((sum, text) => sum + text.length, 0);
  const children = new Int32Array(most * classCount);
  const outputs: Array<number[] | undefined> = [undefined];
  let size = 1;
  for (const [position, text] of texts.entries()) {
    let node = 0;
    for (let i = 0; i < text.length; i++) {
      const edge = node * classCount + (classes[symbolOf(text.charCodeAt(i))] ?? 0);
      let child = children[edge] ?? 0;
      if (child === 0) {
        child = size++;
        children[edge] = child;
        outputs.push(undefined);
      }
      node = child;
    }
    const list = outputs[node] ?? [];
    list.push(position);
    outputs[node] = list;
  }
  return { children, outputs, size };
}

interface Dense {
  /** State numbers are multiplied by the class count, and states with output come last. */
  readonly next: Int32Array;
  readonly outputs: readonly Int32Array[];
  readonly firstOutput: number;
}

function determinise({ children, outputs, size }: Trie, classCount: number): Dense {
  const fail = new Int32Array(size);
  const order: number[] = [];
  for (let c = 0; c < classCount; c++) {
    const child = children[c] ?? 0;
    if (child !== 0) order.push(child);
  }
  for (let at = 0; at < order.length; at++) {
    const node = order[at] ?? 0;
    const back = fail[node] ?? 0;
    const inherited = outputs[back];
    if (inherited !== undefined) outputs[node] = [...new Set([...(outputs[node] ?? []), ...inherited])];
    for (let c = 0; c < classCount; c++) {
      const child = children[node * classCount + c] ?? 0;
      const other = children[back * classCount + c] ?? 0;
      if (child === 0) children[node * classCount + c] = other;
      else {
        fail[child] = other;
        order.push(child);
      }
    }
  }
  return renumber({ children, outputs, size }, classCount);
}

function renumber({ children, outputs, size }: Trie, classCount: number): Dense {
  const number = new Int32Array(size);
  let free = 0;
  for (let node = 0; node < size; node++) if (outputs[node] === undefined) number[node] = free++;
  const firstOutput = free * classCount;
  const lists: Int32Array[] = [];
  for (let node = 0; node < size; node++) {
    const list = outputs[node];
    if (list === undefined) continue;
    number[node] = free++;
    lists.push(Int32Array.from(list));
  }
  const next = new Int32Array(size * classCount);
  for (let node = 0; node < size; node++) {
    const from = (number[node] ?? 0) * classCount;
    for (let c = 0; c < classCount; c++) {
      next[from + c] = (number[children[node * classCount + c] ?? 0] ?? 0) * classCount;
    }
  }
  return { next, outputs: lists, firstOutput };
}
