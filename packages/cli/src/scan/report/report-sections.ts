/** report-sections: where it happened, by tactic, and what the report cannot tell because it was not read. */
import { count, plural } from "../formats/terminal.ts";
import type { ScanOutcome } from "../formats/writer.ts";
import { LEVELS } from "../scan-rules.ts";
import { tacticName } from "../tactics.ts";
import type { HostTally, Tally, TacticTally } from "../tally.ts";
import { html, type Markup } from "./markup.ts";
import { day } from "./timeline-svg.ts";

const MOST_HOSTS = 100;
const MOST_TECHNIQUES = 12;
const MOST_TROUBLES = 300;

export function hostsSection(tally: Tally): Markup {
  const hosts = tally.hosts();
  const levels = [...LEVELS].reverse();
  const row = (host: HostTally): Markup =>
    html`<tr><td><strong>${host.host}</strong></td><td class="number">${count(host.count)}</td>${levels.map((level) => html`<td class="number${host.levels[level] === 0 ? " zero" : ""}">${count(host.levels[level])}</td>`)}<td class="number">${count(host.rules.size)}</td><td class="number faint">${day(host.firstMs)}</td><td class="number faint">${day(host.lastMs)}</td></tr>`;
  const left = hosts.length - MOST_HOSTS;
  return html`<section><h2>Where</h2><p>Hosts by their gravest matches.</p><div class="sheet wide scroll"><table><thead><tr><th>Host</th><th class="number">Matches</th>${levels.map((level) => html`<th class="number">${level === "informational" ? "info" : level}</th>`)}<th class="number">Rules</th><th class="number">First</th><th class="number">Last</th></tr></thead><tbody>${hosts.slice(0, MOST_HOSTS).map(row)}</tbody></table>${left > 0 ? html`<p class="small faint">and ${plural(left, "more host")}</p>` : undefined}</div></section>`;
}

export function tacticsSection(tally: Tally): Markup | undefined {
  const tactics = tally.tactics();
  if (tactics.length === 0) return undefined;
  const most = Math.max(...tactics.map((tactic) => tactic.count));
  const item = (tactic: TacticTally): Markup => {
    const techniques = [...tactic.techniques].sort((a, b) => b[1] - a[1]).map(([id]) => id);
    const left = techniques.length - MOST_TECHNIQUES;
    return html`<li><h3><span>${tacticName(tactic.tactic)}</span><span class="count">${count(tactic.count)}</span></h3><svg viewBox="0 0 200 4" preserveAspectRatio="none" aria-hidden="true"><rect class="rail" width="200" height="4"/><rect class="bar" width="${Math.max(2, Math.round((tactic.count / most) * 200))}" height="4"/></svg><p class="chips">${techniques.slice(0, MOST_TECHNIQUES).map((id) => html`<span>${id}</span>`)}${left > 0 ? html`<span>and ${left} more</span>` : undefined}</p></li>`;
  };
  return html`<section><h2>By ATT&amp;CK tactic</h2><p>What the matches would be for, in the order of an intrusion. A rule can stand for several tactics.</p><ol class="sheet tactics">${tactics.map(item)}</ol></section>`;
}

export function missingSection(outcome: ScanOutcome): Markup | undefined {
  const { errors, moreErrors, rulesSkipped, rulesUnfed, rulesFiltered, notes } = outcome;
  const inputs = errors
    .slice(0, MOST_TROUBLES)
    .map(({ path, message }) => html`<li><strong>${path}</strong>: ${message}</li>`);
  const rules = rulesSkipped
    .slice(0, MOST_TROUBLES)
    .map(({ path, line, message }) => html`<li><strong>${path}:${line}</strong>: ${message}</li>`);
  const unfed = rulesUnfed.map(({ title, source }) => html`<li>${title} <span class="faint">(${source})</span></li>`);
  const blocks = [
    folded(
      plural(errors.length + moreErrors, "problem while reading the input", "problems while reading the input"),
      inputs,
    ),
    folded(plural(rulesSkipped.length, "rule that could not be loaded", "rules that could not be loaded"), rules),
    folded(
      plural(rulesUnfed.length, "rule whose log source no input feeds", "rules whose log source no input feeds"),
      unfed,
    ),
    rulesFiltered === 0
      ? undefined
      : html`<p>${plural(rulesFiltered, "rule was", "rules were")} left out by level, status or tag.</p>`,
    ...notes.map((note) => html`<p>${note}</p>`),
  ].filter((block) => block !== undefined);
  if (blocks.length === 0) return undefined;
  return html`<section><h2>What this report cannot tell</h2><p>What was not read, and which rules could not look.</p><div class="sheet note">${blocks}</div></section>`;
}

function folded(title: string, items: readonly Markup[]): Markup | undefined {
  if (items.length === 0) return undefined;
  return html`<details><summary>${title}</summary><ol>${items}</ol></details>`;
}
