/** read-file: an estate file's text to its checked content. Problems carry the line in the file, and all of them are told at once. */
import { type EstateFile, estateFile } from "@holdfast/contracts/estate-file";
import { isCollection, isPair, LineCounter, type Node, parseDocument } from "yaml";

export interface FileProblem {
  readonly line: number | null;
  readonly at: string;
  readonly message: string;
}

export type ReadOutcome =
  | { readonly ok: true; readonly file: EstateFile }
  | { readonly ok: false; readonly problems: readonly FileProblem[] };

const MAX_PROBLEMS = 100;

export function readEstateFile(text: string): ReadOutcome {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  if (document.errors.length > 0) {
    return {
      ok: false,
      problems: document.errors.slice(0, MAX_PROBLEMS).map((error) => ({
        line: lines.linePos(error.pos[0]).line,
        at: "/",
        message: error.message.split("\n")[0] ?? error.message,
      })),
    };
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    return { ok: false, problems: [{ line: null, at: "/", message: `The file cannot be read: ${String(error)}` }] };
  }
  const checked = estateFile.safeParse(value ?? {});
  if (checked.success) return { ok: true, file: checked.data };
  const problems = checked.error.issues.slice(0, MAX_PROBLEMS).map((issue) => ({
    line: lineOf(document.contents, issue.path, lines),
    at: `/${issue.path.map(String).join("/")}`,
    message: issue.message,
  }));
  return { ok: false, problems };
}

/** The line of the deepest node on the path that exists. */
function lineOf(root: Node | null, path: readonly PropertyKey[], lines: LineCounter): number | null {
  let node: unknown = root;
  let offset: number | undefined;
  for (const key of path) {
    if (!isCollection(node)) break;
    const next: unknown = node.get(typeof key === "symbol" ? String(key) : key, true);
    const pair = node.items.find((item) => isPair(item) && String(item.key) === String(key));
    const place = rangeStart(isPair(pair) ? pair.key : next);
    if (place !== undefined) offset = place;
    if (next === undefined || next === null) break;
    node = next;
  }
  return offset === undefined ? null : lines.linePos(offset).line;
}

function rangeStart(node: unknown): number | undefined {
  if (typeof node !== "object" || node === null || !("range" in node)) return undefined;
  const { range } = node;
  return Array.isArray(range) && typeof range[0] === "number" ? range[0] : undefined;
}
