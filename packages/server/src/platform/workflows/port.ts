/** port: durable workflows. A workflow is a function whose steps, sleeps and received messages are recorded in the state store, so
 *  that after a crash it goes on where it was. A finished step never runs again; a step that the crash cut off does, so whatever
 *  acts outside carries an idempotency key and a probe. One instance per process, since the engine below is one.
 *  The steps of one workflow run one after another; what is to run side by side is several workflows. */
import type { Transaction } from "../tables/index.ts";

export interface WorkflowContext {
  /** The id it was started with. */
  readonly id: string;
  /** Runs once and records the result (JSON). The name is the step's place in history: stable between versions. */
  step<T>(name: string, run: () => Promise<T>, retry?: StepRetry): Promise<T>;
  /** The recorded time: the same after a replay. Milliseconds since the epoch. */
  now(): Promise<number>;
  /** Wakes at this time, at once if it is past; survives restarts. Milliseconds since the epoch. */
  sleepUntil(epochMs: number): Promise<void>;
  /** The next message on the topic, or undefined at the deadline (milliseconds since the epoch). Messages are kept until received. */
  receive<T>(topic: string, deadline: number): Promise<T | undefined>;
}

export interface StepRetry {
  /** How often it is run at most; 1 when not given. */
  readonly attempts: number;
  /** Milliseconds before the second attempt; doubles each time up to 30 seconds. */
  readonly backoffMs: number;
}

export interface Workflow<I> {
  /** Starts it, unless a workflow of this id was ever started: then nothing happens. Returns when the start is on disk.
   *  With a transaction it starts when that commits, and never if it does not. May be called before `launch` and inside a step. */
  start(id: string, input: I, tx?: Transaction): Promise<void>;
  /** Forgets what a workflow that failed had done and starts it anew under its id; what still runs or is done is left alone. Messages that
   *  it had not taken wait for it, and the last of the topic that it took comes once more: whoever takes it must know it again. */
  restart(id: string, input: I, topic: string): Promise<void>;
}

/** "failed": its function threw, and `error` says what. */
export type WorkflowState = "running" | "done" | "failed" | "cancelled";

export interface WorkflowView {
  readonly id: string;
  readonly state: WorkflowState;
  readonly error: string | null;
}

export interface Workflows {
  /** Declares a workflow; before `launch`. The name is kept in the state store: renaming one strands its runs. Input is JSON. */
  define<I, O = void>(name: string, run: (context: WorkflowContext, input: I) => Promise<O>): Workflow<I>;
  /** Sends to a workflow (JSON), kept until it receives it, also when it has not started yet. The same key sent twice to one
   *  workflow arrives once. With a transaction it is sent when that commits, and never if it does not. */
  send(id: string, topic: string, message: unknown, key: string, tx?: Transaction): Promise<void>;
  /** Ends it before its next step; what runs now is not torn. */
  cancel(id: string): Promise<void>;
  view(id: string): Promise<WorkflowView | undefined>;
  /** Those of a name whose function threw: they never go on. */
  failed(name: string): Promise<readonly WorkflowView[]>;
  /** Starts the engine and takes up every unfinished workflow. */
  launch(): Promise<void>;
  /** Stops taking steps; what is unfinished goes on at the next launch. */
  close(): Promise<void>;
}
