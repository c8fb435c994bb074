/** pulls.test: every definition against a stand-in that pages, throttles, fails, cuts connections and lets tokens expire; all that it has
 *  is stored once, whatever stops in between. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Pull } from "@holdfast/contracts/pulls";
import type { Feed } from "../ingest/index.ts";
import { CONTEXT, none, startTestIngest, type TestIngest } from "../ingest/testing.ts";
import { createAuditLog } from "../platform/audit-log/index.ts";
import { systemClock } from "../platform/clock/index.ts";
import { createEgress } from "../platform/egress/index.ts";
import { isAppError } from "../platform/errors/index.ts";
import { silentLog } from "../platform/log/index.ts";
import { createSealer } from "../platform/secrets/index.ts";
import { PLACES } from "../places.ts";
import { createPulls, type Pulls } from "./index.ts";
import { S3_KEYS, type StandIn, startStandIn, trailFile } from "./stand-ins.testing.ts";

let ingest: TestIngest;
let far: StandIn;
let pulls: Pulls;

before(async () => {
  [ingest, far] = await Promise.all([startTestIngest(), startStandIn()]);
});
after(async () => {
  await pulls.stop();
  await far.close();
  await ingest.close();
});
beforeEach(async () => {
  far.faults.length = 0;
  far.asked.length = 0;
});
// One that failed half-way must not keep the process at its work for ever.
afterEach(() => pulls.stop());

/** Starts the area, as after a start of the whole server. */
async function open(feed: Feed = ingest.area.feed, definitions: string = PLACES.pulls): Promise<void> {
  const { tables } = ingest;
  pulls = createPulls({
    tables,
    clock: systemClock,
    audit: createAuditLog({ tables, clock: systemClock }),
    log: silentLog,
    sealer: createSealer({ get: () => "k".repeat(43) }),
    egress: createEgress({ log: silentLog }),
    feed,
    definitions,
    targets: "/nowhere",
  });
  await pulls.start();
}

const ALLOW = ["127.0.0.1"];
const now = Date.now();
const ago = (minutes: number): string => new Date(now - minutes * 60_000).toISOString();

type Entered = { kind: string; settings: Record<string, unknown>; secrets: Record<string, string> };

async function add(name: string, entered: Entered): Promise<string> {
  const body = { name, ...entered, allow: ALLOW, since: ago(600) };
  return (await pulls.routes.addPull({ ...none, body }, CONTEXT)).id;
}
const look = (id: string): Promise<Pull> => pulls.routes.getPull({ ...none, params: { id } }, CONTEXT);
const again = (id: string): Promise<Pull> => pulls.routes.runPull({ ...none, params: { id } }, CONTEXT);

async function until(id: string, holds: (pull: Pull) => boolean): Promise<Pull> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const pull = await look(id);
    if (holds(pull)) return pull;
    if (Date.now() > deadline) assert.fail(`${id} stays at ${JSON.stringify(pull)}`);
    await sleep(20);
  }
}

/** All that was taken is stored, once each, in the form in which it was sent. */
async function assertStored(id: string, wanted: readonly unknown[]): Promise<void> {
  const counts = await ingest.through(id, wanted.length);
  assert.equal(counts.stored + counts.quarantined, wanted.length);
  assert.deepEqual((await ingest.raws(id)).sort(), wanted.map((one) => JSON.stringify(one)).sort());
}

const githubEvents = (from: number, count: number) =>
  Array.from({ length: count }, (_, n) => ({
    _document_id: `d${from + n}`,
    "@timestamp": Date.parse(ago(300)) + (from + n) * 1000,
    action: "repo.create",
    actor: "ida",
  }));
const github = (): Entered => ({
  kind: "github-audit",
  settings: { url: far.url, organisation: "example" },
  secrets: { token: "gh-token" },
});

