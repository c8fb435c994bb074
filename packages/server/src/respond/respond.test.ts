/** respond.test: the whole area on a real PostgreSQL with durable workflows and a far side with a will of its own: approval and proof,
 *  500 approvals at once, edits, silence, undo on time, unknown outcomes, drift, limits, exercises. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { changeRoutes } from "@holdfast/contracts/changes";
import { responsePolicy } from "@holdfast/contracts/respond-policy";
import type { EffectState } from "@holdfast/contracts/respond";
import { sql } from "drizzle-orm";
import { isAppError } from "../platform/errors/index.ts";
import { openTestArea, type TestArea, until } from "./area.testing.ts";
import type { Effect } from "./effect.ts";
import { DEFAULT_POLICY } from "./policy.ts";
import type { Settled } from "./port.ts";
import type { Proposal } from "./propose.ts";

let area: TestArea;
/** The test sets the clock forward; it never stands. */
let forwardMs = 0;
const clock = { now: () => Date.now() + forwardMs, monotonic: () => performance.now() + forwardMs };
const settled: Settled[] = [];
before(async () => {
  area = await openTestArea({ clock });
  area.respond.onSettled(async (one) => void settled.push(one));
  // Tests touch more hosts than a real hour should.
  await savePolicy({ limits: { hostsPerHour: 10_000, usersPerHour: 10_000 } });
});
after(() => area.close());

const proposal = (more: Partial<Proposal> = {}): Proposal => ({
  key: randomUUID(),
  action: "isolate",
  connectorId: "fw",
  input: { host: "web-1" },
  incidentId: "inc",
  runId: null,
  stepKey: null,
  playbookVersion: null,
  requestedBy: { id: "ann", name: "ann", team: "security" },
  reason: "beacons to a known address",
  undoAfterMs: null,
  exerciseId: null,
  ...more,
});
const call = <B, P = Record<string, never>>(body: B, params = {} as P) => ({ params, query: {}, body });
const routes = () => area.respond.routes;
const effectOf = async (id: string) => routes().getEffect(call({}, { id }), area.as("x", "security"));
const reaches = (id: string, state: EffectState) =>
  until(`effect ${state}`, async () => {
    const effect = await effectOf(id);
    return effect.state === state && effect;
  });
const decide = async (
  approvalId: string | null,
  who = "dan",
  more: { verdict?: "approve" | "refuse"; hash?: string; code?: string; team?: "security" | "operations" } = {},
) => {
  const context = area.as(who, more.team ?? "operations");
  const { hash } = await routes().getApproval(call({}, { id: String(approvalId) }), context);
  const body = { verdict: more.verdict ?? "approve", reason: "seen", hash: more.hash ?? hash, code: more.code };
  return routes().decideApproval(call(body, { id: String(approvalId) }), context);
};
async function savePolicy(change: Partial<typeof DEFAULT_POLICY>): Promise<void> {
  const admin = area.as("root", "operations");
  const { version, policy: stored } = await routes().getResponsePolicy({ params: {}, query: {}, body: {} }, admin);
  const policy = responsePolicy.parse(stored);
  await routes().saveResponsePolicy(call({ policy: { ...policy, ...change }, note: "test", basedOn: version }), admin);
}
const code = (wanted: string) => (error: unknown) => isAppError(error) && error.code === wanted;
const acts = (host: string): string[] => area.outside.acts.filter((one) => one.endsWith(` ${host}`));
const host = (): { host: string } => ({ host: `h-${randomUUID().slice(0, 8)}` });

