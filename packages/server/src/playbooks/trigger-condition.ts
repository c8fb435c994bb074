/** trigger-condition: whether a trigger's condition is true on an incident, and why: which of its parts were, and on which values. */
import type { TriggerReason } from "@holdfast/contracts/playbook-triggers";
import type { JsonObject } from "@holdfast/playbook";
import type { Cel } from "../platform/cel/index.ts";

export type Judged =
  | { readonly kind: "true"; readonly reasons: readonly TriggerReason[] }
  | { readonly kind: "false" }
  | { readonly kind: "error"; readonly reason: string };

/** What a condition may name. */
export const NAMES: readonly string[] = ["incident"];
const SHOWN_ITEMS = 6;
const SHOWN_TEXT = 200;

export function judge(cel: Cel, condition: string, incident: JsonObject): Judged {
  const result = cel.evaluate(condition, { incident });
  if (!result.ok) {
    return {
      kind: "error",
      reason: result.at === null ? result.reason : `${result.reason} (character ${result.at + 1})`,
    };
  }
  if (typeof result.value !== "boolean") {
    return { kind: "error", reason: `It gives ${shown(result.value)}, and a condition gives true or false.` };
  }
  return result.value ? { kind: "true", reasons: reasonsOf(cel, condition, incident) } : { kind: "false" };
}

/** The parts that are true; a part of an "or" that could not be worked out is no reason. */
function reasonsOf(cel: Cel, condition: string, incident: JsonObject): TriggerReason[] {
  return cel.clauses(condition).flatMap(({ text, reads, matched }) => {
    const part = cel.evaluate(text, { incident });
    if (!part.ok || part.value !== true) return [];
    const values = reads.flatMap((name, at) => {
      // Of a long list only what it was about.
      const found = cel.evaluate(at === 0 && matched !== undefined ? matched : name, { incident });
      return found.ok ? [{ name, value: shown(found.value) }] : [];
    });
    return [{ condition: text, values }];
  });
}

function shown(value: unknown): string {
  if (!Array.isArray(value)) return cut(typeof value === "string" ? value : JSON.stringify(value));
  if (value.length === 0) return "nothing";
  const more = value.length > SHOWN_ITEMS ? ` and ${value.length - SHOWN_ITEMS} more` : "";
  return `${value.slice(0, SHOWN_ITEMS).map(shown).join(", ")}${more}`;
}

const cut = (text: string): string => (text.length > SHOWN_TEXT ? `${text.slice(0, SHOWN_TEXT)}…` : text);
