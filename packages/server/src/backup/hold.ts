/** hold: a restored Holdfast knows nothing of what happened after its backup: runs would act again, pages would call people about what
 *  is over, a second copy would take records from queues. So whatever acts outward waits for a person, across restarts, by a file in the
 *  home; reading, searching and ingest do not wait. */
import { readFileSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { isGone } from "../platform/disk/index.ts";

export interface Mark {
  readonly takenAt: string;
  readonly restoredAt: string;
}

export interface Hold {
  /** Nothing may act outward. */
  held(): boolean;
  mark(): Mark | null;
  /** Runs it now, or when a person says so; in the order of the calls. */
  whenFree(start: () => Promise<void> | void): Promise<void>;
  /** Lets everything go that waits. */
  release(): Promise<void>;
}

export function createHold(file: string): Hold {
  let mark = readMark(file);
  const waiting: (() => Promise<void> | void)[] = [];
  return {
    held: () => mark !== null,
    mark: () => mark,
    async whenFree(start) {
      if (mark === null) await start();
      else waiting.push(start);
    },
    async release() {
      await rm(file, { force: true });
      mark = null;
      for (const start of waiting.splice(0)) await start();
    },
  };
}

/** On disk when it resolves. */
export async function writeMark(file: string, mark: Mark): Promise<void> {
  const handle = await open(`${file}.draft`, "w", 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(mark)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${file}.draft`, file);
}

/** A damaged one holds too. */
function readMark(file: string): Mark | null {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (isGone(error)) return null;
    text = "";
  }
  try {
    const value = JSON.parse(text) as Partial<Mark>;
    if (typeof value.takenAt === "string" && typeof value.restoredAt === "string")
      return { takenAt: value.takenAt, restoredAt: value.restoredAt };
  } catch {
    // The times are lost, not the meaning.
  }
  return { takenAt: UNKNOWN, restoredAt: UNKNOWN };
}

const UNKNOWN = new Date(0).toISOString();
