/** event-columns: rows of a search as columns of a table. The first two are always time and severity; the rest is what the
 *  answer has, or what was chosen. */
import type { SearchAnswer, SearchCell, SearchColumn } from "@holdfast/contracts/search";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { SeverityMark, severityOf } from "../ui/severity.tsx";
import type { Column } from "../ui/table.tsx";
import type { SearchRow } from "./use-search.ts";

export const DEFAULT_COLUMNS = ["host", "user", "class", "message"] as const;

/** One row an event; hidden columns (id, severity_id, time) are shown in their own form. */
export function eventColumns(
  columns: readonly SearchColumn[],
  chosen: readonly string[],
): readonly Column<SearchRow>[] {
  const at = new Map(columns.map((column, index) => [column.name, index]));
  const cell = (row: SearchRow, name: string): SearchCell => row[at.get(name) ?? -1] ?? null;
  const names = chosen.length > 0 ? chosen : DEFAULT_COLUMNS.filter((name) => at.has(name));
  return [
    {
      key: "time",
      title: "Time",
      width: "152px",
      render: (row) => <Clock at={String(cell(row, "time") ?? "")} form="precise" />,
    },
    {
      key: "severity_id",
      title: "Severity",
      width: "72px",
      render: (row) => <SeverityMark severity={severityOf(Number(cell(row, "severity_id") ?? 0))} />,
    },
    ...names
      .filter((name) => name !== "time" && name !== "severity_id" && name !== "id")
      .map((name) => ({
        key: name,
        title: name,
        width: WIDTHS[name] ?? "minmax(110px, 1fr)",
        ...(name === "class" && { above: 760 }),
        render: (row: SearchRow) => <CellText value={cell(row, name)} mono={name === "message" || !(name in WIDTHS)} />,
      })),
  ];
}

/** The rows of pipes: every column as it is, numbers to the right. */
export function tableColumns(answer: SearchAnswer): readonly Column<SearchRow>[] {
  return answer.columns.map((column, at) => ({
    key: `${at} ${column.name}`,
    title: column.name,
    width:
      column.type === "number"
        ? `minmax(${Math.max(90, column.name.length * 7)}px, 0.4fr)`
        : column.type === "time"
          ? "170px"
          : "minmax(140px, 1fr)",
    ...(column.type === "number" && { align: "end" as const }),
    render: (row: SearchRow) =>
      column.type === "time" ? (
        <Clock at={String(row[at] ?? "")} form="precise" />
      ) : (
        <CellText value={row[at] ?? null} mono={column.type !== "number"} />
      ),
  }));
}

export function cellText(value: SearchCell): string {
  if (value === null) return "";
  return Array.isArray(value) ? value.join(", ") : typeof value === "number" ? value.toLocaleString("en") : value;
}

const WIDTHS: Readonly<Record<string, string>> = {
  host: "minmax(90px, 0.35fr)",
  user: "minmax(90px, 0.35fr)",
  class: "minmax(90px, 0.35fr)",
  product: "90px",
  source: "minmax(90px, 0.35fr)",
  event_code: "90px",
  message: "minmax(320px, 2.4fr)",
};

function CellText({ value, mono }: { value: SearchCell; mono: boolean }) {
  const text = cellText(value);
  return text === "" ? <span className="faint">–</span> : <LogText text={text} mono={mono} />;
}
