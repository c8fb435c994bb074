/** robustness: lint says something about any file, however strange, and mending it ends. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { lintRules, mendRuleFile } from "../index.ts";

type Pick = (below: number) => number;

function random(seed: number): Pick {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % below;
  };
}

const KEYS = [
  ..."title id status level date modified tags related references falsepositives author logsource detection correlation filter".split(
    " ",
  ),
  ..."product category service condition selection filter s1 s2 rules type timespan group-by aliases fields __proto__ constructor".split(
    " ",
  ),
  ..."a|re a|cidr a|contains|all a|all|contains |all a|windash a|base64 a|hour|lt a|fieldref a|exists a|expand a|nope Image CommandLine".split(
    " ",
  ),
];
const WORDS = [
  ..."windows process_creation high 4624 * ? \\ \\\\* %x% selection them (((( .* (a+)+ [ x@y 10.0.0.0/8 2026-02-30 attack.t1033".split(
    " ",
  ),
  ..."1|of not|1|of|s* a|and|b|or|c event_count 5m gte stable attack.initial_access ATTACK.T1 \u202e “x” https://x".split(
    " ",
  ),
].map((word) => word.replaceAll("|", " "));

function strange(pick: Pick, depth = 0): unknown {
  const kind = pick(depth > 3 ? 6 : 10);
  if (kind === 0) return null;
  if (kind === 1) return pick(2) === 0;
  if (kind === 2) return [0, -1, 1.5, 1e300, 4688][pick(5)];
  if (kind < 6) return WORDS[pick(WORDS.length)] ?? "";
  if (kind === 6) return Array.from({ length: pick(4) }, () => strange(pick, depth + 1));
  return Object.fromEntries(
    Array.from({ length: pick(6) }, () => [KEYS[pick(KEYS.length)] ?? "", strange(pick, depth + 1)]),
  );
}

/** As JSON, which is YAML, and as block YAML with a cut somewhere. */
function textOf(pick: Pick): string {
  const whole = Object.fromEntries(KEYS.slice(0, 15).map((key) => [key, strange(pick)]));
  const chosen = Object.fromEntries(Object.entries(whole).filter(() => pick(3) > 0));
  if (pick(2) === 0) return JSON.stringify(chosen, undefined, pick(3));
  const block = Object.entries(chosen)
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
    .join(pick(4) === 0 ? "\r\n" : "\n");
  return pick(3) === 0 ? block.slice(0, pick(block.length + 1)) : block;
}

test("lint and mend take 600 strange files", () => {
  let findings = 0;
  for (let seed = 1; seed <= 600; seed++) {
    const file = { path: "x.yml", text: textOf(random(seed)) };
    const found = lintRules([file]);
    for (const { line, column, message } of found) {
      assert.ok(line >= 1 && column >= 1, `seed ${seed}`);
      assert.doesNotMatch(message, /undefined|\[object/, `seed ${seed}: ${message}`);
    }
    findings += found.length;
    if (seed % 10 === 0) mendRuleFile(file);
  }
  assert.ok(findings > 600, `${findings} findings`);
});

test("lint takes what is no rule at all", () => {
  for (const text of [
    "",
    "\n",
    "\ufeff",
    "---\n---\n",
    "a: &a [*a]",
    "- 1",
    "'",
    "\u0000",
    "x: !!binary AAA",
    "? [a]\n: b\n",
    "a: b\n...\n%YAML 9",
  ])
    assert.doesNotThrow(() => lintRules([{ path: "x.yml", text }]), JSON.stringify(text));
});
