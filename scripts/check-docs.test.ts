/** check-docs: what the documents say is there: every relative link and heading, every `npm run …`, every command and option of
 *  `holdfast`, every setting with its default. A document that goes stale fails like any other test. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";
import { commandProblems, type CommandHelp, headingsOf, linksOf, npmRunsOf, queriesOf } from "./check-docs.ts";
import { compile } from "../packages/server/src/search/compile.ts";
import { compileMetric } from "../packages/server/src/search/compile-metric.ts";
import { parseQuery } from "../packages/server/src/search/parse.ts";
import { settingsTable } from "./settings-table.ts";

const root = join(import.meta.dirname, "..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const documents = spawnSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"], {
  cwd: root,
  encoding: "utf8",
})
  .stdout.split("\n")
  .filter((path) => path !== "" && existsSync(join(root, path)));

test("there are documents to look at", () => {
  for (const path of ["README.md", "ARCHITECTURE.md", "docs/guide/README.md"])
    assert.ok(documents.includes(path), path);
});

test("every link leads to a file, and to a heading in it when it names one", () => {
  const broken = (path: string): string[] =>
    linksOf(read(path))
      .filter(({ target, heading }) => {
        const file = target === "" ? path : normalize(join(dirname(path), target));
        if (!existsSync(join(root, file))) return true;
        return heading !== "" && file.endsWith(".md") && !headingsOf(read(file)).has(heading);
      })
      .map(({ line, target, heading }) => `${path}:${line}: ${target}${heading === "" ? "" : `#${heading}`}`);
  assert.deepEqual(documents.flatMap(broken), []);
});

test("every npm script in the documents exists", () => {
  const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
  const missing = (path: string): string[] =>
    npmRunsOf(read(path))
      .filter((name) => !Object.hasOwn(scripts, name))
      .map((name) => `${path}: npm run ${name}`);
  assert.deepEqual(documents.flatMap(missing), []);
});

test("every holdfast command and option in the documents exists", () => {
  const help = (...command: string[]): CommandHelp => {
    const { stdout, status } = spawnSync(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", join(root, "packages/cli/src/main.ts"), ...command, "--help"],
      { encoding: "utf8", env: { ...process.env, COLUMNS: "400" } },
    );
    assert.equal(status, 0, command.join(" "));
    return {
      options: new Set([...stdout.matchAll(/(?<=[\s,])--?[a-z][a-z-]*/g)].map(([name]) => name)),
      commands: new Set([...stdout.matchAll(/^ {2}([a-z][a-z-]*)(?= )/gm)].map((found) => found[1] ?? "")),
    };
  };
  const known = new Map<string, CommandHelp>();
  const helpOf = (command: string): CommandHelp => {
    const found = known.get(command) ?? help(...command.split(" ").filter((word) => word !== ""));
    known.set(command, found);
    return found;
  };
  assert.deepEqual(
    documents.flatMap((path) => commandProblems(read(path), helpOf).map((problem) => `${path}: ${problem}`)),
    [],
  );
});

const TABLES = { raw: "metrics", minute: "metrics_1m", hour: "metrics_1h" };

test("every query in the documents is one that the language understands", () => {
  const queries = documents.flatMap((path) => queriesOf(read(path)));
  assert.ok(queries.length > 30, `${queries.length} queries`);
  const now = Date.UTC(2026, 10, 22);
  const asked = {
    range: { fromMs: now - 86_400_000, toMs: now },
    now,
    limit: 1,
    rehearsing: new Map<string, string>(),
  };
  for (const source of queries) {
    const parsed = parseQuery(source);
    assert.ok(parsed.ok, `${source}: ${parsed.ok ? "" : parsed.problem.message}`);
    const { query } = parsed;
    const { metric } = query;
    assert.doesNotThrow(
      () =>
        metric === null
          ? compile({ ...asked, source, query, table: "events" })
          : compileMetric({
              ...asked,
              source,
              query,
              metric,
              facts: { kind: "counter", classic: false },
              tables: TABLES,
            }),
      source,
    );
  }
});

test("the guide's table of settings is the one the code has", () => {
  const page = read("docs/guide/configuration.md");
  assert.ok(page.includes(settingsTable()), "run `node scripts/settings-table.ts` and paste what it prints");
});

test("planted mistakes are found", () => {
  const helpOf = (): CommandHelp => ({ options: new Set(["--port", "-h"]), commands: new Set(["up"]) });
  assert.deepEqual(commandProblems("`holdfast up --port 1`", helpOf), []);
  assert.match(commandProblems("`holdfast upp`", helpOf)[0] ?? "", /no command "upp"/);
  assert.match(commandProblems("```sh\nnpm run -s holdfast -- up --prot 1\n```", helpOf)[0] ?? "", /no option --prot/);
  assert.deepEqual(npmRunsOf("`npm run demo`, `npm run -s holdfast -- up`"), ["demo", "holdfast"]);
  assert.deepEqual(
    linksOf("[a](b.md#c-d) [x](https://x.test) ![i](i.png)").map(({ target, heading }) => [target, heading]),
    [
      ["b.md", "c-d"],
      ["i.png", ""],
    ],
  );
  assert.ok(headingsOf("## The `a` of: b, c\n").has("the-a-of-b-c"));
});
