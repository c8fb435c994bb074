/** timeline-svg: matches over time as pictures: stacked bars by level for all, and a lane for each of the gravest hosts. Gaps are
 *  drawn as gaps. */
import type { Level } from "@holdfast/sigma";
import { count, plural } from "../formats/terminal.ts";
import { spanText } from "../formats/summary-text.ts";
import { LEVELS } from "../scan-rules.ts";
import type { Timeline, TimeBucket } from "../tally.ts";
import { html, type Markup } from "./markup.ts";

export const WIDTH = 1040;
const LEFT = 44;
const HEIGHT = 150;
const FOOT = 22;
const TOP = 10;

export function barsSvg(timeline: Timeline): Markup {
  const { buckets, bucketMs } = timeline;
  const most = Math.max(1, ...buckets.map(totalOf));
  const step = (WIDTH - LEFT) / Math.max(1, buckets.length);
  const bars = buckets.map((bucket, index) => barOf(bucket, { x: LEFT + index * step, step, most, bucketMs }));
  const y = (value: number): number => TOP + HEIGHT - (value / most) * HEIGHT;
  const lines = gridOf(most).map(
    (value) =>
      html`<line class="grid" x1="${LEFT}" x2="${WIDTH}" y1="${round(y(value))}" y2="${round(y(value))}"/><text x="${LEFT - 8}" y="${round(y(value) + 4)}" text-anchor="end">${count(value)}</text>`,
  );
  const base = TOP + HEIGHT;
  return html`<svg viewBox="0 0 ${WIDTH} ${base + FOOT}" role="img" aria-label="Matches over time">${lines}${bars}<line class="axis" x1="${LEFT}" x2="${WIDTH}" y1="${base}" y2="${base}"/>${ticksOf(timeline, base + 16, { left: LEFT, step })}</svg>`;
}

export interface Lane {
  readonly host: string;
  /** By bucket: how many, and the gravest level. */
  readonly cells: readonly { readonly count: number; readonly level: Level | undefined }[];
}

const LANE = 24;
const NAME = 200;

export function lanesSvg(timeline: Timeline, lanes: readonly Lane[]): Markup {
  const { buckets, bucketMs } = timeline;
  const step = (WIDTH - NAME) / Math.max(1, buckets.length);
  const most = Math.max(1, ...lanes.flatMap(({ cells }) => cells.map((cell) => cell.count)));
  const rows = lanes.map(({ host, cells }, lane) => {
    const middle = lane * LANE + LANE / 2;
    const marks = cells.map((cell, index) => {
      if (cell.level === undefined) return undefined;
      const height = 6 + 12 * Math.sqrt(cell.count / most);
      const width = Math.max(3, step - 1);
      const start = buckets[index]?.startMs ?? 0;
      return html`<rect class="${cell.level}-fill" x="${round(NAME + index * step)}" y="${round(middle - height / 2)}" width="${round(width)}" height="${round(height)}" rx="1"><title>${host}, ${rangeText(start, bucketMs)}: ${plural(cell.count, "match", "matches")}, up to ${cell.level}</title></rect>`;
    });
    return html`<line class="grid" x1="${NAME}" x2="${WIDTH}" y1="${middle}" y2="${middle}"/><text class="label" x="${NAME - 12}" y="${middle + 4}" text-anchor="end">${shortened(host)}</text>${marks}`;
  });
  const base = lanes.length * LANE;
  return html`<svg viewBox="0 0 ${WIDTH} ${base + FOOT}" role="img" aria-label="Matches over time on each host">${rows}${ticksOf(timeline, base + 14, { left: NAME, step })}</svg>`;
}

export function rangeText(startMs: number, bucketMs: number): string {
  const end = startMs + bucketMs;
  return bucketMs >= DAY ? `${day(startMs)} to ${day(end - 1)}` : `${minute(startMs)}, ${spanText(bucketMs)}`;
}

const DAY = 86_400_000;
const totalOf = ({ levels }: TimeBucket): number => LEVELS.reduce((sum, level) => sum + levels[level], 0);
const round = (value: number): number => Math.round(value * 100) / 100;
const shortened = (host: string): string => (host.length <= 30 ? host : `${host.slice(0, 29)}…`);

interface BarPlace {
  readonly x: number;
  readonly step: number;
  readonly most: number;
  readonly bucketMs: number;
}

function barOf(bucket: TimeBucket, { x, step, most, bucketMs }: BarPlace): Markup | undefined {
  const total = totalOf(bucket);
  if (total === 0) return undefined;
  // One match among thousands is still to be seen.
  const height = Math.max(3, (total / most) * HEIGHT);
  let y = TOP + HEIGHT;
  const parts: Markup[] = [];
  for (const level of [...LEVELS].reverse()) {
    if (bucket.levels[level] === 0) continue;
    const part = (bucket.levels[level] / total) * height;
    y -= part;
    parts.push(
      html`<rect class="${level}-fill" x="${round(x)}" y="${round(y)}" width="${round(Math.max(1.5, step - Math.min(2, step / 4)))}" height="${round(part)}"/>`,
    );
  }
  const each = [...LEVELS].reverse().filter((level) => bucket.levels[level] > 0);
  const words = each.map((level) => `${count(bucket.levels[level])} ${level}`).join(", ");
  return html`<g><title>${rangeText(bucket.startMs, bucketMs)}: ${words}</title>${parts}</g>`;
}

function gridOf(most: number): number[] {
  const rough = most / 3;
  const power = 10 ** Math.floor(Math.log10(Math.max(1, rough)));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough) ?? power;
  const lines: number[] = [];
  for (let value = step; value <= most; value += step) lines.push(value);
  return lines;
}

function ticksOf(
  { buckets, bucketMs }: Timeline,
  y: number,
  at: { readonly left: number; readonly step: number },
): Markup[] {
  const first = buckets[0]?.startMs ?? 0;
  const span = buckets.length * bucketMs;
  const every = Math.max(1, Math.ceil(buckets.length / Math.max(1, Math.floor((WIDTH - at.left) / 110))));
  const ticks: Markup[] = [];
  let before = "";
  for (let index = 0; index < buckets.length; index += every) {
    const label = tickText(first + index * bucketMs, span);
    const x = at.left + index * at.step;
    if (label !== before && x < WIDTH - 40) ticks.push(html`<text x="${round(x)}" y="${y}">${label}</text>`);
    before = label;
  }
  return ticks;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function tickText(ms: number, span: number): string {
  const date = new Date(ms);
  const month = MONTHS[date.getUTCMonth()] ?? "";
  if (span > 400 * DAY) return `${month} ${date.getUTCFullYear()}`;
  if (span > 3 * DAY) return `${date.getUTCDate()} ${month}`;
  const clock = date.toISOString().slice(11, span > 10 * 60_000 ? 16 : 19);
  return span > DAY ? `${date.getUTCDate()} ${month} ${clock}` : clock;
}

export function day(ms: number): string {
  const date = new Date(ms);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()] ?? ""} ${date.getUTCFullYear()}`;
}

export const minute = (ms: number): string => `${day(ms)}, ${new Date(ms).toISOString().slice(11, 16)}`;
