/** size.test: the script that a first visit loads stays within 250 kB gzipped: the entry, what it imports, and the floor. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

const DIST = join(import.meta.dirname, "..", "dist");
const LIMIT = 250_000;

test("first load is at most 250 kB of gzipped script", { skip: existsSync(DIST) ? false : "dist is not built" }, () => {
  const scripts = readdirSync(join(DIST, "assets")).filter((name) => name.endsWith(".js"));
  const html = readFileSync(join(DIST, "index.html"), "utf8");
  const first = new Set(scripts.filter((name) => html.includes(name) || name.startsWith("floor-page-")));
  assert.ok(first.size >= 2, "the entry and the floor's chunk are found");
  for (const name of first)
    for (const other of staticImports(readFileSync(join(DIST, "assets", name), "utf8")))
      if (scripts.includes(other)) first.add(other);
  const total = [...first].reduce((sum, name) => sum + gzipSync(readFileSync(join(DIST, "assets", name))).length, 0);
  assert.ok(total <= LIMIT, `first load is ${total} bytes: ${[...first].join(", ")}`);
});

test("the page has no inline script or style and names no other host", {
  skip: existsSync(DIST) ? false : "dist is not built",
}, () => {
  const html = readFileSync(join(DIST, "index.html"), "utf8");
  assert.doesNotMatch(html, /<script(?![^>]*\bsrc=)/);
  assert.doesNotMatch(html, /<style|\sstyle=|\son\w+=/);
  assert.doesNotMatch(html, /(src|href)="(https?:)?\/\//);
});

function staticImports(source: string): string[] {
  return [...source.matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)].map((match) => match[1] ?? "");
}
