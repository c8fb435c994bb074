/** import: the command itself as a process: against a real server that it starts and stops, within its memory, with its exit
 *  codes and its one line of JSON. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { loadConfig } from "@holdfast/server/config";
import { searchRoutes } from "@holdfast/contracts/search";
import { startHoldfast } from "@holdfast/server";
import { createClient } from "../client.ts";
import { startIngestDouble } from "../import/ingest-double.testing.ts";

const MAIN = join(import.meta.dirname, "../main.ts");
let folder = "";
before(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-import-"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Most resident memory in bytes; undefined where the system does not tell. */
  readonly memory: number | undefined;
}

const holdfast = (args: readonly string[], input = ""): Promise<Ended> => ended([MAIN, ...args], input);

/** The command without the others, which load a whole server. */
const ALONE = `
  const [{ Command }, { addImport }, { createOutput }] = await Promise.all(${JSON.stringify(
    ["commander", "./import.ts", "../output.ts"].map((name) => import.meta.resolve(name)),
  )}.map((url) => import(url)));
  const program = new Command().option("--url <url>").option("--token <token>");
  addImport(program, createOutput());
  await program.parseAsync(process.argv.slice(1), { from: "user" });
`;

async function ended(args: readonly string[], input: string): Promise<Ended> {
  const child = spawn(process.execPath, args, { cwd: folder, stdio: "pipe" });
  let stdout = "";
  let stderr = "";
  let memory: number | undefined;
  child.stdout.on("data", (text: Buffer) => (stdout += text.toString()));
  child.stderr.on("data", (text: Buffer) => (stderr += text.toString()));
  child.stdin.end(input);
  const watch = setInterval(() => {
    memory = highWater(child.pid) ?? memory;
  }, 50);
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  clearInterval(watch);
  return { code, stdout, stderr, memory };
}

