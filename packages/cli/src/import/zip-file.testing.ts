/** zip-file.testing: writes .zip files byte by byte, also such as no honest program writes. */
import { crc32, deflateRawSync } from "node:zlib";

export interface ZipPart {
  readonly name: string;
  readonly bytes: Buffer;
  /** Unix mode with the type of the file, as 0o120777 for a symbolic link. */
  readonly mode?: number;
  readonly encrypted?: boolean;
  readonly method?: number;
  readonly wrongCrc?: boolean;
  /** What the directory says of the unpacked size instead of the truth. */
  readonly declaredSize?: number;
}

export function zipFile(parts: readonly ZipPart[]): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const part of parts) {
    const name = Buffer.from(part.name);
    const packed = deflateRawSync(part.bytes);
    const facts = Buffer.alloc(22);
    facts.writeUInt16LE(part.encrypted === true ? 1 : 0, 0);
    facts.writeUInt16LE(part.method ?? 8, 2);
    facts.writeUInt32LE((crc32(part.bytes) ^ (part.wrongCrc === true ? 1 : 0)) >>> 0, 8);
    facts.writeUInt32LE(packed.length, 12);
    facts.writeUInt32LE(part.declaredSize ?? part.bytes.length, 16);
    facts.writeUInt16LE(name.length, 20);
    const local = Buffer.concat([
      Buffer.from("PK\u0003\u0004\u0014\0", "latin1"),
      facts,
      Buffer.alloc(2),
      name,
      packed,
    ]);
    const tail = Buffer.alloc(16);
    tail.writeUInt32LE(((part.mode ?? 0o100644) << 16) >>> 0, 8);
    tail.writeUInt32LE(offset, 12);
    directory.push(Buffer.from("PK\u0001\u0002\u0014\u0003\u0014\0", "latin1"), facts, tail, name);
    locals.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(parts.length, 4);
  end.writeUInt16LE(parts.length, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...locals, central, Buffer.from("PK\u0005\u0006", "latin1"), end]);
}
