/** log: structured lines with a fixed sentence and fields. A child logger per part names where a line came from. */
import { pino } from "pino";
import type { Logger as Pino } from "pino";

export interface Log {
  debug(fields: object, sentence: string): void;
  info(fields: object, sentence: string): void;
  warn(fields: object, sentence: string): void;
  error(fields: object, sentence: string): void;
  child(part: string): Log;
}

/** Writes JSON lines to stderr (synchronously, so that the last line before a crash is not lost). */
export function createLog(level: "debug" | "info" | "warn" | "error" | "silent"): Log {
  return wrap(
    pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination({ fd: 2, sync: true })),
  );
}

export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLog,
};

function wrap(logger: Pino): Log {
  return {
    debug: (fields, sentence) => logger.debug(fields, sentence),
    info: (fields, sentence) => logger.info(fields, sentence),
    warn: (fields, sentence) => logger.warn(fields, sentence),
    error: (fields, sentence) => logger.error(fields, sentence),
    child: (part) => wrap(logger.child({ part })),
  };
}
