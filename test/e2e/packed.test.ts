/** packed.test: what people install is what we tested: the tarball is built, installed into an empty folder and run from there. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { eventLog } from "../../packages/cli/src/scan/event-log.testing.ts";

const root = join(import.meta.dirname, "..", "..");
const place = mkdtempSync(join(tmpdir(), "holdfast-packed-"));
const bin = join(place, "node_modules", ".bin", "holdfast");
const home = join(place, "a home with spaces");

before(() => {
  const built = spawnSync(process.execPath, [join(root, "scripts", "build.ts")], { cwd: root, encoding: "utf8" });
  assert.equal(built.status, 0, built.stderr);
  const tarball = readdirSync(join(root, "build")).find((name) => /^holdfast-\d.*\.tgz$/.test(name));
  assert.ok(tarball, "no tarball was made");
  writeFileSync(join(place, "package.json"), '{"private":true}');
  const installed = spawnSync(
    "npm",
    ["install", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error", join(root, "build", tarball)],
    { cwd: place, encoding: "utf8" },
  );
  assert.equal(installed.status, 0, installed.stderr);
});
after(() => rmSync(place, { recursive: true, force: true }));

const cli = (...args: string[]) => spawnSync(bin, ["--home", home, ...args], { encoding: "utf8" });

test("the installed program scans files on its own threads, without a server", () => {
  writeFileSync(
    join(place, "rule.yml"),
    "title: Failed\nid: 5f0d2c1e-7a7e-4f5b-9f58-2f3f5d6a7b8c\nlogsource: { product: windows, service: security }\ndetection: { s: { EventID: 4625 }, condition: s }\n",
  );
  writeFileSync(
    join(place, "logon.ndjson"),
    '{"Channel":"Security","EventID":4625,"TimeCreated":"2026-03-02T08:15:04Z","Hostname":"pc7"}\n',
  );
  const scanned = cli(
    "scan",
    join(place, "logon.ndjson"),
    "--rules",
    join(place, "rule.yml"),
    "--workers",
    "2",
    "--json",
  );
  assert.equal(scanned.status, 0, scanned.stderr);
  const [match] = scanned.stdout.split("\n");
  assert.equal((JSON.parse(match ?? "") as { host: string }).host, "pc7");
});

test("the installed program starts, takes an event, finds it and stops", async () => {
  const server = spawn(
    bin,
    ["--home", home, "up", "--port", "0", "--syslog-port", "0", "--log-level", "warn", "--json"],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  try {
    const [line] = await Promise.race([
      createInterface({ input: server.stdout })
        [Symbol.asyncIterator]()
        .next()
        .then(({ value }) => [String(value)]),
      new Promise<never>((_, reject) =>
        server.once("exit", (code) => reject(new Error(`the server ended with ${code}`))),
      ),
    ]);
    const { url } = JSON.parse(line ?? "") as { url: string };
    assert.match(await (await fetch(url)).text(), /<div id="root">/);
    writeFileSync(
      join(place, "one.ndjson"),
      `${JSON.stringify({ "@timestamp": new Date().toISOString(), message: "packed and found", host: "pack-1" })}\n`,
    );
    const imported = cli("import", join(place, "one.ndjson"), "--json");
    assert.equal(imported.status, 0, imported.stderr);
    assert.equal((JSON.parse(imported.stdout) as { stored: number }).stored, 1);
    const found = cli("search", "host:pack-1", "--json");
    assert.match(found.stdout, /packed and found/, found.stderr);
    assert.ok((JSON.parse(cli("rules", "--json", "--limit", "1").stdout) as { pack: string }).pack === "starter");
    await addedSourceCounts();
  } finally {
    server.kill("SIGTERM");
    await new Promise((resolve) => server.once("exit", resolve));
  }
  assert.equal(server.exitCode, 0);
});

/** What a script that adds sources relies on. */
async function addedSourceCounts(): Promise<void> {
  for (const kind of ["http", "elasticsearch", "splunk-hec", "otlp", "prometheus", "loki", "gelf", "osquery"]) {
    const { stdout, stderr } = cli("sources", "add", kind, "--name", `by ${kind}`, "--json");
    const added = JSON.parse(stdout || `"${stderr}"`) as Record<string, string>;
    assert.deepEqual(Object.keys(added), ["id", "key", "url", "snippet"], kind);
    assert.ok(
      added["snippet"]?.includes(added["key"] ?? "none") || kind === "osquery",
      `${kind}: its key is in the lines`,
    );
    if (kind !== "http") continue;
    const { id = "", key = "", url = "" } = added;
    const sent = await fetch(url, {
      method: "POST",
      headers: { authorization: `Bearer ${key}` },
      body: '{"message":"one"}',
    });
    assert.equal(sent.status, 200, await sent.text());
    assert.deepEqual(await countsOf(id), { received: 1, stored: 1, quarantined: 0 });
    const line = cli("sources")
      .stdout.split("\n")
      .find((one) => one.startsWith(id));
    assert.match(line ?? "", /being learned\s*$/, "one record says nothing about its rhythm yet");
  }
  const unfinished = cli("sources", "add", "github-audit", "--name", "audit");
  assert.match(unfinished.stderr, /--set organisation=/, "the definitions are part of the package");
  assert.notEqual(unfinished.status, 0);
}

