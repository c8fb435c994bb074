/** stream: what the runner asks of anything that is read page by page. The state is the stream's own; it is kept by the runner, in the
 *  transaction after the page's records are on disk. */
export interface Item {
  readonly raw: Uint8Array;
  /** What makes it the same record when it comes again. */
  readonly id: string;
  /** When it happened; undefined when it does not say. */
  readonly at: number | undefined;
}

export type Page =
  | {
      readonly ok: true;
      readonly items: readonly Item[];
      /** Things that are done with, to be left out like records when they come again. */
      readonly done?: readonly { readonly id: string; readonly at: number }[];
      readonly state: State;
      readonly more: boolean;
      /** The other side's limit is used up: the next page may be asked for so much later. */
      readonly pauseMs?: number | undefined;
    }
  | {
      readonly ok: false;
      readonly kind: "throttled" | "failed";
      readonly reason: string;
      readonly waitMs?: number | undefined;
      /** Where to go on, when not from where it was. */
      readonly state?: State;
    };

export type State = Readonly<Record<string, unknown>>;

export interface Stream {
  readonly id: string;
  readonly title: string;
  start(sinceMs: number): State;
  read(state: State, context: ReadContext): Promise<Page>;
  /** Records from before this will not come again. */
  keepSince(state: State): number;
  /** How far it has come, in words. */
  cursor(state: State): string;
}

export interface ReadContext {
  /** Which of these ids were taken before. */
  readonly seen: (ids: readonly string[]) => Promise<ReadonlySet<string>>;
}