test("a proposal shows its impact, waits for the owner's side, is done once, proven, and undone on its time", async () => {
  const made = await area.respond.propose(proposal({ undoAfterMs: 700 }));
  assert.equal(made.state, "waiting");
  assert.deepEqual([made.impact.services[0]?.assets?.left, made.impact.owners[0]?.id], [1, "netops"]);
  assert.deepEqual(made.impact.changes, { known: true, items: [{ id: "w1", title: "Patching", until: null }] });
  assert.deepEqual(acts("web-1"), []);
  assert.ok(area.said.includes("wait: operations to approve: isolate web-1"), area.said.join("\n"));
  await assert.rejects(decide(made.approvalId, "ann", { team: "security" }), code("RESPOND_NOT_ALLOWED"));
  await assert.rejects(decide(made.approvalId, "bob", { team: "security" }), code("RESPOND_NOT_ALLOWED"));
  await assert.rejects(
    routes().decideApproval(
      call({ verdict: "approve" as const, reason: "", hash: "0".repeat(64) }, { id: String(made.approvalId) }),
      area.as("dan", "operations", false),
    ),
    code("RESPOND_NOT_ALLOWED"),
  );
  await decide(made.approvalId);
  const done = await reaches(made.effectId, "done");
  assert.equal(done.proof?.verdict, "holds");
  const undone = await reaches(made.effectId, "undone");
  assert.equal(undone.undoProof?.verdict, "does-not-hold");
  const late = Date.parse(undone.undoneAt ?? "") - Date.parse(done.undoAt ?? "");
  assert.ok(late >= 0 && late < 2_000, `undone ${late} ms after its time`);
  assert.deepEqual(acts("web-1"), ["isolate web-1", "release web-1"]);
  assert.deepEqual(
    undone.journal.map(({ entry }) => entry),
    ["proposed", "approved", "sent", "done", "undoing", "undo-sent", "undone"],
  );
  await until(
    "the listeners heard",
    async () => settled.filter(({ effectId }) => effectId === made.effectId).length === 2,
  );
  assert.deepEqual(
    settled.filter(({ effectId }) => effectId === made.effectId).map(({ state }) => state),
    ["done", "undone"],
  );
});

test("who works on what is hit stands in the impact and in what is waited for; what was decided on stays as it was", async () => {
  const fed = {
    title: "Kernel update",
    state: "running",
    owner: "netops",
    plannedStart: new Date(Date.now() - 60_000).toISOString(),
    assets: ["web-2"],
  };
  const feed = (more: object = {}) =>
    area.changes.routes.feedChange(
      { params: { id: "chg-7" }, query: {}, body: changeRoutes.feedChange.body.parse({ ...fed, ...more }) },
      area.as("ci", "operations"),
    );
  const { change } = await feed();
  const made = await area.respond.propose(proposal());
  const [item] = made.impact.changes.items;
  assert.equal(made.impact.changes.known, true);
  assert.deepEqual([item?.id, item?.title, item?.change?.standing], [change.id, "Kernel update", "running"]);
  assert.equal(item?.change?.why, "web-2, an asset of Shop, which is hit");
  const waits =
    "wait: operations to approve: isolate web-1; changes on what is hit: Kernel update (running, Network operations)";
  assert.ok(area.said.includes(waits), area.said.join("\n"));
  const { journal } = await routes().getEffect(call({}, { id: made.effectId }), area.as("dan", "operations"));
  assert.match(journal[0]?.text ?? "", /Changes on what is hit: Kernel update \(running, Network operations\)$/);
  await feed({ state: "done" });
  const approval = await routes().getApproval(call({}, { id: String(made.approvalId) }), area.as("dan", "operations"));
  assert.equal(approval.effect.impact.changes.items[0]?.title, "Kernel update");
  const after = await area.respond.propose(proposal());
  assert.equal(
    after.impact.changes.items.some(({ id }) => id === change.id),
    false,
  );
  await decide(made.approvalId, "dan", { verdict: "refuse" });
  await decide(after.approvalId, "dan", { verdict: "refuse" });
});

test("500 people approve one request at the same time: it is done once", async () => {
  const input = host();
  const made = await area.respond.propose(proposal({ input }));
  const asker = area.as("x", "operations");
  const { hash } = await routes().getApproval(call({}, { id: String(made.approvalId) }), asker);
  // Five hundred wait for a few connections: on a slow machine some are told to come again, and do.
  const approve = async (index: number): Promise<unknown> => {
    const body = { verdict: "approve" as const, reason: "", hash };
    const by = area.as(`op-${index}`, "operations");
    for (;;) {
      try {
        return await routes().decideApproval(call(body, { id: String(made.approvalId) }), by);
      } catch (error) {
        if (!isAppError(error) || error.code !== "TABLES_UNAVAILABLE") throw error;
      }
    }
  };
  const given = await Promise.allSettled(Array.from({ length: 500 }, (_, index) => approve(index)));
  assert.equal(given.filter(({ status }) => status === "fulfilled").length, 1);
  const others = given.flatMap((one) =>
    one.status === "fulfilled" || code("RESPOND_WRONG_STATE")(one.reason) ? [] : [String(one.reason)],
  );
  assert.deepEqual([...new Set(others)], []);
  await reaches(made.effectId, "done");
  assert.deepEqual(acts(input.host), [`isolate ${input.host}`]);
});

