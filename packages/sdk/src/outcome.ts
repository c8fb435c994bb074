/** outcome: what came of something done outside: done, failed, or not known. Failing out there is a value, never an exception, and
 *  "not known" is never taken for "failed": whoever retries must know that nothing happened. */
import type { JsonObject } from "./parser.ts";

export interface Target {
  readonly kind: "host" | "user" | "ip" | "domain" | "process" | "file" | "channel";
  readonly value: string;
}

/** `read` changes nothing in the estate: a look-up, a copy, a message to people. */
export type Effect = "read" | "reversible" | "irreversible";

/** A file that an operation brought back, for the evidence of an incident. */
export interface Artefact {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Hex, of the bytes. */
  readonly sha256: string;
  /** Where it came from: "web-01:/tmp/x.sh". */
  readonly source: string;
}

export type Outcome =
  | {
      readonly kind: "done";
      /** A probe's has `holds`: whether the effect is in place now. */
      readonly output: JsonObject;
      /** What the far side showed, for a person. */
      readonly evidence: string;
      readonly artefacts?: readonly Artefact[];
    }
  /** It did not happen. `retryable`: the same call may work later. */
  | { readonly kind: "failed"; readonly reason: string; readonly retryable: boolean }
  /** It may have happened: probe, or ask a person. */
  | { readonly kind: "unknown"; readonly reason: string };

/** Input that cannot be carried out; `at` names the field. */
export interface Problem {
  readonly ok: false;
  readonly reason: string;
  readonly at: string;
}

/** Something that can be done, not done yet. What a person reads, what is tried and what runs are one object, so they cannot differ. */
export interface Operation {
  readonly ok: true;
  /** Literally what is sent, a line each; without secrets. */
  readonly command: readonly string[];
  /** Everything but the effect: reaches the far side and lets it check what it can. */
  check(): Promise<Outcome>;
  /** @param key the same for every attempt at the same thing */
  run(key: string): Promise<Outcome>;
}

/** A call that gave no usable answer. */
export interface Failure {
  readonly ok: false;
  /** Whether the far side may have acted. */
  readonly acted: "no" | "maybe";
  readonly retryable: boolean;
  readonly reason: string;
}

export type Reply<T> = { readonly ok: true; readonly value: T } | Failure;

export const done = (evidence: string, output: JsonObject = {}): Outcome => ({ kind: "done", output, evidence });
export const failed = (reason: string, retryable = false): Outcome => ({ kind: "failed", reason, retryable });
export const problem = (at: string, reason: string): Problem => ({ ok: false, at, reason });

/** The answer of a probe. */
export const held = (holds: boolean, evidence: string, output: JsonObject = {}): Outcome => ({
  kind: "done",
  output: { ...output, holds },
  evidence,
});

/** What a call that gave no answer means for an operation. */
export const outcomeOf = (failure: Failure): Outcome =>
  failure.acted === "maybe"
    ? { kind: "unknown", reason: failure.reason }
    : { kind: "failed", reason: failure.reason, retryable: failure.retryable };
