/** correlation-kill: correlation killed with -9 at random moments, on a real PostgreSQL, with transactions that fail and answers
 *  that are lost: the matches, the raised signals and what waits for the event store are those of a run that nothing disturbed. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { sql } from "drizzle-orm";
import { loadMigrations, type Tables } from "../platform/tables/index.ts";
import { openTestTables } from "../platform/tables/testing.ts";
import { STORY_TABLES, type StorySetup, tellStory } from "./correlation-process.testing.ts";

const BLOCKS = 80;
const STORIES = Number(process.env["HOLDFAST_TEST_KILLS"] ?? 1);

const open = () =>
  openTestTables([
    ...loadMigrations().filter(({ id }) => /^(?:0001-platform|005[56]-correlation.*)$/.test(id)),
    STORY_TABLES,
  ]);

for (let story = 1; story <= STORIES; story += 1) {
  test(`story ${story}: killed again and again, correlation finds what it finds undisturbed`, async (t) => {
    const seed = 4_711 * story;
    const calm = await open();
    const rough = await open();
    t.after(() => Promise.all([calm.close(), rough.close()]));
    await tellStory(calm.tables, { url: calm.url, seed, blocks: BLOCKS, failEvery: 0 }, () => {});
    const lives = await killed({ url: rough.url, seed, blocks: BLOCKS, failEvery: 5 });
    const [expected, found] = await Promise.all([outcome(calm.tables), outcome(rough.tables)]);
    assert.ok(lives > 3, `${lives} lives`);
    assert.ok(expected.matches.length > 20, `${expected.matches.length} matches`);
    assert.deepEqual(found, expected);
    t.diagnostic(`${lives} lives, ${expected.matches.length} matches, ${expected.raised.length} signals`);
  });
}

/** Lets the process do a few blocks, kills it, and starts it again, until the story is told. Answers how many lives it took. */
async function killed(setup: StorySetup): Promise<number> {
  const entry = fileURLToPath(new URL("./correlation-process.testing.ts", import.meta.url));
  for (let life = 1; ; life += 1) {
    const child = spawn(process.execPath, [entry, JSON.stringify(setup)], { stdio: ["ignore", "pipe", "inherit"] });
    let due = 3 + Math.floor(Math.random() * 40);
    child.stdout.on("data", (chunk: Buffer) => {
      due -= chunk.toString().split("\n").length - 1;
      // A moment later, so that the next transaction is under way, somewhere.
      if (due <= 0) setTimeout(() => child.kill("SIGKILL"), Math.random() * 8);
    });
    const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
    if (code === 0) return life;
    assert.equal(code, null, "it ends by being killed, or with the story");
  }
}

async function outcome(tables: Tables) {
  const rowsOf = async (query: ReturnType<typeof sql>): Promise<readonly unknown[]> =>
    (await tables.db.execute(query)).rows;
  return {
    matches:
      await rowsOf(sql`SELECT id, rule_id, group_by, first_ms, last_ms, formed_ms, value, inputs, event_ids, signal_id, withdrawn
      FROM correlation_match ORDER BY id`),
    raised: await rowsOf(sql`SELECT id, rule_id FROM story_raised ORDER BY id`),
    waiting: await rowsOf(sql`SELECT (line::jsonb)->>'id' AS id, (line::jsonb)->>'rule_id' AS rule
      FROM correlation_outbox, regexp_split_to_table(rtrim(lines, E'\n'), E'\n') AS line ORDER BY 1`),
  };
}
