/** pipe-content: what can be read once only (a pipe, a device), as a content. Its beginning is kept, so that its format can be found
 *  out; behind that it streams, so matches come while it is still being written. */
import type { Content } from "../import/content.ts";
import { Unreadable } from "../import/content.ts";

export function pipeContent(source: AsyncIterable<unknown>, path: string, kept = KEPT): Content {
  const iterator = source[Symbol.asyncIterator]();
  let chunks: Buffer[] = [];
  /** Number of the first chunk that is still kept. */
  let base = 0;
  let size = 0;
  let ended = false;
  let pulling: Promise<void> | undefined;

  async function pull(): Promise<void> {
    const next = await iterator.next();
    if (next.done === true) ended = true;
    else if (Buffer.isBuffer(next.value)) {
      chunks.push(next.value);
      size += next.value.length;
    }
    pulling = undefined;
  }

  return {
    path,
    weight: 0,
    fraction: () => 1,
    async *read() {
      for (let at = 0; ; ) {
        if (at < base) throw new Unreadable("it is a pipe, whose beginning is gone; write it to a file and scan that.");
        const chunk = chunks[at - base];
        if (chunk !== undefined) {
          at += 1;
          if (size > kept) {
            chunks = chunks.slice(at - base);
            base = at;
          }
          yield chunk;
        } else if (ended) return;
        else await (pulling ??= pull());
      }
    },
  };
}

const KEPT = 4 * 1024 * 1024;
