/** maintenance.test: a window is planned for one service of very many, found by a part of its name. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { type Api, apiOf, buildWeb, goTo, launch, logIn, noBrowser, open, until, type Watched } from "./browser.ts";
import { type RunningServer, startHoldfast } from "./server.ts";

let server: RunningServer;
let browser: Browser;
let api: Api;
let on: Watched;
before(async () => {
  if (noBrowser !== false) return;
  buildWeb();
  [server, browser] = await Promise.all([startHoldfast(), launch()]);
  api = await apiOf(server);
  const services = Array.from(
    { length: 520 },
    (_, n) => `  - { id: svc-${n}, name: "Service ${n}", owner: it, criticality: 3, exposure: internal }`,
  );
  const last = '  - { id: zebra, name: "Zebra crossing", owner: it, criticality: 1, exposure: internal }';
  const { problems } = await api.send<{ problems: unknown[] }>("POST", "/api/estate/import", {
    yaml: `teams:\n  - { id: it, name: IT, kind: operations }\nservices:\n${[...services, last].join("\n")}\n`,
  });
  assert.deepEqual(problems, []);
  on = await open(browser, server);
  await logIn(on, server);
});
after(async () => {
  await on?.close();
  await browser?.close();
  await server?.stop();
});

test("one service of many is found by a part of its name and chosen", {
  skip: noBrowser,
  timeout: 300_000,
}, async () => {
  const { page } = on;
  await goTo(page, "/risk?tab=maintenance");
  await page.getByRole("button", { name: "Plan a window" }).click();
  await page.getByText("521 services to choose from.").waitFor();
  await page.getByLabel("Part of the service's name").fill("zebra");
  await page.getByText("1 service to choose from.").waitFor();
  await page.getByRole("combobox", { name: /^Which/ }).click();
  await page.getByRole("option", { name: "Zebra crossing" }).click();
  await page.getByLabel("Title", { exact: true }).fill("Paint");
  await page.getByLabel("Reason").fill("the stripes are gone");
  await page.getByRole("button", { name: "Plan it" }).click();
  const { items } = await until(
    "the window is planned",
    () => api.get<{ items: { scope: { serviceId?: string } }[] }>("/api/maintenance"),
    (now) => now.items.length === 1,
  );
  assert.equal(items[0]?.scope.serviceId, "zebra");
  assert.deepEqual(on.problems(), []);
});
