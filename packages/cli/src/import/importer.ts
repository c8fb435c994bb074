/** importer: one import from the named paths to searchable records. A file, member or chunk that cannot be taken is reported and
 *  the rest goes on. Its numbers are the server's, checked against what was read here: nothing is lost without a word. */
import { basename } from "node:path";
import { type ImportRun, ingestRoutes } from "@holdfast/contracts/ingest";
import type { Client } from "../client.ts";
import { FileIntake } from "./file-intake.ts";
import type { Format } from "./format.ts";
import { findFiles, STDIN } from "./found-files.ts";
import type { Progress } from "./progress.ts";
import { patiently, SendFailed } from "./send-records.ts";

export interface ImportOptions {
  readonly client: Client;
  readonly paths: readonly string[];
  readonly name?: string | undefined;
  readonly format: Format;
  readonly progress: Progress;
  /** Stops between chunks; what was sent stays, and the same import goes on from there. */
  readonly signal: AbortSignal;
}

export interface ImportError {
  readonly path: string;
  readonly message: string;
}

export interface ImportReport {
  /** stored + quarantined + duplicates, to the record. */
  readonly read: number;
  readonly stored: number;
  readonly quarantined: number;
  readonly duplicates: number;
  /** Files and archive members whose records were taken. */
  readonly files: number;
  readonly errors: readonly ImportError[];
}

export async function runImport(options: ImportOptions): Promise<ImportReport> {
  const { client, paths, format, progress, signal } = options;
  const errors: ImportError[] = [];
  const report = (path: string, message: string): void => {
    if (errors.length < MOST_ERRORS) errors.push({ path, message });
    progress.problem(path, message);
  };
  const found = await findFiles(paths, report);
  const name = (options.name ?? paths.map(titleOf).join(", ")).slice(0, 300);
  const run = await client.call(ingestRoutes.startImport, { body: { name } });
  const intake = new FileIntake({ client, runId: run.id, format, progress, signal, report });
  let last = run;
  try {
    progress.begin(found);
    for (const file of found) {
      if (signal.aborted) break;
      await intake.take(file);
      progress.fileDone(file);
    }
    last = await patiently(() => client.call(ingestRoutes.finishImport, { params: { id: run.id } }));
    last = await searchable(last, options);
  } catch (error) {
    if (!(error instanceof SendFailed)) throw error;
    report(client.url, `the import stopped: ${error.message}`);
    last = await client.call(ingestRoutes.getImport, { params: { id: run.id } }).catch(() => last);
  }
  progress.end();
  if (signal.aborted) report(client.url, "the import was interrupted; run it again and it goes on where it stopped.");
  const counted = countsOf(last, intake.repeated);
  if (last.state === "finished" && !signal.aborted && counted.read !== intake.read) {
    report(
      client.url,
      `the server counts ${counted.read} records and ${intake.read} were read here (import ${run.id}).`,
    );
  }
  return { ...counted, files: intake.files, errors };
}

const MOST_ERRORS = 1_000;
const POLL_MS = 250;
/** Without one more searchable record for so long, waiting is given up. */
const STUCK_MS = 2 * 60_000;

const titleOf = (path: string): string => (path === STDIN ? "standard input" : basename(path));

async function searchable(run: ImportRun, { client, progress, signal }: ImportOptions): Promise<ImportRun> {
  let last = run;
  let waiting = waitingOf(run);
  let since = performance.now();
  while (last.state === "open" && !signal.aborted) {
    progress.waiting(waitingOf(last));
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    last = await patiently(() => client.call(ingestRoutes.getImport, { params: { id: run.id } }));
    if (waitingOf(last) !== waiting) {
      waiting = waitingOf(last);
      since = performance.now();
    } else if (performance.now() - since > STUCK_MS) {
      throw new SendFailed(
        `${waiting} records are taken but do not become searchable${await reasonOf(client)}; see the server's log.`,
      );
    }
  }
  if (last.state === "failed") throw new SendFailed(`the server gave up the import ${run.id}; see its log.`);
  return last;
}

async function reasonOf(client: Client): Promise<string> {
  const pipeline = await client.call(ingestRoutes.pipeline, {}).catch(() => undefined);
  return pipeline === undefined || pipeline.reason === "" ? "" : ` (${pipeline.reason})`;
}

const waitingOf = (run: ImportRun): number => run.read - run.stored - run.quarantined - run.duplicates;

/** What is not yet searchable (after an interruption) is not counted, so that the sum holds. */
function countsOf(
  { stored, quarantined, duplicates }: ImportRun,
  repeated: number,
): Omit<ImportReport, "files" | "errors"> {
  const known = duplicates + repeated;
  return { read: stored + quarantined + known, stored, quarantined, duplicates: known };
}
