/** output-target: where a result goes: standard output or a file, written in pieces, waiting while the other side does not read. */
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { open } from "node:fs/promises";
import type { Writable } from "node:stream";
import { UsageError } from "../connection.ts";

export interface OutputTarget {
  write(text: string): Promise<void>;
  /** Resolves when everything is written; may be called again. */
  close(): Promise<void>;
  /** Columns of the terminal that it is; 0 for everything else. */
  readonly width: number;
  readonly colour: boolean;
}

/** @param onGone the reader has left (`| head`): there is nobody to go on for. */
export async function openOutput(path: string | undefined, onGone: () => void): Promise<OutputTarget> {
  if (path === undefined || path === "-") return standardOutput(onGone);
  const handle = await open(path, "w").catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`The result cannot be written to ${path} (${reason}). Name a file in a folder that exists.`);
  });
  const stream = createWriteStream("", { fd: handle.fd, autoClose: false });
  const writer = buffered(stream, (error) => {
    throw error;
  });
  let closed = false;
  return {
    write: writer.write,
    close: async () => {
      if (closed) return;
      closed = true;
      await writer.flush();
      stream.end();
      await once(stream, "finish");
      await handle.close();
    },
    width: 0,
    colour: false,
  };
}

function standardOutput(onGone: () => void): OutputTarget {
  const stream = process.stdout;
  const writer = buffered(stream, (error) => {
    if (!("code" in error) || error.code !== "EPIPE") throw error;
    onGone();
  });
  const { write } = writer;
  return {
    // A terminal shows each row at once; a pipe takes larger pieces.
    write: stream.isTTY ? (text) => write(text).then(writer.flush) : write,
    close: writer.flush,
    width: stream.isTTY ? (stream.columns ?? 80) : 0,
    colour: stream.isTTY && stream.hasColors(),
  };
}

const PIECE = 16 * 1024;
/** What is held back is let go after so long, so that results come as they are found. */
const LINGER_MS = 200;

function buffered(
  stream: Writable,
  onError: (error: Error) => void,
): { write: (text: string) => Promise<void>; flush: () => Promise<void> } {
  let pending = "";
  let gone = false;
  let timer: NodeJS.Timeout | undefined;
  stream.on("error", (error) => {
    gone = true;
    onError(error);
  });
  const flush = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    if (pending === "" || gone) return;
    const text = pending;
    pending = "";
    if (!stream.write(text)) await taken(stream);
  };
  return {
    write: async (text) => {
      pending += text;
      if (pending.length >= PIECE) await flush();
      else timer ??= setTimeout(() => void flush(), LINGER_MS);
    },
    flush,
  };
}

/** The other side has read on, or is gone. */
function taken(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      for (const event of ["drain", "close", "error"]) stream.off(event, done);
      resolve();
    };
    for (const event of ["drain", "close", "error"]) stream.on(event, done);
  });
}
