/** announce: tells the live stream what changed, when the transaction commits. Bounded: a page that gets a message fetches. */
import type { Topic } from "@holdfast/contracts/live";
import type { Tables, Transaction } from "../platform/tables/index.ts";
import { readNumbers } from "./derived-store.ts";
import { severityOf } from "./severity.ts";

type Notifier = Pick<Tables, "notify">;

export async function announceAlerts(
  tables: Notifier,
  tx: Transaction,
  alerts: { readonly raised?: readonly string[]; readonly changed?: readonly string[] },
): Promise<void> {
  const send = sender(tables, tx);
  const { raised = [], changed = [] } = alerts;
  if (raised.length > 0) await send("triage.alert.raised", { ids: raised.slice(0, MAX_IDS), count: raised.length });
  if (changed.length > 0) await send("triage.alert.changed", { ids: changed.slice(0, MAX_IDS), count: changed.length });
}

export async function announceIncidents(
  tables: Notifier,
  tx: Transaction,
  incidents: { readonly opened?: readonly string[]; readonly changed?: readonly string[] },
): Promise<void> {
  const send = sender(tables, tx);
  const { opened = [], changed = [] } = incidents;
  if (opened.length > 0) {
    for (const { id, number, rank } of await readNumbers(tx, opened.slice(0, MAX_INCIDENTS))) {
      await send("triage.incident.opened", { id, number, severity: severityOf(rank) });
    }
  }
  for (const id of changed.slice(0, MAX_INCIDENTS)) await send("triage.incident.changed", { id });
}

const MAX_IDS = 100;
const MAX_INCIDENTS = 20;

function sender(tables: Notifier, tx: Transaction): (topic: Topic, payload: object) => Promise<void> {
  return (topic, payload) => tables.notify(tx, topic, payload);
}
