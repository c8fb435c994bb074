/** filters: filter documents over one rule, several filters, log sources, and filters that keep instead of hide. */
import { indented, ruleText, type EventFields, type Vector } from "./vector.testing.ts";

const RULE = ruleText("  selection:\n    a: x\n  condition: selection", "title: r\nid: r1\nname: named");

function filter(body: string, more: { readonly id?: string; readonly source?: string } = {}): string {
  return `title: f\nid: ${more.id ?? "f1"}\nlogsource:\n  ${more.source ?? "product: p"}\nfilter:\n${indented(body, 2)}\n`;
}

type Row = readonly [name: string, filters: readonly string[], yes: readonly EventFields[], no: readonly EventFields[]];

const ROWS: readonly Row[] = [
  [
    "by id",
    [filter("rules: [r1]\nselection:\n  u: bot\ncondition: not selection")],
    [{ a: "x" }, { a: "x", u: "eve" }],
    [{ a: "x", u: "BOT" }, { u: "bot" }],
  ],
  [
    "by name",
    [filter("rules: [named]\nselection:\n  u: bot\ncondition: not selection")],
    [{ a: "x" }],
    [{ a: "x", u: "bot" }],
  ],
  [
    "one name without a list",
    [filter("rules: r1\nselection:\n  u: bot\ncondition: not selection")],
    [{ a: "x" }],
    [{ a: "x", u: "bot" }],
  ],
  [
    "any rule of the log source",
    [filter("rules: any\nselection:\n  u: bot\ncondition: not selection")],
    [{ a: "x" }],
    [{ a: "x", u: "bot" }],
  ],
  [
    "any rule of another log source",
    [filter("rules: any\nselection:\n  u: bot\ncondition: not selection", { source: "product: q" })],
    [{ a: "x", u: "bot" }],
    [{ a: "y" }],
  ],
  [
    "a condition without not keeps",
    [filter("rules: [r1]\nselection:\n  u|startswith: adm_\ncondition: selection")],
    [{ a: "x", u: "adm_1" }],
    [{ a: "x", u: "eve" }, { a: "x" }],
  ],
  [
    "several selections",
    [filter("rules: [r1]\nsel_1:\n  u: bot\nsel_2:\n  v: 1\ncondition: not 1 of sel_*")],
    [{ a: "x", v: 2 }],
    [
      { a: "x", u: "bot" },
      { a: "x", v: 1 },
    ],
  ],
  [
    "them means the filter's own selections",
    [filter("rules: [r1]\none:\n  u: bot\ntwo:\n  v: 1\ncondition: not all of them")],
    [{ a: "x", u: "bot" }, { a: "x" }],
    [{ a: "x", u: "bot", v: 1 }],
  ],
  [
    "a selection named as one of the rule",
    [filter("rules: [r1]\nselection:\n  a: y\ncondition: not selection")],
    [{ a: "x" }, { a: ["x", "z"] }],
    [{ a: ["x", "y"] }],
  ],
  [
    "two filters add up",
    [
      filter("rules: [r1]\nselection:\n  u: bot\ncondition: not selection"),
      filter("rules: [r1]\nselection:\n  v: 1\ncondition: not selection", { id: "f2" }),
    ],
    [{ a: "x" }],
    [
      { a: "x", u: "bot" },
      { a: "x", v: 1 },
    ],
  ],
  [
    "a list of maps in a filter",
    [filter("rules: [r1]\nselection:\n  - u: bot\n  - v: 1\ncondition: not selection")],
    [{ a: "x" }],
    [{ a: "x", v: 1 }],
  ],
  [
    "modifiers in a filter",
    [filter("rules: [r1]\nselection:\n  ip|cidr: 10.0.0.0/8\ncondition: not selection")],
    [{ a: "x", ip: "11.0.0.1" }],
    [{ a: "x", ip: "10.0.0.1" }],
  ],
  [
    "keywords in a filter",
    [filter("rules: [r1]\nselection: [maintenance]\ncondition: not selection")],
    [{ a: "x" }],
    [{ a: "x", b: "in Maintenance" }],
  ],
  [
    "a filter before its rule in the file",
    [filter("rules: [r1]\nselection:\n  u: bot\ncondition: not selection")],
    [{ a: "x" }],
    [{ a: "x", u: "bot" }],
  ],
];

export const FILTERS: readonly Vector[] = ROWS.map(([name, filters, yes, no]) => ({
  name,
  feature: "filter",
  section: "filters: global filter",
  text: (name.includes("before") ? [...filters, RULE] : [RULE, ...filters]).join("---\n"),
  yes,
  no,
}));
