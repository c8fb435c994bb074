/** outcome: turns the state of a query into the right view: skeleton, denied, error, or the data. */
import type { ReactNode } from "react";
import { Denied, Failed, Skeleton } from "../ui/states.tsx";
import { problemOf } from "./client.ts";
import { rolesWith } from "./session.tsx";

export function Outcome<T>(props: {
  query: { readonly data: T | undefined; readonly error: unknown; readonly refetch: () => unknown };
  /** "alerts", "this incident": what could not be read. */
  what: string;
  rows?: number;
  skeleton?: ReactNode;
  children: (data: T) => ReactNode;
}) {
  const { query } = props;
  if (query.data !== undefined) return props.children(query.data);
  if (query.error !== null && query.error !== undefined)
    return <ErrorView error={query.error} what={props.what} onRetry={() => void query.refetch()} />;
  return props.skeleton ?? <Skeleton rows={props.rows ?? 8} label={`Loading ${props.what}`} />;
}

export function ErrorView({ error, what, onRetry }: { error: unknown; what: string; onRetry?: () => void }) {
  const found = problemOf(error);
  if (found.status === 403) {
    const permission = String(found.details?.["permission"] ?? found.code);
    return (
      <Denied permission={permission} roles={rolesWith(permission).length > 0 ? rolesWith(permission) : ["admin"]} />
    );
  }
  return (
    <Failed
      title={TITLES[found.code] ?? (found.status === 404 ? "Not found" : `Could not read ${what}`)}
      detail={found.detail}
      code={found.code}
      suggestion={found.suggestion}
      {...(onRetry !== undefined && { onRetry })}
    />
  );
}

/** Where the usual words would mislead. */
const TITLES: Readonly<Record<string, string>> = {
  SEARCH_QUERY_INVALID: "This query can't be run",
  SEARCH_TIME_INVALID: "This time range can't be used",
};
