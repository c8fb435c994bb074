/** query-text: what the page itself has to know about a query: where its pipes begin, how to add a term, what is being typed.
 *  Pure. Its meaning belongs to the server; this never decides whether a query is right. */

/** The part before the first pipe that stands outside quotes, and the rest with its pipe ("" when there is none). */
export function splitPipes(query: string): readonly [filter: string, pipes: string] {
  let quoted = false;
  for (let at = 0; at < query.length; at++) {
    const c = query[at];
    if (c === "\\") at++;
    else if (c === '"') quoted = !quoted;
    else if (c === "|" && !quoted) return [query.slice(0, at).trim(), query.slice(at).trim()];
  }
  return [query.trim(), ""];
}

/** Whether the query draws a metric: then it has no events, and nothing that counts them is asked. */
export const isMetric = (query: string): boolean => /^\s*metric(?:\s+["\w]|\s*$)/.test(query);

/** Adds `field:"value"` (or its exclusion) to the filter, keeping the pipes. A filter with OR is bracketed first. */
export function addTerm(query: string, term: { field: string; value: string; exclude?: boolean }): string {
  const [filter, pipes] = splitPipes(query);
  const written = `${term.exclude === true ? "NOT " : ""}${term.field}:${quoted(term.value)}`;
  const rest = pipes === "" ? "" : ` ${pipes}`;
  if (filter === "") return `${written}${rest}`;
  if (filter.includes(written)) return query;
  const left = /\bOR\b/.test(filter) ? `(${filter})` : filter;
  return `${left} ${written}${rest}`;
}

export interface Completion {
  readonly kind: "field" | "value" | "pipe" | "none";
  /** The field whose value is being typed. */
  readonly field: string;
  readonly prefix: string;
  /** What an accepted completion replaces. */
  readonly from: number;
  readonly to: number;
}

/** What is being typed at the caret. */
export function completionAt(query: string, caret: number): Completion {
  const before = query.slice(0, caret);
  const none: Completion = { kind: "none", field: "", prefix: "", from: caret, to: caret };
  const metric = /^\s*metric\s+([\w.:/-]*)$/.exec(before);
  if (metric !== null) {
    const prefix = metric[1] ?? "";
    return { kind: "value", field: "metric", prefix, from: caret - prefix.length, to: caret };
  }
  const pipe = /\|\s*([a-z]*)$/.exec(before);
  if (pipe !== null && splitPipes(before)[1] !== "") {
    const prefix = pipe[1] ?? "";
    return { kind: "pipe", field: "", prefix, from: caret - prefix.length, to: caret };
  }
  const value = /([A-Za-z_][\w.]*):("?)([^\s"()|]*)$/.exec(before);
  if (value !== null && !insideQuotes(before.slice(0, value.index))) {
    const prefix = value[3] ?? "";
    return {
      kind: "value",
      field: value[1] ?? "",
      prefix,
      from: caret - prefix.length - (value[2] ?? "").length,
      to: caret,
    };
  }
  if (insideQuotes(before)) return none;
  const word = /(?:^|[\s(,-])([A-Za-z_][\w.]*)$/.exec(before);
  if (word === null) return /(?:^|[\s(])$/.test(before) && before.trim() === "" ? { ...none, kind: "field" } : none;
  const prefix = word[1] ?? "";
  return { kind: "field", field: "", prefix, from: caret - prefix.length, to: caret };
}

/** Puts an accepted completion in place; answers the text and where the caret goes. */
export function complete(query: string, at: Completion, accepted: string): { text: string; caret: number } {
  const written =
    at.kind === "field" ? `${accepted}:` : at.kind === "value" ? `${quoted(accepted, true)} ` : `${accepted} `;
  const inPipe = at.kind === "field" && splitPipes(query.slice(0, at.from))[1] !== "";
  const put = inPipe ? accepted : written;
  return { text: query.slice(0, at.from) + put + query.slice(at.to), caret: at.from + put.length };
}

/** A value in quotes; a plain word may stand without. */
function quoted(value: string, plainWhenPossible = false): string {
  if (plainWhenPossible && /^[A-Za-z0-9_.@-]+$/.test(value)) return value;
  return `"${value.replace(/\\/g, "\\\\").replace(/"/g, '\\"')}"`;
}

function insideQuotes(text: string): boolean {
  return (text.replace(/\\./g, "").match(/"/g)?.length ?? 0) % 2 === 1;
}
