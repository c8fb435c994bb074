/** check-sources: invariants that read the text of the files: length, header, names, suppressions, machine paths.
 *  Pure, so that its test can plant every violation and see it found. */

export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

const MAX_LINES = 500;
const CODE = /\.(ts|tsx|css|mjs|cjs)$/;
const GENERATED = /\.gen\.ts$|^package-lock\.json$/;
const FORBIDDEN_NAMES = /(^|\/)((utils?|helpers?|common|misc|managers?|shared)(\/|\.(ts|tsx)$)|service\.ts$)/i;
// Written in pieces so that this file does not find itself.
const SUPPRESSIONS = new RegExp(
  [
    "eslint-" + "disable",
    "@ts-" + "ignore",
    "@ts-" + "expect-error",
    "@ts-" + "nocheck",
    "biome-" + "ignore",
    "as " + "any\\b(?! [a-z])",
  ].join("|"),
);
const UNFINISHED = new RegExp("\\b(TO" + "DO|FIX" + "ME|XX" + "X|HA" + "CK)\\b");
const MACHINE_PATHS = new RegExp("(^|[^a-zA-Z0-9_.])/(" + ["wo" + "rk", "fa" + "rm", "tmp/brief"].join("|") + ")/");

/** One line per violation: `path:line: what is wrong and what to do`. */
export function checkSources(files: readonly SourceFile[]): string[] {
  return files
    .filter((file) => !GENERATED.test(file.path))
    .flatMap((file) => [...namesOf(file), ...(CODE.test(file.path) ? codeOf(file) : []), ...textOf(file)]);
}

function namesOf({ path }: SourceFile): string[] {
  return FORBIDDEN_NAMES.test(path)
    ? [`${path}:1: this name explains nothing; name the file after the thing it holds.`]
    : [];
}

function codeOf({ path, text }: SourceFile): string[] {
  const found: string[] = [];
  const lines = text.split("\n");
  if (lines.length - 1 > MAX_LINES)
    found.push(`${path}:${MAX_LINES}: ${lines.length - 1} lines; the limit is ${MAX_LINES}. Split by noun.`);
  if (path.endsWith(".css")) return found;
  const first = lines.find((line) => line.trim() !== "" && !line.startsWith("#!")) ?? "";
  if (!/^(\/\*\*?|\/\/) ?\S/.test(first))
    found.push(`${path}:1: no header; open with 1-6 lines that say what it does, what it promises and why.`);
  lines.forEach((line, index) => {
    if (SUPPRESSIONS.test(line))
      found.push(`${path}:${index + 1}: a suppression; the ratchet stands at 0. Mend the cause.`);
    if (UNFINISHED.test(line))
      found.push(`${path}:${index + 1}: a mark of unfinished work; finish it or file an issue.`);
  });
  return found;
}

function textOf({ path, text }: SourceFile): string[] {
  return text
    .split("\n")
    .flatMap((line, index) =>
      line.length < 5000 && MACHINE_PATHS.test(line) ? [`${path}:${index + 1}: a path of one machine.`] : [],
    );
}
