/** fault: an error in the words of the ClickHouse HTTP interface, which the client reads by pattern:
 *  `Code: <n>. DB::Exception: <message> (<TYPE>)`. */

export interface Fault {
  readonly code: number;
  readonly status: number;
  readonly text: string;
}

export function fault(code: number, type: string, message: string): Fault {
  return { code, status: statusOf(code), text: `Code: ${code}. DB::Exception: ${message} (${type})` };
}

/** From what the binding threw; its message carries the engine's code and type. */
export function faultOf(error: unknown): Fault {
  const message = error instanceof Error ? error.message : String(error);
  const found = ENGINE_ERROR.exec(message);
  if (found?.[1] === undefined) return fault(1001, "STD_EXCEPTION", message.replace(/^Query failed: /, ""));
  const text = message.slice(found.index);
  const code = Number(found[1]);
  return { code, status: statusOf(code), text: TYPE_AT_END.test(text) ? text : `${text.trimEnd()} (UNKNOWN_TYPE)` };
}

const ENGINE_ERROR = /Code: (\d+)\. DB::(?:\w+)?Exception: /;
const TYPE_AT_END = /\([A-Z0-9_]+\)/;
const CLIENT_FAULTS = new Set([26, 27, 36, 42, 43, 46, 47, 48, 53, 60, 62, 81, 115, 117, 164, 456]);

function statusOf(code: number): number {
  if (code === 516) return 403;
  if (code === 202) return 503;
  return CLIENT_FAULTS.has(code) ? 400 : 500;
}
