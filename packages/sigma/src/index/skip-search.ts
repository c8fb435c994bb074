/**
 * skip-search: finds which of a moderate set of longer texts occur in a value, looking only at every few characters
 * (Wu-Manber over hashed triples). Used instead of the automaton when all texts are long enough for the jumps to pay.
 */
import type { TextSearch } from "./automaton.ts";
import { OTHER, type Sink, searchable, symbolOf } from "./fold.ts";

const BLOCK = 3;
const LONGEST = 16;
const MIN_LENGTH = 6;
const MAX_TEXTS = 400;
const HASHES = 1 << 15;

export function suitsSkipSearch(texts: readonly string[]): boolean {
  return texts.length <= MAX_TEXTS && texts.every((text) => text.length >= MIN_LENGTH);
}

export function createSkipSearch(texts: readonly string[]): TextSearch {
  const length = texts.reduce((least, text) => Math.min(least, text.length), LONGEST);
  const jumps = new Uint8Array(HASHES).fill(length - BLOCK + 1);
  const windows: Uint8Array[] = [];
  const atHash = new Map<number, number[]>();
  for (const text of texts) {
    // The end of a text tells more than its beginning: paths share their heads.
    const window = Uint8Array.from({ length }, (_, i) => symbolOf(text.charCodeAt(text.length - length + i)));
    for (let i = BLOCK - 1; i < length; i++) {
      const hash = hashAt(window, i);
      jumps[hash] = Math.min(jumps[hash] ?? 0, length - 1 - i);
    }
    const last = hashAt(window, length - 1);
    atHash.set(last, [...(atHash.get(last) ?? []), windows.length]);
    windows.push(window);
  }

  const verify = (text: string, end: number, sink: Sink): void => {
    for (const candidate of atHash.get(hashEndingAt(text, end)) ?? NONE) {
      const window = windows[candidate];
      if (window !== undefined && occurs(window, text, end)) sink.add(candidate);
    }
  };
  const scanAs = (text: string, sink: Sink, folded: boolean): void => {
    const last = text.length;
    for (let end = length - 1; end < last; ) {
      let a = text.charCodeAt(end - 2);
      let b = text.charCodeAt(end - 1);
      let c = text.charCodeAt(end);
      if ((a | b | c) > 127) {
        if (!folded) return scanAs(searchable(text), sink, true);
        if (a > 127) a = OTHER;
        if (b > 127) b = OTHER;
        if (c > 127) c = OTHER;
      }
      const hash = tripleHash(a, b, c);
      const jump = jumps[hash] ?? 0;
      if (jump > 0) end += jump;
      else {
        verify(text, end, sink);
        end++;
      }
    }
  };
  return { scan: (text, sink) => scanAs(text, sink, false) };
}

const NONE: readonly number[] = [];

/** Setting bit 5 folds the letters; that it also joins some signs only makes a jump shorter. */
function tripleHash(a: number, b: number, c: number): number {
  return ((a | 32) ^ ((b | 32) << 4) ^ ((c | 32) << 8)) & (HASHES - 1);
}

function hashEndingAt(text: string, end: number): number {
  return tripleHash(
    Math.min(text.charCodeAt(end - 2), OTHER),
    Math.min(text.charCodeAt(end - 1), OTHER),
    Math.min(text.charCodeAt(end), OTHER),
  );
}

function hashAt(window: Uint8Array, end: number): number {
  return tripleHash(window[end - 2] ?? 0, window[end - 1] ?? 0, window[end] ?? 0);
}

function occurs(window: Uint8Array, text: string, end: number): boolean {
  const from = end - window.length + 1;
  for (let i = 0; i < window.length; i++) if (symbolOf(text.charCodeAt(from + i)) !== window[i]) return false;
  return true;
}
