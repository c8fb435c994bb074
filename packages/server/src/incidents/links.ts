/** links: incidents that belong together without being one: the same attacker, one the cause of the other. */
import type { incidentLink, LinkKind } from "@holdfast/contracts/incidents";
import type { z } from "zod";
import { type Caller, change } from "./change.ts";
import { requireIncident, type WorkContext } from "./context.ts";
import { fail } from "./errors.ts";
import { type LinkRecord, linksOf, putLink, removeLink } from "./link-store.ts";
import { note } from "./note.ts";

type Link = z.infer<typeof incidentLink>;

const WORDS: Readonly<Record<LinkKind, string>> = {
  related: "related to",
  "caused-by": "caused by",
  follows: "follows",
  "same-actor": "same attacker as",
};

export async function linkIncident(
  context: WorkContext,
  caller: Caller,
  asked: { readonly id: string; readonly otherId: string; readonly kind: LinkKind; readonly reason: string },
): Promise<Link> {
  return change(context, { caller, incidentId: asked.id, action: "incident.linked" }, async (work) => {
    const other = await requireIncident(context, asked.otherId, work.tx);
    if (other.id === work.incident.id) {
      throw fail("INCIDENTS_LINK_INVALID", `INC-${other.number} cannot be linked to itself: choose another incident.`);
    }
    const { tx, now, actor, lane, incident } = work;
    const link: LinkRecord = {
      fromId: incident.id,
      toId: other.id,
      kind: asked.kind,
      reason: asked.reason,
      at: now,
      by: actor,
    };
    await putLink(tx, link);
    await work.note({ kind: "link", title: `Linked: ${WORDS[asked.kind]} INC-${other.number}`, body: asked.reason });
    await note(context, tx, {
      incidentId: other.id,
      key: `link:${incident.id}:${now}`,
      at: now,
      lane,
      kind: "link",
      title: `INC-${incident.number} was linked to this one: ${WORDS[asked.kind]}`,
      body: asked.reason,
      actor,
      link: `/incidents/${incident.number}`,
    });
    return { answer: viewOf(link, other, true), details: { other: other.id, kind: asked.kind } };
  });
}

export async function unlinkIncident(
  context: WorkContext,
  caller: Caller,
  asked: { readonly id: string; readonly otherId: string },
): Promise<Record<string, never>> {
  return change(context, { caller, incidentId: asked.id, action: "incident.unlinked" }, async (work) => {
    const other = await requireIncident(context, asked.otherId, work.tx);
    if (!(await removeLink(work.tx, work.incident.family, other.family))) {
      throw fail("INCIDENTS_LINK_INVALID", `INC-${work.incident.number} is not linked to INC-${other.number}.`);
    }
    await work.note({ kind: "link", title: `Link to INC-${other.number} removed` });
    return { answer: {}, details: { other: other.id } };
  });
}

export async function linkedTo(context: WorkContext, family: readonly string[]): Promise<Link[]> {
  const views: Link[] = [];
  for (const link of await linksOf(context.tables.db, family)) {
    const outgoing = family.includes(link.fromId);
    const other = await context.triage.incident(context.tables.db, outgoing ? link.toId : link.fromId);
    // Both ends may have become one by a merge since.
    if (other !== undefined && !family.includes(other.id)) views.push(viewOf(link, other, outgoing));
  }
  return views;
}

function viewOf(
  link: LinkRecord,
  other: { id: string; number: number; title: string; state: string },
  outgoing: boolean,
): Link {
  const { id, number, title, state } = other;
  return {
    incident: { id, number, title, state },
    kind: link.kind,
    outgoing,
    reason: link.reason,
    at: new Date(link.at).toISOString(),
    by: { ...link.by },
  };
}
