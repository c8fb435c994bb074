/** records: many rows as one statement parameter, for `jsonb_to_recordset`. PostgreSQL holds neither NUL nor half of a
 *  surrogate pair, and log text has both: they become U+FFFD here, whatever the caller checked. */

export function records(rows: readonly object[]): string {
  return JSON.stringify(rows, (_key, value: unknown) => (typeof value === "string" ? storable(value) : value));
}

export function storable(text: string): string {
  return UNSTORABLE.test(text) ? text.replaceAll(UNSTORABLE_RUN, "\ufffd") : text;
}

/** NUL, and surrogates that do not stand in a pair (the u flag keeps pairs together). */
const UNSTORABLE = /[\u0000\ud800-\udfff]/;
const UNSTORABLE_RUN = /[\u0000\ud800-\udfff]/gu;