test("GitHub: pages, a limit used up, throttling, a fault and a cut connection: everything once, then only what is new", async () => {
  await open();
  far.records.github = githubEvents(0, 35);
  far.faults.push("throttle");
  const id = await add("GitHub of example", github());
  assert.equal(id, "github-of-example");
  // What went wrong is written down a moment before the try is over.
  const throttled = await until(id, ({ lastError, state }) => lastError !== null && state !== "running");
  assert.equal(throttled.state, "throttled");
  assert.match(throttled.lastError ?? "", /answered 429: slow down/);
  // It waits for as long as it was told, and then goes on by itself.
  const first = await until(id, ({ taken, lastSuccessAt }) => taken === 35 && lastSuccessAt !== null);
  assert.deepEqual([first.failures, first.repeated], [0, 0]);
  assert.ok(far.asked.some((path) => path.includes("order=asc") && path.includes("phrase=created:>=")));
  far.records.github = githubEvents(0, 50);
  for (const fault of ["fail", "cut", "used-up"] as const) {
    far.faults.push(fault);
    const tried = (await again(id)).lastErrorAt;
    const failed = await until(id, ({ lastErrorAt, state }) => lastErrorAt !== tried && state !== "running");
    assert.equal(failed.state, fault === "used-up" ? "throttled" : "backing-off", fault);
    assert.ok(Date.parse(failed.nextTryAt ?? "") > Date.now() - 100);
  }
  await again(id);
  const second = await until(id, ({ taken, failures }) => taken === 50 && failures === 0);
  // The overlap was asked for again, and left out.
  assert.ok(second.repeated >= 35, String(second.repeated));
  await assertStored(id, far.records.github);
  await pulls.stop();
});

test("a stop between a page and its cursor: what got to the spool is not taken again, what did not is", async () => {
  const feed = ingest.area.feed;
  for (const [name, arrives] of [
    ["arrived", true],
    ["lost", false],
  ] as const) {
    far.records.github = githubEvents(1000, 25);
    let appends = 0;
    await open({
      ...feed,
      append: async (id, call) => {
        // The second page: the process ends here.
        if (++appends !== 2) return feed.append(id, call);
        if (arrives) await feed.append(id, call);
        throw new Error("killed");
      },
    });
    const id = await add(`Killed when ${name}`, github());
    await until(id, ({ lastError }) => lastError === "killed");
    await pulls.stop();
    await ingest.restart();
    await open();
    await again(id);
    const pull = await until(id, ({ taken, failures }) => taken === 25 && failures === 0);
    assert.equal(pull.repeated, 0);
    await assertStored(id, far.records.github);
    await pulls.stop();
  }
});

test("while ingest refuses, the page is neither taken nor passed over", async () => {
  await open();
  far.records.github = githubEvents(2000, 15);
  ingest.refuse("the disk is full");
  const id = await add("Held back", github());
  const held = await until(id, ({ lastError, state }) => lastError !== null && state !== "running");
  assert.deepEqual([held.state, held.taken, held.failures], ["held", 0, 0]);
  assert.match(held.lastError ?? "", /the disk is full/);
  ingest.refuse(undefined);
  await again(id);
  await until(id, ({ taken }) => taken === 15);
  await assertStored(id, far.records.github);
  await pulls.stop();
});

test("Okta: the last link is kept over a restart, so nothing is asked for twice", async () => {
  await open();
  const events = Array.from({ length: 33 }, (_, n) => ({
    uuid: `u${n}`,
    published: ago(300 - n),
    eventType: "user.session.start",
  }));
  far.records.okta = events.slice(0, 25);
  const id = await add("Okta", {
    kind: "okta-system-log",
    settings: { url: far.url },
    secrets: { token: "okta-token" },
  });
  await until(id, ({ taken, lastSuccessAt }) => taken === 25 && lastSuccessAt !== null);
  await pulls.stop();
  await ingest.restart();
  await open();
  far.records.okta = events;
  await again(id);
  const pull = await until(id, ({ taken }) => taken === 33);
  assert.equal(pull.repeated, 0);
  await assertStored(id, events);
  await pulls.stop();
});

test("Microsoft Graph: two streams, a token that expires in the middle, and a secret that is wrong", async () => {
  await open();
  far.records.signIns = Array.from({ length: 12 }, (_, n) => ({ id: `s${n}`, createdDateTime: ago(200 - n) }));
  far.records.audits = Array.from({ length: 11 }, (_, n) => ({ id: `a${n}`, activityDateTime: ago(100 - n) }));
  const settings = { tenant: "example", clientId: "app", url: far.url, login: far.url };
  const wrong: Entered = { kind: "microsoft-graph", settings, secrets: { clientSecret: "wrong-secret" } };
  const tried = await pulls.routes.tryPull({ ...none, body: { ...wrong, allow: ALLOW } }, CONTEXT);
  assert.equal(tried.ok, false);
  assert.match(
    tried.answers[0]?.said ?? "",
    /No token: .* answered 401: The client secret is wrong\. Check the credentials/,
  );
  const right = { ...wrong, secrets: { clientSecret: "graph-secret" } };
  const good = await pulls.routes.tryPull({ ...none, body: { ...right, allow: ALLOW } }, CONTEXT);
  assert.deepEqual(
    good.answers.map(({ stream, records }) => [stream, records]),
    [
      ["Sign-ins", 10],
      ["Directory audits", 10],
    ],
  );
  assert.match(good.answers[0]?.sample ?? "", /"id":"s0"/);
  const id = await add("Entra", right);
  await until(id, ({ taken, lastSuccessAt }) => taken === 23 && lastSuccessAt !== null);
  for (const token of far.tokens.keys()) far.tokens.set(token, false);
  far.records.audits.push({ id: "a-late", activityDateTime: ago(95) });
  await again(id);
  const pull = await until(id, ({ taken }) => taken === 24);
  assert.equal(pull.failures, 0);
  assert.equal(pull.streams.length, 2);
  await assertStored(id, [...far.records.signIns, ...far.records.audits]);
  await pulls.stop();
});

