/**
 * candidate-index: from an event to the few rules it could match: per field what its value speaks for, and keywords over
 * all values. It never looks at a field that no rule of the group depends on.
 */
import type { EventView, TextVisit } from "../match/event-view.ts";
import { Collector } from "./collector.ts";
import { FieldIndex, type FieldIndexParts, type MemberWitness, type Possible } from "./field-index.ts";
import { createInside, type InsideEntry, type SearchPool } from "./inside.ts";
import { ValueCache } from "./value-cache.ts";
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
  const found = new Collector(members.length);
  const keywords = keywordIndex(members, { pool, scratch, found });

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
      keywords?.find(view);
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

/** A shorter value is searched sooner than it is found among others. */
const WORTH_KEEPING = 160;
/** Events of one kind have their fields in the same order: each place gets a cache, and those of ever new values rest. */
const PLACES = 64;

interface KeywordIndex {
  find(view: EventView): void;
}

function keywordIndex(
  members: Witnesses,
  { pool, scratch, found }: { readonly pool: SearchPool; readonly scratch: Collector; readonly found: Collector },
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
  if (any.size + entries.length === 0) return undefined;
  const inside = createInside(entries, pool);
  const caches = Array.from({ length: PLACES }, () => new ValueCache<Int32Array>());

  const addRemembered = (text: string, cache: ValueCache<Int32Array>): void => {
    let spokenFor = cache.get(text);
    if (spokenFor === undefined && !cache.keeps(text)) return inside.scan(text, found);
    if (spokenFor === undefined) {
      scratch.clear();
      inside.scan(text, scratch);
      spokenFor = scratch.result();
      cache.put(text, spokenFor);
    }
    if (spokenFor.length > 0) found.addAll(spokenFor);
  };
  const addText = (text: string): void => {
    const place = texts++;
    if (text.length < inside.shortest) return;
    const cache = text.length < WORTH_KEEPING ? undefined : caches[place];
    if (cache === undefined) inside.scan(text, found);
    else addRemembered(text, cache);
  };
  const numbersMatter = any.size > 0 || entries.some(({ text }) => fitsNumber(text));
  const visit: TextVisit = { text: addText, other: numbersMatter ? addText : undefined };
  const whenAnyText = Int32Array.from(any);
  let texts = 0;
  return {
    find: (view) => {
      texts = 0;
      view.eachKeywordText(visit);
      if (texts > 0) found.addAll(whenAnyText);
    },
  };
}

/** Could the text be part of a number or a boolean? */
function fitsNumber(text: string): boolean {
  return /^[-+.\de]+$/.test(text) || ["true", "false", "infinity", "nan"].some((word) => word.includes(text));
}
