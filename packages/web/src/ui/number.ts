/** number: how counts, shares and sizes are written. Pure. */

/** 12,345. */
export function count(value: number): string {
  return value.toLocaleString("en");
}

/** 950, 12.3k, 4.5M: for places with little room; the exact value belongs in the hover. */
export function short(value: number): string {
  if (value < 1000) return String(Math.round(value * 10) / 10);
  if (value < 999_500) return `${trim(value / 1000)}k`;
  if (value < 999_500_000) return `${trim(value / 1_000_000)}M`;
  return `${trim(value / 1_000_000_000)}G`;
}

/** A measured number with three digits that count: 0.00342, 2.5, 12.3k. */
export function level(value: number): string {
  const size = Math.abs(value);
  if (size >= 1000) return value < 0 ? `-${short(size)}` : short(size);
  return String(Number(value.toPrecision(3)));
}

/** 98.2 %; a share below 100 % never rounds up to it. */
export function percent(share: number): string {
  const value = Math.floor(share * 1000) / 10;
  return `${value} %`;
}

/** 12.3 MB. */
export function bytes(value: number): string {
  if (value < 1000) return `${value} B`;
  if (value < 1_000_000) return `${trim(value / 1000)} kB`;
  if (value < 1_000_000_000) return `${trim(value / 1_000_000)} MB`;
  return `${trim(value / 1_000_000_000)} GB`;
}

/** "1 alert", "12 alerts". */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

function trim(value: number): string {
  return value >= 100 ? String(Math.round(value)) : String(Math.round(value * 10) / 10);
}
