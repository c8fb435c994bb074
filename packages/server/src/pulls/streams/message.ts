/** message: a message of a broker as a record: where it stood, and its value as text. Bytes that are no text are written in base64 and
 *  say so, so that nothing of them is lost. */
export function messageRecord(place: Readonly<Record<string, unknown>>, value: Uint8Array): Uint8Array {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const text = bytes.toString("utf8");
  const plain = !text.includes("\uFFFD") || Buffer.from(text).equals(bytes);
  const record = plain ? { ...place, value: text } : { ...place, encoding: "base64", value: bytes.toString("base64") };
  return Buffer.from(JSON.stringify(record));
}
