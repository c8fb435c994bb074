/** context: what the operations of detect work with. */
import type { Normaliser } from "@holdfast/sdk";
import type { AuditLog } from "../platform/audit-log/index.ts";
import type { Clock } from "../platform/clock/index.ts";
import type { EventStore } from "../platform/events/index.ts";
import type { Log } from "../platform/log/index.ts";
import type { Tables } from "../platform/tables/index.ts";
import type { Census } from "./census.ts";
import type { RuleKeeper } from "./rule-keeper.ts";
import type { RuleReader } from "./rule-reader.ts";

export interface DetectContext {
  readonly tables: Tables;
  readonly events: EventStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: AuditLog;
  readonly keeper: RuleKeeper;
  readonly reader: RuleReader;
  readonly census: Census;
  /** The parsers of the stream. */
  readonly normalise: Normaliser;
  /** Signals that an alert keeps, earliest first; empty when there is no such alert. */
  readonly signalsOfAlert: SignalsOfAlert;
  /** Sources of exercises. */
  readonly apart: () => readonly string[];
}

export type SignalsOfAlert = (
  alertId: string,
) => Promise<readonly { readonly id: string; readonly at: string; readonly host: string; readonly user: string }[]>;
