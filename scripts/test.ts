/** test: `npm test`: the checks, then every test file, on engines that are started once. Ends with one line that counts.
 *  HOLDFAST_TEST_REQUIRE=all makes a skipped test a failure; `--only <text>` runs the files whose path contains it.
 *  A file that failed is run once more, alone; one that passes then is named as unsteady, and a few of them are a failure. */
import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { execFile, spawnSync } from "node:child_process";
import { run } from "node:test";
import { startTestEngines } from "./test-engines.ts";
import { inLanes } from "./test-lanes.ts";

const root = join(import.meta.dirname, "..");
const requireAll = process.env["HOLDFAST_TEST_REQUIRE"] === "all";
const only = process.argv.includes("--only") ? (process.argv[process.argv.indexOf("--only") + 1] ?? "") : "";
/** A file that runs longer than this hangs. */
const FILE_LIMIT_MS = 10 * 60_000;

/** More than these are no accident of a busy machine. */
const UNSTEADY_LIMIT = 3;

interface Tally {
  passed: number;
  readonly failures: string[];
  readonly skips: string[];
}

/** What the checks and the runner itself found. */
const outside: Tally = { passed: 0, failures: [], skips: [] };
const tallies = new Map<string, Tally>();

const data = process.env["HOLDFAST_TEST_DATA"] ?? join(root, "..", "shared", "data");
if (existsSync(data)) process.env["HOLDFAST_TEST_DATA"] = data;
else if (requireAll) fail(`The test data is not at ${relative(root, data)}; HOLDFAST_TEST_DATA names another folder.`);

const files = testFiles();
if (files.length === 0) fail(`No test file's path contains "${only}".`);
let shown = 0;
const engines = await startTestEngines();
const unsteady: string[] = [];
try {
  const checked = only === "" ? checks() : Promise.resolve();
  await inLanes(files, runFile);
  await checked;
  for (const [file, first] of failed()) {
    console.log(`\nonce more, alone: ${file}, after\n${first.failures.join("\n")}`);
    tallies.delete(file);
    await runFile(file);
    if (tallies.get(file)?.failures.length === 0) unsteady.push(file);
  }
} finally {
  await engines.stop();
}
if (unsteady.length > UNSTEADY_LIMIT) fail(`${unsteady.length} files passed only when they were run once more.`);
const all = [outside, ...tallies.values()];
const skips = all.flatMap((tally) => tally.skips);
const failures = all.flatMap((tally) => tally.failures);
const passed = all.reduce((sum, tally) => sum + tally.passed, 0);
for (const text of skips) console.log(`skipped: ${text}`);
for (const file of unsteady) console.log(`unsteady: ${file} failed, and passed when it was run once more, alone`);
for (const text of failures) console.log(`\nFAILED: ${text}`);
if (requireAll && skips.length > 0)
  console.log(`\nNothing may be skipped here (HOLDFAST_TEST_REQUIRE=all): ${skips.length} count as failed.`);
const failedInAll = failures.length + (requireAll ? skips.length : 0);
console.log(`\n${passed} passed, ${failedInAll} failed, ${requireAll ? 0 : skips.length} skipped`);
process.exit(failedInAll === 0 ? 0 : 1);

function failed(): [string, Tally][] {
  return [...tallies].filter(([, tally]) => tally.failures.length > 0);
}

/** Beside the first files. */
async function checks(): Promise<void> {
  const { stdout, stderr } = await new Promise<{ stdout: string; stderr: string }>((resolve) => {
    const options = { cwd: root, maxBuffer: 64 << 20 };
    // It ends with 1 when a check failed; the lines say which.
    execFile(process.execPath, [join(root, "scripts/check.ts")], options, (_, stdout, stderr) =>
      resolve({ stdout, stderr }),
    );
  });
  process.stdout.write(stdout);
  for (const line of stdout.split("\n")) {
    if (line.startsWith("ok ")) outside.passed += 1;
    if (line.startsWith("FAIL ")) fail(`check${line.slice(4)}`);
  }
  if (!/checks: \d+ passed/.test(stdout)) fail(`The checks ended without a count: ${stderr}`);
}

function testFiles(): string[] {
  const listed = spawnSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.test.ts"], {
    cwd: root,
    encoding: "utf8",
  });
  return listed.stdout
    .split("\n")
    .filter((path) => path !== "" && path.includes(only) && existsSync(join(root, path)))
    .sort();
}

async function runFile(path: string): Promise<void> {
  const stream = run({
    files: [join(root, path)],
    timeout: FILE_LIMIT_MS,
    isolation: "process",
    execArgv: ["--disable-warning=ExperimentalWarning"],
  });
  stream.on("test:pass", (event) => {
    if (isFile(event) || event.details.type === "suite") return;
    const tally = tallyOf(event);
    if (event.skip !== undefined && event.skip !== false)
      tally.skips.push(`${place(event)}: ${event.name}${typeof event.skip === "string" ? ` (${event.skip})` : ""}`);
    else tally.passed += 1;
  });
  stream.on("test:fail", (event) => {
    // A file fails with its tests; it counts for itself only when none of them says why.
    if (event.details.type === "suite" || (isFile(event) && event.details.error.message.includes("subtest"))) return;
    const { error } = event.details;
    const cause =
      error.cause instanceof Error ? (error.cause.stack ?? error.cause.message) : String(error.cause ?? error.message);
    tallyOf(event).failures.push(`${place(event)}: ${event.name}\n${cause}`);
  });
  stream.on("test:complete", (event) => {
    if (!isFile(event)) return;
    shown = Math.min(shown + 1, files.length);
    console.log(`[${shown}/${files.length}] ${place(event)} (${(event.details.duration_ms / 1000).toFixed(1)} s)`);
  });
  stream.on("test:stderr", ({ message }) => process.stderr.write(message));
  await new Promise<void>((resolve, reject) => {
    stream.once("error", reject);
    stream.once("end", resolve);
    stream.resume();
  });
}

interface Place {
  readonly file?: string | undefined;
  readonly name: string;
  readonly nesting: number;
}

/** Of the file that was run; a test can stand in another one, as the contracts do. */
function tallyOf(event: Place & { readonly entryFile?: string | undefined }): Tally {
  const file = relative(root, event.entryFile ?? event.file ?? event.name);
  const tally = tallies.get(file) ?? { passed: 0, failures: [], skips: [] };
  tallies.set(file, tally);
  return tally;
}

/** With process isolation each file is itself reported as a test whose name is its path. */
function isFile(event: Place): boolean {
  return event.nesting === 0 && event.name.endsWith(".test.ts");
}

function place(event: Place): string {
  return relative(root, event.file ?? event.name);
}

function fail(text: string): void {
  outside.failures.push(text);
}
