/** report-fit: brings a report on one page. What does not fit is left out in steps, the latest decisions and the first tasks last, and
 *  the page says how much is left out and where it stands: a manager gets one page, and never believes that it is all. Pure. */
import type { Report } from "./report.ts";
import { visible } from "./report-text.ts";

/** How much each step leaves: lines of a section, and characters of a text. */
const STEPS = [
  { moments: 24, others: 100, characters: 4_000 },
  { moments: 24, others: 12, characters: 600 },
  { moments: 18, others: 8, characters: 400 },
  { moments: 14, others: 6, characters: 240 },
  { moments: 10, others: 5, characters: 160 },
  { moments: 6, others: 4, characters: 110 },
  { moments: 4, others: 3, characters: 60 },
  { moments: 2, others: 1, characters: 20 },
] as const;

/** The first of the steps after which `pagesOf` is one; the last one where none is. */
export async function onOnePage<T>(
  report: Report,
  render: (report: Report) => Promise<{ readonly pages: number; readonly made: T }>,
): Promise<{ readonly report: Report; readonly made: T }> {
  for (const [at, step] of STEPS.entries()) {
    const shorter = shortened(report, step);
    const { pages, made } = await render(shorter);
    if (pages <= 1 || at === STEPS.length - 1) return { report: shorter, made };
  }
  throw new Error("a report has no way to be shortened");
}

function shortened(report: Report, step: (typeof STEPS)[number]): Report {
  let isCut = false;
  const clip = (given: string, most: number = step.characters): string => {
    const text = visible(given);
    if (text.length <= most) return text;
    isCut = true;
    return `${text.slice(0, most - 6).trimEnd()} [...]`;
  };
  const { moments, decisions, done, open } = report;
  // What people did last says most; of tasks the first are the oldest.
  const kept = {
    moments: thin(moments, step.moments).map(({ text, ...one }) => ({ ...one, text: clip(text) })),
    decisions: decisions.slice(-step.others).map(({ text, why, at }) => ({ at, text: clip(text), why: clip(why) })),
    done: done.slice(-step.others).map((text) => clip(text)),
    open: open.slice(0, step.others).map((text) => clip(text)),
  };
  return {
    ...report,
    ...kept,
    title: clip(report.title, Math.max(step.characters, 80)),
    facts: report.facts.map(([name, value]) => [name, clip(value)] as const),
    waits: report.waits.slice(0, step.others).map(([team, time]) => [clip(team), time] as const),
    summary: clip(report.summary, step.characters * 2),
    left: {
      moments: report.left.moments + moments.length - kept.moments.length,
      decisions: decisions.length - kept.decisions.length,
      done: done.length - kept.done.length,
      open: open.length - kept.open.length,
      waits: Math.max(0, report.waits.length - step.others),
    },
    isCut,
  };
}

/** Evenly over the whole, with the first and the last. */
function thin<T>(items: readonly T[], most: number): readonly T[] {
  if (items.length <= most) return items;
  return Array.from(
    { length: most },
    (_, at) => items[Math.round((at * (items.length - 1)) / Math.max(1, most - 1))] as T,
  );
}
