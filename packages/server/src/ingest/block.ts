/** block: what the pump and its workers say to each other. Plain data only: it crosses threads by structured clone. */
import type { SeenFill, SeenLane } from "./lanes.ts";

/** A record that goes to quarantine instead of into the event store. Decided, and written down, before the block is stored. */
export interface Exclusion {
  readonly ordinal: number;
  readonly code: QuarantineCode;
  readonly reason: string;
}

export type QuarantineCode =
  | "RECORD_TOO_SLOW"
  | "WORKER_CRASHED"
  | "RECORD_REFUSED"
  | "RECORD_TOO_LARGE"
  | "POINT_INVALID";

/** A range of whole frames of one segment; the unit of work, of deduplication and of the checkpoint. */
export interface BlockPlan {
  readonly segment: number;
  readonly from: number;
  readonly to: number;
  readonly excluded: readonly Exclusion[];
  /** It may have been stored before this start, wholly or in part, and after a power cut the store's tokens do not say so. */
  readonly again?: boolean;
}

export interface SourceCounts {
  readonly source: string;
  readonly records: number;
  readonly stored: number;
  readonly quarantined: number;
  readonly unclassified: number;
  /** Bytes of the records as received. */
  readonly bytes: number;
  readonly lastReceivedMs: number;
}

export interface FileCounts {
  readonly run: string;
  readonly file: string;
  readonly stored: number;
  readonly quarantined: number;
  /** Ordinal after the last record of the file in this block. */
  readonly end: number;
}

export interface QuarantinedRecord {
  readonly source: string;
  readonly kind: string;
  readonly code: QuarantineCode;
  readonly reason: string;
  readonly ordinal: number;
  readonly receivedMs: number;
  readonly peer: string;
  readonly raw: Uint8Array;
}

/** Seen in the events of one block, each once; for the estate. Bounded, see `observationsDropped`. */
export interface Observations {
  readonly hosts: readonly SeenHost[];
  readonly users: readonly SeenUser[];
  readonly addresses: readonly SeenAddress[];
  readonly logons: readonly SeenLogon[];
  readonly dependencies: SeenDependencies;
  /** Distinct things that did not fit; they come again with a later block if they matter. */
  readonly dropped: number;
}

export interface Seen {
  readonly firstMs: number;
  readonly lastMs: number;
}

export interface SeenHost extends Seen {
  readonly host: string;
  readonly product: string;
}

export interface SeenUser extends Seen {
  readonly user: string;
  readonly domain: string;
}

/** An address and the host that had it. */
export interface SeenAddress extends Seen {
  readonly host: string;
  readonly ip: string;
}

/** Who acted on which host. */
export interface SeenLogon extends Seen {
  readonly user: string;
  readonly host: string;
}

/** Who was seen to call whom. */
export interface SeenDependencies {
  readonly spans: readonly SeenSpan[];
  readonly calls: readonly SeenCall[];
  readonly flows: readonly SeenFlow[];
}

/** A span on either side of a call; the two sides are sent by two services, and are put together where all blocks pass. */
export interface SeenSpan {
  readonly id: string;
  /** "" when there is none. */
  readonly parent: string;
  readonly service: string;
  /** Whether it answers a call or makes one. */
  readonly side: "server" | "client";
  readonly timeMs: number;
}

/** What a service says that it calls. */
export interface SeenCall extends Seen {
  readonly service: string;
  /** The name of a service, or a host or address. */
  readonly peer: string;
  readonly peerKind: "service" | "host";
  /** What is spoken: postgresql, http, kafka. */
  readonly detail: string;
  readonly count: number;
}

/** Connections from one address to a port of another. */
export interface SeenFlow extends Seen {
  readonly from: string;
  readonly to: string;
  readonly port: number;
  readonly count: number;
}

export interface DamagedFrame {
  readonly offset: number;
  readonly firstOrdinal: number;
  readonly count: number;
}

/** Everything that is to be written down about a block; `Signal` is whatever the injected matcher makes. */
export interface BlockResult<Signal> {
  readonly stored: number;
  readonly sources: readonly SourceCounts[];
  readonly files: readonly FileCounts[];
  readonly quarantined: readonly QuarantinedRecord[];
  readonly signals: readonly Signal[];
  readonly observations: Observations;
  /** Who spoke and how; see lanes.ts. */
  readonly lanes: readonly SeenLane[];
  readonly fills: readonly SeenFill[];
  /** Records of hosts that found no place in `lanes`. */
  readonly lanesDropped: number;
  readonly damaged: readonly DamagedFrame[];
  /** Latest event time, milliseconds since the epoch; 0 when nothing was stored. */
  readonly lastEventMs: number;
  /** Events on which the matcher failed; they are stored with a note. */
  readonly matchFailures: number;
  /** Where the time went: reading and matching, waiting for the event store. */
  readonly readMs: number;
  readonly storeMs: number;
}

export function emptyResult<Signal>(): BlockResult<Signal> {
  return {
    stored: 0,
    sources: [],
    files: [],
    quarantined: [],
    signals: [],
    observations: {
      hosts: [],
      users: [],
      addresses: [],
      logons: [],
      dependencies: { spans: [], calls: [], flows: [] },
      dropped: 0,
    },
    lanes: [],
    fills: [],
    lanesDropped: 0,
    damaged: [],
    lastEventMs: 0,
    matchFailures: 0,
    readMs: 0,
    storeMs: 0,
  };
}

/** Where a worker's segments are. */
export interface SpoolPlace {
  readonly id: string;
  readonly directory: string;
}

/** Main thread to worker. */
export type ToWorker =
  | { readonly type: "block"; readonly job: number; readonly plan: BlockPlan; readonly careful: readonly number[] }
  | { readonly type: "load"; readonly payload: unknown };

/** Worker to main thread. */
export type FromWorker<Signal> =
  | { readonly type: "ready" }
  /** All records are read; what remains is the event store's time. */
  | { readonly type: "read"; readonly job: number }
  | { readonly type: "done"; readonly job: number; readonly result: BlockResult<Signal> }
  | { readonly type: "failed"; readonly job: number; readonly reason: string }
  | { readonly type: "loaded"; readonly answer: unknown }
  | { readonly type: "log"; readonly fields: object; readonly sentence: string };

/** Three numbers in shared memory, written by the worker without a message: what it works on right now. */
export const CELL = { sequence: 0, ordinal: 1, phase: 2 } as const;
export const CELL_BYTES = 12;
/** In `careful` a record is tried alone before the block is run again. */
export const PHASE = { idle: 0, record: 1, careful: 2 } as const;
