/** split-lines: the non-empty lines of a text, without their ends (LF or CRLF); the last may lack one. */
import { type Complaint, LONGEST_RECORD, type Splitter } from "./splitter.ts";

export interface LineLimits {
  readonly longest: number;
  /** Offset of the first byte, for complaints. */
  readonly offset: number;
}

export function lineSplitter(
  complain: Complaint,
  { longest, offset }: LineLimits = { longest: LONGEST_RECORD, offset: 0 },
): Splitter {
  let pending: Buffer[] = [];
  /** Bytes of the unfinished line, also those that are not kept. */
  let length = 0;
  let lineStart = offset;

  function keep(part: Buffer): void {
    if (length < longest) pending.push(part.subarray(0, longest - length));
    length += part.length;
  }

  function take(): Buffer | undefined {
    const cut = length > longest;
    const whole = pending.length === 1 && pending[0] !== undefined ? pending[0] : Buffer.concat(pending);
    if (cut) {
      complain(
        `the line at byte ${lineStart} has ${length} bytes; its first ${longest} were sent, and the server sets it aside for its length.`,
      );
    }
    pending = [];
    lineStart += length + 1;
    length = 0;
    const record = !cut && whole.at(-1) === CR ? whole.subarray(0, -1) : whole;
    return record.length > 0 ? record : undefined;
  }

  return {
    push(piece) {
      const records: Buffer[] = [];
      for (let from = 0; from < piece.length; ) {
        const end = piece.indexOf(LF, from);
        keep(piece.subarray(from, end < 0 ? piece.length : end));
        if (end < 0) break;
        const record = take();
        if (record !== undefined) records.push(record);
        from = end + 1;
      }
      return records;
    },
    end() {
      const record = take();
      return record === undefined ? [] : [record];
    },
  };
}

const LF = 10;
const CR = 13;
