/** explain: its verdict is the engine's on generated pairs and on recorded events, and it names the value that decided. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  concatenatedJson,
  laneBytes,
  linesOf,
  regressionFiles,
  ruleFiles,
  withoutData,
} from "../../../../test/recordings.ts";
import {
  compile,
  explain,
  explanationText,
  type ExplainedItem,
  type ExplainedNode,
  parseRules,
  type Rule,
  type SigmaEvent,
} from "../index.ts";

function ruleOf(detection: string, logsource = "product: windows\n  category: process_creation"): Rule {
  const text = `title: t\nid: r\nlogsource:\n  ${logsource}\ndetection:\n${detection.replaceAll(/^/gm, "  ")}\n`;
  const { rules, problems } = parseRules([{ path: "r.yml", text }]);
  assert.deepEqual(problems, []);
  return rules[0] ?? assert.fail();
}

function itemsOf(node: ExplainedNode): ExplainedItem[] {
  switch (node.kind) {
    case "item":
      return [node];
    case "and":
    case "or":
      return node.of.flatMap(itemsOf);
    case "not":
    case "selection":
      return itemsOf(node.of);
  }
}

const deciding = (node: ExplainedNode): string[] =>
  itemsOf(node)
    .filter(({ decided }) => decided)
    .map((item) => {
      const found = item.found.kind === "texts" ? item.found.texts.join(" ") : item.found.kind;
      return `${item.field ?? "keyword"} ${item.holds ? "" : "not "}${item.test} <- ${found}`;
    });

const SYSMON = { Channel: "Microsoft-Windows-Sysmon/Operational", EventID: 1 };

test("a rule that matched is explained by the values that made it match", () => {
  const rule = ruleOf(
    "shell:\n  Image|endswith:\n    - '\\cmd.exe'\n    - '\\sh.exe'\n  CommandLine|contains: whoami\nadmin:\n  User: root\ncondition: shell and not admin",
  );
  const { matched, routing, condition } = explain(rule, {
    fields: { ...SYSMON, Image: "C:\\Windows\\CMD.exe", CommandLine: "cmd /c whoami", User: "eve" },
  });
  assert.equal(matched, true);
  assert.equal(routing.routed, true);
  assert.deepEqual(deciding(condition), [
    'Image ends with "\\cmd.exe" <- C:\\Windows\\CMD.exe',
    'CommandLine contains "whoami" <- cmd /c whoami',
    'User not is "root" <- eve',
  ]);
});

test("of what failed, only the parts that failed decide", () => {
  const rule = ruleOf("a:\n  Image|endswith: '\\cmd.exe'\n  User: root\nb:\n  Company: x\ncondition: a and not b");
  const { matched, condition } = explain(rule, { fields: { ...SYSMON, Image: "C:\\cmd.exe", User: "eve" } });
  assert.equal(matched, false);
  assert.deepEqual(deciding(condition), ['User not is "root" <- eve']);
  assert.deepEqual(
    itemsOf(condition).map(({ holds }) => holds),
    [true, false, false],
  );
  assert.equal(itemsOf(condition)[2]?.found.kind, "missing");
});

test("a field found under another name says under which", () => {
  const rule = ruleOf("a:\n  Image|endswith: '\\cmd.exe'\ncondition: a");
  const { matched, condition } = explain(rule, {
    fields: { Channel: "Security", EventID: 4688, NewProcessName: "C:\\cmd.exe" },
  });
  assert.equal(matched, true);
  assert.equal(itemsOf(condition)[0]?.foundAs, "NewProcessName");
});

test("an event that never reached the rule says what was wanted and what it is", () => {
  const rule = ruleOf("a:\n  Image|endswith: '\\cmd.exe'\ncondition: a");
  const { matched, routing, condition } = explain(rule, { fields: { ...SYSMON, EventID: 3, Image: "C:\\cmd.exe" } });
  assert.equal(matched, false);
  assert.equal(condition.holds, true, "the condition is worked out all the same");
  assert.equal(routing.routed, false);
  assert.match(routing.reason, /wants product windows, category process_creation.*Sysmon\/Operational, event 3/);
  assert.equal(routing.event.eventId, "3");
  assert.ok(
    routing.ways.some((way) => /security with EventID 4688/.test(way)),
    routing.ways.join("; "),
  );
  const lost = explain(rule, { fields: { Image: "C:\\cmd.exe" } });
  assert.match(lost.routing.reason, /does not say where it is from/);
  assert.equal(explain(rule, { fields: { Image: "C:\\cmd.exe" } }, { routing: false }).matched, true);
});

test("a test that cannot be made says so, and the rule does not match", () => {
  const rule = ruleOf("a:\n  User|re: (?=x)x\nb:\n  User: x\ncondition: a or b");
  const { matched, condition } = explain(rule, { fields: { ...SYSMON, User: "x" } });
  assert.equal(matched, compile([rule]).match({ fields: { ...SYSMON, User: "x" } }).length > 0);
  assert.equal(itemsOf(condition).some(({ cannotRun }) => cannotRun !== undefined) && matched, false);
});

test("a filter that hides a match is named", () => {
  const rule = `title: t\nid: r\nlogsource:\n  product: x\ndetection:\n  s:\n    User: eve\n  condition: s\n`;
  const filter = `title: Scanner at night\nid: f\nlogsource:\n  product: x\nfilter:\n  rules:\n    - r\n  quiet:\n    Host: scan-1\n  condition: not quiet\n`;
  const { rules, problems } = parseRules([
    { path: "r.yml", text: rule },
    { path: "f.yml", text: filter },
  ]);
  assert.deepEqual(problems, []);
  const event: SigmaEvent = { fields: { User: "eve", Host: "scan-1" }, logsource: { product: "x" } };
  const explanation = explain(rules[0] ?? assert.fail(), event);
  assert.equal(explanation.matched, compile(rules).match(event).length > 0);
  assert.equal(explanation.matched, false);
  const text = explanationText(explanation).join("\n");
  assert.match(text, /✔ quiet of the filter "Scanner at night" {2}←\n +✔ Host is "scan-1": it is "scan-1" {2}←/);
});

test("the text cuts long lists of alternatives, and writes them out when asked to", () => {
  const values = Array.from({ length: 30 }, (_, index) => `    - word${index}`).join("\n");
  const rule = ruleOf(`a:\n  CommandLine|contains:\n${values}\ncondition: a`);
  const explanation = explain(rule, { fields: { ...SYSMON, CommandLine: "say word29" } });
  const short = explanationText(explanation);
  assert.ok(
    short.some((line) => /✔ CommandLine contains "word29"/.test(line)),
    short.join("\n"),
  );
  assert.match(short.at(-1) ?? "", /and 24 more that do not hold/);
  assert.equal(explanationText(explanation, { full: true }).length, short.length + 23);
});

/** A small deterministic generator: a failure names its seed. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    const mixed = Math.imul(state ^ (state >>> 12), 0x297a2d39);
    return ((mixed ^ (mixed >>> 15)) >>> 0) % below;
  };
}

const FIELDS = ["Image", "User", "a.b", "constructor", "When", "Port"];
const TEXTS = [
  "",
  "a",
  "AB",
  "cmd.exe",
  "é",
  "İx",
  "10.1.2.3",
  "fe80::1",
  "Y21k",
  "a*b",
  "A\\b",
  "aab /y -x",
  "2026-11-20T09:14:05Z",
];
type Pick = (below: number) => number;

const VALUES: Readonly<Record<string, (pick: Pick) => unknown>> = {
  "": (pick) => [null, "", "a*", "*b", "?b", "AB", 7, true, "é"][pick(9)],
  "|contains": (pick) => ["a", "B", "-x", "*", "c?d"][pick(5)],
  "|startswith": (pick) => ["a", "cm", "2026"][pick(3)],
  "|endswith|cased": (pick) => ["B", "x", ".exe"][pick(3)],
  "|contains|all": (pick) =>
    [
      ["a", "b"],
      ["y", "x"],
    ][pick(2)],
  "|neq": (pick) => ["a", 7, "cmd.exe"][pick(3)],
  "|re": (pick) => ["a+b", "^cmd", "[0-9]{2,}", "\\.exe$"][pick(4)],
  "|re|i": (pick) => ["A+B", "^CMD"][pick(2)],
  "|cidr": (pick) => ["10.0.0.0/8", "fe80::/10"][pick(2)],
  "|gte": (pick) => pick(12),
  "|lt": (pick) => pick(12),
  "|exists": (pick) => pick(2) === 0,
  "|fieldref": (pick) => FIELDS[pick(FIELDS.length)],
  "|fieldref|endswith": (pick) => FIELDS[pick(FIELDS.length)],
  "|windash|contains": () => "-x",
  "|base64offset|contains": () => "cmd",
  "|wide|base64offset|contains": () => "a",
  "|hour": () => 9,
  "|month|gte": () => 11,
};
const CONDITIONS = [
  "s1",
  "s1 and not s2",
  "s1 or s2",
  "not s1",
  "1 of s*",
  "all of them",
  "2 of s*",
  "not (s1 or s2) or s3",
];

function generatedRule(pick: Pick, index: number): { path: string; text: string } {
  const entry = (): [string, unknown] => {
    const modifier = Object.keys(VALUES)[pick(Object.keys(VALUES).length)] ?? "";
    return [`${FIELDS[pick(FIELDS.length)]}${modifier}`, VALUES[modifier]?.(pick)];
  };
  const map = (): unknown => Object.fromEntries([entry(), entry()].slice(0, 1 + pick(2)));
  const selection = (): unknown => [map, map, () => [map(), map()], () => ["a", "cmd"]][pick(4)]?.();
  const detection = {
    s1: selection(),
    s2: selection(),
    s3: selection(),
    condition: CONDITIONS[pick(CONDITIONS.length)],
  };
  return {
    path: `r${index}`,
    text: JSON.stringify({ title: `r${index}`, id: `r${index}`, logsource: { product: "x" }, detection }),
  };
}

function generatedEvent(pick: Pick): SigmaEvent {
  const value = (): unknown =>
    [null, pick(20), pick(2) === 0, [TEXTS[pick(TEXTS.length)], [pick(9)]], { deep: TEXTS[pick(TEXTS.length)] }][
      pick(16)
    ] ?? TEXTS[pick(TEXTS.length)];
  const fields: Record<string, unknown> = {};
  for (const name of FIELDS) if (pick(3) > 0) fields[name] = pick(12) === 0 ? null : value();
  if (pick(4) === 0) fields["a"] = { b: value() };
  return {
    fields,
    logsource: { product: pick(20) === 0 ? "y" : "x" },
    ...(pick(4) === 0 ? { text: "some CMD text" } : {}),
  };
}

test("on 20,000 generated pairs the explanation's verdict is the engine's", () => {
  let matched = 0;
  for (let seed = 1; seed <= 40; seed++) {
    const pick = random(seed);
    const { rules } = parseRules(Array.from({ length: 25 }, (_, index) => generatedRule(pick, index)));
    const engine = compile(rules);
    assert.ok(rules.length > 15, `seed ${seed}: only ${rules.length} rules`);
    for (let n = 0; n < 20; n++) {
      const event = generatedEvent(pick);
      const found = engine.match(event).map(({ rule }) => rule.id);
      for (const rule of rules) {
        const { matched: says, condition } = explain(rule, event);
        assert.equal(says, found.includes(rule.id), `seed ${seed}: ${rule.text} on ${JSON.stringify(event)}`);
        assertRests(condition);
      }
      matched += found.length;
    }
  }
  assert.ok(matched > 1500, `only ${matched} pairs matched`);
});

/** The nodes that are said to decide do decide: with all others turned around, the result stays. */
function assertRests(node: ExplainedNode): void {
  const turned = (part: ExplainedNode): boolean => {
    switch (part.kind) {
      case "item":
        return part.decided ? part.holds : !part.holds;
      case "not":
        return !turned(part.of);
      case "selection":
        return turned(part.of);
      case "and":
        return part.of.every(turned);
      case "or":
        return part.of.some(turned);
    }
  };
  assert.equal(turned(node), node.holds);
}

test("on recorded events the explanation's verdict is the engine's, for every rule that matched and for others", {
  skip: withoutData("lanes") || withoutData("regression"),
}, () => {
  const { rules } = parseRules(ruleFiles("rules", "rules-emerging-threats", "rules-threat-hunting"));
  const engine = compile(rules);
  const pick = random(1);
  let matches = 0;
  const hold = (fields: Record<string, unknown>): void => {
    const found = engine.match({ fields }).map(({ rule }) => rule);
    const others = Array.from({ length: 5 }, () => rules[pick(rules.length)] ?? assert.fail());
    for (const rule of [...found, ...others])
      assert.equal(
        explain(rule, { fields }).matched,
        found.includes(rule),
        `${rule.path} on ${JSON.stringify(fields)}`,
      );
    matches += found.length;
  };
  for (const lane of ["d1", "d3"])
    for (const line of linesOf(laneBytes(lane))) if (pick(40) === 0) hold(JSON.parse(line));
  for (const { bytes } of regressionFiles("json"))
    for (const record of concatenatedJson(bytes.toString("utf8"))) hold(Object(record));
  assert.ok(matches > 150, `${matches} matches prove too little`);
});
