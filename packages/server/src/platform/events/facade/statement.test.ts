/** statement.test: one statement passes, a second one does not, however it is hidden. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkStatement, endsEarly, parseRawInsert, splitStatements } from "./statement.ts";

test("single statements pass with their kind", () => {
  const kinds: [string, string][] = [
    ["SELECT 1", "read"],
    ["  (select 1) ;  ", "read"],
    ["-- a; comment\nWITH 1 AS a SELECT a", "read"],
    ["/* ; */ SHOW TABLES", "read"],
    ["SELECT ';', \"a;b\", `c;d`, 'it''s; \\'; fine' -- ; end", "read"],
    ["KILL QUERY WHERE 1 ASYNC", "kill"],
    ["INSERT INTO t FORMAT JSONEachRow", "write"],
    ["ALTER TABLE t MODIFY TTL time + toIntervalDay(1)", "write"],
    ["SELECT domain(url), path(url) FROM a.events WHERE url IN ('x')", "read"],
    ["SELECT 'file(\\'/etc/passwd\\') INTO OUTFILE'", "read"],
  ];
  for (const [text, kind] of kinds) {
    const checked = checkStatement(text);
    assert.ok(checked.ok, `${text}: ${checked.ok ? "" : checked.reason}`);
    assert.equal(checked.kind, kind, text);
  }
});

test("more than one statement, and doubtful text, is refused", () => {
  const refused = [
    "",
    " ; ",
    "-- nothing",
    "SELECT 1; SELECT 2",
    "SELECT 1;DROP TABLE t",
    "SELECT '\\\\'; DROP TABLE t --'",
    "SELECT 1 /* a */; /* b */ DROP TABLE t",
    "SELECT 1 -- it's\n; DROP TABLE t",
    "SELECT $x$ ; DROP TABLE t $x$",
    "SELECT 1 # ' \n; DROP TABLE t -- '",
    "SELECT ‘;’",
    "SELECT 'open",
    "SELECT /* /* */ 1",
    'INSERT INTO t FORMAT JSONEachRow {"a":1}\n\nDROP TABLE t',
    "INSERT INTO t VALUES (1)\n\nDROP TABLE t",
  ];
  for (const text of refused) assert.equal(checkStatement(text).ok, false, JSON.stringify(text));
});

test("what reaches for files or other machines is refused", () => {
  const refused = [
    "SELECT * FROM file('/etc/passwd')",
    "SELECT `file`('/etc/passwd')",
    "SELECT \"file\" ('/etc/passwd')",
    "SELECT * FROM URL('http://example.org')",
    "SELECT 1 INTO OUTFILE '/tmp/x'",
    "SELECT 1 INTO /* */ OUTFILE '/tmp/x'",
    "INSERT INTO t FROM INFILE '/etc/passwd' FORMAT CSV",
    "SELECT * FROM remote('127.0.0.1', system.one)",
    "SELECT * FROM s3('x')",
    "DESCRIBE file('/etc/passwd')",
  ];
  for (const text of refused) assert.equal(checkStatement(text).ok, false, text);
});

test("scripts are split at their semicolons only", () => {
  assert.deepEqual(splitStatements("-- first; one\nSELECT ';';\n\nSELECT 2; -- done\n"), {
    ok: true,
    statements: ["-- first; one\nSELECT ';'", "SELECT 2"],
  });
});

test("plain inserts are recognised, others are not", () => {
  assert.deepEqual(parseRawInsert("INSERT INTO `a`.`events` FORMAT JSONEachRow"), {
    table: "a.events",
    columns: undefined,
    format: "JSONEachRow",
  });
  assert.deepEqual(parseRawInsert("insert into table t (a, `b`) format CSV"), {
    table: "t",
    columns: ["a", "b"],
    format: "CSV",
  });
  for (const other of [
    "INSERT INTO t SELECT 1",
    "INSERT INTO t FORMAT Parquet",
    "INSERT INTO t SETTINGS x=1 FORMAT CSV",
    "INSERT INTO FUNCTION file('x') FORMAT CSV",
  ]) {
    assert.equal(parseRawInsert(other), undefined, other);
  }
});

test("rows with an empty line among them are noticed", () => {
  assert.equal(endsEarly(Buffer.from('{"a":1}\n{"a":2}\n\n\n')), false);
  assert.equal(endsEarly(Buffer.from('{"a":1}\n\nDROP TABLE t')), true);
  assert.equal(endsEarly(Buffer.from('\n\n{"a":1}')), true);
});
