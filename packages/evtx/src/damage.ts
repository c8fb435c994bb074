/** damage: what is wrong with a record, on its way to the report. Thrown inside the reader only; never leaves the package. */
export class Damage {
  /** Follows "the record's content". */
  readonly reason: string;
  /** Offset in the chunk. */
  readonly offset: number;
  constructor(reason: string, offset: number) {
    this.reason = reason;
    this.offset = offset;
  }
}
