/**
 * vector-buckets: which texts share a bit of the tables that `vector-scan` looks bytes up in. A bucket lets through whatever
 * has at each place a low half of one of its bytes and a high half of another, so texts go together that mix into little.
 */
import { foldedShare } from "./byte-shares.ts";

/** The bytes of a bucket at one place: bit n of `lows` when one has the low half n, and alike for the high half. */
interface Place {
  readonly lows: number;
  readonly highs: number;
}

interface Bucket {
  readonly windows: readonly (readonly number[])[];
  readonly places: readonly Place[];
  readonly chance: number;
}

interface Pair {
  readonly parts: readonly [Bucket, Bucket];
  readonly bucket: Bucket;
  /** How much more the two let through as one. */
  readonly cost: number;
}

/** Windows are folded bytes, all of one width; each goes into one of at most `count` buckets. */
export function bucketsFor(windows: readonly (readonly number[])[], count: number): number[][][] {
  let buckets = windows.map((window) => bucketOf([window], window.map(placeOf)));
  let pairs = buckets.flatMap((one, n) => buckets.slice(n + 1).map((other) => pairOf(one, other)));
  while (buckets.length > count) {
    const { parts, bucket } = pairs.reduce((best, pair) => (pair.cost < best.cost ? pair : best));
    const apart = (one: Bucket): boolean => !parts.includes(one);
    buckets = buckets.filter(apart);
    pairs = [...pairs.filter((pair) => pair.parts.every(apart)), ...buckets.map((other) => pairOf(bucket, other))];
    buckets.push(bucket);
  }
  return buckets.map((one) => one.windows.map((window) => [...window]));
}

function pairOf(one: Bucket, other: Bucket): Pair {
  const bucket = merged(one, other);
  return { parts: [one, other], bucket, cost: bucket.chance - one.chance - other.chance };
}

function placeOf(byte: number): Place {
  return { lows: 1 << (byte & 15), highs: 1 << (byte >> 4) };
}

function merged(one: Bucket, other: Bucket): Bucket {
  const places = one.places.map(({ lows, highs }, n) => {
    const beside = other.places[n] ?? { lows: 0, highs: 0 };
    return { lows: lows | beside.lows, highs: highs | beside.highs };
  });
  return bucketOf([...one.windows, ...other.windows], places);
}

function bucketOf(windows: readonly (readonly number[])[], places: readonly Place[]): Bucket {
  return { windows, places, chance: places.reduce((product, place) => product * chanceOf(place), 1) };
}

function chanceOf({ lows, highs }: Place): number {
  let sum = 0;
  for (let high = 2; high < 8; high++) {
    if ((highs & (1 << high)) === 0) continue;
    for (let low = 0; low < 16; low++) if ((lows & (1 << low)) !== 0) sum += foldedShare(16 * high + low);
  }
  return sum;
}
