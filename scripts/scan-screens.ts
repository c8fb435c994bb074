/** scan-screens: pictures of `holdfast scan` for docs/screens: its report in light and dark, and the terminal. They show recorded
 *  attacks with the rules of SigmaHQ, so they are renewed only where HOLDFAST_TEST_DATA has both. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { stripVTControlCharacters } from "node:util";
import type { Browser } from "playwright-core";

const root = join(import.meta.dirname, "..");
const data = process.env["HOLDFAST_TEST_DATA"] ?? join(root, "../shared/data");
const COLUMNS = 132;

/** @param wanted whether the picture of this name is asked for. */
export async function scanScreens(browser: Browser, target: string, wanted: (file: string) => boolean): Promise<void> {
  const files = ["scan-report-light.png", "scan-report-dark.png", "scan-details-light.png", "scan-terminal-dark.png"];
  if (!files.some(wanted)) return;
  const lanes = join(data, "lanes");
  const lane = existsSync(lanes) ? readdirSync(lanes).find((name) => name.startsWith("d4")) : undefined;
  if (lane === undefined || !existsSync(join(data, "sigma", "rules"))) {
    console.log(`no pictures of scan: HOLDFAST_TEST_DATA has no lane d4 or no rules`);
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), "holdfast-screens-scan-"));
  try {
    const args = ["scan", lane, "--rules", "../sigma/rules"];
    const report = join(folder, "report.html");
    holdfast([...args, "--format", "html", "--output", report], lanes);
    for (const theme of ["light", "dark"] as const) {
      const file = `scan-report-${theme}.png`;
      if (wanted(file)) await shoot(browser, { page: report, theme, height: 1500, path: join(target, file) });
    }
    const details = "scan-details-light.png";
    if (wanted(details)) {
      await shoot(browser, { page: report, theme: "light", height: 1000, path: join(target, details), open: 1 });
    }
    const terminal = "scan-terminal-dark.png";
    if (wanted(terminal)) {
      const page = join(folder, "terminal.html");
      writeFileSync(page, terminalPage(onTerminal([...args, "--min-level", "high", "--timeline"], lanes)));
      await shoot(browser, { page, theme: "dark", height: 1640, path: join(target, terminal) });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Picture {
  readonly page: string;
  readonly theme: "light" | "dark";
  readonly height: number;
  readonly path: string;
  /** Number of the rule that is opened and shown. */
  readonly open?: number;
}

async function shoot(browser: Browser, { page: file, theme, height, path, open }: Picture): Promise<void> {
  const context = await browser.newContext({ viewport: { width: 1280, height }, colorScheme: theme });
  const page = await context.newPage();
  await page.goto(pathToFileURL(file).href);
  if (open !== undefined) {
    const rule = page.locator("details.rule").nth(open);
    await rule.locator("summary").click();
    await rule.scrollIntoViewIfNeeded();
    await page.mouse.move(0, 0);
    await rule.evaluate((element) => element.scrollIntoView({ block: "start" }));
    await page.mouse.wheel(0, -330);
    await page.waitForTimeout(300);
  }
  await page.screenshot({ path });
  console.log(relative(join(root, "docs", "screens"), path));
  await context.close();
}

const command = (args: readonly string[]): string[] => [
  "--disable-warning=ExperimentalWarning",
  join(root, "packages/cli/src/main.ts"),
  ...args,
];

function holdfast(args: readonly string[], cwd: string): void {
  const { status, stderr } = spawnSync(process.execPath, command(args), { cwd, encoding: "utf8" });
  if (status !== 0 && status !== 1) throw new Error(`scan ended with ${status}: ${stderr}`);
}

/** What a terminal of a fixed width is given. */
function onTerminal(args: readonly string[], cwd: string): string {
  const quoted = [process.execPath, ...command(args)].map((text) => `'${text}'`).join(" ");
  const shell = `stty cols ${COLUMNS} rows 50; ${quoted} 2>/dev/null`;
  const run = spawnSync("script", ["-qec", shell, "/dev/null"], {
    cwd,
    encoding: "utf8",
    maxBuffer: 64 << 20,
    env: { ...process.env, TERM: "xterm-256color" },
  });
  if (run.error !== undefined) throw new Error("the terminal picture needs the command `script` (util-linux)");
  return run.stdout.replaceAll("\r", "");
}

const ROWS_BEFORE = 14;
const ROWS_AFTER = 64;
const COLOURS: Readonly<Record<string, string>> = { 1: "b", 2: "dim", 31: "red", 33: "yellow", 34: "blue" };

/** The first rows and the end, as a terminal shows them. */
function terminalPage(text: string): string {
  const lines = text.trimEnd().split("\n");
  const sums = lines.findIndex((line) => stripVTControlCharacters(line) === "Rules");
  const rules = lines.slice(sums, sums + 16);
  const rest = lines.slice(lines.findIndex((line) => stripVTControlCharacters(line) === "Hosts"));
  const shown = [...lines.slice(0, ROWS_BEFORE), "…", "", ...rules, "…", "", ...rest.slice(0, ROWS_AFTER)];
  const marked = shown.map(markedLine).join("\n");
  return `<!doctype html><meta charset="utf-8"><style>body{margin:0;background:#0e1114;color:#c6cdd5}pre{margin:28px 32px;font:13px/18px "JetBrains Mono",ui-monospace,"DejaVu Sans Mono",monospace}.b{font-weight:700;color:#eff2f5}.dim{color:#79838e}.red{color:#ff7d7a}.b.red,.b .red,.red .b{color:#ff7d7a}.yellow{color:#e0bd4c}.blue{color:#90b6f7}</style><pre><span class="dim">$</span> holdfast scan d4-evtx-attack-samples.tar.gz --rules sigma/rules --min-level high --timeline\n${marked}</pre>`;
}

function markedLine(line: string): string {
  let open = 0;
  const text = line
    .replaceAll(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`)
    .replaceAll(/\u001b\[(\d+)m/g, (_, code: string) => {
      const name = COLOURS[code];
      if (name !== undefined) {
        open += 1;
        return `<span class="${name}">`;
      }
      if (open === 0) return "";
      open -= 1;
      return "</span>";
    });
  return text + "</span>".repeat(open);
}
