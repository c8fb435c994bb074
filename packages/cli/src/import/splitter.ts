/** splitter: what turns a stream of bytes into records, a piece at a time. The same bytes give the same records however they
 *  are cut into pieces, and memory stays within the longest record. */

export interface Splitter {
  /** The records that this piece completes. */
  push(piece: Buffer): Buffer[];
  /** What is left when the input ends. */
  end(): Buffer[];
}

/** Something that could not be taken as it should; the reading goes on. A sentence that begins with the file's path. */
export type Complaint = (message: string) => void;

/** A longer record is cut here: the server quarantines it for its length, with its beginning to look at. */
export const LONGEST_RECORD = 8 * 1024 * 1024;
