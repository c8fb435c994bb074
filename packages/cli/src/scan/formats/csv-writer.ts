/** csv-writer: matches as CSV with a header. A cell that a spreadsheet would take for a formula gets an apostrophe in front:
 *  text from logs is hostile. */
import { cellOf, type Profile } from "../profile.ts";
import type { ResultWriter, Write } from "./writer.ts";

export function csvWriter(write: Write, profile: Profile): ResultWriter {
  let begun = false;
  const begin = async (): Promise<void> => {
    if (begun) return;
    begun = true;
    await write(`${profile.file.map(csvCell).join(",")}\r\n`);
  };
  return {
    match: async (match) => {
      await begin();
      await write(`${profile.file.map((column) => csvCell(cellOf(match, column))).join(",")}\r\n`);
    },
    end: begin,
  };
}

function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n;]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
