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
  const { next, outputs } = determinise(growTrie(tails, classes), classCount);

  /** Which of the texts that end alike stand before the end. */
  const report = (text: string, end: number, into: Collector): void => {
    const found = outputs[state / classCount] ?? NONE;
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
      if (at >= 0) continue;
      at = ~at;
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

/** Children as lists of siblings; node 0 is the root and nobody's child. */
interface Trie {
  readonly firstChild: Int32Array;
  readonly sibling: Int32Array;
  readonly classOf: Uint8Array;
  /** Per node the positions of the texts that end there. */
  readonly ends: Array<readonly number[] | undefined>;
}

function growTrie(texts: readonly string[], classes: Uint8Array): Trie {
  const most = 1 + texts.reduce((sum, text) => sum + text.length, 0);
  const firstChild = new Int32Array(most);
  const sibling = new Int32Array(most);
  const classOf = new Uint8Array(most);
  const ends: Array<number[] | undefined> = [undefined];
  for (const [position, text] of texts.entries()) {
    let node = 0;
    for (let i = 0; i < text.length; i++) {
      const wanted = classes[symbolOf(text.charCodeAt(i))] ?? 0;
      let child = firstChild[node] ?? 0;
      while (child !== 0 && classOf[child] !== wanted) child = sibling[child] ?? 0;
      if (child === 0) {
        child = ends.push(undefined) - 1;
        classOf[child] = wanted;
        sibling[child] = firstChild[node] ?? 0;
        firstChild[node] = child;
      }
      node = child;
    }
    const list = ends[node] ?? [];
    list.push(position);
    ends[node] = list;
  }
  return { firstChild, sibling, classOf, ends };
}

interface Dense {
  /** State numbers are multiplied by the class count; that of a state where texts end is written as its complement. */
  readonly next: Int32Array;
  readonly outputs: readonly (Int32Array | undefined)[];
}

/** Breadth first: each row begins as a copy of the row of the state that a mismatch falls back to, which is complete by then. */
function determinise({ firstChild, sibling, classOf, ends }: Trie, classCount: number): Dense {
  const size = ends.length;
  const next = new Int32Array(size * classCount);
  const outputs = new Array<Int32Array | undefined>(size).fill(undefined);
  const fallback = new Int32Array(size);
  const order = new Int32Array(size);
  let known = 1;
  for (let at = 0; at < known; at++) {
    const node = order[at] ?? 0;
    const row = node * classCount;
    const back = (fallback[node] ?? 0) * classCount;
    if (node !== 0) next.copyWithin(row, back, back + classCount);
    for (let child = firstChild[node] ?? 0; child !== 0; child = sibling[child] ?? 0) {
      const edge = row + (classOf[child] ?? 0);
      const target = node === 0 ? 0 : (next[edge] ?? 0);
      const behind = (target < 0 ? ~target : target) / classCount;
      fallback[child] = behind;
      const output = joined(ends[child], outputs[behind]);
      outputs[child] = output;
      next[edge] = output === undefined ? child * classCount : ~(child * classCount);
      order[known++] = child;
    }
  }
  return { next, outputs };
}

function joined(own: readonly number[] | undefined, inherited: Int32Array | undefined): Int32Array | undefined {
  if (own === undefined) return inherited;
  return inherited === undefined ? Int32Array.from(own) : Int32Array.from([...own, ...inherited]);
}
