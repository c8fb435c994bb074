/** progress: what an import says on stderr while it runs: one line that is written over when it is a terminal, problems as
 *  sentences of their own. */
import { type Output, safeText } from "../output.ts";
import type { FoundFile } from "./found-files.ts";

export interface Progress {
  begin(files: readonly FoundFile[]): void;
  /** @param weight bytes on disk of the current content that are done. */
  records(count: number, weight: number): void;
  contentDone(weight: number): void;
  fileDone(file: FoundFile): void;
  waiting(records: number): void;
  problem(path: string, message: string): void;
  end(): void;
}

export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export function createProgress(out: Output, terminal: Terminal = process.stderr): Progress {
  const live = terminal.isTTY === true;
  const started = performance.now();
  const total = { files: 0, bytes: 0 };
  const done = { files: 0, bytes: 0, records: 0 };
  /** Of the current file: the end of what is finished inside it, and the part of the current content. */
  let inFile = 0;
  let inContent = 0;
  let drawn = 0;
  let shown = false;

  function clear(): void {
    if (shown) terminal.write("\r\u001b[2K");
    shown = false;
  }

  function draw(text: string, now = performance.now()): void {
    if (!live || now - drawn < REDRAW_MS) return;
    drawn = now;
    terminal.write(`\r\u001b[2K${text.slice(0, (terminal.columns ?? 80) - 1)}`);
    shown = true;
  }

  function line(): string {
    const seconds = (performance.now() - started) / 1000;
    const share = total.bytes === 0 ? 0 : Math.min((done.bytes + inFile + inContent) / total.bytes, 1);
    const filled = Math.round(share * BAR);
    const bar = `${"█".repeat(filled)}${"░".repeat(BAR - filled)}`;
    const left = share > 0.01 ? `, ${duration((seconds / share) * (1 - share))} left` : "";
    const rate = Math.round(done.records / Math.max(seconds, 0.001));
    return `${bar} ${Math.floor(share * 100)} %  ${done.files}/${total.files} files, ${done.records} records, ${rate}/s${left}`;
  }

  return {
    begin(files) {
      total.files = files.length;
      total.bytes = files.reduce((sum, file) => sum + file.size, 0);
    },
    records(count, weight) {
      done.records += count;
      inContent = weight;
      draw(line());
    },
    contentDone(weight) {
      inFile += weight;
      inContent = 0;
    },
    fileDone(file) {
      done.files += 1;
      done.bytes += file.size;
      inFile = 0;
      inContent = 0;
      draw(line());
    },
    waiting: (records) => draw(`waiting for ${records} records to become searchable`),
    problem(path, message) {
      clear();
      out.warn(`${safeText(path)}: ${safeText(message)}`);
    },
    end: clear,
  };
}

const REDRAW_MS = 100;
const BAR = 24;

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}
