/** port: what on-call needs from others, passed in by main, and what it passes on. */
import type { IncidentState } from "@holdfast/contracts/triage";
import type { Severity } from "@holdfast/contracts/model";
import type { ChannelKind } from "@holdfast/contracts/oncall-model";
import type { AuditLog } from "../platform/audit-log/index.ts";
import type { Clock } from "../platform/clock/index.ts";
import type { Log } from "../platform/log/index.ts";
import type { Sealer } from "../platform/secrets/index.ts";
import type { Executor, Tables, Transaction } from "../platform/tables/index.ts";
import type { Workflows } from "../platform/workflows/port.ts";
import type { Person } from "./policy.ts";

export interface IncidentFacts {
  readonly id: string;
  readonly number: number;
  readonly title: string;
  readonly severity: Severity;
  readonly state: IncidentState;
  readonly services: readonly { readonly id: string; readonly criticality: number }[];
  readonly assignee: { readonly id: string; readonly name: string } | null;
  /** The team it waits for; null when it waits for nobody. */
  readonly waitsFor: string | null;
  /** Milliseconds since the epoch. */
  readonly openedAt: number;
  /** Of an exercise: nothing may leave. */
  readonly exerciseId: string | null;
}

export interface Note {
  readonly incidentId: string;
  /** The same key is noted once. */
  readonly key: string;
  readonly at: number;
  readonly title: string;
  readonly body: string;
  readonly actor: { readonly id: string; readonly name: string } | null;
}

export interface Channel {
  readonly id: string;
  readonly kind: ChannelKind;
  readonly name: string;
}

export interface Message {
  readonly connectorId: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
  readonly link: string;
  /** The channel may offer to answer for it; the answer names the key. */
  readonly answerable: boolean;
  /** The same key is the same message. */
  readonly key: string;
}

export type Delivered =
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly reason: string; readonly retryable?: boolean }
  | { readonly kind: "unknown"; readonly reason: string };

export interface OncallOptions {
  readonly tables: Tables;
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: AuditLog;
  readonly workflows: Workflows;
  readonly sealer: Sealer;
  people(): Promise<readonly Person[]>;
  /** By id, by number, or as INC-12. */
  incidentOf(executor: Executor, idOrNumber: string): Promise<IncidentFacts | undefined>;
  servicesOf(ids: readonly string[]): Promise<
    readonly {
      readonly id: string;
      readonly name: string;
      readonly owner: string | null;
      readonly criticality: number;
    }[]
  >;
  note(tx: Transaction, note: Note): Promise<void>;
  /** Connectors that deliver messages. */
  channels(): Promise<readonly Channel[]>;
  deliver(message: Message): Promise<Delivered>;
  /** Where people reach the pages, without a slash at the end. */
  address(): string;
}
