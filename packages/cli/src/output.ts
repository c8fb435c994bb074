/** output: results on stdout, everything said about them on stderr. Text from logs is made safe for a terminal: control
 *  characters are shown, so that a log line cannot move the cursor or set a title. */
import { styleText } from "node:util";

export interface Output {
  /** One JSON value on its own line of stdout. */
  json(value: unknown): void;
  /** A line of stdout. */
  line(text: string): void;
  table(columns: readonly string[], rows: readonly (readonly unknown[])[]): void;
  /** A table of what was asked for; when there is none of it, stderr says so. */
  list(what: string, columns: readonly string[], rows: readonly (readonly unknown[])[]): void;
  /** A sentence on stderr. */
  say(text: string): void;
  warn(text: string): void;
}

export function createOutput(): Output {
  const colour = process.stderr.isTTY;
  const table: Output["table"] = (columns, rows) =>
    void process.stdout.write(tableText(columns, rows, process.stdout.isTTY ? (process.stdout.columns ?? 120) : 0));
  return {
    json: (value) => void process.stdout.write(`${JSON.stringify(value)}\n`),
    line: (text) => void process.stdout.write(`${text}\n`),
    table,
    list: (what, columns, rows) => {
      table(columns, rows);
      if (rows.length === 0) process.stderr.write(`No ${what}.\n`);
    },
    say: (text) => void process.stderr.write(`${text}\n`),
    warn: (text) => void process.stderr.write(`${colour ? styleText("yellow", text) : text}\n`),
  };
}

/** @param width columns of the terminal; 0 = never cut. */
export function tableText(columns: readonly string[], rows: readonly (readonly unknown[])[], width: number): string {
  if (rows.length === 0) return "";
  const cells = rows.map((row) => row.map((value) => safeText(shown(value))));
  const widths = columns.map((name, index) =>
    Math.min(80, Math.max(name.length, ...cells.map((row) => row[index]?.length ?? 0))),
  );
  const render = (row: readonly string[]): string => {
    const text = row
      .map((cell, index) =>
        index === row.length - 1 ? cell : cut(cell, widths[index] ?? 0).padEnd(widths[index] ?? 0),
      )
      .join("  ");
    return width > 0 ? cut(text, width) : text;
  };
  return `${[render(columns), render(widths.map((n) => "-".repeat(n))), ...cells.map(render)].map((line) => line.trimEnd()).join("\n")}\n`;
}

const cut = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(width - 1, 0))}…`;

function shown(value: unknown): string {
  if (value === null || value === undefined) return "";
  return Array.isArray(value) ? value.join(", ") : typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Control, bidirectional and zero-width characters as visible marks. */
export function safeText(text: string): string {
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, (c) =>
    c === "\n" ? "⏎" : c === "\t" ? " " : `\\u{${c.codePointAt(0)?.toString(16)}}`,
  );
}
