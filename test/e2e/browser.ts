/** browser: a real Chromium on a real server, watched: a script that ran from data, a report of the content security policy, a
 *  request to another host or an error in the console each fail the test that caused them. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, type BrowserContext, chromium, type Page, request } from "playwright-core";
import type { RunningServer } from "./server.ts";

/** The shell is Chromium without its own windows, extensions and services: a page costs a third less. */
const CHROMIUM =
  process.env["HOLDFAST_TEST_CHROMIUM"] ??
  ["/usr/bin/chromium-headless-shell", "/usr/bin/chromium"].find((path) => existsSync(path));
const ARGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-auto-reload",
];

/** A reason to skip, or false. */
export const noBrowser: string | false =
  CHROMIUM !== undefined && existsSync(CHROMIUM)
    ? false
    : `there is no Chromium at ${CHROMIUM ?? "/usr/bin"}; HOLDFAST_TEST_CHROMIUM names another`;

export const launch = (): Promise<Browser> => chromium.launch({ executablePath: CHROMIUM ?? "", args: ARGS });

export interface Look {
  readonly theme?: "light" | "dark";
  readonly width?: number;
  readonly height?: number;
}

export interface Watched {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What went wrong since the last call; empty when nothing did. */
  problems(): string[];
  close(): Promise<void>;
}

/** The web interface as users have it; `npm test` has built it before, a single file run may not have. */
export function buildWeb(): void {
  const root = join(import.meta.dirname, "..", "..");
  const packed = process.env["HOLDFAST_TEST_PACKED"] ?? "";
  if (packed !== "" || existsSync(join(root, "packages", "web", "dist", "index.html"))) return;
  const vite = join(root, "node_modules", "vite", "bin", "vite.js");
  const built = spawnSync(process.execPath, [vite, "build", "packages/web", "--logLevel", "warn"], {
    cwd: root,
    encoding: "utf8",
  });
  assert.equal(built.status, 0, built.stderr);
}

