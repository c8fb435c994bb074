/** episode: satisfying windows that share inputs, as of one row. A state is never changed, so a late input can go back to it. */

export interface Episode {
  readonly firstSeq: number;
  readonly firstMs: number;
  readonly firstId: string;
  /** Time of the row that completed the first satisfying window. */
  readonly formedMs: number;
  /** The last row whose window satisfied. */
  readonly lastSeq: number;
  readonly lastMs: number;
  readonly count: number;
  readonly value: number;
  /** One for all states of the episode. */
  readonly link: Link;
}

/** To the episode before, while that one may still change. */
export interface Link {
  previous: Episode | undefined;
}

/** What was reported of an episode. */
export interface Announced {
  readonly id: string;
  readonly firstMs: number;
  readonly firstId: string;
  readonly formedMs: number;
  readonly lastMs: number;
  readonly count: number;
  readonly value: number;
  readonly inputs: readonly string[];
}
