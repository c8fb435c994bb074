/** parse: a query's text to its tree: Lucene-style filters or a metric, then pipes (parse-filter, parse-metric, parse-pipes).
 *  A mistake is a value that points at a character and, where a fix is likely, gives the whole corrected query. */
import type { Query } from "./ast.ts";
import { cursorOver } from "./cursor.ts";
import { QueryError, type QueryProblem } from "./errors.ts";
import { parseFilter } from "./parse-filter.ts";
import { parseMetric, startsMetric } from "./parse-metric.ts";
import { parsePipe } from "./parse-pipes.ts";

export type ParseOutcome =
  | { readonly ok: true; readonly query: Query }
  | { readonly ok: false; readonly problem: QueryProblem };

export function parseQuery(source: string): ParseOutcome {
  try {
    const cursor = cursorOver(source);
    const first = cursor.peek().kind;
    const metric = startsMetric(cursor) ? parseMetric(cursor) : null;
    const filter = metric !== null || first === "end" || first === "|" ? null : parseFilter(cursor);
    const pipes = [];
    while (cursor.peek().kind !== "end") {
      cursor.expect("|", "a pipe (|) or the end of the query");
      pipes.push(parsePipe(cursor));
    }
    return { ok: true, query: { metric, filter, pipes } };
  } catch (error) {
    if (error instanceof QueryError) return { ok: false, problem: error.problem };
    throw error;
  }
}
