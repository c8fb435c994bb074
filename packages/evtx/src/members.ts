/**
 * members: one JSON object whose members are known only while they are written: repeated names get a number, unnamed
 * `Data` become one list, texts are joined under "#text". Everything is written in place; what comes late is moved.
 */
import type { Budget } from "./budget.ts";
import type { JsonOutput } from "./json-output.ts";

const OPEN = 0x7b;
const CLOSE = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;
const QUOTE = 0x22;

/** Where the value that is being written goes: it stays a member, or joins the list of unnamed data, at its end or late. */
type Place = "member" | "first" | "next" | "late";

interface Begun {
  readonly at: number;
  readonly place: Place;
}

export class Members {
  private readonly output: JsonOutput;
  private readonly budget: Budget;
  private readonly open: boolean;
  private readonly start: number;
  /** Names that were given away, with the number to try next. */
  private readonly used = new Map<string, number>();
  private texts: Uint8Array[] | undefined;
  /** The list of unnamed data: its first value, the end of its last, how many there are, and whether it was closed. */
  private dataStart = 0;
  private dataEnd = 0;
  private dataCount = 0;
  private closed = false;

  /** @param open the object has its attributes already */
  constructor(output: JsonOutput, budget: Budget, open: boolean) {
    this.output = output;
    this.budget = budget;
    this.open = open;
    this.start = output.at;
  }

  /** Writes the label of a member, whose value is to be written next. */
  begin(key: string, label: Uint8Array | undefined): Begun {
    const { output } = this;
    if (key === "Data" && this.dataCount > 0) {
      const place = this.listGoesOn() ? "next" : "late";
      return { at: output.at, place };
    }
    this.closeList();
    const free = this.freeKey(key);
    const separator = this.open || this.used.size > 1 ? COMMA : OPEN;
    if (free === key && label !== undefined) output.label(label, separator);
    else {
      output.byte(separator);
      output.string(free);
      output.byte(COLON);
    }
    return { at: output.at, place: key === "Data" ? "first" : "member" };
  }

  end({ at, place }: Begun): void {
    if (place === "member") return;
    if (place === "late") this.joinLate(at);
    else this.dataEnd = this.output.at;
    if (place === "first") this.dataStart = at;
    this.dataCount++;
  }

  /** JSON of a text. */
  addText(json: Uint8Array): void {
    this.texts ??= [];
    this.texts.push(json);
  }

  /** A value that was written behind the members: its place is found at the end. */
  addWritten(from: number): void {
    this.addText(this.output.bytes.slice(from, this.output.at));
    this.output.at = from;
  }

  /** False: there was nothing, and nothing was written. */
  finish(): boolean {
    const { output, texts } = this;
    if (this.used.size === 0 && !this.open) {
      if (texts !== undefined) this.writeTexts(texts);
      return texts !== undefined;
    }
    this.closeList();
    if (texts !== undefined) {
      const from = output.at;
      output.ascii(this.open ? ',"#text":' : '"#text":');
      this.writeTexts(texts);
      if (!this.open) output.byte(COMMA);
      this.move(this.open ? this.start : this.start + 1, from);
    }
    output.byte(CLOSE);
    return true;
  }

  /** True when nothing was written since the last unnamed value: the next one is written in its place. */
  private listGoesOn(): boolean {
    const { output } = this;
    if (this.closed || this.dataEnd !== output.at) return false;
    if (this.dataCount === 1) this.insert(this.dataStart, OPEN_LIST);
    output.byte(COMMA);
    return true;
  }

  private closeList(): void {
    if (this.dataCount < 2 || this.closed) return;
    this.output.byte(CLOSE_LIST);
    this.closed = true;
  }

  /** Other members stand between the list and the value that was written at `at`. */
  private joinLate(at: number): void {
    const { output } = this;
    let from = at;
    if (!this.closed) {
      this.insert(this.dataStart, OPEN_LIST);
      this.dataEnd++;
      this.insert(this.dataEnd, CLOSE_LIST);
      this.closed = true;
      from += 2;
    }
    this.insert(from, COMMA);
    const size = output.at - from;
    this.move(this.dataEnd, from);
    this.dataEnd += size;
  }

  private freeKey(key: string): string {
    let free = key;
    let next = this.used.get(key);
    if (next !== undefined) {
      do {
        free = `${key}_${next++}`;
        this.budget.spend(1);
      } while (this.used.has(free));
      this.used.set(key, next);
    }
    this.used.set(free, 1);
    return free;
  }

  /** One value keeps its type; several are one text. */
  private writeTexts(texts: readonly Uint8Array[]): void {
    const [first] = texts;
    if (texts.length === 1 && first !== undefined) this.output.raw(first);
    else this.output.string(texts.map((json) => this.plain(json)).join(""));
  }

  private plain(json: Uint8Array): string {
    const { output } = this;
    const from = output.at;
    output.raw(json);
    const text = output.text(from);
    output.at = from;
    if (json[0] !== QUOTE) return text;
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "string" ? parsed : text;
  }

  private insert(place: number, byte: number): void {
    this.output.byte(byte);
    this.move(place, this.output.at - 1);
  }

  private move(place: number, from: number): void {
    if (place === from) return;
    this.budget.spend(1 + ((this.output.at - place) >> 6));
    this.output.moveTo(place, from);
  }
}
