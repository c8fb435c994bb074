/** examples: the example of a check as complete rule files: the attributes it names replace those of a sound rule. */
import type { RuleFile } from "../rule.ts";
import type { Example } from "./check.ts";

const HEAD = `title: Whoami started by a person
id: 5c0d7b1e-9a41-4c0e-8f5e-2f6a4d0c9b10
status: test
description: Whoami is hardly ever used by administrators, and often first by intruders.
author: Mira Sand
references:
  - https://example.org/whoami
date: 2026-11-20
tags:
  - attack.discovery
  - attack.t1033
`;
const SOURCE = `logsource:
  product: windows
  category: process_creation
`;
const REST = `detection:
  selection:
    Image|endswith: '\\whoami.exe'
  condition: selection
falsepositives:
  - Administrators at work
level: low
`;

export function exampleFiles(example: Example): RuleFile[] {
  const list = typeof example === "string" ? [example] : example;
  return list.map((fragment, index) => exampleFile(fragment, index));
}

function exampleFile(fragment: string, index: number): RuleFile {
  const path = /^# file: (.+)$/m.exec(fragment)?.[1] ?? `rule_${index}.yml`;
  if (fragment.startsWith("# whole file\n")) return { path, text: fragment };
  const kind = /^(correlation|filter):/m.exec(fragment)?.[1];
  const base = kind === "correlation" ? HEAD : kind === "filter" ? HEAD + SOURCE : HEAD + SOURCE + REST;
  const sections = new Map([...sectionsOf(numbered(base, index)), ...sectionsOf(fragment)]);
  return { path, text: [...sections.values()].join("") };
}

/** Files beside each other are different rules unless the example says otherwise. */
function numbered(base: string, index: number): string {
  if (index === 0) return base;
  return base
    .replace(/^title: .*$/m, (line) => `${line} ${index}`)
    .replace(/^(id: .*).$/m, `$1${index}`)
    .replace("whoami.exe", `whoami${index}.exe`);
}

/** Top-level attribute -> its lines. */
function sectionsOf(text: string): [string, string][] {
  const found: [string, string][] = [];
  for (const line of text.replace(/\n$/, "").split("\n")) {
    const name = /^([A-Za-z_]+):/.exec(line)?.[1];
    const last = found.at(-1);
    if (name !== undefined || last === undefined) found.push([name ?? "", `${line}\n`]);
    else last[1] += `${line}\n`;
  }
  return found;
}
