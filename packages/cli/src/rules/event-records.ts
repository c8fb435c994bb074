/** event-records: the events of a file as rules see them: event logs, JSON, NDJSON and lines, through the product's own parsers,
 *  as the stream does it. */
import { catalog } from "@holdfast/content";
import { createNormaliser, decodeRecord } from "@holdfast/sdk";
import type { SigmaEvent } from "@holdfast/sigma";
import { keep, type OpenContent, openFile } from "../import/content.ts";
import { STDIN } from "../import/found-files.ts";
import { detectCut } from "../import/format.ts";
import { HEAD_BYTES, reasonOf } from "../import/members.ts";
import { recordsOf } from "../import/records.ts";

export interface RecordReader {
  /** A raw record: a line, or the text of a JSON object. */
  event(record: string): SigmaEvent;
  /** All records of a file; `-` is standard input. A problem is a sentence that begins with the path. */
  events(path: string): Promise<readonly SigmaEvent[] | { readonly problem: string }>;
}

export function createRecordReader(): RecordReader {
  const normalise = createNormaliser(catalog.parsers);
  const event = (text: string): SigmaEvent => {
    const decoded = decodeRecord({ text, received: RECEIVED_MS, peer: "", kind: "import" });
    const { fields, logsource } = normalise(decoded);
    return { fields, logsource, text };
  };
  return {
    event,
    async events(path) {
      try {
        return (await recordTexts(path)).map(event);
      } catch (error) {
        return { problem: `${path} cannot be read: ${reasonOf(error)}` };
      }
    },
  };
}

/** Stands in for the time of records that have none; nothing that rules read depends on it. */
const RECEIVED_MS = Date.UTC(2026, 0, 1, 12);

async function recordTexts(path: string): Promise<string[]> {
  const content = await open(path);
  try {
    const head = await headOf(content);
    const place = content.place();
    const size = "bytes" in place ? place.bytes.length : place.size;
    const cut = detectCut({ head, whole: head.length < HEAD_BYTES, path });
    if (cut === "binary") throw new Error("it is neither text nor an event log.");
    const texts: string[] = [];
    const complain = (message: string): never => {
      throw new Error(message);
    };
    for await (const records of recordsOf({ content, cut, head, size }, complain))
      for (const record of records) if (record.length > 0) texts.push(record.toString("utf8"));
    return texts;
  } finally {
    await content.close();
  }
}

async function open(path: string): Promise<OpenContent> {
  if (path !== STDIN) return openFile(path);
  return keep(process.stdin, { path, weight: () => 0 });
}

async function headOf(content: OpenContent): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of content.read()) {
    pieces.push(piece);
    size += piece.length;
    if (size >= HEAD_BYTES) break;
  }
  return Buffer.concat(pieces).subarray(0, HEAD_BYTES);
}
