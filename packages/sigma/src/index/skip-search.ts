/**
 * skip-search: finds which of a moderate set of longer texts occur in a value, looking only at every few characters: of
 * each text one window of the same length is kept, so some three of its characters must begin at a multiple of that length
 * less two. Used instead of the automaton when all texts are long enough for the steps to pay.
 */
import type { TextSearch } from "./automaton.ts";
import { SAFE, type Sink, searchable, symbolOf } from "./fold.ts";

const LONGEST = 16;
const MIN_LENGTH = 6;
const MAX_TEXTS = 400;
const BLOCK = 3;
const HASHES = 1 << 15;

export function suitsSkipSearch(texts: readonly string[]): boolean {
  return texts.length <= MAX_TEXTS && texts.every((text) => text.length >= MIN_LENGTH && isAscii(text));
}

interface Place {
  readonly text: number;
  readonly window: Uint8Array;
  /** Where in the window the three characters are. */
  readonly offset: number;
}

/** A value seldom has so much in common with the texts; its result is a superset all the same. */
export function createSkipSearch(texts: readonly string[]): TextSearch {
  const length = texts.reduce((least, text) => Math.min(least, text.length), LONGEST);
  const { pairs, bucketOf, buckets } = bucketsOf(texts, length);
  const step = length - BLOCK + 1;

  /** False: a character that may become ASCII is in the way, and the value has to be lower-cased first. */
  const verify = (value: string, at: number, sink: Sink): boolean => {
    const c = value.charCodeAt(at + 2);
    if (c > SAFE) return false;
    const bucket = bucketOf[triple(pair(value.charCodeAt(at), value.charCodeAt(at + 1)), c)] ?? 0;
    if (bucket === 0) return true;
    for (const place of buckets[bucket] ?? NONE) {
      const start = at - place.offset;
      if (start < 0 || start + length > value.length) continue;
      const compared = compare(value, start, place.window);
      if (compared === STRANGE) return false;
      if (compared === SAME) sink.add(place.text);
    }
    return true;
  };
  const scan = (value: string, sink: Sink): boolean => {
    const last = value.length - BLOCK + 1;
    for (let at = step - 1; at < last; at += step) {
      const a = value.charCodeAt(at);
      const b = value.charCodeAt(at + 1);
      if ((a | b) > SAFE) return false;
      if (pairs[pair(a, b)] === 1 && !verify(value, at, sink)) return false;
    }
    return true;
  };
  return {
    scan: (value, sink) => {
      if (value.length >= length && !scan(value, sink)) scanFolded(searchable(value), sink);
    },
  };

  /** For the few values that have to be lower-cased first. */
  function scanFolded(value: string, sink: Sink): void {
    for (const [position, text] of texts.entries()) if (value.includes(text)) sink.add(position);
  }
}

const NONE: readonly Place[] = [];

interface Buckets {
  /** 1: some window has the two characters, so that the third is worth a look. */
  readonly pairs: Uint8Array;
  readonly bucketOf: Uint16Array;
  readonly buckets: Place[][];
}

function bucketsOf(texts: readonly string[], length: number): Buckets {
  const pairs = new Uint8Array(HASHES);
  const bucketOf = new Uint16Array(HASHES);
  const buckets: Place[][] = [[]];
  for (const [text, characters] of texts.entries()) {
    const start = rarestStart(characters, length);
    const window = Uint8Array.from({ length }, (_, i) => symbolOf(characters.charCodeAt(start + i)));
    for (let offset = 0; offset + BLOCK <= length; offset++) {
      const two = pair(window[offset] ?? 0, window[offset + 1] ?? 0);
      const at = triple(two, window[offset + 2] ?? 0);
      pairs[two] = 1;
      if (bucketOf[at] === 0) bucketOf[at] = buckets.push([]) - 1;
      buckets[bucketOf[at] ?? 0]?.push({ text, window, offset });
    }
  }
  return { pairs, bucketOf, buckets };
}

/** Setting bit 5 folds the letters; that it also joins some signs only means to compare once more. */
function pair(a: number, b: number): number {
  return (((a | 32) << 7) ^ (b | 32)) & (HASHES - 1);
}

function triple(two: number, c: number): number {
  return ((two * 31) ^ (c | 32)) & (HASHES - 1);
}

const SAME = 1;
const DIFFERENT = 0;
const STRANGE = -1;

function compare(value: string, start: number, window: Uint8Array): number {
  for (let i = 0; i < window.length; i++) {
    const code = value.charCodeAt(start + i);
    if (code > SAFE) return STRANGE;
    if (symbolOf(code) !== window[i]) return DIFFERENT;
  }
  return SAME;
}

/** From the most common on, as logs have them. */
const COMMON = "etaoinrs\\lcdmup. hwgfyb0123456789v:";

/** The window whose pairs the fewest other texts have. */
function rarestStart(text: string, length: number): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let start = 0; start + length <= text.length; start++) {
    let commonness = 0;
    for (let at = start; at + 1 < start + length; at++) commonness += share(text[at]) * share(text[at + 1]);
    if (commonness >= least) continue;
    least = commonness;
    best = start;
  }
  return best;
}

function share(character: string | undefined): number {
  const at = character === undefined ? -1 : COMMON.indexOf(character);
  return at < 0 ? 0.005 : 0.1 / (1 + at / 4);
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false;
  return true;
}
