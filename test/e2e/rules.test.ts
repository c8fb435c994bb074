/** rules.test: a rule's life in the browser: written with help, tried, counted in test, live, left out of by an exception, edited
 *  and restored; and what a viewer is refused. Every test also fails by an error in the console or a policy report. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
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
  until,
  type Watched,
} from "./browser.ts";
import { type RunningServer, startHoldfast } from "./server.ts";

const TITLE = "Ledger copied by a tool of ours";
const TEXT = `title: ${TITLE}
status: experimental
description: For the test of the editor.
author: test
logsource:
  product: windows
  category: process_creation
detection:
  selection:
    Image|endswith: '\\ledgercopy.exe'
  condition: selection
level: high
`;

describe("rules in the browser", { skip: noBrowser, timeout: 900_000 }, () => {
  let server: RunningServer;
  let browser: Browser;
  let api: Api;
  let watched: Watched;
  let page: Page;
  let key: string;

  before(async () => {
    buildWeb();
    server = await startHoldfast();
    browser = await launch();
    api = await apiOf(server);
    key = (await api.send<{ key: string }>("POST", "/api/sources", { name: "Rules test" })).key;
    watched = await open(browser, server);
    page = watched.page;
    await logIn(watched, server);
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  const clean = (): void => assert.deepEqual(watched.problems(), []);
  const run = async (host: string): Promise<void> => api.ingest(key, [copied(host)]);
  const rule = async (): Promise<{ id: string; state: string; testTotal: number; hiddenTotal: number }> => {
    const { items } = await api.get<{ items: never[] }>(`/api/rules?q=${encodeURIComponent(TITLE)}`);
    return items[0] ?? { id: "", state: "", testTotal: 0, hiddenTotal: 0 };
  };
  const alerts = async (): Promise<number> =>
    (await api.get<{ items: unknown[] }>(`/api/alerts?rule=${(await rule()).id}`)).items.length;

  test("a new rule: what is wrong is said while it is written, words are offered, an event tries it", async () => {
    await run("first.example");
    await goTo(page, "/rules");
    await page.keyboard.press("n");
    await page.getByRole("heading", { level: 1, name: "New rule" }).waitFor();
    await write(page, TEXT.replace("endswith", "endwith"));
    await page.getByRole("list", { name: "Findings" }).getByText("MODIFIER_UNKNOWN").waitFor();
    await page.keyboard.press("F8");
    await write(page, TEXT);
    await page.getByText(/^It loads/).waitFor();
    await page.keyboard.press("Control+End");
    await page.keyboard.type("stat");
    await page.keyboard.press("Control+Space");
    await page.getByRole("option", { name: /^status/ }).waitFor();
    await page.keyboard.press("Escape");
    await write(page, TEXT);
    await page.getByLabel("Event", { exact: true }).fill(JSON.stringify(copied("w-1.example")));
    await page.getByRole("button", { name: "Try it" }).click();
    await page.getByText("it matches", { exact: true }).waitFor();
    await page.getByRole("list", { name: "Conditions" }).getByText("\\ledgercopy.exe").first().waitFor();
    await page
      .getByLabel("Event", { exact: true })
      .fill(JSON.stringify({ ...copied("w-1.example"), Image: "C:\\x.exe" }));
    await page.getByRole("button", { name: "Try it" }).click();
    await page.getByText("no match", { exact: true }).waitFor();
    await accessible(page, "the editor");
    clean();
  });

  test("run over what is stored, it says what it would have found", async () => {
    const panel = page.getByRole("region", { name: "Run it over what is stored" });
    await until(
      "the back-test finds it",
      async () => {
        await panel.getByRole("button", { name: "Run", exact: true }).click();
        await panel.getByRole("status").first().waitFor();
        return panel.getByRole("status").first().innerText();
      },
      (text) => /^[1-9]\d* match/.test(text),
    );
    clean();
  });

  test("saved in test it counts and raises nothing; live it raises an alert", async () => {
    await page.keyboard.press("Control+s");
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("What was changed and why").fill("first try");
    await accessible(page, "the dialog that saves");
    await dialog.getByRole("button", { name: "Save" }).click();
    await page.waitForURL(/\/rules\/[0-9a-f-]{36}/);
    assert.equal((await rule()).state, "test");
    await until(
      "its match in test is counted",
      async () => {
        await run("in-test.example");
        return rule();
      },
      ({ testTotal }) => testTotal > 0,
    );
    assert.equal(await alerts(), 0);

    await goTo(page, `/rules/${(await rule()).id}`);
    await page.keyboard.press("s");
    const state = page.getByRole("dialog");
    await state.getByRole("combobox").click();
    await page.getByRole("option", { name: /^live/ }).click();
    await state.getByLabel("Reason").fill("it is quiet");
    await state.getByRole("button", { name: "Change the state" }).click();
    await until("it is live", rule, (found) => found.state === "live");
    await until(
      "an alert comes",
      async () => {
        await run("live.example");
        return alerts();
      },
      (count) => count > 0,
    );
    clean();
  });

  test("an alert is explained, and an exception made of it hides the next", async () => {
    const { items } = await api.get<{ items: { id: string }[] }>(`/api/alerts?rule=${(await rule()).id}`);
    await goTo(page, `/alerts?alert=${items[0]?.id}`);
    await page.getByRole("button", { name: "Explain" }).first().click();
    const why = page.getByRole("dialog");
    await why.getByRole("list", { name: "Conditions" }).getByText("\\ledgercopy.exe").first().waitFor();
    await accessible(page, "an explanation");
    await page.keyboard.press("Escape");
    await why.waitFor({ state: "detached" });

    await page.keyboard.press("Shift+E");
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("group", { name: "Fields" }).getByRole("checkbox").first().waitFor();
    await dialog.getByLabel("Why this is no threat").fill("the nightly copy");
    await accessible(page, "an exception");
    await dialog.getByRole("button", { name: "Add the exception" }).click();
    await dialog.waitFor({ state: "detached" });
    await until(
      "a match is hidden",
      async () => {
        await run("hidden.example");
        return rule();
      },
      ({ hiddenTotal }) => hiddenTotal > 0,
    );
    await goTo(page, "/rules?tab=exceptions");
    const row = page.getByRole("row").filter({ hasText: "the nightly copy" });
    await row.getByText("active").waitFor();
    await row.getByRole("button", { name: /^\d+$/ }).click();
    await page.getByRole("dialog").getByText("hidden.example").first().waitFor();
    await page.keyboard.press("Escape");
    await accessible(page, "the exceptions");
    clean();
  });

  test("an edit is a version, its difference is shown, and the one before can be restored", async () => {
    const { id } = await rule();
    await goTo(page, `/rules/${id}?tab=edit`);
    await write(page, TEXT.replace("level: high", "level: critical").replace("title:", `id: ${id}\ntitle:`));
    await page.getByRole("button", { name: "Undo all changes" }).waitFor();
    await page.keyboard.press("Control+s");
    await page.getByRole("dialog").getByLabel("What was changed and why").fill("it matters more");
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await goTo(page, `/rules/${id}?tab=history`);
    await page.getByText("it matters more").waitFor();
    await page.getByText("level: critical").waitFor();
    await accessible(page, "the history");
    await page.getByRole("button", { name: /^Version 1/ }).click();
    await page.getByRole("button", { name: "Restore" }).click();
    await page.getByRole("button", { name: /^Version 3/ }).waitFor();
    assert.equal((await api.get<{ level: string }>(`/api/rules/${id}`)).level, "high");
    await goTo(page, `/rules/${id}`);
    await accessible(page, "the page of a rule");
    clean();
  });

  test("somebody else saves meanwhile: both texts are shown, and one goes on with one's own", async () => {
    const { id } = await rule();
    const own = TEXT.replace("title:", `id: ${id}\ntitle:`);
    await goTo(page, `/rules/${id}?tab=edit`);
    await write(page, own.replace("level: high", "level: low"));
    await page.getByRole("button", { name: "Undo all changes" }).waitFor();
    const { version } = await api.get<{ version: number }>(`/api/rules/${id}`);
    const theirs = own.replace("author: test", "author: somebody else");
    await api.send("PUT", `/api/rules/${id}`, { text: theirs, note: "by another", version });
    await page.getByText("Changed by somebody else meanwhile").waitFor({ timeout: 60_000 });
    await page.getByText("author: somebody else").waitFor();
    await accessible(page, "both texts");
    await page.getByRole("button", { name: "Go on with mine" }).click();
    await page.keyboard.press("Control+s");
    await page.getByRole("dialog").getByLabel("What was changed and why").fill("mine after all");
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    const kept = await api.get<{ level: string; version: number }>(`/api/rules/${id}`);
    assert.deepEqual([kept.level, kept.version], ["low", version + 2]);
    clean();
  });

  test("a viewer reads it all and is told why nothing can be changed", async () => {
    const password = "a-viewer-password-for-tests";
    await api.send("POST", "/api/users", { name: "vera", role: "viewer", team: "operations", password });
    const vera = await open(browser, server);
    await logIn(vera, server, { user: "vera", password });
    await goTo(vera.page, `/rules/${(await rule()).id}?tab=edit`);
    const save = vera.page.getByRole("button", { name: "Save" });
    assert.equal(await save.getAttribute("aria-disabled"), "true");
    assert.match((await save.getAttribute("data-tip")) ?? "", /rules\.write/);
    await vera.page.locator(".cm-content").click();
    await vera.page.keyboard.type("nothing");
    assert.doesNotMatch(await vera.page.locator(".cm-content").innerText(), /nothing/);
    assert.deepEqual(vera.problems(), []);
    await vera.close();
  });
});

/** The whole text at once, as a paste: typing would be completed and indented on the way. */
async function write(page: Page, text: string): Promise<void> {
  const content = page.locator(".cm-content");
  await content.click();
  await page.keyboard.press("Control+a");
  await content.evaluate((element, pasted) => {
    const data = new DataTransfer();
    data.setData("text/plain", pasted);
    element.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  }, text);
}

function copied(host: string): Record<string, unknown> {
  return {
    "@timestamp": new Date().toISOString(),
    EventID: 1,
    Channel: "Microsoft-Windows-Sysmon/Operational",
    Provider_Name: "Microsoft-Windows-Sysmon",
    Computer: host,
    Image: "C:\\Tools\\ledgercopy.exe",
    CommandLine: "ledgercopy.exe --all",
    User: "CORP\\ann",
  };
}
