/**
 * skip-search: finds which of a moderate set of longer texts occur in a value, looking only at every few characters
 * (Wu-Manber over folded pairs). Used instead of the automaton when all texts are long enough for the jumps to pay.
 */
import type { Automaton, Entry } from "./automaton.ts";
import { FOLD, OTHER, type Sink, searchable, symbolOf } from "./fold.ts";

const LONGEST = 12;
const MIN_LENGTH = 5;
const MAX_ENTRIES = 400;

export function suitsSkipSearch(entries: readonly Entry[]): boolean {
  return entries.length <= MAX_ENTRIES && entries.every(({ text }) => text.length >= MIN_LENGTH);
}

export function createSkipSearch(entries: readonly Entry[]): Automaton {
  const length = entries.reduce((least, { text }) => Math.min(least, text.length), LONGEST);
  const jumps = new Uint8Array(1 << 16).fill(length - 1);
  const windows: Uint8Array[] = [];
  const members: number[] = [];
  const atPair = new Map<number, number[]>();
  for (const { text, member } of entries) {
    // The end of a text tells more than its beginning: paths share their heads.
    const window = Uint8Array.from({ length }, (_, i) => symbolOf(text.charCodeAt(text.length - length + i)));
    for (let i = 1; i < length; i++) {
      const pair = ((window[i - 1] ?? 0) << 8) | (window[i] ?? 0);
      jumps[pair] = Math.min(jumps[pair] ?? 0, length - 1 - i);
    }
    const last = ((window[length - 2] ?? 0) << 8) | (window[length - 1] ?? 0);
    atPair.set(last, [...(atPair.get(last) ?? []), windows.length]);
    windows.push(window);
    members.push(member);
  }

  const verify = (text: string, end: number, pair: number, sink: Sink): void => {
    for (const candidate of atPair.get(pair) ?? NONE) {
      const window = windows[candidate];
      if (window !== undefined && occurs(window, text, end)) sink.add(members[candidate] ?? 0);
    }
  };
  const scanAs = (text: string, sink: Sink, folded: boolean): void => {
    for (let end = length - 1; end < text.length; ) {
      const left = text.charCodeAt(end - 1);
      const right = text.charCodeAt(end);
      if ((left | right) > 127 && !folded) return scanAs(searchable(text), sink, true);
      const pair = ((left < 128 ? (FOLD[left] ?? left) : OTHER) << 8) | (right < 128 ? (FOLD[right] ?? right) : OTHER);
      const jump = jumps[pair] ?? 0;
      if (jump > 0) end += jump;
      else {
        verify(text, end, pair, sink);
        end++;
      }
    }
  };
  return { scan: (text, sink) => scanAs(text, sink, false) };
}

const NONE: readonly number[] = [];

/** Non-ASCII in the window before the text is lower-cased counts as equal: the index may find too much, never too little. */
function occurs(window: Uint8Array, text: string, end: number): boolean {
  const from = end - window.length + 1;
  for (let i = 0; i < window.length; i++) {
    const symbol = symbolOf(text.charCodeAt(from + i));
    if (symbol !== window[i] && symbol !== OTHER) return false;
  }
  return true;
}
