// bootstrap: the first thing every npm script runs. It works on any Node that can run npm (14 and later), installs what the
// lockfile names when that has not been done yet, and hands over to Node 24 from node_modules.
// It exists so that `npm run demo` and `npm test` need nothing but npm and git on a fresh machine.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const stamp = join(root, "node_modules", ".holdfast-installed");
const TARGETS = {
  demo: ["packages/cli/src/main.ts", "demo"],
  holdfast: ["packages/cli/src/main.ts"],
  test: ["scripts/test.ts"],
  check: ["scripts/check.ts"],
  gen: ["scripts/gen-catalog.mjs"],
  build: ["scripts/build.ts"],
  bench: ["bench/main.ts"],
  screenshots: ["scripts/screenshots.ts"],
  lab: ["scripts/lab.ts"],
};

const [name, ...args] = process.argv.slice(2);
const target = TARGETS[name];
if (target === undefined)
  fail(`"${name}" is not a command of this repository. Known: ${Object.keys(TARGETS).join(", ")}.`);
requirePlatform();
install();
const node = join(root, "node_modules", ".bin", "node");
if (!existsSync(node)) {
  fail(
    "Node 24 is not in node_modules although the packages are installed. Install scripts may be switched off: " +
      "run `npm ci --ignore-scripts=false` (the package `node` places the binary in its install script), then try again.",
  );
}
if (
  ["demo", "test", "screenshots", "lab"].includes(name) ||
  (name === "holdfast" && ["up", "demo"].some((command) => args.includes(command)))
)
  buildWeb();
const [entry, ...fixed] = target;
// `npm run -s x -- --flag` and `npm test -- --flag` arrive here unchanged.
const run = spawn(node, ["--disable-warning=ExperimentalWarning", join(root, entry), ...fixed, ...args], {
  stdio: "inherit",
  // The caller's folder, so that paths on the command line mean what the person typed.
  cwd: name === "holdfast" || name === "demo" ? (process.env.INIT_CWD ?? process.cwd()) : root,
  env: {
    // Compiling the sources takes longer than the rest of a start; what was compiled is kept beside them.
    NODE_COMPILE_CACHE: join(root, ".cache", "compiled"),
    ...process.env,
    PATH: `${join(root, "node_modules", ".bin")}${process.platform === "win32" ? ";" : ":"}${process.env.PATH ?? ""}`,
  },
});
run.on("error", (error) => fail(`Node 24 could not be started: ${error.message}`));
run.on("exit", (code) => {
  process.exitCode = code ?? 1;
});
// Who stops this process means the program: it gets the signal, and this one stays until it has ended in good order. Ctrl-C
// reaches the whole group by itself.
process.on("SIGINT", () => {});
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => run.kill(signal));

function install() {
  const wanted = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  process.stderr.write("Installing packages (once; about 1.1 GB, half of it the embedded event store) …\n");
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  // Not `npm ci`: it refuses a lockfile that does not list the optional binaries of every other platform. This keeps to the
  // versions of the lockfile all the same, and writes nothing.
  const result = spawnSync(npm, ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
  });
  if (result.error !== undefined) fail(`npm could not be started: ${result.error.message}. Install npm and try again.`);
  if (result.status !== 0) {
    fail(
      "npm could not install the packages; its message stands above. Usual causes: no way to the package registry, or less than 2 GB of free disk.",
    );
  }
  mkdirSync(join(root, "node_modules"), { recursive: true });
  writeFileSync(stamp, wanted);
}

/** The web interface is built when its sources are newer than the last build (about ten seconds). */
function buildWeb() {
  const built = join(root, "packages", "web", "dist", "index.html");
  const sources = [
    "packages/web/src",
    "packages/web/index.html",
    "packages/web/vite.config.ts",
    "packages/contracts/src",
  ].map((path) => join(root, path));
  if (existsSync(built) && sources.every((path) => newest(path) <= statSync(built).mtimeMs)) return;
  process.stderr.write("Building the web interface …\n");
  const result = spawnSync(
    node,
    [join(root, "node_modules", "vite", "bin", "vite.js"), "build", "packages/web", "--logLevel", "warn"],
    { cwd: root, stdio: ["ignore", 2, 2] },
  );
  if (result.status !== 0) fail("The web interface could not be built; the reason stands above.");
}

function newest(path) {
  if (!existsSync(path)) return 0;
  const facts = statSync(path);
  if (!facts.isDirectory()) return facts.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))));
}

function requirePlatform() {
  const known = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"];
  const here = `${process.platform}-${process.arch}`;
  if (!known.includes(here)) {
    fail(`Holdfast runs on ${known.join(", ")}; this machine is ${here}. On Windows use WSL 2.`);
  }
}

function fail(message) {
  process.stderr.write(`holdfast: ${message}\n`);
  process.exit(1);
}
