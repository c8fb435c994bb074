/** dry-run: records that somebody pasted, read and matched as the stream would, and nothing kept. Rules are compiled for the records
 *  at hand and in slices, so that the answer holds up nobody else for long. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { DRY_RUN_RECORDS, type DryRunResult, type dryRunRoutes, type TriedRecord } from "@holdfast/contracts/dry-run";
import type { RuleLogsource } from "@holdfast/contracts/detect";
import { compile, type Rule } from "@holdfast/sigma";
import { splitBody, splitLines } from "../ingest/index.ts";
import type { Handlers } from "../platform/http-contract.ts";
import type { DetectContext } from "./context.ts";
import { fail } from "./errors.ts";
import { eventOfText, type ReadEvent } from "./event-reader.ts";
import { logsourcesFed } from "./probe.ts";
import { stateOf } from "./rule-store.ts";
import { logsourceOf } from "./rule-view.ts";

type Context = Pick<DetectContext, "normalise" | "clock" | "keeper">;

export function createDryRun(context: Context): Handlers<typeof dryRunRoutes> {
  const { normalise, clock } = context;
  return {
    dryRun: async ({ body }) => {
      const texts = recordsOf(body.text, body.over);
      const now = clock.now();
      const over = body.over === "syslog" ? "syslog" : "file";
      const events = texts.slice(0, DRY_RUN_RECORDS).map((text) => eventOfText(normalise, { text, over, now }));
      const rules = rulesInForce(context);
      const fed = feeding(events, rules);
      const matches = await matchesOf(events, fed);
      return resultOf(context, { found: texts.length, events, fed, matches });
    },
  };
}

function recordsOf(text: string, over: "http" | "syslog"): string[] {
  const bytes = Buffer.from(text);
  const split =
    over === "syslog" ? ({ ok: true, records: splitLines(bytes) } as const) : splitBody(bytes, "application/json");
  if (!split.ok) {
    const line = bytes.subarray(0, split.at).toString().split("\n").length;
    throw fail(
      "DETECT_DRY_RUN_BROKEN",
      `Line ${line}: ${split.reason}. Paste whole records: lines, a JSON array, or JSON objects.`,
    );
  }
  const records = split.records.map((record) => record.toString()).filter((record) => record.trim() !== "");
  if (records.length === 0) throw fail("DETECT_DRY_RUN_BROKEN", "There is no record in the text, only blank lines.");
  return records;
}

function rulesInForce({ keeper }: Context): Rule[] {
  return [...keeper.set.rules.values()].flatMap((loaded) =>
    loaded.kind === "detection" && IN_FORCE.has(stateOf(keeper.states, loaded.rule.id)) ? [loaded.rule] : [],
  );
}

const IN_FORCE: ReadonlySet<string> = new Set(["live", "test"]);

interface Fed {
  /** What rules name, each once, with its rules. */
  readonly logsources: readonly { readonly logsource: RuleLogsource; readonly rules: Rule[] }[];
  /** For each event the places of those it feeds. */
  readonly byEvent: readonly (readonly number[])[];
}

function feeding(events: readonly ReadEvent[], rules: readonly Rule[]): Fed {
  const known = new Map<string, { logsource: RuleLogsource; rules: Rule[] }>();
  for (const rule of rules) {
    const logsource = logsourceOf(rule.logsource);
    const key = JSON.stringify([logsource.product, logsource.service, logsource.category]);
    const entry = known.get(key);
    if (entry === undefined) known.set(key, { logsource, rules: [rule] });
    else entry.rules.push(rule);
  }
  const logsources = [...known.values()];
  const byEvent = logsourcesFed(
    events,
    logsources.map(({ logsource }) => logsource),
  );
  return { logsources, byEvent };
}

const COMPILED_AT_ONCE = 50;

/** Rules that match each event, in the order of the rules. */
async function matchesOf(events: readonly ReadEvent[], fed: Fed): Promise<Rule[][]> {
  const found: Rule[][] = events.map(() => []);
  const read = new Set(fed.byEvent.flat());
  const rules = [...read].flatMap((place) => fed.logsources[place]?.rules ?? []);
  for (let at = 0; at < rules.length; at += COMPILED_AT_ONCE) {
    const engine = compile(rules.slice(at, at + COMPILED_AT_ONCE));
    for (const [index, event] of events.entries())
      found[index]?.push(...engine.match(event.sigma).map(({ rule }) => rule));
    await nextTurn();
  }
  return found;
}

interface Tried {
  readonly found: number;
  readonly events: readonly ReadEvent[];
  readonly fed: Fed;
  readonly matches: readonly (readonly Rule[])[];
}

function resultOf({ keeper }: Context, { found, events, fed, matches }: Tried): DryRunResult {
  const shown = (rule: Rule) => ({
    ruleId: rule.id,
    title: rule.title,
    level: rule.level,
    state: stateOf(keeper.states, rule.id),
  });
  const records = events.map(({ seen, columns }, index): TriedRecord => {
    const { id: _none, ...rest } = seen;
    const reading = fed.byEvent[index] ?? [];
    return {
      ...rest,
      number: index + 1,
      unclassified: seen.class === "unclassified",
      host: columns.host,
      user: columns.user,
      message: columns.message,
      rulesReading: reading.reduce((sum, place) => sum + (fed.logsources[place]?.rules.length ?? 0), 0),
      matches: (matches[index] ?? []).map(shown),
    };
  });
  return {
    found,
    records,
    parsers: tally(records, ({ parser, class: name }) => `${parser} ${name}`).map(({ of, records: count }) => ({
      parser: of.parser,
      class: of.class,
      unclassified: of.unclassified,
      records: count,
    })),
    logsources: tally(fed.byEvent.flat(), String).flatMap(({ records: count, of }) => {
      const place = fed.logsources[of];
      return place === undefined ? [] : [{ logsource: place.logsource, records: count, rules: place.rules.length }];
    }),
    matched: tally(matches.flat(), ({ id }) => id).map(({ of, records: count }) => ({ ...shown(of), records: count })),
  };
}

/** Each kind once, with how many there are; most first. */
function tally<T>(all: readonly T[], keyOf: (one: T) => string): { readonly of: T; readonly records: number }[] {
  const counts = new Map<string, { of: T; records: number }>();
  for (const of of all) {
    const entry = counts.get(keyOf(of));
    if (entry === undefined) counts.set(keyOf(of), { of, records: 1 });
    else entry.records += 1;
  }
  return [...counts.values()].sort((a, b) => b.records - a.records);
}
