/**
 * router: from an event to the groups of rules it feeds. Windows events go by channel, event id and event type; all others
 * by log source. Groups are made once per combination that some rule asks for, never per value an event brings.
 */
import { type Aliases, feeds, type WindowsRoute, windowsRoutes } from "../routing/routes.ts";
import type { Logsource, SigmaEvent } from "../rule.ts";
import type { Fields } from "./access.ts";
import type { CompiledRule } from "./compiled-rule.ts";
import type { Group } from "./group.ts";
import { channelOf, eventIdOf, eventTypeOf, logsourceOf } from "./origin.ts";
import { flatFields } from "./shape.ts";

export interface Routed {
  readonly groups: readonly Group[];
  readonly fields: Fields;
}

export type MakeGroup = (members: readonly CompiledRule[], aliases: Aliases) => Group;

interface Router {
  route(event: SigmaEvent): Routed;
}

interface Entry {
  readonly rule: CompiledRule;
  readonly route: WindowsRoute;
  /** Entries with the same number see the event under the same names. */
  readonly names: number;
}

/** Groups by event type, then the groups of every other type. */
interface IdTable {
  readonly byType: ReadonlyMap<string, readonly Group[]>;
  readonly rest: readonly Group[];
}

/** What one channel feeds; the tables of its event ids are made when the first such event comes. */
interface Channel {
  readonly entries: readonly Entry[];
  /** The ids some rule asks for: what an event brings never makes a table. */
  readonly ids: ReadonlySet<number>;
  readonly byId: Map<number, IdTable>;
  rest: IdTable | undefined;
}

/** Distinct log sources are few; the bound only guards against a caller that makes them up. */
const MAX_LOGSOURCES = 4096;
const NOTHING: readonly Group[] = [];

export function createRouter(given: {
  readonly rules: readonly CompiledRule[];
  readonly routing: boolean;
  readonly makeGroup: MakeGroup;
}): Router {
  const { rules, makeGroup } = given;
  if (!given.routing) {
    const groups = rules.length === 0 ? NOTHING : [makeGroup(rules, {})];
    return { route: (event) => ({ groups, fields: flatFields(event.fields) }) };
  }
  const channels = channelsOf(rules);
  const spellings = new Map<string, Channel>();
  const byLogsource = logsourceGroups(rules, makeGroup);
  /** One answer for all events: it is read before the next event comes. */
  const routed: { groups: readonly Group[]; fields: Fields } = { groups: NOTHING, fields: {} };

  /** Events of one channel come in runs. */
  let last: { readonly name: string; readonly channel: Channel } | undefined;
  const channelNamed = (name: string): Channel => {
    if (last?.name === name) return last.channel;
    const channel = channelSpelt(name);
    last = { name, channel };
    return channel;
  };
  const channelSpelt = (name: string): Channel => {
    const known = spellings.get(name);
    if (known !== undefined) return known;
    const channel = channels.named.get(name.toLowerCase());
    if (channel === undefined) return channels.other;
    if (spellings.size < MAX_LOGSOURCES) spellings.set(name, channel);
    return channel;
  };

  const groupsFor = (flat: SigmaEvent, stated: Logsource | undefined): readonly Group[] => {
    const name = channelOf(flat);
    if (name === undefined) return byLogsource(stated ?? logsourceOf(flat));
    const channel = channelNamed(name);
    const id = eventIdOf(flat);
    const ids = channel.byId.get(id) ?? idTableOf(channel, id, makeGroup);
    if (ids.byType.size === 0) return ids.rest;
    return ids.byType.get(eventTypeOf(flat)) ?? ids.rest;
  };

  return {
    route: (event) => {
      routed.fields = flatFields(event.fields);
      routed.groups = groupsFor(routed, event.logsource);
      return routed;
    },
  };
}

function logsourceGroups(
  rules: readonly CompiledRule[],
  makeGroup: MakeGroup,
): (source: Logsource | undefined) => readonly Group[] {
  const known = new Map<string, readonly Group[]>();
  const made = new Map<string, readonly Group[]>();
  return (source) => {
    if (source === undefined) return NOTHING;
    const key = `${source.product ?? ""}|${source.category ?? ""}|${source.service ?? ""}`;
    const cached = known.get(key);
    if (cached !== undefined) return cached;
    const members = rules.filter(({ rule }) => feeds(source, rule.logsource));
    const identity = members.map(({ index }) => index).join(",");
    const groups = made.get(identity) ?? (members.length === 0 ? NOTHING : [makeGroup(members, {})]);
    made.set(identity, groups);
    if (known.size >= MAX_LOGSOURCES) known.clear();
    known.set(key, groups);
    return groups;
  };
}