interface Counted {
  readonly id: string;
  readonly received: number;
  readonly stored: number;
  readonly quarantined: number;
}

const UNKNOWN: Counted = { id: "", received: -1, stored: -1, quarantined: -1 };

async function countsOf(id: string): Promise<Omit<Counted, "id">> {
  for (let tries = 0; ; tries += 1) {
    const lines = cli("sources", "--json").stdout.trim().split("\n");
    const all = lines.map((line) => JSON.parse(line) as Counted);
    const { received, stored, quarantined } = all.find((source) => source.id === id) ?? UNKNOWN;
    if (stored > 0 || tries === 60) return { received, stored, quarantined };
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

test("the engine and the reader stand alone: installed by themselves, the example of each read-me runs and type checks", () => {
  const alone = join(place, "alone");
  mkdirSync(alone);
  writeFileSync(join(alone, "package.json"), '{"private":true,"type":"module"}');
  const libraries = readdirSync(join(root, "build")).filter((name) => /^holdfast-(sigma|evtx)-.*\.tgz$/.test(name));
  assert.equal(libraries.length, 2, libraries.join());
  const installed = spawnSync(
    "npm",
    ["install", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"].concat(
      libraries.map((name) => join(root, "build", name)),
    ),
    { cwd: alone, encoding: "utf8" },
  );
  assert.equal(installed.status, 0, installed.stderr);
  assert.deepEqual(readdirSync(join(alone, "node_modules", "@holdfast")).sort(), ["evtx", "sigma"]);
  writeFileSync(
    join(alone, "whoami.yml"),
    "title: Whoami\nlogsource: { product: windows, category: process_creation }\ndetection: { s: { Image|endswith: '\\whoami.exe' }, condition: s }\n",
  );
  const event = { id: 4625, channel: "Security", provider: "Microsoft-Windows-Security-Auditing", computer: "pc7" };
  writeFileSync(
    join(alone, "Security.evtx"),
    eventLog([{ ...event, time: "2026-03-02T08:15:04.2500000Z", data: { TargetUserName: "ida" } }]),
  );
  assert.match(exampleOf("sigma", alone), /^Whoami /);
  assert.match(exampleOf("evtx", alone), /Security 4625 2026-03-02T08:15:04\.2500000Z false/);
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const options = "--noEmit --strict --module nodenext --target es2023 --types node --typeRoots".split(" ");
  const types = [join(root, "node_modules", "@types"), join(alone, "sigma.ts"), join(alone, "evtx.ts")];
  const checked = spawnSync(process.execPath, [tsc, ...options, ...types], { cwd: alone, encoding: "utf8" });
  assert.equal(checked.stdout, "");
});

/** What the example of a library's read-me prints, as it stands there. */
function exampleOf(library: string, folder: string): string {
  const text = readFileSync(join(folder, "node_modules", "@holdfast", library, "README.md"), "utf8");
  const [, example = ""] = /```ts\n(.*?)```/s.exec(text) ?? [];
  const lines = example.split("\n").filter((line) => line.trim() !== "").length;
  assert.ok(lines > 4 && lines <= 12, `${library}: an example of ${lines} lines`);
  writeFileSync(join(folder, `${library}.ts`), example);
  const ran = spawnSync(process.execPath, [`${library}.ts`], { cwd: folder, encoding: "utf8" });
  assert.equal(ran.status, 0, ran.stderr);
  return ran.stdout;
}