test("the same key twice proposes once, also at the same time; what only reads needs no approval", async () => {
  const asked = proposal({ action: "look-at" });
  const made = await Promise.all([1, 2, 3, 4].map(() => area.respond.propose(asked)));
  assert.equal(new Set(made.map(({ effectId }) => effectId)).size, 1);
  const read = await reaches(made[0]?.effectId ?? "", "done");
  assert.equal(read.approvalId, null);
  await assert.rejects(area.respond.propose({ ...asked, action: "isolate" }), code("RESPOND_KEY_TAKEN"));
});

test("an edit voids what was approved; the editor may not approve; the old hash is refused", async () => {
  await savePolicy({
    rules: [
      {
        name: "two",
        when: {},
        approve: "operations",
        quorum: 2,
        expiresMinutes: 10,
        onExpiry: "refuse",
        secondFactor: false,
      },
    ],
  });
  const made = await area.respond.propose(proposal({ input: { host: "web-2" } }));
  const first = await decide(made.approvalId, "dan");
  assert.equal(first.state, "waiting");
  await routes().editEffect(
    call({ input: { host: "web-1" }, reason: "the other one" }, { id: made.effectId }),
    area.as("eve", "operations"),
  );
  await assert.rejects(decide(made.approvalId, "fay", { hash: first.hash }), code("RESPOND_CHANGED"));
  await assert.rejects(decide(made.approvalId, "eve"), code("RESPOND_NOT_ALLOWED"));
  await decide(made.approvalId, "fay");
  assert.equal((await effectOf(made.effectId)).state, "waiting");
  await decide(made.approvalId, "dan");
  assert.deepEqual((await reaches(made.effectId, "done")).targets, [{ kind: "host", value: "web-1" }]);
  await savePolicy({ rules: DEFAULT_POLICY.rules });
});

test("an irreversible effect takes a code; a refusal takes a reason and ends it", async () => {
  const made = await area.respond.propose(proposal({ action: "wipe", input: { host: "log-1" } }));
  const soc = { team: "security" as const };
  await assert.rejects(decide(made.approvalId, "bob", soc), code("RESPOND_SECOND_FACTOR"));
  await assert.rejects(decide(made.approvalId, "bob", { ...soc, code: "000000" }), code("RESPOND_SECOND_FACTOR"));
  await decide(made.approvalId, "bob", { ...soc, code: area.code });
  assert.equal((await reaches(made.effectId, "done")).undoAt, null);
  const other = await area.respond.propose(proposal({ input: host() }));
  await decide(other.approvalId, "dan", { verdict: "refuse" });
  assert.equal((await effectOf(other.effectId)).state, "refused");
  await assert.rejects(decide(other.approvalId, "eve"), code("RESPOND_WRONG_STATE"));
});

test("going ahead without approval takes a reason, and everybody hears it", async () => {
  const made = await area.respond.propose(proposal({ input: host() }));
  const ann = area.as("ann", "security");
  const { hash } = await routes().getApproval(call({}, { id: String(made.approvalId) }), ann);
  const reason = "ransomware spreads now, nobody answers";
  await routes().breakGlass(call({ reason, hash }, { id: String(made.approvalId) }), ann);
  await reaches(made.effectId, "done");
  assert.ok(area.said.some((one) => one.startsWith("alarm: ann went ahead without approval")));
});

test("silence refuses, or goes ahead where the policy says so", async () => {
  const refuses = await area.respond.propose(proposal({ input: host() }));
  const soft = { name: "soft", when: {}, approve: "operations", expiresMinutes: 60, onExpiry: "proceed" } as const;
  await savePolicy({ rules: [{ ...soft, quorum: 1, secondFactor: false }] });
  const proceeds = await area.respond.propose(proposal({ input: host() }));
  await savePolicy({ rules: DEFAULT_POLICY.rules });
  forwardMs += 3_600_000;
  await reaches(refuses.effectId, "expired");
  await reaches(proceeds.effectId, "done");
  await assert.rejects(decide(refuses.approvalId), code("RESPOND_WRONG_STATE"));
});

