/** structure: maps and lists of search identifiers, keywords over the whole message, and the names of fields. */
import { detections, type Vector } from "./vector.testing.ts";

export const STRUCTURE: readonly Vector[] = [
  ...detections({ feature: "map", section: "rules: maps" }, [
    ["all of its items", "s:\n  a: 1\n  b: 2\ncondition: s", [{ a: 1, b: 2, c: 3 }], [{ a: 1 }, { a: 1, b: 3 }, {}]],
    [
      "a list of values in a map",
      "s:\n  a: [1, 2]\n  b: x\ncondition: s",
      [{ a: 2, b: "x" }],
      [{ a: 3, b: "x" }, { a: 1 }],
    ],
    [
      "one field twice with different modifiers",
      "s:\n  a|startswith: x\n  a|endswith: y\ncondition: s",
      [{ a: "xy" }, { a: "xzy" }],
      [{ a: "x" }, { a: "yx" }],
    ],
    ["an absent field does not match", "s:\n  a: x\ncondition: s", [{ a: "x" }], [{ b: "x" }, {}]],
  ]),
  ...detections({ feature: "list of maps", section: "rules: lists" }, [
    ["any of its maps", "s:\n  - a: 1\n  - b: 2\ncondition: s", [{ a: 1 }, { b: 2 }, { a: 0, b: 2 }], [{ a: 2, b: 1 }]],
    [
      "a map of the list is AND inside",
      "s:\n  - a: 1\n    b: 2\n  - c: 3\ncondition: s",
      [{ a: 1, b: 2 }, { c: 3 }],
      [{ a: 1 }, { b: 2 }],
    ],
    ["maps and keywords in one list", "s:\n  - a: 1\n  - evil\ncondition: s", [{ a: 1 }, { x: "so evil" }], [{ a: 2 }]],
    [
      "lists of values in a list of maps",
      "s:\n  - a: [1, 2]\n  - b|contains: [x, y]\ncondition: s",
      [{ a: 2 }, { b: "ayb" }],
      [{ a: 3, b: "z" }],
    ],
  ]),
  ...detections({ feature: "keywords", section: "rules: keywords search" }, [
    [
      "any of them, anywhere",
      "k: [evil, bad]\ncondition: k",
      [{ a: "an EVIL thing" }, { b: "bad" }],
      [{ a: "good" }, {}],
    ],
    ["a single keyword", "k: evil\ncondition: k", [{ a: "evil" }], [{ evil: "x" }]],
    [
      "all of them, in different fields",
      "k:\n  '|all':\n    - one\n    - two\ncondition: k",
      [{ a: "one", b: "two" }, { a: "two one" }],
      [{ a: "one" }],
    ],
    ["a number as keyword", "k: [4624]\ncondition: k", [{ a: "id=4624" }, { a: 4624 }], [{ a: 462 }]],
    ["wildcards in a keyword", "k: ['ev*l']\ncondition: k", [{ a: "an ev..l b" }], [{ a: "ev", b: "l" }]],
    ["an escaped wildcard in a keyword", "k: ['e\\*l']\ncondition: k", [{ a: "x e*l x" }], [{ a: "evil" }]],
    [
      "a regular expression as keyword",
      "k:\n  '|re': '^e[vw]il$'\ncondition: k",
      [{ a: "evil" }],
      [{ a: "Evil" }, { a: "an evil" }],
    ],
    ["keywords with case", "k:\n  '|cased': Evil\ncondition: k", [{ a: "an Evil one" }], [{ a: "an evil one" }]],
    ["a placed keyword", "k:\n  '|startswith': ev\ncondition: k", [{ a: "evil" }], [{ a: "an evil" }]],
    [
      "keywords that must not occur",
      "s:\n  a: 1\nk: [noise]\ncondition: s and not k",
      [{ a: 1 }],
      [{ a: 1, b: "Noise" }],
    ],
    [
      "keywords search nested values",
      "k: [deep]\ncondition: k",
      [{ a: { b: ["x", { c: "deep" }] } }],
      [{ a: { deep: "x" } }],
    ],
    ["keywords that differ", "k:\n  '|neq': evil\ncondition: k", [{ a: "good" }], [{ a: "evil" }]],
  ]),
  ...detections({ feature: "field names", section: "rules: field usage" }, [
    ["spaces are stripped in the rule", "s:\n  Threat Name: x\ncondition: s", [{ ThreatName: "x" }], [{ Threat: "x" }]],
    ["names keep their case", "s:\n  Image: x\ncondition: s", [{ Image: "X" }], [{ image: "x" }]],
    [
      "a dotted name reaches into objects",
      "s:\n  a.b.c: x\ncondition: s",
      [{ a: { b: { c: "x" } } }, { "a.b.c": "x" }, { a: { "b.c": "x" } }],
      [{ a: { b: "x" } }],
    ],
    [
      "a dotted name reaches through lists",
      "s:\n  a.b: x\ncondition: s",
      [{ a: [{ b: "y" }, { b: "x" }] }],
      [{ a: [{ c: "x" }] }],
    ],
    ["a structure is its JSON text", "s:\n  a|contains: '\"b\":1'\ncondition: s", [{ a: { b: 1 } }], [{ a: { b: 2 } }]],
    [
      "hyphens and at signs",
      "s:\n  cs-uri-query: x\n  '@type': y\ncondition: s",
      [{ "cs-uri-query": "x", "@type": "y" }],
      [{ "cs-uri-query": "x" }],
    ],
    ["names of inherited properties", "s:\n  constructor: x\ncondition: s", [{ constructor: "x" }], [{}]],
  ]),
];
