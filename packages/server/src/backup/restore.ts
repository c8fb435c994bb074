/** restore: puts a backup into an empty home. Everything is checked before the first byte is written; a home whose restore was cut off is
 *  refused by every start; and a restored one waits with everything that acts outward until a person releases it (hold.ts). */
import { chmod, mkdir, readdir, readFile, rm, stat, statfs, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isGone } from "../platform/disk/index.ts";
import { openHome } from "../platform/home/index.ts";
import { loadMigrations } from "../platform/tables/index.ts";
import { fail } from "./errors.ts";
import { writeMark } from "./hold.ts";
import { fingerprintOf, KEY_FILE } from "./key.ts";
import { HOME, type Manifest, readManifest } from "./manifest.ts";
import { thisMachine } from "./parts.ts";
import { demandIntact } from "./verify.ts";
import { BUFFER_BYTES, copyFile, syncAll } from "./writer.ts";

export interface RestoreOptions {
  readonly folder: string;
  readonly home: string;
  /** File of the key; the one in the backup where not given. */
  readonly key?: string;
  readonly onPhase: (phase: "checking" | "copying", totalBytes: number) => void;
  readonly onBytes: (bytes: number) => void;
  readonly now: number;
}

export async function restoreBackup(options: RestoreOptions): Promise<Manifest> {
  const { folder } = options;
  await demandEmptyHome(options.home);
  // What is cheap to find out comes before what reads every byte.
  const manifest = await readManifest(folder);
  demandFits(manifest);
  const key = await keyFor(manifest, options);
  await demandRoom(manifest, options.home);
  options.onPhase("checking", manifest.bytes);
  await demandIntact(folder, options.onBytes);
  const home = await openHome(options.home);
  try {
    await demandEmptyHome(home.directory);
    await writeFile(home.paths.restoring, `${folder}\n`, { mode: 0o600 });
    await syncAll(home.directory);
    options.onPhase("copying", manifest.bytes);
    await putBack(manifest, { folder, home: home.directory, onBytes: options.onBytes });
    await writeFile(join(home.directory, KEY_FILE), key, { mode: 0o600 });
    await writeMark(home.paths.restored, {
      takenAt: manifest.takenAt,
      restoredAt: new Date(options.now).toISOString(),
    });
    await syncAll(home.directory);
    await rm(home.paths.restoring);
    await syncAll(home.directory);
    return manifest;
  } finally {
    home.close();
  }
}

async function putBack(
  manifest: Manifest,
  { folder, home, onBytes }: { folder: string; home: string; onBytes: (bytes: number) => void },
): Promise<void> {
  const place = (path: string): string => join(home, path.slice(HOME.length + 1));
  const buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  for (const path of manifest.folders) await mkdir(place(path), { recursive: true, mode: 0o700 });
  for (const { path, sha256 } of manifest.files) {
    if (path === `${HOME}/${KEY_FILE}`) continue;
    await mkdir(dirname(place(path)), { recursive: true, mode: 0o700 });
    const copied = await copyFile({ path, from: join(folder, path), to: place(path), buffer, onBytes });
    if (copied?.sha256 !== sha256)
      throw fail("BACKUP_DAMAGED", `${path} changed while it was put back.`, { details: { files: [path] } });
  }
  for (const { path, target } of manifest.links) {
    await mkdir(dirname(place(path)), { recursive: true, mode: 0o700 });
    await symlink(target, place(path));
  }
  // PostgreSQL refuses a data directory that others may enter.
  if (manifest.parts.state === "here") await chmod(join(home, "state", "pg"), 0o700);
}

/** What may lie in a home before its first use, and what a look at it leaves behind. */
const HARMLESS = new Set(["lost+found", "holdfast.yaml", "lock", "lock.json"]);

/** Also refuses a home that somebody holds, in the words of the lock. */
async function demandEmptyHome(path: string): Promise<void> {
  const names = await readdir(path).catch((error: unknown): string[] => {
    if (isGone(error)) return [];
    throw fail("RESTORE_HOME", `${path} cannot be used as a home: ${String(error)}`, { cause: error });
  });
  if (names.includes("restoring")) {
    throw fail("RESTORE_HOME", `A restore into ${path} was cut off: remove that folder and run the restore again.`);
  }
  if (names.every((name) => HARMLESS.has(name))) return;
  // Whoever runs there is told first: that home is not only full, it is alive.
  if (names.includes("lock")) (await openHome(path)).close();
  throw fail(
    "RESTORE_HOME",
    `${path} is not empty: a restore goes into a new home. Name one with --home, or move that one away.`,
  );
}

function demandFits({ migrations, machine, version, parts }: Manifest): void {
  const known = new Set(loadMigrations().map(({ id }) => id));
  const unknown = migrations.filter((id) => !known.has(id));
  if (unknown.length > 0)
    throw fail(
      "BACKUP_FOREIGN",
      `The backup was made by Holdfast ${version}, which is newer (${unknown[0]}): restore it with that.`,
    );
  const here = thisMachine();
  if (parts.state === "here" && (here.platform !== machine.platform || here.arch !== machine.arch)) {
    throw fail(
      "BACKUP_FOREIGN",
      `The backup is of a machine with ${machine.platform} on ${machine.arch}; PostgreSQL's files do not open on ${here.platform} on ${here.arch}.`,
    );
  }
}

async function keyFor(manifest: Manifest, { folder, key }: RestoreOptions): Promise<string> {
  if (key === undefined && !manifest.key.included) {
    throw fail(
      "RESTORE_KEY",
      `The backup holds no key: name the ${KEY_FILE} of the home it was made of with --key. Without it neither the state nor a secret in it opens.`,
    );
  }
  const file = key ?? join(folder, HOME, KEY_FILE);
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw fail("RESTORE_KEY", `The key ${file} cannot be read.`, { cause });
  });
  if (fingerprintOf(text) !== manifest.key.fingerprint)
    throw fail("RESTORE_KEY", `${file} is the key of another home: it does not open this backup.`);
  return text;
}

async function demandRoom(manifest: Manifest, home: string): Promise<void> {
  const { bavail, bsize } = await statfs(await nearest(home));
  if (bavail * bsize >= manifest.bytes + SLACK_BYTES) return;
  const mib = (bytes: number): number => Math.ceil(bytes / 2 ** 20);
  throw fail(
    "BACKUP_NO_ROOM",
    `The disk of ${home} has ${mib(bavail * bsize)} MiB free; ${mib(manifest.bytes + SLACK_BYTES)} MiB are needed.`,
  );
}

const SLACK_BYTES = 128 * 2 ** 20;

async function nearest(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined || dirname(path) === path ? path : nearest(dirname(path));
}
