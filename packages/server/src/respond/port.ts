/** port: what respond needs from others, as functions that main passes in: what acts outside, the one timeline, evidence, waits,
 *  alarms, the second factor. Each is optional work for the other side; none of it decides whether an effect may go out. */
import type { JsonObject } from "@holdfast/sdk";
import type { Target } from "@holdfast/contracts/respond";
import type { Transaction } from "../platform/tables/index.ts";
import type { Someone } from "./approval.ts";

export type Outcome =
  | {
      readonly kind: "done";
      /** A probe's has `holds`. */
      readonly output: JsonObject;
      readonly evidence: string;
      readonly artefacts?: readonly Artefact[];
    }
  /** It did not happen. */
  | { readonly kind: "failed"; readonly reason: string; readonly retryable: boolean }
  /** It may have happened. */
  | { readonly kind: "unknown"; readonly reason: string };

export interface Artefact {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly sha256: string;
  readonly source: string;
}

export interface Call {
  readonly action: string;
  readonly connectorId: string;
  readonly input: JsonObject;
  /** The same for every attempt at the same thing. */
  readonly key: string;
  /** The output of the effect, for what undoes or probes it. */
  readonly performed: JsonObject | null;
}

export type Planned =
  | {
      readonly ok: true;
      readonly title: string;
      readonly targets: readonly Target[];
      readonly command: string;
      readonly effect: "read" | "reversible" | "irreversible";
      readonly undoable: boolean;
    }
  | { readonly ok: false; readonly reason: string; readonly at: string };

/** What acts outside. Nothing here throws for what the outside does. */
export interface Connectors {
  plan(action: string, connectorId: string, input: JsonObject): Promise<Planned>;
  /** How often an action goes out in an hour at most, as it declares; null or not given = as often as the policy lets it. */
  perHour?(action: string): number | null;
  perform(call: Call): Promise<Outcome>;
  undo(call: Call): Promise<Outcome>;
  /** Does the effect hold? `done` with `output.holds`, else it cannot be told. */
  probe(call: Call): Promise<Outcome>;
}

export interface Note {
  readonly incidentId: string;
  readonly key: string;
  readonly at: number;
  readonly lane: "security" | "operations" | "system";
  readonly title: string;
  readonly body: string;
  readonly actor: Someone | null;
  readonly link?: string;
}

export interface Wait {
  readonly incidentId: string;
  readonly key: string;
  /** A side, or "either team". */
  readonly team: string;
  readonly person: string | null;
  readonly reason: string;
  readonly since: number;
}

export interface Floor {
  note(tx: Transaction, note: Note): Promise<void>;
  wait(tx: Transaction, wait: Wait): Promise<void>;
  waited(
    tx: Transaction,
    done: { readonly incidentId: string; readonly key: string; readonly at: number },
  ): Promise<void>;
  attach(
    tx: Transaction,
    file: {
      readonly incidentId: string;
      readonly name: string;
      readonly bytes: Buffer;
      readonly source: string;
      readonly actor: Someone;
      readonly key: string;
    },
  ): Promise<{ readonly evidenceId: string }>;
  /** Something that must be heard at once: glass was broken, an undo does not work. */
  alarm(tx: Transaction, alarm: Alarm): Promise<void>;
}

export interface Alarm {
  readonly incidentId: string | null;
  readonly key: string;
  readonly reason: string;
  /** Of an exercise: nobody outside of it hears of it. */
  readonly exerciseId: string | null;
  readonly hosts: readonly string[];
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** A floor where nobody listens. */
export const QUIET: Floor = {
  note: async () => {},
  wait: async () => {},
  waited: async () => {},
  attach: async () => ({ evidenceId: "" }),
  alarm: async () => {},
};

export type SettledState = "done" | "refused" | "expired" | "failed" | "unknown" | "undone";

export interface Settled {
  readonly effectId: string;
  readonly runId: string | null;
  readonly stepKey: string | null;
  readonly state: SettledState;
  readonly output: JsonObject;
  readonly reason: string;
}
