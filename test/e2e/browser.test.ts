/** browser.test: what people do in the browser, on the demo: log in, search, brush, follow, triage by keyboard, read an incident,
 *  walk the estate, and what each role is refused. Every test also fails by an error in the console or a policy report. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { role as roles } from "@holdfast/contracts/access";
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
  until,
  type Watched,
} from "./browser.ts";
import { rolePages } from "./role-pages.ts";
import { type RunningServer, startHoldfast } from "./server.ts";

const PAGES = [
  "/",
  "/events",
  "/alerts",
  "/incidents",
  "/estate",
  "/changes",
  "/rules",
  "/sources",
  "/settings",
] as const;

describe("the web interface on the demo", { skip: noBrowser, timeout: 900_000 }, () => {
  let server: RunningServer;
  let browser: Browser;
  let api: Api;
  let watched: Watched;

  before(async () => {
    buildWeb();
    server = await startHoldfast({ demo: true });
    browser = await launch();
    api = await apiOf(server);
    watched = await open(browser, server);
    await logIn(watched, server);
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  const clean = (): void => assert.deepEqual(watched.problems(), []);

  test("a wrong password is refused in words, the right one opens the page that was asked for", async () => {
    const fresh = await open(browser, server);
    await fresh.page.goto("/alerts?queue=all");
    await fresh.page.getByLabel("User").fill(server.user);
    await fresh.page.getByLabel("Password").fill("not-the-password");
    await fresh.page.getByRole("button", { name: "Log in" }).click();
    await fresh.page.getByRole("alert").waitFor();
    await fresh.page.getByLabel("Password").fill(server.password);
    await fresh.page.getByRole("button", { name: "Log in" }).click();
    await fresh.page.getByRole("heading", { level: 1, name: "Alerts" }).waitFor();
    assert.match(fresh.page.url(), /queue=all/);
    assert.deepEqual(fresh.problems(), []);
    await fresh.close();
  });

  test("the floor shows the incident and each number leads to its list", async () => {
    const { page } = watched;
    await goTo(page, "/");
    const incident = page.getByRole("region", { name: "Needs you now" }).getByRole("link").first();
    assert.match(await incident.innerText(), /INC-1|Critical/);
    await incident.click();
    await page.getByRole("heading", { level: 1, name: /INC-/ }).waitFor();
    await page.goBack();
    await page
      .getByRole("navigation", { name: "Numbers" })
      .getByRole("link", { name: /open alerts/ })
      .click();
    await page.getByRole("heading", { level: 1, name: "Alerts" }).waitFor();
    clean();
  });

  test("a search is completed, run, and its rows hold what was asked for", async () => {
    const { page } = watched;
    await goTo(page, "/events?from=now-7d");
    await page.keyboard.press("/");
    const bar = page.getByRole("combobox", { name: "Search events" });
    await bar.pressSequentially("prod");
    await page.getByRole("option", { name: /^product/ }).waitFor();
    await page.keyboard.press("Tab");
    assert.equal(await bar.inputValue(), "product:");
    await bar.pressSequentially("ssh");
    await page.getByRole("option", { name: /^sshd/ }).waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.waitForURL(/q=product/);
    await settled(page);
    const { total } = await api.send<{ total: number }>("POST", "/api/search/facets", {
      query: "product:sshd",
      from: "now-7d",
      fields: ["host"],
    });
    assert.ok(total > 0, "the demo has sshd events");
    await page.getByRole("grid", { name: "Events" }).getByRole("row").nth(1).click();
    const drawer = page.getByRole("complementary", { name: "Event" });
    await drawer.getByRole("row", { name: /^product/ }).waitFor();
    assert.match(await drawer.getByRole("row", { name: /^product/ }).innerText(), /sshd/);
    await drawer.getByRole("tab", { name: "Raw" }).click();
    assert.ok((await drawer.getByRole("region", { name: "Raw record" }).innerText()).length > 20);
    clean();
  });

  test("a mistake is underlined where it stands and the fix is one press away", async () => {
    const { page } = watched;
    await goTo(page, "/events");
    const bar = page.getByRole("combobox", { name: "Search events" });
    await bar.fill('"failed password');
    await page.getByRole("alert").waitFor();
    assert.equal(await bar.getAttribute("aria-invalid"), "true");
    await page.getByRole("button", { name: /^Write/ }).click();
    assert.equal(await bar.inputValue(), '"failed password"');
    clean();
  });

  test("pipes give a table and a chart", async () => {
    const { page } = watched;
    await goTo(page, `/events?from=now-7d&q=${encodeURIComponent("* | stats count by host")}`);
    assert.ok((await page.getByRole("grid", { name: "Results" }).getByRole("row").count()) > 2);
    await goTo(page, `/events?from=now-7d&q=${encodeURIComponent("* | timechart count by class")}`);
    await page.getByRole("img", { name: /Results over time/ }).waitFor();
    clean();
  });

  test("brushing the histogram, by pointer and by keyboard, narrows the range; back widens it again", async () => {
    const { page } = watched;
    await goTo(page, "/events?from=now-24h");
    const plot = page.getByRole("application", { name: /^Events/ });
    const box = await plot.boundingBox();
    assert.ok(box !== null);
    await page.mouse.move(box.x + box.width * 0.5, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.8, box.y + 40, { steps: 5 });
    await page.mouse.up();
    await page.waitForURL(/from=20/);
    const brushed = new URL(page.url());
    const hours =
      (Date.parse(brushed.searchParams.get("to") ?? "") - Date.parse(brushed.searchParams.get("from") ?? "")) /
      3_600_000;
    assert.ok(hours > 5 && hours < 10, `${hours} hours`);
    await page.goBack();
    await page.waitForURL(/now-24h|events$/);
    await settled(page);
    await plot.focus();
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Shift+ArrowLeft");
    await page.keyboard.press("Enter");
    await page.waitForURL(/from=20/);
    clean();
  });

  test("the live tail shows an event as it is stored, and holds new ones while one is read", async () => {
    const { page } = watched;
    const source = await api.send<{ key: string }>("POST", "/api/sources", { name: "live-test" });
    await goTo(page, "/events?live=on&q=live-tail-marker");
    await page.getByText("Waiting for new events").waitFor();
    const say = (text: string) =>
      api.ingest(source.key, [
        { "@timestamp": new Date().toISOString(), host: "tail-1", message: `live-tail-marker ${text}` },
      ]);
    await page.waitForTimeout(1500);
    await say("first");
    await page.getByRole("row", { name: /live-tail-marker first/ }).waitFor();
    await page.getByRole("row", { name: /live-tail-marker first/ }).click();
    await page.getByRole("complementary", { name: "Event" }).waitFor();
    await say("second");
    await page.getByRole("button", { name: "1 new event · show" }).waitFor();
    assert.equal(await page.getByRole("row", { name: /live-tail-marker second/ }).count(), 0);
    await page.getByRole("button", { name: "1 new event · show" }).click();
    await page.getByRole("row", { name: /live-tail-marker second/ }).waitFor();
    clean();
  });

  test("alerts are worked through by keyboard alone", async () => {
    const { page } = watched;
    await goTo(page, "/alerts");
    const grid = page.getByRole("grid", { name: "Alerts" });
    await grid.getByRole("row").nth(3).waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("k");
    await page.keyboard.press("Enter");
    const drawer = page.getByRole("complementary", { name: "Alert" });
    await drawer.getByRole("region", { name: "Why it fired" }).waitFor();
    assert.ok(
      (await drawer.getByRole("columnheader", { name: "Matched" }).count()) > 0,
      "the matched fields are shown",
    );
    const id = new URL(page.url()).searchParams.get("alert") ?? "";
    await page.keyboard.press("e");
    await drawer.getByText("acknowledged", { exact: true }).waitFor();
    const state = async () => (await api.get<{ state: string }>(`/api/alerts/${id}`)).state;
    assert.equal(await state(), "acknowledged");
    await drawer.getByRole("button", { name: "Undo acknowledgement" }).click();
    await drawer.getByRole("button", { name: "Undo acknowledgement" }).waitFor({ state: "hidden" });
    assert.equal(await state(), "new");
    await page.keyboard.press("Escape");
    await page.keyboard.press("j");
    await page.keyboard.press("x");
    await page.keyboard.press("j");
    await page.keyboard.press("Shift+X");
    const bar = page.getByRole("toolbar", { name: "Selected rows" });
    assert.match(await bar.innerText(), /2 selected/);
    assert.match(page.url(), /sel=/);
    await page.keyboard.press("s");
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Reason").fill("known test of the backup team");
    await dialog.getByRole("button", { name: "Close 2 alerts" }).click();
    await page.getByText("2 alerts closed").waitFor();
    await page.getByRole("button", { name: "Undo" }).last().click();
    await page.getByText("2 alerts as before").waitFor();
    clean();
  });

  test("alerts are grouped, and a group opens as the queue filtered to it", async () => {
    const { page } = watched;
    await goTo(page, "/alerts?by=rule");
    const groups = page.getByRole("grid", { name: "Alerts by rule" });
    await groups.getByRole("row").nth(1).click();
    await page.getByRole("grid", { name: "Alerts", exact: true }).waitFor();
    assert.match(page.url(), /rule=/);
    await page.getByRole("button", { name: "Remove the filter rule" }).click();
    await page.waitForURL((url) => !url.searchParams.has("rule"));
    clean();
  });

  test("a new alert waits behind a bar and the open one stays", async () => {
    const { page } = watched;
    await goTo(page, "/alerts");
    await page.keyboard.press("Enter");
    await page.getByRole("complementary", { name: "Alert" }).waitFor();
    const before = page.url();
    const source = await api.send<{ key: string }>("POST", "/api/sources", { name: "alert-test" });
    await api.ingest(source.key, [
      {
        SourceName: "Microsoft-Windows-Eventlog",
        Channel: "Security",
        Hostname: "new-alert-1",
        TimeCreated: new Date().toISOString(),
        EventID: 1102,
        SubjectUserName: "adm-test",
      },
    ]);
    await page.getByRole("button", { name: /new alerts? · show/ }).waitFor();
    assert.equal(page.url(), before);
    await page.getByRole("button", { name: /new alerts? · show/ }).click();
    await page
      .getByRole("row", { name: /new-alert-1/ })
      .first()
      .waitFor();
    clean();
  });

  test("the incident tells its story, why each alert is in it, and takes comments, states and removals", async () => {
    const { page } = watched;
    await goTo(page, "/incidents/1");
    await page.getByRole("list", { name: "Timeline of the incident" }).getByRole("listitem").nth(2).waitFor();
    await page.keyboard.press("j");
    await page.waitForURL(/moment=/);
    await page.getByRole("textbox", { name: "Comment" }).fill("checked the finance workstation");
    await page.getByRole("button", { name: "Add comment" }).click();
    await page
      .getByRole("list", { name: "Timeline of the incident" })
      .getByText("checked the finance workstation")
      .waitFor();
    await page.keyboard.press("Escape");
    await page.locator("h1").click();
    await page.keyboard.press("s");
    await page.getByRole("combobox", { name: /^Waits for/ }).click();
    await page.getByRole("option", { name: "Operations" }).click();
    await page.getByRole("dialog").getByLabel("Reason").fill("they know the host");
    await page.getByRole("button", { name: "Save the state" }).click();
    await page
      .getByText(/operations for/)
      .first()
      .waitFor();
    await page.getByRole("tab", { name: /Members/ }).click();
    const members = page.getByRole("region", { name: "Alerts", exact: true }).getByRole("listitem");
    const count = await members.count();
    assert.ok(count > 1);
    await members.last().getByRole("button", { name: "Take out" }).click();
    await page.getByRole("region", { name: "Taken out" }).getByRole("button", { name: "Put back" }).click();
    await until(
      "the member is back",
      () => members.count(),
      (now) => now === count,
    );
    await page.getByRole("tab", { name: /Entities/ }).click();
    await page.getByText("The path, step by step").waitFor();
    assert.ok((await page.locator("button.path-step").count()) > 2);
    clean();
  });

  test("the graph of the estate is drawn; a service opens from it and is edited", async () => {
    const { page } = watched;
    await goTo(page, "/estate?tab=graph");
    const services = (await api.get<{ items: { name: string }[] }>("/api/services")).items;
    for (const service of services) await page.getByRole("button", { name: service.name }).first().waitFor();
    const first = services[0]?.name ?? "";
    await page.getByRole("button", { name: first }).first().focus();
    await page.keyboard.press("Enter");
    const drawer = page.getByRole("complementary", { name: "Service" });
    await drawer.getByRole("button", { name: "Edit" }).click();
    await page.getByRole("dialog").getByLabel("Description").fill("Described in a test.");
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await drawer.getByText("Described in a test.").waitFor();
    await page.getByRole("checkbox", { name: "Show assets" }).check();
    await until(
      "assets are drawn",
      () => page.locator(".graph-node.asset").count(),
      (drawn) => drawn > 5,
    );
    clean();
  });

  test("the demo has changes under way; the asset that one is on names it, and so does the incident on it", async () => {
    const { page } = watched;
    await goTo(page, "/changes?tab=running");
    await page.getByRole("grid", { name: "Changes" }).getByText("Payroll application 8.4").click();
    const drawer = page.getByRole("complementary", { name: "Change" });
    await drawer.getByText("Platform engineering, D. Osei").waitFor();
    await drawer.getByRole("link", { name: "pay-app-01" }).click();
    const asset = page.getByRole("complementary", { name: "Asset" });
    await asset
      .getByRole("region", { name: "Changes" })
      .getByRole("link", { name: "Payroll application 8.4" })
      .waitFor();
    await goTo(page, "/incidents/1?tab=entities");
    await page
      .getByRole("button", { name: /^fin-ws-01/ })
      .first()
      .click();
    const before = page.getByRole("region", { name: "New in the 24 hours before" });
    await before.getByRole("link", { name: /^planned change .* Memory firmware of the finance desks/ }).click();
    await page.getByRole("complementary", { name: "Change" }).getByText("CHG-2043").waitFor();
    clean();
  });

  test("the palette finds an asset by name and an incident by number", async () => {
    const { page } = watched;
    await goTo(page, "/");
    await page.keyboard.press("Control+K");
    await page.getByRole("combobox", { name: /Search pages/ }).fill("INC-1");
    await page
      .getByRole("option", { name: /Incident/ })
      .first()
      .click();
    await page.getByRole("heading", { level: 1, name: "INC-1" }).waitFor();
    const [asset] = (await api.get<{ items: { name: string }[] }>("/api/assets?limit=1")).items;
    await page.keyboard.press("Control+K");
    await page.getByRole("combobox", { name: /Search pages/ }).fill(asset?.name ?? "");
    await page.getByRole("option", { name: /Asset/ }).first().click();
    await page.getByRole("complementary", { name: "Asset" }).waitFor();
    clean();
  });

  test("a source's key and a token's secret are shown once; the audit log names both and its chain holds", async () => {
    const { page } = watched;
    await goTo(page, "/sources?tab=add");
    await page.getByRole("combobox", { name: "What do you run?" }).fill("curl");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").getByLabel("Name").fill("edge firewall");
    await page.getByRole("button", { name: "Create the source" }).click();
    await page.getByRole("region", { name: "curl command" }).waitFor();
    await page.getByRole("button", { name: "I have copied it" }).click();
    await goTo(page, "/settings?tab=tokens");
    await page.getByRole("button", { name: "Create a token" }).click();
    await page.getByRole("dialog").getByLabel("Name").fill("nightly export");
    await page.getByRole("button", { name: "Create the token" }).click();
    await page.getByRole("region", { name: "Token", exact: true }).waitFor();
    await page.getByRole("button", { name: "I have copied it" }).click();
    await goTo(page, "/settings?tab=audit");
    await page.getByRole("grid", { name: "Audit log" }).getByRole("row").nth(2).waitFor();
    await page.getByRole("button", { name: "Verify the chain" }).click();
    await page.getByText(/The chain of .* entries is whole/).waitFor();
    clean();
  });

  test("g and a letter go to every page, ? lists the keys", async () => {
    const { page } = watched;
    await goTo(page, "/");
    for (const [key, name] of [
      ["e", "Events"],
      ["a", "Alerts"],
      ["i", "Incidents"],
      ["t", "Estate"],
      ["r", "Rules"],
      ["s", "Sources"],
      ["c", "Settings"],
      ["f", "Floor"],
    ] as const) {
      await page.keyboard.press("g");
      await page.keyboard.press(key);
      await page.getByRole("heading", { level: 1, name }).waitFor();
    }
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keys" }).waitFor();
    clean();
  });

  for (const role of roles.options)
    test(`the role ${role}: what it lacks is shown with the reason, and refused by the server`, async () => {
      await api.send("POST", "/api/users", {
        name: `e2e-${role}`,
        fullName: "",
        role,
        team: "operations",
        password: `a-password-for-${role}`,
      });
      const theirs = await open(browser, server);
      await logIn(theirs, server, { user: `e2e-${role}`, password: `a-password-for-${role}` });
      await rolePages(theirs, role);
      assert.deepEqual(theirs.problems(), []);
      await theirs.close();
    });

  test("axe finds nothing serious on any page, light and dark", async () => {
    const looked = await open(browser, server);
    await logIn(looked, server);
    const [alert] = (await api.get<{ items: { id: string }[] }>("/api/alerts?limit=1")).items;
    const [rule] = (await api.get<{ items: { id: string }[] }>("/api/rules?limit=1")).items;
    const more = [
      `/alerts?alert=${alert?.id ?? ""}`,
      "/alerts?by=rule",
      "/incidents/1",
      "/incidents/1?tab=members",
      "/incidents/1?tab=entities",
      "/estate?tab=identities",
      "/estate?tab=services",
      "/estate?tab=graph",
      `/rules?rule=${rule?.id ?? ""}`,
      "/rules?tab=problems",
      "/sources?tab=quarantine",
      "/sources?tab=add",
      "/settings?tab=tokens",
      "/settings?tab=audit",
      "/settings?tab=system",
      "/settings?tab=account",
      "/settings?tab=keys",
    ];
    for (const path of [...PAGES, ...more]) {
      await goTo(looked.page, path);
      await accessible(looked.page, path);
      await accessibleIn("dark", looked.page, path);
      await looked.page.emulateMedia({ colorScheme: "light" });
    }
    assert.deepEqual(looked.problems(), []);
    await looked.close();
  });
});
