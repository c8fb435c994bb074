/** door: the way from any protocol to the intake: the key, the limits of a body, and the envelope of what it held. */
import type { Clock } from "../../platform/clock/index.ts";
import { ingestFail } from "../errors.ts";
import type { Intake } from "../intake.ts";
import { plainAddress } from "../peer.ts";
import { BODY_LIMITS, type BodyBudget, withBody } from "../request-body.ts";
import type { SourceRegistry } from "../source-registry.ts";
import type { StoredSource } from "../source-store.ts";
import { presentedKey } from "./keys.ts";
import type { ProtocolDoor } from "./protocol.ts";

export interface DoorOptions {
  readonly intake: Intake;
  readonly sources: SourceRegistry;
  readonly budget: BodyBudget;
  readonly clock: Clock;
  readonly recordBytes: number;
  /** The version that is named to senders which ask who is there. */
  readonly version: string;
}

export function createDoor(options: DoorOptions): ProtocolDoor {
  const { intake, sources, budget, clock, recordBytes, version } = options;
  const admit = (source: StoredSource): void => {
    const refused = intake.refusal(source.id);
    if (refused !== undefined) throw refused;
  };
  return {
    recordBytes,
    version,
    now: () => clock.now(),
    sourceOf: (call) => {
      const key = presentedKey(call);
      if (key === undefined || key === "") {
        throw ingestFail("INGEST_KEY_MISSING", "The key of a source is missing; see `holdfast sources add`.");
      }
      const source = sources.byKey(key);
      if (source === undefined) {
        throw ingestFail("INGEST_KEY_UNKNOWN", "The key of the source is not valid: it may have been replaced.");
      }
      if (source.enabled) return source;
      throw ingestFail("INGEST_SOURCE_DISABLED", `The source "${source.id}" is disabled on the Sources page.`);
    },
    admit,
    withBody: (source, call, work) => {
      admit(source);
      return withBody(call.request, { body: BODY_LIMITS, budget }, work);
    },
    read: (call, work) => {
      const refused = intake.refusal();
      if (refused !== undefined) throw refused;
      return withBody(call.request, { body: BODY_LIMITS, budget }, work);
    },
    append: async (source, call, records) => {
      if (records.length === 0) return;
      const kind = call.kind ?? source.kind;
      const envelope = { source: source.id, kind, receivedMs: clock.now(), peer: plainAddress(call.ip) };
      await intake.append(envelope, records);
    },
    reject: (source, records, reason) => sources.reject(source.id, records, reason),
  };
}
