/** parser-folder: parsers of people are read, used and read again; what is wrong is told with its line and stops nothing else. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { catalog } from "@holdfast/content";
import { decodeRecord } from "@holdfast/sdk";
import { silentLog } from "../platform/log/index.ts";
import { createParserFolder, normaliserWith } from "./parser-folder.ts";
import { readParser } from "./parser-text.ts";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-parsers-"));
});
after(() => rm(folder, { recursive: true }));

const LINE = "opened door north badge 4711 user carol from 192.0.2.7";
const decoded = (text: string) => decodeRecord({ text, received: Date.UTC(2026, 10, 22), peer: "", kind: "http" });

/** The example of the specification is what is tested. */
async function example(): Promise<string> {
  const spec = await readFile(new URL("../../../../docs/specs/parser.md", import.meta.url), "utf8");
  return /```yaml\n(id: door-control\n[\s\S]*?)```/.exec(spec)?.[1] ?? "";
}

async function changed(files: () => unknown, before: unknown): Promise<void> {
  const until = Date.now() + 60_000;
  while (JSON.stringify(files()) === JSON.stringify(before) && Date.now() < until) await sleep(50);
}

test("a file is in force as it is written, changed and removed, here and in a thread; a bad one is named and stops nothing", async () => {
  const parsers = createParserFolder({ folder, builtIn: catalog.parsers, log: silentLog });
  let times = 0;
  await parsers.start(() => {
    times += 1;
  });
  try {
    assert.equal(parsers.normalise(decoded(LINE)).parser, "none");
    const text = await example();
    await writeFile(join(folder, "broken.yml"), "id: other\nid: again\n");
    await writeFile(join(folder, "door.yml"), text);
    await changed(() => parsers.parsers().length, 0);
    const event = parsers.normalise(decoded(LINE));
    assert.deepEqual(
      [event.parser, event.class_name, event.columns.user, event.columns.src_ip, event.columns.message],
      ["door-control", "authentication", "carol", "192.0.2.7", "opened: door north, badge 4711"],
    );
    assert.equal(normaliserWith(catalog.parsers, parsers.files())(decoded(LINE)).parser, "door-control");
    assert.deepEqual(
      parsers.problems().map(({ file, line }) => [file, line]),
      [["broken.yml", 2]],
    );
    await rm(join(folder, "door.yml"));
    await changed(() => parsers.parsers().length, 1);
    assert.equal(parsers.normalise(decoded(LINE)).parser, "none");
    assert.ok(times >= 2);
  } finally {
    parsers.stop();
  }
});

test("each mistake is told with its line", async () => {
  const text = await example();
  const lineOf = (part: string): number => text.slice(0, text.indexOf(part)).split("\n").length;
  const mistakes: readonly (readonly [string, string, string, RegExp])[] = [
    ["user: user, src_ip", "usr: user, src_ip", "columns", /columns\.usr: .*column/],
    ["as: dissect", "as: guess", "read:", /^read\.as: /],
    ["otherwise: base_event/other", "otherwise: nothing/other", "kind:", /nothing\/other.*write class\/activity/],
    [
      "out: { user: carol",
      "out: { user: dan",
      "- name: Opened",
      /The sample "Opened" gives user "carol", its out says "dan"/,
    ],
    ["id: door-control", "id: sshd", "id:", /there is a parser "sshd" already/],
    ['contains: [" door ", " badge "]', "", "accepts", /^accepts: must name at least one condition/],
  ];
  for (const [from, to, at, wanted] of mistakes) {
    const read = readParser({ file: "x.yml", text: text.replace(from, to) }, new Set(["sshd"]));
    assert.ok(!read.ok, from);
    assert.match(read.problem.message, wanted);
    assert.equal(read.problem.line, lineOf(at), `${from}: ${read.problem.message}`);
  }
});
