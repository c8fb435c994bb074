/**
 * candidate-index: from an event to the few rules it could match. Per field it asks what the value equals, starts with, ends
 * with and contains; it never looks at a field that no rule of the group depends on, and allocates nothing.
 */
import type { EventView } from "../match/event-view.ts";
import { createAutomaton, type TextSearch } from "./automaton.ts";
import { createSkipSearch, suitsSkipSearch } from "./skip-search.ts";
import { createEdgeTrie, type EdgeEntry, type EdgeTrie } from "./edge-trie.ts";
import type { Sink } from "./fold.ts";
import type { Witness } from "./witness.ts";

export interface CandidateIndex {
  /** Finds the members the event could match and returns how many there are. */
  find(view: EventView): number;
  /** The member at a position of the last result. */
  at(position: number): number;
}

interface FieldIndex {
  readonly field: number;
  readonly present: Int32Array;
  readonly fromEnd: EdgeTrie | undefined;
  readonly fromStart: EdgeTrie | undefined;
  readonly inside: Inside | undefined;
}

/** A search for texts, and the members that each text speaks for. */
interface Inside {
  readonly search: TextSearch;
  readonly members: readonly Int32Array[];
}

/** Searches by their texts: groups that ask for the same texts share one. */
export type SearchPool = Map<string, TextSearch>;

/** One entry per member; undefined witnesses make it a candidate for every event. */
export function createCandidateIndex(
  members: readonly (readonly Witness[] | undefined)[],
  pool: SearchPool,
): CandidateIndex {
  const always = Int32Array.from([...members.keys()].filter((member) => members[member] === undefined));
  const fields = fieldIndexes(members, pool);
  const keywords = keywordIndex(members, pool);
  const seen = new Uint32Array(members.length);
  const found = new Int32Array(members.length);
  let stamp = 0;
  let count = 0;

  const sink: Sink = {
    add: (member) => {
      if (seen[member] === stamp) return;
      seen[member] = stamp;
      found[count++] = member;
    },
  };
  /** Stands for the texts of one search at a time. */
  let spokenFor: readonly Int32Array[] = [];
  const textSink: Sink = {
    add: (text) => {
      const list = spokenFor[text];
      if (list !== undefined) for (let i = 0; i < list.length; i++) sink.add(list[i] ?? 0);
    },
  };
  const searchInside = (inside: Inside, text: string): void => {
    spokenFor = inside.members;
    inside.search.scan(text, textSink);
  };
  const scan = (index: FieldIndex, text: string): void => {
    for (let i = 0; i < index.present.length; i++) sink.add(index.present[i] ?? 0);
    index.fromEnd?.scan(text, sink);
    index.fromStart?.scan(text, sink);
    if (index.inside !== undefined) searchInside(index.inside, text);
  };

  return {
    at: (position) => found[position] ?? 0,
    find: (view) => {
      stamp = (stamp + 1) >>> 0;
      if (stamp === 0) {
        seen.fill(0);
        stamp = 1;
      }
      count = 0;
      for (let i = 0; i < always.length; i++) sink.add(always[i] ?? 0);
      for (let i = 0; i < fields.length; i++) {
        const index = fields[i];
        if (index === undefined) continue;
        const text = view.text(index.field);
        if (text !== undefined) scan(index, text);
        else if (view.raw(index.field) !== undefined) scanOthers(view, index);
      }
      if (keywords !== undefined) scanKeywords(view, keywords);
      return count;
    },
  };

  function scanOthers(view: EventView, index: FieldIndex): void {
    for (const member of index.present) sink.add(member);
    for (const text of view.list(index.field)) scan(index, text);
  }

  function scanKeywords(view: EventView, { any, inside }: KeywordIndex): void {
    for (const text of view.keywordTexts()) {
      for (const member of any) sink.add(member);
      searchInside(inside, text);
    }
  }
}

function fieldIndexes(members: readonly (readonly Witness[] | undefined)[], pool: SearchPool): FieldIndex[] {
  const byField = new Map<number, FieldWitnesses>();
  for (const [member, witnesses] of members.entries()) {
    for (const witness of witnesses ?? []) {
      if (witness.kind === "keyword") continue;
      const lists = byField.get(witness.field) ?? { present: [], fromEnd: [], fromStart: [], inside: [] };
      byField.set(witness.field, lists);
      file(witness, member, lists);
    }
  }
  return [...byField].map(([field, lists]) => ({
    field,
    present: Int32Array.from(new Set(lists.present)),
    fromEnd: lists.fromEnd.length === 0 ? undefined : createEdgeTrie(lists.fromEnd, "end"),
    fromStart: lists.fromStart.length === 0 ? undefined : createEdgeTrie(lists.fromStart, "start"),
    inside: lists.inside.length === 0 ? undefined : insideOf(lists.inside, pool),
  }));
}

interface FieldWitnesses {
  readonly present: number[];
  readonly fromEnd: EdgeEntry[];
  readonly fromStart: EdgeEntry[];
  readonly inside: InsideEntry[];
}

function file(witness: Exclude<Witness, { kind: "keyword" }>, member: number, lists: FieldWitnesses): void {
  switch (witness.kind) {
    case "present":
      lists.present.push(member);
      return;
    case "exact":
      lists.fromEnd.push({ text: witness.text, member, whole: true });
      return;
    case "suffix":
      lists.fromEnd.push({ text: witness.text, member, whole: false });
      return;
    case "prefix":
      lists.fromStart.push({ text: witness.text, member, whole: false });
      return;
    case "inside":
      lists.inside.push({ text: witness.text, member });
  }
}

interface KeywordIndex {
  readonly any: readonly number[];
  readonly inside: Inside;
}

function keywordIndex(
  members: readonly (readonly Witness[] | undefined)[],
  pool: SearchPool,
): KeywordIndex | undefined {
  const any = new Set<number>();
  const entries: InsideEntry[] = [];
  for (const [member, witnesses] of members.entries()) {
    for (const witness of witnesses ?? []) {
      if (witness.kind !== "keyword") continue;
      if (witness.text === "") any.add(member);
      else entries.push({ text: witness.text, member });
    }
  }
  return any.size + entries.length === 0 ? undefined : { any: [...any], inside: insideOf(entries, pool) };
}

interface InsideEntry {
  readonly text: string;
  readonly member: number;
}

function insideOf(entries: readonly InsideEntry[], pool: SearchPool): Inside {
  const byText = new Map<string, Set<number>>();
  for (const { text, member } of entries) byText.set(text, (byText.get(text) ?? new Set()).add(member));
  const texts = [...byText.keys()];
  const key = texts.join("\n");
  const search = pool.get(key) ?? searchFor(texts);
  pool.set(key, search);
  return { search, members: [...byText.values()].map((members) => Int32Array.from(members)) };
}

function searchFor(texts: readonly string[]): TextSearch {
  return suitsSkipSearch(texts) ? createSkipSearch(texts) : createAutomaton(texts);
}
