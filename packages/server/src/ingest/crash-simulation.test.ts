/** crash-simulation: spool and pump on a disk and stores that exist only here, crashed at every step there is. A crash drops
 *  what was not synced, keeps it, or tears it, as the seed says; then everything starts again from what is left.
 *  Promise under test: nothing acknowledged is lost, nothing is visible twice, results are written down exactly once. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { silentLog } from "../platform/log/index.ts";
import { openSpool, type Spool, type SpoolDisk, type SpoolFile, type SpoolPosition } from "../platform/spool/index.ts";
import { type BlockPlan, type BlockResult, emptyResult, type Exclusion } from "./block.ts";
import { createPump, type FinishedBlock, type PumpJournal } from "./pump.ts";

class Crash extends Error {}

/** Counts steps and crashes at one of them; after a crash every further step fails as well: the process is gone. */
class Fate {
  steps = 0;
  crashed = false;
  readonly #crashAt: number;

  constructor(crashAt: number) {
    this.#crashAt = crashAt;
  }

  step(): void {
    this.steps += 1;
    if (this.steps === this.#crashAt) this.crashed = true;
    if (this.crashed) throw new Crash("the power is off");
  }
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

interface Write {
  readonly at: number;
  readonly bytes: Buffer;
}

/** A file: what is on disk for sure, and the writes that may or may not be. */
class SimFile {
  durable: Buffer = Buffer.alloc(0);
  pending: Write[] = [];
  durableName = false;

  view(): Buffer {
    return this.pending.reduce(apply, this.durable);
  }

  /** Each unsynced write is kept, dropped or torn on its own: the disk has no order. */
  crash(random: () => number): void {
    for (const write of this.pending) {
      const kept = random();
      if (kept < 0.4) continue;
      const length = kept < 0.7 ? write.bytes.length : Math.floor(random() * write.bytes.length);
      this.durable = apply(this.durable, { at: write.at, bytes: write.bytes.subarray(0, length) });
    }
    this.pending = [];
  }
}

function apply(content: Buffer, write: Write): Buffer {
  const size = Math.max(content.length, write.at + write.bytes.length);
  const next = Buffer.alloc(size);
  next.set(content);
  next.set(write.bytes, write.at);
  return next;
}

/** What a twin of the test leaves out, to show that the test would notice. */
type Sabotage = "none" | "sync" | "plan" | "token" | "checkpoint";

class SimDisk {
  readonly files = new Map<string, SimFile>();
  readonly #sabotage: Sabotage;

  constructor(sabotage: Sabotage) {
    this.#sabotage = sabotage;
  }

  crash(random: () => number): void {
    for (const [name, file] of [...this.files]) {
      file.crash(random);
      if (!file.durableName && random() < 0.5) this.files.delete(name);
    }
  }

  open(fate: Fate): SpoolDisk {
    const fileOf = (file: SimFile): SpoolFile => ({
      write: async (buffers, position) => {
        let at = position;
        for (const buffer of buffers) {
          fate.step();
          file.pending.push({ at, bytes: Buffer.from(buffer) });
          at += buffer.length;
        }
      },
      read: async (buffer, position) => {
        const content = file.view().subarray(position, position + buffer.length);
        buffer.set(content);
        return content.length;
      },
      sync: async () => {
        fate.step();
        if (this.#sabotage === "sync") return;
        file.durable = file.view();
        file.pending = [];
        fate.step();
      },
      truncate: async (size) => {
        fate.step();
        file.durable = file.view().subarray(0, size);
        file.pending = [];
      },
      size: async () => file.view().length,
      close: async () => {},
    });
    const named = (name: string): SimFile => this.files.get(name) ?? assert.fail(`${name} is not there`);
    return {
      list: async () => [...this.files.keys()],
      create: async (name) => {
        fate.step();
        assert.ok(!this.files.has(name), "a name is used once");
        const file = new SimFile();
        this.files.set(name, file);
        return fileOf(file);
      },
      open: async (name) => fileOf(named(name)),
      remove: async (name) => {
        fate.step();
        this.files.delete(name);
      },
      syncDirectory: async () => {
        fate.step();
        for (const file of this.files.values()) file.durableName = true;
        fate.step();
      },
    };
  }
}

/** The event store: rows per deduplication token, as the real one keeps them. */
class SimEvents {
  readonly byToken = new Map<string, readonly string[]>();

  rows(): string[] {
    return [...this.byToken.values()].flat();
  }
}

/** The state store: one transaction is one step; before it nothing, after it everything. */
class SimState {
  checkpoint: SpoolPosition | undefined;
  open: BlockPlan[] = [];
  counted = 0;
  finishes = 0;
  results: string[] = [];
}

function journalOf(state: SimState, fate: Fate, sabotage: Sabotage): PumpJournal<string> {
  const add = (plans: readonly BlockPlan[]): void => {
    if (sabotage === "plan") return;
    for (const plan of plans) if (!state.open.some((open) => sameBlock(open, plan))) state.open.push(plan);
  };
  return {
    load: async () => {
      state.open.sort((a, b) => a.segment - b.segment || a.from - b.from);
      return { checkpoint: state.checkpoint, open: [...state.open] };
    },
    plan: async (plans) => {
      fate.step();
      add(plans);
      fate.step();
    },
    exclude: async (plan, exclusion) => {
      fate.step();
      state.open = state.open.map((open) =>
        sameBlock(open, plan) ? { ...open, excluded: [...open.excluded, exclusion] } : open,
      );
      fate.step();
    },
    finish: async ({ plan, result }: FinishedBlock<string>, next) => {
      fate.step();
      add(next);
      const { checkpoint } = state;
      const past =
        checkpoint !== undefined &&
        (checkpoint.segment > plan.segment || (checkpoint.segment === plan.segment && checkpoint.offset >= plan.to));
      if (!past || sabotage === "checkpoint") {
        state.checkpoint = { segment: plan.segment, offset: plan.to };
        state.open = state.open.filter((open) => !sameBlock(open, plan));
        state.counted += result.stored;
        state.results.push(...result.signals);
      }
      // The commit happened; its answer may still be lost, with the process or alone.
      fate.step();
      state.finishes += 1;
      if (state.finishes % 11 === 0) throw new Error("the connection was lost after the commit");
    },
  };
}

const sameBlock = (a: BlockPlan, b: BlockPlan): boolean => a.segment === b.segment && a.from === b.from;

const BAD = "bad";

/** Stands for a worker: reads the block, excludes what is bad before it stores, stores under the block's token. */
function runner(options: { spool: Spool; world: World; fate: Fate }) {
  const { spool, fate } = options;
  const { disk, events, sabotage } = options.world;
  return async (plan: BlockPlan, exclude: (exclusion: Exclusion) => Promise<void>): Promise<BlockResult<string>> => {
    fate.step();
    const block = await spool.plan(
      { segment: plan.segment, offset: plan.from },
      { records: 1e9, bytes: 1e9, to: plan.to },
    );
    assert.ok(
      block !== undefined && block.to === plan.to && block.segment === plan.segment,
      "a planned block is found again",
    );
    const name = [...disk.files.keys()].find((file) => Number(file.slice(0, 10)) === plan.segment);
    const content = disk.files.get(name ?? "")?.view() ?? assert.fail("the segment of a planned block is gone");
    const out = new Set(plan.excluded.map((exclusion) => exclusion.ordinal));
    const rows: string[] = [];
    for (const frame of block.frames) {
      let at = frame.offset + 40 + frame.envelopeLength;
      for (let n = 0; n < frame.count; n += 1) {
        const length = content.readUInt32LE(at);
        const text = content.toString("utf8", at + 4, at + 4 + length);
        const ordinal = frame.firstOrdinal + n;
        if (text.startsWith(BAD) && !out.has(ordinal)) {
          await exclude({ ordinal, code: "RECORD_TOO_SLOW", reason: "" });
          out.add(ordinal);
        }
        if (!out.has(ordinal)) rows.push(text);
        at += 4 + length;
      }
    }
    fate.step();
    const unique = sabotage === "token" ? `${events.byToken.size}:` : "";
    const token = `${unique}${spool.id}:${plan.segment}:${plan.from}-${plan.to}`;
    if (!events.byToken.has(token)) events.byToken.set(token, rows);
    // The store has it; the answer may be lost.
    fate.step();
    return { ...emptyResult<string>(), stored: rows.length, signals: rows };
  };
}

interface World {
  readonly sabotage: Sabotage;
  readonly disk: SimDisk;
  readonly events: SimEvents;
  readonly state: SimState;
  readonly acked: string[];
  sent: number;
}

/** Time that only moves when asked, so that a run is the same every time. */
const clock = (() => {
  let now = 1_763_800_000_000;
  return { now: () => now, monotonic: () => (now += 1_000) };
})();

/** One life of the process: opens, sends, pumps, until it is through or crashes. */
async function live(world: World, options: { fate: Fate; appends: number; random: () => number }): Promise<void> {
  const { fate, random } = options;
  let stop = async (): Promise<void> => {};
  try {
    const disk = world.disk.open(fate);
    const spool = await openSpool({ disk, clock, log: silentLog, maxBytes: 1e9, segmentBytes: 700, frameBytes: 300 });
    const pump = createPump<string>({
      spool,
      journal: journalOf(world.state, fate, world.sabotage),
      run: runner({ spool, world, fate }),
      clock,
      log: silentLog,
      workers: 2,
      block: { records: 4, bytes: 500 },
      lingerMs: 0,
    });
    stop = () => pump.stop(0);
    await pump.start();
    for (let n = 0; n < options.appends && !fate.crashed; n += 1) {
      const callers = 1 + Math.floor(random() * 3);
      await Promise.all(Array.from({ length: callers }, () => append(world, spool, random)));
    }
    for (let turn = 0; turn < 2_000 && !fate.crashed; turn += 1) {
      const { checkpoint } = world.state;
      const end = spool.end();
      if (checkpoint !== undefined && checkpoint.segment === end.segment && checkpoint.offset === end.offset) break;
      if (checkpoint === undefined && world.sent === 0) break;
      if (
        checkpoint !== undefined &&
        end.offset === 64 &&
        world.state.open.length === 0 &&
        checkpoint.segment < end.segment
      ) {
        if ((await spool.plan(checkpoint, { records: 1, bytes: 1 })) === undefined) break;
      }
      // The pump waits 50 ms of real time after a failure that is none of ours.
      await (turn % 50 === 49 ? sleep(5) : nextTurn());
    }
  } catch (error) {
    if (!fate.crashed) throw error;
  } finally {
    await stop();
  }
}

async function append(world: World, spool: Spool, random: () => number): Promise<void> {
  const count = 1 + Math.floor(random() * 4);
  const texts = Array.from({ length: count }, () => {
    world.sent += 1;
    return `${random() < 0.05 ? BAD : "good"}-${world.sent}-${"x".repeat(Math.floor(random() * 60))}`;
  });
  const envelope = { source: "s", kind: "http", receivedMs: clock.now(), peer: "" };
  await spool.append({ envelope, records: texts.map((text) => Buffer.from(text)) });
  world.acked.push(...texts);
}

function check(world: World, story: string): void {
  const rows = world.events.rows();
  const distinct = new Set(rows);
  assert.equal(rows.length, distinct.size, `${story}: visible twice`);
  for (const text of world.acked) {
    if (!text.startsWith(BAD)) assert.ok(distinct.has(text), `${story}: lost ${text}`);
  }
  assert.ok(
    rows.every((text) => !text.startsWith(BAD)),
    `${story}: an excluded record was stored`,
  );
  assert.equal(world.state.counted, rows.length, `${story}: counted ${world.state.counted}, stored ${rows.length}`);
  assert.equal(
    new Set(world.state.results).size,
    world.state.results.length,
    `${story}: a result was written down twice`,
  );
}

async function story(seed: number, crashes: readonly number[], sabotage: Sabotage = "none"): Promise<number> {
  const random = randomFrom(seed);
  const world: World = {
    sabotage,
    disk: new SimDisk(sabotage),
    events: new SimEvents(),
    state: new SimState(),
    acked: [],
    sent: 0,
  };
  let steps = 0;
  for (const crashAt of crashes) {
    const fate = new Fate(crashAt);
    await live(world, { fate, appends: 5, random });
    steps = fate.steps;
    world.disk.crash(random);
  }
  await live(world, { fate: new Fate(Number.POSITIVE_INFINITY), appends: 2, random });
  check(world, `seed ${seed}, crashes at ${crashes.join(", ")}`);
  return steps;
}

test("a crash at every single step of a life", async () => {
  const seed = 20_261_121;
  const whole = await story(seed, [1_000_000]);
  assert.ok(whole > 60, `a life has ${whole} steps`);
  for (let at = 1; at <= whole; at += 1) await story(seed, [at]);
});

async function randomStories(base: number, stories: number, sabotage: Sabotage = "none"): Promise<void> {
  for (let n = 0; n < stories; n += 1) {
    const random = randomFrom(base + n * 7_919);
    const crashes = Array.from({ length: 1 + Math.floor(random() * 5) }, () => 1 + Math.floor(random() * 90));
    await story(base + n, crashes, sabotage);
  }
}

test("random stories of many crashes", async (t) => {
  const base = Number(process.env["HOLDFAST_TEST_SEED"] ?? Date.now() % 1_000_000_000);
  const stories = Number(process.env["HOLDFAST_TEST_STORIES"] ?? 100);
  t.diagnostic(`seed ${base}, ${stories} stories`);
  await randomStories(base, stories);
});

for (const sabotage of ["sync", "plan", "token", "checkpoint"] as const) {
  test(`the simulation notices when the ${sabotage} is left out`, async () => {
    await assert.rejects(randomStories(7, 100, sabotage));
  });
}
