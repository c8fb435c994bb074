/** records: many rows as one statement parameter, for `jsonb_to_recordset`. PostgreSQL holds neither NUL nor half of a
 *  surrogate pair, and log text has both: they become U+FFFD here, whatever the caller checked. */
import { storable } from "../detect/index.ts";

export function records(rows: readonly object[]): string {
  return JSON.stringify(rows, (_key, value: unknown) => (typeof value === "string" ? storable(value) : value));
}
