/**
 * routing-trace: whether an event reaches a rule, and in words why or why not: what the rule's log source means, and what
 * the event was taken for. The same tables as the router, asked for one pair at a time.
 */
import type { Fields } from "../match/access.ts";
import { channelOf, eventTypeOf, logsourceOf } from "../match/origin.ts";
import { flatFields } from "../match/shape.ts";
import { type Aliases, feeds, type WindowsRoute, windowsRoutes } from "../routing/routes.ts";
import type { Logsource, Rule, SigmaEvent } from "../rule.ts";
import type { ExplainedRouting } from "./explanation.ts";

export interface RoutingTrace {
  readonly routing: ExplainedRouting;
  readonly fields: Fields;
  /** The names under which the rule sees the event's fields, one set for each way the event takes to it; never empty. */
  readonly aliases: readonly Aliases[];
}

export function traceRouting(rule: Rule, given: SigmaEvent, routing: boolean): RoutingTrace {
  const fields = flatFields(given.fields);
  const event: SigmaEvent = { ...given, fields };
  const channel = channelOf(event);
  const id = fields["EventID"];
  const seen: ExplainedRouting["event"] = {
    channel,
    eventId: typeof id === "string" || typeof id === "number" ? String(id) : undefined,
    eventType: eventTypeOf(event) || undefined,
    logsource: channel === undefined ? logsourceOf(event) : undefined,
  };
  const routes = windowsRoutes(rule.logsource);
  const taken = channel === undefined ? [] : routes.filter((route) => accepts(route, channel, seen));
  const byLogsource = seen.logsource !== undefined && feeds(seen.logsource, rule.logsource);
  const routed = !routing || taken.length > 0 || byLogsource;
  const ways = [
    ...routes.map(wayInWords),
    ...(rule.fed ? [`events whose log source is ${named(rule.logsource)}`] : []),
  ];
  const nearest = taken.length > 0 ? taken : routing ? routes.slice(0, 1) : [];
  return {
    routing: {
      routed,
      wanted: rule.logsource,
      ways,
      event: seen,
      reason: routing
        ? reasonOf({ rule, seen, taken, byLogsource })
        : "Routing is off: every rule is tried on every event.",
    },
    fields,
    aliases: byLogsource || nearest.length === 0 ? [{}] : nearest.map((route) => route.aliases),
  };
}

function accepts(route: WindowsRoute, channel: string, event: ExplainedRouting["event"]): boolean {
  return (
    (route.channels?.includes(channel.toLowerCase()) ?? true) &&
    (route.eventIds?.includes(Number(event.eventId)) ?? true) &&
    (route.eventTypes?.includes(event.eventType ?? "") ?? true)
  );
}

function reasonOf(about: {
  readonly rule: Rule;
  readonly seen: ExplainedRouting["event"];
  readonly taken: readonly WindowsRoute[];
  readonly byLogsource: boolean;
}): string {
  const { rule, seen, taken, byLogsource } = about;
  const wanted = named(rule.logsource);
  const first = taken[0];
  if (first !== undefined) return `The event is one of ${wayInWords(first)}, which feeds ${wanted}.`;
  if (byLogsource && seen.logsource !== undefined)
    return `The event's log source ${named(seen.logsource)} feeds ${wanted}.`;
  const got =
    seen.channel !== undefined
      ? `${seen.channel}, event ${seen.eventId ?? "without id"}${seen.eventType === undefined ? "" : `, type ${seen.eventType}`}`
      : seen.logsource !== undefined
        ? `log source ${named(seen.logsource)}`
        : undefined;
  if (!rule.fed) return `Nothing the engine knows of feeds ${wanted}: check the spelling of the rule's log source.`;
  if (got === undefined) {
    return `The rule wants ${wanted}, and the event does not say where it is from: Windows events need Channel (or Provider_Name) and EventID, others a log source.`;
  }
  return `The rule wants ${wanted}, and the event is ${got}.`;
}

function wayInWords({ channels, eventIds, eventTypes }: WindowsRoute): string {
  const where = channels === undefined ? "every Windows channel" : `the channel ${channels.join(" or ")}`;
  const ids = eventIds === undefined ? "" : ` with EventID ${eventIds.join(", ")}`;
  return `${where}${ids}${eventTypes === undefined ? "" : ` and EventType ${eventTypes.join(" or ")}`}`;
}

function named({ product, category, service }: Logsource): string {
  const parts = Object.entries({ product, category, service }).filter(([, value]) => value !== undefined);
  return parts.map(([key, value]) => `${key} ${value}`).join(", ") || "an unnamed log source";
}
