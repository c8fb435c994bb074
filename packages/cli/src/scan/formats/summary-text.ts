/** summary-text: what a scan found, as sections of aligned text for a terminal: levels, rules, hosts, tactics, time, and everything
 *  that could not be read. */
import { safeText } from "../../output.ts";
import { isoOf } from "../scan-match.ts";
import { LEVELS } from "../scan-rules.ts";
import { tacticName } from "../tactics.ts";
import type { HostTally, RuleTally, TacticTally, Tally } from "../tally.ts";
import {
  columnsOf,
  count,
  cutTo,
  durationText,
  fitted,
  painter,
  plural,
  type Screen,
  SHORT_LEVELS,
  sizeText,
} from "./terminal.ts";
import type { ScanOutcome } from "./writer.ts";

export function summaryText(outcome: ScanOutcome, { screen, timeline }: { screen: Screen; timeline: boolean }): string {
  const { tally } = outcome;
  const width = screen.width === 0 ? PLAIN_WIDTH : screen.width;
  const given: Given = { width, paint: painter(screen) };
  const sections = [
    ...(tally.matches === 0 ? [] : [rules(tally, given), hosts(tally, given), tactics(tally, given)]),
    ...(timeline && tally.matches > 0 ? [overTime(tally, given)] : []),
    unread(outcome, given),
    skipped(outcome, given),
    remarks(outcome),
    totals(outcome, given),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join("\n")}\n`)
    .join("\n");
}

/** For formats that do not say it themselves. */
export const totalsText = (outcome: ScanOutcome): string => totals(outcome, PLAIN).join("\n");

export const troubleText = (outcome: ScanOutcome): string =>
  [unread(outcome, PLAIN), skipped(outcome, PLAIN), remarks(outcome)]
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");

interface Given {
  readonly width: number;
  readonly paint: ReturnType<typeof painter>;
}

const PLAIN_WIDTH = 120;
const PLAIN: Given = { width: PLAIN_WIDTH, paint: painter({ width: 0, colour: false }) };
const MOST_RULES = 40;
const MOST_HOSTS = 20;
const MOST_TROUBLES = 50;

function rules(tally: Tally, { width, paint }: Given): string[] {
  const all = tally.rules();
  const shown = all.slice(0, MOST_RULES);
  const lines = shown.map(({ rule, count: matches, hosts: onHosts, firstMs, lastMs }: RuleTally) => {
    const times = width >= 100 ? `  ${minute(firstMs)}  ${minute(lastMs)}` : "";
    const head = `${paint(rule.level, fitted(SHORT_LEVELS[rule.level], 8))}  ${number(matches, 8)}  ${number(onHosts.size, 5)}${times}  `;
    const used = 8 + 2 + 8 + 2 + 5 + times.length + 2;
    return head + cutTo(safeText(rule.title), Math.max(12, width - used));
  });
  const times = width >= 100 ? `  ${"first (UTC)".padEnd(16)}  ${"last (UTC)".padEnd(16)}` : "";
  return [
    paint("strong", "Rules"),
    paint("faint", `level      matches  hosts${times}  rule`),
    ...lines,
    ...more(all.length - shown.length, "rule", paint),
  ];
}

function hosts(tally: Tally, { width, paint }: Given): string[] {
  const all = tally.hosts();
  const shown = all.slice(0, MOST_HOSTS);
  const nameWidth = Math.min(
    Math.max(12, ...shown.map(({ host }) => columnsOf(safeText(host)))),
    Math.max(12, width - 52),
    40,
  );
  // A column of zeros says nothing.
  const shownLevels = [...LEVELS].reverse().filter((level) => all.some(({ levels }) => levels[level] > 0));
  const heads = shownLevels.map((level) => (level === "informational" ? "info" : level).padStart(COUNT_WIDTHS[level]));
  const line = ({ host, count: matches, levels, rules: fired }: HostTally): string => {
    const each = shownLevels.map((level) => {
      const text = number(levels[level], COUNT_WIDTHS[level]);
      return levels[level] === 0 ? paint("faint", text) : paint(level, text);
    });
    return `${fitted(host, nameWidth)}  ${number(matches, 8)}  ${number(fired.size, 5)}  ${each.join("  ")}`;
  };
  return [
    paint("strong", "Hosts"),
    paint("faint", `${"host".padEnd(nameWidth)}   matches  rules  ${heads.join("  ")}`),
    ...shown.map(line),
    ...more(all.length - shown.length, "host", paint),
  ];
}

const COUNT_WIDTHS = { critical: 8, high: 6, medium: 6, low: 6, informational: 6 } as const;

function tactics(tally: Tally, { width, paint }: Given): string[] {
  const all = tally.tactics();
  if (all.length === 0) return [];
  const most = Math.max(...all.map((tactic) => tactic.count));
  const line = (tactic: TacticTally): string => {
    const techniques = [...tactic.techniques].sort((a, b) => b[1] - a[1]).map(([id]) => id);
    const bar = "█".repeat(Math.max(1, Math.round((tactic.count / most) * BAR))).padEnd(BAR, " ");
    const text = `${fitted(tacticName(tactic.tactic), 21)}  ${paint("faint", bar)}  ${number(tactic.count, 8)}  `;
    return text + paint("faint", listed(techniques, Math.max(6, width - 21 - BAR - 14)));
  };
  return [paint("strong", "ATT&CK"), ...all.map(line)];
}

const BAR = 16;

/** Whole ids only, and how many there was no room for. */
function listed(ids: readonly string[], room: number): string {
  const all = ids.join(" ");
  if (all.length <= room) return all;
  for (let shown = ids.length - 1; shown > 0; shown -= 1) {
    const text = `${ids.slice(0, shown).join(" ")} and ${ids.length - shown} more`;
    if (text.length <= room) return text;
  }
  return cutTo(all, room);
}

function overTime(tally: Tally, { width, paint }: Given): string[] {
  const { bucketMs, buckets } = tally.timeline(Math.max(20, Math.min(40, width)));
  const totalOf = (levels: (typeof buckets)[number]["levels"]): number =>
    LEVELS.reduce((sum, level) => sum + levels[level], 0);
  const most = Math.max(...buckets.map(({ levels }) => totalOf(levels)));
  const room = Math.max(10, width - 16 - 2 - 10);
  const lines: string[] = [];
  let empty = 0;
  for (const { startMs, levels } of buckets) {
    const total = totalOf(levels);
    if (total === 0) {
      empty += 1;
      continue;
    }
    if (empty > 0) lines.push(paint("faint", `${" ".repeat(16)}  ⋮`));
    empty = 0;
    const filled = Math.max(1, Math.round((total / most) * room));
    const gravest = [...LEVELS].reverse().find((level) => levels[level] > 0) ?? "informational";
    lines.push(`${minute(startMs)}  ${paint(gravest, "█".repeat(filled))} ${count(total)}`);
  }
  return [paint("strong", `Matches over time, each line ${spanText(bucketMs)}`), ...lines];
}

function unread({ errors, moreErrors }: ScanOutcome, { paint }: Given): string[] {
  if (errors.length === 0) return [];
  return [
    paint("strong", `Not read (${count(errors.length + moreErrors)})`),
    ...errors.slice(0, MOST_TROUBLES).map(({ path, message }) => `${safeText(path)}: ${safeText(message)}`),
    ...more(errors.length + moreErrors - MOST_TROUBLES, "problem", paint),
  ];
}

function skipped({ rulesSkipped }: ScanOutcome, { paint }: Given): string[] {
  if (rulesSkipped.length === 0) return [];
  return [
    paint("strong", `Rules not loaded (${count(rulesSkipped.length)})`),
    ...rulesSkipped
      .slice(0, MOST_TROUBLES)
      .map(
        ({ path, line, column, code, message }) =>
          `${safeText(path)}:${line}:${column}: ${safeText(message)} [${code}]`,
      ),
    ...more(rulesSkipped.length - MOST_TROUBLES, "rule", paint),
  ];
}

function remarks({ rulesUnfed, rulesFiltered, notes }: ScanOutcome): string[] {
  const lines = notes.map(safeText);
  if (rulesFiltered > 0)
    lines.push(`${plural(rulesFiltered, "rule was", "rules were")} left out by --min-level, --status or --tag.`);
  if (rulesUnfed.length > 0) {
    const sources = [...new Set(rulesUnfed.map(({ source }) => source))];
    lines.push(
      `${plural(rulesUnfed.length, "rule reads", "rules read")} a log source that no input feeds: ${safeText(sources.slice(0, 5).join(", "))}${sources.length > 5 ? ` and ${sources.length - 5} more` : ""}.`,
    );
  }
  return lines;
}

function totals(outcome: ScanOutcome, { paint }: Given): string[] {
  const { tally, elapsedMs } = outcome;
  const rate = Math.round(outcome.records / Math.max(elapsedMs / 1000, 0.001));
  const levels = [...LEVELS]
    .reverse()
    .filter((level) => tally.levels[level] > 0)
    .map((level) => paint(level, `${count(tally.levels[level])} ${SHORT_LEVELS[level]}`));
  const found =
    tally.matches === 0 ? "No matches" : `${plural(tally.matches, "match", "matches")}: ${levels.join(", ")}`;
  return [
    ...(outcome.interrupted ? [paint("medium", "Interrupted: this is what was found until then.")] : []),
    `${found}.`,
    `${plural(outcome.records, "record")} in ${plural(outcome.files, "file")} (${sizeText(outcome.bytes)}), ${plural(outcome.rulesLoaded, "rule")}; ${durationText(elapsedMs)}, ${count(rate)} records/s on ${plural(outcome.workers, "thread")}.`,
  ];
}

const number = (value: number, width: number): string => count(value).padStart(width);

const minute = (ms: number): string => isoOf(ms).slice(0, 16).replace("T", " ");

const more = (left: number, noun: string, paint: Given["paint"]): string[] =>
  left > 0 ? [paint("faint", `and ${plural(left, `more ${noun}`)}`)] : [];

export function spanText(ms: number): string {
  for (const [unit, name] of [
    [86_400_000, "day"],
    [3_600_000, "hour"],
    [60_000, "minute"],
  ] as const) {
    if (ms >= unit) return plural(Math.round(ms / unit), name);
  }
  return plural(Math.round(ms / 1000), "second");
}
