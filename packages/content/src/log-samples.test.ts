/** log-samples: public log samples of HOLDFAST_TEST_DATA (loghub): every line is taken by a parser that knows its format; lines that
 *  only the generic ones read, or none, are counted as not parsed. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { createNormaliser, decodeRecord } from "@holdfast/sdk";
import { catalog } from "./catalog.gen.ts";

const repository = fileURLToPath(new URL("../../..", import.meta.url));
const folder = join(process.env["HOLDFAST_TEST_DATA"] ?? join(repository, "../shared/data"), "loghub");
const skip = existsSync(folder) ? false : "HOLDFAST_TEST_DATA has no loghub";
const GENERIC = new Set(["none", "generic-line", "generic-json"]);

test("at least 95 of 100 lines of each sample are parsed, with their time", { skip }, (t) => {
  const normalise = createNormaliser(catalog.parsers);
  const files = readdirSync(folder).filter((name) => name.endsWith(".log"));
  assert.ok(files.length >= 6);
  for (const name of files) {
    const lines = readFileSync(join(folder, name), "utf8").split("\n").filter(Boolean);
    const events = lines.map((text) =>
      normalise(decodeRecord({ text, received: Date.UTC(2026, 10, 22), peer: "", kind: "import" })),
    );
    const left = events.flatMap((event, i) => (GENERIC.has(event.parser) ? [lines[i] ?? ""] : []));
    const untimed = events.filter((event) => !event.timed).length;
    const by = new Map<string, number>();
    for (const { parser } of events) by.set(parser, (by.get(parser) ?? 0) + 1);
    t.diagnostic(
      `${name}: ${lines.length} lines, ${left.length} not parsed, ${untimed} without time; ${[...by].map(([id, of]) => `${id} ${of}`).join(", ")}`,
    );
    assert.ok(left.length <= lines.length * 0.05, `${name}: ${left.slice(0, 3).join("\n")}`);
    assert.ok(untimed <= lines.length * 0.05, `${name}: ${untimed} lines without a time`);
  }
});
