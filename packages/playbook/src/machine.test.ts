/** machine.test: what a run does next: ways and their ends, branches, loops, failures, lateness, people, and any playbook to its end. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  advance,
  type Evaluate,
  type Json,
  type JsonObject,
  nextDeadline,
  type Playbook,
  readPlaybook,
  type RunEvent,
  startState,
} from "./index.ts";
import { EVERYTHING, generatedPlaybook } from "./testing.ts";

/** Enough of a language for these tests: names, and comparisons with a text or number. */
const evaluate: Evaluate = (expression, variables) => {
  const found = /^(\w+)(?:\.(\w+))?(?:\s*(==|<)\s*(\w+|"[^"]*"))?$/.exec(expression.trim());
  const read = (name: string): Json | undefined =>
    /^\d+$/.test(name) ? Number(name) : name.startsWith('"') ? name.slice(1, -1) : variables[name];
  const base = found?.[1] === undefined ? undefined : read(found[1]);
  const left = found?.[2] === undefined ? base : (base as JsonObject | undefined)?.[found[2]];
  if (left === undefined) return { ok: false, reason: `cannot read ${expression}` };
  if (found?.[4] === undefined) return { ok: true, value: left };
  const right = read(found[4]);
  return { ok: true, value: found[3] === "==" ? left === right : Number(left) < Number(right) };
};

class Walk {
  readonly playbook: Playbook;
  readonly log: string[] = [];
  state;
  now = 0;
  constructor(text: string, variables: JsonObject = {}) {
    const read = readPlaybook(text);
    assert.ok(read.ok, JSON.stringify(read.problems));
    this.playbook = read.playbook;
    this.state = startState(read.playbook, { variables, context: { incident: { id: "i" } } });
    this.event({ kind: "start" });
  }
  event(event: RunEvent): this {
    const result = advance(this.state, event, { playbook: this.playbook, now: this.now, evaluate });
    for (const task of result.entered) this.log.push(`+${task.instance} ${task.kind}`);
    for (const { instance, outcome } of result.ended) this.log.push(`-${instance} ${outcome}`);
    this.state = result.state;
    return this;
  }
  done(instance: string, given: { output?: JsonObject; variables?: JsonObject } = {}): this {
    return this.event({ kind: "settled", instance, outcome: "done", output: {}, reason: "", ...given });
  }
  failed(instance: string): this {
    return this.event({ kind: "settled", instance, outcome: "failed", output: {}, reason: "no" });
  }
  take(): string[] {
    return this.log.splice(0);
  }
}

const steps = (text: string): string =>
  `id: t\nname: T\nstart: a\nvariables: { x: { type: string, value: one }, n: { type: integer, value: 0 } }\nsteps:\n${text}`;

describe("a run", () => {
  test("goes side by side and on when all are through, whatever ends first", () => {
    const walk = new Walk(
      steps(`
  a: { parallel: [b, c], next: d }
  b: { manual: b, next: b2 }
  b2: { manual: b2 }
  c: { manual: c, next: e }
  e: { end: true }
  d: { manual: d }`),
    );
    assert.deepEqual(walk.take(), ["+b.1 manual", "+c.1 manual"]);
    walk.done("c.1").done("b.1");
    assert.deepEqual(walk.take(), ["-c.1 done", "+b2.1 manual", "-b.1 done"]);
    walk.done("b.1").done("b2.1").done("d.1");
    assert.deepEqual(walk.take(), ["+d.1 manual", "-b2.1 done", "-d.1 done"]);
    assert.deepEqual(walk.state.finished, { state: "done", reason: "" });
  });

  test("asks a condition anew each round, saves outputs, and stops at the bound", () => {
    const text = steps(`
  a: { while: "n < 3", do: b, at_most: 4, next: c }
  b: { action: count, with: { n: "\${n}" }, save: { n: output.n } }
  c: { switch: x, cases: { one: d }, default: e }
  d: { manual: d }
  e: { manual: e }`);
    const walk = new Walk(text);
    for (const n of [1, 2, 3]) walk.done(`b.${n}`, { output: { n } });
    assert.deepEqual(walk.take().slice(-2), ["+d.1 manual", "-b.3 done"]);
    walk.done("d.1");
    assert.equal(walk.state.finished?.state, "done");

    const endless = new Walk(text);
    for (const n of [1, 2, 3, 4]) endless.done(`b.${n}`, { output: { n: 0 } });
    assert.match(endless.take().join(), /stuck/);
    assert.equal(endless.state.finished, null);
  });

  test("takes the way of failure or lateness, else waits for a person: again, on, or stop", () => {
    const text = steps(`
  a: { action: x, within: 1m, on_timeout: late, on_failure: bad, next: c }
  late: { manual: late, next: c }
  bad: { manual: bad, next: c }
  c: { action: y, next: d }
  d: { manual: d }`);
    assert.deepEqual(new Walk(text).failed("a.1").take(), ["+a.1 action", "+bad.1 manual", "-a.1 failed"]);
    const late = new Walk(text);
    assert.equal(nextDeadline(late.state), 60_000);
    late.now = 60_000;
    assert.deepEqual(late.event({ kind: "time" }).take(), ["+a.1 action", "+late.1 manual", "-a.1 timeout"]);
    assert.deepEqual(late.done("a.1").take(), [], "what settles too late changes nothing");

    const stuck = new Walk(text).done("a.1").failed("c.1");
    assert.deepEqual(stuck.take().slice(-1), ["-c.1 stuck"]);
    stuck.event({ kind: "decided", instance: "c.1", decision: "retry", reason: "" });
    assert.deepEqual(stuck.take(), ["+c.2 action", "-c.1 failed"]);
    stuck.failed("c.2").event({ kind: "decided", instance: "c.2", decision: "skip", reason: "" });
    assert.deepEqual(stuck.take(), ["-c.2 stuck", "+d.1 manual", "-c.2 done"]);
    const stopped = new Walk(text).done("a.1").failed("c.1");
    stopped.event({ kind: "decided", instance: "c.1", decision: "stop", reason: "enough" });
    assert.deepEqual(stopped.state.finished, { state: "failed", reason: "enough" });
  });

  test("waits before a step that says so, and drops what it waits for when it is cancelled", () => {
    const walk = new Walk(steps("\n  a: { manual: a, wait: 10s }"));
    assert.deepEqual(walk.take(), []);
    walk.now = 10_000;
    assert.deepEqual(walk.event({ kind: "time" }).take(), ["+a.1 manual"]);
    walk.event({ kind: "cancel", reason: "wrong incident" });
    assert.deepEqual(walk.take(), ["-a.1 dropped"]);
    assert.equal(walk.state.finished?.state, "cancelled");
  });

  test("runs each command on each target, and CACAO's conditions over variables", () => {
    const walk = new Walk(EVERYTHING.replace('if: verdict == "yes"', "if: { cacao: \"__verdict__:value = 'yes'\" }"), {
      host: "web-1",
    });
    walk.done("look.1", { variables: { verdict: "yes" } });
    assert.deepEqual(walk.take(), ["+look.1 manual", "+isolate.1 action", "-look.1 done"]);
    walk.now = 5_000;
    walk.event({ kind: "time" }).done("collect.1", { output: { stdout: "x" } });
    assert.deepEqual(walk.take(), ["+collect.1 command", "+collect.1.2 command", "-collect.1 done"]);
  });

  test("tries a later one of several commands again under a name of its own", () => {
    const walk = new Walk(
      steps(`
  a: { commands: [{ type: bash, command: one }, { type: bash, command: two }], next: b }
  b: { manual: b }`),
    );
    walk.done("a.1").failed("a.1.2").event({ kind: "decided", instance: "a.1.2", decision: "retry", reason: "" });
    assert.deepEqual(walk.take(), [
      ...["+a.1 command", "+a.1.2 command", "-a.1 done", "-a.1.2 stuck"],
      ...["+a.2.2 command", "-a.1.2 failed"],
    ]);
    walk.failed("a.2.2").event({ kind: "decided", instance: "a.2.2", decision: "retry", reason: "" });
    assert.deepEqual(walk.take(), ["-a.2.2 stuck", "+a.3.2 command", "-a.2.2 failed"]);
    assert.deepEqual(walk.done("a.3.2").take(), ["+b.1 manual", "-a.3.2 done"]);
  });

  test("has all rounds of a loop anew when it comes there again, or is told to try again", () => {
    const walk = new Walk(
      steps(`
  a: { while: "n < 2", do: c, at_most: 3, next: z }
  c: { while: "x == x", do: d, at_most: 2, on_failure: e }
  d: { action: one }
  e: { action: count, save: { n: output.n } }
  z: { manual: z }`),
    );
    for (const outer of [1, 2]) {
      walk
        .done(`d.${outer * 2 - 1}`)
        .done(`d.${outer * 2}`)
        .done(`e.${outer}`, { output: { n: outer } });
    }
    assert.deepEqual(walk.take().slice(-2), ["+z.1 manual", "-e.2 done"]);

    const stuck = new Walk(steps('\n  a: { while: "n < 1", do: b, at_most: 1 }\n  b: { action: x }'));
    stuck.done("b.1").take();
    stuck.event({ kind: "decided", instance: "a.1", decision: "retry", reason: "" });
    assert.deepEqual(stuck.take(), ["+b.2 action", "-a.1 failed"]);
  });

  test("takes a value that a log may have said for a word, also where every object has something of that name", () => {
    const walk = new Walk(
      steps("\n  a: { switch: x, cases: { one: b }, default: c }\n  b: { manual: b }\n  c: { manual: c }"),
      {
        x: "constructor",
      },
    );
    assert.deepEqual(walk.take(), ["+c.1 manual"]);
    const reserved = readPlaybook(steps("\n  a: { manual: a, next: constructor }\n  constructor: { manual: b }"));
    assert.ok(!reserved.ok && reserved.problems.some(({ message }) => message.startsWith("another name")));
  });

  test("that goes the way of its exception does not come back to what stood around the fault", () => {
    const walk = new Walk(
      steps(`
  a: { parallel: [b, c], next: d }
  b: { action: x }
  c: { manual: c }
  d: { action: dangerous }
  e: { manual: call somebody }`).replace("start: a", "start: a\non_exception: e"),
    );
    walk.failed("b.1").done("e.1").done("c.1");
    assert.ok(!walk.take().some((line) => line.includes("dangerous") || line.startsWith("+d")));
    assert.equal(walk.state.finished?.state, "done");
  });

  test("has values of the type that their variables say, whatever they were written as", () => {
    const text = `id: t
name: T
start: a
variables:
  n: { type: integer, value: "3" }
  on: { type: bool, value: "true" }
  list: { type: list, value: "[1]" }
  odd: { type: my-own, value: "3" }
steps:
  a: { manual: a }
`;
    assert.deepEqual(new Walk(text).state.variables, { n: 3, on: true, list: [1], odd: "3" });
    for (const [type, wrong] of [
      ["integer", "three"],
      ["integer", "3.5"],
      ["bool", "yes"],
      ["dictionary", "[]"],
      ["ipv4-addr", "300.1.1.1"],
      ["sha256-hash", "abc"],
      ["uuid", "x"],
    ] as const) {
      const read = readPlaybook(text.replace('type: my-own, value: "3"', `type: ${type}, value: "${wrong}"`));
      assert.deepEqual(
        read.problems.map(({ at, line }) => [at, line]),
        [["variables.odd.value", 8]],
        `${type} ${wrong}`,
      );
    }
    const constant = readPlaybook(`${text.replace('value: "3" }\n  on', 'value: "3", constant: true }\n  on').trimEnd()}
  b: { action: x, save: { n: output.n } }
`);
    assert.ok(constant.problems.some(({ at, message }) => at === "steps.b.save.n" && message.includes("constant")));
  });

  test("puts no value into a command of a shell that the shell would read as more than a word", () => {
    const text = steps(
      '\n  a: { commands: [{ type: ssh, command: "id __x__:value" }], next: b }\n  b: { commands: [{ type: bash, command: "rm /data/__n__:value/__gone__:value" }] }',
    );
    const fine = new Walk(text, { x: "jo.doe@example.org" });
    assert.deepEqual(fine.take(), ["+a.1 command"]);
    for (const hostile of ["$(reboot)", "a; reboot", "`id`", "-rf", "a b", "x\nid", "a|b", "*"]) {
      assert.deepEqual(new Walk(text, { x: hostile }).take(), ["+a.1 stuck", "-a.1 stuck"], hostile);
    }
    const own = text.replace("value: one", 'value: "a; b"');
    assert.deepEqual(new Walk(own).take(), ["+a.1 command"], "the author's own words are a part of the command");
    // What has no value is not written as a word of its own.
    assert.deepEqual(fine.done("a.1").take().slice(-1), ["-b.1 stuck"]);
  });

  test("of any playbook ends, and from any point the same", () => {
    fc.assert(
      fc.property(generatedPlaybook, fc.infiniteStream(fc.nat(9)), (playbook, choices) => {
        let state = startState(playbook, { variables: { x: "one", n: 5 }, context: {} });
        let event: RunEvent = { kind: "start" };
        const open = new Set<string>();
        for (let moves = 0; moves < 500; moves += 1) {
          const surroundings = { playbook, now: moves, evaluate };
          const result = advance(state, event, surroundings);
          // A process that died and came back reads the state from the store.
          const again = advance(JSON.parse(JSON.stringify(state)), event, surroundings);
          assert.deepEqual(again, result);
          state = result.state;
          for (const { instance } of result.entered) {
            assert.ok(!open.has(instance), `${instance} began twice`);
            open.add(instance);
          }
          if (state.finished !== null) return;
          const waiting = state.tokens.filter(({ phase }) => phase === "wait" || phase === "stuck");
          assert.ok(waiting.length > 0, "it stands and waits for nothing");
          const choice = choices.next().value ?? 0;
          const token = waiting[choice % waiting.length];
          const instance = token?.instance ?? "";
          event =
            token?.phase === "stuck"
              ? { kind: "decided", instance, decision: choice < 8 ? "skip" : "stop", reason: "" }
              : { kind: "settled", instance, outcome: choice < 7 ? "done" : "failed", output: {}, reason: "" };
        }
        assert.fail("it did not end");
      }),
      { numRuns: 100 },
    );
  });
});