test("an unknown outcome is looked for: found in place it is done, else a person says so", async () => {
  area.outside.mood = "acts-silently";
  const acted = await area.respond.propose(proposal({ input: host() }));
  await decide(acted.approvalId);
  assert.match((await reaches(acted.effectId, "done")).outcome, /Found in place/);
  area.outside.mood = "silent";
  const lost = await area.respond.propose(proposal({ input: host() }));
  await decide(lost.approvalId);
  const unknown = await reaches(lost.effectId, "unknown");
  assert.match(unknown.needsPerson ?? "", /say whether it happened/);
  const waits = `wait: operations to look whether it happened: ${unknown.title}`;
  await until("the incident waits for whoever looks", async () => area.said.includes(waits));
  area.outside.mood = "lies";
  const lied = await area.respond.propose(proposal({ input: host() }));
  await decide(lied.approvalId);
  assert.match((await reaches(lied.effectId, "unknown")).outcome, /does not hold/);
  area.outside.mood = "well";
  const person = area.as("dan", "operations");
  const over = () => area.said.filter((one) => one === "waited").length;
  const before = over();
  const told = await routes().settleEffect(
    call({ happened: false, reason: "looked at the firewall" }, { id: lost.effectId }),
    person,
  );
  assert.equal(told.state, "failed");
  assert.equal(over(), before + 1, "it waits for nobody any more");
});

test("what the far side is too busy for is tried again; what it refuses has failed", async () => {
  area.outside.mood = "busy";
  const busy = await area.respond.propose(proposal({ input: host() }));
  await decide(busy.approvalId);
  await until("a retry", async () => (await effectOf(busy.effectId)).journal.some(({ entry }) => entry === "retry"));
  area.outside.mood = "well";
  await reaches(busy.effectId, "done");
  area.outside.mood = "refuses";
  const refused = await area.respond.propose(proposal({ input: host() }));
  await decide(refused.approvalId);
  assert.equal((await reaches(refused.effectId, "failed")).outcome, "permission denied");
  area.outside.mood = "well";
});

test("undo by a person, put off by one who may, and tried again until it works", async () => {
  const input = host();
  const made = await area.respond.propose(proposal({ input, undoAfterMs: 3_600_000 }));
  await decide(made.approvalId);
  const done = await reaches(made.effectId, "done");
  const later = new Date(Date.parse(done.undoAt ?? "") + 60_000).toISOString();
  const put = (who: string, undoAt: string) =>
    routes().changeUndoTime(call({ undoAt, reason: "still hot" }, { id: made.effectId }), area.as(who, "operations"));
  await assert.rejects(put("ann", later), code("RESPOND_NOT_ALLOWED"));
  assert.equal((await put("dan", later)).undoAt, later);
  area.outside.undoMood = "refuses";
  await put("ann", new Date(clock.now() + 300).toISOString());
  await until("a failed undo", async () =>
    (await effectOf(made.effectId)).journal.some(({ entry }) => entry === "undo-failed"),
  );
  assert.deepEqual(acts(input.host), [`isolate ${input.host}`]);
  area.outside.undoMood = "well";
  await reaches(made.effectId, "undone");
  assert.equal(acts(input.host).at(-1), `release ${input.host}`);
});

test("someone undoes it by hand: drift is shown, and shown as over when it is back", async () => {
  const input = host();
  const made = await area.respond.propose(proposal({ input }));
  await decide(made.approvalId);
  await reaches(made.effectId, "done");
  area.outside.held.delete(input.host);
  const probe = () => routes().probeEffect(call({}, { id: made.effectId }), area.as("x", "security"));
  assert.match((await probe()).drift?.evidence ?? "", /no rule/);
  assert.ok(area.said.includes(`note: Undone by hand: isolate ${input.host}`));
  area.outside.held.add(input.host);
  assert.equal((await probe()).drift, null);
});

