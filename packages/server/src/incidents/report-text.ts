/** report-text: words of the report that both of its forms share. */
/** Control, format and direction characters as U+XXXX: a report must read as it is. */
export function visible(given: string): string {
  return given.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (sign) =>
    sign === "\n" || sign === "\t"
      ? " "
      : `[U+${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}]`,
  );
}

/** What is said where something is left out of a section; "" where nothing is. */
export function leftWords(count: number, what: string, where: string): string {
  if (count === 0) return "";
  return count === 1 ? `1 more ${what} stands ${where}.` : `${count} more ${what}s stand ${where}.`;
}

export const CUT_WORDS = "Long texts are shortened so that this is one page: they stand in full on the incident.";

export const EXERCISE_WORDS =
  "EXERCISE. This did not happen: it was rehearsed, and nothing of it was done to any system.";
