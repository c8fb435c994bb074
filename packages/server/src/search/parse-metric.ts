/** parse-metric: `metric <name> [label:value …] [calculation] [by label, …] [span=5m] [limit=10]`, the head of a query over metrics. The
 *  parts behind the name may stand in any order; what each calculation says stands in METRIC_CALLS, which help and errors read. */
import type { Filter, MetricCall, MetricClause } from "./ast.ts";
import { type Cursor, unexpected } from "./cursor.ts";
import { queryError } from "./errors.ts";
import { nearest } from "../platform/spelling/index.ts";
import { parseFilter } from "./parse-filter.ts";
import { fieldName, keyword, list, spanOf, wholeNumber } from "./parse-pipes.ts";

export const METRIC_CALLS: readonly { readonly name: MetricCall; readonly description: string }[] = [
  { name: "rate", description: "what was added per second; a counter that begins anew is seen" },
  { name: "increase", description: "what was added" },
  { name: "avg", description: "the mean; of a histogram the mean of what was observed" },
  { name: "min", description: "the smallest value" },
  { name: "max", description: "the largest value" },
  { name: "sum", description: "the sum over all series" },
  { name: "last", description: "the newest value" },
  { name: "count", description: "how many series there are" },
  { name: "p", description: "p50 … p99: a quantile, of a histogram from its buckets" },
];

/** True when the query asks for a metric: the word, and a name behind it. */
export function startsMetric(cursor: Cursor): boolean {
  const [first, second] = [cursor.peek(), cursor.peekSecond()];
  return (
    first.kind === "word" &&
    first.text === "metric" &&
    (second.kind === "end" ||
      second.kind === "|" ||
      ((second.kind === "word" || second.kind === "phrase") && second.spaced))
  );
}

export function parseMetric(cursor: Cursor): MetricClause {
  const start = cursor.next();
  const name = cursor.peek();
  if ((name.kind !== "word" && name.kind !== "phrase") || name.wild)
    throw unexpected(cursor, "the name of a metric, as in metric http_requests_total");
  cursor.next();
  const filters: Filter[] = [];
  let call: Pick<MetricClause, "call" | "percentile"> = { call: null, percentile: 0 };
  let by: MetricClause["by"] = [];
  let [spanSeconds, limit]: [number | null, number] = [null, MOST_SERIES];
  for (let token = cursor.peek(); token.kind !== "end" && token.kind !== "|"; token = cursor.peek()) {
    const word = token.kind === "word" && cursor.peekSecond().kind !== ":" ? token.text : "";
    const made = callNamed(word);
    if (made !== undefined) {
      cursor.next();
      call = made;
    } else if (keyword(cursor, "by")) by = list(cursor, () => fieldName(cursor));
    else if (word === "span" || word === "limit") {
      cursor.next();
      cursor.expect("=", `= after ${word}`);
      const value = cursor.expect("word", `a value for ${word}`);
      if (word === "span") spanSeconds = spanOf(value.text, value.at);
      else limit = wholeNumber(value.text, value.at);
    } else filters.push(demandLabels(cursor, parseFilter(cursor, RESERVED)));
  }
  const end = cursor.peek();
  const [first] = filters;
  return {
    name: { name: name.text, at: name.at, length: name.length },
    filter:
      first === undefined
        ? null
        : filters.length === 1
          ? first
          : { kind: "and", parts: filters, at: first.at, length: first.length },
    ...call,
    by,
    spanSeconds,
    limit,
    at: start.at,
    length: Math.max(end.at - start.at, start.length),
  };
}

const MOST_SERIES = 20;
const CALL_NAMES = METRIC_CALLS.map(({ name }) => name).filter((name) => name !== "p");

/** Words that end a filter. */
const RESERVED = (word: string): boolean =>
  ["by", "BY", "span", "limit"].includes(word) || callNamed(word) !== undefined;

function callNamed(word: string): Pick<MetricClause, "call" | "percentile"> | undefined {
  const lower = word.toLowerCase();
  const percentile = lower === "median" ? 50 : Number(/^p(\d{1,2}(?:\.\d+)?)$/.exec(lower)?.[1] ?? Number.NaN);
  if (!Number.isNaN(percentile)) return { call: "p", percentile };
  const found = CALL_NAMES.find((name) => name === lower);
  return found === undefined ? undefined : { call: found, percentile: 0 };
}

/** A metric has labels and no text: a bare word is most likely a calculation that was mistyped. */
function demandLabels(cursor: Cursor, filter: Filter): Filter {
  if (filter.kind === "not") demandLabels(cursor, filter.part);
  else if (filter.kind !== "match") for (const part of filter.parts) demandLabels(cursor, part);
  else if (filter.field === null) {
    const typed = cursor.source.slice(filter.at, filter.at + filter.length);
    const near = nearest(typed.toLowerCase(), CALL_NAMES);
    const fix =
      near === null
        ? null
        : `${cursor.source.slice(0, filter.at)}${near}${cursor.source.slice(filter.at + filter.length)}`;
    throw queryError(
      filter,
      `"${typed}" is neither label:value nor a calculation. Calculations: ${CALL_NAMES.join(", ")}, p50 … p99.`,
      fix,
    );
  }
  return filter;
}
