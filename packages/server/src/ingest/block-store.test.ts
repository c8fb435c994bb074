/** block-store.test: rows without tokens and tokens without rows, on a real event store. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { createEventInserter, type EventInserter } from "../platform/events/index.ts";
import { openTestEvents } from "../platform/events/testing.ts";
import { type BlockOfRows, createBlockStore } from "./block-store.ts";

interface Line {
  readonly id: string;
  readonly event: number;
}

let events: Awaited<ReturnType<typeof openTestEvents>>;
let inserter: EventInserter;
before(async () => {
  events = await openTestEvents();
  inserter = createEventInserter(events.connection);
});
after(async () => {
  await inserter.close();
  await events.close();
});

const table = (): string => events.store.table("signals");
const rule = (): string => `rule-${randomUUID()}`;

/** Two months, so that one insert becomes two parts. */
function blockOf(ruleId: string, first: number): BlockOfRows<Line> {
  const rows = Array.from({ length: 20 }, (_, n) => ({ id: `${ruleId}-${first + n}`, event: first + n }));
  return {
    rows,
    range: { table: "signals", first: String(first), last: String(first + 19) },
    token: `block-${ruleId}`,
    again: false,
    batch: (part, token) => ({ table: "signals", ndjson: linesOf(ruleId, part), rows: part.length, token }),
    refused: (row, reason) => assert.fail(`${row.id}: ${reason}`),
  };
}

function linesOf(ruleId: string, rows: readonly Line[]): Buffer {
  const line = ({ id, event }: Line): string => {
    const time = `2026-${event % 2 === 0 ? "10" : "11"}-20 10:00:00.000`;
    return JSON.stringify({ id, event_id: String(event), rule_id: ruleId, time, received: time });
  };
  return Buffer.from(rows.map((row) => `${line(row)}\n`).join(""));
}

async function idsOf(ruleId: string): Promise<string[]> {
  const rows = await events.store.query<{ id: string }>(
    `SELECT id FROM ${table()} WHERE rule_id = {rule:String} ORDER BY event_id`,
    { params: { rule: ruleId } },
  );
  return rows.map(({ id }) => id);
}

/** What a power cut does to a log that was not synced yet. */
async function forgetTokens(): Promise<void> {
  await events.store.command(`ALTER TABLE ${table()} MODIFY SETTING non_replicated_deduplication_window = 0`);
  await events.store.command(`ALTER TABLE ${table()} MODIFY SETTING non_replicated_deduplication_window = 10000`);
}

async function lose(ruleId: string, where: string): Promise<void> {
  await events.store.command(
    `ALTER TABLE ${table()} DELETE WHERE rule_id = '${ruleId}' AND ${where} SETTINGS mutations_sync = 2`,
  );
}

const open = () => createBlockStore({ inserter, log: () => {} });

test("a block whose rows are there and whose token is not is not stored twice", async () => {
  const [kept, doubled] = [rule(), rule()];
  const blocks = [blockOf(kept, 1_000), blockOf(doubled, 2_000)];
  for (const block of blocks) await open().store(block);
  await forgetTokens();
  const [first, second] = blocks;
  assert.ok(first !== undefined && second !== undefined);
  await open().store({ ...first, again: true });
  assert.deepEqual(
    await idsOf(kept),
    first.rows.map(({ id }) => id),
  );
  // So that this test means something: without looking they are there twice.
  await open().store(second);
  assert.equal((await idsOf(doubled)).length, 40);
});

test("a block of which one part is there gets the other, and nothing twice", async () => {
  const id = rule();
  const block = blockOf(id, 3_000);
  await open().store(block);
  await lose(id, "event_id % 2 = 0");
  await forgetTokens();
  await open().store({ ...block, again: true });
  assert.deepEqual(
    await idsOf(id),
    block.rows.map((row) => row.id),
  );
});

test("rows that are gone although their token is known are stored under another", async () => {
  const id = rule();
  const block = blockOf(id, 4_000);
  await open().store(block);
  await lose(id, "1");
  await open().store(block);
  assert.deepEqual(await idsOf(id), [], "the token alone keeps them out");
  await open().store({ ...block, again: true });
  assert.deepEqual(
    await idsOf(id),
    block.rows.map((row) => row.id),
  );
});

test("a store that takes rows and never has them is an error, and one that cannot say is trusted with its tokens", async () => {
  const block = { ...blockOf(rule(), 5_000), again: true };
  const forgetful = { insert: () => Promise.resolve(), present: () => Promise.resolve(new Set<string>()) };
  await assert.rejects(createBlockStore({ inserter: forgetful, log: () => {} }).store(block), /4 times/);
  let batches = 0;
  const silent = {
    insert: (batch: { readonly token: string }) => {
      assert.equal(batch.token, block.token);
      batches += 1;
      return Promise.resolve();
    },
    present: () => Promise.resolve(undefined),
  };
  await createBlockStore({ inserter: silent, log: () => {} }).store(block);
  assert.equal(batches, 1);
});
