/**
 * keyword-index: from all values of an event to the members whose keywords stand in one of them. Where rules ask for keywords
 * this is most of what an event costs, so values are searched as they are found, without a list of them.
 */
import type { EventView, TextVisitor } from "../match/event-view.ts";
import type { Collector } from "./collector.ts";
import { Inside, type InsideEntry, type SearchPool } from "./inside.ts";
import { ValueCache } from "./value-cache.ts";

/** A shorter value is searched sooner than it is found among others. */
const WORTH_KEEPING = 160;
/** Events of one kind have their fields in the same order: each place gets a cache, and those of ever new values rest. */
const PLACES = 64;

export class KeywordIndex implements TextVisitor {
  readonly numbers: boolean;
  private readonly any: Int32Array;
  private readonly inside: Inside;
  private readonly shortest: number;
  private readonly caches: readonly ValueCache<Int32Array>[];
  private readonly scratch: Collector;
  private readonly found: Collector;
  private texts = 0;

  /** @param any members that any text speaks for. */
  constructor(
    any: readonly number[],
    entries: readonly InsideEntry[],
    made: { readonly pool: SearchPool; readonly scratch: Collector; readonly found: Collector },
  ) {
    this.any = Int32Array.from(any);
    this.numbers = any.length > 0 || entries.some(({ text }) => fitsNumber(text));
    this.inside = new Inside(entries, made.pool);
    this.shortest = this.inside.shortest;
    this.caches = Array.from({ length: PLACES }, () => new ValueCache<Int32Array>());
    this.scratch = made.scratch;
    this.found = made.found;
  }

  find(view: EventView): void {
    this.texts = 0;
    view.visitKeywordTexts(this);
    if (this.texts > 0) this.found.addAll(this.any);
  }

  visit(text: string): void {
    const place = this.texts++;
    if (text.length < this.shortest) return;
    const cache = text.length < WORTH_KEEPING ? undefined : this.caches[place];
    if (cache === undefined) this.inside.scan(text, this.found);
    else this.addRemembered(text, cache);
  }

  private addRemembered(text: string, cache: ValueCache<Int32Array>): void {
    let members = cache.get(text);
    if (members === undefined && !cache.keeps(text)) return this.inside.scan(text, this.found);
    if (members === undefined) {
      this.scratch.clear();
      this.inside.scan(text, this.scratch);
      members = this.scratch.result();
      cache.put(text, members);
    }
    if (members.length > 0) this.found.addAll(members);
  }
}

/** Could the text be part of a number or a boolean as text? */
function fitsNumber(text: string): boolean {
  return /^[-+.\de]+$/.test(text) || ["true", "false", "infinity", "nan"].some((word) => word.includes(text));
}
