/**
 * suppression: `# lint-disable CODE, CODE` in a rule file. On a line of its own it holds for the whole file, behind something
 * for that line; without a code for everything.
 */

export interface Suppression {
  readonly suppresses: (code: string, line: number) => boolean;
  /** Codes that are written there, with the line. */
  readonly named: readonly { readonly code: string; readonly line: number; readonly column: number }[];
}

const NOTHING: Suppression = { suppresses: () => false, named: [] };

export function readSuppression(text: string): Suppression {
  if (!text.includes("lint-disable")) return NOTHING;
  const named: { code: string; line: number; column: number }[] = [];
  const entries: { codes: readonly string[]; line: number | undefined }[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const found = /(^|\s)#\s*lint-disable\b[ \t:]*([A-Za-z0-9_]+(?:[ \t]*,[ \t]*[A-Za-z0-9_]+)*)?/.exec(line);
    if (found === null) continue;
    const codes = (found[2] ?? "")
      .split(",")
      .map((code) => code.trim().toUpperCase())
      .filter((code) => code !== "");
    entries.push({ codes, line: line.slice(0, found.index).trim() === "" ? undefined : index + 1 });
    for (const code of codes) named.push({ code, line: index + 1, column: found.index + (found[1]?.length ?? 0) + 1 });
  }
  return {
    named,
    suppresses: (code, line) =>
      entries.some(
        (entry) =>
          (entry.line === undefined || entry.line === line) && (entry.codes.length === 0 || entry.codes.includes(code)),
      ),
  };
}
