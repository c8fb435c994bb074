/**
 * routes: from a rule's log source to the events that feed it. A rule has Windows routes (channel, event id, event type)
 * when its log source means Windows events; every rule can also be fed by a log source that the caller states.
 */
import type { Logsource } from "../rule.ts";
import { isKnownLogsource } from "./other-sources.ts";
import {
  type CategoryRoute,
  LINUX_CATEGORIES,
  LINUX_SYSMON_CHANNEL,
  SERVICE_ALIASES,
  WINDOWS_ALIASES,
  WINDOWS_CATEGORIES,
} from "./windows-categories.ts";
import { WINDOWS_SERVICES } from "./windows-services.ts";

/** A product of its own that writes to the event log of Windows. */
const RPC_FIREWALL_CHANNEL = "RPCFW";

export type Aliases = Readonly<Record<string, readonly string[]>>;

export interface WindowsRoute {
  /** Lower-cased channels; undefined: every Windows channel. */
  readonly channels: readonly string[] | undefined;
  readonly eventIds: readonly number[] | undefined;
  readonly eventTypes: readonly string[] | undefined;
  readonly aliases: Aliases;
}

export function windowsRoutes(logsource: Logsource): readonly WindowsRoute[] {
  const { product, category, service } = logsource;
  const routes: WindowsRoute[] = [];
  if (product === undefined || product === "windows") routes.push(...windowsOnly(product, category, service));
  if (product === "rpc_firewall") routes.push(route([RPC_FIREWALL_CHANNEL], { EventLog: ["EventLog", "Channel"] }));
  const linux = category === undefined ? undefined : own(LINUX_CATEGORIES, category);
  if (linux !== undefined && service === undefined && (product === undefined || product === "linux")) {
    routes.push(route([LINUX_SYSMON_CHANNEL], {}, { service: "sysmon", eventIds: linux }));
  }
  return routes;
}

function windowsOnly(
  product: string | undefined,
  category: string | undefined,
  service: string | undefined,
): WindowsRoute[] {
  if (category === undefined) {
    if (service === undefined) return product === undefined ? [] : [route(undefined, {})];
    const channels = product === undefined ? undefined : own(WINDOWS_SERVICES, service);
    return channels === undefined ? [] : [route(channels, own(SERVICE_ALIASES, service) ?? {})];
  }
  return (own(WINDOWS_CATEGORIES, category) ?? [])
    .filter((entry) => service === undefined || entry.service === service)
    .map((entry) =>
      route(WINDOWS_SERVICES[entry.service] ?? [], { ...own(SERVICE_ALIASES, entry.service), ...entry.aliases }, entry),
    );
}

/** Can anything this package knows of feed the log source? */
export function isFed(logsource: Logsource): boolean {
  return windowsRoutes(logsource).length > 0 || isKnownLogsource(logsource);
}

/** Does an event whose log source the caller stated belong to a rule's? */
export function feeds(event: Logsource, rule: Logsource): boolean {
  return (
    (rule.product === undefined || rule.product === event.product) &&
    (rule.category === undefined || rule.category === event.category) &&
    (rule.service === undefined || rule.service === event.service || isWholeOf(event))
  );
}

/** Microsoft 365 writes one log for all its workloads; its rules tell these apart by a field. */
function isWholeOf({ product, service }: Logsource): boolean {
  return product === "m365" && service === "audit";
}

function route(channels: readonly string[] | undefined, aliases: Aliases, events?: CategoryRoute): WindowsRoute {
  return {
    channels: channels?.map((channel) => channel.toLowerCase()),
    eventIds: events?.eventIds,
    eventTypes: events?.eventTypes,
    aliases: { ...WINDOWS_ALIASES, ...aliases },
  };
}

/** A lookup that is not fooled by names such as "constructor". */
function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
