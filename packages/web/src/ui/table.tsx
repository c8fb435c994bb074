/** table: a virtualised list of rows, driven by keyboard or pointer. Only the rows in view are in the document, so 100,000
 *  scroll like 100. One row is the cursor, any number are selected; both belong to the caller. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown, ArrowUp } from "lucide-react";
import {
  memo,
  useEffect,
  useId,
  useMemo,
  useRef,
  type CSSProperties,
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
  type RefObject,
} from "react";
import { useKeys } from "./keyboard.ts";
import "./table.css";
import { useWidth } from "./width.ts";

export interface Column<R> {
  readonly key: string;
  readonly title: string;
  /** A CSS grid track: "90px", "minmax(160px, 2fr)". */
  readonly width: string;
  readonly align?: "end";
  /** Left out when the table is narrower than this: what matters less gives way first. */
  readonly above?: number;
  readonly render: (row: R) => ReactNode;
  /** Set when a click on the heading sorts. */
  readonly sort?: { readonly direction: "up" | "down" | null; readonly run: () => void };
}

export interface Selection {
  readonly has: (key: string) => boolean;
  /** `range` extends from the last one that was touched. */
  readonly toggle: (key: string, range: boolean) => void;
}

export interface TableProps<R> {
  label: string;
  columns: readonly Column<R>[];
  rows: readonly R[];
  rowKey: (row: R) => string;
  /** What a screen reader says for the row's check box. */
  rowName?: (row: R) => string;
  cursor: number;
  onCursor: (index: number) => void;
  onOpen?: ((row: R) => void) | undefined;
  /** The key of the row that is open in the drawer. */
  openKey?: string | undefined;
  selection?: Selection | undefined;
  compact?: boolean;
  /** Height of a row in pixels when it has two lines. */
  rowHeight?: number;
  onEnd?: (() => void) | undefined;
  /** Shown as the last line: "Loading more", "All 312 are shown". */
  footer?: ReactNode;
}

export function Table<R>(props: TableProps<R>) {
  const { rows, cursor, selection, openKey } = props;
  const id = useId();
  const [body, width] = useWidth<HTMLDivElement>();
  const columns = useMemo(
    () => props.columns.filter((column) => width === 0 || width >= (column.above ?? 0)),
    [props.columns, width],
  );
  const height = props.rowHeight ?? (props.compact === true ? 26 : 32);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => body.current,
    estimateSize: () => height,
    overscan: 12,
    scrollPaddingStart: 32,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  const { onEnd } = props;
  useEffect(() => {
    if (rows.length > 0 && last >= rows.length - 30) onEnd?.();
  }, [last, rows.length, onEnd]);
  useTableKeys(props, (index) => virtual.scrollToIndex(index, { align: "auto" }));
  // Rows get one object that never changes, so that a key press draws two rows anew and not forty.
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });

  const tracks = {
    "--tracks": columnTracks(columns, selection !== undefined),
    "--least": `${leastWidth(columns)}px`,
  } as CSSProperties;
  const shown = rows[cursor] !== undefined && items.some((item) => item.index === cursor);
  return (
    <div
      ref={body}
      className={props.compact === true ? "table compact" : "table"}
      role="grid"
      aria-label={props.label}
      aria-rowcount={rows.length + 1}
      aria-multiselectable={selection !== undefined || undefined}
      aria-activedescendant={shown ? `${id}-${cursor}` : undefined}
      tabIndex={0}
      style={tracks}
    >
      <div className="table-head" role="row" aria-rowindex={1}>
        {selection !== undefined && (
          <div role="columnheader" className="table-cell">
            <span className="sr-only">Selected</span>
          </div>
        )}
        {columns.map((column) => (
          <Heading key={column.key} column={column} />
        ))}
      </div>
      <div role="rowgroup" className="table-rows" style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const row = rows[item.index];
          if (row === undefined) return null;
          const key = props.rowKey(row);
          return (
            <MemoRow
              key={key}
              id={`${id}-${item.index}`}
              rowKey={key}
              row={row}
              index={item.index}
              top={item.start}
              height={height}
              columns={columns}
              cursor={item.index === cursor}
              open={openKey === key}
              selected={selection === undefined ? null : selection.has(key)}
              table={latest}
            />
          );
        })}
      </div>
      {props.footer !== undefined && (
        <div className="table-footer" role="row">
          <div role="gridcell">{props.footer}</div>
        </div>
      )}
    </div>
  );
}

