/** input-values: what a correlation reads of an event, under the names that the matched rule knows the event's fields by. */
import { traceRouting } from "../explain/routing-trace.ts";
import { accessTo, lookup } from "../match/access.ts";
import type { Match, SigmaEvent } from "../rule.ts";

/** Only for the few events that matched a rule of a correlation. Fields that the event does not have are left out. */
export function correlationValues(
  { rule }: Pick<Match, "rule">,
  event: SigmaEvent,
  fields: readonly string[],
): Record<string, string | number> {
  if (fields.length === 0) return {};
  const trace = traceRouting(rule, event, true);
  const values: [string, string | number][] = [];
  for (const field of fields) {
    for (const aliases of trace.aliases) {
      const value = single(lookup(trace.fields, accessTo(field, aliases)));
      if (value === undefined) continue;
      values.push([field, value]);
      break;
    }
  }
  return Object.fromEntries(values);
}

/** Of a list its first value: an event is in one group. */
function single(value: unknown): string | number | undefined {
  if (Array.isArray(value)) return single(value.find((entry: unknown) => typeof entry !== "object"));
  if (typeof value === "string") return value === "" ? undefined : value;
  if (typeof value === "number") return value;
  return typeof value === "boolean" || typeof value === "bigint" ? String(value) : undefined;
}
