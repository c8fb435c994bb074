/** stream-equality: a scan finds what the stream finds. The same records go through a real server and through a scan, with the same
 *  rules; for each record the rules that fired are the same. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { searchRoutes } from "@holdfast/contracts/search";
import { PLACES } from "@holdfast/server/places";
import { parse } from "yaml";
import { scanFolder } from "./scan.testing.ts";
import { streamed } from "./stream.testing.ts";

const DATA = process.env["HOLDFAST_TEST_DATA"] ?? join(import.meta.dirname, "../../../../../shared/data");
const REGRESSION = join(DATA, "regression");

/** Raw records of the cases by which the rules that come with Holdfast are decided: each of its parsers has some. */
function caseRecords(): string[] {
  const records: string[] = [];
  for (const name of readdirSync(PLACES.rules, { recursive: true, encoding: "utf8" }).sort()) {
    if (!name.endsWith(".cases.yml")) continue;
    const cases = parse(readFileSync(join(PLACES.rules, name), "utf8")) as Record<string, unknown>;
    for (const list of [cases["match"], cases["no_match"]]) {
      for (const entry of Array.isArray(list) ? list : []) {
        const record = (entry as { record?: unknown }).record;
        records.push(typeof record === "string" ? record.trimEnd() : JSON.stringify(record));
      }
    }
  }
  return [...new Set(records)].filter((record) => !record.includes("\n"));
}

/** Record text -> ids of the rules that fired, sorted. */
type Fired = Map<string, string[]>;

function firedInStream(path: string, rules: readonly string[]): Promise<Fired> {
  return streamed({ path, rules }, async (client, stored) => {
    const body = { query: "* | fields id, raw", from: "1970-01-01", to: "2200-01-01", limit: 10_000 };
    const { columns, rows } = await client.call(searchRoutes.search, { body });
    const [id, raw] = ["id", "raw"].map((wanted) => columns.findIndex(({ name }) => name === wanted));
    assert.equal(rows.length, stored);
    const fired: Fired = new Map();
    for (const row of rows) {
      const event = await client.call(searchRoutes.getEvent, { params: { id: String(row[id ?? 0]) } });
      const ids = event.signals.map(({ ruleId }) => ruleId).sort();
      if (ids.length > 0) fired.set(String(row[raw ?? 1]), ids);
    }
    return fired;
  });
}

async function scanned(path: string, rulePaths: readonly string[]): Promise<Fired> {
  const folder = scanFolder();
  try {
    const { matches } = await folder.ndjson({ paths: [path], rulePaths, workers: 2 });
    const lines = readFileSync(path, "utf8").split("\n");
    const fired: Fired = new Map();
    for (const { record, rule_id } of matches) {
      const text = lines[Number(record) - 1] ?? assert.fail(`there is no line ${String(record)}`);
      fired.set(text, [...(fired.get(text) ?? []), String(rule_id)].sort());
    }
    return fired;
  } finally {
    folder.remove();
  }
}

const sorted = (fired: Fired): unknown => [...fired].sort(([a], [b]) => (a < b ? -1 : 1));

test("every case of the rules that come with Holdfast: the stream and a scan raise the same", async () => {
  const records = caseRecords();
  assert.ok(records.length > 300, `${records.length} records`);
  const folder = mkdtempSync(join(tmpdir(), "holdfast-equality-"));
  try {
    const path = join(folder, "cases.log");
    writeFileSync(path, `${records.join("\n")}\n`);
    const scan = await scanned(path, [PLACES.rules]);
    assert.ok(scan.size > 100, `${scan.size} records matched`);
    assert.deepEqual(sorted(scan), sorted(await firedInStream(path, [])));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("recorded attacks with all of SigmaHQ: the stream and a scan raise the same", {
  skip: existsSync(REGRESSION) ? false : "HOLDFAST_TEST_DATA has no regression data",
}, async () => {
  const records = readdirSync(REGRESSION, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".json"))
    .sort()
    .flatMap((name) => {
      try {
        return [JSON.stringify(JSON.parse(readFileSync(join(REGRESSION, name), "utf8")))];
      } catch {
        return [];
      }
    });
  const folder = mkdtempSync(join(tmpdir(), "holdfast-equality-"));
  try {
    const path = join(folder, "recorded.ndjson");
    writeFileSync(path, `${[...new Set(records)].join("\n")}\n`);
    const rules = [join(DATA, "sigma", "rules")];
    const scan = await scanned(path, [PLACES.rules, ...rules]);
    assert.ok(scan.size > 20, `${scan.size} records matched`);
    assert.deepEqual(sorted(scan), sorted(await firedInStream(path, rules)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
