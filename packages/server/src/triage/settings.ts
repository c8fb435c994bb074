/** settings: what triage is set to: as shipped, until people write a version of their own. */
import type { TriageSettingsValue } from "@holdfast/contracts/triage-settings";
import type { TriageSettings } from "./apply.ts";

export const SHIPPED: TriageSettingsValue = {
  risk: {
    threshold: 100,
    halfLifeHours: 24,
    keepDays: 7,
    severity: { informational: 1, low: 5, medium: 15, high: 35, critical: 60 },
    confidence: { stable: 1, test: 0.9, experimental: 0.7, deprecated: 0.4, unknown: 0.8 },
    criticality: { none: 0.8, "1": 0.7, "2": 0.85, "3": 1, "4": 1.25, "5": 1.5 },
    exposure: { internet: 1.3, partner: 1.15, internal: 1, isolated: 0.8, unknown: 1 },
    repeat: 0.1,
    repeatMost: 2,
    spread: 0.25,
    spreadMost: 2.5,
  },
  grouping: {
    windowMinutes: 60,
    joinHours: 6,
    noiseBound: 50,
    maxMembers: 500,
    stepMinutes: 60,
    waveBound: 100,
    waveMinutes: 10,
  },
  quietBelow: "low",
  hubs: [],
  dedup: [],
};

export function appliedSettings({ grouping, hubs, dedup }: TriageSettingsValue): TriageSettings {
  const { noiseBound, maxMembers, waveBound } = grouping;
  return {
    windowMs: grouping.windowMinutes * MINUTE,
    joinMs: grouping.joinHours * 60 * MINUTE,
    noiseBound,
    maxMembers,
    stepMs: grouping.stepMinutes * MINUTE,
    waveBound,
    waveMs: grouping.waveMinutes * MINUTE,
    hubs: new Map(hubs.map(({ kind, value, reason }) => [`${kind}:${value.toLowerCase()}`, reason])),
    dedup: new Map(
      dedup.map(({ ruleId, keys, windowMinutes }) => [ruleId, { keys, windowMs: windowMinutes * MINUTE }]),
    ),
  };
}

const MINUTE = 60_000;
