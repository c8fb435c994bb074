/**
 * candidate-index: from an event to the few rules it could match. Per field it asks what the value equals, starts with, ends
 * with and contains; it never looks at a field that no rule of the group depends on, and allocates nothing.
 */
import type { EventView } from "../match/event-view.ts";
import { type Automaton, createAutomaton, type Entry } from "./automaton.ts";
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
  readonly inside: Automaton | undefined;
}

/** One entry per member; undefined witnesses make it a candidate for every event. */
export function createCandidateIndex(members: readonly (readonly Witness[] | undefined)[]): CandidateIndex {
  const always = Int32Array.from([...members.keys()].filter((member) => members[member] === undefined));
  const fields = fieldIndexes(members);
  const keywords = keywordIndex(members);
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
  const scan = (index: FieldIndex, text: string): void => {
    for (let i = 0; i < index.present.length; i++) sink.add(index.present[i] ?? 0);
    index.fromEnd?.scan(text, sink);
    index.fromStart?.scan(text, sink);
    index.inside?.scan(text, sink);
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

  function scanKeywords(view: EventView, { any, automaton }: KeywordIndex): void {
    for (const text of view.keywordTexts()) {
      for (const member of any) sink.add(member);
      automaton.scan(text, sink);
    }
  }
}

function fieldIndexes(members: readonly (readonly Witness[] | undefined)[]): FieldIndex[] {
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
    inside: lists.inside.length === 0 ? undefined : searchFor(lists.inside),
  }));
}

interface FieldWitnesses {
  readonly present: number[];
  readonly fromEnd: EdgeEntry[];
  readonly fromStart: EdgeEntry[];
  readonly inside: Entry[];
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
  readonly automaton: Automaton;
}

function keywordIndex(members: readonly (readonly Witness[] | undefined)[]): KeywordIndex | undefined {
  const any = new Set<number>();
  const entries: Entry[] = [];
  for (const [member, witnesses] of members.entries()) {
    for (const witness of witnesses ?? []) {
      if (witness.kind !== "keyword") continue;
      if (witness.text === "") any.add(member);
      else entries.push({ text: witness.text, member });
    }
  }
  return any.size + entries.length === 0 ? undefined : { any: [...any], automaton: searchFor(entries) };
}

function searchFor(entries: readonly Entry[]): Automaton {
  return suitsSkipSearch(entries) ? createSkipSearch(entries) : createAutomaton(entries);
}
