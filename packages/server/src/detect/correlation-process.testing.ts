/** correlation-process.testing: a process that works through the blocks of a story as the pump does, one transaction each, and is
 *  killed while it does. Now and then a transaction fails after the correlations have seen the block, or its answer is lost. */
import { writeSync } from "node:fs";
import { sql } from "drizzle-orm";
import { systemClock } from "../platform/clock/index.ts";
import { silentLog } from "../platform/log/index.ts";
import { createTables, type Tables } from "../platform/tables/index.ts";
import { TEST_LATENESS_MS, testBlocks, testCorrelations } from "./correlation.testing.ts";
import { createCorrelation } from "./correlation.ts";

export interface StorySetup {
  readonly url: string;
  readonly seed: number;
  readonly blocks: number;
  /** One transaction in so many fails, one in so many loses its answer; 0 for none. */
  readonly failEvery: number;
}

export const STORY_TABLES = {
  id: "9999-story",
  sql: "CREATE TABLE story_at (block integer NOT NULL); INSERT INTO story_at VALUES (0); CREATE TABLE story_raised (id text PRIMARY KEY, rule_id text NOT NULL);",
};

/** Ends with the last block. Told of every block that is through. */
export async function tellStory(tables: Tables, setup: StorySetup, onBlock: (block: number) => void): Promise<void> {
  const correlation = createCorrelation({
    tables,
    events: { insert: async () => {} },
    clock: systemClock,
    log: silentLog,
    raise: async () => {},
    latenessMs: TEST_LATENESS_MS,
  });
  correlation.use({ rules: testCorrelations(), test: new Set() });
  const blocks = testBlocks(setup.seed, setup.blocks);
  let turn = 0;
  for (let block = 0; block < blocks.length; ) {
    turn += 1;
    const fails = setup.failEvery > 0 && turn % setup.failEvery === 0;
    const forgets = setup.failEvery > 0 && turn % setup.failEvery === 1;
    try {
      block = await tables.transaction(async (tx) => {
        const { rows } = await tx.execute<{ block: number }>(sql`SELECT block FROM story_at FOR UPDATE`);
        const at = rows[0]?.block ?? 0;
        if (at > block) return at;
        const raised = await correlation.apply(tx, blocks[at] ?? []);
        for (const signal of raised)
          await tx.execute(sql`INSERT INTO story_raised (id, rule_id) VALUES (${signal.id}, ${signal.ruleId})`);
        await tx.execute(sql`UPDATE story_at SET block = ${at + 1}`);
        if (fails) throw new Error("the transaction fails at its end");
        return at + 1;
      });
      if (forgets) block -= 1;
      onBlock(block);
    } catch (error) {
      if (!fails) throw error;
    }
  }
}

if (process.argv[1] === import.meta.filename) {
  const setup = JSON.parse(process.argv[2] ?? "{}") as StorySetup;
  const tables = await createTables({ url: setup.url, engine: "embedded", log: silentLog });
  await tellStory(tables, setup, (block) => writeSync(1, `${block}\n`));
  await tables.close();
}
