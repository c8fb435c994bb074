/** sorted-store: the order of time, whether everything fits in memory or hardly anything does. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createSortedStore } from "./sorted-store.ts";

interface Item {
  readonly timeMs: number;
  readonly timeNs: number;
  readonly text: string;
}

async function sorted(items: readonly Item[], memory: number): Promise<Item[]> {
  const store = createSortedStore<Item>({
    timeOf: (item) => item,
    encode: (item) => item,
    decode: (value) => value as Item,
    memory,
  });
  try {
    for (const item of items) await store.add(item);
    const found: Item[] = [];
    for await (const item of store.inOrder()) found.push(item);
    return found;
  } finally {
    await store.close();
  }
}

test("matches come by time, those of one time as they were added, with runs on disk as without", async () => {
  const item = fc.record(
    {
      timeMs: fc.integer({ min: -5, max: 5 }),
      timeNs: fc.integer({ min: 0, max: 2 }),
      text: fc.string({ unit: "grapheme" }),
    },
    { noNullPrototype: true },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(item, { maxLength: 60 }), fc.integer({ min: 1, max: 5_000 }), async (items, memory) => {
      const expected = items
        .map((entry, index) => ({ entry, index }))
        .sort((a, b) => a.entry.timeMs - b.entry.timeMs || a.entry.timeNs - b.entry.timeNs || a.index - b.index)
        .map(({ entry }) => entry);
      assert.deepEqual(await sorted(items, memory), expected);
    }),
    { numRuns: 30 },
  );
});
