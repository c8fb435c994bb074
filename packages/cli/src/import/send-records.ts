/** send-records: the records of one file to the server, in order, in numbered chunks, so that a chunk sent twice counts once. One
 *  chunk is on its way while the next is read. A server that restarts meanwhile is waited for. */
import { IMPORT_RECORDS_PATH } from "@holdfast/contracts/ingest";
import { ApiError, type Client } from "../client.ts";

export interface FileTarget {
  readonly client: Client;
  readonly runId: string;
  readonly fileId: string;
  /** Records that the server has already. */
  readonly known: number;
}

export interface RecordSender {
  add(record: Buffer): Promise<void>;
  /** Resolves when everything is acknowledged. */
  end(): Promise<void>;
  /** Records added, known ones included. */
  readonly count: number;
}

/** The server cannot be given the records: no other file will do better. */
export class SendFailed extends Error {}

export function createSender({ client, runId, fileId, known }: FileTarget): RecordSender {
  const path = IMPORT_RECORDS_PATH.replace(":id", encodeURIComponent(runId)).replace(
    ":fileId",
    encodeURIComponent(fileId),
  );
  let count = 0;
  let lines: Buffer[] = [];
  let bytes = 0;
  let underway: Promise<unknown> = Promise.resolve();

  async function flush(): Promise<void> {
    const records = lines.length / 2;
    const first = count - records;
    const body = Buffer.concat(lines);
    lines = [];
    bytes = 0;
    await underway;
    const sending = patiently(() => client.send(`${path}?first=${first}`, body, "application/x-ndjson"));
    // Its failure is met at the next flush or at the end.
    sending.catch(() => {});
    underway = sending;
  }

  return {
    get count() {
      return count;
    },
    async add(record) {
      if (count < known) {
        count += 1;
        return;
      }
      const line = wireLine(record);
      if (lines.length > 0 && bytes + line.length > CHUNK_BYTES) await flush();
      lines.push(line, NEWLINE);
      bytes += line.length + 1;
      count += 1;
      if (lines.length / 2 >= CHUNK_RECORDS) await flush();
    },
    async end() {
      if (lines.length > 0) await flush();
      await underway;
    },
  };
}

/** A request that finds no server is tried again while one may be restarting. */
export async function patiently<T>(request: () => Promise<T>, patienceMs = 30_000): Promise<T> {
  const started = performance.now();
  for (;;) {
    try {
      return await request();
    } catch (error) {
      const gone = !(error instanceof ApiError);
      if (!gone || performance.now() - started > patienceMs) throw failed(error);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

const CHUNK_RECORDS = 2_000;
const CHUNK_BYTES = 4 * 1024 * 1024;
const NEWLINE = Buffer.from("\n");
const OPEN_OBJECT = 123;
const LF = 10;
const CR = 13;

/** An object on one line stands for itself; everything else is a JSON string, from which the server has the exact text. */
function wireLine(record: Buffer): Buffer {
  const asItStands = record[0] === OPEN_OBJECT && !record.includes(LF) && record.at(-1) !== CR;
  return asItStands ? record : Buffer.from(JSON.stringify(record.toString("utf8")));
}

function failed(error: unknown): SendFailed {
  const code = error instanceof ApiError ? ` [${error.code}]` : "";
  return new SendFailed(`${error instanceof Error ? error.message : String(error)}${code}`, { cause: error });
}
