/** literal: values that are written into a template itself. Windows writes texts only; the format allows every type. */
import type { ChunkBytes } from "./chunk-bytes.ts";
import { Damage } from "./damage.ts";
import { JsonOutput } from "./json-output.ts";
import type { Name } from "./names.ts";
import type { Literal } from "./tree.ts";
import { fixedSize, writeValue } from "./values.ts";

const STRING = 0x01;
const ANSI = 0x02;
const SID = 0x13;

export function textLiteral(name: Name): Literal {
  return { kind: "literal", text: name.text, json: name.json, name };
}

/** At its type byte. `size` counts from there. */
export function literalValue(chunk: ChunkBytes, at: number): { literal: Literal; size: number } {
  const type = chunk.u8(at);
  if (type === STRING) {
    const units = chunk.u16(at + 1);
    return { literal: textLiteral(chunk.text(at + 3, units)), size: 3 + units * 2 };
  }
  const head = type === ANSI ? 3 : 1;
  const size = type === ANSI ? chunk.u16(at + 1) : type === SID ? 8 + chunk.u8(at + 2) * 4 : fixedSize(type);
  if (size === 0 && type !== ANSI) throw new Damage(`has a literal of type 0x${type.toString(16)}`, at);
  chunk.need(at + head, size);
  const output = new JsonOutput(64);
  writeValue(output, chunk, { type, offset: at + head, size });
  const written = output.text(0);
  const parsed: unknown = JSON.parse(written);
  const text = typeof parsed === "string" ? parsed : written;
  return {
    literal: { kind: "literal", text, json: output.bytes.slice(0, output.at), name: undefined },
    size: head + size,
  };
}
