/** report-page: the page of a report, from the answer to the evidence: one sentence, the picture, what to look at first, where, by
 *  tactic, every rule with its matches, and what could not be read. No script, no request: the policy in its head forbids both. */
import { hash } from "node:crypto";
import type { Level } from "@holdfast/sigma";
import { count, durationText, plural, sizeText } from "../formats/terminal.ts";
import { spanText } from "../formats/summary-text.ts";
import type { ScanOutcome } from "../formats/writer.ts";
import type { ScanMatch } from "../scan-match.ts";
import { LEVELS } from "../scan-rules.ts";
import type { RuleTally, Timeline } from "../tally.ts";
import { html, Markup } from "./markup.ts";
import { hostsSection, missingSection, tacticsSection } from "./report-sections.ts";
import { REPORT_STYLE } from "./report-style.ts";
import { levelBadge, levelMark, RULE_HEAD, ruleDetails } from "./rule-details.ts";
import { barsSvg, day, type Lane, lanesSvg, minute } from "./timeline-svg.ts";

export interface ReportContent {
  readonly outcome: ScanOutcome;
  /** Rule -> the matches that are shown. */
  readonly shown: ReadonlyMap<number, readonly ScanMatch[]>;
  readonly timeline: Timeline;
  readonly laneTimeline: Timeline | undefined;
  readonly lanes: readonly Lane[];
}

