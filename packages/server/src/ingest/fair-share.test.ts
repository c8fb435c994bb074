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
  const share = createFairShare({
    backlog: { ofSender: (sender) => waiting.get(sender) ?? 0 },
    rate: { perSecond: () => 3_000 },
    clock: { now: () => now, monotonic: () => now } as Parameters<typeof createFairShare>[0]["clock"],
    onRefused: (source, records) => refused.push([source, records]),
  });
  const take = async (source: string, records: number): Promise<void> => {
    const done = await share.admit(source, records);
    waiting.set(source, (waiting.get(source) ?? 0) + records);
    done();
  };
  return { share, take, waiting, refused, pass: (ms: number) => (now += ms) };
}

test("alone a source may fill the spool", async () => {
  const { take, waiting } = arrange();
  for (let n = 0; n < 50; n += 1) await take("noisy", 2_000);
  assert.equal(waiting.get("noisy"), 100_000);
});

test("beside another it has a second's work waiting, and the other is never held", async () => {
  const { take, waiting, pass } = arrange();
  await take("quiet", 1);
  await take("noisy", 2_000);
  await take("noisy", 2_000);
  let through = false;
  const held = take("noisy", 2_000).then(() => (through = true));
  await take("quiet", 1);
  await sleep(60);
  assert.equal(through, false);
  waiting.set("noisy", 2_999);
  await held;
  assert.equal(waiting.get("noisy"), 4_999);
  // The other has been silent for long: all is its own again.
  pass(61_000);
  await take("noisy", 2_000);
  await take("noisy", 2_000);
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
