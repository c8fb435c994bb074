/** journald: takes what systemd-journal-upload sends: a body that may be as long as the whole journal. It is stored while it comes, and
 *  read no faster; the answer says that all of it is on disk. The client knows no header, so the key stands in its address. */
import { setTimeout as sleep } from "node:timers/promises";
import { type AppError, isAppError } from "../../platform/errors/index.ts";
import { ingestFail } from "../errors.ts";
import type { RawAnswer } from "../raw-answer.ts";
import { createJournalReader } from "./journal-export.ts";
import {
  answer,
  inWords,
  type ProtocolCall,
  type ProtocolDoor,
  type ProtocolEndpoint,
  type Presented,
} from "./protocol.ts";

/** Its key stands in the address too, as user or password: `http://holdfast:hfs_…@host:port`. */
const KEYLESS = "/journal/upload";
const TYPE = "application/vnd.fdo.journal";
const RETRY_MS = 500;
/** The client gives up at the first refusal, so it is rather let wait. */
const PATIENCE_MS = 60_000;
/** What is over the limit of a record goes to quarantine; only what is over this is left out. */
const ENTRY_BYTES = 8 * 1024 * 1024;

export function createJournald(door: ProtocolDoor): ProtocolEndpoint[] {
  async function take(call: ProtocolCall): Promise<RawAnswer> {
    const source = door.sourceOf(call.path === KEYLESS ? call : keyInPath(call));
    const type = String(call.request.headers["content-type"] ?? "");
    if (!type.startsWith(TYPE)) return text(415, `Send ${TYPE}, as systemd-journal-upload does.`);
    const reader = createJournalReader(ENTRY_BYTES);
    let oversized = 0;
    const store = async (entries: Buffer[]): Promise<void> => {
      door.reject(source, reader.oversized - oversized, "too-large");
      oversized = reader.oversized;
      await patiently(() => door.append(source, call, entries));
      if (reader.broken !== undefined)
        throw ingestFail("INGEST_BODY_BROKEN", `The journal cannot be read further: ${reader.broken}.`);
    };
    try {
      for await (const chunk of call.request) {
        if (Buffer.isBuffer(chunk)) await store(reader.push(chunk));
      }
    } catch (error) {
      if (isAppError(error)) throw error;
      throw ingestFail("INGEST_BODY_BROKEN", "The sender went away; what came before is stored.");
    }
    await store(reader.end());
    return text(202, "OK.");
  }

  const handle = (call: ProtocolCall): Promise<RawAnswer> => inWords(() => take(call), refuse);
  return [{ methods: ["POST"], paths: ["/journal/:key/upload", KEYLESS], handle }];
}

function keyInPath({ path }: ProtocolCall): Presented {
  const [, , token = ""] = path.split("/");
  return { request: { headers: {} }, query: new URLSearchParams({ token }) };
}

async function patiently(append: () => Promise<void>): Promise<void> {
  for (let waited = 0; ; waited += RETRY_MS) {
    try {
      return await append();
    } catch (error) {
      if (!isAppError(error) || !error.retryable || waited >= PATIENCE_MS) throw error;
      await sleep(RETRY_MS);
    }
  }
}

const text = (status: number, body: string): RawAnswer =>
  answer(status, `${body}\n`, { "content-type": "text/plain; charset=utf-8" });

const refuse = (refusal: AppError): RawAnswer => text(refusal.status, refusal.message);
