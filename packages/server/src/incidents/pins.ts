/** pins: searches as evidence. A pin keeps what was asked and a digest over what was found; sealing it writes the events
 *  themselves into the vault, so that they outlive the retention of the event store. */
import { createHash, randomUUID } from "node:crypto";
import { type CollectedEvent, parseRangeOfTime, type Search } from "../search/index.ts";
import { type Caller, change } from "./change.ts";
import type { EvidenceContext } from "./evidence.ts";
import { evidenceId } from "./evidence.ts";
import { appendCustody, type EvidenceRecord, insertEvidence } from "./evidence-store.ts";
import { fail } from "./errors.ts";
import { addStep, trailOf } from "./trail-store.ts";

export interface PinContext extends EvidenceContext {
  readonly collect: Search["collect"];
}

interface Asked {
  readonly query: string;
  readonly from: string;
  readonly to: string;
}

export async function pinSearch(
  context: PinContext,
  caller: Caller,
  asked: Asked & { readonly incidentId: string; readonly name: string; readonly description: string },
): Promise<EvidenceRecord> {
  const range = parseRangeOfTime(asked.from, asked.to, context.clock.now());
  const { events, digest } = await digestOf(context, { query: asked.query, range });
  return change(context, { caller, incidentId: asked.incidentId, action: "evidence.pinned" }, async (work) => {
    const key = `pin:${randomUUID()}`;
    const { record } = await insertEvidence(work.tx, {
      id: evidenceId(work.incident.id, key),
      incidentId: work.incident.id,
      key,
      kind: "search",
      name: asked.name,
      description: asked.description,
      source: "search",
      at: work.now,
      actor: work.actor,
      sha256: null,
      bytes: null,
      search: { query: asked.query, fromMs: range.fromMs, toMs: range.toMs, events, digest },
    });
    const details = { query: asked.query, events, digest };
    await appendCustody(work.tx, record, { at: work.now, action: "collected", actor: work.actor, details });
    await work.note({
      kind: "evidence",
      title: `Pinned a search: ${asked.name}`,
      body: `${asked.query}\n${events} events`,
    });
    return { answer: record, details: { evidence: record.id, events, digest } };
  });
}

/** The events as they are found now. */
export async function digestOf(
  context: PinContext,
  asked: Parameters<Search["collect"]>[0],
): Promise<{ events: number; digest: string }> {
  const found = await collected(context, asked);
  const digest = createDigest();
  for await (const event of found.each()) digest.add(event);
  return { events: digest.events(), digest: digest.hex() };
}

/** The events of a pin as lines of JSON, with the digest that they had on the way. */
export async function linesOf(
  context: PinContext,
  asked: Parameters<Search["collect"]>[0],
): Promise<{ lines: AsyncIterable<Uint8Array>; digest: () => string }> {
  const found = await collected(context, asked);
  const digest = createDigest();
  async function* lines(): AsyncIterable<Uint8Array> {
    for await (const event of found.each()) {
      digest.add(event);
      yield Buffer.from(`${JSON.stringify(event)}\n`);
    }
  }
  return { lines: lines(), digest: digest.hex };
}

/** A search that was made from an incident: one step of the trail. */
export async function addTrail(
  context: PinContext,
  caller: Caller,
  asked: Asked & { readonly incidentId: string; readonly rows: number | null },
): Promise<{ steps: number }> {
  const range = parseRangeOfTime(asked.from, asked.to, context.clock.now());
  return change(context, { caller, incidentId: asked.incidentId, action: "incident.searched" }, async (work) => {
    const { tx, incident, now, actor } = work;
    const { query, rows } = asked;
    await addStep(tx, { incidentId: incident.id, at: now, by: actor, query, ...range, rows });
    return { answer: { steps: (await trailOf(tx, incident.family)).length }, details: { query } };
  });
}

const MOST_EVENTS = 50_000;

async function collected(context: PinContext, asked: Parameters<Search["collect"]>[0]) {
  const found = await context.collect(asked);
  if (found.events > MOST_EVENTS) {
    throw fail(
      "INCIDENTS_EVIDENCE_INVALID",
      `The search matches ${found.events} events; a pin keeps at most ${MOST_EVENTS}. Narrow the query or the range.`,
    );
  }
  return found;
}

function createDigest(): { add(event: CollectedEvent): void; events(): number; hex(): string } {
  const hash = createHash("sha256");
  let events = 0;
  let hex: string | undefined;
  return {
    add: ({ id, raw }) => {
      events += 1;
      hash.update(`${id} ${createHash("sha256").update(raw).digest("hex")}\n`);
    },
    events: () => events,
    hex: () => (hex ??= hash.digest("hex")),
  };
}
