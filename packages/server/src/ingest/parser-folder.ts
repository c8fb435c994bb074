/** parser-folder: the parsers of a folder, read again when a file there changes. Looked at every two seconds instead of watched: it is
 *  small, and watches stay silent on network drives. A folder that is not there has no parsers, until it is. */
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { createNormaliser, type Normaliser, type Parser } from "@holdfast/sdk";
import type { Log } from "../platform/log/index.ts";
import { type ParserFile, type ParserProblem, readParsers } from "./parser-text.ts";

export interface ParserFolder {
  readonly folder: string;
  /** What can be used now; sent to the threads as it is. */
  readonly files: () => readonly ParserFile[];
  readonly parsers: () => readonly {
    readonly id: string;
    readonly title: string;
    readonly file: string;
    readonly order: number;
  }[];
  readonly problems: () => readonly ParserProblem[];
  /** With the parsers of this moment. */
  readonly normalise: Normaliser;
  /** Calls back when what `files` answers has changed. */
  start(onChange: () => void): Promise<void>;
  stop(): void;
}

const EVERY_MS = 2_000;
const MOST_FILES = 500;
const MOST_BYTES = 256 * 1024;

export function createParserFolder(options: {
  readonly folder: string;
  readonly builtIn: readonly Parser[];
  readonly log: Log;
}): ParserFolder {
  const { folder, builtIn, log } = options;
  let signature = "";
  let read = readParsers([], builtIn);
  let skipped: ParserProblem[] = [];
  let current = createNormaliser(builtIn);
  let timer: NodeJS.Timeout | undefined;

  /** True when something is different. */
  async function look(): Promise<boolean> {
    const found = await listFiles(folder);
    const now = found.map(({ file, size, changed }) => `${file}\u0000${size}\u0000${changed}`).join("\n");
    if (now === signature) return false;
    signature = now;
    skipped = found
      .filter(({ size }) => size > MOST_BYTES)
      .map(({ file, size }) => ({
        file,
        line: 0,
        message: `It has ${size} bytes; a field map has at most ${MOST_BYTES}. Split it.`,
      }));
    const files: ParserFile[] = [];
    for (const { file, size } of found) {
      if (size > MOST_BYTES) continue;
      try {
        files.push({ file, text: await readFile(join(folder, file), "utf8") });
      } catch (error) {
        skipped.push({
          file,
          line: 0,
          message: `It cannot be read: ${error instanceof Error ? error.message : String(error)}`,
        });
      }
    }
    read = readParsers(files, builtIn);
    current = createNormaliser([...builtIn, ...read.parsers.map(({ parser }) => parser)]);
    for (const problem of [...skipped, ...read.problems]) log.warn({ ...problem }, "A parser file cannot be used.");
    return true;
  }

  return {
    folder,
    files: () => read.parsers.map(({ file, text }) => ({ file, text })),
    parsers: () => read.parsers.map(({ file, parser: { id, title, order } }) => ({ id, title, file, order })),
    problems: () => [...skipped, ...read.problems],
    normalise: (record) => current(record),
    start: async (onChange) => {
      if (await look()) onChange();
      const again = (): void => {
        timer = setTimeout(() => {
          look()
            .then((changed) => {
              if (changed) onChange();
            })
            .catch((error: unknown) =>
              log.warn({ folder, reason: String(error) }, "The folder of parsers could not be read."),
            )
            .finally(again);
        }, EVERY_MS);
        timer.unref();
      };
      again();
    },
    stop: () => clearTimeout(timer),
  };
}

/** What a thread makes of the files it is sent: they were found good before. */
export function normaliserWith(builtIn: readonly Parser[], files: readonly ParserFile[]): Normaliser {
  return createNormaliser([...builtIn, ...readParsers(files, builtIn).parsers.map(({ parser }) => parser)]);
}

async function listFiles(folder: string): Promise<{ file: string; size: number; changed: number }[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const found: { file: string; size: number; changed: number }[] = [];
  for (const file of names.filter((name) => /\.ya?ml$/i.test(name)).sort()) {
    const facts = await stat(join(folder, file)).catch(() => undefined);
    if (facts?.isFile() === true) found.push({ file, size: facts.size, changed: facts.mtimeMs });
    if (found.length >= MOST_FILES) break;
  }
  return found;
}
