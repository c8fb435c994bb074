/** settings-preview: what other settings would make of what stands now: whose risk passes the threshold, which alerts of the last
 *  days would be quiet. It only reads; what it leaves out it says. */
import type { SettingsPreview, TriageSettingsValue } from "@holdfast/contracts/triage-settings";
import type { Executor } from "../platform/tables/index.ts";
import { hottestSubjects } from "./risk-list-store.ts";
import { scoreOf } from "./risk.ts";
import { readRisk } from "./risk-store.ts";
import { otherKeys, quietCounts } from "./settings-store.ts";
import { rankOf } from "./severity.ts";

export async function previewSettings(
  executor: Executor,
  given: { readonly before: TriageSettingsValue; readonly after: TriageSettingsValue; readonly now: number },
): Promise<SettingsPreview> {
  const { before, after, now } = given;
  const { subjects, total } = await hottestSubjects(executor, MOST_ASKED);
  const known = await readRisk(
    executor,
    subjects.map(({ key }) => key),
  );
  const entities = subjects.flatMap(({ key, kind, value }) => {
    const held = known.get(key);
    if (held === undefined) return [];
    const { parts, standing } = held;
    const at = parts.reduce((last, { lastMs }) => Math.max(last, lastMs), now);
    const scores = [before.risk, after.risk].map((settings) => scoreOf(parts, { standing, settings, at }).score);
    const [was = 0, would = 0] = scores;
    return [
      {
        key,
        kind,
        value,
        before: was,
        after: would,
        wasOver: was >= before.risk.threshold,
        isOver: would >= after.risk.threshold,
      },
    ];
  });
  const changed = entities
    .filter((one) => one.wasOver !== one.isOver || Math.abs(one.after - one.before) >= LEAST_CHANGE)
    .sort(
      (a, b) =>
        Number(b.wasOver !== b.isOver) - Number(a.wasOver !== a.isOver) ||
        Math.abs(b.after - b.before) - Math.abs(a.after - a.before),
    );
  return {
    asked: entities.length,
    cut: total > subjects.length,
    overBefore: entities.filter(({ wasOver }) => wasOver).length,
    overAfter: entities.filter(({ isOver }) => isOver).length,
    changed: changed.length,
    entities: changed.slice(0, MOST_SHOWN),
    otherKeys: await otherKeys(executor, after.dedup),
    quiet: {
      days: QUIET_DAYS,
      ...(await quietCounts(executor, { below: rankOf(after.quietBelow), from: now - QUIET_DAYS * DAY })),
    },
  };
}

const DAY = 24 * 3_600_000;
const QUIET_DAYS = 7;
const MOST_ASKED = 2_000;
const MOST_SHOWN = 20;
/** Points; less is not seen in a list that shows one decimal. */
const LEAST_CHANGE = 0.1;
