/** attendant: the people around one run of a playbook, for as long as it takes: they start it, decide what it asks and answer what it wants
 *  to know, again and again while the server is away, until it is over. What must not be is no reason to try again: it is thrown. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { Json, Person } from "./people.ts";

/** What people make of a run: approve all it asks, refuse all, or leave it waiting. */
export const KINDS = ["approved", "refused", "left"] as const;
type Kind = (typeof KINDS)[number];
export const kindOf = (n: number): Kind => (n % 9 === 4 ? "left" : n % 3 === 0 ? "refused" : "approved");

export interface Attended {
  readonly n: number;
  readonly runId: string;
  /** Effects that a person looked for, since nobody knew whether they happened. */
  readonly looked: number;
}

interface Attending {
  readonly n: number;
  readonly starter: Person;
  readonly approver: Person;
  readonly signal: AbortSignal;
  /** What a person sees who looks at the far side: whether an OpenC2 command was carried out. */
  readonly happened: (input: Json) => boolean;
}

const LOOK_MS = 60;

export async function attend(asked: Attending): Promise<Attended> {
  const { n, signal } = asked;
  let runId = "";
  const looked = new Set<string>();
  for (;;) {
    if (signal.aborted) throw new Error(`run ${n} was given up`);
    try {
      if (runId === "") runId = await start(asked);
      else if (await lookAfter(runId, asked, looked)) return { n, runId, looked: looked.size };
    } catch (error) {
      if (!(error instanceof Away)) throw error;
    }
    await sleep(LOOK_MS);
  }
}

/** The server does not answer, or cannot now. */
class Away extends Error {}

async function start({ n, starter }: Attending): Promise<string> {
  const { id } = await must(starter, "POST", "/api/playbooks/kill/run", {
    incidentId: null,
    variables: { host: `host-${n}`, address: addressOf(n, 0), second: addressOf(n, 128) },
    // Asked again after a crash, it is the same run.
    key: `run-${n}`,
  });
  return String(id);
}

/** @returns true when there is nothing more to do for it. */
async function lookAfter(runId: string, asked: Attending, looked: Set<string>): Promise<boolean> {
  const { n, approver } = asked;
  const run = await must(approver, "GET", `/api/playbook-runs/${runId}`);
  if (run["endedAt"] !== null) return true;
  const steps = run["steps"] as Json[];
  const waiting = steps.filter((step) => step["state"] === "waiting");
  const kind = kindOf(n);
  if (kind === "left" && waiting.filter((step) => step["approvalId"] !== null).length === 2) return true;
  for (const step of waiting) {
    const { approvalId, childRunId, effectId } = step;
    if (typeof approvalId === "string" && kind !== "left") await decide(approver, approvalId, kind);
    if (typeof childRunId === "string") await lookAfter(childRunId, asked, looked);
    if (step["kind"] !== "manual" && step["waitsFor"] !== null && typeof effectId === "string") {
      await say(asked, effectId);
      looked.add(effectId);
    }
    if (step["kind"] === "manual") {
      const variables = { more: kind === "approved" ? "yes" : "no" };
      await answer(approver, `/api/playbook-runs/${runId}/steps/${String(step["instance"])}`, "done", variables);
    }
  }
  for (const step of steps.filter((one) => one["state"] === "stuck")) {
    const reason = String(step["reason"]);
    // Approved and failed is only what somebody looked for and did not find.
    assert.match(
      reason,
      kind === "approved" ? /^failed: the test looked/ : /^refused: /,
      `run ${n} is stuck: ${reason}`,
    );
    await answer(approver, `/api/playbook-runs/${runId}/steps/${String(step["instance"])}`, "skip", {});
  }
  return false;
}

async function decide(approver: Person, approvalId: string, kind: Kind): Promise<void> {
  const { state, hash } = await must(approver, "GET", `/api/approvals/${approvalId}`);
  if (state !== "waiting") return;
  const verdict = kind === "refused" ? "refuse" : "approve";
  await must(approver, "POST", `/api/approvals/${approvalId}/decision`, { verdict, reason: "as the test says", hash });
}

/** Looks at the far side and says what is there. */
async function say({ approver, happened }: Attending, effectId: string): Promise<void> {
  const { state, input } = await must(approver, "GET", `/api/effects/${effectId}`);
  if (state !== "unknown") return;
  const body = { happened: happened(input as Json), reason: "the test looked" };
  const { status, body: said } = await sent(approver, "POST", `/api/effects/${effectId}/settle`, body);
  if (status !== 409) assert.equal(status, 200, `${effectId}: ${JSON.stringify(said)}`);
}

async function answer(person: Person, path: string, decision: string, variables: Json): Promise<void> {
  const { status, body } = await sent(person, "POST", path, { decision, reason: "", variables });
  // It was heard already; the run has not moved on yet, or just has.
  if (status !== 409) assert.equal(status, 200, `${path}: ${JSON.stringify(body)}`);
}

async function must(person: Person, method: string, path: string, body?: Json): Promise<Json> {
  const answered = await sent(person, method, path, body);
  assert.equal(answered.status, 200, `${method} ${path}: ${JSON.stringify(answered.body)}`);
  return answered.body;
}

async function sent(person: Person, method: string, path: string, body?: Json): ReturnType<Person["ask"]> {
  const answered = await person.ask(method, path, body).catch((error: unknown) => {
    throw new Away(String(error));
  });
  if (answered.status >= 500) throw new Away(JSON.stringify(answered.body));
  return answered;
}

const addressOf = (n: number, from: number): string => `198.18.${from + Math.floor(n / 250)}.${(n % 250) + 1}`;
