/**
 * route-sql: which rows feed a rule, as SQL: Windows events by channel, event id and event type, all others by the log
 * source that their parser states or that their fields give away. The same tables as the matcher's router, read as conditions.
 */
import { SIGNATURES } from "../routing/other-sources.ts";
import { type Aliases, feeds, type WindowsRoute, windowsRoutes } from "../routing/routes.ts";
import type { Logsource, Rule } from "../rule.ts";
import type { SqlParameters } from "./parameters.ts";
import type { SqlTarget } from "./target.ts";

/** Rows that see the rule's fields under the same names. */
export interface RouteSql {
  /** On the store's own columns. */
  readonly cut: string;
  /** On the event's fields as well; "1" when the cut says it all. */
  readonly exact: string;
  readonly aliases: Aliases;
  /** False: the store cannot give the fields of these rows. */
  readonly fields: boolean;
}

/** Empty: no row of the store can feed the rule. */
export function routesSql(rule: Rule, target: SqlTarget, parameters: SqlParameters): readonly RouteSql[] {
  const routes = windowsRoutes(rule.logsource).map((route) => windowsSql(route, target, parameters));
  if (routes.length > 0) routes.push({ cut: target.windows.strays, exact: "1", aliases: {}, fields: false });
  for (const fields of [true, false]) {
    const stated = target.stated.filter((known) => known.fields === fields && feeds(known.logsource, rule.logsource));
    if (stated.length > 0)
      routes.push({ cut: joined(stated.map(({ when }) => when)), exact: "1", aliases: {}, fields });
  }
  const inferred = inferredSql(rule.logsource, target.fields, parameters);
  if (inferred !== undefined) routes.push({ cut: target.inferred, exact: inferred, aliases: {}, fields: true });
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
    fields: true,
  };
}

/** The first signature that an event has decides; undefined when none of them means the rule's log source. */
function inferredSql(wanted: Logsource, fields: string, parameters: SqlParameters): string | undefined {
  const branches: string[] = [];
  for (const signature of SIGNATURES) {
    const has = signature.fields.map((name) => `mapContains(${fields}, ${parameters.value(name, "String")})`);
    branches.push(has.join(" AND "), feeds(signature.logsource, wanted) ? "1" : "0");
  }
  return branches.includes("1") ? `multiIf(${branches.join(", ")}, 0)` : undefined;
}
