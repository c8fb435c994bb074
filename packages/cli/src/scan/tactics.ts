/** tactics: the tactics of ATT&CK in the order of an intrusion, as results name and sort them; a former one stands where its heir does. */
import { FORMER_TACTICS, TACTICS, TECHNIQUES } from "@holdfast/sigma";

const ORDER: ReadonlyMap<string, number> = new Map(TACTICS.map(({ shortName }, index) => [shortName, index]));
const NAMES: ReadonlyMap<string, string> = new Map(TACTICS.map(({ shortName, name }) => [shortName, name]));

export const tacticName = (id: string): string =>
  NAMES.get(id) ?? id.replaceAll("-", " ").replaceAll(/\b[a-z]/g, (letter) => letter.toUpperCase());

/** Unknown ones come last. */
export const tacticOrder = (id: string): number => ORDER.get(nowCalled(id)) ?? TACTICS.length;

/** Rules name tactics and techniques side by side; ATT&CK says which belong together. One that it does not know may belong anywhere. */
export const isTechniqueOf = (technique: string, tactic: string): boolean =>
  TECHNIQUES.get(technique)?.includes(nowCalled(tactic)) ?? true;

/** A rule that names techniques only is of all the tactics that these serve. */
export function tacticsOf(tags: {
  readonly tactics: readonly string[];
  readonly techniques: readonly string[];
}): string[] {
  const { tactics, techniques } = tags;
  if (tactics.length > 0) return [...tactics];
  return [...new Set(techniques.flatMap((technique) => TECHNIQUES.get(technique) ?? []))];
}

const nowCalled = (tactic: string): string => FORMER_TACTICS[tactic] ?? tactic;
