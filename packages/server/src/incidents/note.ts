/** note: one line on the timeline of an incident, written by any area that works on it. The same key is written once, however
 *  often a workflow that was killed says it again. */
import type { TimelineItem, WorkKind } from "@holdfast/contracts/triage";
import type { Transaction } from "../platform/tables/index.ts";
import { announce, type WorkContext, within } from "./context.ts";
import { insertNote } from "./note-store.ts";

export interface NewNote {
  readonly incidentId: string;
  readonly key: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly lane: TimelineItem["lane"];
  readonly kind: WorkKind;
  readonly title: string;
  readonly body: string;
  readonly actor: { readonly id: string; readonly name: string } | null;
  /** An address inside Holdfast, such as /playbooks/runs/7. */
  readonly link?: string | null;
}

/** The id of the note, or null when the key was there before. */
export function note(context: WorkContext, tx: Transaction | null, given: NewNote): Promise<number | null> {
  return within(context, tx, async (inside) => {
    const id = await insertNote(inside, given);
    if (id !== null) await announce(context, inside, given.incidentId);
    return id;
  });
}
