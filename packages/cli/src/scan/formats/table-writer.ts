/** table-writer: matches as aligned rows while they come, then what they add up to: by rule, host and tactic, over time, and what
 *  could not be read. Made for people; programs read ndjson. */
import type { Level } from "@holdfast/sigma";
import { cellOf, type Profile } from "../profile.ts";
import type { ScanMatch } from "../scan-match.ts";
import { summaryText } from "./summary-text.ts";
import { cutTo, fitted, painter, type Screen, SHORT_LEVELS } from "./terminal.ts";
import type { ResultWriter, Write } from "./writer.ts";

export interface TableOptions {
  readonly write: Write;
  readonly profile: Profile;
  readonly screen: Screen;
  /** Only what the matches add up to. */
  readonly summaryOnly: boolean;
  readonly timeline: boolean;
}

export function tableWriter({ write, profile, screen, summaryOnly, timeline }: TableOptions): ResultWriter {
  const paint = painter(screen);
  const columns = layout(profile.table, screen.width);
  let begun = false;
  const begin = async (): Promise<void> => {
    if (begun) return;
    begun = true;
    const head = columns.map(({ name, width }) => fitted(TITLES[name] ?? name, width));
    await write(`${paint("faint", head.join("  ").trimEnd())}\n`);
  };
  return {
    match: async (match) => {
      if (summaryOnly) return;
      await begin();
      await write(`${rowOf(match, columns, paint)}\n`);
    },
    end: async (outcome) => {
      await write(`${begun ? "\n" : ""}${summaryText(outcome, { screen, timeline })}`);
    },
  };
}

interface Column {
  readonly name: string;
  /** Infinity: the rest of the line, never cut. */
  readonly width: number;
}

const TITLES: Readonly<Record<string, string>> = {
  time: "time (UTC)",
  rule_title: "rule",
  rule_id: "rule id",
  event_id: "event",
  rule_file: "rule file",
};
const WIDTHS: Readonly<Record<string, number>> = {
  time: 19,
  level: 8,
  host: 18,
  user: 14,
  rule_title: 44,
  channel: 20,
  event_id: 6,
  record: 8,
  rule_id: 36,
  status: 12,
  file: 40,
};
const OTHER_WIDTH = 24;
const LEAST = 12;

/** The last column takes what is left; on a narrow terminal columns shrink, and the last ones go. */
function layout(names: readonly string[], width: number): Column[] {
  const columns = names.map((name) => ({ name, width: WIDTHS[name] ?? OTHER_WIDTH }));
  const last = columns.at(-1);
  if (last === undefined) return [];
  if (width === 0) {
    last.width = Infinity;
    return columns;
  }
  const used = (): number => columns.reduce((sum, column) => sum + column.width + 2, -2);
  while (columns.length > 3 && used() - (columns.at(-1)?.width ?? 0) + LEAST > width) columns.pop();
  for (const name of ["rule_title", "host", "file", "channel"]) {
    const column = columns.find((candidate) => candidate.name === name);
    const over = used() - width;
    if (column !== undefined && over > 0) column.width = Math.max(LEAST, column.width - over);
  }
  // On a very narrow one, what happened is worth more than when.
  for (const name of ["time", "host"]) {
    const at = columns.findIndex((column) => column.name === name);
    if (at >= 0 && columns.length > 1 && used() > width) columns.splice(at, 1);
  }
  const end = columns.at(-1);
  if (end !== undefined) end.width = Math.max(4, end.width + width - used());
  return columns;
}

function rowOf(match: ScanMatch, columns: readonly Column[], paint: ReturnType<typeof painter>): string {
  const cells = columns.map(({ name, width }) => {
    const text = tableCell(match, name);
    const cell = fitted(text, width);
    if (name === "level") return paint(match.rule.level, cell);
    return name === "details" || name === "file" ? paint("faint", cell) : cell;
  });
  return cells.join("  ").trimEnd();
}

function tableCell(match: ScanMatch, name: string): string {
  if (name === "time") return cellOf(match, name).slice(0, 19).replace("T", " ");
  if (name === "level") return levelCell(match.rule.level);
  return cellOf(match, name);
}

const levelCell = (level: Level): string => cutTo(SHORT_LEVELS[level], 8);
