/** report-pdf: the report as a PDF on A4. The built-in fonts know western letters only: all others are written as U+XXXX,
 *  so that nothing is left out without a sign. */
import PdfDocument from "pdfkit";
import type { Report } from "./report.ts";
import { CUT_WORDS, EXERCISE_WORDS, leftWords, visible } from "./report-text.ts";

export function reportPdf(report: Report): Promise<{ readonly pages: number; readonly made: Buffer }> {
  let pages = 1;
  const pdf = new PdfDocument({
    size: "A4",
    margin: 42,
    info: { Title: `${report.isExercise ? "EXERCISE: " : ""}${plain(report.title)}`, Producer: "Holdfast" },
  });
  pdf.on("pageAdded", () => {
    pages += 1;
  });
  const chunks: Buffer[] = [];
  const whole = new Promise<{ pages: number; made: Buffer }>((resolve, reject) => {
    pdf.on("data", (chunk: Buffer) => chunks.push(chunk));
    pdf.on("end", () => resolve({ pages, made: Buffer.concat(chunks) }));
    pdf.on("error", reject);
  });
  const heading = (words: string): void => {
    pdf.moveDown(0.6).font("Helvetica-Bold").fontSize(10).fillColor(INK).text(words).moveDown(0.2);
  };
  const line = (words: string, color = INK): void => {
    pdf.font("Helvetica").fontSize(8.5).fillColor(color).text(plain(words), { lineGap: 1 });
  };
  const { left } = report;
  const more = (count: number, what: string, where: string): void => {
    const words = leftWords(count, what, where);
    if (words !== "") line(words, GREY);
  };
  const pair = (name: string, value: string): void => {
    pdf
      .font("Helvetica")
      .fontSize(8.5)
      .fillColor(GREY)
      .text(`${plain(name)}  `, { continued: true });
    pdf.fillColor(INK).text(plain(value));
  };
  if (report.isExercise) pdf.font("Helvetica-Bold").fontSize(11).fillColor(INK).text(EXERCISE_WORDS).moveDown(0.4);
  pdf.font("Helvetica-Bold").fontSize(14).fillColor(INK).text(plain(report.title)).moveDown(0.4);
  for (const [name, value] of report.facts) pair(name, value);
  if (report.summary !== "") {
    heading("Summary");
    line(report.summary);
  }
  heading("Essential moments");
  for (const { at, who, text } of report.moments) pair(at, `${who}: ${text}`);
  more(left.moments, "moment", "on the timeline of the incident");
  heading("Who was waited for");
  if (report.waits.length === 0) line("Nobody.");
  for (const [team, time] of report.waits) pair(team, time);
  more(left.waits, "team", "on the incident");
  if (report.decisions.length > 0) heading("Decisions");
  for (const { at, text, why } of report.decisions) {
    pair(at, text);
    line(why, GREY);
  }
  more(left.decisions, "decision", "on the timeline of the incident");
  heading("Done");
  if (report.done.length === 0) line("Nothing is recorded as done.");
  for (const one of report.done) line(`- ${one}`);
  more(left.done, "line", "on the incident");
  heading("Still open");
  if (report.open.length === 0) line("Nothing is open.");
  for (const one of report.open) line(`- ${one}`);
  more(left.open, "task", "on the incident");
  if (report.isCut) line(CUT_WORDS, GREY);
  pdf.moveDown(0.6);
  line(`Holdfast, ${report.madeAt}`, GREY);
  pdf.end();
  return whole;
}

const INK = "#1c2229";
const GREY = "#5b6672";

/** What the built-in fonts have: Latin-1 without its controls. */
function plain(given: string): string {
  return visible(given).replace(
    /[^\u0020-\u007e\u00a0-\u00ff]/gu,
    (sign) => `[U+${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}]`,
  );
}
