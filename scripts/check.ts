/** check: every invariant of ARCHITECTURE.md as one command; any failure is an error. `--only <name>` runs one of them.
 *  Held from the first commit, so there is no baseline to hide behind. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { checkSources, type SourceFile } from "./check-sources.ts";

const root = join(import.meta.dirname, "..");
const bin = (name: string): string => join(root, "node_modules", ".bin", name);
/** By its path: eslint and dependency-cruiser bring TypeScript 6, and which of the two owns `.bin/tsc` is npm's choice. */
const TSC = join(root, "node_modules", "typescript-native", "bin", "tsc");
/** dependency-cruiser over an unsupported TypeScript sees no module and calls it success; so count. */
const MIN_MODULES = 150;

const CHECKS: Record<string, () => string | undefined> = {
  types: () => command("node", [TSC, "-b"]),
  lint: () => command("eslint", ["--max-warnings=0", "packages", "test", "bench", "scripts"]),
  format: () => command("biome", ["format", "."]),
  boundaries: () => cruise(),
  unused: () => command("knip", ["--no-progress"]),
  sources: () => {
    const problems = checkSources(sourceFiles());
    return problems.length === 0 ? undefined : problems.join("\n");
  },
  catalog: () => command("node", [join(root, "scripts/gen-catalog.mjs"), "--check"]),
};

const only = process.argv.indexOf("--only");
const wanted = only === -1 ? Object.keys(CHECKS) : [process.argv[only + 1] ?? ""];
let failed = 0;
for (const name of wanted) {
  const check = CHECKS[name];
  if (check === undefined) {
    console.error(`There is no check "${name}". Known: ${Object.keys(CHECKS).join(", ")}.`);
    process.exit(2);
  }
  const started = performance.now();
  const problem = check();
  const took = `${((performance.now() - started) / 1000).toFixed(1)} s`;
  if (problem === undefined) console.log(`ok    ${name} (${took})`);
  else {
    failed += 1;
    console.log(`FAIL  ${name} (${took})\n${problem}`);
  }
}
console.log(`checks: ${wanted.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function command(name: string, args: readonly string[]): string | undefined {
  const result = spawnSync(bin(name), args, { cwd: root, encoding: "utf8", maxBuffer: 64 << 20 });
  if (result.status === 0) return undefined;
  return (
    `${result.error?.message ?? ""}${result.stdout}${result.stderr}`.trim() || `${name} ended with ${result.status}`
  );
}

function cruise(): string | undefined {
  const result = spawnSync(
    bin("depcruise"),
    ["packages", "--config", ".dependency-cruiser.cjs", "--output-type", "json"],
    {
      cwd: root,
      encoding: "utf8",
      maxBuffer: 256 << 20,
    },
  );
  let summary: { totalCruised: number; violations: { rule: { name: string }; from: string; to: string }[] };
  try {
    summary = (JSON.parse(result.stdout) as { summary: typeof summary }).summary;
  } catch {
    return `dependency-cruiser gave no answer: ${result.stderr}`;
  }
  if (summary.totalCruised < MIN_MODULES)
    return `Only ${summary.totalCruised} modules were looked at; at least ${MIN_MODULES} are expected.`;
  if (summary.violations.length === 0) return undefined;
  return summary.violations.map((v) => `${v.rule.name}: ${v.from} -> ${v.to}`).join("\n");
}

function sourceFiles(): SourceFile[] {
  const listed = spawnSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 << 20,
  });
  return listed.stdout
    .split("\0")
    .filter((path) => path !== "")
    .flatMap((path) => {
      try {
        return [{ path, text: readFileSync(join(root, path), "utf8") }];
      } catch {
        return []; // deleted in the work tree, not yet in the index
      }
    });
}
