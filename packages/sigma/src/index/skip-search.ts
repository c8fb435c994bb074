/**
 * skip-search: finds which of a moderate set of longer texts occur in a value, looking only at every few characters: of
 * each text one window of the same length is kept, so some three of its characters must begin at a multiple of that length
 * less two. Used instead of the automaton when all texts are long enough for the steps to pay.
 */
import type { TextSearch } from "./automaton.ts";
import type { Collector } from "./collector.ts";
import { SAFE, searchable, symbolOf } from "./fold.ts";

const LONGEST = 16;
const MIN_LENGTH = 6;
/** Values have much in common with the texts of many rules on one field; then every place would be worth a look. */
const MAX_TEXTS = 48;
const BLOCK = 3;
/** Small enough for both tables to stay in the nearest cache of a processor. */
const PAIRS = 1 << 14;
const TRIPLES = 1 << 13;

export function suitsSkipSearch(texts: readonly string[]): boolean {
  return texts.length <= MAX_TEXTS && texts.every((text) => text.length >= MIN_LENGTH && isAscii(text));
}

interface Place {
  readonly position: number;
  readonly text: string;
  /** Where in the text the three characters are. */
  readonly offset: number;
}

export function createSkipSearch(texts: readonly string[]): TextSearch {
  const length = texts.reduce((least, text) => Math.min(least, text.length), LONGEST);
  const { pairs, bucketOf, buckets } = bucketsOf(texts, length);
  const step = length - BLOCK + 1;

  /** False: a character that may become ASCII is in the way, and the value has to be lower-cased first. */
  const verify = (value: string, at: number, into: Collector): boolean => {
    const two = pair(value.charCodeAt(at), value.charCodeAt(at + 1));
    const places = buckets[bucketOf[triple(two, value.charCodeAt(at + 2))] ?? 0] ?? NONE;
    for (let i = 0; i < places.length; i++) {
      const place = places[i];
      if (place === undefined || into.has(place.position)) continue;
      const compared = compare(value, at - place.offset, place.text);
      if (compared === STRANGE) return false;
      if (compared === SAME) into.add(place.position);
    }
    return true;
  };
  /** Most places are passed by after two characters, and nearly all others after the third. */
  const scan = (value: string, into: Collector): boolean => {
    const last = value.length - BLOCK + 1;
    for (let at = step - 1; at < last; at += step) {
      const a = value.charCodeAt(at);
      const b = value.charCodeAt(at + 1);
      if ((a | b) > SAFE) return false;
      const two = pair(a, b);
      if (pairs[two] === 0) continue;
      const c = value.charCodeAt(at + 2);
      if (c > SAFE) return false;
      if (bucketOf[triple(two, c)] !== 0 && !verify(value, at, into)) return false;
    }
    return true;
  };
  /** The same for a value whose characters are what they stay. */
  const scanFolded = (value: string, into: Collector): void => {
    const last = value.length - BLOCK + 1;
    for (let at = step - 1; at < last; at += step) {
      const a = value.charCodeAt(at);
      const b = value.charCodeAt(at + 1);
      const c = value.charCodeAt(at + 2);
      if ((a | b | c) > SAFE) continue;
      for (const { position, text, offset } of buckets[bucketOf[triple(pair(a, b), c)] ?? 0] ?? NONE) {
        if (!into.has(position) && value.startsWith(text, at - offset) && at >= offset) into.add(position);
      }
    }
  };
  return {
    shortest: length,
    scan: (value, into) => {
      if (!scan(value, into)) scanFolded(searchable(value), into);
    },
  };
}

const NONE: readonly Place[] = [];

interface Buckets {
  /** 1: some window has the two characters, so that the third is worth a look. */
  readonly pairs: Uint8Array;
  readonly bucketOf: Uint16Array;
  readonly buckets: Place[][];
}

function bucketsOf(texts: readonly string[], length: number): Buckets {
  const pairs = new Uint8Array(PAIRS);
  const bucketOf = new Uint16Array(TRIPLES);
  const buckets: Place[][] = [[]];
  for (const [position, text] of texts.entries()) {
    const start = rarestStart(text, length);
    for (let offset = start; offset + BLOCK <= start + length; offset++) {
      const two = pair(text.charCodeAt(offset), text.charCodeAt(offset + 1));
      const at = triple(two, text.charCodeAt(offset + 2));
      pairs[two] = 1;
      if (bucketOf[at] === 0) bucketOf[at] = buckets.push([]) - 1;
      buckets[bucketOf[at] ?? 0]?.push({ position, text, offset });
    }
  }
  return { pairs, bucketOf, buckets };
}

/** Setting bit 5 folds the letters; that it also joins some signs only means to compare once more. */
function pair(a: number, b: number): number {
  return (((a | 32) & 127) << 7) | ((b | 32) & 127);
}

function triple(two: number, c: number): number {
  return (Math.imul(two, 29) ^ (c | 32)) & (TRIPLES - 1);
}

const SAME = 1;
const DIFFERENT = 0;
const STRANGE = -1;

function compare(value: string, start: number, text: string): number {
  if (start < 0 || start + text.length > value.length) return DIFFERENT;
  for (let i = 0; i < text.length; i++) {
    const code = value.charCodeAt(start + i);
    if (code > SAFE) return STRANGE;
    if (symbolOf(code) !== text.charCodeAt(i)) return DIFFERENT;
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