test("Google Workspace: a signed assertion, newest first, a window that is interrupted goes on where it was", async () => {
  await open();
  const activity = (n: number) => ({
    id: { time: ago(200 - n), uniqueQualifier: `q${n}`, applicationName: "login" },
    actor: { email: "ida@example.com" },
  });
  far.records.login = Array.from({ length: 28 }, (_, n) => activity(n));
  const entered: Entered = {
    kind: "google-workspace",
    settings: { user: "admin@example.com", admin: false, token: false, url: far.url, tokenUrl: `${far.url}/token` },
    secrets: { key: far.serviceAccount },
  };
  // The third page fails: the first two are kept, and the rest comes later.
  far.faults.push("none", "none", "fail");
  const id = await add("Workspace", entered);
  const failed = await until(id, ({ lastError }) => lastError !== null);
  assert.equal(failed.taken, 20);
  assert.match(failed.streams[0]?.cursor ?? "", /in the middle of a window/);
  await again(id);
  const pull = await until(id, ({ taken, failures }) => taken === 28 && failures === 0);
  assert.equal(pull.repeated, 0);
  await assertStored(id, far.records.login);
  await pulls.stop();
});

test("CloudTrail: files of all accounts and regions, signed, unpacked, each once; a restart in the middle of a file", async () => {
  await open();
  const wanted: Record<string, unknown>[] = [];
  const put = (account: string, region: string, events: number): void => {
    const at = now - 3_600_000 + wanted.length;
    const day = new Date(at).toISOString().slice(0, 10).replaceAll("-", "/");
    const inside = Array.from({ length: events }, (_, n) => ({
      eventID: `${account}-${region}-${wanted.length}-${n}`,
      eventTime: ago(60),
    }));
    wanted.push(...inside);
    const key = `AWSLogs/${account}/CloudTrail/${region}/${day}/${account}_CloudTrail_${region}_${wanted.length}+x.json.gz`;
    far.objects.set(key, { body: trailFile(inside), at });
  };
  put("111111111111", "eu-central-1", 3);
  put("111111111111", "us-east-1", 4500);
  put("222222222222", "eu-central-1", 2);
  put("222222222222", "eu-central-1", 2);
  put("222222222222", "eu-central-1", 2);
  const { accessKey, secretKey, region } = S3_KEYS;
  const entered: Entered = {
    kind: "aws-cloudtrail",
    settings: { endpoint: far.url, region, bucket: "bucket", accessKey },
    secrets: { secretKey },
  };
  const wrong = { ...entered, secrets: { secretKey: "another/key" }, allow: ALLOW };
  const tried = await pulls.routes.tryPull({ ...none, body: wrong }, CONTEXT);
  assert.match(tried.answers[0]?.said ?? "", /answered 403: SignatureDoesNotMatch: The signature does not match/);
  await pulls.stop();
  const feed = ingest.area.feed;
  let appends = 0;
  await open({
    ...feed,
    append: async (id, call) => {
      const taken = await feed.append(id, call);
      if (++appends === 3) throw new Error("killed");
      return taken;
    },
  });
  const id = await add("Trail", entered);
  await until(id, ({ lastError }) => lastError === "killed");
  await pulls.stop();
  await ingest.restart();
  await open();
  await again(id);
  await until(id, ({ taken, failures }) => taken === wanted.length && failures === 0);
  put("333333333333", "eu-central-1", 1);
  await again(id);
  const pull = await until(id, ({ taken }) => taken === wanted.length);
  assert.equal(pull.repeated, 0);
  await assertStored(id, wanted);
  await pulls.stop();
});

