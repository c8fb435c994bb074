/** correlation.testing: correlation rules, and a story of blocks of signals that makes all of them fire: late, out of order, over
 *  many groups. The same seed tells the same story in every process. */
import { type CorrelationRule, parseRules } from "@holdfast/sigma";
import type { Signal } from "./signal.ts";

const RULES = `
title: Failed
id: failed
name: failed
logsource: { product: test }
detection: { s: { a: 1 }, condition: s }
---
title: Succeeded
id: succeeded
name: succeeded
logsource: { product: test }
detection: { s: { a: 2 }, condition: s }
---
title: Many failures
id: many
name: many
correlation:
  type: event_count
  rules: [failed]
  group-by: [user]
  timespan: 1m
  condition: { gte: 5 }
level: medium
---
title: Many accounts
id: spray
correlation:
  type: value_count
  rules: [failed]
  group-by: [src_ip]
  timespan: 2m
  condition: { field: user, gte: 6 }
  generate: true
level: high
---
title: Guessed
id: guessed
correlation:
  type: temporal_ordered
  rules: [many, succeeded]
  group-by: [user]
  timespan: 3m
level: critical
---
title: Quiet
id: quiet
correlation:
  type: event_count
  rules: [succeeded]
  group-by: [user]
  timespan: 10s
  condition: { eq: 2 }
level: low
`;

export function testCorrelations(text = RULES): readonly CorrelationRule[] {
  const { correlations, problems } = parseRules([{ path: "test.yml", text }]);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return correlations;
}

export const TEST_LATENESS_MS = 60_000;
const START_MS = Date.UTC(2026, 10, 22, 8);

export function testSignal(of: {
  readonly n: number;
  readonly ruleId: string;
  readonly ms: number;
  readonly values: Readonly<Record<string, string>>;
}): Signal {
  const user = of.values["user"] ?? "";
  return {
    id: `${of.n}-${of.ruleId}`,
    eventId: String(of.n),
    timeMs: START_MS + of.ms,
    ruleId: of.ruleId,
    ruleTitle: of.ruleId,
    ruleHash: "",
    level: "low",
    outcome: "alert",
    hiddenBy: "",
    tactics: [],
    techniques: [],
    entity: { kind: "host", value: "web-01" },
    entities: [
      { kind: "host", value: "web-01", role: "own" },
      { kind: "user", value: user, role: "seen" },
    ],
    fields: [],
    host: "web-01",
    user,
    message: "",
    values: of.values,
  };
}

/** Blocks in the order of the spool; within the lateness, the order of events is another one. */
export function testBlocks(seed: number, blocks: number): Signal[][] {
  const random = randomFrom(seed);
  const pick = (below: number): number => Math.floor(random() * below);
  return Array.from({ length: blocks }, (_, block) =>
    Array.from({ length: 12 }, (_, at) =>
      testSignal({
        n: block * 100 + at,
        ruleId: pick(6) === 0 ? "succeeded" : "failed",
        ms: block * 9_000 + pick(40_000),
        values: { user: `user${pick(12)}`, src_ip: `192.0.2.${pick(5)}` },
      }),
    ),
  );
}

/** Small, fast and reproducible. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}
