/** match-block: the records of a block through the product's own parsers and the rule engine, exactly as the ingest threads of
 *  the server do it, so that a scan and the stream give the same matches. One bad record is a sentence, never an end. */
import { isUtf8 } from "node:buffer";
import { catalog } from "@holdfast/content";
import { createEvtxReader, type EvtxProblem } from "@holdfast/evtx";
import { createNormaliser, decodeRecord, type NormalisedEvent } from "@holdfast/sdk";
import { compile, correlationValues, type Match, type Rule, type RuleProblem, type SigmaEvent } from "@holdfast/sigma";
import type { Block, BlockMatch, BlockResult, MatchOptions } from "./block.ts";
import { carriedOf } from "./event-fields.ts";

export interface BlockMatcher {
  match(block: Block): BlockResult;
  /** Rules that cannot be matched although they could be read. */
  readonly problems: readonly RuleProblem[];
}

export function createBlockMatcher(rules: readonly Rule[], options: MatchOptions): BlockMatcher {
  const normalise = createNormaliser(catalog.parsers);
  const engine = compile(rules);
  const reader = createEvtxReader();
  const indexOf = new Map(rules.map((rule, index) => [rule, index]));

  function matchOne({ text, bytes }: Written, record: RecordPlace, into: Collected): void {
    into.records += 1;
    try {
      const decoded = decodeRecord({ text, received: record.receivedMs, peer: "", kind: "import" });
      const event = normalise(decoded);
      const logsource = event.logsource ?? options.logsource;
      const seen = { fields: event.fields, logsource, text, bytes };
      const matches = engine.match(seen);
      if (matches.length === 0) return;
      const { time_ms } = event.columns;
      if (time_ms < options.sinceMs || time_ms > options.untilMs) return;
      for (const match of matches) into.matches.push(found(match, { event, seen }, record));
    } catch (error) {
      complain(into, `record ${record.record + 1} could not be matched (${messageOf(error)})`);
    }
  }

  function found({ rule, fields }: Match, { event, seen }: Seen, place: RecordPlace): BlockMatch {
    const { columns } = event;
    const reads = options.reads[rule.id];
    return {
      rule: indexOf.get(rule) ?? 0,
      timeMs: columns.time_ms,
      timeNs: columns.time_ns,
      timed: event.timed,
      host: columns.host,
      user: columns.user,
      channel: columns.channel,
      eventCode: columns.event_code,
      record: place.id ?? place.record,
      numbered: place.id !== undefined,
      slack: place.slack,
      fields,
      event: options.carry === "all" || options.carry.length > 0 ? carriedOf(event.fields, options.carry) : undefined,
      values: reads === undefined ? undefined : valuesOf(rule, { event, seen }, reads),
    };
  }

  const match = (block: Block): BlockResult => {
    const into: Collected = { records: 0, counted: 0, matches: [], problems: [], unsaid: 0 };
    if (block.kind === "evtx") {
      eachEventLogRecord(block, { slack: options.slack, into, reader }, (written, place) =>
        matchOne(written, place, into),
      );
    } else if (block.kind === "lines") eachLine(block, into, (written, place) => matchOne(written, place, into));
    else eachRecord(block, into, (written, place) => matchOne(written, place, into));
    if (into.unsaid > 0) into.problems.push({ message: `${into.unsaid} more problems like these` });
    const { records, counted, matches, problems } = into;
    return { records, counted, matches, problems };
  };
  return { match, problems: engine.problems };
}

const MOST_PROBLEMS = 20;

interface Collected {
  records: number;
  counted: number;
  readonly matches: BlockMatch[];
  readonly problems: { message: string }[];
  unsaid: number;
}

/** An event as it was normalised, and as the engine saw it. */
interface Seen {
  readonly event: NormalisedEvent;
  readonly seen: SigmaEvent;
}

interface RecordPlace {
  /** Counted from 0 in the block. */
  readonly record: number;
  /** Its own number, when it has one. */
  readonly id?: number | string | undefined;
  readonly slack: boolean;
  readonly receivedMs: number;
}

type EventLogReader = ReturnType<typeof createEvtxReader>;
type Take = (written: Written, place: RecordPlace) => void;

interface Written {
  readonly text: string;
  /** UTF-8 of the text, when that is how it came. */
  readonly bytes?: Uint8Array | undefined;
}

function complain(into: Collected, message: string): void {
  if (into.problems.length < MOST_PROBLEMS) into.problems.push({ message });
  else into.unsaid += 1;
}

const LF = 10;
const CR = 13;

function eachLine({ bytes, receivedMs }: Block, into: Collected, take: Take): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const clean = isUtf8(buffer);
  let line = 0;
  for (let from = 0; from < buffer.length; line += 1) {
    const next = buffer.indexOf(LF, from);
    const end = next < 0 ? buffer.length : next;
    const until = end > from && buffer[end - 1] === CR ? end - 1 : end;
    if (until > from) take(writtenIn(buffer, { from, until, clean }), { record: line, slack: false, receivedMs });
    from = end + 1;
  }
  into.counted = line;
}

function eachRecord({ bytes, ends, numbers, receivedMs }: Block, into: Collected, take: Take): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const clean = isUtf8(buffer);
  let from = 0;
  for (const [record, until] of (ends ?? []).entries()) {
    take(writtenIn(buffer, { from, until, clean }), { record, id: numbers?.[record], slack: false, receivedMs });
    from = until;
  }
  into.counted = ends?.length ?? 0;
}

function eachEventLogRecord(
  { bytes, offset, receivedMs }: Block,
  { slack, into, reader }: { readonly slack: boolean; readonly into: Collected; readonly reader: EventLogReader },
  take: Take,
): void {
  const onProblem = (problem: EvtxProblem): void => {
    // What cost no record is no problem of a scan; the header goes along with every block and is judged where the file begins.
    if (!problem.lossy || (problem.code === "FILE_INVALID" && offset > 0)) return;
    complain(into, `at byte ${offset + problem.offset}: ${problem.message}`);
  };
  let record = 0;
  for (const read of reader(bytes, { onProblem, slack })) {
    take({ text: read.json }, { record, id: numberOf(read.recordId), slack: read.slack, receivedMs });
    record += 1;
  }
  into.counted = record;
}

const numberOf = (id: bigint): number | string => (id <= Number.MAX_SAFE_INTEGER ? Number(id) : String(id));

/** As in the server: what is no UTF-8 is read as Latin-1, which loses nothing. */
function writtenIn(
  buffer: Buffer,
  at: { readonly from: number; readonly until: number; readonly clean: boolean },
): Written {
  const part = buffer.subarray(at.from, at.until);
  return at.clean || isUtf8(part) ? { text: part.toString("utf8"), bytes: part } : { text: part.toString("latin1") };
}

/** As in the server: fields as the rule knows them, else the normalised column of that name (`host`, `user`, `src_ip`). */
function valuesOf(rule: Rule, { event, seen }: Seen, names: readonly string[]): Record<string, string | number> {
  const values = correlationValues({ rule }, seen, names);
  const columns: Readonly<Record<string, unknown>> = { ...event.columns };
  for (const name of names) {
    const value = values[name] ?? columns[name];
    if (typeof value === "string" && value !== "") values[name] = value.slice(0, LONGEST_VALUE);
    else if (typeof value === "number") values[name] = value;
  }
  return values;
}

const LONGEST_VALUE = 1_000;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
