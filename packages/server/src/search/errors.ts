/** errors: the codes of the search area. A query error carries the character it is about and, when known, a better spelling. */
import { errorsOf } from "../platform/errors/index.ts";

export const fail = errorsOf({
  SEARCH_QUERY_INVALID: { status: 400, retryable: false },
  SEARCH_TIME_INVALID: { status: 400, retryable: false },
  SEARCH_EVENT_UNKNOWN: { status: 404, retryable: false },
  SEARCH_TOO_MANY: { status: 429, retryable: true },
});

/** A problem in a query's text; a value, since people mistype all day. */
export interface QueryProblem {
  readonly at: number;
  readonly length: number;
  readonly message: string;
  readonly suggestion: string | null;
}

/** Thrown inside lexer, parser and compiler only; their surface returns it as a value. */
export class QueryError extends Error {
  readonly problem: QueryProblem;
  constructor(problem: QueryProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

export const queryError = (
  place: { readonly at: number; readonly length: number },
  message: string,
  suggestion: string | null = null,
): QueryError => new QueryError({ at: place.at, length: Math.max(place.length, 1), message, suggestion });

/** For what looks at events only: a chart of their number, their frequent values, the live tail, evidence. */
export const metricHasNoEvents = ({ at, length }: { readonly at: number; readonly length: number }) =>
  fail("SEARCH_QUERY_INVALID", "A metric has points and no events; run it as a search to see its chart.", {
    details: { at, length },
  });
