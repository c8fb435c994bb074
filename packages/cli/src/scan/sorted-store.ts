/** sorted-store: matches in order of time, however many there are. Up to 64 MiB of them are kept in memory; beyond that, sorted
 *  runs go to temporary files without a name, which are gone with the process, and are merged while they are read. */
import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

export interface SortedStore<T> {
  add(item: T): Promise<void>;
  /** By time; what has the same time in the order in which it was added. May be read once. */
  inOrder(): AsyncGenerator<T>;
  close(): Promise<void>;
}

export interface SortedStoreOptions<T> {
  readonly timeOf: (item: T) => { readonly timeMs: number; readonly timeNs: number };
  readonly encode: (item: T) => unknown;
  readonly decode: (value: unknown) => T;
  readonly memory?: number;
}

export function createSortedStore<T>(options: SortedStoreOptions<T>): SortedStore<T> {
  const { timeOf, encode, decode, memory = KEPT } = options;
  let kept: Entry[] = [];
  let size = 0;
  let added = 0;
  const runs: FileHandle[] = [];

  async function spill(): Promise<void> {
    const handle = await namelessFile();
    runs.push(handle);
    kept.sort(compare);
    let text = "";
    for (const entry of kept) {
      text += `${JSON.stringify(entry)}\n`;
      if (text.length < PIECE) continue;
      await handle.appendFile(text);
      text = "";
    }
    await handle.appendFile(text);
    kept = [];
    size = 0;
  }

  return {
    add: async (item) => {
      const { timeMs, timeNs } = timeOf(item);
      const text = JSON.stringify(encode(item));
      kept.push([timeMs, timeNs, added, text]);
      added += 1;
      size += text.length + ENTRY_BYTES;
      if (size > memory) await spill();
    },
    async *inOrder() {
      kept.sort(compare);
      for await (const entry of merged([...runs.map(readRun), fromMemory(kept)])) yield decode(JSON.parse(entry[3]));
    },
    close: async () => {
      kept = [];
      for (const run of runs.splice(0)) await run.close();
    },
  };
}

const KEPT = 64 * 1024 * 1024;
const PIECE = 1024 * 1024;
const ENTRY_BYTES = 80;

/** Milliseconds, nanoseconds, order of arrival, JSON. */
type Entry = readonly [number, number, number, string];

const compare = (a: Entry, b: Entry): number => a[0] - b[0] || a[1] - b[1] || a[2] - b[2];

async function* merged(sources: readonly AsyncGenerator<Entry>[]): AsyncGenerator<Entry> {
  const heads: { entry: Entry; readonly source: AsyncGenerator<Entry> }[] = [];
  for (const source of sources) {
    const first = await source.next();
    if (first.done !== true) heads.push({ entry: first.value, source });
  }
  while (heads.length > 0) {
    const least = heads.reduce((best, head) => (compare(head.entry, best.entry) < 0 ? head : best));
    yield least.entry;
    const next = await least.source.next();
    if (next.done === true) heads.splice(heads.indexOf(least), 1);
    else least.entry = next.value;
  }
}

async function* fromMemory(entries: readonly Entry[]): AsyncGenerator<Entry> {
  await Promise.resolve();
  yield* entries;
}

async function* readRun(handle: FileHandle): AsyncGenerator<Entry> {
  const input = createReadStream("", { fd: handle.fd, start: 0, autoClose: false });
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    const entry: unknown = JSON.parse(line);
    if (isEntry(entry)) yield entry;
  }
}

const isEntry = (value: unknown): value is Entry =>
  Array.isArray(value) && value.length === 4 && typeof value[3] === "string";

async function namelessFile(): Promise<FileHandle> {
  const path = join(tmpdir(), `holdfast-scan-${randomUUID()}`);
  const handle = await open(path, "wx+", 0o600);
  await unlink(path);
  return handle;
}
