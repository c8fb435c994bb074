/** imports: files taken in record by record. A file's content hash and the number of its records that are in make it exact: the
 *  same file adds nothing twice, an interrupted one goes on, a repeated chunk is not counted, a gap is refused. */
import type { IncomingMessage } from "node:http";
import type { ImportRun } from "@holdfast/contracts/ingest";
import type { Clock } from "../platform/clock/index.ts";
import type { Tables } from "../platform/tables/index.ts";
import type { Backlog } from "./backlog.ts";
import { ingestFail } from "./errors.ts";
import {
  addRunDuplicates,
  closeRun,
  fileByHash,
  insertRun,
  insertRunFile,
  isFileOfRun,
  recordsKnownOf,
  runById,
  type StoredRun,
} from "./import-store.ts";
import type { Intake } from "./intake.ts";
import { jsonAnswer, type RawAnswer, refusalAnswer } from "./raw-answer.ts";
import { BODY_LIMITS, type BodyBudget, withBody } from "./request-body.ts";
import { addDuplicates } from "./source-store.ts";
import { splitLines } from "./split-records.ts";

export interface ImportOptions {
  readonly tables: Tables;
  readonly intake: Intake;
  readonly backlog: Backlog;
  readonly budget: BodyBudget;
  readonly clock: Clock;
}

export interface ImportRecordsCall {
  readonly runId: string;
  readonly fileId: string;
}

export interface Imports {
  start(name: string): Promise<ImportRun>;
  startFile(runId: string, file: { readonly path: string; readonly sha256: string }): Promise<FileStart>;
  get(runId: string): Promise<ImportRun>;
  finish(runId: string): Promise<ImportRun>;
  /** `POST …/records?first=<ordinal>`: one record per line, a JSON string or an object as it stands. */
  handleRecords(request: IncomingMessage, call: ImportRecordsCall): Promise<RawAnswer>;
}

export interface FileStart {
  readonly fileId: string;
  readonly recordsKnown: number;
}

const SOURCE = "import";
/** Above this the spool takes no record; it is cut, and its length alone sends it to quarantine. */
const LONGEST = 16 * 1024 * 1024;
const QUOTE = 34;

export function createImports(options: ImportOptions): Imports {
  const { tables, intake, backlog, budget, clock } = options;
  const files = new Map<string, { known: number; turn: Promise<unknown> }>();

  /** One caller per file at a time, with the number of its records that are in. */
  async function inTurn<T>(fileId: string, work: (file: { known: number }) => Promise<T>): Promise<T> {
    let file = files.get(fileId);
    if (file === undefined) {
      const stored = await recordsKnownOf(tables.db, fileId);
      file = files.get(fileId) ?? {
        known: Math.max(stored, backlog.fileEnds.get(fileId) ?? 0),
        turn: Promise.resolve(),
      };
      files.set(fileId, file);
    }
    const own = file;
    const turn = own.turn.then(() => work(own));
    own.turn = turn.catch(() => {});
    return turn;
  }

  async function openRun(runId: string): Promise<StoredRun> {
    const run = await runById(tables.db, runId);
    if (run === undefined) throw ingestFail("INGEST_IMPORT_UNKNOWN", `There is no import "${runId.slice(0, 100)}".`);
    if (run.closedAt !== null)
      throw ingestFail("INGEST_IMPORT_CLOSED", `The import "${run.name}" is closed; start another.`);
    return run;
  }

  /** `waiting` must have been read before the row: what is no longer waiting is then in the row's counts. */
  function shown(run: StoredRun, waiting: number): ImportRun {
    const { id, name, startedAt, closedAt, stored, quarantined, duplicates } = run;
    const finished = closedAt !== null && waiting === 0;
    return {
      id,
      name,
      startedAt,
      state: finished ? "finished" : "open",
      finishedAt: finished ? closedAt : null,
      read: stored + quarantined + duplicates + waiting,
      stored,
      quarantined,
      duplicates,
    };
  }

  async function take(call: ImportRecordsCall, first: number, body: Buffer) {
    const lines = splitLines(body);
    return inTurn(call.fileId, async (file) => {
      if (first > file.known) {
        throw ingestFail(
          "INGEST_IMPORT_GAP",
          `Records from ${first} were sent but only ${file.known} are in: send from ${file.known} on.`,
          { details: { recordsKnown: file.known } },
        );
      }
      const fresh = lines.slice(file.known - first).map(recordOf);
      if (fresh.length > 0) {
        const place = { run: call.runId, id: call.fileId, first: file.known };
        const envelope = { source: SOURCE, kind: SOURCE, receivedMs: clock.now(), peer: "", file: place };
        await intake.append(envelope, fresh);
        file.known += fresh.length;
      }
      return { accepted: lines.length, rejected: [], recordsKnown: file.known };
    });
  }

  return {
    start: async (name) => shown(await insertRun(tables.db, name, clock.now()), 0),
    get: async (runId) => {
      const waiting = backlog.ofRun(runId);
      const run = await runById(tables.db, runId);
      if (run === undefined) throw ingestFail("INGEST_IMPORT_UNKNOWN", `There is no import "${runId.slice(0, 100)}".`);
      return shown(run, waiting);
    },
    startFile: async (runId, { path, sha256 }) => {
      await openRun(runId);
      const { id: fileId } = await fileByHash(tables.db, { path, sha256, now: clock.now() });
      return inTurn(fileId, async ({ known }) => {
        await tables.transaction(async (tx) => {
          if (!(await insertRunFile(tx, { run: runId, file: fileId, knownBefore: known })) || known === 0) return;
          await addRunDuplicates(tx, runId, known);
          await addDuplicates(tx, SOURCE, known);
        });
        return { fileId, recordsKnown: known };
      });
    },
    finish: async (runId) => {
      const waiting = backlog.ofRun(runId);
      const run = await closeRun(tables.db, runId, clock.now());
      if (run === undefined) throw ingestFail("INGEST_IMPORT_UNKNOWN", `There is no import "${runId.slice(0, 100)}".`);
      return shown(run, waiting);
    },
    handleRecords: async (request, call) => {
      try {
        await openRun(call.runId);
        if (!(await isFileOfRun(tables.db, call.runId, call.fileId))) {
          throw ingestFail(
            "INGEST_IMPORT_UNKNOWN",
            "This import has not announced that file: call startImportFile first.",
          );
        }
        const refused = intake.refusal();
        if (refused !== undefined) throw refused;
        const first = firstOf(request);
        const work = (body: Buffer) => take(call, first, body);
        return jsonAnswer(await withBody(request, { body: BODY_LIMITS, budget }, work));
      } catch (error) {
        return refusalAnswer(error);
      }
    },
  };
}

function firstOf(request: IncomingMessage): number {
  const text = new URL(request.url ?? "", "http://localhost").searchParams.get("first") ?? "";
  if (/^[0-9]{1,12}$/.test(text)) return Number(text);
  throw ingestFail("INGEST_BODY_BROKEN", "Say which record of the file comes first: ?first=<number from 0>.");
}

/** A JSON string stands for its text; everything else is the record itself. */
function recordOf(line: Buffer): Buffer {
  const record = line[0] === QUOTE ? (stringOf(line) ?? line) : line;
  return record.length > LONGEST ? record.subarray(0, LONGEST) : record;
}

function stringOf(line: Buffer): Buffer | undefined {
  try {
    const value: unknown = JSON.parse(line.toString("utf8"));
    return typeof value === "string" ? Buffer.from(value) : undefined;
  } catch {
    return undefined;
  }
}
