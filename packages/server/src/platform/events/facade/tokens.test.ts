/** tokens.test: the log of tokens is found, followed when it rotates, and shared by many inserts at once.
 *  That it survives a power cut is shown with a real one, by the fault tests. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Session } from "chdb";
import { createTokenKeeper } from "./tokens.ts";

describe("token keeper", () => {
  let base: string;
  let asked: string[];
  before(async () => {
    base = await mkdtemp(join(tmpdir(), "hf-tok-"));
  });
  after(() => rm(base, { recursive: true, force: true }));
  /** Answers the one question that the keeper asks. */
  const session: Pick<Session, "queryAsync"> = {
    queryAsync: (sql: string) => {
      asked.push(sql);
      return Promise.resolve({
        elapsed: 0,
        rowsRead: 1,
        bytesRead: 1,
        bytes: () => new Uint8Array(),
        text: () => `${base}/table/\n`,
        json: <T>(): T => JSON.parse("null"),
        toArrow: () => undefined,
      });
    },
  };

  test("follows rotations, asks once, and takes many at a time", async () => {
    asked = [];
    const keeper = createTokenKeeper();
    await keeper.settle("db.t", session);
    assert.equal(asked.length, 1, "no log yet: nothing to sync, asked again next time");
    const logs = join(base, "table", "deduplication_logs");
    await mkdir(logs, { recursive: true });
    for (const number of [1, 2, 10]) {
      await writeFile(join(logs, `deduplication_log_${number}.txt`), "x");
      await Promise.all(Array.from({ length: 8 }, () => keeper.settle("db.t", session)));
    }
    assert.ok(asked.length <= 10, `${asked.length} questions`);
    const before = asked.length;
    await keeper.settle("db.t", session);
    assert.equal(asked.length, before);
    await rm(join(base, "table"), { recursive: true });
    await keeper.settle("db.t", session);
    await keeper.settle("db.t", session);
    assert.equal(asked.length, before + 1, "a table that went away is looked up anew");
  });

  test("names are quoted", async () => {
    asked = [];
    await createTokenKeeper().settle("d.t", session);
    assert.match(asked[0] ?? "", /database = 'd' AND name = 't'/);
    await createTokenKeeper().settle("t", session);
    assert.match(asked[1] ?? "", /database = currentDatabase\(\) AND name = 't'/);
  });
});
