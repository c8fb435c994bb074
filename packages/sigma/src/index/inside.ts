/**
 * inside: which of many texts occur anywhere in a value, and the members that each of them speaks for.
 */
import { createAutomaton, type TextSearch } from "./automaton.ts";
import { Collector } from "./collector.ts";
import { searchable } from "./fold.ts";
import { createSkipSearch, suitsSkipSearch } from "./skip-search.ts";

export interface InsideEntry {
  /** Lower-cased and not empty. */
  readonly text: string;
  readonly member: number;
}

/** Searches by their texts: groups that ask for the same texts share one. */
export type SearchPool = Map<string, TextSearch>;

export class Inside {
  readonly search: TextSearch;
  /** How many texts are searched. */
  readonly size: number;
  private readonly members: readonly Int32Array[];
  private readonly found: Collector;

  constructor(entries: readonly InsideEntry[], pool: SearchPool) {
    const byText = new Map<string, number[]>();
    for (const { text, member } of entries) {
      const folded = searchable(text);
      const members = byText.get(folded);
      if (members === undefined) byText.set(folded, [member]);
      else if (members.at(-1) !== member) members.push(member);
    }
    const texts = [...byText.keys()];
    const key = texts.join("\n");
    this.search = pool.get(key) ?? searchFor(texts);
    pool.set(key, this.search);
    this.size = texts.length;
    this.members = [...byText.values()].map((list) => Int32Array.from(list));
    this.found = new Collector(texts.length);
  }

  scan(text: string, into: Collector): void {
    const { found } = this;
    found.clear();
    this.search.scan(text, found);
    if (found.count > 0) this.addMembers(found, into);
  }

  /** Adds the members that the texts at the positions found speak for. */
  addMembers(found: Collector, into: Collector): void {
    for (let i = 0; i < found.count; i++) {
      const members = this.members[found.at(i)];
      if (members !== undefined) into.addAll(members);
    }
  }
}

function searchFor(texts: readonly string[]): TextSearch {
  return suitsSkipSearch(texts) ? createSkipSearch(texts) : createAutomaton(texts);
}