function highWater(pid: number | undefined): number | undefined {
  try {
    const kib = /VmHWM:\s*(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kib === undefined ? undefined : Number(kib) * 1024;
  } catch {
    return undefined;
  }
}

const lastLine = (text: string): unknown => JSON.parse(text.trimEnd().split("\n").at(-1) ?? "");

test("300 MB of NDJSON pass through less than 300 MB of memory", {
  skip: existsSync("/proc/self/status") ? false : "needs /proc",
}, async () => {
  const path = join(folder, "large.ndjson");
  const stream = createWriteStream(path);
  const line = `{"time":"2026-01-01T00:00:00Z","message":"${"x".repeat(400)}","n":`;
  const group = 1_000;
  let records = 0;
  for (let bytes = 0; bytes < 300_000_000; records += group) {
    const text = Array.from({ length: group }, (_, index) => `${line}${records + index}}\n`).join("");
    bytes += text.length;
    if (!stream.write(text)) await once(stream, "drain");
  }
  stream.end();
  await finished(stream);
  const server = await startIngestDouble();
  server.keep = false;
  try {
    const args = ["--url", server.url, "--token", "t", "import", path, "--json"];
    const { code, stdout, stderr, memory } = await ended(["--input-type=module", "-e", ALONE, "--", ...args], "");
    assert.equal(code, 0, stderr);
    assert.deepEqual(lastLine(stdout), {
      read: records,
      stored: records,
      quarantined: 0,
      duplicates: 0,
      files: 1,
      errors: [],
    });
    assert.equal(server.records, records);
    assert.ok(memory !== undefined && memory < 300 * 1024 * 1024, `${(memory ?? 0) >> 20} MiB`);
  } finally {
    await server.close();
    rmSync(path);
  }
});

test("standard input, a bad file and wrong usage: exit codes, one line of JSON, a sentence otherwise", async () => {
  const server = await startIngestDouble();
  const to = ["--url", server.url, "--token", "t", "import"];
  try {
    const piped = await holdfast([...to, "-", "--json"], "one\ntwo\n");
    assert.equal(piped.code, 0, piped.stderr);
    assert.equal(piped.stdout, '{"read":2,"stored":2,"quarantined":0,"duplicates":0,"files":1,"errors":[]}\n');
    assert.deepEqual([...server.files.values()], [{ path: "standard input", records: ["one", "two"] }]);
    const bad = await holdfast([...to, "missing.log", "-"], "three\n");
    assert.equal(bad.code, 1);
    assert.match(bad.stderr, /missing\.log: there is no such file or folder; check the path\./);
    assert.equal(
      bad.stdout,
      "1 record read from 1 file, 1 stored, 0 quarantined, 0 known already; 1 problem, see above.\n",
    );
    const wrong = await holdfast([...to, "-", "--format", "xml"]);
    assert.deepEqual([wrong.code, wrong.stdout], [2, ""]);
    assert.match(wrong.stderr, /There is no format "xml"\. Formats: auto, ndjson, json, lines, evtx\./);
    assert.equal((await holdfast(to)).code, 2);
  } finally {
    await server.close();
  }
});

test("without a server one is started for the import; its records are searchable, once, as they were written", async () => {
  const home = join(folder, "a home");
  const evidence = join(folder, "evidence");
  mkdirSync(home, { mode: 0o700 });
  mkdirSync(evidence);
  // What a killed server leaves behind: an address where nobody is.
  writeFileSync(join(home, "cli.json"), '{"url":"http://127.0.0.1:9","token":"old","pid":1}');
  const now = Date.now();
  const records = Array.from(
    { length: 250 },
    (_, n) =>
      `{"@timestamp":"${new Date(now - 60_000 - n * 1000).toISOString()}","marker":"quince","n":${n},"big":12345678901234567${n}}`,
  );
  writeFileSync(join(evidence, "a.ndjson"), records.slice(0, 100).join("\n"));
  writeFileSync(join(evidence, "b.json.gz"), gzipSync(`[${records.slice(100).join(",\n")}]`));
  writeFileSync(join(evidence, "broken.gz"), gzipSync("x".repeat(1000)).subarray(0, 15));
  const first = await holdfast(["--home", home, "import", evidence, "--json"]);
  assert.equal(first.code, 1, first.stderr);
  assert.match(first.stderr, /No server is running on this home: starting one/);
  assert.match(first.stderr, /Login: admin \/ \S+/);
  const { errors, ...counts } = lastLine(first.stdout) as { errors: { path: string }[] };
  assert.deepEqual(counts, { read: 250, stored: 250, quarantined: 0, duplicates: 0, files: 2 });
  assert.deepEqual(
    errors.map(({ path }) => path),
    [join(evidence, "broken.gz")],
  );
  assert.ok(!existsSync(join(home, "cli.json")), "the server was stopped");

  const flags = { home, "http.port": 0, "syslog.udp.port": 0, "syslog.tcp.port": 0, "log.level": "silent" };
  const running = await startHoldfast({ loaded: loadConfig({ flags, env: {} }) });
  try {
    // Now it talks to the server that runs.
    const second = await holdfast([
      "--home",
      home,
      "import",
      join(evidence, "a.ndjson"),
      join(evidence, "b.json.gz"),
      "--json",
    ]);
    assert.equal(second.code, 0, second.stderr);
    assert.doesNotMatch(second.stderr, /starting one/);
    assert.deepEqual(lastLine(second.stdout), {
      read: 250,
      stored: 0,
      quarantined: 0,
      duplicates: 250,
      files: 2,
      errors: [],
    });
    const client = createClient(running);
    const body = { query: "quince | fields raw", from: "now-1d", to: "now", limit: 1000 };
    const { columns, rows } = await client.call(searchRoutes.search, { body });
    const raw = columns.findIndex(({ name }) => name === "raw");
    assert.deepEqual(rows.map((row) => row[raw]).sort(), [...records].sort());
  } finally {
    await running.stop();
  }
});
