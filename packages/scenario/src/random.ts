/** random: a seeded source of choices. The same seed and the same calls give the same answers on every machine;
 *  a fork has its own stream, so that more records for one host never change those of another. */

/** A list that has at least one member. */
export type Some<T> = readonly [T, ...T[]];

export interface Random {
  /** 0 <= x < 1. */
  next(): number;
  /** A whole number, both ends included. */
  int(min: number, max: number): number;
  chance(probability: number): boolean;
  pick<const L extends Some<unknown>>(list: L): L[number];
  /** Lower-case hexadecimal digits. */
  hex(digits: number): string;
  fork(name: string): Random;
}

export function seeded(seed: string): Random {
  let [a, b, c, d] = [hash(`${seed}/a`), hash(`${seed}/b`), hash(`${seed}/c`), 1];
  // sfc32: small, fast, passes the usual statistical batteries.
  const next = (): number => {
    const sum = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return (sum >>> 0) / 4_294_967_296;
  };
  for (let warm = 0; warm < 12; warm++) next();
  const int = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1));
  return {
    next,
    int,
    chance: (probability) => next() < probability,
    pick: (list) => list[int(0, list.length - 1)] ?? list[0],
    hex: (digits) => {
      let text = "";
      while (text.length < digits) text += int(0, 0xffff).toString(16).padStart(4, "0");
      return text.slice(0, digits);
    },
    fork: (name) => seeded(`${seed}/${name}`),
  };
}

/** 32 bits of a text (FNV-1a with a final mix). */
export function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  value ^= value >>> 16;
  value = Math.imul(value, 0x85ebca6b);
  return (value ^ (value >>> 13)) >>> 0;
}

/** Hexadecimal digits that depend on the text only: file hashes, ids that stay the same from run to run. */
export function digest(text: string, digits: number): string {
  let out = "";
  for (let part = 0; out.length < digits; part++) out += hash(`${part}:${text}`).toString(16).padStart(8, "0");
  return out.slice(0, digits);
}
