/** row-buffer: the rows of a block as bytes, one after the other. A row is written the moment it is made: kept as strings, the
 *  rows of a block would survive every young collection of the heap and cost more than making them did. */
export interface RowBuffer {
  /** Appends a text as UTF-8; answers where it starts. */
  add(text: string): number;
  readonly end: number;
  bytes(start: number, end: number): Buffer;
}

export function createRowBuffer(expectedBytes: number): RowBuffer {
  let buffer = Buffer.allocUnsafe(Math.max(64 * 1024, expectedBytes));
  let end = 0;
  return {
    add: (text) => {
      const start = end;
      // UTF-8 never takes more than three bytes for a unit of a JavaScript string.
      const needed = end + text.length * 3;
      if (needed > buffer.length) {
        const larger = Buffer.allocUnsafe(Math.max(needed, buffer.length * 2));
        larger.set(buffer.subarray(0, end));
        buffer = larger;
      }
      end += buffer.write(text, end, "utf8");
      return start;
    },
    get end() {
      return end;
    },
    bytes: (start, to) => buffer.subarray(start, to),
  };
}
