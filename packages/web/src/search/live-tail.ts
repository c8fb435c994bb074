/** live-tail: new matching events as they are stored. While someone reads (a row is open, or the list is held) they wait. */
import { TAIL_PATH, tailGap, tailRows, type SearchColumn } from "@holdfast/contracts/search";
import { useEffect, useState } from "react";
import { openStream, type LiveState } from "../app/live.ts";
import { splitPipes } from "./query-text.ts";
import type { SearchRow } from "./use-search.ts";

const MOST_ROWS = 2000;

export interface TailState {
  readonly columns: readonly SearchColumn[];
  readonly rows: readonly SearchRow[];
  readonly waiting: readonly SearchRow[];
  readonly dropped: number;
  readonly state: LiveState;
}

const START: TailState = { columns: [], rows: [], waiting: [], dropped: 0, state: "connecting" };

export function useLiveTail(query: string, on: boolean, held: boolean): readonly [TailState, () => void] {
  const [tail, setTail] = useState(START);
  const [filter] = splitPipes(query);
  useEffect(() => {
    if (!on) return;
    setTail(START);
    return openStream(`${TAIL_PATH}?${new URLSearchParams({ query: filter })}`, {
      state: (state) => setTail((before) => ({ ...before, state })),
      events: {
        rows: (data) => {
          const parsed = tailRows.safeParse(data);
          if (!parsed.success) return;
          const { columns, rows } = parsed.data;
          setTail((before) => ({
            ...before,
            columns,
            waiting: newestFirst(rows, columns).concat(before.waiting).slice(0, MOST_ROWS),
          }));
        },
        gap: (data) => {
          const parsed = tailGap.safeParse(data);
          if (parsed.success) setTail((before) => ({ ...before, dropped: before.dropped + parsed.data.dropped }));
        },
      },
    });
  }, [filter, on]);
  const show = (): void =>
    setTail((before) => ({ ...before, rows: before.waiting.concat(before.rows).slice(0, MOST_ROWS), waiting: [] }));
  useEffect(() => {
    if (!held && tail.waiting.length > 0) show();
  }, [held, tail.waiting]);
  return [tail, show];
}

function newestFirst(rows: readonly SearchRow[], columns: readonly SearchColumn[]): SearchRow[] {
  const time = columns.findIndex((column) => column.name === "time");
  return rows.toSorted((a, b) => String(b[time] ?? "").localeCompare(String(a[time] ?? "")));
}
