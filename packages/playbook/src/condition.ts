/** condition: CACAO's comparisons of variables as CEL: `__count__:value >= 3 AND __user__ = 'root'` is `count >= 3 && user == "root"`.
 *  What is more than that (patterns over observations) is no condition over variables and has no CEL. */
const TOKEN =
  /\s*(?:(?<variable>\$?\$?__(?<name>[a-zA-Z_][a-zA-Z0-9_-]*?)__(?::value)?\$?\$?)|(?<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?<number>-?\d+(?:\.\d+)?)|(?<operator>==|!=|<>|<=|>=|=|<|>)|(?<bracket>[()[\]])|(?<word>[a-zA-Z]+))/y;
const WORDS: Readonly<Record<string, string>> = { AND: "&&", OR: "||", NOT: "!", TRUE: "true", FALSE: "false" };
const OPERATORS: Readonly<Record<string, string>> = { "=": "==", "<>": "!=" };
const BRACKETS: Readonly<Record<string, string>> = { "[": "(", "]": ")" };

export function celOf(text: string): string | undefined {
  const out: string[] = [];
  TOKEN.lastIndex = 0;
  const trimmed = text.trim();
  while (TOKEN.lastIndex < trimmed.length) {
    const groups = TOKEN.exec(trimmed)?.groups;
    const piece = groups === undefined ? undefined : pieceOf(groups);
    if (piece === undefined) return undefined;
    out.push(piece);
  }
  return out.length === 0 ? undefined : out.join(" ");
}

/** How an expression names a variable: names with a dash are no words of CEL. */
export function variableInCel(name: string): string {
  return name.includes("-") ? `vars[${JSON.stringify(name)}]` : name;
}

/** How an expression names what another playbook, or an action, gave back. */
export function outputInCel(name: string): string {
  return name.includes("-") ? `output[${JSON.stringify(name)}]` : `output.${name}`;
}

function pieceOf(groups: Readonly<Record<string, string | undefined>>): string | undefined {
  const { name, text, number, operator, bracket, word } = groups;
  if (name !== undefined) return variableInCel(name);
  if (text !== undefined) return JSON.stringify(text.slice(1, -1).replace(/\\(.)/g, "$1"));
  if (number !== undefined) return number;
  if (operator !== undefined) return OPERATORS[operator] ?? operator;
  if (bracket !== undefined) return BRACKETS[bracket] ?? bracket;
  return word === undefined ? undefined : WORDS[word.toUpperCase()];
}