test("never-touch and the limit of an hour hold, also for what was approved before they were reached", async () => {
  const never = await area.respond.propose(proposal({ input: { host: "dc-1" } }));
  assert.equal(never.state, "refused");
  assert.match(never.reason, /never touched/);
  const own = await area.respond.propose(proposal({ input: { host: "HOLDFAST-1.corp" } }));
  assert.match(own.reason, /Holdfast runs on it/);
  const made = await Promise.all([host(), host(), host()].map((input) => area.respond.propose(proposal({ input }))));
  const used = made[0]?.impact.limits[0]?.used ?? 0;
  await savePolicy({ limits: { hostsPerHour: used + 2, usersPerHour: 10 } });
  // Whoever comes last is stopped at the approval, or at the sending when all three were approved before one was sent.
  const given = await Promise.allSettled(made.map(({ approvalId }) => decide(approvalId)));
  const ends = await Promise.all(
    made.map(async ({ effectId }, at) => {
      const answer = given[at];
      if (answer?.status === "rejected") return `stopped ${String(answer.reason)}`;
      return until("an end", async () => {
        const { state, outcome } = await effectOf(effectId);
        return (state === "done" || state === "refused") && `${state} ${outcome}`;
      });
    }),
  );
  assert.equal(ends.filter((end) => end.startsWith("done")).length, 2, ends.join("\n"));
  assert.match(ends.find((end) => !end.startsWith("done")) ?? "", /may be touched in an hour/);
  await savePolicy({ limits: { hostsPerHour: 10_000, usersPerHour: 10_000 } });
});

test("past a limit nobody approves, it can be refused, and a broken glass goes past it and says so", async () => {
  const first = await area.respond.propose(proposal({ action: "trace", input: host() }));
  const second = await area.respond.propose(proposal({ action: "trace", input: host() }));
  area.outside.hourly.set("trace", 1);
  await decide(first.approvalId);
  await reaches(first.effectId, "done");
  await assert.rejects(decide(second.approvalId), (error: unknown) => {
    assert.ok(code("RESPOND_OVER_LIMIT")(error));
    assert.match(String(error), /at most 1 times in an hour, .* it did 1 times/);
    return true;
  });
  const ann = area.as("ann", "security");
  const shown = await routes().getApproval(call({}, { id: String(second.approvalId) }), area.as("dan", "operations"));
  assert.deepEqual([shown.state, shown.you.may], ["waiting", true]);
  assert.match(shown.you.over ?? "", /go ahead without approval/);
  // What is proposed past the limit waits as well, also where the policy asks nobody.
  await savePolicy({ rules: DEFAULT_POLICY.rules.map((rule) => ({ ...rule, approve: "nobody" })) });
  const free = await area.respond.propose(proposal({ action: "other", input: host() }));
  await reaches(free.effectId, "done");
  const waits = await area.respond.propose(proposal({ action: "trace", input: host() }));
  assert.equal(waits.state, "waiting");
  assert.deepEqual(waits.impact.limits.at(-1), { of: "actions", used: 1, adds: 1, max: 1 });
  await savePolicy({ rules: DEFAULT_POLICY.rules });
  await decide(waits.approvalId, "dan", { verdict: "refuse" });
  const reason = "the worm is on the next segment already";
  await routes().breakGlass(call({ reason, hash: shown.hash }, { id: String(second.approvalId) }), ann);
  const done = await reaches(second.effectId, "done");
  assert.match(done.journal.find(({ entry }) => entry === "sent")?.text ?? "", /Past a limit, by a broken glass/);
  // Never-touch stands against a broken glass too: it is refused before there is anything to break.
  assert.equal((await area.respond.propose(proposal({ input: { host: "dc-1" } }))).approvalId, null);
});

test("what only reads has its own limit of an hour, and is refused past it", async () => {
  area.outside.hourly.set("look-at", 0);
  const made = await area.respond.propose(proposal({ action: "look-at", input: host() }));
  assert.match((await reaches(made.effectId, "refused")).outcome, /at most 0 times in an hour/);
  area.outside.hourly.delete("look-at");
  const again = await area.respond.propose(proposal({ action: "look-at", input: host() }));
  await reaches(again.effectId, "done");
});

