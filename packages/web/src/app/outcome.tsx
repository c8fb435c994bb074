/** outcome: turns the state of a query into the right view: skeleton, denied, error, or the data. */
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Denied, Failed, Skeleton } from "../ui/states.tsx";
import { problemOf } from "./client.ts";
import { rolesWith } from "./session.tsx";

export function Outcome<T>(props: {
  query: Pick<UseQueryResult<T>, "data" | "error" | "isPending" | "refetch">;
  /** "alerts", "this incident": what could not be read. */
  what: string;
  rows?: number;
  skeleton?: ReactNode;
  children: (data: T) => ReactNode;
}) {
  const { query } = props;
  if (query.data !== undefined) return props.children(query.data);
  if (query.error !== null)
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
      title={found.status === 404 ? `There is no such thing: ${what}` : `Could not read ${what}`}
      detail={found.detail}
      code={found.code}
      suggestion={found.suggestion}
      {...(onRetry !== undefined && { onRetry })}
    />
  );
}
