/** records: the records of a content in its format, in groups, in order. Text that is not UTF-8 is mended; nothing else of a
 *  record is changed. */
import { isUtf8 } from "node:buffer";
import { type EvtxProblem, readEvtx } from "@holdfast/evtx";
import { type Content, Unreadable } from "./content.ts";
import type { Cut } from "./format.ts";
import { jsonSplitter } from "./split-json.ts";
import { lineSplitter } from "./split-lines.ts";
import type { Complaint } from "./splitter.ts";
import { decoded } from "./text-encoding.ts";

export interface RecordSource {
  readonly content: Content;
  readonly cut: Cut;
  /** First bytes of the content. */
  readonly head: Buffer;
  /** Bytes of the whole content. */
  readonly size: number;
}

export async function* recordsOf(source: RecordSource, complain: Complaint): AsyncGenerator<Buffer[]> {
  if (source.cut === "evtx") {
    yield* eventLogRecords(source, complain);
    return;
  }
  const splitter = source.cut === "json" ? jsonSplitter(complain) : lineSplitter(complain);
  for await (const piece of decoded(source.content.read(), source.head)) yield splitter.push(piece).map(mended);
  yield splitter.end().map(mended);
}

const mended = (record: Buffer): Buffer => (isUtf8(record) ? record : Buffer.from(record.toString("utf8")));

/** A reader of chunks that refer to each other needs the file whole. */
const LARGEST_EVENT_LOG = 1024 ** 3;
const GROUP = 500;

async function* eventLogRecords({ content, size }: RecordSource, complain: Complaint): AsyncGenerator<Buffer[]> {
  if (size > LARGEST_EVENT_LOG) {
    throw new Unreadable(
      `it is an event log of ${size} bytes; the largest that is read is ${LARGEST_EVENT_LOG}. Export it in parts.`,
    );
  }
  const bytes = Buffer.alloc(size);
  let at = 0;
  for await (const piece of content.read()) at += piece.copy(bytes, at);
  // A checksum or a flag that is off costs nothing: what was read all the same is no reason to look again.
  const onProblem = ({ offset, message, lossy }: EvtxProblem): void => {
    if (lossy) complain(`at byte ${offset}: ${message}.`);
  };
  let group: Buffer[] = [];
  for (const record of readEvtx(bytes, { onProblem })) {
    if (group.push(Buffer.from(record.json)) < GROUP) continue;
    yield group;
    group = [];
  }
  yield group;
}
