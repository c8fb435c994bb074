/** exponential: histograms whose bounds are powers of a base, laid out with the bounds as numbers, as all histograms are stored:
 *  then one calculation of quantiles serves them all. Only the stretch between the lowest and the highest filled bucket is kept. */

export interface ExponentialBuckets {
  /** The base is 2^(2^-scale). */
  readonly scale: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  /** Observations by exponent: `counts[i]` those in (base^(first+i), base^(first+i+1)], of positive and of negative values. */
  readonly positive: { readonly first: number; readonly counts: readonly number[] };
  readonly negative: { readonly first: number; readonly counts: readonly number[] };
}

export function explicitBuckets(from: ExponentialBuckets): { readonly bounds: number[]; readonly buckets: number[] } {
  const power = (exponent: number): number => 2 ** (exponent * 2 ** -from.scale);
  const bounds: number[] = [];
  const buckets: number[] = [];
  const push = (bound: number, count: number): void => {
    if (bounds.length > 0 && bound <= (bounds.at(-1) ?? 0)) buckets[buckets.length - 1] = (buckets.at(-1) ?? 0) + count;
    else {
      bounds.push(bound);
      buckets.push(count);
    }
  };
  const negative = trimmed(from.negative);
  if (negative.counts.length > 0) push(-power(negative.first + negative.counts.length), 0);
  for (let at = negative.counts.length - 1; at >= 0; at -= 1)
    push(-power(negative.first + at), negative.counts[at] ?? 0);
  const positive = trimmed(from.positive);
  if (from.zeroCount > 0 || (negative.counts.length > 0 && positive.counts.length > 0))
    push(from.zeroThreshold, from.zeroCount);
  // Where the first bucket begins, so that a quantile in it is not drawn down to nothing.
  else if (positive.counts.length > 0) push(power(positive.first), 0);
  for (let at = 0; at < positive.counts.length; at += 1) {
    if (at === 0 && (bounds.at(-1) ?? 0) < power(positive.first)) push(power(positive.first), 0);
    push(power(positive.first + at + 1), positive.counts[at] ?? 0);
  }
  // Nothing lies above the highest filled bucket.
  return { bounds, buckets: [...buckets, 0] };
}

function trimmed({ first, counts }: ExponentialBuckets["positive"]): ExponentialBuckets["positive"] {
  const low = counts.findIndex((count) => count > 0);
  if (low === -1) return { first, counts: [] };
  const high = counts.findLastIndex((count) => count > 0);
  return { first: first + low, counts: counts.slice(low, high + 1) };
}
