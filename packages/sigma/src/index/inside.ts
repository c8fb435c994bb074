/**
 * inside: which of many texts occur anywhere in a value, and the members that each of them speaks for.
 */
import { createAutomaton, type TextSearch } from "./automaton.ts";
import { Collector } from "./collector.ts";
import { searchable } from "./fold.ts";
import { createSkipSearch, suitsSkipSearch } from "./skip-search.ts";
import { createVectorScans, type VectorScan } from "./vector-scan.ts";

export interface InsideEntry {
  /** Lower-cased and not empty. */
  readonly text: string;
  readonly member: number;
}

/** Searches by their texts: groups that ask for the same texts share one. */
export class SearchPool {
  private readonly searches = new Map<string, TextSearch>();
  private readonly passes = new Map<string, VectorScan | undefined>();
  private readonly scans = createVectorScans();

  search(texts: readonly string[]): TextSearch {
    const key = texts.join("\n");
    const search = this.searches.get(key) ?? searchFor(texts);
    this.searches.set(key, search);
    return search;
  }

  /** Undefined: these texts cannot be looked for in bytes. */
  pass(texts: readonly string[]): VectorScan | undefined {
    const key = texts.join("\n");
    if (!this.passes.has(key)) this.passes.set(key, this.scans(texts));
    return this.passes.get(key);
  }
}

export class Inside {
  readonly search: TextSearch;
  readonly texts: readonly string[];
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
    this.texts = [...byText.keys()];
    this.search = pool.search(this.texts);
    this.size = this.texts.length;
    this.members = [...byText.values()].map((list) => Int32Array.from(list));
    this.found = new Collector(this.size);
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
