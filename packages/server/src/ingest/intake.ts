/** intake: the one door to the spool. All inputs come through here, so a low disk, a full spool and the backlog are dealt
 *  with in one place. A refusal is an AppError whose status and retryability say what the sender should do. */
import type { AppError } from "../platform/errors/index.ts";
import type { Appended, Envelope, Spool } from "../platform/spool/index.ts";
import { type Backlog, senderOf } from "./backlog.ts";
import { ingestFail } from "./errors.ts";
import type { FairShare } from "./fair-share.ts";

/** Why nothing may be taken right now, or undefined when it may; asked before every append. */
export type Admission = () => { readonly reason: string } | undefined;

export interface Intake {
  /** Resolves when the records are on disk; until then nobody may be told that they are taken. */
  append(envelope: Envelope, records: readonly Uint8Array[]): Promise<Appended>;
  /** The refusal that an append would meet before it even looks at the records; of that source, when one is named. */
  refusal(source?: string): AppError | undefined;
  /** From now on everything is refused. */
  close(): void;
}

export function createIntake(options: {
  readonly spool: Spool;
  readonly backlog: Backlog;
  readonly admission: Admission;
  readonly share: FairShare;
  /** Whether a source sends for an exercise. */
  readonly rehearses: (source: string) => boolean;
}): Intake {
  const { spool, backlog, admission, share, rehearses } = options;
  let closed = false;

  function refusal(source?: string): AppError | undefined {
    if (closed) return ingestFail("INGEST_STOPPING", "Holdfast is stopping; send again in a moment.");
    const low = admission();
    if (low !== undefined) return ingestFail("INGEST_DISK_LOW", `Nothing is taken right now: ${low.reason}`);
    return source === undefined ? undefined : share.refusal(source);
  }

  return {
    refusal,
    append: async (given, records) => {
      // Here, since every input comes by this door; the threads that read the records do not know the sources.
      const envelope: Envelope = rehearses(given.source) ? { ...given, exercise: true } : given;
      const refused = refusal();
      if (refused !== undefined) throw refused;
      const counted = await share.admit(senderOf(envelope), records.length);
      try {
        const appended = await spool.append({ envelope, records });
        backlog.add({ envelope, count: records.length });
        return appended;
      } finally {
        counted();
      }
    },
    close: () => {
      closed = true;
    },
  };
}
