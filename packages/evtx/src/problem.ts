/** problem: what was found wrong with a file, as its reader says it: what, where, and what it means for the records. */

export type ProblemCode =
  | "FILE_INVALID"
  | "FILE_CHECKSUM"
  | "FILE_VERSION"
  | "FILE_TRUNCATED"
  | "CHUNK_INVALID"
  | "CHUNK_CHECKSUM"
  | "CHUNK_TRUNCATED"
  | "RECORD_INVALID";

export interface EvtxProblem {
  readonly code: ProblemCode;
  /** Offset in the file. */
  readonly offset: number;
  /** Of a damaged record, as far as its header can be believed. */
  readonly recordId?: bigint;
  /** Records may be missing. False: everything was read, but somebody should know. */
  readonly lossy: boolean;
  /** What was found and what was done, a sentence without its full stop. */
  readonly message: string;
}

export type Report = (problem: EvtxProblem) => void;
