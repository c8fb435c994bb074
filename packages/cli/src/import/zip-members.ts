/** zip-members: the files inside a .zip. The directory is read and judged before anything is unpacked; a member that cannot be
 *  taken is reported and the others are. */
import { crc32 } from "node:zlib";
import { type Entry, fromBufferPromise, fromFdPromise, getFileNameLowLevel, type ZipFile } from "yauzl";
import { type Content, type Place, Unreadable } from "./content.ts";
import { isHidden, pathProblem, type UnpackBudget } from "./unpack-limits.ts";

export interface ZipArchive {
  readonly path: string;
  readonly weight: number;
  readonly place: Place;
}

export type MemberReport = (path: string, message: string) => void;

export async function* zipMembers(
  archive: ZipArchive,
  { budget, report }: { readonly budget: UnpackBudget; readonly report: MemberReport },
): AsyncGenerator<Content> {
  const zip = await openZip(archive.place);
  budget.takeEntries(zip.entryCount);
  const entries: Entry[] = [];
  let declared = 0;
  for await (const entry of zip.eachEntry()) {
    entries.push(entry);
    declared += entry.uncompressedSize;
  }
  budget.announceBytes(declared);
  const scale = archive.weight / Math.max(zip.fileSize, 1);
  for (const entry of entries) {
    const name = getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, false);
    if (name.endsWith("/") || isHidden(name)) continue;
    const path = `${archive.path}!/${name}`;
    const problem = pathProblem(name) ?? entryProblem(entry);
    if (problem === undefined) yield memberContent({ zip, entry, budget, path, weight: entry.compressedSize * scale });
    else report(path, problem);
  }
}

const OPTIONS = { autoClose: false, lazyEntries: true, decodeStrings: false, validateEntrySizes: true };
const TYPE_MASK = 0o170000;
const SYMLINK = 0o120000;
const MADE_ON_UNIX = new Set([3, 19]);

const openZip = (place: Place): Promise<ZipFile> =>
  "bytes" in place ? fromBufferPromise(place.bytes, OPTIONS) : fromFdPromise(place.fd, OPTIONS);

function entryProblem(entry: Entry): string | undefined {
  if (entry.isEncrypted()) return "it is encrypted; unpack it with its password and import what comes out.";
  if (MADE_ON_UNIX.has(entry.versionMadeBy >> 8) && ((entry.externalFileAttributes >>> 16) & TYPE_MASK) === SYMLINK) {
    return "it is a symbolic link, which is not followed inside an archive.";
  }
  if (!entry.canDecodeFileData()) {
    return `it is packed by method ${entry.compressionMethod}, which is not known here; unpack it yourself and import the file.`;
  }
  return undefined;
}

interface Member {
  readonly zip: ZipFile;
  readonly entry: Entry;
  readonly budget: UnpackBudget;
  readonly path: string;
  readonly weight: number;
}

function memberContent({ zip, entry, budget, path, weight }: Member): Content {
  let counted = 0;
  let consumed = 0;
  return {
    path,
    weight,
    fraction: () => (entry.uncompressedSize === 0 ? 1 : consumed / entry.uncompressedSize),
    async *read() {
      const stream = await zip.openReadStreamPromise(entry);
      let sum = 0;
      let at = 0;
      try {
        for await (const chunk of stream) {
          if (!Buffer.isBuffer(chunk)) continue;
          at += chunk.length;
          if (at > counted) budget.takeBytes(at - counted);
          counted = Math.max(counted, at);
          consumed = at;
          sum = crc32(chunk, sum);
          yield chunk;
        }
      } finally {
        stream.destroy();
      }
      if (sum !== entry.crc32) {
        throw new Unreadable("its content does not match its checksum: the archive is damaged; copy it again.");
      }
    },
  };
}
