/**
 * silence: generated weeks with known silences, drops of volume, lost fields and wrong clocks: precision, recall and how soon.
 * `npm run bench -- silence [--runs n]`: each run is another seed
 */
import { runGenerated, type Score } from "../packages/server/src/silence/generated.testing.ts";
import type { Result } from "./result.ts";

const RUNS = 12;

export function runSilence({ runs = RUNS }: { readonly runs?: number }): Promise<Result> {
  const started = performance.now();
  const all = Array.from({ length: runs }, (_, seed) => runGenerated(seed + 1));
  const kinds = [...new Set(all.flatMap(({ scores }) => scores.map(({ kind }) => kind)))];
  const sum = (kind: string, of: (score: Score) => number): number =>
    all.reduce(
      (total, { scores }) => total + scores.filter((score) => score.kind === kind).reduce((n, one) => n + of(one), 0),
      0,
    );
  const records = all.reduce((total, run) => total + run.records, 0);
  return Promise.resolve({
    name: "silence",
    how: [
      `${runs} seeds of five weeks: eight sources, ${all[0]?.lanes ?? 0} sources and hosts, ${records} records; three weeks are learned, two have faults.`,
      "In time: by the time it was noticed, the pause was at most twice the learned one, or 60 s, and a minute that passes between two looks.",
      "Of drops: hosts or a source called silent while the volume of that source was down; neither right nor wrong.",
    ],
    tables: {
      "found by kind": kinds.map((kind) => {
        const [faults, noticed, alarms] = [
          sum(kind, (s) => s.faults),
          sum(kind, (s) => s.noticed),
          sum(kind, (s) => s.alarms),
        ];
        const [right, ofDrops, inTime] = [
          sum(kind, (s) => s.right),
          sum(kind, (s) => s.ofDrops),
          sum(kind, (s) => s.inTime),
        ];
        return {
          kind,
          faults,
          recall: share(noticed, faults),
          alarms,
          of_drops: ofDrops,
          precision: share(right, alarms - ofDrops),
          in_time: share(inTime, noticed),
        };
      }),
    },
    notes: [
      `${Math.round((performance.now() - started) / 1000)} s for all of it.`,
      ...all.flatMap(({ wrong }, seed) => wrong.map((text) => `seed ${seed + 1}: ${text}`)).slice(0, 20),
    ],
  });
}

const share = (part: number, whole: number): number => (whole === 0 ? 1 : Math.round((100 * part) / whole) / 100);
