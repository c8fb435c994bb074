/** csv-rows: quotes, separators, line breaks and names of CSV files as spreadsheets and exporters write them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { csvReader, looksLikeCsv } from "./csv-rows.ts";

function read(text: string, pieces = [text]): { rows: [number, unknown][]; said: string[] } {
  const said: string[] = [];
  const reader = csvReader((message) => said.push(message));
  const rows = [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()];
  return { rows: rows.map(({ line, json }): [number, unknown] => [line, JSON.parse(json)]), said };
}

test("quoted cells hold separators, quotes and line breaks; the line is the one where the row begins", () => {
  const { rows, said } = read('a,b c,d\r\n1,"x, ""y""\nz",3\r\n\r\n4,,6\n');
  assert.deepEqual(rows, [
    [2, { a: "1", bc: 'x, "y"\nz', d: "3" }],
    [5, { a: "4", d: "6" }],
  ]);
  assert.deepEqual(said, []);
});

test("the separator is found out from the header", () => {
  for (const separator of [",", ";", "\t", "|"]) {
    const { rows } = read(`EventID${separator}"Command Line"\n1${separator}a b\n`);
    assert.deepEqual(rows, [[2, { EventID: "1", CommandLine: "a b" }]]);
  }
});

test("a row that does not fit its header is read all the same, and said once", () => {
  const { rows, said } = read("a,b\n1,2,3\n1\n1,2,3,4\n");
  assert.deepEqual(
    rows.map(([, row]) => row),
    [{ a: "1", b: "2", Column3: "3" }, { a: "1" }, { a: "1", b: "2", Column3: "3", Column4: "4" }],
  );
  assert.equal(said.length, 1);
  assert.match(said[0] ?? "", /line 2: the row has 3 cells where the header has 2/);
});

test("two columns of one name do not hide each other", () => {
  assert.deepEqual(read("User,User\na,b\n").rows, [[2, { User: "a", User_2: "b" }]]);
});

test("any table comes back as it was written, however it is cut into pieces", () => {
  const cell = fc.string({ unit: fc.constantFrom("a", "é", ",", '"', "\n", " ", ";", "'") });
  const table = fc.array(fc.tuple(cell, cell, cell), { maxLength: 6 });
  fc.assert(
    fc.property(table, fc.integer({ min: 1, max: 7 }), (cells, piece) => {
      const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
      const text = `a,b,c\n${cells.map((row) => `${row.map(quoted).join(",")}\n`).join("")}`;
      const pieces = text.match(/[^]{1,7}/gu)?.flatMap((part) => [part.slice(0, piece), part.slice(piece)]) ?? [];
      const expected = cells.map(([a, b, c]) =>
        Object.fromEntries(Object.entries({ a, b, c }).filter(([, value]) => value !== "")),
      );
      assert.deepEqual(
        read(text, pieces).rows.map(([, row]) => row),
        expected,
      );
    }),
  );
});

test("a CSV of events is told from other lines", () => {
  assert.ok(looksLikeCsv('"TimeCreated","EventID","Channel"\n"2026-01-01","1","Security"\n'));
  assert.ok(looksLikeCsv("Timestamp;Host;Message\n2026-01-01;a;b\n"));
  for (const line of [
    "Mar  2 08:15:04 web sshd[1]: Failed password, user root, port 22\nMar  2 08:15:05 web x, y, z\n",
    "a,b,c\n1,2,3\n",
    '10.0.0.1 - - [02/Mar/2026:08:15:04 +0000] "GET /a,b,c HTTP/1.1" 200 1\nx\n',
    "time,host,message\n",
  ])
    assert.ok(!looksLikeCsv(line), line);
});
