/** check-docs: finds in Markdown text what must exist elsewhere: links, npm scripts, commands of `holdfast` and their options.
 *  Pure: the caller says what exists, so that a test can plant every mistake. */

export interface Link {
  readonly line: number;
  /** Relative path; "" for the document itself. */
  readonly target: string;
  readonly heading: string;
}

export interface CommandHelp {
  readonly options: ReadonlySet<string>;
  readonly commands: ReadonlySet<string>;
}

/** Links into the repository; addresses elsewhere are left alone. */
export function linksOf(text: string): Link[] {
  return withoutFences(text)
    .split("\n")
    .flatMap((line, index) =>
      [...line.replaceAll(/`[^`]*`/g, "").matchAll(/\]\(([^()\s]+)\)/g)]
        .map((found) => found[1] ?? "")
        .filter((address) => !/^[a-z]+:/.test(address))
        .map((address) => {
          const [target = "", heading = ""] = address.split("#");
          return { line: index + 1, target, heading };
        }),
    );
}

/** Anchors that a Markdown page gets from its headings. */
export function headingsOf(text: string): Set<string> {
  return new Set(
    [...withoutFences(text).matchAll(/^#+ +(.+)$/gm)].map((found) =>
      (found[1] ?? "")
        .trim()
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}

export function npmRunsOf(text: string): string[] {
  return codeOf(text).flatMap((code) =>
    [...code.matchAll(/npm run (?:-s )?([a-z][a-z:-]*)/g)].map((found) => found[1] ?? ""),
  );
}

/** Lines of blocks that are marked as `query`. */
export function queriesOf(text: string): string[] {
  return [...text.matchAll(/^```query\n([\s\S]*?)^```/gm)].flatMap((found) =>
    (found[1] ?? "").split("\n").filter((line) => line !== ""),
  );
}

/** One sentence per command or option that is not there. */
export function commandProblems(text: string, helpOf: (command: string) => CommandHelp): string[] {
  return codeOf(text)
    .flatMap((code) => code.replaceAll("\\\n", " ").split("\n"))
    .flatMap((line) => [...line.matchAll(/(?:^|[\s|;&])(?:npm run -s holdfast --|holdfast) +([^#|]*)/g)])
    .flatMap((found) => problemsOf(wordsOf(found[1] ?? ""), helpOf));
}

/** Options that stand before the command, with their value. */
const GLOBAL = new Set(["--home", "--config", "--url", "--token"]);

function problemsOf(words: readonly string[], helpOf: (command: string) => CommandHelp): string[] {
  const rest = [...words];
  while (GLOBAL.has(rest[0] ?? "")) rest.splice(0, 2);
  const [command] = rest;
  if (command === undefined || !/^[a-z-]+$/.test(command)) return [];
  if (!helpOf("").commands.has(command)) return [`there is no command "${command}"`];
  rest.shift();
  const sub = helpOf(command).commands.has(rest[0] ?? "") ? `${command} ${rest.shift() ?? ""}` : command;
  return rest
    .filter((word) => /^--?[a-z]/.test(word))
    .map((word) => word.split("=")[0] ?? word)
    .filter((option) => !helpOf(sub).options.has(option) && !GLOBAL.has(option))
    .map((option) => `"${sub}" has no option ${option}`);
}

/** As a shell splits them, near enough: quoted words are values. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/'[^']*'|"[^"]*"|[^\s'"]+/g)].map(([word]) => word);
}

/** What stands in code: fenced blocks and spans between backticks. */
function codeOf(text: string): string[] {
  const fenced = [...text.matchAll(/^ *```[a-z]*\n([\s\S]*?)^ *```/gm)].map((found) => found[1] ?? "");
  const spans = [...withoutFences(text).matchAll(/`([^`\n]+)`/g)].map((found) => found[1] ?? "");
  return [...fenced, ...spans];
}

const withoutFences = (text: string): string =>
  text.replaceAll(/^ *```[\s\S]*?^ *```/gm, (block) => "\n".repeat(block.split("\n").length - 1));
