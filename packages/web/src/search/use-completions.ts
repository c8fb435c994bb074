/** use-completions: what could stand at the caret: fields (by any of their names), values of the field, pipes. */
import { searchRoutes } from "@holdfast/contracts/search";
import { useMemo } from "react";
import { useCall } from "../app/query.ts";
import { count } from "../ui/number.ts";
import type { Completion } from "./query-text.ts";

export interface Option {
  readonly value: string;
  readonly note: string;
}

const MOST = 12;

export function useCompletions(at: Completion | null): readonly Option[] {
  const fields = useFields();
  const values = useCall(
    searchRoutes.values,
    { query: { field: at?.field ?? "", prefix: at?.prefix ?? "" } },
    { enabled: at?.kind === "value", keep: true },
  );
  return useMemo(() => {
    if (at === null) return [];
    const prefix = at.prefix.toLowerCase();
    if (at.kind === "pipe")
      return (fields?.pipes ?? [])
        .filter((pipe) => pipe.name.startsWith(prefix))
        .map((pipe) => ({ value: pipe.name, note: pipe.usage }));
    if (at.kind === "value")
      return (values.data?.items ?? [])
        .filter((item) => item.value.toLowerCase().startsWith(prefix) && item.value !== at.prefix)
        .slice(0, MOST)
        .map((item) => ({ value: item.value, note: count(item.count) }));
    return (fields?.items ?? [])
      .filter((field) => [field.name, ...field.aliases].some((name) => name.toLowerCase().startsWith(prefix)))
      .toSorted((a, b) => Number(!a.name.startsWith(prefix)) - Number(!b.name.startsWith(prefix)))
      .slice(0, MOST)
      .map((field) => ({
        value: field.name,
        note:
          field.aliases.length > 0
            ? `${field.description} (${field.aliases.slice(0, 2).join(", ")})`
            : field.description,
      }));
  }, [at, fields, values.data]);
}

/** The fields and pipes of the language; they change only with the server. */
export function useFields() {
  return useCall(searchRoutes.fields, {}).data;
}
