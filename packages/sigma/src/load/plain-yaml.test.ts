/** plain-yaml: whatever the fast reader answers, the full parser answers too. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDocument } from "yaml";
import { ruleFiles, withoutData } from "../../../../test/recordings.ts";
import { readPlainYaml } from "./plain-yaml.ts";

const SAMPLE = `title: A rule # with a comment
id: 5e5a3a0e-1111-4222-8333-444444444444
date: 2024-05-06
description: |
    Two lines,
      one of them indented
    # no comment: |

references:
    - https://example.org/a#b
    - 'it''s'
tags:
- attack.t1059.001
detection:
    selection:
        - Image|endswith:
              - '\\cmd.exe'
              - "plain"
          EventID: 1
        - CommandLine|contains|all:
            - ' /c '
    keywords:
        '|all':
            - one
            - two: three
    filter:
        User: null
        Empty:
        Port: -12
    condition: selection and not filter
level: high
`;

test("the sample is read, and as the full parser reads it", () => {
  assert.deepEqual(readPlainYaml(SAMPLE), parseDocument(SAMPLE).toJS());
  assert.notEqual(readPlainYaml(SAMPLE), undefined);
});

test("the corpus is read the same way, nearly all of it by the fast reader", { skip: withoutData("sigma") }, () => {
  const files = ruleFiles("rules", "rules-emerging-threats", "rules-threat-hunting", "rules-compliance");
  let fast = 0;
  for (const { path, text } of files) {
    const value = readPlainYaml(text);
    if (value === undefined) continue;
    fast++;
    assert.deepEqual(value, parseDocument(text).toJS(), path);
  }
  assert.ok(fast / files.length > 0.9, `only ${fast} of ${files.length}`);
});

test("4,000 mutilated texts are never read differently", () => {
  let state = 7;
  const pick = (below: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % below;
  };
  const inserts = [
    " ",
    "  ",
    "\n",
    "- ",
    ": ",
    ":",
    "'",
    '"',
    "#",
    " #",
    "|",
    ">",
    "\\",
    "1",
    "null",
    "0x1",
    "[",
    "*",
    "&a",
    "? ",
    "!",
    "-",
    "é",
    "~",
    "1e3",
    "''",
  ];
  let read = 0;
  for (let n = 0; n < 4_000; n++) {
    let text = SAMPLE;
    for (let edits = 1 + pick(3); edits > 0; edits--) {
      const at = pick(text.length);
      text = text.slice(0, at) + (inserts[pick(inserts.length)] ?? "") + text.slice(at + pick(4));
    }
    const value = readPlainYaml(text);
    if (value === undefined) continue;
    read++;
    const document = parseDocument(text, { logLevel: "silent" });
    assert.deepEqual(
      document.errors.map(({ message }) => message),
      [],
      text,
    );
    assert.deepEqual(value, document.toJS(), text);
  }
  assert.ok(read > 600, `only ${read} were read at all`);
});
