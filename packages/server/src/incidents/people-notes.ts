/** people-notes: what people write on the timeline: notes that name others (@name), and decisions with their reason and what was
 *  known when they were taken. */
import type { Decision } from "@holdfast/contracts/incidents";
import type { TimelineItem } from "@holdfast/contracts/triage";
import { type Caller, change } from "./change.ts";
import type { WorkContext } from "./context.ts";
import { insertDecision, insertMentions } from "./mention-store.ts";

export async function writeNote(
  context: WorkContext,
  caller: Caller,
  asked: { readonly incidentId: string; readonly text: string },
): Promise<{ item: TimelineItem; mentioned: string[] }> {
  const people = await context.people();
  return change(context, { caller, incidentId: asked.incidentId, action: "incident.note.written" }, async (work) => {
    const { id, item } = await work.note({ kind: "note", title: "Note", body: asked.text });
    const named = namesIn(asked.text);
    const mentioned = people.filter((person) => named.has(person.name));
    await insertMentions(work.tx, {
      noteId: id,
      incidentId: work.incident.id,
      personIds: mentioned.map((person) => person.id),
      at: work.now,
      by: work.actor.name,
      text: asked.text,
    });
    const details = { characters: asked.text.length, mentioned: mentioned.map((person) => person.name) };
    return { answer: { item, mentioned: details.mentioned }, details };
  });
}

export async function decide(
  context: WorkContext,
  caller: Caller,
  asked: {
    readonly incidentId: string;
    readonly what: string;
    readonly why: string;
    readonly information: readonly string[];
  },
): Promise<Decision> {
  const { what, why, information } = asked;
  return change(context, { caller, incidentId: asked.incidentId, action: "incident.decided" }, async (work) => {
    const known = information.map((line) => `\n· ${line}`).join("");
    const body = known === "" ? why : `${why}\n\nKnown at that time:${known}`;
    const { id } = await work.note({ kind: "decision", title: `Decided: ${what}`, body });
    await insertDecision(work.tx, { noteId: id, incidentId: work.incident.id, what, why, information });
    const at = new Date(work.now).toISOString();
    return {
      answer: { id: `n${id}`, at, by: { ...work.actor }, what, why, information: [...information] },
      details: { what, why },
    };
  });
}

/** The names after an at-sign that stands at the beginning of a word: not those of mail addresses. */
export function namesIn(text: string): Set<string> {
  const found = text.toLowerCase().matchAll(/(?<![\w.@/])@([a-z][a-z0-9._-]{1,39})/g);
  return new Set([...found].flatMap(([, name = ""]) => [name, name.replace(/[._-]+$/, "")]));
}
