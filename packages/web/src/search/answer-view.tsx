/** answer-view: what a search with pipes gives: a table, or a chart over time with its table one key away. */
import type { SearchAnswer } from "@holdfast/contracts/search";
import { useState } from "react";
import { Histogram } from "../ui/histogram.tsx";
import { LineChart } from "../ui/line-chart.tsx";
import { count } from "../ui/number.ts";
import { Panel } from "../ui/page.tsx";
import { Table } from "../ui/table.tsx";
import { timeOf } from "../ui/time.ts";
import { tableColumns } from "./event-columns.tsx";

export function AnswerView({
  answer,
  lines = false,
  onBrush,
}: {
  answer: SearchAnswer;
  /** A level or a rate is a line even when it is alone; bars are for counts. */
  lines?: boolean;
  onBrush: (from: number, to: number) => void;
}) {
  const [cursor, setCursor] = useState(0);
  const table = (
    <Table
      label="Results"
      columns={tableColumns(answer)}
      rows={answer.rows}
      rowKey={(row) => String(answer.rows.indexOf(row))}
      cursor={cursor}
      onCursor={setCursor}
      footer={`${count(answer.rows.length)} rows`}
    />
  );
  if (answer.stats.shape !== "series") return table;
  const times = answer.rows.map((row) => timeOf(String(row[0] ?? "")));
  const bucketSeconds = ((times[1] ?? 0) - (times[0] ?? 0)) / 1000;
  const names = answer.columns.slice(1).map((column) => column.name);
  return (
    <>
      <Panel>
        {names.length === 1 && !lines ? (
          <Histogram
            label={`${names[0]} over time`}
            unit={names[0] ?? ""}
            bars={answer.rows.map((row, at) => ({ at: times[at] ?? 0, total: Number(row[1] ?? 0) }))}
            bucketSeconds={bucketSeconds}
            onBrush={onBrush}
            height={180}
            accent
          />
        ) : (
          <LineChart
            label="Results over time"
            times={times}
            series={names.map((name, at) => ({ name, values: answer.rows.map((row) => asNumber(row[at + 1])) }))}
          />
        )}
      </Panel>
      {table}
    </>
  );
}

function asNumber(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value);
}