test("an effect of an exercise reaches nothing, from proposal to undo", async () => {
  const before = area.outside.acts.length;
  const called: string[] = [];
  area.outside.before = async (what) => void called.push(what);
  const made = await area.respond.propose(proposal({ input: host(), exerciseId: "ex-1", undoAfterMs: 300 }));
  await decide(made.approvalId);
  const undone = await reaches(made.effectId, "undone");
  assert.match(undone.journal.map(({ text }) => text).join("\n"), /Rehearsed: nothing was sent/);
  assert.deepEqual([area.outside.acts.length, called], [before, []]);
  // Nor does what a person proposes on an incident of an exercise, or a run that was not told of it.
  for (const incidentId of ["drill-1", "drill-2"]) {
    const body = {
      key: randomUUID(),
      action: "isolate",
      connectorId: "fw",
      input: host(),
      incidentId,
      reason: "a drill",
    };
    const by =
      incidentId === "drill-1"
        ? (await routes().proposeEffect(call({ ...body, undoAfterMs: 300 }), area.as("ann", "security"))).id
        : (await area.respond.propose(proposal({ ...body, undoAfterMs: 300 }))).effectId;
    const { approvalId, exerciseId } = await effectOf(by);
    assert.equal(exerciseId, incidentId);
    await decide(approvalId);
    await reaches(by, "undone");
  }
  assert.deepEqual([area.outside.acts.length, called], [before, []]);
  area.outside.before = async () => {};
  // Who wrote the playbook and who armed its trigger may both not approve.
  const armed = { playbookEditedBy: { id: "eve", name: "eve" }, armedBy: { id: "dan", name: "dan" } };
  const kept = await area.respond.propose(proposal({ input: host(), incidentId: "drill-3", ...armed }));
  for (const who of ["dan", "eve"]) await assert.rejects(decide(kept.approvalId, who), /edit|change/i);
  const listed = await routes().listEffects({ params: {}, query: { limit: 1000 }, body: {} }, area.as("x", "security"));
  assert.ok(
    listed.items.every(({ exerciseId }) => exerciseId === null),
    "exercises are apart",
  );
});

test("taken back before it is sent, it is never sent; a run hears it", async () => {
  const input = host();
  const made = await area.respond.propose(proposal({ input, runId: "run-1", stepKey: "step-1" }));
  assert.equal(await area.respond.cancel(made.effectId, "the run was cancelled"), true);
  assert.equal(await area.respond.cancel(made.effectId, "again"), false);
  await assert.rejects(decide(made.approvalId), code("RESPOND_WRONG_STATE"));
  const heard = await until("the run hears", async () => settled.find(({ effectId }) => effectId === made.effectId));
  assert.deepEqual([heard.state, heard.runId, heard.stepKey], ["refused", "run-1", "step-1"]);
  assert.deepEqual(acts(input.host), []);
});

test("whatever the states say, the tables let an effect and an approval go out once", async () => {
  const made = await area.respond.propose(proposal({ input: host() }));
  await decide(made.approvalId);
  const effect: Pick<Effect, "id"> = await reaches(made.effectId, "done");
  const again = area.opened.tables.db.execute(
    sql`INSERT INTO respond_sending (effect_id, approval_id, hash, at) VALUES (${effect.id}, ${made.approvalId}, '', 0)`,
  );
  await assert.rejects(again);
});

test("where the owner team names who speaks for it, one of them approves and nobody else of the side", async () => {
  const speakFor = (members: string) => area.opened.tables.db.execute(`UPDATE team SET members = '${members}'`);
  await speakFor("{dan,pat}");
  try {
    const made = await area.respond.propose(proposal());
    const needed = async (id: string | null, who = "x") =>
      (await routes().getApproval(call({}, { id: String(id) }), area.as(who, "operations"))).requirement.sides;
    assert.deepEqual(await needed(made.approvalId), [
      { team: "operations", count: 1, owners: ["netops"], people: [{ id: "dan", name: "dan" }] },
    ]);
    await assert.rejects(decide(made.approvalId, "eve"), code("RESPOND_NOT_ALLOWED"));
    await decide(made.approvalId, "dan");
    await reaches(made.effectId, "done");
    // Who asks for it cannot approve it: then anybody of the side may, or nobody could.
    const own = await area.respond.propose(
      proposal({ input: host(), requestedBy: { id: "dan", name: "dan", team: "operations" } }),
    );
    const theirs = await area.respond.propose(
      proposal({ requestedBy: { id: "dan", name: "dan", team: "operations" }, input: { host: "web-2" } }),
    );
    assert.equal((await needed(own.approvalId))[0]?.people, undefined);
    assert.equal((await needed(theirs.approvalId))[0]?.people, undefined);
    await decide(theirs.approvalId, "eve");
    // An exercise is played by whoever is there.
    const drill = await area.respond.propose(proposal({ exerciseId: "drill-9", incidentId: "drill-9" }));
    assert.equal((await needed(drill.approvalId))[0]?.people, undefined);
  } finally {
    await speakFor("{}");
  }
});
