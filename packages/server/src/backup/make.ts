/** make: one backup from beginning to end, of a running or of a stopped Holdfast: is the folder free, is there room, the copy, the key
 *  when it was asked for, the manifest. Whatever goes wrong, what was written is taken away again. */
import { mkdir, readFile, realpath, stat, statfs } from "node:fs/promises";
import { basename, dirname, join, sep } from "node:path";
import { type FileToCopy, readTree } from "../platform/disk/index.ts";
import type { Home } from "../platform/home/index.ts";
import { fail } from "./errors.ts";
import { fingerprintOf, KEY_FILE } from "./key.ts";
import type { Manifest } from "./manifest.ts";
import { type Cut, thisMachine } from "./parts.ts";
import { openWriter, type Writer } from "./writer.ts";

export interface MakeOptions {
  readonly home: Pick<Home, "directory" | "paths">;
  /** Absolute. */
  readonly folder: string;
  readonly withKey: boolean;
  /** Makes one of what is here although a store is elsewhere. */
  readonly withoutServers: boolean;
  readonly here: { readonly state: boolean; readonly events: boolean };
  readonly running: boolean;
  readonly version: string;
  readonly migrations: readonly string[];
  /** Free space that must stay on the home's disk. */
  readonly reserveBytes: number;
  readonly copy: (writer: Writer) => Promise<Cut>;
  readonly onStart?: (about: { readonly partial: string; readonly totalBytes: number }) => void;
  readonly onBytes: (bytes: number) => void;
  readonly goOn: () => void;
}

export async function makeBackup(options: MakeOptions): Promise<Manifest & { readonly folder: string }> {
  const { home, here } = options;
  demandStoresHere(options);
  await mkdir(dirname(options.folder), { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
    throw fail("BACKUP_FOLDER", `${dirname(options.folder)} cannot be made: ${String(cause)}`, { cause });
  });
  const folder = join(await realpath(dirname(options.folder)), basename(options.folder));
  if (`${folder}${sep}`.startsWith(`${home.directory}${sep}`)) {
    throw fail(
      "BACKUP_FOLDER",
      `${folder} lies in the home that is to be copied: name one outside, at best on another disk.`,
    );
  }
  const totalBytes = await bytesOf(home);
  await demandRoom(options, { folder, totalBytes });
  const writer = await openWriter({ folder, onBytes: options.onBytes, goOn: options.goOn });
  try {
    options.onStart?.({ partial: writer.partial, totalBytes });
    const cut = await options.copy(writer);
    const keyFile = join(home.directory, KEY_FILE);
    if (options.withKey) await writer.addFile({ path: KEY_FILE, from: keyFile });
    const manifest = await writer.finish({
      format: 1,
      version: options.version,
      takenAt: new Date(cut.takenAt).toISOString(),
      running: options.running,
      machine: thisMachine(),
      parts: { state: here.state ? "here" : "elsewhere", events: here.events ? "here" : "elsewhere" },
      key: { included: options.withKey, fingerprint: fingerprintOf(await readFile(keyFile, "utf8")) },
      migrations: [...options.migrations],
      state: cut.state,
      events: cut.events,
      spool: cut.spool,
    });
    return { ...manifest, folder };
  } catch (error) {
    await writer.discard();
    throw error;
  }
}

function demandStoresHere({ here, withoutServers }: MakeOptions): void {
  if (withoutServers || (here.state && here.events)) return;
  const away = [
    ...(here.state ? [] : ["the state is on a PostgreSQL server (database.url)"]),
    ...(here.events ? [] : ["the events are on a ClickHouse server (clickhouse.url)"]),
  ].join(", and ");
  throw fail(
    "BACKUP_ELSEWHERE",
    `Not all of this Holdfast lies in its home: ${away}. Use that server's own backup; --without-servers copies the rest.`,
  );
}

/** What a copy can take at most: parts that are about to go count too. */
async function bytesOf({ paths }: Pick<Home, "paths">): Promise<number> {
  const folders = [join(paths.state, "pg"), join(paths.events, "data"), paths.spool, paths.evidence, paths.parsers];
  let sum = 0;
  for (const folder of folders) {
    const { files } = await readTree(folder, (path) => path !== "shadow");
    for (const { from } of files) sum += await sizeOf(from);
  }
  return sum;
}

async function demandRoom(
  { home, reserveBytes }: MakeOptions,
  { folder, totalBytes }: { readonly folder: string; readonly totalBytes: number },
): Promise<void> {
  const parent = dirname(folder);
  const { bavail, bsize } = await statfs(parent);
  const sameDisk = (await stat(parent)).dev === (await stat(home.directory)).dev;
  const needed = totalBytes + SLACK_BYTES + (sameDisk ? reserveBytes : 0);
  if (bavail * bsize >= needed) return;
  const kept = sameDisk ? `, with the ${mib(reserveBytes)} MiB that are kept free on the disk of the home` : "";
  throw fail(
    "BACKUP_NO_ROOM",
    `${parent} has ${mib(bavail * bsize)} MiB free; up to ${mib(needed)} MiB are needed${kept}.`,
  );
}

/** Log that is written while the copy runs. */
const SLACK_BYTES = 64 * 2 ** 20;

const mib = (bytes: number): number => Math.ceil(bytes / 2 ** 20);
const sizeOf = (path: FileToCopy["from"]): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );
