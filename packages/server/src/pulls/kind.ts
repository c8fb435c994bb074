/** kind: what can be fetched, in one shape for all ways: what must be entered, whom it reaches, and how to open it. */
import type { FetchedKind } from "@holdfast/contracts/ingest";
import type { PullTrial } from "@holdfast/contracts/pulls";
import type { z } from "zod";
import type { Caller } from "../platform/egress/index.ts";
import type { Stream } from "./stream.ts";

export interface Kind {
  readonly kind: string;
  readonly via: FetchedKind;
  readonly title: string;
  readonly description: string;
  readonly docs: string;
  readonly before: readonly string[];
  readonly settings: z.ZodObject;
  readonly secrets: z.ZodObject;
  /** Null for what is listened to all the time. */
  readonly everySeconds: number | null;
  readonly backfill: boolean;
  readonly promise: string;
  /** "host:port" of everything it speaks to with these settings. */
  reaches(settings: Readonly<Record<string, unknown>>): readonly string[];
  open(given: Opened): Work;
}

export interface Opened {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly caller: Caller;
}

/** Either read page by page on a schedule, or listened to. */
export type Work =
  | { readonly how: "pages"; readonly streams: readonly Stream[] }
  | { readonly how: "listening"; readonly consumer: Consumer };

export interface Consumer {
  /** Asks the other side what is there, and takes nothing. */
  probe(): Promise<PullTrial["answers"]>;
  /** Runs until it fails or is told to stop. A batch is acknowledged to the other side only after `take` has resolved. */
  consume(given: {
    readonly sinceMs: number;
    readonly signal: AbortSignal;
    readonly take: (batch: ConsumedBatch) => Promise<void>;
    readonly onListening: () => Promise<void>;
    /** Something of it does not work, and it goes on all the same. */
    readonly onTrouble: (reason: string) => Promise<void>;
  }): Promise<void>;
}

export interface ConsumedBatch {
  readonly records: readonly Uint8Array[];
  /** Where they are from, for the record: a subject, a topic. */
  readonly peer: string;
  /** How they are read, where the kind of the source does not say it. */
  readonly kind?: string;
  /** How far each part has come when they are taken. */
  readonly cursors: readonly { readonly stream: string; readonly cursor: string }[];
}
