/** parse.test: the language's grammar, and that every mistake points at its character and suggests the fix. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Filter } from "./ast.ts";
import { shownText } from "./cursor.ts";
import { parseQuery } from "./parse.ts";

/** The tree in a few characters: (a & !(b | c)). */
function brief(filter: Filter | null): string {
  if (filter === null) return "";
  switch (filter.kind) {
    case "and":
    case "or":
      return `(${filter.parts.map(brief).join(filter.kind === "and" ? " & " : " | ")})`;
    case "not":
      return `!${brief(filter.part)}`;
    case "match": {
      const { value } = filter;
      const text =
        value.kind === "text"
          ? shownText(value.text)
          : value.kind === "range"
            ? `${value.from}..${value.to}`
            : value.kind === "compare"
              ? `${value.operator}${value.text}`
              : "exists";
      return `${filter.field === null ? "" : `${filter.field.name}=`}${text}`;
    }
  }
}

function tree(source: string): string {
  const parsed = parseQuery(source);
  assert.ok(parsed.ok, parsed.ok ? "" : parsed.problem.message);
  return brief(parsed.query.filter);
}

const problem = (source: string) => {
  const parsed = parseQuery(source);
  assert.equal(parsed.ok, false, `"${source}" should not parse`);
  return parsed.ok ? assert.fail() : parsed.problem;
};

const TREES: readonly [string, string][] = [
  ["", ""],
  ["a b", "(a & b)"],
  ["a AND b OR c", "((a & b) | c)"],
  ["a (b OR c) -d", "(a & (b | c) & !d)"],
  ["NOT a b", "(!a & b)"],
  ["host:web-1 user:alice", "(host=web-1 & user=alice)"],
  ['process_cmd:"-enc abc"', "process_cmd=-enc abc"],
  ["process_path:C:\\Windows\\System32\\cmd.exe", "process_path=C:\\Windows\\System32\\cmd.exe"],
  ['"C:\\Windows\\System32"', "C:\\Windows\\System32"],
  ["C:\\Temp\\a.exe", "C:\\Temp\\a.exe"],
  ["src_ip:10.0.0.0/8", "src_ip=10.0.0.0/8"],
  ["src_ip:fe80::1", "src_ip=fe80::1"],
  ["http_status:[400 TO 499]", "http_status=400..499"],
  ["time:[2026-11-22T08:00 TO *]", "time=2026-11-22T08:00..null"],
  ["dst_port:>1024", "dst_port=>1024"],
  ["host:(a OR b)", "(host=a | host=b)"],
  ["user:*", "user=exists"],
  ["file_path:C:\\Users\\*", "file_path=C:\\Users\\*"],
  ["file_path:\\\\srv\\share\\*.docx", "file_path=\\\\srv\\share\\*.docx"],
  ["file_path:*.ps1", "file_path=*.ps1"],
  ["a\\*b", "a*b"],
  ["say\\:hello", "say:hello"],
  ["x | stats count by host", "x"],
  ["-1", "-1"],
  ["OpenSSH-server", "OpenSSH-server"],
];
for (const [source, expected] of TREES)
  test(`"${source}" reads as ${expected || "everything"}`, () => assert.equal(tree(source), expected));

test("an escaped star is no wildcard", () => {
  const parsed = parseQuery("a\\*b c*d");
  assert.ok(parsed.ok && parsed.query.filter?.kind === "and");
  const wild = parsed.query.filter.parts.map(
    (part) => part.kind === "match" && part.value.kind === "text" && part.value.wild,
  );
  assert.deepEqual(wild, [false, true]);
});

test("pipes", () => {
  const parsed = parseQuery(
    "* | stats count, dc(user) as users, p95(http_status) by host, class | where users:>3 | sort -users | limit 5",
  );
  assert.ok(parsed.ok, parsed.ok ? "" : parsed.problem.message);
  assert.deepEqual(
    parsed.query.pipes.map((pipe) => pipe.kind),
    ["stats", "where", "sort", "limit"],
  );
  const [stats] = parsed.query.pipes;
  assert.ok(stats?.kind === "stats");
  assert.deepEqual(
    stats.aggregates.map((aggregate) => [aggregate.call, aggregate.as, aggregate.percentile]),
    [
      ["count", "count", 0],
      ["dc", "users", 0],
      ["p", "p95(http_status)", 95],
    ],
  );
});

const PROBLEMS: readonly [query: string, at: number, suggestion: string | null][] = [
  ['user:"alice', 5, 'user:"alice"'],
  ["(a OR b", 7, "(a OR b)"],
  ["a)", 1, "a"],
  ["host: web-1", 5, "host:web-1"],
  ["a | stast count", 4, "a | stats count"],
  ["a | stats cuont", 10, "a | stats count"],
  ["a | timechart span=5x count", 19, null],
  ["a OR", 4, null],
  ["host:[a b]", 8, null],
  ["a | limit 0", 10, null],
  ["a |", 3, null],
];
for (const [source, at, suggestion] of PROBLEMS) {
  test(`"${source}" is wrong at ${at}`, () => {
    const found = problem(source);
    assert.equal(found.at, at, found.message);
    assert.equal(found.suggestion, suggestion);
  });
}

test("any text gives a tree or a problem inside the text, never an exception", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), (source) => {
      const parsed = parseQuery(source);
      if (!parsed.ok) assert.ok(parsed.problem.at >= 0 && parsed.problem.at <= source.length);
    }),
    { numRuns: 5000 },
  );
  const alphabet = fc.constantFrom(...'ab:"()[]{}|,*?\\ -<>=', "AND ", "OR ", "NOT ", " TO ", "stats ", "host:");
  fc.assert(
    fc.property(fc.array(alphabet, { maxLength: 60 }), (parts) => {
      parseQuery(parts.join(""));
    }),
    { numRuns: 5000 },
  );
});
