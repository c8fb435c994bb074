/** diff: two texts compared by lines, as a list of lines that stayed, came and went. The longest common subsequence decides, after
 *  equal ends are cut off; texts too different for that are shown as one replaced by the other. */
import type { DiffLine } from "@holdfast/contracts/editing";

export function diffLines(before: string, after: string): DiffLine[] {
  const [old, fresh] = [linesOf(before), linesOf(after)];
  let head = 0;
  while (head < old.length && head < fresh.length && old[head] === fresh[head]) head += 1;
  let tail = 0;
  while (tail < old.length - head && tail < fresh.length - head && old.at(-1 - tail) === fresh.at(-1 - tail)) tail += 1;
  const middle = compare(old.slice(head, old.length - tail), fresh.slice(head, fresh.length - tail));
  const same = (text: string): Change => ({ kind: "same", text });
  return numbered([...old.slice(0, head).map(same), ...middle, ...(tail === 0 ? [] : old.slice(-tail)).map(same)]);
}

export function countChanges(before: string, after: string): { added: number; removed: number } {
  const lines = diffLines(before, after);
  return {
    added: lines.filter((line) => line.kind === "added").length,
    removed: lines.filter((line) => line.kind === "removed").length,
  };
}

type Change = Pick<DiffLine, "kind" | "text">;

/** Cells of the table of lengths: 4 million are 16 MB for a moment. */
const MOST_CELLS = 4_000_000;

function linesOf(text: string): string[] {
  if (text === "") return [];
  return text.replace(/\r?\n$/, "").split(/\r?\n/);
}

function compare(old: readonly string[], fresh: readonly string[]): Change[] {
  const removed = (text: string): Change => ({ kind: "removed", text });
  const added = (text: string): Change => ({ kind: "added", text });
  if (old.length * fresh.length > MOST_CELLS) return [...old.map(removed), ...fresh.map(added)];
  const width = fresh.length + 1;
  const common = new Uint32Array((old.length + 1) * width);
  const at = (i: number, j: number): number => common[i * width + j] ?? 0;
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = fresh.length - 1; j >= 0; j -= 1)
      common[i * width + j] = old[i] === fresh[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  }
  const changes: Change[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < fresh.length) {
    const [left, right] = [old[i], fresh[j]];
    if (left !== undefined && left === right) {
      changes.push({ kind: "same", text: left });
      i += 1;
      j += 1;
    } else if (left !== undefined && (right === undefined || at(i + 1, j) >= at(i, j + 1))) {
      changes.push(removed(left));
      i += 1;
    } else if (right !== undefined) {
      changes.push(added(right));
      j += 1;
    }
  }
  return changes;
}

function numbered(changes: readonly Change[]): DiffLine[] {
  let [before, after] = [0, 0];
  return changes.map(({ kind, text }) => {
    if (kind !== "added") before += 1;
    if (kind !== "removed") after += 1;
    return { kind, text, before: kind === "added" ? null : before, after: kind === "removed" ? null : after };
  });
}
