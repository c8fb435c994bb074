/** conformance: runs what a parser promises in its samples. Gives back the broken promises in words (none = conforms);
 *  pure, so that the content tests and an author's own test use the same kit. */
import { decodeRecord } from "./decode.ts";
import { type EventColumns, observablesOf } from "./event.ts";
import { createNormaliser } from "./normalise.ts";
import type { DecodedRecord, Parser, ParserSample } from "./parser.ts";

export interface ConformanceInput {
  readonly parser: Parser;
  /** All parsers, the one under test among them: a sample must reach it when all are asked in order. */
  readonly all: readonly Parser[];
  /** Name of the parser's file. */
  readonly file: string;
  /** Receive time of the samples; yearless times are placed by it. */
  readonly received: number;
  /** Mutated copies per sample. */
  readonly mutations: number;
  /** A clock in milliseconds, to find inputs that take too long; without one nothing is timed. */
  readonly now?: () => number;
}

export function checkParser(input: ConformanceInput): string[] {
  const { parser, file } = input;
  const broken: string[] = [];
  if (`${parser.id}.parser.ts` !== file) broken.push(`id "${parser.id}" is not the name of ${file}`);
  if (!/^https:\/\/[^\s]+$/.test(parser.docs)) broken.push("docs is no https address");
  if (parser.title === "") broken.push("title is empty");
  if (parser.samples.length < 2) broken.push("fewer than 2 samples");
  for (const sample of parser.samples) {
    broken.push(...checkSample(input, sample).map((reason) => `sample "${sample.name}": ${reason}`));
    broken.push(...fuzzSample(input, sample).map((reason) => `sample "${sample.name}", damaged: ${reason}`));
  }
  return broken;
}

function checkSample(input: ConformanceInput, sample: ParserSample): string[] {
  const broken: string[] = [];
  const record = decode(input, sample.in);
  const event = createNormaliser(input.all)(record);
  if (event.parser !== input.parser.id) broken.push(`taken by ${event.parser} (${event.notes.join("; ")})`);
  if (record.text !== sample.in) broken.push("the record's text was changed");
  if (event.columns.time_ms === input.received && sample.out.time_ms === undefined) broken.push("no time was read");
  for (const [name, wanted] of Object.entries(sample.out)) {
    const got: unknown = Object.entries(event.columns).find(([key]) => key === name)?.[1];
    if (got !== wanted) broken.push(`${name} is ${show(got)}, wanted ${show(wanted)}`);
  }
  for (const [name, wanted] of Object.entries(sample.fields ?? {})) {
    const got = event.fields[name];
    if (JSON.stringify(got) !== JSON.stringify(wanted))
      broken.push(`field ${name} is ${show(got)}, wanted ${show(wanted)}`);
  }
  if (namesSomething(sample.out) && observablesOf(event.columns).length === 0) broken.push("no observables");
  return broken;
}

const OBSERVED: readonly (keyof EventColumns)[] = ["host", "user", "src_ip", "dst_ip", "domain", "sha256", "file_path"];

function namesSomething(out: Partial<EventColumns>): boolean {
  return OBSERVED.some((name) => out[name] !== undefined && out[name] !== "");
}

/** Truncates and mutates the sample: the parser itself is asked, not the normaliser that would catch it. */
function fuzzSample(input: ConformanceInput, sample: ParserSample): string[] {
  const random = randomFrom(sample.in.length * 2_654_435_761 + sample.name.length);
  const others = input.parser.samples;
  for (let i = 0; i < input.mutations; i++) {
    const other = others[random(others.length)]?.in ?? sample.in;
    const text = generate(sample.in, other, random);
    try {
      // A pause of the machine does not repeat itself; a pattern that runs away does.
      let took = timed(input, text);
      for (let again = 0; took > SLOW_MS && again < 2; again++) took = Math.min(took, timed(input, text));
      if (took > SLOW_MS) return [`took ${Math.round(took)} ms on ${text.length} characters: ${show(text)}`];
    } catch (error) {
      return [`threw ${error instanceof Error ? error.message : String(error)} on ${show(text)}`];
    }
  }
  return [];
}

/** Above this the pipeline gives a record up. */
const SLOW_MS = 250;

function timed({ now = () => 0, ...input }: ConformanceInput, text: string): number {
  const started = now();
  const record = decode(input, text);
  if (input.parser.accepts(record)) input.parser.parse(record);
  return now() - started;
}

/** Mostly one or two damages; now and then two samples grown together, or a piece repeated until the record is long. */
function generate(text: string, other: string, random: Random): string {
  const kind = random(2_000);
  if (kind === 0) return stretch(text, random);
  if (kind < 200) return text.slice(0, random(text.length + 1)) + other.slice(random(other.length + 1));
  const once = mutate(text, random);
  return kind < 800 ? mutate(once, random) : once;
}

const LONG = 100_000;

function stretch(text: string, random: Random): string {
  const at = random(text.length + 1);
  const piece = text.slice(at, at + 1 + random(12)) || " ";
  return text.slice(0, at) + piece.repeat(Math.floor(random(LONG) / piece.length)) + text.slice(at);
}

function decode(input: ConformanceInput, text: string): DecodedRecord {
  return decodeRecord({ text, received: input.received, peer: "", kind: "import" });
}

export type Random = (below: number) => number;

/** A small deterministic generator (xorshift32), so that a failure can be repeated. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** One damage that real transport and real attackers do: cut, repeat, overwrite, insert a hostile piece, change a type. */
export function mutate(text: string, random: Random): string {
  const at = random(text.length + 1);
  const end = Math.min(text.length, at + random(40));
  switch (random(6)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(at);
    case 2:
      return text.slice(0, at) + text.slice(end);
    case 3:
      return text.slice(0, end) + text.slice(at);
    case 4:
      return text.slice(0, at) + (HOSTILE[random(HOSTILE.length)] ?? "") + text.slice(at);
    default:
      return text.replace(/:"[^"\\]{0,64}"/g, (value) =>
        random(4) === 0 ? `:${VALUES[random(VALUES.length)] ?? ""}` : value,
      );
  }
}

const HOSTILE: readonly string[] = [
  "\u0000",
  "\ufeff",
  "\ud800",
  '"',
  "\\",
  "{",
  "[",
  "]",
  "\n",
  "\r\n",
  "%s%n",
  "<191>1 - - - - - -",
  '"__proto__":{"polluted":1},',
  '"constructor":{"prototype":{"polluted":1}},',
  "[".repeat(200),
  "\\".repeat(200),
  " from ".repeat(50),
  "=".repeat(100),
  "9".repeat(400),
  "ÄÖ😀",
];

const VALUES: readonly string[] = [
  "null",
  "true",
  "-1",
  "1e400",
  "[]",
  "{}",
  '[["a"]]',
  '{"__proto__":{"a":1}}',
  '""',
  "184467440737095516150",
];

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
