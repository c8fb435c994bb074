/**
 * rare-parts: a first look at a value before texts are searched in it: each text has a short part that few values have, and
 * one part may serve many texts. Where a handful of parts serves them all, one native pass over the value rules nearly all out.
 */
import type { StringTest } from "../text/pattern-matcher.ts";
import { literalTest } from "../text/regex.ts";

const SHORTEST = 2;
const LONGEST = 4;
const MOST_PARTS = 6;
/** Parts that more values have than this are no help. */
const TOO_COMMON = 0.004;

/** Could the value contain one of the texts (lower-cased)? Undefined: no few parts are rare enough. */
export function rareParts(texts: readonly string[]): StringTest | undefined {
  const parts: string[] = [];
  let left = texts;
  let commonness = 0;
  while (left.length > 0) {
    const part = bestPart(left);
    if (part === undefined || parts.length === MOST_PARTS) return undefined;
    parts.push(part);
    commonness += commonnessOf(part);
    left = left.filter((text) => !text.includes(part));
  }
  return commonness > TOO_COMMON ? undefined : literalTest(parts);
}

/** The part that serves the most texts for how often it is met. */
function bestPart(texts: readonly string[]): string | undefined {
  const served = new Map<string, number>();
  for (const text of texts) {
    const parts = new Set<string>();
    for (let length = SHORTEST; length <= LONGEST; length++) {
      for (let at = 0; at + length <= text.length; at++) parts.add(text.slice(at, at + length));
    }
    for (const part of parts) served.set(part, (served.get(part) ?? 0) + 1);
  }
  let best: string | undefined;
  let most = 0;
  for (const [part, count] of served) {
    const worth = (count * count) / (commonnessOf(part) + FLOOR);
    if (worth <= most) continue;
    most = worth;
    best = part;
  }
  return best;
}

/** Rarer than this makes no difference: the look itself costs more. */
const FLOOR = 0.0001;
/** From the most common on, as logs have them. */
const COMMON = "etaoinrs\\lcdmup. hwgfyb0123456789v:";

function commonnessOf(part: string): number {
  let product = 1;
  for (const character of part) {
    const at = COMMON.indexOf(character);
    product *= at < 0 ? 0.005 : 0.1 / (1 + at / 4);
  }
  return product;
}
