/** take-out.test: an alert in the browser that counts too much: what it is made of, a group taken out by keyboard, undone from the notice
 *  and from the history; single signals; what a viewer is refused. axe finds nothing serious in light and dark. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
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
  until,
  type Watched,
} from "./browser.ts";
import { type RunningServer, startHoldfast } from "./server.ts";

const RULE = "4dd1b0ff-3c5b-4ffb-9f5f-6a6b0f6b7c11";
const TEXT = `title: Ledger copied by a tool of ours
id: ${RULE}
status: stable
description: The tool that copies the ledger was started.
logsource:
  product: windows
  category: process_creation
detection:
  selection:
    Image|endswith: '\\ledgercopy.exe'
  condition: selection
level: high
`;
const HOSTS = ["web01", "web01", "web02", "web01", "web03", "web02", "web01"];
const PASSWORD = "a-password-for-people";

describe("signals taken out of an alert", { skip: noBrowser, timeout: 600_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "hf-take-out-"));
  let server: RunningServer;
  let api: Api;
  let browser: Browser;
  let watched: Watched;
  let page: Page;
  let alert: string;
  let key: string;

  before(async () => {
    buildWeb();
    writeFileSync(join(folder, "ledger.yml"), TEXT);
    server = await startHoldfast({ rules: [folder] });
    browser = await launch();
    api = await apiOf(server);
    await declare([]);
    await api.send("POST", "/api/users", {
      name: "viewer",
      fullName: "",
      role: "viewer",
      team: "operations",
      password: PASSWORD,
    });
    key = (await api.send<{ key: string }>("POST", "/api/sources", { name: "windows" })).key;
    await api.ingest(key, HOSTS.map(copied));
    alert = await until("the alert counts all", counted, (id) => id !== "");
    watched = await open(browser, server);
    page = watched.page;
    await logIn(watched, server);
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const counted = async (): Promise<string> => {
    const { items } = await api.get<{ items: { id: string; count: number }[] }>(`/api/alerts?rule=${RULE}&state=new`);
    return items.find(({ count }) => count === HOSTS.length)?.id ?? "";
  };
  const counts = async (): Promise<number[]> => {
    const { items } = await api.get<{ items: { count: number }[] }>(`/api/alerts?rule=${RULE}&state=new&sort=count`);
    return items.map(({ count }) => count);
  };
  const declare = async (keys: string[]): Promise<void> => {
    const { version, settings } = await api.get<{ version: number; settings: object }>("/api/triage/settings");
    const dedup = [{ ruleId: RULE, keys, windowMinutes: 60 }];
    await api.send("PUT", "/api/triage/settings", {
      base: version,
      settings: { ...settings, dedup },
      note: "for the test",
    });
  };
  const cli = async (...words: string[]): Promise<string> => {
    const main = join(import.meta.dirname, "..", "..", "packages", "cli", "src", "main.ts");
    const given = [main, "--url", server.url, "--token", server.token, "alerts", ...words];
    return (await promisify(execFile)(process.execPath, ["--disable-warning=ExperimentalWarning", ...given])).stdout;
  };
  const part = () => page.getByRole("region", { name: "Signals in it" });
  const clean = (): void => assert.deepEqual(watched.problems(), []);

  test("it says how many signals are one alert and why, and by what they differ", async () => {
    await goTo(page, `/alerts?alert=${alert}`);
    await part().getByText("7 signals", { exact: true }).waitFor();
    await part()
      .getByText(/all signals of their rule are deduplicated as one, within 60 minutes/)
      .waitFor();
    const rows = part().getByRole("row");
    await rows.nth(3).waitFor();
    assert.match((await rows.nth(1).innerText()).replaceAll(/\s+/g, " "), /^web01 4 /);
    await accessible(page, "what an alert is made of");
    await accessibleIn("dark", page, "what an alert is made of");
    clean();
  });

  test("by keyboard: a group is chosen and taken out with a reason, and the notice undoes it", async () => {
    await part().getByRole("checkbox", { name: "web02" }).focus();
    await page.keyboard.press("Space");
    await page.keyboard.press("Shift+T");
    const dialog = page.getByRole("dialog");
    await dialog.getByText(/5 signals stay here/).waitFor();
    await page.keyboard.press("Enter");
    assert.equal(await dialog.count(), 1, "nothing is taken out without a reason");
    await dialog.getByLabel("Why").fill("a rollout there");
    await accessible(page, "the dialog that takes out");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await dialog.waitFor({ state: "detached" });
    await page.getByText("2 signals out, 5 stay").waitFor();
    assert.deepEqual(await counts(), [5, 2]);
    await page.getByRole("button", { name: "Undo", exact: true }).click();
    await until("it is undone", counts, (found) => found.length === 1 && found[0] === 7);
    clean();
  });

  test("taken apart by today's keys, later ones follow, and the history puts all of them back", async () => {
    await declare(["host"]);
    await goTo(page, `/alerts?alert=${alert}`);
    await part()
      .getByText(/Since version 2 of the settings they are told apart by host/)
      .waitFor();
    await part().getByRole("button", { name: "Take apart by today's keys" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Why").fill("the keys were too wide");
    await dialog.getByRole("button", { name: "Take apart" }).click();
    await page.getByText("3 signals out, 4 stay").waitFor();
    await api.ingest(key, ["web02", "web01"].map(copied));
    await until("later ones follow", counts, (found) => found.join() === "5,3,1" || found.join() === "4,3,1,1");
    await settled(page);
    await part().getByText("the keys were too wide").first().waitFor();
    await accessible(page, "the history of an alert that was taken apart");
    await part().getByRole("button", { name: "Put back" }).first().click();
    await dialog.getByLabel("Why").fill("it was one rollout");
    await dialog.getByRole("checkbox").check();
    await dialog.getByRole("button", { name: "Put back" }).click();
    await dialog.waitFor({ state: "detached" });
    assert.equal(
      (await counts()).reduce((sum, count) => sum + count, 0),
      9,
    );
    await part()
      .getByText(/it was one rollout/)
      .first()
      .waitFor();
    clean();
  });

  test("single signals are chosen in their list", async () => {
    await declare([]);
    await goTo(page, `/alerts?alert=${alert}`);
    await part().getByRole("combobox").click();
    await page.getByRole("option", { name: "single signals" }).click();
    await part()
      .getByRole("list", { name: /Its signals/ })
      .getByRole("checkbox")
      .first()
      .check();
    await accessible(page, "the signals of an alert one by one");
    await part().getByRole("button", { name: "Take out 1 signal" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Why").fill("this one is a test");
    await dialog.getByLabel("Title").fill("The one by hand");
    await dialog.getByRole("button", { name: "Take 1 signal out" }).click();
    await page.getByText(/^1 signal out, \d+ stay$/).waitFor();
    await page.getByText("The one by hand").first().waitFor();
    clean();
  });

  test("from a terminal it is looked into, taken apart and put together as well", async () => {
    const seen = JSON.parse((await cli("signals", alert, "--by", "host", "--json")).split("\n")[0] ?? "") as {
      count: number;
    };
    const before = (await counts()).reduce((sum, count) => sum + count, 0);
    assert.ok(seen.count > 0);
    const answer = JSON.parse(
      await cli("take-out", alert, "--host", "web03", "--reason", "another team's", "--json"),
    ) as {
      taken: { id: string; count: number }[];
    };
    assert.equal(answer.taken[0]?.count, 1);
    assert.equal(
      (await counts()).reduce((sum, count) => sum + count, 0),
      before,
    );
    await cli("put-back", answer.taken[0]?.id ?? "", "--reason", "ours after all");
    await assert.rejects(cli("take-out", alert, "--reason", "nothing chosen"), /Say what to take out in one way/);
    await assert.rejects(cli("take-out", alert, "--host", "web03"), /required option '--reason/);
    assert.match(await cli("signals", "--help"), /counted by what they name/);
  });

  test("a viewer sees what is in it and changes nothing", async () => {
    const other = await open(browser, server, { theme: "dark" });
    await logIn(other, server, { user: "viewer", password: PASSWORD });
    await goTo(other.page, `/alerts?alert=${alert}`);
    const shown = other.page.getByRole("region", { name: "Signals in it" });
    await shown.getByRole("row").nth(1).waitFor();
    assert.equal(await shown.getByRole("checkbox").count(), 0);
    const button = shown.getByRole("button", { name: /^Take out/ });
    assert.match((await button.getAttribute("data-tip")) ?? "", /alerts\.work/);
    await other.page.keyboard.press("Shift+T");
    assert.equal(await other.page.getByRole("dialog").count(), 0);
    assert.deepEqual(other.problems(), []);
    await other.close();
  });
});

const copied = (host: string, n: number): Record<string, unknown> => ({
  "@timestamp": new Date(Date.now() - 60_000 + n * 1_000).toISOString(),
  EventID: 1,
  Channel: "Microsoft-Windows-Sysmon/Operational",
  Provider_Name: "Microsoft-Windows-Sysmon",
  Computer: host,
  Image: "C:\\Tools\\ledgercopy.exe",
  CommandLine: `ledgercopy.exe --all --run ${n}`,
  User: "CORP\\ann",
});
