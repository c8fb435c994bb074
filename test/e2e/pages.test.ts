/** pages.test: the pages of the response loop and of collecting with something on them, for people who may work and for those who may only look: each
 *  shows its data without an error, axe finds nothing serious in light and dark, and the forms of an incident work by keyboard. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser } from "playwright-core";
import {
  accessible,
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
import { type Collected, fillCollection } from "./collection-data.ts";
import { fillResponse, type Filled } from "./response-data.ts";
import { type RunningServer, startHoldfast } from "./server.ts";

/** Where, and a text that stands there only when the page has its data. */
const pagesOf = ({
  exerciseRun,
  playbookRun,
  incident,
  risk,
  source,
  service,
  asset,
  alert,
}: Filled & Collected): readonly (readonly [string, RegExp])[] => [
  [`/sources?source=${source}`, /What no parser took/],
  ["/sources?tab=add", /What you run|By a key/],
  [`/estate?tab=services&service=${service}`, /Seen in traces and connections/],
  [`/estate?asset=${asset}`, /Asked through osquery/],
  [`/alerts?alert=${alert}`, /orders wait for more than a minute/],
  ["/rules?tab=metrics", /Orders wait/],
  ["/playbooks", /Ransomware on a host/],
  ["/playbooks/ransomware", /Isolate the host/],
  [`/playbooks/runs/${playbookRun}`, /waiting/],
  ["/exercises", /Tabletop: the ransom call/],
  [`/exercises/runs/${exerciseRun}`, /What is expected/],
  ["/approvals", /What will be done, literally/],
  ["/changes", /Memory firmware of the finance desks/],
  [`/risk?entity=${encodeURIComponent(risk)}`, /What it consists of/],
  ["/risk?tab=suppressions", /the scanner runs its weekly scan/],
  ["/risk?tab=maintenance", /Firewall firmware/],
  ["/risk?tab=settings", /Points by severity/],
  ["/tasks?tab=all", /Call the payroll lead/],
  ["/settings?tab=oncall", /Who would be paged now/],
  ["/settings?tab=tickets", /Platform issues/],
  ["/settings?tab=connectors", /Edge|You may not see this/],
  ["/settings?tab=policy", /Response policy/],
  [`/incidents/${incident}?tab=tasks`, /Where the time went/],
  [`/incidents/${incident}?tab=runs`, /Ransomware on a host/],
  [`/incidents/${incident}?tab=actions`, /Isolate host/],
  [`/incidents/${incident}?tab=evidence`, /notes\.txt/],
  [`/incidents/${incident}?tab=review`, /What went well/],
  [`/incidents/${incident}?tab=tickets`, /Platform issues/],
];

