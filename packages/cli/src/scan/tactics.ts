/** tactics: the tactics of ATT&CK in the order of an intrusion, as results name and sort them; a former one stands where its heir does. */
import { FORMER_TACTICS, TACTICS } from "@holdfast/sigma";

const ORDER: ReadonlyMap<string, number> = new Map(TACTICS.map(({ shortName }, index) => [shortName, index]));
const NAMES: ReadonlyMap<string, string> = new Map(TACTICS.map(({ shortName, name }) => [shortName, name]));

export const tacticName = (id: string): string =>
  NAMES.get(id) ?? id.replaceAll("-", " ").replaceAll(/\b[a-z]/g, (letter) => letter.toUpperCase());

/** Unknown ones come last. */
export const tacticOrder = (id: string): number => ORDER.get(FORMER_TACTICS[id] ?? id) ?? TACTICS.length;
