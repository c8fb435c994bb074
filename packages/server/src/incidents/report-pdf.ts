/** report-pdf: the report as a PDF of A4 pages. The built-in fonts know western letters only: all others are written as U+XXXX,
 *  so that nothing is left out without a sign. */
import PdfDocument from "pdfkit";
import type { Report } from "./report.ts";
import { visible } from "./report-html.ts";

export function reportPdf(report: Report): Promise<Buffer> {
  const pdf = new PdfDocument({ size: "A4", margin: 42, info: { Title: plain(report.title), Producer: "Holdfast" } });
  const chunks: Buffer[] = [];
  const whole = new Promise<Buffer>((resolve, reject) => {
    pdf.on("data", (chunk: Buffer) => chunks.push(chunk));
    pdf.on("end", () => resolve(Buffer.concat(chunks)));
    pdf.on("error", reject);
  });
  const heading = (words: string): void => {
    pdf.moveDown(0.6).font("Helvetica-Bold").fontSize(10).fillColor(INK).text(words).moveDown(0.2);
  };
  const line = (words: string, color = INK): void => {
    pdf.font("Helvetica").fontSize(8.5).fillColor(color).text(plain(words), { lineGap: 1 });
  };
  const pair = (name: string, value: string): void => {
    pdf
      .font("Helvetica")
      .fontSize(8.5)
      .fillColor(GREY)
      .text(`${plain(name)}  `, { continued: true });
    pdf.fillColor(INK).text(plain(value));
  };
  pdf.font("Helvetica-Bold").fontSize(14).fillColor(INK).text(plain(report.title)).moveDown(0.4);
  for (const [name, value] of report.facts) pair(name, value);
  if (report.summary !== "") {
    heading("Summary");
    line(report.summary);
  }
  heading("Essential moments");
  for (const { at, who, text } of report.moments) pair(at, `${who}: ${text}`);
  if (report.leftOut > 0) line(`${report.leftOut} further moments stand on the timeline of the incident.`, GREY);
  heading("Who was waited for");
  if (report.waits.length === 0) line("Nobody.");
  for (const [team, time] of report.waits) pair(team, time);
  if (report.decisions.length > 0) heading("Decisions");
  for (const { at, text, why } of report.decisions) {
    pair(at, text);
    line(why, GREY);
  }
  heading("Done");
  if (report.done.length === 0) line("Nothing is recorded as done.");
  for (const one of report.done) line(`- ${one}`);
  heading("Still open");
  if (report.open.length === 0) line("Nothing is open.");
  for (const one of report.open) line(`- ${one}`);
  pdf.moveDown(1);
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
