/** apart: events of exercises are found and counted only by a search that asks for them: by the field `exercise`, by an exercise's own
 *  source, or by the id of one event. The mark is the source, so nothing a record says can take it off. */
import type { Filter } from "./ast.ts";
import type { Params } from "./params.ts";

/** Source -> the exercise that sends, or sent, by it. */
export type Rehearsing = ReadonlyMap<string, string>;

export interface Apart {
  /** With `exercise:` said in sources. */
  readonly filters: readonly Filter[];
  /** What keeps the others out; none where they are asked for or there are none. */
  readonly conditions: readonly string[];
}

/** The filters that stand before the first pipe that is none. */
export function keepApart(filters: readonly Filter[], rehearsing: Rehearsing, params: Params): Apart {
  const named = filters.map((filter) => inSources(filter, rehearsing));
  if (rehearsing.size === 0 || filters.some((filter) => asks(filter, rehearsing))) {
    return { filters: named, conditions: [] };
  }
  return { filters: named, conditions: [`source NOT IN ${params.add([...rehearsing.keys()], "Array(String)")}`] };
}

const NAME = "exercise";
/** Of no source: what is asked of an exercise that sent nothing. */
const NOBODY = "\u0000";

function asks(filter: Filter, rehearsing: Rehearsing): boolean {
  if (filter.kind === "not") return asks(filter.part, rehearsing);
  if (filter.kind !== "match") return filter.parts.some((part) => asks(part, rehearsing));
  const { field, value } = filter;
  if (field === null) return false;
  if (field.name === NAME || field.name === "id") return true;
  return field.name === "source" && value.kind === "text" && rehearsing.has(value.text);
}

function inSources(filter: Filter, rehearsing: Rehearsing): Filter {
  if (filter.kind === "not") return { ...filter, part: inSources(filter.part, rehearsing) };
  if (filter.kind !== "match") return { ...filter, parts: filter.parts.map((part) => inSources(part, rehearsing)) };
  const { field, value } = filter;
  if (field?.name !== NAME) return filter;
  const wanted = value.kind === "text" && value.text.toLowerCase() !== "any" ? value.text.toLowerCase() : undefined;
  const ids = [...rehearsing].flatMap(([id, exercise]) =>
    wanted === undefined || exercise.toLowerCase() === wanted ? [id] : [],
  );
  const { at, length } = filter;
  const parts = [NOBODY, ...ids].map(
    (text): Filter => ({
      ...{ at, length, kind: "match", field: { ...field, name: "source" } },
      value: { at, length, kind: "text", text, wild: false, quoted: true },
    }),
  );
  return { at, length, kind: "or", parts };
}
