/**
 * edge-trie: finds the texts a value starts or ends with, and those it equals, by walking in from that edge. The walk stops
 * at the first character no text has, so its cost does not depend on the length of the value.
 */
import type { Collector } from "./collector.ts";
import { FOLD, OTHER, SAFE, searchable, symbolOf } from "./fold.ts";

export interface EdgeTrie {
  scan(text: string, into: Collector): void;
}

export interface EdgeEntry {
  /** Lower-cased and not empty, unless `whole`. */
  readonly text: string;
  readonly member: number;
  /** The value must be this text and no more. */
  readonly whole: boolean;
}

/** A longer literal is cut: what is left is still a necessary condition. */
const LONGEST = 32;
const MIX = 0x9e3779b1;

export function createEdgeTrie(entries: readonly EdgeEntry[], from: "start" | "end"): EdgeTrie {
  const edges = new EdgeTable();
  const open: Array<number[] | undefined> = [undefined];
  const whole: Array<number[] | undefined> = [undefined];
  for (const entry of entries) {
    let node = 0;
    const literal = searchable(entry.text);
    const length = Math.min(literal.length, LONGEST);
    for (let i = 0; i < length; i++) {
      const at = from === "start" ? i : literal.length - 1 - i;
      node = edges.grow(node, symbolOf(literal.charCodeAt(at)));
      if (node === open.length) {
        open.push(undefined);
        whole.push(undefined);
      }
    }
    const lists = entry.whole && literal.length <= LONGEST ? whole : open;
    const list = lists[node] ?? [];
    if (list.at(-1) !== entry.member) list.push(entry.member);
    lists[node] = list;
  }

  const scanAs = (text: string, into: Collector, folded: boolean): void => {
    const { length } = text;
    let node = 0;
    for (let i = 0; ; i++) {
      const members = open[node];
      if (members !== undefined) for (const member of members) into.add(member);
      if (i === length) break;
      const code = text.charCodeAt(from === "start" ? i : length - 1 - i);
      let symbol = OTHER;
      if (code < 128) symbol = FOLD[code] ?? code;
      else if (code > SAFE && !folded) return scanAs(searchable(text), into, true);
      node = edges.step(node, symbol);
      if (node < 0) return;
    }
    const members = whole[node];
    if (members !== undefined) for (const member of members) into.add(member);
  };
  return { scan: (text, into) => scanAs(text, into, false) };
}

/** (node, symbol) -> node in one open-addressed table. */
class EdgeTable {
  private keys = new Int32Array(1024).fill(-1);
  private targets = new Int32Array(1024);
  private mask = 1023;
  private count = 0;

  step(node: number, symbol: number): number {
    const key = node * 256 + symbol;
    let at = (Math.imul(key, MIX) >>> 7) & this.mask;
    for (;;) {
      const found = this.keys[at];
      if (found === key) return this.targets[at] ?? -1;
      if (found === -1) return -1;
      at = (at + 1) & this.mask;
    }
  }

  grow(node: number, symbol: number): number {
    const known = this.step(node, symbol);
    if (known >= 0) return known;
    if (this.count * 2 > this.mask) this.enlarge();
    this.count++;
    this.put(node * 256 + symbol, this.count);
    return this.count;
  }

  private put(key: number, target: number): void {
    let at = (Math.imul(key, MIX) >>> 7) & this.mask;
    while (this.keys[at] !== -1) at = (at + 1) & this.mask;
    this.keys[at] = key;
    this.targets[at] = target;
  }

  private enlarge(): void {
    const { keys, targets } = this;
    this.mask = this.mask * 2 + 1;
    this.keys = new Int32Array(this.mask + 1).fill(-1);
    this.targets = new Int32Array(this.mask + 1);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] ?? -1;
      if (key !== -1) this.put(key, targets[i] ?? 0);
    }
  }
}