export async function open(browser: Browser, server: RunningServer, look: Look = {}): Promise<Watched> {
  const context = await browser.newContext({
    baseURL: server.url,
    viewport: { width: look.width ?? 1440, height: look.height ?? 900 },
    colorScheme: look.theme ?? "light",
    reducedMotion: "reduce",
    timezoneId: "Europe/Berlin",
  });
  const page = steady(await context.newPage());
  page.setDefaultTimeout(20_000);
  let found: string[] = [];
  const origin = new URL(server.url).origin;
  page.on("console", (message) => {
    // The browser itself reports that nobody is logged in yet; that answer is meant.
    if (message.type() !== "error" || /status of 401|net::ERR_NETWORK_CHANGED/.test(message.text())) return;
    found.push(`console: ${message.text()} ${message.location().url}`);
  });
  page.on("pageerror", (error) => found.push(`script error: ${error.message}`));
  page.on("dialog", (dialog) => {
    found.push(`a dialog was opened: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (asked) => {
    const address = new URL(asked.url());
    if (address.protocol.startsWith("http") && address.origin !== origin) found.push(`request to ${address.origin}`);
  });
  await page.exposeFunction("holdfastExecuted", (what: string) => void found.push(`executed: ${what}`));
  await page.exposeFunction("holdfastReported", (what: string) => void found.push(`policy report: ${what}`));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      const report = (window as unknown as { holdfastReported(what: string): void }).holdfastReported;
      report(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
    });
  });
  return {
    page,
    context,
    problems: () => {
      const now = found;
      found = [];
      return now;
    },
    close: () => context.close(),
  };
}

const MOST_TRIES = 20;
/** The page that Chromium shows instead, or its own next try, can come in between. */
const CUT = /net::ERR_NETWORK_CHANGED|interrupted by another navigation/;

/** Chromium cuts all its connections when a network interface of the machine comes or goes, which tests beside this one do, and it has
 *  no switch against that. What was cut while a page was loading is loaded again; what the page asks later, it asks again itself. */
function steady(page: Page): Page {
  let cut = false;
  page.on("requestfailed", (asked) => {
    cut ||= asked.failure()?.errorText === "net::ERR_NETWORK_CHANGED";
  });
  const whole = async <T>(load: () => Promise<T>): Promise<T> => {
    for (let tries = 1; ; tries += 1) {
      cut = false;
      try {
        const answer = await load();
        if (!cut || tries === MOST_TRIES) return answer;
      } catch (error) {
        if (!CUT.test(String(error)) || tries === MOST_TRIES) throw error;
      }
    }
  };
  const goto = page.goto.bind(page);
  const reload = page.reload.bind(page);
  page.goto = (...given) => whole(() => goto(...given));
  page.reload = (...given) => whole(() => reload(...given));
  return page;
}

export async function logIn(
  watched: Watched,
  server: RunningServer,
  who: { user?: string; password?: string } = {},
): Promise<void> {
  const { page } = watched;
  await page.goto("/");
  await page.getByLabel("User").fill(who.user ?? server.user);
  await page.getByLabel("Password").fill(who.password ?? server.password);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("navigation", { name: "Pages" }).waitFor();
}

/** Opens a page and waits until it shows data, not a skeleton. */
export async function goTo(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await settled(page);
}

export async function settled(page: Page): Promise<void> {
  await page.locator("main h1").first().waitFor();
  await page.waitForFunction(
    () => document.querySelector(".skeleton") === null && document.querySelector("[aria-busy=true]") === null,
  );
}

/** Nothing serious, and nothing critical, on what is shown now. */
export async function accessible(page: Page, where: string): Promise<void> {
  await looked(axe(page).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]), where);
  await fits(page, where);
}

/** A window that does not scroll is scrolled all the same by the focus, when something lies below it; and then shows nothing. */
async function fits(page: Page, where: string): Promise<void> {
  const over = await page.evaluate(() => {
    const { scrollHeight, scrollWidth } = document.documentElement;
    return getComputedStyle(document.body).overflow === "hidden"
      ? [scrollHeight - window.innerHeight, scrollWidth - window.innerWidth]
      : [0, 0];
  });
  assert.ok(
    over.every((pixels) => pixels <= 0),
    `${where} lies over the window by ${over.join(" and ")} pixels`,
  );
}

/** The same for the other theme of a page that was looked at in one: only colours differ. */
export async function accessibleIn(theme: "light" | "dark", page: Page, where: string): Promise<void> {
  await page.emulateMedia({ colorScheme: theme });
  await looked(axe(page).withRules(["color-contrast", "link-in-text-block"]), `${where} in ${theme}`);
}

/** Within the page: the other mode opens a second one for each answer, which only pages with frames of other hosts need. */
const axe = (page: Page): AxeBuilder =>
  new AxeBuilder({ page }).setLegacyMode(true).options({ resultTypes: ["violations"] });

async function looked(builder: AxeBuilder, where: string): Promise<void> {
  const { violations } = await builder.analyze();
  const serious = violations.filter((one) => one.impact === "serious" || one.impact === "critical");
  assert.deepEqual(
    serious.map((one) => `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`),
    [],
    `axe on ${where}`,
  );
}

export interface Api {
  get<T>(path: string): Promise<T>;
  send<T>(method: "POST" | "PUT" | "PATCH" | "DELETE", path: string, body: unknown): Promise<T>;
  /** NDJSON of one source, acknowledged. */
  ingest(key: string, records: readonly unknown[]): Promise<void>;
}

/** The API with the token of this machine's command line: to prepare what a test then looks at. */
export async function apiOf(server: RunningServer): Promise<Api> {
  const context = await request.newContext({
    baseURL: server.url,
    extraHTTPHeaders: { authorization: `Bearer ${server.token}` },
  });
  const done = async <T>(answer: Awaited<ReturnType<typeof context.fetch>>): Promise<T> => {
    assert.ok(answer.ok(), `${answer.url()}: ${answer.status()} ${await answer.text()}`);
    return (await answer.json()) as T;
  };
  return {
    get: async (path) => done(await context.get(path)),
    send: async (method, path, body) => done(await context.fetch(path, { method, data: body })),
    ingest: async (key, records) => {
      const answer = await context.post("/api/ingest/events", {
        headers: { authorization: `Bearer ${key}`, "content-type": "application/x-ndjson" },
        data: records.map((record) => JSON.stringify(record)).join("\n"),
      });
      assert.ok(answer.ok(), `${answer.status()} ${await answer.text()}`);
    },
  };
}

/** Asks again until the answer is as wanted. */
export async function until<T>(
  what: string,
  ask: () => Promise<T>,
  wanted: (answer: T) => boolean,
  withinMs = 60_000,
): Promise<T> {
  const end = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    assert.ok(
      performance.now() < end,
      `${what}: not within ${withinMs / 1000} s; last ${JSON.stringify(answer).slice(0, 400)}`,
    );
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}
