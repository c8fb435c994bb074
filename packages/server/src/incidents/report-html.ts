/** report-html: the report as a page without any script. Every text of others is escaped, and characters that turn the direction
 *  of a line or are not seen are written out. */
import type { Report } from "./report.ts";
import { CUT_WORDS, EXERCISE_WORDS, leftWords, visible } from "./report-text.ts";

export function reportHtml(report: Report): string {
  const { facts, moments, waits, decisions, done, open, left } = report;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${report.isExercise ? "EXERCISE: " : ""}${text(report.title)}</title><link rel="stylesheet" href="/api/incident-report.css"></head>
<body><main>
${report.isExercise ? `<p class="exercise">${EXERCISE_WORDS}</p>` : ""}
<h1>${text(report.title)}</h1>
<table class="facts">${facts.map(([name, value]) => `<tr><th scope="row">${text(name)}</th><td>${text(value)}</td></tr>`).join("")}</table>
${report.summary === "" ? "" : `<h2>Summary</h2><p>${text(report.summary)}</p>`}
<h2>Essential moments</h2>
<table><tbody>${moments.map(({ at, who, text: what }) => `<tr><td class="at">${text(at)}</td><td>${text(who)}</td><td>${text(what)}</td></tr>`).join("")}</tbody></table>
${more(left.moments, "moment", "on the timeline of the incident")}
<h2>Who was waited for</h2>
${waits.length === 0 ? "<p>Nobody.</p>" : `<table><tbody>${waits.map(([team, time]) => `<tr><td>${text(team)}</td><td>${text(time)}</td></tr>`).join("")}</tbody></table>`}
${more(left.waits, "team", "on the incident")}
${decisions.length === 0 ? "" : `<h2>Decisions</h2><ul>${decisions.map(({ at, text: what, why }) => `<li><span class="at">${text(at)}</span> ${text(what)}<br><span class="note">${text(why)}</span></li>`).join("")}</ul>`}
${more(left.decisions, "decision", "on the timeline of the incident")}
<h2>Done</h2>${list(done, "Nothing is recorded as done.")}
${more(left.done, "line", "on the incident")}
<h2>Still open</h2>${list(open, "Nothing is open.")}
${more(left.open, "task", "on the incident")}
${report.isCut ? `<p class="note">${CUT_WORDS}</p>` : ""}
<footer>Holdfast, ${text(report.madeAt)}</footer>
</main></body></html>`;
}

export const REPORT_CSS = `
:root { color-scheme: light; font: 13px/19px Inter, system-ui, sans-serif; color: #1c2229; }
main { max-width: 780px; margin: 24px auto; padding: 0 16px; }
h1 { font-size: 20px; line-height: 26px; overflow-wrap: anywhere; }
h2 { font-size: 13px; margin: 18px 0 4px; border-bottom: 1px solid #c9d0d8; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; vertical-align: top; padding: 2px 12px 2px 0; overflow-wrap: anywhere; }
th { width: 110px; font-weight: 400; color: #5b6672; }
.at { white-space: nowrap; font-variant-numeric: tabular-nums; color: #5b6672; width: 150px; }
.exercise { margin: 0 0 12px; padding: 6px 12px; border: 2px solid #1c2229; font-weight: 700; }
.note, footer { color: #5b6672; }
ul { margin: 4px 0; padding-left: 18px; }
footer { margin-top: 24px; }
@page { size: A4; margin: 14mm; }
@media print {
  :root { font-size: 8.5pt; line-height: 10.5pt; }
  main { margin: 0; padding: 0; max-width: none; }
  h1 { font-size: 14pt; line-height: 16pt; margin: 0 0 4pt; }
  h2 { font-size: 10pt; line-height: 12pt; margin: 7pt 0 2pt; }
  td, th { padding: 0 8pt 0 0; }
  p, ul { margin: 2pt 0; }
  footer { margin-top: 8pt; }
}
`;

function text(given: string): string {
  return visible(given).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function more(count: number, what: string, where: string): string {
  const words = leftWords(count, what, where);
  return words === "" ? "" : `<p class="note">${words}</p>`;
}

function list(lines: readonly string[], none: string): string {
  return lines.length === 0 ? `<p>${none}</p>` : `<ul>${lines.map((line) => `<li>${text(line)}</li>`).join("")}</ul>`;
}
