/**
 * route-sql: which rows feed a rule, as SQL: Windows events by channel, event id and event type, all others by the log
 * source that their parser states. The same tables as the matcher's router, read as conditions. Which log source a record
 * without a parser of its own is, only the matcher finds out.
 */
import { type Aliases, feeds, type WindowsRoute, windowsRoutes } from "../routing/routes.ts";
import type { Rule } from "../rule.ts";
import type { SqlParameters } from "./parameters.ts";
import type { SqlTarget } from "./target.ts";

/** Rows that see the rule's fields under the same names. */
export interface RouteSql {
  /** On the store's own columns. */
  readonly cut: string;
  /** On the event's fields as well; "1" when the cut says it all. */
  readonly exact: string;
  readonly aliases: Aliases;
  /** What of these rows the store can give: their fields and text, their text alone, or not even whether they feed the rule. */
  readonly gives: "fields" | "text" | "nothing";
}

export function routesSql(rule: Rule, target: SqlTarget, parameters: SqlParameters): readonly RouteSql[] {
  const everywhere = { exact: "1", aliases: {} };
  const routes = windowsRoutes(rule.logsource).map((route) => windowsSql(route, target, parameters));
  if (routes.length > 0) routes.push({ ...everywhere, cut: target.windows.strays, gives: "nothing" });
  for (const gives of ["fields", "text"] as const) {
    const stated = target.stated.filter((known) => known.gives === gives && feeds(known.logsource, rule.logsource));
    if (stated.length > 0) routes.push({ ...everywhere, cut: joined(stated.map(({ when }) => when)), gives });
  }
  if (rule.logsource.product !== "windows") routes.push({ ...everywhere, cut: target.inferred, gives: "nothing" });
  return routes;
}

function joined(conditions: readonly string[]): string {
  return `(${conditions.join(" OR ")})`;
}

function windowsSql(route: WindowsRoute, { windows, fields }: SqlTarget, parameters: SqlParameters): RouteSql {
  const list = (values: readonly string[]): string => parameters.value(values, "Array(String)");
  const cut = [windows.when];
  if (route.channels !== undefined) cut.push(`has(${list(route.channels)}, lowerUTF8(${windows.channel}))`);
  if (route.eventIds !== undefined) cut.push(`has(${list(route.eventIds.map(String))}, ${windows.eventId})`);
  const type = `lowerUTF8(JSONExtractString(${fields}[${parameters.value("EventType", "String")}]))`;
  return {
    cut: `(${cut.join(" AND ")})`,
    exact: route.eventTypes === undefined ? "1" : `has(${list(route.eventTypes)}, ${type})`,
    aliases: route.aliases,
    gives: "fields",
  };
}
