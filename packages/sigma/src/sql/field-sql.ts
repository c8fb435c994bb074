/**
 * field-sql: a rule's field in the map of an event's fields, as SQL: the same names, in the same order, along the same
 * paths as the matcher's access, and the same texts as its event view makes of a value.
 */
import type { Aliases } from "../routing/routes.ts";
import type { SqlParameters } from "./parameters.ts";

/** Above this a dotted name can be split in more ways than is worth asking. */
export const MAX_SEGMENTS = 6;

/** Where one route's rules find fields. */
export interface FieldScope {
  readonly map: string;
  readonly aliases: Aliases;
  readonly parameters: SqlParameters;
}

/** JSON text of the field's value, '' when the event does not have it. */
export function tokenColumn(field: string, { map, aliases, parameters }: FieldScope): string {
  const names = (Object.hasOwn(aliases, field) ? aliases[field] : undefined) ?? [field];
  const reads = names.flatMap((name) => [member(map, name, parameters), ...pathReads(name, map, parameters)]);
  const [only] = reads;
  if (reads.length === 1 && only !== undefined) return parameters.column(only, 0);
  return parameters.column(`coalesce(${reads.map((read) => `nullIf(${read}, '')`).join(", ")}, '')`, 0);
}

/** Array(String): the texts that a pattern is compared with. */
export function textsColumn(field: string, scope: FieldScope): string {
  const token = tokenColumn(field, scope);
  return scope.parameters.column(
    `multiIf(startsWith(${token}, '"'), [JSONExtractString(${token})], ${token} IN ('', 'null'), [], ` +
      `startsWith(${token}, '['), ${listTexts(token)}, [${scalarText(token)}])`,
    1,
  );
}

/** The same in lower case. */
export function foldedColumn(texts: string, parameters: SqlParameters): string {
  return parameters.column(`arrayMap(x -> lowerUTF8(x), ${texts})`, 2);
}

function member(map: string, name: string, parameters: SqlParameters): string {
  return `${map}[${parameters.value(name, "String")}]`;
}

/** Every way to cut a dotted name into keys, shortest first key first, as the matcher walks. */
function pathReads(name: string, map: string, parameters: SqlParameters): string[] {
  return splits(name)
    .filter((keys) => keys.length > 1)
    .map(([first = "", ...rest]) => {
      const start = `arrayFilter(t -> t != '', [${member(map, first, parameters)}])`;
      const found = rest.reduce((tokens, key) => step(tokens, parameters.value(key, "String")), start);
      return `arrayMap(w -> multiIf(empty(w), '', length(w) = 1, w[1], concat('[', arrayStringConcat(w, ','), ']')), [${found}])[1]`;
    });
}

function splits(name: string): string[][] {
  const ways: string[][] = [];
  for (let dot = name.indexOf("."); dot > 0; dot = name.indexOf(".", dot + 1)) {
    const head = name.slice(0, dot);
    for (const rest of splits(name.slice(dot + 1))) ways.push([head, ...rest]);
  }
  // Inside, the whole rest as one key is looked for before it is cut further.
  return [[name], ...ways];
}

/** From values to their member of that name; a list stands for its elements. */
function step(tokens: string, key: string): string {
  const opened = `arrayFlatten(arrayMap(t -> if(startsWith(t, '['), JSONExtractArrayRaw(t), [t]), ${tokens}))`;
  return `arrayFilter(t -> t != '', arrayMap(t -> JSONExtractRaw(t, ${key}), ${opened}))`;
}

/** Lists in lists are opened twice; what lies deeper is searched as its JSON text. */
function listTexts(token: string): string {
  const opened = (tokens: string): string =>
    `arrayFlatten(arrayMap(t -> if(startsWith(t, '['), JSONExtractArrayRaw(t), [t]), ${tokens}))`;
  const elements = `arrayFilter(t -> t != 'null', ${opened(opened(`JSONExtractArrayRaw(${token})`))})`;
  return `arrayMap(t -> if(startsWith(t, '"'), JSONExtractString(t), ${scalarText("t")}), ${elements})`;
}

/** Numbers as JavaScript writes them; integers and the words true and false are as they stand. */
function scalarText(token: string): string {
  return (
    `if(match(${token}, '^-?[0-9]*[.eE]|^-0$') AND NOT startsWith(${token}, '{'), ` +
    `replaceRegexpOne(toString(toFloat64OrZero(${token}) + 0), 'e([0-9])', 'e+\\\\1'), ${token})`
  );
}