test("S3 with temporary credentials: the session token goes along, signed", async (t) => {
  await open();
  far.sessionToken = "FwoGZXIvYXdzE==/stand-in";
  t.after(() => (far.sessionToken = undefined));
  far.objects.clear();
  const inside = [{ eventID: "temporary-1", eventTime: ago(60) }];
  const day = ago(60).slice(0, 10).replaceAll("-", "/");
  const key = `AWSLogs/444444444444/CloudTrail/eu-test-1/${day}/one.json.gz`;
  far.objects.set(key, { body: trailFile(inside), at: now - 3_600_000 });
  const { accessKey, secretKey, region } = S3_KEYS;
  const entered: Entered = {
    kind: "aws-cloudtrail",
    settings: { endpoint: far.url, region, bucket: "bucket", accessKey },
    secrets: { secretKey },
  };
  const without = await pulls.routes.tryPull({ ...none, body: { ...entered, allow: ALLOW } }, CONTEXT);
  assert.match(without.answers[0]?.said ?? "", /answered 403: InvalidToken/);
  const id = await add("Temporary", { ...entered, secrets: { secretKey, sessionToken: far.sessionToken } });
  await until(id, ({ taken }) => taken === 1);
  await assertStored(id, inside);
});

const OWN = `kind: own-tickets
title: Tickets
description: A definition that is not among those of the product.
docs: https://example.com/api
everySeconds: 60
promise: Each ticket once.
settings:
  url: { title: API, type: url }
  user: { title: User }
secrets:
  password: { title: Password }
auth: { kind: basic, user: "{settings.user}", password: "{secrets.password}" }
streams:
  - id: tickets
    title: Tickets
    url: "{settings.url}/tickets"
    query: { from: "{since}" }
    records: data/rows
    recordId: number
    time: at
    timeFormat: seconds
    page: { kind: offset, parameter: skip, size: 10 }
    overlapSeconds: 60
`;

test("a definition of one's own: user and password, pages by how many to leave out", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-pulls-"));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "own-tickets.yml"), OWN);
  writeFileSync(join(folder, "broken.yml"), "kind: [");
  await open(ingest.area.feed, folder);
  const tickets = (from: number, count: number): Record<string, unknown>[] =>
    Array.from({ length: count }, (_, n) => ({ number: from + n, at: new Date(now - 3_600_000 + (from + n) * 1000) }));
  // Two full pages: only the third, which is empty, says that this was all.
  far.records.tickets = JSON.parse(JSON.stringify(tickets(0, 20))) as Record<string, unknown>[];
  const entered: Entered = {
    kind: "own-tickets",
    settings: { url: far.url, user: "reader" },
    secrets: { password: "p:ss wörd" },
  };
  const wrong = { ...entered, secrets: { password: "another" }, allow: ALLOW };
  assert.match((await pulls.routes.tryPull({ ...none, body: wrong }, CONTEXT)).answers[0]?.said ?? "", /answered 401/);
  far.faults.push("none", "cut");
  const id = await add("Tickets", entered);
  await until(id, ({ taken, failures }) => taken === 20 && failures === 0);
  assert.ok(
    far.asked.some((one) => one.includes("skip=20")),
    "the page after the last full one is asked for",
  );
  far.records.tickets.push(...(JSON.parse(JSON.stringify(tickets(20, 3))) as Record<string, unknown>[]));
  await again(id);
  await until(id, ({ taken }) => taken === 23);
  await assertStored(id, far.records.tickets);
});

test("what is entered is checked: settings, private addresses, secrets that would go to somebody else", async () => {
  await open();
  const code = async (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => "taken",
      (error: unknown) => (isAppError(error) ? error.code : String(error)),
    );
  const body = { ...github(), allow: ALLOW };
  assert.equal(
    await code(pulls.routes.addPull({ ...none, body: { name: "x", ...body, settings: {} } }, CONTEXT)),
    "PULLS_BAD_SETTINGS",
  );
  assert.equal(
    await code(pulls.routes.addPull({ ...none, body: { name: "x", ...body, kind: "none" } }, CONTEXT)),
    "PULLS_KIND_UNKNOWN",
  );
  const refused = await pulls.routes.tryPull({ ...none, body: { ...body, allow: [] } }, CONTEXT);
  assert.match(refused.answers[0]?.said ?? "", /Add it to the allow list/);
  far.records.github = [];
  const id = await add("Moved", github());
  await until(id, ({ lastSuccessAt }) => lastSuccessAt !== null);
  const elsewhere = { settings: { url: "http://localhost:1", organisation: "example" } };
  assert.equal(
    await code(pulls.routes.updatePull({ params: { id }, query: {}, body: elsewhere }, CONTEXT)),
    "PULLS_SECRETS_NEEDED",
  );
  const shown = JSON.stringify(await look(id));
  assert.ok(!shown.includes("gh-token"));
  assert.deepEqual((await look(id)).secrets, ["token"]);
});
