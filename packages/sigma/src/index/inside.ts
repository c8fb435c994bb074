/**
 * inside: which of many texts occur anywhere in a value, and the members that each of them speaks for. The search looks at
 * the ends of long texts only; what it finds is then compared in full, so that a common ending costs no candidates.
 */
import { createAutomaton, type TextSearch } from "./automaton.ts";
import { Collector } from "./collector.ts";
import { searchable } from "./fold.ts";
import { rareParts } from "./rare-parts.ts";
import { createSkipSearch, suitsSkipSearch } from "./skip-search.ts";

export interface InsideEntry {
  /** Lower-cased and not empty. */
  readonly text: string;
  readonly member: number;
}

export interface Inside {
  /** A shorter text contains none of them. */
  readonly shortest: number;
  scan(text: string, into: Collector): void;
}

/** Searches by their texts: groups that ask for the same texts share one. */
export type SearchPool = Map<string, TextSearch>;

export function createInside(entries: readonly InsideEntry[], pool: SearchPool): Inside {
  const byText = new Map<string, Set<number>>();
  for (const { text, member } of entries) {
    const folded = searchable(text);
    byText.set(folded, (byText.get(folded) ?? new Set()).add(member));
  }
  const texts = [...byText.keys()];
  const members = [...byText.values()].map((set) => Int32Array.from(set));
  const key = texts.join("\n");
  const search = pool.get(key) ?? searchFor(texts);
  pool.set(key, search);

  const hits = new Collector(texts.length);
  // Apart from the search, which finds nothing in most values: what it found is numbers, so that no text is written anywhere.
  const verify = (text: string, into: Collector): void => {
    const folded = searchable(text);
    for (let hit = 0; hit < hits.count; hit++) {
      const position = hits.at(hit);
      const list = members[position];
      if (list !== undefined && folded.includes(texts[position] ?? "")) into.addAll(list);
    }
  };
  return {
    // Lower-casing can make a text longer, by a third character in place of one at the most.
    shortest: Math.ceil(texts.reduce((least, text) => Math.min(least, text.length), Number.POSITIVE_INFINITY) / 3),
    scan: (text, into) => {
      hits.clear();
      search.scan(text, hits);
      if (hits.count > 0) verify(text, into);
    },
  };
}

function searchFor(texts: readonly string[]): TextSearch {
  const search = suitsSkipSearch(texts) ? createSkipSearch(texts) : createAutomaton(texts);
  const worthIt = rareParts(texts);
  if (worthIt === undefined) return search;
  return {
    scan: (text, into) => {
      if (text.length < SHORT || worthIt(text)) search.scan(text, into);
    },
  };
}

/** In a shorter value the search itself takes no longer than the first look. */
const SHORT = 48;
