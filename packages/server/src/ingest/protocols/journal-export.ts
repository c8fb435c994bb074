/** journal-export: cuts systemd's journal export format into entries, as the bytes come: fields with text, fields with a length in front,
 *  an empty line after each entry. Each entry becomes one JSON object as `journalctl -o json` writes it. */
import { isUtf8 } from "node:buffer";

export interface JournalReader {
  /** The entries that are whole now. */
  push(chunk: Buffer): Buffer[];
  /** The last entry needs no empty line behind it. */
  end(): Buffer[];
  /** Entries over the limit that were left out. */
  readonly oversized: number;
  /** Why the rest cannot be read. */
  readonly broken: string | undefined;
}

const LF = 10;
const EQUALS = 61;
const LENGTH_BYTES = 8;
const LONGEST_NAME = 256;

export function createJournalReader(limit: number): JournalReader {
  let rest: Buffer = Buffer.alloc(0);
  let fields = new Map<string, unknown[]>();
  let bytes = 0;
  let tooLarge = false;
  let oversized = 0;
  let broken: string | undefined;
  /** A field with a length whose content is on its way. */
  let binary: { readonly name: string; readonly parts: Buffer[]; left: number; readonly keep: boolean } | undefined;

  function add(name: string, value: Buffer): void {
    bytes += name.length + value.length;
    if (bytes > limit) {
      tooLarge = true;
      fields = new Map();
    }
    if (tooLarge) return;
    const shown = isUtf8(value) ? value.toString("utf8") : [...value];
    const known = fields.get(name);
    if (known === undefined) fields.set(name, [shown]);
    else known.push(shown);
  }

  function finish(into: Buffer[]): void {
    if (tooLarge) oversized += 1;
    else if (fields.size > 0) into.push(jsonOf(fields));
    fields = new Map();
    bytes = 0;
    tooLarge = false;
  }

  /** False when more bytes are needed. */
  function takeBinary(): boolean {
    if (binary === undefined) return true;
    const part = rest.subarray(0, binary.left);
    if (binary.keep) binary.parts.push(part);
    binary.left -= part.length;
    rest = rest.subarray(part.length);
    if (binary.left > 0 || rest.length === 0) return false;
    if (rest[0] !== LF) {
      broken = `the field ${binary.name} is longer than it says`;
      return false;
    }
    rest = rest.subarray(1);
    if (binary.keep) add(binary.name, Buffer.concat(binary.parts));
    binary = undefined;
    return true;
  }

  /** False when more bytes are needed. */
  function takeLine(entries: Buffer[]): boolean {
    const end = rest.indexOf(LF);
    if (end < 0) {
      if (rest.length > limit + LONGEST_NAME) broken = `a field is over ${limit} bytes`;
      return false;
    }
    const line = rest.subarray(0, end);
    const equals = line.indexOf(EQUALS);
    if (line.length === 0) finish(entries);
    else if (equals > 0) add(line.toString("latin1", 0, equals), line.subarray(equals + 1));
    else {
      const name = line.toString("latin1");
      if (name.length > LONGEST_NAME) {
        broken = "a field has no name";
        return false;
      }
      if (rest.length < end + 1 + LENGTH_BYTES) return false;
      const left = Number(rest.readBigUInt64LE(end + 1));
      const keep = left <= limit;
      if (!keep) {
        tooLarge = true;
        fields = new Map();
      }
      binary = { name, parts: [], left, keep };
      rest = rest.subarray(end + 1 + LENGTH_BYTES);
      return true;
    }
    rest = rest.subarray(end + 1);
    return true;
  }

  return {
    get oversized() {
      return oversized;
    },
    get broken() {
      return broken;
    },
    push: (chunk) => {
      const entries: Buffer[] = [];
      if (broken !== undefined) return entries;
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      while (rest.length > 0 && broken === undefined) if (!takeBinary() || !takeLine(entries)) break;
      return entries;
    },
    end: () => {
      const entries: Buffer[] = [];
      if (binary !== undefined || rest.length > 0) broken ??= "the last entry is broken off";
      else finish(entries);
      return entries;
    },
  };
}

const jsonOf = (fields: ReadonlyMap<string, unknown[]>): Buffer =>
  Buffer.from(
    `{${[...fields].map(([name, values]) => `${JSON.stringify(name)}:${JSON.stringify(values.length === 1 ? values[0] : values)}`).join(",")}}`,
  );
