/** fair-share.test: a source that sends too much is held back while others send, and only then. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { isAppError } from "../platform/errors/index.ts";
import { createFairShare } from "./fair-share.ts";

function arrange() {
  let now = 1_000_000;
  const waiting = new Map<string, number>();
  const refused: [string, number][] = [];
  let oldestMs: number | undefined;
  const total = (): number => [...waiting.values()].reduce((sum, records) => sum + records, 0);
  const share = createFairShare({
    backlog: {
      ofSender: (sender) => waiting.get(sender) ?? 0,
      perSender: () => total() / Math.max(1, waiting.size),
      total: () => ({ records: total(), oldestMs }),
    },
    clock: { now: () => now, monotonic: () => now } as Parameters<typeof createFairShare>[0]["clock"],
    onRefused: (source, records) => refused.push([source, records]),
  });
  const take = async (source: string, records: number): Promise<void> => {
    const done = await share.admit(source, records);
    waiting.set(source, (waiting.get(source) ?? 0) + records);
    done();
  };
  return {
    share,
    take,
    waiting,
    refused,
    pass: (ms: number) => (now += ms),
    waitIs: (ms: number) => (oldestMs = now - ms),
  };
}

test("alone a source may fill the spool", async () => {
  const { take, waiting } = arrange();
  for (let n = 0; n < 50; n += 1) await take("noisy", 2_000);
  assert.equal(waiting.get("noisy"), 100_000);
});

test("beside another it has an allowance waiting, and the other is never held", async () => {
  const { take, waiting, pass, waitIs } = arrange();
  waitIs(2_000);
  await take("quiet", 1);
  await take("noisy", 2_000);
  await take("noisy", 2_000);
  let through = false;
  const held = take("noisy", 2_000).then(() => (through = true));
  await take("quiet", 1);
  await sleep(60);
  assert.equal(through, false);
  waiting.set("noisy", 1_999);
  await held;
  assert.equal(waiting.get("noisy"), 3_999);
  // The other has been silent for long: all is its own again.
  pass(61_000);
  await take("noisy", 2_000);
  await take("noisy", 2_000);
});

test("the allowance follows the wait: more while it is short, less while it is long", async () => {
  const { take, waiting, pass, waitIs } = arrange();
  await take("quiet", 1);
  waiting.set("noisy", 5_000);
  /** Looks at the wait so many times and says whether the next was let through. */
  const whileWaiting = async (ms: number, looks: number): Promise<boolean> => {
    let through = false;
    waitIs(ms);
    const held = take("noisy", 1).then(() => (through = true));
    for (let n = 0; n < looks && !through; n += 1) {
      pass(60);
      waitIs(ms);
      await sleep(30);
    }
    const answer = through;
    waiting.set("noisy", 0);
    await held;
    waiting.set("noisy", 5_000);
    return answer;
  };
  assert.equal(await whileWaiting(2_000, 10), false);
  waiting.set("noisy", 3_900);
  assert.equal(await whileWaiting(2_000, 1), false, "what was enough before a long wait no longer is");
  assert.equal(await whileWaiting(50, 40), true);
});

test("who has less waiting than the others on average is not held, however long the wait", async () => {
  const { take, waiting, waitIs } = arrange();
  await take("noisy", 60_000);
  waitIs(20_000);
  waiting.set("quiet", 20_000);
  await take("quiet", 500);
  assert.equal(waiting.get("quiet"), 20_500);
});

test("what is held too long is refused, counted, and said before the next body is read", async () => {
  const { share, take, refused, pass } = arrange();
  await take("quiet", 1);
  await take("noisy", 5_000);
  const held = Array.from({ length: 4 }, () => take("noisy", 10));
  const outcomes = Promise.allSettled(held);
  assert.equal(share.refusal("noisy")?.status, 429);
  assert.equal(share.refusal("quiet"), undefined);
  pass(5_001);
  for (const outcome of await outcomes) {
    assert.ok(outcome.status === "rejected" && isAppError(outcome.reason) && outcome.reason.retryable);
  }
  assert.deepEqual(
    refused,
    Array.from({ length: 4 }, () => ["noisy", 10]),
  );
  assert.equal(share.refusal("noisy"), undefined);
});
