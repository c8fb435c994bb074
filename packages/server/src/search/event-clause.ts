/** event-clause: the PREWHERE and WHERE of a statement over events. What the text index answers goes first, with every
 *  condition on a column: left to itself the engine may read and take apart the raw text of all rows before it asks the index
 *  (a sorted list with a limit does), which is ten times slower. */
import type { Filter } from "./ast.ts";
import { compileFilter, type FilterScope } from "./compile-filter.ts";

/** @param conditions already compiled, on columns alone */
export function eventClause(conditions: readonly string[], filters: readonly Filter[], scope: FilterScope): string {
  const cuts: string[] = [];
  const compiled = filters.flatMap(conjuncts).map((filter) => compileFilter(filter, { ...scope, cuts }));
  const columns = [...conditions, ...compiled.filter((condition) => !readsRaw(condition))];
  const raw = compiled.filter(readsRaw);
  if (cuts.length === 0) return `WHERE ${[...columns, ...raw].join("\n  AND ")}`;
  const first = `PREWHERE ${[...new Set(cuts), ...columns].join("\n  AND ")}`;
  return raw.length === 0 ? first : `${first}\nWHERE ${raw.join("\n  AND ")}`;
}

const conjuncts = (filter: Filter): Filter[] => (filter.kind === "and" ? filter.parts.flatMap(conjuncts) : [filter]);

/** Values travel as parameters, so the word in the text is the column. */
const readsRaw = (condition: string): boolean => /\braw\b/.test(condition);
