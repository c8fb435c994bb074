/** block-store: the rows of one block into the event store, once. Tokens that only depend on the block see to it that a block that
 *  is run again stores nothing twice. A power cut can part rows from their tokens, either way round, so a block that a start
 *  found open is compared with what the store holds: only what is missing goes in.
 *  Rows that the store refuses are narrowed down by halves to the record at fault. */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { isAppError } from "../platform/errors/index.ts";
import type { EventInserter, EventRange, InsertBatch } from "../platform/events/index.ts";

export interface StoredRow {
  /** Under which it is found again; only looked at when rows may be there already. */
  readonly id: string;
}

export interface BlockOfRows<Row extends StoredRow> {
  readonly rows: readonly Row[];
  readonly range: EventRange;
  /** Names the block; the same for ever. */
  readonly token: string;
  /** Whether rows may be there already, without their token. */
  readonly again: boolean;
  /** Many rows as one batch. */
  readonly batch: (rows: readonly Row[], token: string) => InsertBatch;
  /** A row that the store does not take. */
  readonly refused: (row: Row, reason: string) => void;
}

export interface BlockStore {
  /** Resolves when every row that was not refused is stored. Everything but a refusal is waited out. */
  store<Row extends StoredRow>(block: BlockOfRows<Row>): Promise<void>;
}

/** The first stores what is missing, the second what was missing although its token was there. */
const ROUNDS = 4;

export function createBlockStore(options: {
  readonly inserter: Pick<EventInserter, "insert" | "present">;
  readonly log: (fields: object, sentence: string) => void;
}): BlockStore {
  const { inserter } = options;

  async function patiently<T>(token: string, ask: () => Promise<T>): Promise<T> {
    for (let wait = 100; ; wait = Math.min(wait * 2, 5_000)) {
      try {
        return await ask();
      } catch (error) {
        if (isAppError(error) && error.code === "EVENTS_BAD_DATA") throw error;
        options.log({ token, reason: messageOf(error) }, "the event store does not take a block; trying again");
        await sleep(wait);
      }
    }
  }

  /** @returns the rows that were taken. */
  async function insert<Row extends StoredRow>(
    block: BlockOfRows<Row>,
    rows: readonly Row[],
    token: string,
  ): Promise<readonly Row[]> {
    const [only] = rows;
    if (only === undefined) return rows;
    try {
      await patiently(token, () => inserter.insert(block.batch(rows, token)));
      return rows;
    } catch (error) {
      if (rows.length === 1) {
        block.refused(only, messageOf(error));
        return [];
      }
      const middle = rows.length >> 1;
      const taken: Row[] = [];
      for (const [from, to] of [
        [0, middle],
        [middle, rows.length],
      ])
        taken.push(...(await insert(block, rows.slice(from, to), `${token}:${from}-${to}`)));
      return taken;
    }
  }

  /** The token of before goes first: an insert that is still under way in the store is then not doubled. */
  async function complete<Row extends StoredRow>(block: BlockOfRows<Row>): Promise<void> {
    let rows = block.rows;
    for (let round = 0; round < ROUNDS; round += 1) {
      const present = await patiently(block.token, () => inserter.present(block.range));
      if (present === undefined) return void (await insert(block, rows, block.token));
      const missing = rows.filter(({ id }) => !present.has(id));
      if (missing.length === 0) return;
      const anew = { ...block, token: round === 0 ? block.token : `${block.token}:${randomUUID()}` };
      rows = await insert(anew, missing, anew.token);
    }
    throw new Error(`The event store took rows of block ${block.token} ${ROUNDS} times, and they are not in it.`);
  }

  return {
    store: async (block) => {
      if (block.again) await complete(block);
      else await insert(block, block.rows, block.token);
    },
  };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
