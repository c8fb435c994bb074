/** scan: the command as a process: exit codes, pipes, an interruption, memory, and what goes to which stream. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { logon, ruleText } from "../scan/scan.testing.ts";

const MAIN = join(import.meta.dirname, "../main.ts");
let folder = "";
before(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-scan-"));
  mkdirSync(join(folder, "rules"));
  writeFileSync(join(folder, "rules", "failed.yml"), ruleText(1, "{ EventID: 4625 }"));
  writeFileSync(join(folder, "logs.ndjson"), `${logon(1)}\n${logon(2)}\n`);
});
after(() => rmSync(folder, { recursive: true, force: true }));

const holdfast = (args: readonly string[], input = "") => {
  const run = spawnSync(process.execPath, [MAIN, "scan", ...args], { cwd: folder, input, encoding: "utf8" });
  return { code: run.status, stdout: run.stdout, stderr: run.stderr };
};
const start = (args: readonly string[]) =>
  spawn(process.execPath, [MAIN, "scan", ...args], { cwd: folder, stdio: "pipe" });

test("done is 0, not all read or loaded is 1, wrong usage is 2 with what to do", () => {
  const done = holdfast(["logs.ndjson", "--rules", "rules"]);
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stdout, /^time \(UTC\) +level +host +rule/);
  assert.match(done.stdout, /^2 matches: 2 high\.$/m);
  assert.equal(done.stderr, "", "no progress where nobody looks");
  const missing = holdfast(["logs.ndjson", "nowhere", "--rules", "rules", "--format", "ndjson"]);
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /nowhere: there is no such file or folder/);
  for (const [args, message] of [
    [["logs.ndjson", "--rules", "nowhere"], /There are no rules at nowhere/],
    [["logs.ndjson", "--format", "pdf"], /There is no format "pdf". Known: table, json/],
    [["logs.ndjson", "--since", "yesterday"], /--since "yesterday" is no time/],
    [["logs.ndjson", "--workers", "0"], /--workers "0" is no number of threads/],
    [["logs.ndjson", "--logsource", "x"], /--logsource "x" is no log source/],
    [["logs.ndjson", "--rules", "rules", "--output", "no/such/folder"], /cannot be written to no\/such\/folder/],
    [[], /missing required argument/],
  ] as const) {
    const wrong = holdfast(args);
    assert.deepEqual([wrong.code, wrong.stdout], [2, ""], args.join(" "));
    assert.match(wrong.stderr, message);
  }
});

test("without --rules the rules that come with Holdfast are used; standard input streams", () => {
  const { code, stdout, stderr } = holdfast(["-", "--json"], `${logon(1)}\n`);
  assert.equal(code, 0, stderr);
  const { summary } = JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as { summary: Record<string, unknown> };
  assert.ok(Number(summary["rules_loaded"]) > 50);
  assert.deepEqual([summary["files"], summary["records"], summary["rules_skipped"]], [1, 1, 0]);
});

test("a result in a file leaves standard output alone", () => {
  const { code, stdout, stderr } = holdfast(["logs.ndjson", "-r", "rules", "-f", "html", "-o", "report.html"]);
  assert.deepEqual([code, stdout], [0, ""]);
  assert.match(stderr, /Written to report\.html\./);
  assert.match(readFileSync(join(folder, "report.html"), "utf8"), /^<!doctype html>/);
});

test("results come while the input is still being written; Ctrl-C ends it with what there is and 130", async () => {
  const child = start(["-", "--rules", "rules", "--format", "ndjson", "--input-format", "ndjson"]);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  child.stdin.on("error", () => {});
  // A block is matched when it is full: until then the input flows.
  const feed = setInterval(() => {
    if (!child.stdin.writableNeedDrain) child.stdin.write(`${logon(1)}\n`.repeat(500));
  }, 5);
  const first = JSON.parse(String((await lines.next()).value)) as Record<string, unknown>;
  assert.equal(first["record"], 1);
  child.kill("SIGINT");
  let last = "";
  for (let line = await lines.next(); line.done !== true; line = await lines.next()) last = String(line.value);
  clearInterval(feed);
  const [code] = child.exitCode === null ? ((await once(child, "exit")) as [number]) : [child.exitCode];
  assert.equal(code, 130);
  const { summary } = JSON.parse(last) as { summary: Record<string, unknown> };
  assert.equal(summary["interrupted"], true);
  assert.ok(Number(summary["matches"]) >= 500);
});

test("a reader that leaves ends it without a word", async () => {
  const child = start(["logs.ndjson", "--rules", "rules", "--format", "ndjson"]);
  child.stdout.destroy();
  let stderr = "";
  child.stderr.on("data", (text: Buffer) => (stderr += text.toString()));
  const [code] = (await once(child, "close")) as [number];
  assert.equal(code, 0, stderr);
  assert.doesNotMatch(stderr, /EPIPE|Error/);
});

test("memory does not follow the size of the input", {
  skip: existsSync("/proc/self/status") ? false : "needs /proc",
}, async () => {
  const path = join(folder, "large.ndjson");
  const group = Array.from({ length: 1_000 }, (_, i) =>
    i === 500 ? logon(1) : JSON.stringify({ time: "2026-01-01T00:00:00Z", message: "x".repeat(900), i }),
  ).join("\n");
  for (let i = 0; i < 150; i += 1) appendFileSync(path, `${group}\n`);
  const child = start([path, "--rules", "rules", "--summary", "--workers", "1"]);
  let memory = 0;
  const watch = setInterval(() => {
    memory = Math.max(memory, highWater(child.pid));
  }, 50);
  let stdout = "";
  child.stdout.on("data", (text: Buffer) => (stdout += text.toString()));
  const [code] = (await once(child, "close")) as [number];
  clearInterval(watch);
  rmSync(path);
  assert.equal(code, 0);
  assert.match(stdout, /150,000 records/);
  assert.match(stdout, /150 matches/);
  assert.ok(memory > 0 && memory < 450, `${memory} MiB`);
});

function highWater(pid: number | undefined): number {
  try {
    return Number(/VmHWM:\s*(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
