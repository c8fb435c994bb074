/** placeholder-lists: a YAML or JSON text with the values of `%placeholders%`, a list a name (pySigma's `vars:` too), to checked
 *  lists. One wrong list is one problem with its place; the others stand. */
import type { RuleFile, RuleProblem } from "../rule.ts";
import { isRecord, type Path } from "../load/detection-reader.ts";
import { positionIn, readDocuments } from "../load/documents.ts";

export interface PlaceholderLists {
  /** Name, without percent signs -> its values. */
  readonly lists: Readonly<Record<string, readonly string[]>>;
  readonly problems: readonly RuleProblem[];
}

export function readPlaceholderLists(file: RuleFile): PlaceholderLists {
  const { documents, problems } = readDocuments(file);
  const raw = documents[0]?.value;
  const problem = (path: Path, place: string): RuleProblem => ({
    path: file.path,
    ...positionIn({ ...file, before: 0 }, path),
    code: "PLACEHOLDERS_INVALID",
    message: `${place} is no list: write a name and its values, like "admins: [alice, bob]"`,
  });
  if (problems.length > 0) return { lists: {}, problems };
  const inVars = isRecord(raw) && isRecord(raw["vars"]);
  const named = inVars ? raw["vars"] : raw;
  if (!isRecord(named)) return { lists: {}, problems: [problem([], "this file")] };
  const found: RuleProblem[] = [];
  const lists: [string, string[]][] = [];
  for (const [name, list] of Object.entries(named)) {
    const values: unknown[] = Array.isArray(list) ? list : [list];
    if (values.every(isPlain)) lists.push([name.replaceAll("%", ""), values.map(String)]);
    else found.push(problem(inVars ? ["vars", name] : [name], `"${name}"`));
  }
  return { lists: Object.fromEntries(lists), problems: found };
}

const isPlain = (value: unknown): boolean => ["string", "number", "bigint"].includes(typeof value);
