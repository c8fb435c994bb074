/** relp-frames: the frames of RELP: a transaction number, a command, the length of the data, the data, a line feed. Cut from a stream
 *  within limits; anything else on the connection is a reason to end it, since nothing after it can be trusted. */

export interface RelpFrame {
  readonly transaction: number;
  readonly command: string;
  readonly data: Buffer;
}

export type RelpRead =
  | { readonly ok: true; readonly frames: RelpFrame[] }
  | { readonly ok: false; readonly frames: RelpFrame[]; readonly reason: string };

export interface RelpReader {
  push(chunk: Buffer): RelpRead;
}

const LF = 10;
/** Two numbers of nine digits, a command of 32 letters, and what stands between. */
const LONGEST_HEAD = 56;

export function createRelpReader(limit: number): RelpReader {
  let chunks: Buffer[] = [];
  let held = 0;
  /** Bytes without which there is no whole frame, so that a long one is not put together anew for every chunk. */
  let wanted = 0;

  return {
    push: (chunk) => {
      chunks.push(chunk);
      held += chunk.length;
      const frames: RelpFrame[] = [];
      if (held < wanted) return { ok: true, frames };
      let rest = chunks.length === 1 ? chunk : Buffer.concat(chunks);
      for (;;) {
        const head = readHead(rest, limit);
        if (!head.ok) return { ok: false, frames, reason: head.reason };
        wanted = head.end;
        if (head.frame === undefined || rest.length < head.end) break;
        if (rest[head.end - 1] !== LF)
          return { ok: false, frames, reason: "a frame does not end where it says that it ends" };
        const { transaction, command, start } = head.frame;
        frames.push({ transaction, command, data: rest.subarray(start, head.end - 1) });
        rest = rest.subarray(head.end);
      }
      chunks = rest.length === 0 ? [] : [rest];
      held = rest.length;
      return { ok: true, frames };
    },
  };
}

type Head =
  | {
      readonly ok: true;
      /** Undefined while the head itself is not whole. */
      readonly frame: { readonly transaction: number; readonly command: string; readonly start: number } | undefined;
      /** Where the frame ends, its line feed included; 0 when that is not known yet. */
      readonly end: number;
    }
  | { readonly ok: false; readonly reason: string };

function readHead(rest: Buffer, limit: number): Head {
  const text = rest.toString("latin1", 0, LONGEST_HEAD);
  const found = /^(\d{1,9}) ([a-zA-Z]{1,32}) (\d{1,9})([ \n])/.exec(text);
  if (found === null) {
    const whole = text.length >= LONGEST_HEAD || !/^(\d{1,9}( [a-zA-Z]{0,32}( \d{0,9})?)?)?$/.test(text);
    return whole ? { ok: false, reason: "this is not RELP" } : { ok: true, frame: undefined, end: 0 };
  }
  const [head = "", transaction = "", command = "", length = "", separator = ""] = found;
  const bytes = Number(length);
  if (bytes > limit) return { ok: false, reason: `a frame has ${bytes} bytes; the limit is ${limit}` };
  // Without data some senders leave the space out, others do not.
  const start = separator === "\n" ? head.length - 1 : head.length;
  if (separator === "\n" && bytes > 0) return { ok: false, reason: "a frame has less data than it says" };
  return {
    ok: true,
    frame: { transaction: Number(transaction), command: command.toLowerCase(), start },
    end: start + bytes + 1,
  };
}

/** An answer to a transaction. */
export function relpAnswer(transaction: number, data: string): Buffer {
  return Buffer.from(`${transaction} rsp ${Buffer.byteLength(data)}${data === "" ? "" : ` ${data}`}\n`);
}
