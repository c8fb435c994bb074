/**
 * candidate-index: from an event to the few rules it could match: per field what its value speaks for, and keywords over
 * all values. It never looks at a field that no rule of the group depends on.
 */
import type { EventView } from "../match/event-view.ts";
import { Collector } from "./collector.ts";
import { FieldIndex, type FieldIndexParts, type MemberWitness, type Possible } from "./field-index.ts";
import type { InsideEntry, SearchPool } from "./inside.ts";
import { KeywordIndex } from "./keyword-index.ts";
import type { Witness } from "./witness.ts";

export interface CandidateIndex {
  /** Finds the members the event could match and returns how many there are. */
  find(view: EventView): number;
  /** The member at a position of the last result. */
  at(position: number): number;
}

type Witnesses = readonly (readonly Witness[] | undefined)[];

/** One entry per member; undefined witnesses make it a candidate for every event. */
export function createCandidateIndex(
  members: Witnesses,
  { pool, possible }: { readonly pool: SearchPool; readonly possible: Possible },
): CandidateIndex {
  const always = Int32Array.from([...members.keys()].filter((member) => members[member] === undefined));
  const scratch = new Collector(members.length);
  const fields = fieldIndexes(members, { pool, possible, scratch });
  const keywords = keywordIndex(members, pool);
  const found = new Collector(members.length);

  const addField = (view: EventView, index: FieldIndex): void => {
    const value = view.raw(index.field);
    if (value === undefined) return;
    if (typeof value === "string") return index.add(value, found);
    const text = view.text(index.field);
    if (text !== undefined) return index.add(text, found);
    index.addPresent(found);
    for (const entry of view.list(index.field)) index.addOneOf(entry, found);
  };
  return {
    at: (position) => found.at(position),
    find: (view) => {
      found.clear();
      if (always.length > 0) found.addAll(always);
      for (let i = 0; i < fields.length; i++) {
        const index = fields[i];
        if (index !== undefined) addField(view, index);
      }
      keywords?.addMembers(view, found);
      return found.count;
    },
  };
}

function fieldIndexes(members: Witnesses, parts: FieldIndexParts): FieldIndex[] {
  const byField = new Map<number, MemberWitness[]>();
  for (const [member, witnesses] of members.entries()) {
    for (const witness of witnesses ?? []) {
      if (witness.kind === "keyword") continue;
      const list = byField.get(witness.field) ?? [];
      byField.set(witness.field, list);
      list.push({ member, witness });
    }
  }
  return [...byField].map(([field, witnesses]) => new FieldIndex(field, witnesses, parts));
}

function keywordIndex(members: Witnesses, pool: SearchPool): KeywordIndex | undefined {
  const any = new Set<number>();
  const entries: InsideEntry[] = [];
  for (const [member, witnesses] of members.entries()) {
    for (const witness of witnesses ?? []) {
      if (witness.kind !== "keyword") continue;
      if (witness.text === "") any.add(member);
      else entries.push({ text: witness.text, member });
    }
  }
  return any.size + entries.length === 0 ? undefined : new KeywordIndex([...any], entries, pool);
}
