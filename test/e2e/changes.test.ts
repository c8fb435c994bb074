/** changes.test: a change in the browser: planned, begun and done by keyboard, edited by two at once, seen by whoever is asked to approve
 *  an action on its target, and by an incident that looks at what was before; and what a viewer is refused. */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
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

describe("changes", { skip: noBrowser, timeout: 300_000 }, () => {
  let server: RunningServer;
  let api: Api;
  let browser: Browser;
  let watched: Watched;
  before(async () => {
    buildWeb();
    browser = await launch();
    server = await startHoldfast();
    api = await apiOf(server);
    const yaml = readFileSync(new URL("../../packages/content/estate/demo.yaml", import.meta.url), "utf8");
    await api.send("POST", "/api/estate/import", { yaml });
    watched = await open(browser, server);
    await logIn(watched, server);
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  const clean = (): void => assert.deepEqual(watched.problems(), []);
  const listed = async (): Promise<Listed["items"]> => (await api.get<Listed>("/api/changes")).items;

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
