/** playbook-editor.test: a playbook edited in its drawing, by keyboard: steps added, moved and taken out, undone, mistakes shown at their
 *  step, unsaved text kept, two people at one playbook, sixty steps drawn; and a run on it that is followed over a lost connection. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { LIVE_PATH } from "@holdfast/contracts/live";
import type { PlaybookDetail, Run } from "@holdfast/contracts/playbooks";
import type { Browser, Page } from "playwright-core";
import { type Api, apiOf, buildWeb, launch, logIn, noBrowser, open, settled, until, type Watched } from "./browser.ts";
import { type RunningServer, startHoldfast } from "./server.ts";

const TEXT = `id: drawn
name: Drawn
# Said before it begins.
start: ask
steps:
  ask: { manual: Ask somebody., next: tell }
  tell: { manual: Tell the others. }
`;

describe("the drawing of a playbook", { skip: noBrowser, timeout: 600_000 }, () => {
  let server: RunningServer;
  let browser: Browser;
  let api: Api;
  let on: Watched;
  let page: Page;
  before(async () => {
    buildWeb();
    [server, browser] = await Promise.all([startHoldfast(), launch()]);
    api = await apiOf(server);
    await api.send("POST", "/api/playbooks", { text: TEXT });
    on = await open(browser, server);
    page = on.page;
    await logIn(on, server);
  });
  after(async () => {
    await on?.close();
    await browser?.close();
    await server?.stop();
  });

  const node = (title: string) => page.locator(".playbook-graph .graph-node", { hasText: title });
  const text = async (): Promise<string> => (await page.locator(".cm-content .cm-line").allTextContents()).join("\n");
  const says = (what: string, pattern: RegExp): Promise<string> =>
    until(what, text, (now) => pattern.test(now), 10_000);
  async function choose(title: string): Promise<void> {
    await node(title).first().focus();
    await page.keyboard.press("Enter");
    await page.locator(".graph-node.selected", { hasText: title }).waitFor();
  }

  test("takes steps in, elsewhere and out by keyboard, and undoes that", async () => {
    await page.goto("/playbooks/drawn");
    await settled(page);
    await choose("ask");
    await page.keyboard.press("a");
    await page.getByRole("button", { name: "Add the step" }).click();
    await says("the step is in the text", /next: new-manual/);
    await node("new-manual").waitFor();
    assert.match(await text(), /# Said before it begins\./);

    await choose("new-manual");
    await page.keyboard.press("m");
    const behind = page.getByRole("combobox", { name: /^Behind/ });
    await behind.click();
    await page.getByRole("option", { name: "tell", exact: true }).click();
    await page.getByRole("button", { name: "Move the step" }).click();
    await says("it stands behind the other", /tell:.*\n?.*next: new-manual/);

    await choose("new-manual");
    await page.keyboard.press("Delete");
    await says("it is gone", /^(?![\s\S]*new-manual)[\s\S]*tell:/);
    await page.getByRole("button", { name: "Undo" }).click();
    await says("it is there again", /new-manual/);
    for (const _ of [1, 2]) await page.getByRole("button", { name: "Undo" }).click();
    await says("the text is as it was", /tell: \{ manual: Tell the others\. \}\s*$/);
    assert.deepEqual(on.problems(), []);
  });

  test("shows what is wrong at its step, and does not lose what is not saved", async () => {
    await choose("tell");
    await page.keyboard.press("a");
    const kind = page.getByRole("combobox", { name: /^What it is/ });
    await kind.click();
    await page.getByRole("option", { name: "playbook", exact: true }).click();
    await page.getByRole("button", { name: "Add the step" }).click();
    await page.locator(".graph-node.tone-critical", { hasText: 'no playbook "which-one"' }).waitFor();
    await page.getByRole("link", { name: "Playbooks" }).first().click();
    const asked = await until(
      "it is asked",
      async () => on.problems().join(),
      (problems) => problems !== "",
    );
    assert.match(asked, /Leave without saving/);
    assert.match(await text(), /which-one/);
    await page.getByRole("button", { name: "Undo" }).click();
  });

  test("tells of somebody who saved meanwhile, and writes over nothing unseen", async () => {
    const other = TEXT.replace("Tell the others.", "Tell nobody.");
    await choose("ask");
    await page.keyboard.press("a");
    await page.getByRole("button", { name: "Add the step" }).click();
    await says("the step is in the text", /new-manual/);
    await api.send("PUT", "/api/playbooks/drawn", { text: other });
    await page.getByRole("button", { name: "Save draft" }).click();
    await page.getByText("Somebody else saved this playbook meanwhile.").waitFor();
    assert.equal((await api.get<PlaybookDetail>("/api/playbooks/drawn")).text, other, "theirs stands");
    await page.getByRole("button", { name: "Show their text" }).click();
    await page.locator(".playbook-theirs", { hasText: "Tell nobody." }).waitFor();
    await page.getByRole("button", { name: "Take theirs, drop mine" }).click();
    await says("theirs is in the editor", /Tell nobody/);
    assert.ok(on.problems().every((problem) => /409/.test(problem)));
  });

  test("draws sixty steps, each to be reached by keyboard", async () => {
    const steps = Array.from(
      { length: 60 },
      (_, n) => `  s${n}: { manual: Step ${n}${n < 59 ? `, next: s${n + 1}` : ""} }`,
    );
    await api.send("POST", "/api/playbooks", {
      text: `id: sixty\nname: Sixty\nstart: s0\nsteps:\n${steps.join("\n")}\n`,
    });
    await page.goto("/playbooks/sixty");
    await settled(page);
    await until(
      "all are drawn",
      () => page.locator(".playbook-graph .graph-node").count(),
      (n) => n === 61,
    );
    await choose("s59");
    assert.ok(await node("s59").first().isVisible());
  });

  test("a run that is followed shows what happened while the connection was lost", async () => {
    await api.send("POST", "/api/playbooks/drawn/publish", {});
    const run = await api.send<Run>("POST", "/api/playbooks/drawn/run", { incidentId: null, variables: {} });
    await page.route(`**${LIVE_PATH}`, (route) => route.abort());
    await page.goto(`/playbooks/runs/${run.id}`);
    await page.locator(".run-step", { hasText: "Ask somebody." }).waitFor();
    await page.getByText("not live").waitFor();
    const body = { decision: "done", reason: "", variables: {} };
    await api.send("POST", `/api/playbook-runs/${run.id}/steps/ask.1`, body);
    await until(
      "the run went on",
      () => api.get<Run>(`/api/playbook-runs/${run.id}`),
      ({ at }) => at.includes("tell"),
    );
    await page.unroute(`**${LIVE_PATH}`);
    await page.locator(".run-step", { hasText: "Tell nobody." }).waitFor({ timeout: 60_000 });
    on.problems();
  });
});
