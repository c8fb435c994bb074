/** paging.test: a page on its whole way, by the connectors that ship: mail over STARTTLS with a login to a real SMTP server, what a mail
 *  server refuses goes to the next method, and the answer that each channel brings back ends the paging. */
import assert from "node:assert/strict";
import { createHmac, randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { SMTPServer } from "smtp-server";
import { oncallRoutes } from "../../../packages/contracts/src/oncall.ts";
import type { ContactMethod } from "../../../packages/contracts/src/oncall-model.ts";
import { createOncall, type Oncall, type OncallOptions } from "../../../packages/server/src/oncall/index.ts";
import { createAuditLog } from "../../../packages/server/src/platform/audit-log/index.ts";
import { systemClock } from "../../../packages/server/src/platform/clock/index.ts";
import { silentLog } from "../../../packages/server/src/platform/log/index.ts";
import { createSealer } from "../../../packages/server/src/platform/secrets/index.ts";
import { openTestWorkflows } from "../../../packages/server/src/platform/workflows/testing.ts";
import { makeCertificates } from "../certificates.ts";
import { type Area, CONTEXT, openArea } from "./area.ts";

const PASSWORD = "canary-mail-password";
const ANN = { id: "ann", name: "Ann", team: "security" } as const;
const folder = mkdtempSync(join(tmpdir(), "hf-paging-"));
const files = makeCertificates(folder);
const mails: { to: string; user: string; secure: boolean; text: string }[] = [];
const posted: Record<string, unknown>[] = [];
type Facts = NonNullable<Awaited<ReturnType<OncallOptions["incidentOf"]>>>;
const incidents = new Map<string, Facts>();

let area: Area;
let workflows: ReturnType<typeof openTestWorkflows>;
let oncall: Oncall;
let mail: SMTPServer;
let chat: Server;

before(async () => {
  area = await openArea();
  mail = await mailServer();
  chat = createServer((request, response) => {
    let body = "";
    request.on("data", (part: Buffer) => (body += part.toString()));
    request.on("end", () => {
      posted.push({ ...(JSON.parse(body) as object), path: request.url });
      const answer = request.url === "/chat.postMessage" ? { ok: true, ts: "1", channel: "C1" } : { status: "success" };
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((ready) => chat.listen(0, "127.0.0.1", ready));
  await addConnectors();
  const { tables } = area.opened;
  workflows = openTestWorkflows(area.opened);
  oncall = createOncall({
    tables,
    clock: systemClock,
    log: silentLog,
    audit: createAuditLog({ tables, clock: systemClock }),
    workflows,
    sealer: createSealer({ get: () => "k".repeat(43) }),
    people: async () => [ANN],
    incidentOf: async (_executor, id) => incidents.get(id),
    note: async () => {},
    channels: async () => CHANNELS,
    deliver: (message) => area.connectors.deliver(message),
    servicesOf: async () => [],
    address: () => "http://127.0.0.1:8420",
  });
  await workflows.launch();
  await oncall.routes.createPolicy({ ...EMPTY, body: POLICY }, CONTEXT);
});
after(async () => {
  await workflows.close();
  chat.close();
  await new Promise<void>((closed) => mail.close(() => closed()));
  await area.close();
  rmSync(folder, { recursive: true, force: true });
});

test("a page goes out by mail, encrypted and logged in, and its link answers for whom it was sent to", async () => {
  const id = await page([{ kind: "email", connectorId: "mail", to: "ann@example.org" }]);
  const [delivery] = (await deliveriesOf(id)) ?? [];
  assert.deepEqual([delivery?.state, delivery?.reason], ["delivered", ""]);
  const sent = mails.at(-1) ?? assert.fail("no mail came");
  assert.deepEqual([sent.to, sent.user, sent.secure], ["ann@example.org", "holdfast", true]);
  const secret = /\/oncall\/answer\/([\w-]+)/.exec(sent.text)?.[1] ?? "";
  assert.match((await oncall.answers.show(secret)).body, /Answer as Ann/);
  assert.equal((await stateOf(id)).state, "running");
  assert.match((await oncall.answers.press(secret)).body, /You have answered/);
  assert.deepEqual(await stateOf(id), { state: "acknowledged", from: "email", by: "Ann" });
});

test("what a mail server refuses, by its login, its certificate or the box, goes to the next method, and says why", async () => {
  const id = await page([
    { kind: "email", connectorId: "mail-wrong-password", to: "ann@example.org" },
    { kind: "email", connectorId: "mail-unknown-authority", to: "ann@example.org" },
    { kind: "email", connectorId: "mail", to: "nobody@example.org" },
    { kind: "email", connectorId: "mail", to: "ann@example.org" },
  ]);
  const found = (await deliveriesOf(id)) ?? [];
  assert.deepEqual(
    found.map(({ state }) => state),
    ["failed", "failed", "failed", "delivered"],
  );
  assert.match(found[0]?.reason ?? "", /535|Invalid login/);
  assert.match(found[1]?.reason ?? "", /certificate/);
  assert.match(found[2]?.reason ?? "", /550/);
  assert.ok(!JSON.stringify(found).includes(PASSWORD));
});

test("the button of a Slack message and an acknowledgement in PagerDuty answer for the page they came with", async () => {
  const sign = (text: string) => createHmac("sha256", "hook secret").update(text).digest("hex");
  for (const kind of ["slack", "pagerduty"] as const)
    await oncall.routes.saveHook({ params: { kind }, query: {}, body: { secret: "hook secret" } }, CONTEXT);

  const chatted = await page([{ kind: "slack", connectorId: "slack", to: "#duty" }]);
  const value = /"action_id":"holdfast-answer"[^}]*"value":"([^"]+)"/.exec(JSON.stringify(posted.at(-1)))?.[1];
  const payload = `payload=${encodeURIComponent(JSON.stringify({ user: { username: "ann" }, actions: [{ value }] }))}`;
  const stamp = String(Math.floor(Date.now() / 1000));
  const signature = `v0=${sign(`v0:${stamp}:${payload}`)}`;
  const answered = await oncall.answers.slack(
    { "x-slack-request-timestamp": stamp, "x-slack-signature": signature },
    payload,
  );
  assert.match(answered.body, /You have answered/);
  assert.deepEqual(await stateOf(chatted), { state: "acknowledged", from: "slack", by: "Ann" });

  const paged = await page([{ kind: "pagerduty", connectorId: "duty", to: "" }]);
  const incidentKey = String(posted.at(-1)?.["dedup_key"]);
  const event = { event_type: "incident.acknowledged", agent: { summary: "Ann" }, data: { incident_key: incidentKey } };
  const body = JSON.stringify({ event });
  assert.equal(
    (await oncall.answers.pagerduty({ "x-pagerduty-signature": `v1=${sign(body)}` }, body)).body,
    '{"answered":true}',
  );
  assert.deepEqual(await stateOf(paged), { state: "acknowledged", from: "pagerduty", by: "Ann" });
});

test("a page in Teams or by a webhook carries the link that answers for it", async () => {
  const id = await page([{ kind: "webhook", connectorId: "hook", to: "" }]);
  const secret = /\/oncall\/answer\/([\w-]+)/.exec(JSON.stringify(posted.at(-1)))?.[1] ?? "";
  assert.match((await oncall.answers.press(secret)).body, /You have answered/);
  assert.deepEqual(await stateOf(id), { state: "acknowledged", from: "webhook", by: "Ann" });
});

const CHANNELS: Awaited<ReturnType<OncallOptions["channels"]>> = [
  ...["mail", "mail-wrong-password", "mail-unknown-authority"].map((id) => ({ id, name: id, kind: "email" as const })),
  { id: "slack", name: "Slack", kind: "slack" },
  { id: "duty", name: "Duty", kind: "pagerduty" },
  { id: "hook", name: "Hook", kind: "webhook" },
];

const EMPTY = { params: {}, query: {} };
const POLICY = oncallRoutes.createPolicy.body.parse({
  name: "Everything",
  order: 1,
  opens: { severityAtLeast: "low", services: [], criticalityAtLeast: 0 },
  repeat: 0,
  steps: [{ notify: [{ kind: "person", id: ANN.id }], waitSeconds: 3600, when: null }],
});

async function mailServer(): Promise<SMTPServer> {
  const server = new SMTPServer({
    key: readFileSync(files.serverKey),
    cert: readFileSync(files.serverCert),
    disableReverseLookup: true,
    authMethods: ["PLAIN", "LOGIN"],
    onAuth: ({ username, password }, _session, next) =>
      password === PASSWORD ? next(null, { user: username }) : next(new Error("Invalid login")),
    onRcptTo: ({ address }, _session, next) =>
      next(address.startsWith("nobody") ? Object.assign(new Error("no such box"), { responseCode: 550 }) : null),
    onData: (stream, session, next) => {
      let text = "";
      stream.on("data", (part: Buffer) => (text += part.toString()));
      stream.on("end", () => {
        const to = session.envelope.rcptTo[0]?.address ?? "";
        mails.push({
          to,
          user: String(session.user ?? ""),
          secure: session.secure,
          text: text.replaceAll("=\r\n", ""),
        });
        next();
      });
    },
  });
  server.on("error", () => {});
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", () => ready()));
  return server;
}

async function addConnectors(): Promise<void> {
  const allow = ["127.0.0.1"];
  const { port } = mail.server.address() as AddressInfo;
  const ca = readFileSync(files.authority, "utf8");
  const settings = {
    host: "127.0.0.1",
    port,
    security: "starttls",
    user: "holdfast",
    from: "holdfast@example.org",
    ca,
  };
  const secrets = { password: PASSWORD };
  await area.add({ id: "mail", kind: "smtp", allow, settings, secrets });
  await area.add({ id: "mail-wrong-password", kind: "smtp", allow, settings, secrets: { password: "guess" } });
  const { ca: _trusted, ...untrusting } = settings;
  await area.add({ id: "mail-unknown-authority", kind: "smtp", allow, settings: untrusting, secrets });
  const url = `http://127.0.0.1:${(chat.address() as AddressInfo).port}`;
  await area.add({ id: "slack", kind: "slack", allow, settings: { url }, secrets: { token: "xoxb-of-a-test" } });
  await area.add({ id: "duty", kind: "pagerduty", allow, settings: { url }, secrets: { routingKey: "r".repeat(32) } });
  await area.add({
    ...{ id: "hook", kind: "webhook", allow },
    settings: { url: `${url}/hook` },
    secrets: { signingKey: "a signing key of a test" },
  });
}

/** Opens an incident, with these as the methods of the one who is on call, and waits until the page is through. */
async function page(methods: readonly Pick<ContactMethod, "kind" | "connectorId" | "to">[]): Promise<string> {
  const body = oncallRoutes.saveContacts.body.parse({ methods: methods.map((one) => ({ ...one, quiet: null })) });
  await oncall.routes.saveContacts({ params: { id: ANN.id }, query: {}, body }, CONTEXT);
  const id = randomUUID();
  incidents.set(id, {
    id,
    number: incidents.size + 1,
    title: "Dump on web-1",
    severity: "high",
    state: "open",
    services: [],
    assignee: null,
    waitsFor: null,
    openedAt: Date.now(),
    exerciseId: null,
  });
  await oncall.incidentChanged(null, id);
  for (let tries = 0; tries < 600; tries += 1) {
    const found = await deliveriesOf(id);
    if (found?.every(({ state }) => state !== "waiting" && state !== "sending") === true) return id;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return assert.fail("the page did not get through in 30 s");
}

async function deliveriesOf(id: string) {
  return (await oncall.routes.getIncidentOnCall({ params: { id }, query: {}, body: {} }, CONTEXT)).pages[0]?.deliveries;
}

async function stateOf(id: string) {
  const { escalation } = await oncall.routes.getIncidentOnCall({ params: { id }, query: {}, body: {} }, CONTEXT);
  return {
    state: escalation?.state,
    from: escalation?.answeredFrom ?? undefined,
    by: escalation?.answeredBy?.name,
  };
}