function channelsOf(rules: readonly CompiledRule[]): { named: ReadonlyMap<string, Channel>; other: Channel } {
  const everywhere: Entry[] = [];
  const byChannel = new Map<string, Entry[]>();
  const routesOf = knownRoutes();
  for (const rule of rules) {
    for (const { route, names } of routesOf(rule.rule.logsource)) {
      const entry = { rule, route, names };
      if (route.channels === undefined) everywhere.push(entry);
      for (const channel of route.channels ?? []) {
        const entries = byChannel.get(channel) ?? [];
        entries.push(entry);
        byChannel.set(channel, entries);
      }
    }
  }
  const named = new Map<string, Channel>();
  for (const [channel, entries] of byChannel) named.set(channel, channelOfEntries([...entries, ...everywhere]));
  return { named, other: channelOfEntries(everywhere) };
}

/** Three thousand rules share a hundred log sources. */
function knownRoutes(): (logsource: Logsource) => readonly { route: WindowsRoute; names: number }[] {
  const known = new Map<string, readonly { route: WindowsRoute; names: number }[]>();
  const numbers = new Map<string, number>();
  return (logsource) => {
    const key = JSON.stringify([logsource.product, logsource.category, logsource.service]);
    const routes =
      known.get(key) ??
      windowsRoutes(logsource).map((route) => {
        const spelt = JSON.stringify(route.aliases);
        const names = numbers.get(spelt) ?? numbers.size;
        numbers.set(spelt, names);
        return { route, names };
      });
    known.set(key, routes);
    return routes;
  };
}

function channelOfEntries(entries: readonly Entry[]): Channel {
  const ids = new Set<number>();
  for (const { rule, route } of entries) {
    for (const id of route.eventIds ?? []) ids.add(id);
    for (const id of rule.eventIds ?? []) ids.add(Number(id));
  }
  return { entries, ids, byId: new Map(), rest: undefined };
}

function idTableOf(channel: Channel, id: number, makeGroup: MakeGroup): IdTable {
  const known = channel.byId.get(id);
  if (known !== undefined) return known;
  const asked = channel.ids.has(id);
  if (!asked && channel.rest !== undefined) return channel.rest;
  const accepted = channel.entries.filter((entry) => accepts(entry, asked ? id : undefined));
  const table = idTable(accepted, makeGroup);
  if (asked) channel.byId.set(id, table);
  else channel.rest = table;
  return table;
}

function accepts({ rule, route }: Entry, id: number | undefined): boolean {
  if (id === undefined) return route.eventIds === undefined && rule.eventIds === undefined;
  return (route.eventIds?.includes(id) ?? true) && (rule.eventIds?.has(String(id)) ?? true);
}

function idTable(entries: readonly Entry[], makeGroup: MakeGroup): IdTable {
  const types = new Set(entries.flatMap(({ route }) => route.eventTypes ?? []));
  const byType = new Map<string, readonly Group[]>();
  for (const type of types) {
    const accepted = entries.filter(({ route }) => route.eventTypes?.includes(type) ?? true);
    byType.set(type, groupsOf(accepted, makeGroup));
  }
  return {
    byType,
    rest: groupsOf(
      entries.filter(({ route }) => route.eventTypes === undefined),
      makeGroup,
    ),
  };
}

/** Rules that see the event under the same names share a group. */
function groupsOf(entries: readonly Entry[], makeGroup: MakeGroup): readonly Group[] {
  const byNames = new Map<number, { aliases: Aliases; members: CompiledRule[] }>();
  for (const { rule, route, names } of entries) {
    const group = byNames.get(names) ?? { aliases: route.aliases, members: [] };
    if (group.members.at(-1) !== rule) group.members.push(rule);
    byNames.set(names, group);
  }
  return [...byNames.values()].map(({ aliases, members }) => makeGroup(members, aliases));
}
