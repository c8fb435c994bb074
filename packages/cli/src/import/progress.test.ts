/** progress: a bar only on a terminal; problems always, as sentences that a hostile name cannot disguise. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createProgress, type Progress } from "./progress.ts";

function watched(isTTY: boolean): { progress: Progress; drawn: string[]; said: string[] } {
  const drawn: string[] = [];
  const said: string[] = [];
  const say = (text: string): void => void said.push(text);
  const out = { json: say, line: say, table: () => {}, list: () => {}, say, warn: say };
  return { progress: createProgress(out, { isTTY, columns: 100, write: (text) => drawn.push(text) }), drawn, said };
}

const files = [
  { path: "a", size: 300, once: false },
  { path: "b", size: 100, once: false },
];
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 120));

test("on a terminal: share by bytes, files, records, rate, what is waited for; cleared at the end", async () => {
  const { progress, drawn } = watched(true);
  await pause();
  progress.begin(files);
  progress.records(50, 150);
  assert.match(drawn.at(-1) ?? "", /█{9}░{15} 37 %  0\/2 files, 50 records, \d+\/s, \d+ s left$/);
  progress.contentDone(300);
  await pause();
  progress.fileDone({ path: "a", size: 300, once: false });
  assert.match(drawn.at(-1) ?? "", /75 %  1\/2 files/);
  await pause();
  progress.waiting(1234);
  assert.match(drawn.at(-1) ?? "", /waiting for 1234 records to become searchable$/);
  progress.end();
  assert.equal(drawn.at(-1), "\r\u001b[2K");
  assert.ok(drawn.every((text) => text.replace("\r\u001b[2K", "").length < 100));
});

test("elsewhere: nothing but problems", async () => {
  const { progress, drawn, said } = watched(false);
  await pause();
  progress.begin(files);
  progress.records(50, 150);
  progress.waiting(5);
  progress.problem("\u001b[2Kx.log", "it is \u202ebad.");
  progress.end();
  assert.deepEqual(drawn, []);
  assert.deepEqual(said, ["\\u{1b}[2Kx.log: it is \\u{202e}bad."]);
});
