/** rule-details: one rule of a report, folded: what it looks for, where it fired, and its matches with the values that decided. */
import type { Level } from "@holdfast/sigma";
import { count, plural } from "../formats/terminal.ts";
import { fieldsOf, isoOf, type ScanMatch, timeText } from "../scan-match.ts";
import { tacticName } from "../tactics.ts";
import type { RuleTally } from "../tally.ts";
import { html, Markup } from "./markup.ts";
import { day } from "./timeline-svg.ts";

export const RULE_HEAD = html`<div class="head"><span></span><span>Rule</span><span class="number">Matches</span><span class="number">Hosts</span><span class="number">First to last</span></div>`;

export function ruleDetails(tally: RuleTally, matches: readonly ScanMatch[]): Markup {
  const { rule, hosts, firstMs, lastMs } = tally;
  const [from, to] = [day(firstMs), day(lastMs)];
  const names = [...hosts].sort((a, b) => b[1] - a[1]);
  const shownHosts = names.slice(0, MOST_HOSTS).map(([host, times]) => `${host} (${count(times)})`);
  const where = `${shownHosts.join(", ")}${names.length > MOST_HOSTS ? ` and ${count(names.length - MOST_HOSTS)} more` : ""}`;
  return html`<details class="rule"><summary><svg class="turn" viewBox="0 0 10 10" aria-hidden="true"><path d="M2 0l6 5-6 5z"/></svg><b>${rule.title}</b><span class="number">${count(tally.count)}</span><span class="number">${count(hosts.size)}</span><span class="number small faint">${from === to ? from : `${from} to ${to}`}</span></summary>
<div class="inside"><p>${rule.description || "The rule has no description."}</p>
<dl class="meta">${fact("Where", where)}${fact("Tactics", rule.tactics.map(tacticName).join(", "))}${fact("Techniques", rule.techniques.join(", "))}${fact("False positives", rule.falsepositives.join("; "))}${fact("Log source", rule.source)}${fact("References", rule.references.join("  "))}${fact("Rule", `${rule.id} (${rule.status}), ${rule.path}`)}</dl>
<div class="scroll"><table><thead><tr><th>Time (UTC)</th><th>Host, user</th><th>What was seen</th><th>Where it is written</th></tr></thead><tbody>${matches.map(rowOf)}</tbody></table></div>
${matches.length < tally.count ? html`<p class="small faint">${count(matches.length)} of ${plural(tally.count, "match", "matches")} are shown. All of them are in the result as CSV or JSON (--format csv).</p>` : undefined}</div></details>`;
}

export const levelBadge = (level: Level): Markup =>
  html`<span class="level ${level}">${levelMark(level, false)}${level}</span>`;

/** A shape a level, so that colour is not the only difference. */
export const levelMark = (level: Level, filled: boolean): Markup =>
  html`<svg viewBox="0 0 10 10" aria-hidden="true"><path${filled ? new Markup(` class="${level}-fill"`) : undefined} d="${SHAPES[level]}"/></svg>`;

const SHAPES: Readonly<Record<Level, string>> = {
  critical: "M5 0L10 9.5H0z",
  high: "M5 0L10 5L5 10L0 5z",
  medium: "M0.5 0.5H9.5V9.5H0.5z",
  low: "M5 0.5A4.5 4.5 0 1 1 5 9.5A4.5 4.5 0 1 1 5 0.5z",
  informational: "M0 4H10V6H0z",
};

const MOST_HOSTS = 12;
const LONGEST = 600;

const fact = (name: string, text: string): Markup | undefined =>
  text === "" ? undefined : html`<dt>${name}</dt><dd>${text}</dd>`;

function rowOf(match: ScanMatch): Markup {
  const time = timeText(match);
  const place = `${match.file} · record ${match.record}${match.slack ? " (slack space)" : ""}`;
  const assumed = match.timed ? undefined : html`<br><span class="faint">the file's time</span>`;
  return html`<tr><td class="time">${time.slice(0, 10)}<br>${time.slice(11, 23)}${assumed}</td><td>${match.host || "(no host)"}${match.user === "" ? undefined : html`<br><span class="faint">${match.user}</span>`}</td><td class="why"><dl>${seenIn(match)}</dl></td><td class="from">${place}</td></tr>`;
}

function seenIn(match: ScanMatch): Markup[] {
  const { correlation } = match;
  if (correlation === undefined) return Object.entries(fieldsOf(match)).map(([name, value]) => pair(name, value));
  const listed = correlation.records.slice(0, MOST_RECORDS);
  const left = correlation.count - listed.length;
  return [
    ...Object.entries(correlation.group).map(([name, value]) => pair(name, value)),
    pair("count", count(correlation.count)),
    ...(correlation.value === correlation.count ? [] : [pair("value", String(correlation.value))]),
    pair("window", `${isoOf(correlation.firstMs)} to ${isoOf(correlation.lastMs)}`),
    ...listed.map((from) => pair("record", `${isoOf(from.timeMs)} ${from.host} ${from.file} · ${from.record}`)),
    ...(left > 0 ? [pair("", `and ${plural(left, "more record")}`)] : []),
  ];
}

const MOST_RECORDS = 20;

const pair = (name: string, value: string): Markup =>
  html`<dt>${name}</dt><dd class="mono">${value.length <= LONGEST ? value : `${value.slice(0, LONGEST)}…`}</dd>`;
