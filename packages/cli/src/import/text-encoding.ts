/** text-encoding: text as UTF-8 without a byte order mark. UTF-16 is known by its mark; everything else passes as it is. */

/** @param head the first bytes, at least two where there are two. */
export function encodingOf(head: Buffer): "utf-8" | "utf-16le" | "utf-16be" {
  if (head[0] === 0xff && head[1] === 0xfe) return "utf-16le";
  return head[0] === 0xfe && head[1] === 0xff ? "utf-16be" : "utf-8";
}

/** The beginning of a text, decoded; a character that it cuts in two is replaced. */
export function decodedHead(head: Buffer): Buffer {
  const encoding = encodingOf(head);
  return encoding === "utf-8"
    ? head.subarray(markLength(head))
    : Buffer.from(new TextDecoder(encoding).decode(head, { stream: true }));
}

export async function* decoded(pieces: AsyncIterable<Buffer>, head: Buffer): AsyncGenerator<Buffer> {
  const encoding = encodingOf(head);
  if (encoding !== "utf-8") {
    const decoder = new TextDecoder(encoding);
    for await (const piece of pieces) yield Buffer.from(decoder.decode(piece, { stream: true }));
    yield Buffer.from(decoder.decode());
    return;
  }
  let mark = markLength(head);
  for await (const piece of pieces) {
    yield piece.subarray(mark);
    mark = Math.max(0, mark - piece.length);
  }
}

const markLength = (head: Buffer): number => (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? 3 : 0);