describe("the pages of the response loop", { skip: noBrowser, timeout: 600_000 }, () => {
  let server: RunningServer;
  let api: Api;
  let browser: Browser;
  let filled: Filled & Collected;
  before(async () => {
    buildWeb();
    browser = await launch();
    server = await startHoldfast();
    api = await apiOf(server);
    filled = { ...(await fillResponse(api, server)), ...(await fillCollection(api, server)) };
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  const enter = async (user: string, theme: "light" | "dark" = "light"): Promise<Watched> => {
    const watched = await open(browser, server, { theme });
    await logIn(watched, server, user === "admin" ? {} : { user, password: filled.password });
    return watched;
  };

  const walk = async (user: string, theme: "light" | "dark"): Promise<void> => {
    const watched = await enter(user, theme);
    for (const [path, text] of pagesOf(filled)) {
      await goTo(watched.page, path);
      await watched.page.getByText(text).first().waitFor();
      await settled(watched.page);
      await accessible(watched.page, `${path} for ${user} in ${theme}`);
      assert.deepEqual(watched.problems(), [], `${path} for ${user} in ${theme}`);
    }
    await watched.close();
  };

  // Side by side: two pages keep both cores busy, and this is most of the file's time.
  test("every page shows what there is, and axe finds nothing serious, for who works in light and who looks in dark", async () => {
    await Promise.all([walk("admin", "light"), walk("viewer", "dark")]);
  });

  test("a source that is fetched, and an alert on a metric, are added in forms that axe finds nothing serious in", async () => {
    const { page, close, problems } = await enter("admin", "dark");
    const dialog = page.getByRole("dialog");
    await goTo(page, "/sources?tab=add");
    await dialog.getByRole("tab", { name: "Fetched" }).click();
    await dialog.getByText("First, at the other side").waitFor();
    await settled(page);
    await accessible(page, "the form of what is fetched");
    await goTo(page, "/rules?tab=metrics");
    await page.getByRole("button", { name: "Open Orders wait" }).click();
    await dialog.getByText("above 100").waitFor();
    await accessible(page, "an alert on a metric");
    await dialog.getByRole("button", { name: "Delete" }).click();
    await page.getByText("No metric is watched").waitFor();
    await page.getByRole("button", { name: /^New alert on a metric/ }).click();
    await dialog.getByText(/There is no metric "node_filesystem_avail_bytes"/).waitFor();
    await dialog.getByRole("button", { name: "Add the alert" }).click();
    await page.getByText("A disk is nearly full").first().waitFor();
    assert.deepEqual(problems(), []);
    await close();
  });

  test("a viewer sees the forms' buttons with what is missing, and opens none by key", async () => {
    const { page, close, problems } = await enter("viewer");
    await goTo(page, `/incidents/${filled.incident}?tab=tasks`);
    const add = page.getByRole("button", { name: /^New task/ });
    assert.equal(await add.getAttribute("aria-disabled"), "true");
    assert.match((await add.getAttribute("data-tip")) ?? "", /incidents\.work/);
    for (const key of ["n", "p", "s", "m", "w", "Shift+D", "Shift+L", "Shift+X", "Enter"])
      await page.keyboard.press(key);
    assert.equal(await page.getByRole("dialog").count(), 0);
    await goTo(page, "/settings?tab=connectors");
    await page.getByRole("heading", { name: "You may not see this" }).or(page.getByText("Edge")).first().waitFor();
    assert.deepEqual(problems(), []);
    await close();
  });

  test("by keyboard alone: a decision, a link, a split and its way back, a task edited", async () => {
    const { page, close, problems } = await enter("admin");
    const dialog = page.getByRole("dialog");
    await goTo(page, `/incidents/${filled.incident}`);
    await page.keyboard.press("Shift+D");
    await page.keyboard.type("Isolate the clerk's desk first");
    await page.keyboard.press("Tab");
    await page.keyboard.type("the pay run is due at noon");
    await page.keyboard.press("Tab");
    await page.keyboard.type("last night's backup is whole");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await dialog.waitFor({ state: "detached" });
    const { decisions } = await api.get<{ decisions: { what: string; information: string[] }[] }>(
      `/api/incidents/${filled.incidentId}/work`,
    );
    assert.deepEqual(
      decisions.map(({ what, information }) => [what, information]),
      [["Isolate the clerk's desk first", ["last night's backup is whole"]]],
    );

    await page.keyboard.press("Shift+L");
    await dialog.getByRole("combobox", { name: "Other incident" }).click();
    await page.getByRole("option", { name: new RegExp(`INC-${filled.other}`) }).click();
    await dialog.getByLabel("Why").fill("the same sender");
    await dialog.getByRole("button", { name: "Link them" }).click();
    await dialog.waitFor({ state: "detached" });
    await page.keyboard.press("6");
    await page.getByRole("region", { name: "Linked incidents" }).getByText("the same sender").waitFor();

    await page.keyboard.press("Shift+X");
    await dialog.getByRole("checkbox").first().check();
    await dialog.getByLabel("Title of the new incident").fill("Something else");
    await dialog.getByRole("button", { name: "Split off 1 alert" }).click();
    await page.getByText(/has 1 alert of INC-/).waitFor();
    await page.getByRole("button", { name: "Open", exact: true }).click();
    await page.getByRole("heading", { level: 2, name: "Something else" }).waitFor();
    await page.getByRole("button", { name: "More actions" }).click();
    await page.getByRole("menuitem", { name: "Undo the split it came from" }).click();
    await page.getByRole("heading", { level: 1, name: `INC-${filled.incident}`, exact: true }).waitFor();

    await goTo(page, "/tasks?tab=all");
    await page.keyboard.press("Enter");
    await dialog.getByLabel("What came of it").fill("they were called");
    await dialog.getByRole("button", { name: "Save the task" }).click();
    await page.getByText("they were called").waitFor();
    await goTo(page, "/tasks?tab=mentions");
    await page.getByText("@admin").first().waitFor();
    await page.keyboard.press("e");
    await page.getByText("all read").waitFor();
    assert.deepEqual(problems(), []);
    await close();
  });

  test("a list is read to its end, and what could not be read is said and tried again", async () => {
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    for (let n = 0; n < 100; n += 1) {
      const body = {
        expression: `alert.host == "h${n}"`,
        owner: "Network team",
        reason: `one of many ${n}`,
        expiresAt,
      };
      await api.send("POST", "/api/suppressions", { ...body, includeOpen: false });
    }
    const watched = await open(browser, server);
    await logIn(watched, server);
    const { page } = watched;
    const oldest = page.getByText("the scanner runs its weekly scan");
    await goTo(page, "/risk?tab=suppressions");
    await page.getByText("The newest 100 are shown.").waitFor();
    assert.equal(await oldest.count(), 0);
    await page.route(/suppressions\?.*cursor=/, (route) => route.abort());
    await page.getByRole("button", { name: "Show more" }).click();
    await page.getByText("The next ones could not be read.").waitFor();
    await page.unrouteAll();
    await page.getByRole("button", { name: "Show more" }).click();
    await oldest.waitFor();
    assert.equal(await page.getByRole("button", { name: "Show more" }).count(), 0);
    await page.route(/exercise-runs\?/, (route) => route.fulfill({ status: 500, body: "{}" }));
    await goTo(page, "/exercises");
    await page.getByText("not known").first().waitFor();
    assert.equal(await page.getByRole("tab", { name: "Runs" }).innerText(), "Runs");
    assert.equal(await page.getByText("never", { exact: true }).count(), 0);
    await page.route(/oncall\/schedules/, (route) => route.fulfill({ status: 500, body: "{}" }));
    await goTo(page, "/settings?tab=oncall");
    await page.getByRole("heading", { name: "Schedules", exact: true }).waitFor();
    await page.getByText("Could not read schedules").waitFor();
    await watched.close();
  });

  test("the incidents stand beside the navigation at 1024, with the person that each waits for", async () => {
    const watched = await open(browser, server, { width: 1024, height: 768 });
    await logIn(watched, server);
    const { page } = watched;
    await goTo(page, "/incidents");
    await page.getByText("olga (operations)").first().waitFor();
    const last = await page.getByRole("columnheader", { name: "Last seen" }).boundingBox();
    assert.ok(last !== null && last.x + last.width <= 1024, "the last column is not cut off");
    assert.deepEqual(watched.problems(), []);
    await watched.close();
  });

  test("settings of triage: looked at before, saved with a reason, and somebody else's change is kept", async () => {
    const { page, close, problems } = await enter("admin");
    await goTo(page, "/risk?tab=settings");
    await page.getByLabel("Threshold, points").fill("5");
    await page.getByRole("button", { name: "What would it change?" }).click();
    await page.getByRole("dialog").getByText("comes over").first().waitFor();
    await accessible(page, "the preview of settings");
    await page.keyboard.press("Escape");
    const now = await api.get<{ version: number; settings: { grouping: { joinHours: number } } }>(
      "/api/triage/settings",
    );
    await api.send("PUT", "/api/triage/settings", {
      base: now.version,
      note: "from another desk",
      settings: { ...now.settings, grouping: { ...now.settings.grouping, joinHours: 9 } },
    });
    await page.getByLabel("Why").fill("a quiet week to look closely");
    await page.getByRole("button", { name: /^Save as version/ }).click();
    await page.getByText("Somebody changed the settings before you").waitFor();
    await page.getByRole("button", { name: "Put my change on top of it" }).click();
    await page.getByRole("button", { name: /^Save as version/ }).click();
    await page.getByText("holds from now on").waitFor();
    const { settings } = await until(
      "both changes hold",
      () =>
        api.get<{ settings: { risk: { threshold: number }; grouping: { joinHours: number } } }>("/api/triage/settings"),
      (found) => found.settings.risk.threshold === 5,
    );
    assert.equal(settings.grouping.joinHours, 9);
    await page.getByText("risk threshold 100 → 5").waitFor();
    // The browser itself reports the refused save; that answer is meant.
    assert.deepEqual(
      problems().filter((one) => !/status of 409/.test(one)),
      [],
    );
    await close();
  });

  test("who goes ahead without approval does that alone, approves nothing by it, and is heard in the queue", async () => {
    const watched = await open(browser, server);
    await logIn(watched, server, { user: "olga", password: filled.password });
    const { page, problems } = watched;
    const sent: string[] = [];
    page.on("request", (one) => {
      if (one.method() === "POST" && one.url().includes("/api/approvals/"))
        sent.push(one.url().split("/").at(-1) ?? "");
    });
    await goTo(page, "/approvals");
    await page.getByRole("button", { name: /Go ahead without approval/ }).click();
    const dialog = page.getByRole("dialog", { name: "Go ahead without approval" });
    await dialog.getByLabel("Why it cannot wait").fill("nobody answers, and it spreads over the shares");
    await dialog.getByRole("button", { name: /^Isolate host/ }).click();
    await dialog.waitFor({ state: "hidden" });
    assert.deepEqual(sent, ["break-glass"]);
    await goTo(page, "/alerts?rule=holdfast:response");
    await page
      .getByText(/olga went ahead without approval/)
      .first()
      .waitFor();
    assert.deepEqual(problems(), []);
    await watched.close();
  });
});
