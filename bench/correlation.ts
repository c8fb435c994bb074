/**
 * correlation: a million signals over 100,000 groups for each type of correlation, one core: inputs a second, memory, and the
 * time that a late input costs. Inputs come in blocks, as in the stream. `npm run bench -- correlation [--events n] [--runs n]`
 */
import { type CorrelationInput, type CorrelationRule, createCorrelator } from "@holdfast/sigma";
import { type Result, type Row, median, rounded } from "./result.ts";

export interface CorrelationBenchOptions {
  /** Signals a type. */
  readonly events?: number;
  readonly runs?: number;
}

const GROUPS = 100_000;
const BLOCK = 5_000;
const STEP_MS = 10;
const LATE_MS = 60_000;
const TIMESPAN_MS = 3_600_000;

interface Subject {
  readonly type: string;
  readonly rule: CorrelationRule;
}

export async function runCorrelation(options: CorrelationBenchOptions = {}): Promise<Result> {
  const events = options.events ?? 1_000_000;
  const runs = options.runs ?? 3;
  const inOrder = makeInputs(events, 0);
  const late = makeInputs(events, LATE_MS);
  const rows: Row[] = [];
  for (const subject of SUBJECTS) rows.push(measure(subject, { inOrder, late, runs }));
  const hot = makeInputs(events, 0, 10);
  const storms = SUBJECTS.map((subject) => measureOne(subject, hot, runs));
  return {
    name: "correlation",
    how: [
      `${events} signals over ${GROUPS} groups for each type, timespan 1 h, in blocks of ${BLOCK}; one core, inputs per second of CPU time, median of ${runs} runs after a warm-up.`,
      `"late" is the same with each signal up to ${LATE_MS / 1000} s late, so that about every other one goes in before others of its group or block.`,
    ],
    tables: {
      "Many groups": rows,
      "A storm: all signals in 10 groups, with windows of 10,000": storms,
    },
  };
}

const SUBJECTS: readonly Subject[] = [
  subject("event_count", { bounds: [{ op: "gte", value: 12 }] }),
  subject("value_count", { bounds: [{ op: "gte", value: 12 }], fields: ["target"] }),
  subject("value_sum", { bounds: [{ op: "gte", value: 6_000 }], fields: ["bytes"] }),
  subject("value_avg", { bounds: [{ op: "gte", value: 950 }], fields: ["bytes"] }),
  subject("value_median", { bounds: [{ op: "gte", value: 950 }], fields: ["bytes"] }),
  subject("value_percentile", { bounds: [{ op: "gte", value: 999 }], fields: ["bytes"], percentile: 95 }),
  subject("temporal", { rules: ["a", "b", "c"] }),
  subject("temporal_ordered", { rules: ["c", "b", "a"] }),
];

function subject(
  type: CorrelationRule["type"],
  of: {
    readonly rules?: readonly string[];
    readonly bounds?: Extract<CorrelationRule["condition"], { kind: "bounds" }>["bounds"];
    readonly fields?: readonly string[];
    readonly percentile?: number;
  },
): Subject {
  const rule: CorrelationRule = {
    id: type,
    name: undefined,
    title: type,
    level: "medium",
    status: "test",
    description: "",
    author: "",
    references: [],
    tags: [],
    falsepositives: [],
    attack: { tactics: [], techniques: [] },
    path: "",
    text: "",
    type,
    rules: of.rules ?? ["a", "b", "c", "d"],
    groupBy: ["user"],
    aliases: {},
    timespanMs: TIMESPAN_MS,
    condition: { kind: "bounds", bounds: of.bounds ?? [], fields: of.fields ?? [], percentile: of.percentile },
    generate: false,
  };
  return { type, rule };
}

/** Rules a, b and c are rare, d is most of them; times go on evenly, arrival is up to `lateMs` later. */
function makeInputs(events: number, lateMs: number, groups = GROUPS): readonly (readonly CorrelationInput[])[] {
  let state = 88_172_645;
  const random = (below: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
  const users = Array.from({ length: groups }, (_, n) => `user-${n}`);
  const targets = Array.from({ length: 2_000 }, (_, n) => `host-${n}`);
  const rules = ["a", "b", "c", "d", "d", "d", "d", "d"];
  const made = Array.from({ length: events }, (_, n) => ({
    arrival: n * STEP_MS + (lateMs === 0 ? 0 : random(lateMs)),
    input: {
      id: `${1_000_000_000_000 + n}`,
      ruleId: rules[random(rules.length)] ?? "d",
      timeMs: 1_763_800_000_000 + n * STEP_MS,
      values: {
        user: users[random(groups)] ?? "",
        target: targets[random(targets.length)] ?? "",
        bytes: random(1_000),
      },
    },
  }));
  if (lateMs > 0) made.sort((a, b) => a.arrival - b.arrival);
  const blocks: CorrelationInput[][] = [];
  for (let at = 0; at < made.length; at += BLOCK) blocks.push(made.slice(at, at + BLOCK).map(({ input }) => input));
  return blocks;
}

function measure(
  { type, rule }: Subject,
  given: {
    inOrder: readonly (readonly CorrelationInput[])[];
    late: readonly (readonly CorrelationInput[])[];
    runs: number;
  },
): Row {
  const once = (blocks: readonly (readonly CorrelationInput[])[]) => run(rule, blocks);
  once(given.inOrder.slice(0, 20));
  const before = memory();
  const held = once(given.inOrder);
  const megabytes = (memory() - before) / 1e6;
  const { groups, inputs } = held.correlator.stats();
  const times = (blocks: readonly (readonly CorrelationInput[])[]): number =>
    median(Array.from({ length: given.runs }, () => once(blocks).perSecond));
  return {
    type,
    "inputs/s": Math.round(times(given.inOrder)),
    "late inputs/s": Math.round(times(given.late)),
    matches: held.matches,
    groups,
    "inputs held": inputs,
    "MB held": rounded(megabytes),
  };
}

function measureOne({ type, rule }: Subject, blocks: readonly (readonly CorrelationInput[])[], runs: number): Row {
  const found = Array.from({ length: runs }, () => run(rule, blocks));
  return {
    type,
    "inputs/s": Math.round(median(found.map(({ perSecond }) => perSecond))),
    matches: found[0]?.matches ?? 0,
  };
}

function run(rule: CorrelationRule, blocks: readonly (readonly CorrelationInput[])[]) {
  const correlator = createCorrelator([rule], { latenessMs: LATE_MS });
  const ids = new Set<string>();
  let inputs = 0;
  const started = process.cpuUsage();
  for (const block of blocks) {
    inputs += block.length;
    for (const { id } of correlator.observe(block)) ids.add(id);
  }
  const { user, system } = process.cpuUsage(started);
  const perSecond = inputs / ((user + system) / 1e6);
  return { correlator, perSecond, matches: ids.size };
}

/** Exact where the garbage collector can be called (node --expose-gc), else an estimate. */
function memory(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
