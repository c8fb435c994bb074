/** query: routes as cached data. `useCall` for one answer, `usePages` for a list that is read page by page. */
import {
  keepPreviousData,
  useInfiniteQuery,
  useQuery,
  useQueryClient,
  type UseQueryResult,
} from "@tanstack/react-query";
import type { Output, Route } from "@holdfast/contracts";
import { useCallback, useMemo } from "react";
import { call, type Given } from "./client.ts";

export interface CallOptions {
  readonly enabled?: boolean;
  /** Show the former answer while a new one is read: for ranges and filters. */
  readonly keep?: boolean;
  readonly everyMs?: number;
  /** A number that grows when the same question shall be asked anew. */
  readonly run?: number;
}

export function keyOf<T extends Route>(route: T, input: Given<T>): readonly unknown[] {
  return [route.path, input];
}

export function useCall<T extends Route>(
  route: T,
  input: Given<T>,
  options: CallOptions = {},
): UseQueryResult<Output<T>> {
  return useQuery<Output<T>>({
    queryKey: [...keyOf(route, input), options.run ?? 0],
    queryFn: ({ signal }) => call(route, input, signal),
    enabled: options.enabled ?? true,
    ...(options.keep === true && { placeholderData: keepPreviousData }),
    ...(options.everyMs !== undefined && { refetchInterval: options.everyMs }),
  });
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
  readonly total?: number | undefined;
}

/** Reads a list page by page; `patch` changes rows where they stand, without moving any. */
export function usePages<P extends Page<unknown>>(
  key: readonly unknown[],
  read: (cursor: string | undefined, signal: AbortSignal) => Promise<P>,
  options: { readonly enabled?: boolean; readonly everyMs?: number } = {},
) {
  type Item = P["items"][number];
  const client = useQueryClient();
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => read(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: P) => last.next ?? undefined,
    enabled: options.enabled ?? true,
    ...(options.everyMs !== undefined && { refetchInterval: options.everyMs }),
  });
  const rows = useMemo(() => query.data?.pages.flatMap((page): readonly Item[] => page.items) ?? [], [query.data]);
  const { hasNextPage, isFetchingNextPage, isError, fetchNextPage } = query;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage && !isError) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, isError, fetchNextPage]);
  /** Asked for by hand: also after the next page could not be read. */
  const moreByHand = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const patch = useCallback(
    (change: (item: Item) => Item) => {
      client.setQueryData<typeof query.data>(key, (old) =>
        old === undefined
          ? old
          : { ...old, pages: old.pages.map((page) => ({ ...page, items: page.items.map(change) })) },
      );
    },
    [client, key],
  );
  /** Back to one page, read anew. */
  const renew = useCallback(() => client.resetQueries({ queryKey: key }), [client, key]);
  return { query, rows, first: query.data?.pages[0], more, moreByHand, patch, renew, hasMore: hasNextPage };
}
