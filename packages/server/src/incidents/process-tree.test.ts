/** process-tree.test: each process under the one that started it, also when pids are used again or are not known. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Launch, underParents } from "./process-tree.ts";

let made = 0;
const launch = (more: Partial<Launch>): Launch => ({
  id: `e${(made += 1)}`,
  timeMs: made * 1000,
  process: "",
  cmd: "",
  pid: 0,
  user: "l.ortiz",
  parent: "",
  parentPid: 0,
  ...more,
});
const none = new Map<string, never>();

test("a process stands under the latest one of its parent's pid that started before it and has the name it gives", () => {
  const word = launch({ process: "C:\\Office\\WINWORD.EXE", pid: 400 });
  const script = launch({
    process: "C:\\Windows\\wscript.exe",
    pid: 500,
    parent: "C:\\Office\\winword.exe",
    parentPid: 400,
  });
  const shell = launch({
    process: "C:\\Windows\\powershell.exe",
    pid: 600,
    parent: "C:\\Windows\\wscript.exe",
    parentPid: 500,
  });
  // The pid of the script is used again, by something else.
  const other = launch({
    process: "C:\\Windows\\notepad.exe",
    pid: 500,
    parent: "C:\\Windows\\explorer.exe",
    parentPid: 90,
  });
  const late = launch({ process: "C:\\Temp\\lk.exe", pid: 700, parent: "C:\\Windows\\wscript.exe", parentPid: 500 });
  const child = launch({ process: "C:\\Temp\\a.exe", pid: 701, parent: "", parentPid: 500 });
  const tree = underParents([word, script, shell, other, late, child], none);
  assert.deepEqual(
    tree.map(({ id, parentId }) => [id, parentId]),
    [
      [word.id, null],
      [script.id, word.id],
      [shell.id, script.id],
      [other.id, null],
      // It names a script, but that pid is a notepad by now: no parent is better than a wrong one.
      [late.id, null],
      [child.id, other.id],
    ],
  );
});

test("a log without pids goes by the parent's program, and what alerted carries its worst level and its titles", () => {
  const cmd = launch({ process: "C:\\Windows\\cmd.exe" });
  const sc = launch({ process: "C:\\Windows\\sc.exe", parent: "c:\\windows\\CMD.exe" });
  const alone = launch({ process: "C:\\Windows\\sc.exe", parent: "C:\\Windows\\taskeng.exe" });
  const hits = new Map([[sc.id, { titles: ["New service"], level: "high" }]]);
  const tree = underParents([cmd, sc, alone], hits);
  assert.deepEqual(
    tree.map(({ parentId, severity, signals }) => [parentId, severity, signals]),
    [
      [null, null, []],
      [cmd.id, "high", ["New service"]],
      [null, null, []],
    ],
  );
});
