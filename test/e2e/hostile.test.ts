/** hostile.test: what an attacker writes into logs, names and comments is shown as text and does nothing: 500 strings through
 *  every field of an event, as hosts, users, rule titles, comments and names, on every page that shows them. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import {
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
import { PAYLOADS } from "./payloads.ts";
import { type RunningServer, startHoldfast } from "./server.ts";

/** Text fields of a process event; the n-th event has the (n + position)-th string in each, so every string is once in every field. */
const FIELDS = [
  "Hostname",
  "User",
  "Image",
  "CommandLine",
  "ParentImage",
  "ParentCommandLine",
  "CurrentDirectory",
  "LogonId",
  "ProcessGuid",
  "OriginalFileName",
  "Company",
  "Description",
  "TargetFilename",
  "TargetObject",
  "Details",
  "QueryName",
  "Message",
] as const;
const RULES = 20;
const MARK = "hostile-marker";

describe("hostile text", { skip: noBrowser, timeout: 1_200_000 }, () => {
  const rules = mkdtempSync(join(tmpdir(), "holdfast-hostile-rules-"));
  let server: RunningServer;
  let browser: Browser;
  let api: Api;
  let watched: Watched;

  before(async () => {
    buildWeb();
    for (let at = 0; at < RULES; at++) writeFileSync(join(rules, `rule-${at}.yml`), ruleText(at));
    server = await startHoldfast({ rules: [rules] });
    api = await apiOf(server);
    const { key } = await api.send<{ key: string }>("POST", "/api/sources", { name: PAYLOADS[0]?.slice(0, 100) });
    for (let from = 0; from < PAYLOADS.length; from += 50)
      await api.ingest(
        key,
        PAYLOADS.slice(from, from + 50).map((_, at) => eventOf(from + at)),
      );
    await until(
      "the events are stored",
      () => countOf(api),
      (count) => count >= PAYLOADS.length,
    );
    await prepareNames(api);
    browser = await launch();
    watched = await open(browser, server);
    await logIn(watched, server);
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
    rmSync(rules, { recursive: true, force: true });
  });

  const nothingRan = async (): Promise<void> => {
    assert.deepEqual(await foreignElements(watched.page), []);
    assert.deepEqual(watched.problems(), []);
  };

  test("500 different strings", () => {
    assert.equal(new Set(PAYLOADS).size, 500);
  });

  test("in the list of events, with every column, from the first row to the last", async () => {
    const { page } = watched;
    const columns =
      "host,user,user_domain,process_path,process_cmd,parent_path,parent_cmd,file_path,reg_path,reg_value,domain,object,session,source,message";
    await goTo(page, `/events?from=now-7d&q=${MARK}&cols=${columns}`);
    const seen = await scrollThrough(page, "Events");
    assert.ok(seen >= PAYLOADS.length, `${seen} rows`);
    await nothingRan();
  });

  test("in the fields of each event, and in the OCSF form and the raw text of every 25th", async () => {
    const { page } = watched;
    // What is looked at is the document: in a small window, drawing it takes a fraction of the time.
    await page.setViewportSize({ width: 1024, height: 320 });
    await goTo(page, `/events?from=now-7d&q=${MARK}`);
    const drawer = page.getByRole("complementary", { name: "Event" });
    const seen = new Set<string>();
    for (let at = 0; at < PAYLOADS.length; at += 25) {
      for (const id of await openNext(page, 25)) seen.add(id);
      await nothingRan();
      await drawer.getByRole("tab", { name: "OCSF" }).click();
      await drawer.getByRole("tab", { name: "Raw" }).click();
      await drawer.getByRole("tab", { name: /^Fields/ }).click();
      await page.locator("h1").click();
      await nothingRan();
    }
    assert.equal(seen.size, PAYLOADS.length);
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  test("as alerts: titles, entities, samples, matched fields, comments", async () => {
    const { page } = watched;
    await goTo(page, "/alerts?queue=all");
    assert.ok((await scrollThrough(page, "Alerts")) > RULES);
    const { items } = await api.get<{ items: { id: string }[] }>("/api/alerts?limit=30&sort=newest");
    for (const { id } of items) {
      await goTo(page, `/alerts?queue=all&alert=${id}`);
      await page.getByRole("complementary", { name: "Alert" }).getByRole("region", { name: "Why it fired" }).waitFor();
    }
    for (const by of ["rule", "entity", "service"]) {
      await goTo(page, `/alerts?queue=all&by=${by}`);
      await scrollThrough(page, `Alerts by ${by}`);
    }
    await nothingRan();
  });

  test("on every other page", async () => {
    const { page } = watched;
    for (const path of [
      "/",
      "/incidents?queue=all",
      "/estate",
      "/estate?tab=identities",
      "/estate?tab=services",
      "/estate?tab=graph",
      "/rules",
      "/rules?tab=exceptions",
      "/sources",
      "/sources?tab=quarantine",
      "/settings",
      "/settings?tab=tokens",
      "/settings?tab=audit",
      "/settings?tab=account",
    ]) {
      await goTo(page, path);
      const grid = page.getByRole("grid").first();
      if (await grid.isVisible()) {
        await scrollThrough(page);
        await page.keyboard.press("Home");
        await page.keyboard.press("Enter");
        await page.waitForTimeout(150);
      }
    }
    const rules = await api.get<{ items: { id: string }[] }>("/api/rules?sort=matches&limit=2");
    for (const { id } of rules.items) {
      await goTo(page, `/rules/${encodeURIComponent(id)}?tab=overview`);
      for (const tab of ["Text", "History"]) await turnTo(page, tab);
      await nothingRan();
    }
    const incidents = await api.get<{ items: { number: number }[] }>("/api/incidents?limit=20");
    for (const { number } of incidents.items) {
      await goTo(page, `/incidents/${number}?tab=story`);
      for (const tab of ["Members", "Entities"]) await turnTo(page, tab);
      await nothingRan();
    }
    await nothingRan();
  });

  test("typed into the search and the palette, as themselves", async () => {
    const { page } = watched;
    await goTo(page, "/events");
    for (const payload of PAYLOADS.slice(0, 60))
      await page.getByRole("combobox", { name: "Search events" }).fill(payload.slice(0, 300));
    await page.keyboard.press("Control+K");
    for (const payload of PAYLOADS.slice(0, 20))
      await page.getByRole("combobox", { name: /Search pages/ }).fill(payload.slice(0, 80));
    await page.waitForTimeout(500);
    assert.deepEqual(await foreignElements(page), []);
    // A text that is no query is answered with 4xx, which the browser logs; nothing else may be there.
    assert.deepEqual(
      watched.problems().filter((problem) => !/status of 4\d\d/.test(problem)),
      [],
    );
  });

  test("hidden and reordering characters are made visible, and the text stays exact", async () => {
    const { page } = watched;
    // The list draws only the rows in sight, so it is asked for one whose text turns around.
    const { rows } = await api.send<{ rows: string[][] }>("POST", "/api/search", {
      query: `${MARK} | fields message`,
      from: "now-7d",
      limit: 1000,
    });
    const row = rows.find(([, , message]) => /[\u202a-\u202e\u2066-\u2069]/u.test(message ?? ""));
    assert.ok(row, "no stored message holds a direction mark");
    await goTo(page, `/events?from=now-7d&q=id:${row[0]}&cols=message`);
    const glyphs = page.locator(".glyph");
    await glyphs.first().waitFor({ state: "attached" });
    const shown = await glyphs.evaluateAll((all) =>
      all.map((one) => ({ label: one.getAttribute("data-glyph"), text: one.textContent })),
    );
    assert.ok(shown.every((one) => (one.label ?? "") !== "" && [...(one.text ?? "")].length === 1));
  });
});

function eventOf(at: number): Record<string, unknown> {
  const fields = Object.fromEntries(FIELDS.map((field, offset) => [field, PAYLOADS[(at + offset) % PAYLOADS.length]]));
  const time = new Date(Date.now() - at * 1000).toISOString();
  return {
    ...fields,
    CommandLine: `${MARK} r${at % RULES}. ${fields["CommandLine"]}`,
    SourceName: "Microsoft-Windows-Sysmon",
    Channel: "Microsoft-Windows-Sysmon/Operational",
    EventID: 1,
    TimeCreated: time,
    UtcTime: time.replace("T", " ").replace("Z", ""),
  };
}

function ruleText(at: number): string {
  const say = (text: string | undefined): string => JSON.stringify(text ?? "");
  return [
    `title: ${say(PAYLOADS[at * 7]?.slice(0, 200))}`,
    `id: 00000000-0000-4000-8000-${String(at).padStart(12, "0")}`,
    "status: test",
    `description: ${say(PAYLOADS[at * 11 + 1])}`,
    `author: ${say(PAYLOADS[at * 13 + 2]?.slice(0, 100))}`,
    `references: [${say(PAYLOADS[at * 17 + 3]?.slice(0, 300))}]`,
    "logsource: { product: windows, category: process_creation }",
    `detection: { marked: { CommandLine|contains: "${MARK} r${at}." }, condition: marked }`,
    `falsepositives: [${say(PAYLOADS[at * 19 + 4])}]`,
    `level: ${["high", "critical"][at % 2] ?? "high"}`,
  ].join("\n");
}

/** Names and words that people give: users, tokens, services, comments, an incident's title. */
async function prepareNames(api: Api): Promise<void> {
  const alerts = await until(
    "alerts are raised",
    () => api.get<{ items: { id: string }[] }>("/api/alerts?limit=30"),
    ({ items }) => items.length >= RULES,
  );
  // The state store's text holds no NUL; in an event it is kept, see the list of events.
  const words = PAYLOADS.map((payload) => payload.replaceAll("\u0000", ""));
  for (const [at, payload] of words.filter((_, index) => index % 25 === 0).entries()) {
    const short = payload.slice(0, 100);
    await api.send("POST", "/api/users", {
      name: `hostile-${at}`,
      fullName: payload.slice(0, 200),
      role: "viewer",
      team: "security",
      password: "a-password-for-tests-only",
    });
    await api.send("POST", "/api/tokens", { name: short, role: "viewer" });
    await api.send("PUT", `/api/services/hostile-${at}`, {
      name: payload.slice(0, 200),
      description: payload.slice(0, 2000),
      criticality: 3,
      exposure: "internal",
    });
    const alert = alerts.items[at];
    if (alert === undefined) continue;
    await api.send("POST", `/api/alerts/${alert.id}/comments`, { text: payload });
    await api.send("POST", "/api/alerts/actions", {
      ids: [alert.id],
      action: { kind: "severity", severity: "critical", reason: payload.slice(0, 1000) },
    });
  }
  // Alerts on one host join by themselves.
  const incidents = await until(
    "incidents are opened",
    () => api.get<{ items: { id: string }[] }>("/api/incidents?limit=8"),
    ({ items }) => items.length > 0,
  );
  for (const [at, { id }] of incidents.items.entries())
    await api.send("PATCH", `/api/incidents/${id}`, {
      title: words[at * 3 + 2]?.trim().slice(0, 300),
      summary: words[at * 5 + 3],
    });
  for (const payload of words.slice(0, 40))
    await api.send("POST", `/api/incidents/${incidents.items[0]?.id ?? ""}/comments`, { text: payload });
}

async function countOf(api: Api): Promise<number> {
  const { total } = await api.send<{ total: number }>("POST", "/api/search/facets", {
    query: MARK,
    from: "now-7d",
    fields: ["host"],
  });
  return total;
}

/** Scrolls a list to its end, so that every row has been in the document; answers how many rows there were. */
async function scrollThrough(page: Page, name?: string): Promise<number> {
  const grid = name === undefined ? page.getByRole("grid").first() : page.getByRole("grid", { name, exact: true });
  await grid.waitFor();
  for (let same = 0, last = -1; same < 4; ) {
    const top = await grid.evaluate((element) => {
      element.scrollTop += element.clientHeight * 0.8;
      return element.scrollTop;
    });
    same = top === last ? same + 1 : 0;
    last = top;
    await page.waitForTimeout(60);
  }
  await settled(page);
  return Number(await grid.getAttribute("aria-rowcount")) - 1;
}

/** Another tab of the page that is open. */
async function turnTo(page: Page, name: string): Promise<void> {
  const named = new RegExp(`^${name}`);
  await page.getByRole("tab", { name: named }).click();
  await page.getByRole("tab", { name: named, selected: true }).waitFor();
  await settled(page);
}

/** Opens as many events of the list with its keys, from the one below the open one on; answers the ids of those whose fields
 *  were drawn. In the page: a thousand key presses from outside took longer than what they show. */
function openNext(page: Page, many: number): Promise<string[]> {
  return page.evaluate(async (many) => {
    const seen: string[] = [];
    const end = performance.now() + 120_000;
    const until = async (what: string, shown: () => boolean): Promise<void> => {
      while (!shown()) {
        if (performance.now() > end) throw new Error(`${what} after ${seen.length} events`);
        await new Promise((resolve) => setTimeout(resolve, 4));
      }
    };
    const press = (key: string): void => {
      document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    };
    const opened = (): string => new URL(location.href).searchParams.get("event") ?? "";
    const cursor = (): string =>
      document.querySelector("[role=grid]")?.getAttribute("aria-activedescendant") ?? "no row in sight";
    const drawn = (): string => {
      const rows = [...document.querySelectorAll(".fields-table tr")];
      return rows.find((row) => row.querySelector("th")?.textContent === "id")?.querySelector("td")?.textContent ?? "";
    };
    while (seen.length < many) {
      const before = { opened: opened(), cursor: cursor() };
      if (before.opened !== "") {
        press("j");
        await until("the next row is not marked", () => cursor() !== before.cursor);
      }
      press("Enter");
      await until("the event is not opened", () => opened() !== before.opened);
      await until("the fields are not drawn", () => drawn() === opened());
      seen.push(opened());
    }
    return seen;
  }, many);
}

/** Elements that only text from data could have made. */
function foreignElements(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const all = [...document.querySelectorAll("*")];
    const foreign = all.filter((element) => {
      const handler = element.getAttributeNames().some((attribute) => attribute.startsWith("on"));
      const tag = element.tagName.toLowerCase();
      if (handler || ["iframe", "object", "embed", "base", "video", "audio", "style", "template"].includes(tag))
        return true;
      if (tag === "img") return element.getAttribute("src") !== "/icon.svg";
      if (tag === "a") return !(element.getAttribute("href") ?? "").match(/^[/#]/);
      if (tag === "script" || tag === "link")
        return !new URL((element as HTMLScriptElement).src || (element as HTMLLinkElement).href).href.startsWith(
          location.origin,
        );
      return false;
    });
    return foreign.map((element) => element.outerHTML.slice(0, 200));
  });
}
