/**
 * field-index: from the value of one field to the members it speaks for: what the value equals, starts with, ends with and
 * contains, less the members that this value alone rules out. The answer is remembered, since the fields of logs repeat.
 */
import type { StringTest } from "../text/pattern-matcher.ts";
import type { Collector } from "./collector.ts";
import { createEdgeTrie, type EdgeEntry, type EdgeTrie } from "./edge-trie.ts";
import { Inside, type InsideEntry, type SearchPool } from "./inside.ts";
import { ValueCache } from "./value-cache.ts";
import type { Witness } from "./witness.ts";

export type FieldWitness = Exclude<Witness, { kind: "keyword" }>;

export interface MemberWitness {
  readonly member: number;
  readonly witness: FieldWitness;
}

/** Makes the test whether a member could match an event whose field has one value. */
export type Possible = (member: number, field: number) => StringTest;

export interface FieldIndexParts {
  /** May be shared: it is only used within one call. */
  readonly scratch: Collector;
  readonly pool: SearchPool;
  readonly possible: Possible;
}

export class FieldIndex {
  readonly field: number;
  private readonly present: Int32Array;
  private readonly fromEnd: EdgeTrie | undefined;
  private readonly fromStart: EdgeTrie | undefined;
  private readonly inside: Inside | undefined;
  private readonly cache = new ValueCache<Int32Array>();
  private readonly scratch: Collector;
  private readonly possible: Possible;
  private readonly tests = new Map<number, StringTest>();

  constructor(field: number, witnesses: readonly MemberWitness[], made: FieldIndexParts) {
    const lists = filed(witnesses);
    this.field = field;
    this.present = Int32Array.from(new Set(lists.present));
    this.fromEnd = lists.fromEnd.length === 0 ? undefined : createEdgeTrie(lists.fromEnd, "end");
    this.fromStart = lists.fromStart.length === 0 ? undefined : createEdgeTrie(lists.fromStart, "start");
    this.inside = lists.inside.length === 0 ? undefined : new Inside(lists.inside, made.pool);
    this.scratch = made.scratch;
    this.possible = made.possible;
  }

  /** Members that any value speaks for. */
  addPresent(into: Collector): void {
    into.addAll(this.present);
  }

  /** The field has this value and no other. */
  add(text: string, into: Collector): void {
    const known = this.cache.get(text);
    if (known !== undefined) {
      if (known.length > 0) into.addAll(known);
    } else if (this.cache.keeps(text)) {
      const members = this.ruledIn(text);
      this.cache.put(text, members);
      into.addAll(members);
    } else {
      this.search(text, into);
    }
  }

  /** The field has this value among others. */
  addOneOf(text: string, into: Collector): void {
    this.search(text, into);
  }

  private search(text: string, into: Collector): void {
    this.addPresent(into);
    this.fromEnd?.scan(text, into);
    this.fromStart?.scan(text, into);
    this.inside?.scan(text, into);
  }

  private ruledIn(text: string): Int32Array {
    const { scratch } = this;
    scratch.clear();
    this.search(text, scratch);
    return scratch.result().filter((member) => this.testOf(member)(text));
  }

  private testOf(member: number): StringTest {
    const known = this.tests.get(member) ?? this.possible(member, this.field);
    this.tests.set(member, known);
    return known;
  }
}

interface Filed {
  readonly present: number[];
  readonly fromEnd: EdgeEntry[];
  readonly fromStart: EdgeEntry[];
  readonly inside: InsideEntry[];
}

function filed(witnesses: readonly MemberWitness[]): Filed {
  const lists: Filed = { present: [], fromEnd: [], fromStart: [], inside: [] };
  for (const { member, witness } of witnesses) {
    switch (witness.kind) {
      case "present":
        lists.present.push(member);
        break;
      case "exact":
        lists.fromEnd.push({ text: witness.text, member, whole: true });
        break;
      case "suffix":
        lists.fromEnd.push({ text: witness.text, member, whole: false });
        break;
      case "prefix":
        lists.fromStart.push({ text: witness.text, member, whole: false });
        break;
      case "inside":
        lists.inside.push({ text: witness.text, member });
    }
  }
  return lists;
}
