/** templates: log lines that differ only in their values, found to be one shape (after Drain: a tree by length and first words, then the
 *  likest cluster). Bounded in shapes and in words of a line. Pure. */

export interface Shape {
  /** Words; VARIABLE where they differ. */
  readonly words: string[];
  /** Of the first such line what was compared, and the record that it stands in. */
  readonly text: string;
  readonly example: string;
  records: number;
}

export const VARIABLE = "<*>";

/** Most frequent first. `text` is what is compared, `example` the whole record that it stands in. */
export function shapesOf(lines: Iterable<{ readonly text: string; readonly example: string }>): Shape[] {
  const leaves = new Map<string, Shape[]>();
  let count = 0;
  for (const { text, example } of lines) {
    const words = wordsOf(text);
    const key = `${words.length} ${words.slice(0, DEPTH).map(steady).join(" ")}`;
    let shapes = leaves.get(key);
    if (shapes === undefined) leaves.set(key, (shapes = []));
    const like = likest(shapes, words);
    if (like !== undefined) {
      merge(like, words);
      like.records += 1;
    } else if (count < MOST_SHAPES) {
      count += 1;
      shapes.push({ words: words.map((word) => (isValue(word) ? VARIABLE : word)), text, example, records: 1 });
    } else {
      // No place for another shape: the first of its leaf stands for it, or it is of the rest.
      const [other] = shapes;
      if (other !== undefined) other.records += 1;
    }
  }
  return [...leaves.values()].flat().sort((a, b) => b.records - a.records);
}

const DEPTH = 2;
const MOST_WORDS = 60;
const MOST_SHAPES = 500;
const MOST_CHARACTERS = 2_000;
const ALIKE = 0.5;

function wordsOf(line: string): string[] {
  const words = line.slice(0, MOST_CHARACTERS).trim().split(/\s+/);
  return words.length <= MOST_WORDS ? words : [...words.slice(0, MOST_WORDS - 1), VARIABLE];
}

/** The words by which the tree branches: values would give each line a branch of its own. */
const steady = (word: string): string => (isValue(word) ? VARIABLE : word);

/** Has a digit, or is quoted: it is likely to be another one in the next line. */
const isValue = (word: string): boolean => word === VARIABLE || /\d/.test(word) || /^["'].*["'],?$/.test(word);

/** By the words that are no values: that two lines have numbers in the same places says little. */
function likest(shapes: readonly Shape[], words: readonly string[]): Shape | undefined {
  const steady = words.filter((word) => !isValue(word)).length;
  let best: Shape | undefined;
  let most = -1;
  for (const shape of shapes) {
    let same = 0;
    for (const [at, word] of words.entries()) if (shape.words[at] === word && !isValue(word)) same += 1;
    if (same > most) [best, most] = [shape, same];
  }
  return steady === 0 || most / steady >= ALIKE ? best : undefined;
}

function merge({ words: shape }: Shape, words: readonly string[]): void {
  for (const [at, word] of words.entries()) if (shape[at] !== word) shape[at] = VARIABLE;
}