interface RowProps<R> {
  readonly id: string;
  readonly rowKey: string;
  readonly row: R;
  readonly index: number;
  readonly top: number;
  readonly height: number;
  readonly columns: readonly Column<R>[];
  readonly cursor: boolean;
  readonly open: boolean;
  /** Null = rows of this table can't be selected. */
  readonly selected: boolean | null;
  readonly table: RefObject<TableProps<R>>;
}

function Row<R>(props: RowProps<R>) {
  const { row, index, rowKey: key, selected } = props;
  const classes = [
    "table-row",
    props.cursor ? "cursor" : "",
    props.open ? "open" : "",
    selected === true ? "selected" : "",
  ];
  const click = (event: MouseEvent): void => {
    if (event.target instanceof Element && event.target.closest("a,button,input,label") !== null) return;
    if ((window.getSelection()?.toString() ?? "") !== "") return;
    const table = props.table.current;
    table.onCursor(index);
    if (event.shiftKey && table.selection !== undefined) table.selection.toggle(key, true);
    else table.onOpen?.(row);
  };
  return (
    <div
      id={props.id}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected ?? props.open}
      className={classes.filter((name) => name !== "").join(" ")}
      style={{ top: props.top, height: props.height }}
      onClick={click}
    >
      {selected !== null && (
        <div role="gridcell" className="table-cell check">
          <label className="table-check">
            <input
              type="checkbox"
              tabIndex={-1}
              aria-label={`Select ${props.table.current.rowName?.(row) ?? key}`}
              checked={selected}
              onChange={() => undefined}
              onClick={(event) => {
                props.table.current.onCursor(index);
                props.table.current.selection?.toggle(key, event.shiftKey);
              }}
            />
          </label>
        </div>
      )}
      {props.columns.map((column) => (
        <div key={column.key} role="gridcell" className={column.align === "end" ? "table-cell end" : "table-cell"}>
          {column.render(row)}
        </div>
      ))}
    </div>
  );
}

/** `memo` forgets type parameters; this gives them back. */
const MemoRow = memo(Row) as <R>(props: RowProps<R>) => ReactNode;

function Heading<R>({ column }: { column: Column<R> }) {
  const { sort } = column;
  const className = column.align === "end" ? "table-cell end" : "table-cell";
  if (sort === undefined)
    return (
      <div role="columnheader" className={className}>
        {column.title}
      </div>
    );
  const direction = sort.direction === null ? "none" : sort.direction === "up" ? "ascending" : "descending";
  return (
    <div role="columnheader" className={className} aria-sort={direction}>
      <button type="button" className="table-sort" tabIndex={-1} onClick={sort.run}>
        {column.title}
        {sort.direction === "up" && <ArrowUp size={12} aria-hidden="true" />}
        {sort.direction === "down" && <ArrowDown size={12} aria-hidden="true" />}
      </button>
    </div>
  );
}

/** The same for every row: a long text must never push the columns of its own row. */
function leastWidth<R>(columns: readonly Column<R>[]): number {
  const least = columns.map((column) => Number(/(\d+)px/.exec(column.width)?.[1] ?? 0));
  return least.reduce((sum, one) => sum + one + 12, 60);
}

function columnTracks<R>(columns: readonly Column<R>[], selectable: boolean): string {
  return (selectable ? "32px " : "") + columns.map((column) => column.width).join(" ");
}

function useTableKeys<R>(props: TableProps<R>, show: (index: number) => void): void {
  const { rows, cursor } = props;
  const move = (to: number): void => {
    if (rows.length === 0) return;
    const index = Math.min(Math.max(to, 0), rows.length - 1);
    props.onCursor(index);
    show(index);
  };
  const current = rows[cursor];
  const group = "Lists";
  const next = { label: "Next row", group, run: () => move(cursor + 1) };
  const previous = { label: "Previous row", group, run: () => move(cursor - 1) };
  const select = (range: boolean) => (event: globalThis.KeyboardEvent | KeyboardEvent) => {
    event.preventDefault();
    if (current !== undefined) props.selection?.toggle(props.rowKey(current), range);
  };
  useKeys({
    j: next,
    ArrowDown: next,
    k: previous,
    ArrowUp: previous,
    PageDown: { label: "Ten rows down", group, run: () => move(cursor + 10) },
    PageUp: { label: "Ten rows up", group, run: () => move(cursor - 10) },
    Home: { label: "First row", group, run: () => move(0) },
    End: { label: "Last loaded row", group, run: () => move(rows.length - 1) },
    ...(props.onOpen !== undefined && {
      Enter: { label: "Open", group, run: () => current !== undefined && props.onOpen?.(current) },
    }),
    ...(props.selection !== undefined && {
      x: { label: "Select", group, run: select(false) },
      "shift+x": { label: "Select up to here", group, run: select(true) },
    }),
  });
}
