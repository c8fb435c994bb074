/**
 * budget: how much work one record and one chunk may cause. Real records stay far below; forged ones, whose templates and
 * values repeat each other, would multiply without it.
 */
import { Damage } from "./damage.ts";

const STEPS_PER_RECORD = 200_000;
const STEPS_PER_CHUNK = 4_000_000;

export class Budget {
  private left = 0;
  private leftOfChunk = STEPS_PER_CHUNK;

  beginRecord(): void {
    this.left = Math.min(STEPS_PER_RECORD, this.leftOfChunk);
  }

  spend(steps: number): void {
    this.left -= steps;
    this.leftOfChunk -= steps;
    if (this.left < 0) throw new Damage("expands to more parts than any real record has", 0);
  }
}
