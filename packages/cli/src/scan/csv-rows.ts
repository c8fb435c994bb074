/** csv-rows: rows of a CSV with a header as JSON objects, by RFC 4180: quoted cells may hold separators, quotes and line breaks.
 *  Separators are found out from the header (comma, semicolon, tab, pipe). Names lose their spaces, as Sigma's fields have none. */

export interface CsvRow {
  readonly json: string;
  /** 1-based line on which the row begins. */
  readonly line: number;
}

export interface CsvReader {
  push(text: string): CsvRow[];
  end(): CsvRow[];
}

/** @param complain once a kind of problem, with a sentence. */
export function csvReader(complain: (message: string) => void): CsvReader {
  let names: string[] | undefined;
  let separator = ",";
  let rest = "";
  let line = 1;
  let odd = 0;

  function take(row: string, rows: CsvRow[]): void {
    const begins = line;
    line += breaksIn(row) + 1;
    const text = row.endsWith("\r") ? row.slice(0, -1) : row;
    if (text.trim() === "" || (names === undefined && text.startsWith("#"))) return;
    if (names === undefined) {
      separator = separatorOf(text);
      names = uniqueNames(cellsOf(text, separator));
      return;
    }
    const cells = cellsOf(text, separator);
    if (cells.length !== names.length && (odd += 1) === 1) {
      complain(
        `line ${begins}: the row has ${cells.length} cells where the header has ${names.length}; cells without a name are called Column<n>. Is the separator really "${separator === "\t" ? "tab" : separator}"?`,
      );
    }
    rows.push({ json: jsonOf(names, cells), line: begins });
  }

  function split(text: string, last: boolean): CsvRow[] {
    const rows: CsvRow[] = [];
    const all = rest + text;
    let from = 0;
    let at = 0;
    let quoted = false;
    for (; at < all.length; at += 1) {
      const code = all.charCodeAt(at);
      if (code === QUOTE) quoted = !quoted;
      else if (code === LF && !quoted) {
        take(all.slice(from, at), rows);
        from = at + 1;
      }
    }
    rest = all.slice(from);
    if (rest.length > LONGEST_ROW) {
      complain(
        `line ${line}: a quoted cell does not end within ${LONGEST_ROW} characters; its lines were read as rows.`,
      );
      const lines = rest.split("\n");
      rest = lines.pop() ?? "";
      for (const row of lines) take(row, rows);
    }
    if (last && rest !== "") {
      take(rest, rows);
      rest = "";
    }
    return rows;
  }

  return { push: (text) => split(text, false), end: () => split("", true) };
}

/** Whether a text begins like a CSV of events: a header of names, one of which such files always have, and a row that fits. */
export function looksLikeCsv(head: string): boolean {
  const [header, row] = head.split(/\r?\n/, 2);
  if (header === undefined || row === undefined) return false;
  const separator = separatorOf(header);
  const names = cellsOf(header, separator);
  if (names.length < 3 || !names.every((name) => /^[\p{L}_@][\p{L}\p{N}_@ ().:/-]{0,80}$/u.test(name))) return false;
  const known = names.some((name) => KNOWN.has(name.replaceAll(" ", "").toLowerCase()));
  return known && row.split(separator).length >= names.length;
}

const QUOTE = 34;
const LF = 10;
const LONGEST_ROW = 8 * 1024 * 1024;
const SEPARATORS = [",", ";", "\t", "|"] as const;
const KNOWN = new Set([
  "eventid",
  "channel",
  "timecreated",
  "timegenerated",
  "timestamp",
  "@timestamp",
  "time",
  "datetime",
  "date",
  "dateandtime",
  "eventtime",
  "eventname",
  "commandline",
  "cs-method",
  "c-ip",
]);

function separatorOf(header: string): string {
  let best: string = SEPARATORS[0];
  let most = 0;
  for (const separator of SEPARATORS) {
    const count = cellsOf(header, separator).length;
    if (count > most) {
      most = count;
      best = separator;
    }
  }
  return best;
}

function cellsOf(row: string, separator: string): string[] {
  const cells: string[] = [];
  for (let at = 0; at <= row.length; ) {
    if (row.charCodeAt(at) !== QUOTE) {
      const end = row.indexOf(separator, at);
      cells.push(row.slice(at, end < 0 ? row.length : end));
      if (end < 0) break;
      at = end + 1;
      continue;
    }
    let cell = "";
    at += 1;
    for (;;) {
      const end = row.indexOf('"', at);
      if (end < 0) {
        cell += row.slice(at);
        at = row.length;
        break;
      }
      cell += row.slice(at, end);
      at = end + 1;
      if (row.charCodeAt(at) !== QUOTE) break;
      cell += '"';
      at += 1;
    }
    const end = row.indexOf(separator, at);
    cells.push(cell + row.slice(at, end < 0 ? row.length : end));
    if (end < 0) break;
    at = end + 1;
  }
  return cells;
}

function uniqueNames(cells: readonly string[]): string[] {
  const seen = new Set<string>();
  return cells.map((cell, index) => {
    const plain = cell.replaceAll(/\s/g, "") || `Column${index + 1}`;
    const name = seen.has(plain) ? `${plain}_${index + 1}` : plain;
    seen.add(name);
    return name;
  });
}

/** Empty cells are absent: a CSV cannot say whether a field was there. */
function jsonOf(names: readonly string[], cells: readonly string[]): string {
  const parts: string[] = [];
  for (const [index, cell] of cells.entries()) {
    if (cell !== "") parts.push(`${JSON.stringify(names[index] ?? `Column${index + 1}`)}:${JSON.stringify(cell)}`);
  }
  return `{${parts.join(",")}}`;
}

function breaksIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count += 1;
  return count;
}
