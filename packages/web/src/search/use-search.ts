/** use-search: runs a query: rows page by page, and the way to cancel it. Later pages keep the range of the
 *  first, so that "the last hour" doesn't move while someone scrolls. */
import { searchRoutes, type SearchAnswer } from "@holdfast/contracts/search";
import { keepPreviousData, useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo, useRef } from "react";
import { call } from "../app/client.ts";
import { splitPipes } from "./query-text.ts";

export interface SearchInputs {
  readonly query: string;
  readonly from: string;
  readonly to: string;
  /** Chosen columns; empty = the server's own list. */
  readonly columns: readonly string[];
  /** Grows with every run, so that the same query can be run again. */
  readonly run: number;
}

export type SearchRow = SearchAnswer["rows"][number];
interface Next {
  readonly cursor: string;
  readonly from: string;
  readonly to: string;
}

export function useSearch(inputs: SearchInputs, enabled: boolean) {
  const client = useQueryClient();
  const running = useRef<string | null>(null);
  const { query, from, to, columns, run } = inputs;
  const key = useMemo(() => ["search", query, from, to, columns, run], [query, from, to, columns, run]);
  const pages = useInfiniteQuery({
    queryKey: key,
    enabled,
    placeholderData: keepPreviousData,
    initialPageParam: null as Next | null,
    queryFn: async ({ pageParam, signal }) => {
      const id = crypto.randomUUID();
      running.current = id;
      const range = pageParam ?? { from, to };
      const body = { query: withColumns(query, columns), from: range.from, to: range.to, limit: 200, id };
      return call(
        searchRoutes.search,
        { body: pageParam === null ? body : { ...body, cursor: pageParam.cursor } },
        signal,
      );
    },
    getNextPageParam: (last): Next | undefined =>
      last.next === null ? undefined : { cursor: last.next, from: last.stats.from, to: last.stats.to },
  });
  const rows = useMemo(() => pages.data?.pages.flatMap((page) => page.rows) ?? [], [pages.data]);
  const { hasNextPage, isFetchingNextPage, isError, fetchNextPage } = pages;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage && !isError) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, isError, fetchNextPage]);
  const cancel = useCallback(() => {
    const id = running.current;
    if (id !== null) void call(searchRoutes.cancelSearch, { params: { id } }).catch(() => undefined);
    void client.cancelQueries({ queryKey: key });
  }, [client, key]);
  return { pages, first: pages.data?.pages[0], rows, more, cancel, hasMore: hasNextPage };
}

/** Chosen columns are asked for with the language's own `fields`; a query with pipes decides for itself. */
function withColumns(query: string, columns: readonly string[]): string {
  if (columns.length === 0 || splitPipes(query)[1] !== "") return query;
  return `${query} | fields ${["severity_id", ...columns.filter((name) => name !== "severity_id")].join(", ")}`;
}
