/**
 * keyword-index: from all values of an event to the members whose keywords stand in one of them. Where rules ask for keywords
 * this is most of what an event costs: where the bytes of the event are known and rule all keywords out, its values are not
 * looked at; otherwise they are searched as they are found, without a list of them.
 */
import type { EventView, TextVisitor } from "../match/event-view.ts";
import type { TextSearch } from "./automaton.ts";
import { Collector } from "./collector.ts";
import { Inside, type InsideEntry, type SearchPool } from "./inside.ts";
import { ValueCache } from "./value-cache.ts";
import type { VectorScan } from "./vector-scan.ts";

/** A shorter value is searched sooner than it is found among others. */
const WORTH_KEEPING = 160;
/** Events of one kind have their fields in the same order: each place gets a cache, and those of ever new values rest. */
const PLACES = 64;

export class KeywordIndex implements TextVisitor {
  readonly numbers: boolean;
  private readonly any: Int32Array;
  private readonly inside: Inside;
  private readonly search: TextSearch;
  private readonly shortest: number;
  private readonly pass: VectorScan | undefined;
  private readonly caches: readonly ValueCache<Int32Array>[];
  /** Positions of the texts found in the event, and in one value. */
  private readonly positions: Collector;
  private readonly inValue: Collector;
  private texts = 0;

  /** @param any members that any text speaks for. */
  constructor(any: readonly number[], entries: readonly InsideEntry[], pool: SearchPool) {
    this.any = Int32Array.from(any);
    this.numbers = any.length > 0 || entries.some(({ text }) => fitsNumber(text));
    this.inside = new Inside(entries, pool);
    this.search = this.inside.search;
    this.shortest = this.search.shortest;
    this.pass = this.numbers ? undefined : pool.pass(this.inside.texts);
    this.positions = new Collector(this.inside.size);
    this.inValue = new Collector(this.inside.size);
    this.caches = Array.from({ length: PLACES }, () => new ValueCache<Int32Array>());
  }

  addMembers(view: EventView, into: Collector): void {
    if (this.pass !== undefined && isRuledOut(view, this.pass)) return;
    this.texts = 0;
    this.positions.clear();
    view.visitKeywordTexts(this);
    if (this.texts > 0) into.addAll(this.any);
    if (this.positions.count > 0) this.inside.addMembers(this.positions, into);
  }

  visit(text: string): void {
    const place = this.texts++;
    const { length } = text;
    if (length < this.shortest) return;
    if (length < WORTH_KEEPING || place >= PLACES) this.search.scan(text, this.positions);
    else this.visitRemembered(text, this.caches[place]);
  }

  private visitRemembered(text: string, cache: ValueCache<Int32Array> | undefined): void {
    const known = cache?.get(text);
    if (known !== undefined) {
      if (known.length > 0) this.positions.addAll(known);
    } else if (cache?.keeps(text)) {
      this.inValue.clear();
      this.search.scan(text, this.inValue);
      const found = this.inValue.result();
      cache.put(text, found);
      this.positions.addAll(found);
    } else {
      this.search.scan(text, this.positions);
    }
  }
}

function isRuledOut({ bytes, message }: EventView, pass: VectorScan): boolean {
  if (bytes !== undefined) return !pass.mayHold(bytes);
  return message !== undefined && !pass.mayHoldText(message);
}

/** Could the text be part of a number or a boolean as text? */
function fitsNumber(text: string): boolean {
  return /^[-+.\de]+$/.test(text) || ["true", "false", "infinity", "nan"].some((word) => word.includes(text));
}
