/** port: what playbooks need from others, as functions and surfaces that main passes in. */
import type { ActionView, ConnectorView } from "@holdfast/contracts/connectors";
import type { Impact } from "@holdfast/contracts/respond";
import type { JsonObject } from "@holdfast/playbook";
import type { AuditLog } from "../platform/audit-log/index.ts";
import type { Cel } from "../platform/cel/index.ts";
import type { Clock } from "../platform/clock/index.ts";
import type { CallContext } from "../platform/http-contract.ts";
import type { Log } from "../platform/log/index.ts";
import type { Tables, Transaction } from "../platform/tables/index.ts";
import type { Workflows } from "../platform/workflows/index.ts";

export interface Someone {
  readonly id: string;
  readonly name: string;
}

export interface Proposal {
  readonly key: string;
  readonly action: string;
  readonly connectorId: string;
  readonly input: JsonObject;
  readonly incidentId: string | null;
  readonly runId: string;
  readonly stepKey: string;
  readonly playbookVersion: string;
  readonly playbookEditedBy: Someone | null;
  /** Who armed the trigger that started the run: may not approve what it does. */
  readonly armedBy: Someone | null;
  readonly requestedBy: Someone;
  readonly reason: string;
  readonly undoAfterMs?: number;
  readonly exerciseId: string | null;
}

/** What respond says of an effect; sent at least once. */
export interface SettledEffect {
  readonly effectId: string;
  readonly runId: string | null;
  readonly stepKey: string | null;
  readonly state: "done" | "refused" | "expired" | "failed" | "unknown" | "undone";
  readonly output: { readonly [key: string]: unknown };
  readonly reason: string;
}

export interface StandingIncident {
  readonly id: string;
  /** Its own id and those of the incidents that were merged into it. */
  readonly family: readonly string[];
  /** null for a real one. */
  readonly exerciseId: string | null;
  /** Neither resolved nor closed. */
  readonly open: boolean;
}

export interface PlaybooksOptions {
  readonly tables: Tables;
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: AuditLog;
  readonly cel: Cel;
  readonly workflows: Workflows;
  /** A folder with the playbooks that come with the program. */
  readonly shipped: string | undefined;
  /** A folder with the triggers that come with the program. */
  readonly shippedTriggers?: string | undefined;
  readonly respond: {
    propose(proposal: Proposal): Promise<{ readonly effectId: string; readonly approvalId: string | null }>;
    cancel(effectId: string, reason: string): Promise<unknown>;
  };
  readonly connectors: {
    actions(): readonly ActionView[];
    list(): Promise<
      readonly (Pick<ConnectorView, "id" | "kind" | "enabled"> & {
        readonly settings?: Readonly<Record<string, unknown>>;
      })[]
    >;
    plan(
      action: string,
      connectorId: string,
      input: JsonObject,
    ): Promise<
      | {
          readonly ok: true;
          readonly command: readonly string[];
          readonly effect: "read" | "reversible" | "irreversible";
          readonly targets: readonly { readonly kind: string; readonly value: string }[];
        }
      | { readonly ok: false; readonly reason: string }
    >;
  };
  /** Whom an action would hit; not given where nobody can say. */
  readonly impactOf?: (
    call: { readonly action: string; readonly connectorId: string; readonly input: JsonObject },
    context: CallContext,
  ) => Promise<Impact | null>;
  /** The incident as expressions see it. */
  readonly incident: (id: string) => Promise<JsonObject | undefined>;
  /** Where an incident stands; of a merged one, where that stands which it went into. */
  readonly standing: (asked: string) => Promise<StandingIncident | undefined>;
  /** The newest real ones. */
  readonly newestIncidents: (
    limit: number,
  ) => Promise<readonly { readonly id: string; readonly number: number; readonly title: string }[]>;
  readonly note: (
    tx: Transaction,
    note: {
      readonly incidentId: string;
      readonly key: string;
      readonly at: number;
      readonly lane: "security" | "operations" | "system";
      readonly kind: "run";
      readonly title: string;
      readonly body: string;
      readonly actor: Someone | null;
      readonly link: string;
    },
  ) => Promise<void>;
  readonly wait: (
    tx: Transaction,
    wait: {
      readonly incidentId: string;
      readonly key: string;
      readonly team: "security" | "operations";
      readonly person: null;
      readonly reason: string;
      readonly since: number;
    },
  ) => Promise<void>;
  readonly waited: (tx: Transaction, done: { incidentId: string; key: string; at: number }) => Promise<void>;
}
