/** create: the incidents area: the joint work on an incident, as routes for people and as a small surface for the areas that
 *  work on incidents by themselves (note, wait, attach). */
import type { Evidence, evidenceRoutes } from "@holdfast/contracts/evidence";
import type { investigationRoutes } from "@holdfast/contracts/investigation";
import type { incidentRoutes } from "@holdfast/contracts/incidents";
import type { TimelineItem } from "@holdfast/contracts/triage";
import type { EventStore } from "../platform/events/index.ts";
import type { Handlers } from "../platform/http-contract.ts";
import type { Executor, Transaction } from "../platform/tables/index.ts";
import type { IncidentChange, WaitingListener } from "../triage/index.ts";
import { requireIncident, type WorkContext } from "./context.ts";
import type { Caller } from "./change.ts";
import { createEvidenceRoutes } from "./evidence-routes.ts";
import { download, upload } from "./evidence-work.ts";
import type { PinContext } from "./pins.ts";
import { attach, type Attached, type NewFile } from "./evidence.ts";
import { note, type NewNote } from "./note.ts";
import { createInvestigationRoutes, type InvestigationContext } from "./investigation.ts";
import { notesOf } from "./note-store.ts";
import { reportOf } from "./report.ts";
import { onOnePage } from "./report-fit.ts";
import { reportHtml } from "./report-html.ts";
import { reportPdf } from "./report-pdf.ts";
import { createRoutes } from "./routes.ts";
import { setWaiting } from "./manual-waits.ts";
import { onIncident } from "./states.ts";
import { openVault } from "./vault.ts";
import { type NewWait, type Wait, wait, waited, waitsOf } from "./wait.ts";

export interface IncidentsOptions extends WorkContext {
  /** Where evidence lies. */
  readonly directory: string;
  readonly maxEvidenceBytes?: number;
  readonly collect: PinContext["collect"];
  readonly events: EventStore;
  readonly assetsOf: InvestigationContext["assetsOf"];
  readonly changesOn: InvestigationContext["changesOn"];
  readonly rehearsing?: InvestigationContext["rehearsing"];
}

export interface Incidents {
  readonly routes: Handlers<typeof incidentRoutes>;
  readonly evidence: Handlers<typeof evidenceRoutes>;
  readonly investigation: Handlers<typeof investigationRoutes>;
  /** A file that a person sends, as it comes. */
  upload(
    caller: Caller,
    file: {
      readonly incidentId: string;
      readonly name: string;
      readonly description: string;
      readonly bytes: AsyncIterable<Uint8Array>;
    },
  ): Promise<Evidence>;
  /** One printable page about an incident. */
  report(incidentId: string, form: "html" | "pdf"): Promise<Buffer>;
  download(caller: Caller, evidenceId: string): ReturnType<typeof download>;
  /** One line on the incident's timeline; the same key is written once. */
  note(tx: Transaction | null, item: NewNote): Promise<void>;
  /** From now on the incident waits for a team, and perhaps a person. */
  wait(tx: Transaction | null, item: NewWait): Promise<void>;
  /** It does not wait under this key any more. */
  waited(
    tx: Transaction | null,
    item: { readonly incidentId: string; readonly key: string; readonly at: number },
  ): Promise<void>;
  /** Keeps bytes as evidence, with a chain of custody; the same key is kept once. */
  attach(tx: Transaction | null, item: NewFile & { readonly bytes: Uint8Array }): Promise<Attached>;
  /** All waits of an incident, open and over, longest standing first. */
  waits(incidentId: string): Promise<Wait[]>;
  /** For triage's list of listeners: states with their times; waits end when an incident is over. */
  onIncident(tx: Transaction, change: IncidentChange): Promise<void>;
  /** For triage: a person says whom the incident waits for. */
  onWaiting: WaitingListener;
  /** For triage's timeline. */
  timelineOf(executor: Executor, incidentIds: readonly string[]): Promise<TimelineItem[]>;
}

export async function createIncidents(options: IncidentsOptions): Promise<Incidents> {
  const { directory, maxEvidenceBytes = MAX_EVIDENCE_BYTES, ...given } = options;
  const context: PinContext = {
    ...given,
    log: given.log.child("incidents"),
    vault: await openVault(directory, { maxBytes: maxEvidenceBytes }),
  };
  return {
    routes: createRoutes(context),
    evidence: createEvidenceRoutes(context),
    investigation: createInvestigationRoutes({
      ...context,
      events: options.events,
      assetsOf: options.assetsOf,
      changesOn: options.changesOn,
      ...(options.rehearsing !== undefined && { rehearsing: options.rehearsing }),
    }),
    upload: (caller, file) => upload(context, caller, file),
    report: async (id, form) => {
      const { report, made } = await onOnePage(await reportOf(context, id), reportPdf);
      return form === "pdf" ? made : Buffer.from(reportHtml(report));
    },
    download: (caller, id) => download(context, caller, id),
    note: async (tx, item) => void (await note(context, tx, item)),
    wait: (tx, item) => wait(context, tx, item),
    waited: (tx, item) => waited(context, tx, item),
    attach: (tx, item) => attach(context, tx, item),
    waits: async (incidentId) => waitsOf(context.tables.db, (await requireIncident(context, incidentId)).family),
    onIncident: (tx, change) => onIncident(context, tx, change),
    onWaiting: (tx, waiting) => setWaiting(context, tx, waiting),
    timelineOf: notesOf,
  };
}

const MAX_EVIDENCE_BYTES = 512 << 20;
