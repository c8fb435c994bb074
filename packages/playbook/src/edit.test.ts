/** edit.test: steps are added, moved and taken out in the text as in the drawing; the rest of the text stays as it was. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { type Edit, editPlaybook, readPlaybook, STEP_KINDS, writePlaybook } from "./index.ts";
import { EVERYTHING, generatedPlaybook } from "./testing.ts";

const TEXT = `# What the team does.
id: t
name: T   # kept
start: a
steps:
  a: { manual: a, next: b }
  b:
    # asked of both
    if: "true"
    then: c
    else: d
    next: e
  c: { manual: c }
  d: { manual: d }
  e: { manual: e, on_failure: f }
  f: { end: true }
`;

function edited(edit: Edit, text = TEXT) {
  const result = editPlaybook(text, edit);
  assert.ok(result.ok, result.ok ? "" : result.reason);
  const read = readPlaybook(result.text);
  assert.ok(read.ok, JSON.stringify(read.problems));
  return { ...result, playbook: read.playbook };
}
const refused = (edit: Edit, text = TEXT): string => {
  const result = editPlaybook(text, edit);
  return result.ok ? assert.fail(result.text) : result.reason;
};
const nextOf = (playbook: ReturnType<typeof edited>["playbook"], key: string): unknown =>
  Reflect.get(playbook.steps[key] ?? {}, "next");

describe("editing a playbook's text", () => {
  test("a step of each kind is added behind another, and what followed follows it", () => {
    for (const step of STEP_KINDS.filter((kind) => kind !== "end")) {
      const { playbook, step: name, text } = edited({ kind: "add", step, after: "a", branch: false });
      assert.deepEqual([nextOf(playbook, "a"), nextOf(playbook, name)], [name, "b"], step);
      assert.deepEqual(Object.keys(playbook.steps).slice(0, 2), ["a", name]);
      for (const kept of ["# What the team does.", "# kept", "# asked of both"]) assert.ok(text.includes(kept), kept);
    }
    const first = edited({ kind: "add", step: "manual", after: "", branch: false });
    assert.deepEqual([first.playbook.start, nextOf(first.playbook, first.step)], [first.step, "a"]);
    assert.equal(nextOf(edited({ kind: "add", step: "end", after: "c", branch: false }).playbook, "c"), "end");
    assert.match(refused({ kind: "add", step: "end", after: "a", branch: false }), /nothing follows/);
    assert.match(refused({ kind: "add", step: "manual", after: "f", branch: false }), /ends there/);
    assert.match(refused({ kind: "add", step: "manual", after: "zz", branch: false }), /no step "zz"/);
  });

  test("a branch is added to whatever has branches", () => {
    const inside = (fork: string) => edited({ kind: "add", step: "manual", after: fork, branch: true }, EVERYTHING);
    const both = inside("both");
    assert.deepEqual(Reflect.get(both.playbook.steps["both"] ?? {}, "parallel"), ["isolate", "collect", both.step]);
    const route = inside("route");
    assert.equal(Reflect.get(Reflect.get(route.playbook.steps["route"] ?? {}, "cases"), "value"), route.step);
    const again = inside("again");
    assert.deepEqual(
      [Reflect.get(again.playbook.steps["again"] ?? {}, "do"), nextOf(again.playbook, again.step)],
      [again.step, "sub"],
    );
    assert.match(refused({ kind: "add", step: "manual", after: "a", branch: true }), /no branches/);
  });

  test("a step that is taken out is led past; its own branches go with it", () => {
    const { playbook, step } = edited({ kind: "remove", step: "b" });
    assert.deepEqual([Object.keys(playbook.steps), nextOf(playbook, "a"), step], [["a", "e", "f"], "e", "e"]);
    assert.deepEqual(Object.keys(edited({ kind: "remove", step: "d" }).playbook.steps), ["a", "b", "c", "e", "f"]);
    assert.equal(edited({ kind: "remove", step: "a" }).playbook.start, "b");
    assert.match(refused({ kind: "remove", step: "c" }), /"b" has nothing else to do there/);
  });

  test("a step is moved with all that is inside of it, and not into itself", () => {
    const { playbook } = edited({ kind: "move", step: "b", after: "e" });
    assert.deepEqual([nextOf(playbook, "a"), nextOf(playbook, "e"), nextOf(playbook, "b")], ["e", "b", undefined]);
    assert.match(refused({ kind: "move", step: "b", after: "c" }), /part of "b"/);
    assert.equal(edited({ kind: "move", step: "e", after: "" }).playbook.start, "e");
  });

  test("any edit of any playbook gives one that can be read, or says why not", () => {
    fc.assert(
      fc.property(
        generatedPlaybook,
        fc.constantFrom(...STEP_KINDS),
        fc.tuple(fc.nat(7), fc.nat(7), fc.boolean()),
        (playbook, kind, [one, other, branch]) => {
          const names = Object.keys(playbook.steps);
          const [step = "", after = ""] = [names[one % names.length], names[other % names.length]];
          const edits: Edit[] = [
            { kind: "add", step: kind, after, branch },
            { kind: "remove", step },
            { kind: "move", step, after },
          ];
          for (const edit of edits) {
            const result = editPlaybook(writePlaybook(playbook), edit);
            if (!result.ok) {
              assert.ok(result.reason.length > 10);
              continue;
            }
            const read = readPlaybook(result.text);
            const fatal = read.problems.filter(
              ({ level, message }) => level === "error" && !/leads back/.test(message),
            );
            assert.deepEqual(fatal, [], `${JSON.stringify(edit)}\n${result.text}`);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});
