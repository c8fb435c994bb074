/** changes.test: a change in the browser: planned, begun and done by keyboard, edited by two at once, seen by whoever is asked to approve
 *  an action on its target, and what a viewer is refused; and the same from a terminal, a file of them fed twice. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import {
  accessible,
  accessibleIn,
  type Api,
  apiOf,
  buildWeb,
  goTo,
  launch,
  logIn,
  noBrowser,
  open,
  settled,
  type Watched,
} from "./browser.ts";
import { type RunningServer, startHoldfast } from "./server.ts";

interface Listed {
  readonly items: readonly {
    readonly id: string;
    readonly title: string;
    readonly state: string;
    readonly version: number;
  }[];
}

let server: RunningServer;
let api: Api;
before(async () => {
  server = await startHoldfast();
  api = await apiOf(server);
  const yaml = readFileSync(new URL("../../packages/content/estate/demo.yaml", import.meta.url), "utf8");
  await api.send("POST", "/api/estate/import", { yaml });
});
after(() => server?.stop());

const listed = async (query = ""): Promise<Listed["items"]> => (await api.get<Listed>(`/api/changes${query}`)).items;

describe("changes in the browser", { skip: noBrowser, timeout: 300_000 }, () => {
  let browser: Browser;
  let watched: Watched;
  before(async () => {
    buildWeb();
    browser = await launch();
    watched = await open(browser, server);
    await logIn(watched, server);
  });
  after(() => browser?.close());

  const clean = (): void => assert.deepEqual(watched.problems(), []);

  test("one is planned, begun and done by keyboard; what the estate does not know is said", async () => {
    const { page } = watched;
    await goTo(page, "/");
    await page.keyboard.press("g");
    await page.keyboard.press("h");
    await page.getByText("No change is planned or under way").waitFor();
    await page.keyboard.press("n");
    const form = page.getByRole("dialog", { name: "Plan a change" });
    await form.getByLabel("Title").fill("Payroll application 8.4");
    await form.getByLabel("Services").fill("payroll");
    await form.getByLabel("Assets").fill("pay-app-01, new-box-9");
    await form.getByLabel("How it is taken back").fill("Release 8.3 stays installed.");
    await accessible(page, "the form of a change");
    await form.getByRole("button", { name: "Plan it" }).press("Enter");
    const drawer = page.getByRole("complementary", { name: "Change" });
    await drawer.getByText("Release 8.3 stays installed.").waitFor();
    await drawer.getByRole("link", { name: "Payroll" }).waitFor();
    assert.match(await drawer.getByRole("region", { name: "On" }).innerText(), /new-box-9\s*not in the estate/);
    assert.deepEqual(
      (await listed()).map(({ state }) => state),
      ["planned"],
    );
    await page.keyboard.press("s");
    await page.getByRole("dialog").getByRole("button", { name: "It has begun" }).press("Enter");
    await drawer.getByText("running", { exact: true }).waitFor();
    await page
      .getByRole("list", { name: "The week ahead" })
      .getByRole("button", { name: /Payroll/ })
      .first()
      .waitFor();
    await settled(page);
    await accessible(page, "a change");
    await accessibleIn("dark", page, "a change");
    await page.keyboard.press("d");
    const done = page.getByRole("dialog");
    await done.getByLabel("What came of it").fill("Both restarts went well.");
    await done.getByRole("button", { name: "It is done" }).click();
    await drawer.getByText("Both restarts went well.").waitFor();
    assert.equal(await drawer.getByRole("button", { name: /^Start/ }).getAttribute("aria-disabled"), "true");
    clean();
  });

  test("what somebody else changed while the form was open is not overwritten", async () => {
    const { page } = watched;
    const { id, version } = (await listed())[0] ?? { id: "", version: 0 };
    await goTo(page, `/changes?tab=done&change=${id}`);
    await page.getByRole("complementary", { name: "Change" }).getByText("Both restarts went well.").waitFor();
    await page.keyboard.press("e");
    const form = page.getByRole("dialog", { name: "Edit the change" });
    await form.getByLabel("Title").fill("Mine");
    await api.send("PATCH", `/api/changes/${id}`, { title: "Of somebody else", basedOn: version });
    await form.getByRole("button", { name: "Save the change" }).click();
    await form.getByText(/changed it meanwhile/).waitFor();
    assert.equal((await listed())[0]?.title, "Of somebody else");
    // The refusal is meant, and the browser reports it.
    assert.deepEqual(
      watched.problems().filter((one) => !/status of 409/.test(one)),
      [],
    );
  });

  test("an approval names who works on what it hits, with a way to the change; a viewer can plan none", async () => {
    const { page } = watched;
    const at = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();
    await api.send("PUT", "/api/changes/external/CHG%2F7", {
      title: "Memory firmware",
      state: "running",
      owner: "it-ops",
      plannedStart: at(-2),
      plannedEnd: at(-1),
      assets: ["fin-ws-01"],
    });
    const { privateKey } = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      privateKeyEncoding: { type: "pkcs1", format: "pem" },
      publicKeyEncoding: { type: "pkcs1", format: "pem" },
    });
    await api.send("POST", "/api/connectors", {
      id: "edge",
      name: "Edge",
      kind: "nftables-ssh",
      settings: { hosts: [`fin-ws-01 127.0.0.1:1 SHA256:${"A".repeat(43)}`], management: ["10.0.0.5"] },
      secrets: { privateKey },
      allow: ["127.0.0.0/8"],
    });
    await api.send("POST", "/api/effects", {
      key: "changes-test-isolate",
      incidentId: null,
      action: "isolate-host",
      connectorId: "edge",
      input: { host: "fin-ws-01" },
      reason: "stops it from spreading",
    });
    await goTo(page, "/approvals");
    const hit = page.getByRole("region", { name: "Who is hit" });
    await hit.getByText("overdue", { exact: true }).waitFor();
    assert.match(await hit.innerText(), /Memory firmware[\s\S]*IT operations[\s\S]*on fin-ws-01, which is a target/);
    await accessible(page, "an approval with a running change");
    await hit.getByRole("link", { name: "Memory firmware" }).click();
    await page.getByRole("complementary", { name: "Change" }).getByText("CHG/7").waitFor();
    clean();
    const password = "a-password-for-people";
    await api.send("POST", "/api/users", { name: "vera", fullName: "", role: "viewer", team: "security", password });
    const viewer = await open(browser, server, { theme: "dark", width: 1024 });
    await logIn(viewer, server, { user: "vera", password });
    await goTo(viewer.page, "/changes");
    await viewer.page.getByText("Memory firmware").first().waitFor();
    const plan = viewer.page.getByRole("button", { name: /^Plan a change/ });
    assert.match((await plan.getAttribute("data-tip")) ?? "", /changes\.write/);
    await viewer.page.keyboard.press("n");
    assert.equal(await viewer.page.getByRole("dialog").count(), 0);
    await accessible(viewer.page, "changes for a viewer");
    assert.deepEqual(viewer.problems(), []);
    await viewer.close();
  });
});

describe("changes from a terminal", { timeout: 120_000 }, () => {
  const main = fileURLToPath(new URL("../../packages/cli/src/main.ts", import.meta.url));
  const cli = (args: readonly string[], input = "") => {
    const flags = ["--disable-warning=ExperimentalWarning", main, "--url", server.url, "--token", server.token];
    const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, "changes", ...args], {
      encoding: "utf8",
      input,
    });
    return { status, out: stdout.trim(), err: stderr.trim() };
  };

  test("one is planned, begun, done and shown; a wrong step and a wrong time are refused in words", async () => {
    const made = cli([
      "add",
      "Disk swap",
      "--asset",
      "wms-db-01",
      "ghost-9",
      "--owner",
      "it-ops",
      "--kind",
      "emergency",
    ]);
    assert.equal(made.status, 0, made.err);
    assert.match(made.err, /Not in the estate: ghost-9/);
    const id = made.out;
    const early = cli(["finish", id]);
    assert.deepEqual([early.status, /CHANGE_WRONG_STATE/.test(early.err)], [1, true]);
    assert.equal(cli(["start", id]).out, `${id}: Disk swap is running`);
    assert.ok(cli([]).out.includes("Disk swap"), "the list is what stands behind no word");
    const done = JSON.parse(cli(["finish", id, "--outcome", "both are in", "--json"]).out) as { state: string };
    assert.equal(done.state, "done");
    assert.match(cli(["show", id]).out, /outcome +both are in/);
    assert.equal(cli(["list", "--asset", "WMS-DB-01", "--state", "done", "--json"]).out.split("\n").length, 1);
    const wrong = cli(["add", "Later", "--start", "tomorrow"]);
    assert.deepEqual([wrong.status, wrong.out], [2, ""]);
    assert.match(wrong.err, /--start is a time such as/);
    assert.equal(cli(["add", "Work", "--kind", "odd"]).status, 2);
    assert.match(cli(["show", "nobody"]).err, /There is no change nobody.*CHANGE_UNKNOWN/);
    assert.match(cli(["cancel", id]).err, /It is done/);
  });

  test("a file is fed: twice changes nothing, and one with a mistake is refused whole with the place", async () => {
    const entry = (id: string, more = "") =>
      `- externalId: ${id}\n  title: Fed ${id}\n  plannedStart: 2026-11-23T20:00:00Z\n${more}`;
    const bad = cli(["import", "-"], `${entry("T-1")}- title: No id\n  plannedStart: soon\n`);
    assert.equal(bad.status, 2);
    assert.match(bad.err, /change 2, plannedStart: a time such as/);
    assert.match(bad.err, /change 2, externalId/);
    assert.deepEqual(await listed("?q=T-1"), []);
    const file = `changes:\n${entry("T-1")}${entry("T-2", "  state: running\n  services: [payroll]\n")}`;
    assert.equal(cli(["import", "-"], file).out, "2 created");
    assert.equal(cli(["import", "-"], file).out, "2 unchanged");
    const moved = cli(["import", "-", "--json"], file.replace("state: running", "state: done")).out.split("\n");
    assert.deepEqual(
      moved.map((line) => (JSON.parse(line) as { result: string }).result),
      ["unchanged", "updated"],
    );
    assert.deepEqual(
      (await listed("?service=payroll&q=T-2")).map(({ state }) => state),
      ["done"],
    );
    const order = cli(["import", "-"], entry("T-3", "  plannedEnd: 2026-11-23T19:00:00Z\n"));
    assert.deepEqual([order.status, order.out], [1, "nothing was fed"]);
    assert.match(order.err, /^T-3: The planned end has to be after the planned start/);
  });
});
