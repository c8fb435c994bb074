/** correlation-values: what correlations read of a matched event: its fields as the rule knows them, and where the event has no
 *  such field, the normalised column of that name, so that rules over several products can group by `host`, `user` or `src_ip`. */
import { correlationValues, type Rule } from "@holdfast/sigma";
import { type MatchInput, type Signal, storable } from "./signal.ts";

const MAX_VALUE = 1_000;

/** Nothing for rules that no correlation reads. */
export function valuesFor(rule: Rule, event: MatchInput, fields: readonly string[]): Pick<Signal, "values"> {
  if (fields.length === 0) return {};
  const values = correlationValues({ rule }, { fields: event.fields, logsource: event.logsource }, fields);
  const columns: Readonly<Record<string, unknown>> = { ...event.columns };
  for (const field of fields) {
    const value = values[field] ?? columns[field];
    if (typeof value === "string" && value !== "") values[field] = storable(value.slice(0, MAX_VALUE));
    else if (typeof value === "number") values[field] = value;
  }
  return { values };
}
