/**
 * conflicts: whether two tests on the same field can hold on one value. Only plain texts are judged, where the answer is sure;
 * of everything else it says that they can.
 */
import { parsePattern, plainText } from "../text/wildcards.ts";
import type { LintItem } from "./lint-document.ts";

/** What a field has to be: one of these, each a text at a place. */
export interface Demand {
  readonly field: string;
  readonly anyOf: readonly { readonly place: "equals" | "startswith" | "endswith"; readonly text: string }[];
}

/** Undefined when the item's demand is not that simple. */
export function demandOf({ field, modifiers, values }: LintItem): Demand | undefined {
  const [place = "equals", ...others] = modifiers;
  if (field === "" || others.length > 0) return undefined;
  if (place !== "equals" && place !== "startswith" && place !== "endswith") return undefined;
  const anyOf: { place: typeof place; text: string }[] = [];
  for (const { value } of values) {
    if (typeof value !== "string" && typeof value !== "number") return undefined;
    const text = plainText(parsePattern(String(value)));
    if (text === undefined || text === "") return undefined;
    anyOf.push({ place, text: text.toLowerCase() });
  }
  return { field, anyOf };
}

/** Whether no value meets both. */
export function conflict(a: Demand, b: Demand): boolean {
  return a.field === b.field && a.anyOf.every((one) => b.anyOf.every((other) => exclude(one, other)));
}

function exclude(a: Demand["anyOf"][number], b: Demand["anyOf"][number]): boolean {
  if (a.place === "equals" && b.place === "equals") return a.text !== b.text;
  if (a.place === "equals") return !fits(a.text, b);
  if (b.place === "equals") return !fits(b.text, a);
  if (a.place !== b.place) return false;
  return !fits(a.text, b) && !fits(b.text, a);
}

function fits(text: string, { place, text: wanted }: Demand["anyOf"][number]): boolean {
  return place === "startswith"
    ? text.startsWith(wanted)
    : place === "endswith"
      ? text.endsWith(wanted)
      : text === wanted;
}
