/** cursor: the place in a sorted list as an opaque word. It holds the sort values of the last row, so a page stays where it
 *  is while rows come and go. */
import { fail } from "./errors.ts";

export type CursorValues = readonly (string | number)[];

export function writeCursor(values: CursorValues): string {
  return Buffer.from(JSON.stringify(values)).toString("base64url");
}

/** @param shape "n" for a number, "s" for text, one letter per value */
export function readCursor(cursor: string, shape: string): CursorValues {
  const values = parse(cursor);
  const fits =
    values.length === shape.length &&
    values.every((value, index) => (shape[index] === "n" ? Number.isSafeInteger(value) : typeof value === "string"));
  if (!fits) {
    throw fail(
      "TRIAGE_CURSOR_INVALID",
      `The cursor "${cursor.slice(0, 60)}" does not belong to this list: ask for its first page without a cursor.`,
    );
  }
  return values as CursorValues;
}

function parse(cursor: string): unknown[] {
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    return Array.isArray(values) ? values : [];
  } catch {
    return [];
  }
}
