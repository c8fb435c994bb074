/** terminal: how text is laid out for one: widths counted in columns, control characters shown, colours only where the stream
 *  takes them (a terminal, NO_COLOR not set). */
import { styleText } from "node:util";
import type { Level } from "@holdfast/sigma";
import { safeText } from "../../output.ts";

export interface Screen {
  /** Columns; 0 = not a terminal, nothing is cut. */
  readonly width: number;
  readonly colour: boolean;
}

export type Style = "strong" | "faint" | Level;

export function painter({ colour }: Screen): (style: Style, text: string) => string {
  return (style, text) => (colour ? styleText(STYLES[style], text, { validateStream: false }) : text);
}

export const SHORT_LEVELS: Readonly<Record<Level, string>> = {
  informational: "info",
  low: "low",
  medium: "medium",
  high: "high",
  critical: "critical",
};

/** Made safe, cut or filled to exactly `width` columns; an infinite width neither cuts nor fills. */
export function fitted(text: string, width: number): string {
  if (width === Infinity) return safeText(text);
  const safe = cutTo(safeText(text), width);
  return safe + " ".repeat(Math.max(0, width - columnsOf(safe)));
}

export function cutTo(text: string, width: number): string {
  if (columnsOf(text) <= width) return text;
  let kept = "";
  let used = 0;
  for (const character of text) {
    used += columnsOf(character);
    if (used > width - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

/** East Asian wide characters and most emoji take two columns. */
export function columnsOf(text: string): number {
  if (NARROW.test(text)) return text.length;
  let columns = 0;
  for (const character of text) columns += WIDE.test(character) ? 2 : COMBINING.test(character) ? 0 : 1;
  return columns;
}

export const count = (value: number): string => String(value).replaceAll(/\B(?=(\d{3})+$)/g, ",");

export const plural = (value: number, noun: string, nouns = `${noun}s`): string =>
  `${count(value)} ${value === 1 ? noun : nouns}`;

export function sizeText(bytes: number): string {
  for (const [unit, name] of [
    [1e9, "GB"],
    [1e6, "MB"],
    [1e3, "kB"],
  ] as const) {
    if (bytes >= unit) return `${(bytes / unit).toFixed(bytes >= unit * 100 ? 0 : 1)} ${name}`;
  }
  return `${bytes} bytes`;
}

export function durationText(ms: number): string {
  if (ms < 90_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 5_400_000) return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
  return `${Math.floor(ms / 3_600_000)} h ${Math.round((ms % 3_600_000) / 60_000)} min`;
}

const NARROW = /^[\u0020-\u02ff\u2010-\u2027\u2190-\u21ff\u2580-\u25ff]*$/;
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const COMBINING = /\p{Mark}/u;

const STYLES: Readonly<Record<Style, Parameters<typeof styleText>[0]>> = {
  strong: "bold",
  faint: "dim",
  critical: ["bold", "red"],
  high: "red",
  medium: "yellow",
  low: "blue",
  informational: "dim",
};
