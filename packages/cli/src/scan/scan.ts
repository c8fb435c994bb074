/** scan: one scan from the named paths to matches. This thread reads, unpacks and cuts; the pool's threads parse and match. What
 *  comes back is handed on in the order of the files, so the same scan says the same twice. Whatever cannot be read is a
 *  listed problem, and the rest goes on. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { type Content, type OpenContent, openFile } from "../import/content.ts";
import { type FoundFile, STDIN } from "../import/found-files.ts";
import { type Leaf, leavesOf, reasonOf } from "../import/members.ts";
import type { Progress } from "../import/progress.ts";
import { ArchiveRefused, UnpackBudget } from "../import/unpack-limits.ts";
import type { BlockMatch, BlockResult } from "./block.ts";
import { blocksOf, type InputFormat, scanCutOf } from "./cut-blocks.ts";
import { pipeContent } from "./pipe-content.ts";
import type { ScanPool } from "./scan-pool.ts";

export interface ScanOptions {
  readonly found: readonly FoundFile[];
  /** What finding them met with. */
  readonly errors: readonly InputError[];
  readonly format: InputFormat;
  readonly slack: boolean;
  readonly pool: ScanPool;
  readonly progress: Pick<Progress, "begin" | "records" | "contentDone" | "fileDone" | "end">;
  /** Stops reading; what was read already is still matched and handed on. */
  readonly signal: AbortSignal;
  readonly onMatch: (match: BlockMatch, place: MatchPlace) => Promise<void> | void;
}

export interface MatchPlace {
  readonly file: string;
  readonly record: number | string;
}

export interface InputError {
  readonly path: string;
  readonly message: string;
}

export interface ScanCounts {
  /** Files and archive members that were read. */
  readonly files: number;
  readonly records: number;
  readonly bytes: number;
  readonly errors: readonly InputError[];
  /** Errors beyond those that are listed. */
  readonly moreErrors: number;
}

export async function runScan(options: ScanOptions): Promise<ScanCounts> {
  const { found, progress, signal } = options;
  const problems = new Problems();
  for (const { path, message } of options.errors) problems.report(path, message);
  progress.begin(found);
  const reading = new Reading(options, problems);
  for (const file of found) {
    if (signal.aborted) break;
    await reading.take(file);
    progress.fileDone(file);
  }
  await reading.drain();
  progress.end();
  const { files, records, bytes } = reading;
  // Threads meet problems in any order; the list has one.
  const listed = problems.listed.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  return { files, records, bytes, errors: listed, moreErrors: problems.more };
}

const MOST_ERRORS = 1_000;
const ERRORS_PER_FILE = 20;
/** Blocks under way for each thread: one that is matched, and the next ones so that it never waits. */
const AHEAD = 3;

class Problems {
  readonly listed: InputError[] = [];
  more = 0;
  private readonly perFile = new Map<string, number>();

  readonly report = (path: string, message: string): void => {
    const count = (this.perFile.get(path) ?? 0) + 1;
    this.perFile.set(path, count);
    if (count > ERRORS_PER_FILE || this.listed.length >= MOST_ERRORS) {
      this.more += 1;
      return;
    }
    this.listed.push({ path, message });
  };
}

/** A file or archive member whose blocks are under way. */
interface LeafState {
  readonly path: string;
  /** Lines or records before the next block that comes back. */
  base: number;
}

interface UnderWay {
  readonly leaf: LeafState;
  readonly result: Promise<BlockResult>;
}

class Reading {
  files = 0;
  records = 0;
  bytes = 0;
  /** Bytes on disk of the content that is being read, as far as it was. */
  private weight = 0;
  private readonly underWay: UnderWay[] = [];
  private readonly options: ScanOptions;
  private readonly problems: Problems;

  constructor(options: ScanOptions, problems: Problems) {
    this.options = options;
    this.problems = problems;
  }

  async take(file: FoundFile): Promise<void> {
    const { signal } = this.options;
    const { report } = this.problems;
    let opened: OpenContent | undefined;
    try {
      const receivedMs = file.once ? Date.now() : (await stat(file.path)).mtimeMs;
      if (!file.once) opened = await openFile(file.path);
      const content = opened ?? pipeOf(file, signal, (bytes) => (this.bytes += bytes));
      this.bytes += content.weight;
      const budget = new UnpackBudget(content.weight);
      for await (const leaf of leavesOf(content, { budget, report })) {
        await this.takeLeaf(leaf, Math.trunc(receivedMs));
        if (signal.aborted) break;
      }
    } catch (error) {
      report(titleOf(file), reasonOf(error));
    } finally {
      await opened?.close();
    }
  }

  async drain(): Promise<void> {
    while (this.underWay.length > 0) await this.release();
  }

  private async takeLeaf(leaf: Leaf, receivedMs: number): Promise<void> {
    const { format, pool, progress, signal, slack } = this.options;
    const { content } = leaf;
    const complain = (message: string): void => this.problems.report(content.path, message);
    try {
      const cut = scanCutOf(leaf, format);
      if (typeof cut === "object") {
        complain(cut.problem);
        return;
      }
      if (leaf.head.length === 0) {
        this.files += 1;
        return;
      }
      const state: LeafState = { path: content.path, base: 0 };
      for await (const block of blocksOf(leaf, { cut, receivedMs, slack, complain })) {
        this.weight = content.weight * content.fraction();
        this.underWay.push({ leaf: state, result: pool.run(block) });
        while (this.underWay.length > pool.size * AHEAD) await this.release();
        if (signal.aborted) break;
      }
      this.files += 1;
    } catch (error) {
      if (error instanceof ArchiveRefused) throw error;
      complain(reasonOf(error));
    } finally {
      this.weight = 0;
      progress.contentDone(content.weight);
    }
  }

  private async release(): Promise<void> {
    const first = this.underWay.shift();
    if (first === undefined) return;
    const { leaf } = first;
    const { records, counted, matches, problems } = await first.result;
    this.records += records;
    for (const { message } of problems) this.problems.report(leaf.path, `${message}.`);
    for (const match of matches) {
      const record = typeof match.record === "string" || match.numbered ? match.record : leaf.base + match.record + 1;
      await this.options.onMatch(match, { file: leaf.path, record });
    }
    leaf.base += counted;
    this.options.progress.records(records, this.weight);
  }
}

const titleOf = (file: FoundFile): string => (file.path === STDIN ? "standard input" : file.path);

/** An interruption ends the reading of a pipe where it stands. */
function pipeOf(file: FoundFile, signal: AbortSignal, count: (bytes: number) => void): Content {
  const source = file.path === STDIN ? process.stdin : createReadStream(file.path);
  const chunks = async function* (): AsyncGenerator<unknown> {
    const end = (): void => void source.destroy();
    signal.addEventListener("abort", end, { once: true });
    try {
      for await (const chunk of source) {
        if (Buffer.isBuffer(chunk)) count(chunk.length);
        yield chunk;
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  };
  return pipeContent(chunks(), titleOf(file));
}
