/**
 * inside: which of many texts occur anywhere in a value, and the members that each of them speaks for. The search looks at
 * the ends of long texts only; what it finds is then compared in full, so that a common ending costs no candidates.
 */
import { createAutomaton, type TextSearch } from "./automaton.ts";
import { type Sink, searchable } from "./fold.ts";
import { createSkipSearch, suitsSkipSearch } from "./skip-search.ts";

export interface InsideEntry {
  /** Lower-cased and not empty. */
  readonly text: string;
  readonly member: number;
}

export interface Inside {
  /** A shorter text contains none of them. */
  readonly shortest: number;
  scan(text: string, sink: Sink): void;
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

  let value = "";
  let folded: string | undefined;
  let into: Sink | undefined;
  const verify: Sink = {
    add: (position) => {
      const list = members[position];
      if (list === undefined || into === undefined) return;
      folded ??= searchable(value);
      if (!folded.includes(texts[position] ?? "")) return;
      for (let i = 0; i < list.length; i++) into.add(list[i] ?? 0);
    },
  };
  return {
    // Lower-casing can make a text longer, by a third character in place of one at the most.
    shortest: Math.ceil(texts.reduce((least, text) => Math.min(least, text.length), Number.POSITIVE_INFINITY) / 3),
    scan: (text, sink) => {
      value = text;
      folded = undefined;
      into = sink;
      search.scan(text, verify);
      value = "";
      folded = undefined;
      into = undefined;
    },
  };
}

function searchFor(texts: readonly string[]): TextSearch {
  return suitsSkipSearch(texts) ? createSkipSearch(texts) : createAutomaton(texts);
}