export function pageOf(content: ReportContent): Markup {
  const { outcome } = content;
  const policy = `default-src 'none'; style-src 'sha256-${hash("sha256", REPORT_STYLE, "base64")}'; base-uri 'none'; form-action 'none'`;
  const found = outcome.tally.matches > 0;
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${new Markup(policy)}"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer"><title>Scan report: ${headline(outcome)}</title><style>${new Markup(REPORT_STYLE)}</style></head>
<body><main>
${head(outcome)}
${found ? overTime(content) : undefined}
${found ? readFirst(outcome.tally.rules(), content.shown) : undefined}
${found ? hostsSection(outcome.tally) : undefined}
${found ? tacticsSection(outcome.tally) : undefined}
${found ? everything(outcome.tally.rules(), content.shown) : undefined}
${missingSection(outcome)}
${foot(outcome)}
</main></body></html>
`;
}

const MOST_FIRST = 6;
const GRAVE: readonly Level[] = ["critical", "high"];

function headline({ tally }: ScanOutcome): string {
  const grave = GRAVE.filter((level) => tally.levels[level] > 0).map(
    (level) => `${count(tally.levels[level])} ${level}`,
  );
  const onHosts = `on ${plural(tally.hosts().length, "host")}`;
  if (grave.length > 0) {
    const total = tally.levels.critical + tally.levels.high;
    return `${grave.join(" and ")} ${total === 1 ? "match" : "matches"} ${onHosts}`;
  }
  if (tally.matches > 0) return `${plural(tally.matches, "match", "matches")} ${onHosts}, none critical or high`;
  return "No rule matched";
}

function head(outcome: ScanOutcome): Markup {
  const { tally } = outcome;
  const fired = tally.rules().length;
  const span = tally.matches === 0 ? "none" : spanOf(tally.firstMs, tally.lastMs);
  const incomplete = outcome.errors.length + outcome.rulesSkipped.length > 0 || outcome.interrupted;
  return html`<header><p class="brand"><span><b>Holdfast</b> scan report</span><span>${minute(outcome.startedMs)} UTC</span></p>
<h1>${headline(outcome)}</h1>
<p class="lead">${leadOf(outcome)}${incomplete ? html` <strong>It is not complete:</strong> ${missingText(outcome)}.` : undefined}</p>
<dl class="facts"><div><dt>Matches</dt><dd>${count(tally.matches)}<small>${plural(fired, "rule")} of ${count(outcome.rulesLoaded)}</small></dd></div>
<div><dt>Hosts</dt><dd>${count(tally.hosts().length)}<small>with a match</small></dd></div>
<div><dt>Tactics</dt><dd>${count(tally.tactics().length)}<small>of MITRE ATT&amp;CK</small></dd></div>
<div><dt>Time between</dt><dd>${span}<small>first and last match</small></dd></div>
<div><dt>Records read</dt><dd>${count(outcome.records)}<small>${plural(outcome.files, "file")}, ${sizeText(outcome.bytes)}</small></dd></div></dl></header>`;
}

function spanOf(firstMs: number, lastMs: number): string {
  const days = Math.round((lastMs - firstMs) / 86_400_000);
  if (days >= 730) return plural(Math.round(days / 365.25), "year");
  if (days >= 2) return plural(days, "day");
  return durationText(lastMs - firstMs);
}

function leadOf({ tally, rulesLoaded, records }: ScanOutcome): string {
  if (tally.matches === 0) {
    return `${plural(records, "record")} were compared with ${plural(rulesLoaded, "detection rule")}. Nothing matched. That is no proof that nothing happened: it says that these rules saw nothing in these records.`;
  }
  const [first] = tally.hosts();
  const [from, to] = [day(tally.firstMs), day(tally.lastMs)];
  const when = from === to ? `on ${from}` : `between ${from} and ${to}`;
  const most = first === undefined ? "" : ` The most serious findings are on ${first.host}.`;
  return `${plural(records, "record")} were compared with ${plural(rulesLoaded, "detection rule")}; ${plural(tally.matches, "match", "matches")} lie ${when}.${most} A match is a reason to look, not a verdict.`;
}

function missingText({ errors, moreErrors, rulesSkipped, interrupted }: ScanOutcome): string {
  const parts = [
    ...(interrupted ? ["the scan was interrupted"] : []),
    ...(errors.length > 0 ? [`${plural(errors.length + moreErrors, "problem")} while reading the input`] : []),
    ...(rulesSkipped.length > 0 ? [`${plural(rulesSkipped.length, "rule")} could not be loaded`] : []),
  ];
  return `${parts.join(", ")} (see the end)`;
}

function overTime({ outcome, timeline, laneTimeline, lanes }: ReportContent): Markup {
  const legend = [...LEVELS]
    .reverse()
    .filter((level) => outcome.tally.levels[level] > 0)
    .map((level) => html`<li>${levelMark(level, true)}${count(outcome.tally.levels[level])} ${level}</li>`);
  const more = outcome.tally.hosts().length - lanes.length;
  return html`<section><h2>When</h2><p>Matches over time, each bar ${spanText(timeline.bucketMs)}, in UTC.</p>
<figure class="sheet"><ul class="legend">${legend}</ul>${barsSvg(timeline)}</figure>
${
  laneTimeline === undefined || lanes.length < 2
    ? undefined
    : html`<figure class="sheet">${lanesSvg(laneTimeline, lanes)}${more > 0 ? html`<p class="small faint">The ${lanes.length} hosts with the most serious matches; ${plural(more, "more host")} below.</p>` : undefined}</figure>`
}</section>`;
}

function readFirst(rules: readonly RuleTally[], shown: ReportContent["shown"]): Markup | undefined {
  const first = rules.filter(({ rule }) => GRAVE.includes(rule.level)).slice(0, MOST_FIRST);
  if (first.length === 0) return undefined;
  const items = first.map((tally) => {
    const { rule, hosts, firstMs, lastMs } = tally;
    const names = [...hosts].sort((a, b) => b[1] - a[1]).map(([host]) => host);
    const user = shown.get(rule.index)?.find((match) => match.user !== "")?.user ?? "";
    const where = `${names.slice(0, 3).join(", ")}${names.length > 3 ? ` and ${names.length - 3} more` : ""}${user === "" ? "" : `, by ${user}`}`;
    return html`<li><div>${levelBadge(rule.level)}</div><div><h3>${rule.title}</h3><p>${firstSentence(rule.description)}</p></div><div class="when small"><strong>${where}</strong><br><span class="faint">${day(firstMs) === day(lastMs) ? minute(firstMs) : `${day(firstMs)} to ${day(lastMs)}`}<br>${plural(tally.count, "match", "matches")}</span></div></li>`;
  });
  return html`<section><h2>Look at these first</h2><p>The gravest rules that fired, with what each looks for.</p><ol class="sheet first">${items}</ol></section>`;
}

function firstSentence(text: string): string {
  const plain = text.replaceAll(/\s+/g, " ").trim();
  const end = /^.{20,260}?[.!?](?= [A-Z]|$)/.exec(plain);
  if (end !== null) return end[0];
  return plain.length <= 260 ? plain : `${plain.slice(0, 259)}…`;
}

function everything(rules: readonly RuleTally[], shown: ReportContent["shown"]): Markup {
  const groups = [...LEVELS].reverse().map((level) => {
    const ofLevel = rules.filter(({ rule }) => rule.level === level);
    if (ofLevel.length === 0) return undefined;
    const total = ofLevel.reduce((sum, tally) => sum + tally.count, 0);
    const list = html`<div class="sheet rules">${RULE_HEAD}${ofLevel.map((tally) => ruleDetails(tally, shown.get(tally.rule.index) ?? []))}</div>`;
    const open = GRAVE.includes(level) ? new Markup(" open") : undefined;
    return html`<details class="group"${open}><summary><svg class="turn" viewBox="0 0 10 10" aria-hidden="true"><path d="M2 0l6 5-6 5z"/></svg>${levelBadge(level)}<span class="faint">${plural(ofLevel.length, "rule")}, ${plural(total, "match", "matches")}</span></summary>${list}</details>`;
  });
  return html`<section><h2>Everything that matched</h2><p>Each rule opens to its matches: what was seen, and in which record.</p>${groups}</section>`;
}

function foot(outcome: ScanOutcome): Markup {
  return html`<footer><p>Made by Holdfast ${outcome.version} in ${durationText(outcome.elapsedMs)} on ${plural(outcome.workers, "thread")}. All times are UTC.</p><p>Input: ${outcome.paths.join(", ")}</p><p>Rules: ${outcome.rulePaths.join(", ")}</p></footer>`;
}
