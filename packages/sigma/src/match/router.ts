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
}

/** Groups by event type, then the groups of every other type. */
interface IdTable {
  readonly byType: ReadonlyMap<string, readonly Group[]>;
  readonly rest: readonly Group[];
}

interface ChannelTable {
  readonly byId: ReadonlyMap<number, IdTable>;
  readonly rest: IdTable;
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
  const channels = channelTables(rules, makeGroup);
  const spellings = new Map<string, ChannelTable>();
  const byLogsource = logsourceGroups(rules, makeGroup);

  const tableOf = (channel: string): ChannelTable => {
    const known = spellings.get(channel);
    if (known !== undefined) return known;
    const table = channels.named.get(channel.toLowerCase());
    if (table === undefined) return channels.other;
    if (spellings.size < MAX_LOGSOURCES) spellings.set(channel, table);
    return table;
  };

  return {
    route: (event) => {
      const fields = flatFields(event.fields);
      const flat = fields === event.fields ? event : { ...event, fields };
      const channel = channelOf(flat);
      if (channel === undefined) return { groups: byLogsource(logsourceOf(flat)), fields };
      const table = tableOf(channel);
      const ids = table.byId.get(eventIdOf(flat)) ?? table.rest;
      if (ids.byType.size === 0) return { groups: ids.rest, fields };
      return { groups: ids.byType.get(eventTypeOf(flat)) ?? ids.rest, fields };
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

function channelTables(
  rules: readonly CompiledRule[],
  makeGroup: MakeGroup,
): { named: ReadonlyMap<string, ChannelTable>; other: ChannelTable } {
  const everywhere: Entry[] = [];
  const byChannel = new Map<string, Entry[]>();
  for (const rule of rules) {
    for (const route of windowsRoutes(rule.rule.logsource)) {
      if (route.channels === undefined) everywhere.push({ rule, route });
      for (const channel of route.channels ?? []) {
        const entries = byChannel.get(channel) ?? [];
        entries.push({ rule, route });
        byChannel.set(channel, entries);
      }
    }
  }
  const named = new Map<string, ChannelTable>();
  for (const [channel, entries] of byChannel) named.set(channel, channelTable([...entries, ...everywhere], makeGroup));
  return { named, other: channelTable(everywhere, makeGroup) };
}

function channelTable(entries: readonly Entry[], makeGroup: MakeGroup): ChannelTable {
  const ids = new Set<number>();
  for (const { rule, route } of entries) {
    for (const id of route.eventIds ?? []) ids.add(id);
    for (const id of rule.eventIds ?? []) ids.add(Number(id));
  }
  const byId = new Map<number, IdTable>();
  for (const id of ids)
    byId.set(
      id,
      idTable(
        entries.filter((entry) => accepts(entry, id)),
        makeGroup,
      ),
    );
  return {
    byId,
    rest: idTable(
      entries.filter((entry) => accepts(entry, undefined)),
      makeGroup,
    ),
  };
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
  const byAliases = new Map<string, { aliases: Aliases; members: CompiledRule[] }>();
  for (const { rule, route } of entries) {
    const key = JSON.stringify(route.aliases);
    const group = byAliases.get(key) ?? { aliases: route.aliases, members: [] };
    if (group.members.at(-1) !== rule) group.members.push(rule);
    byAliases.set(key, group);
  }
  return [...byAliases.values()].map(({ aliases, members }) => makeGroup(members, aliases));
}
