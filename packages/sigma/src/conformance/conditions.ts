/** conditions: precedence, negation, quantifiers over names and patterns, hidden names and lists of conditions. */
import { detections, type Vector } from "./vector.testing.ts";

const ABC = "a:\n  a: 1\nb:\n  b: 1\nc:\n  c: 1\n";
const MANY = "sel_1:\n  a: 1\nsel_2:\n  b: 1\nfilter_x:\n  c: 1\n_hidden:\n  d: 1\n";

export const CONDITIONS: readonly Vector[] = [
  ...detections({ feature: "and, or, not", section: "rules: condition" }, [
    ["and", `${ABC}condition: a and b`, [{ a: 1, b: 1 }], [{ a: 1 }, { b: 1 }]],
    ["or", `${ABC}condition: a or b`, [{ a: 1 }, { b: 1 }], [{ c: 1 }]],
    ["not", `${ABC}condition: not a`, [{ a: 2 }, {}], [{ a: 1 }]],
    ["and before or", `${ABC}condition: a or b and c`, [{ a: 1 }, { b: 1, c: 1 }], [{ b: 1 }, { c: 1 }]],
    ["not before and", `${ABC}condition: not a and b`, [{ b: 1 }], [{ a: 1, b: 1 }, {}]],
    ["parentheses", `${ABC}condition: (a or b) and c`, [{ a: 1, c: 1 }], [{ a: 1 }, { c: 1 }]],
    [
      "parentheses in parentheses",
      `${ABC}condition: ((a) and (not (b or c)))`,
      [{ a: 1 }],
      [
        { a: 1, b: 1 },
        { a: 1, c: 1 },
      ],
    ],
    ["not of a group", `${ABC}condition: not (a or b)`, [{ c: 1 }], [{ a: 1 }, { b: 1 }]],
    ["not not", `${ABC}condition: not not a`, [{ a: 1 }], [{}]],
    ["capital words", `${ABC}condition: a AND NOT b OR c`, [{ a: 1 }, { c: 1, b: 1 }], [{ a: 1, b: 1 }]],
    ["several lines", `${ABC}condition: |\n  a\n  and b`, [{ a: 1, b: 1 }], [{ a: 1 }]],
    ["three of one kind", `${ABC}condition: a and b and c`, [{ a: 1, b: 1, c: 1 }], [{ a: 1, b: 1 }]],
    ["names with hyphens, dots and digits", "s-1.x:\n  a: 1\ncondition: s-1.x", [{ a: 1 }], [{ a: 2 }]],
    ["names keep their case", "S:\n  a: 1\ns:\n  b: 1\ncondition: S and not s", [{ a: 1 }], [{ a: 1, b: 1 }]],
  ]),
  ...detections({ feature: "x of them", section: "rules: condition, 1/all of them" }, [
    ["1 of them", `${MANY}condition: 1 of them`, [{ a: 1 }, { c: 1 }], [{}, { d: 1 }]],
    [
      "all of them, hidden ones left out",
      `${MANY}condition: all of them`,
      [{ a: 1, b: 1, c: 1 }],
      [{ a: 1, b: 1, d: 1 }],
    ],
    ["any of them", `${MANY}condition: any of them`, [{ b: 1 }], [{ d: 1 }]],
    [
      "2 of them",
      `${MANY}condition: 2 of them`,
      [
        { a: 1, c: 1 },
        { a: 1, b: 1, c: 1 },
      ],
      [{ a: 1 }, { a: 1, d: 1 }],
    ],
    ["not 1 of them", `${MANY}condition: not 1 of them`, [{ d: 1 }], [{ a: 1 }]],
    ["hidden names can be named", `${MANY}condition: 1 of them and _hidden`, [{ a: 1, d: 1 }], [{ a: 1 }]],
    ["capital words", `${MANY}condition: ALL OF THEM`, [{ a: 1, b: 1, c: 1 }], [{ a: 1 }]],
  ]),
  ...detections({ feature: "x of pattern", section: "rules: condition, 1/all of search-identifier-pattern" }, [
    ["1 of prefix*", `${MANY}condition: 1 of sel_*`, [{ a: 1 }, { b: 1 }], [{ c: 1 }]],
    ["all of prefix*", `${MANY}condition: all of sel_*`, [{ a: 1, b: 1 }], [{ a: 1, c: 1 }]],
    ["1 of *suffix", `${MANY}condition: 1 of *_2`, [{ b: 1 }], [{ a: 1 }]],
    ["a star in the middle", `${MANY}condition: 1 of s*_1`, [{ a: 1 }], [{ b: 1 }]],
    ["several stars", `${MANY}condition: 1 of *l*_*`, [{ b: 1 }, { c: 1 }], [{ d: 1 }]],
    ["a name without star", `${MANY}condition: 1 of sel_1`, [{ a: 1 }], [{ b: 1 }]],
    ["a pattern may name hidden ones", `${MANY}condition: 1 of _h*`, [{ d: 1 }], [{ a: 1 }]],
    [
      "the usual form",
      `${MANY}condition: all of sel_* and not 1 of filter_*`,
      [{ a: 1, b: 1 }],
      [{ a: 1, b: 1, c: 1 }, { a: 1 }],
    ],
    ["x of binds before not", `${MANY}condition: not 1 of filter_* and sel_1`, [{ a: 1 }], [{ a: 1, c: 1 }]],
    [
      "at least two of a pattern",
      "x1:\n  a: 1\nx2:\n  b: 1\nx3:\n  c: 1\ncondition: 2 of x*",
      [
        { a: 1, c: 1 },
        { b: 1, c: 1 },
      ],
      [{ a: 1 }],
    ],
  ]),
  ...detections({ feature: "list of conditions", section: "rules: condition" }, [
    ["any of them", `${ABC}condition:\n  - a and b\n  - c`, [{ a: 1, b: 1 }, { c: 1 }], [{ a: 1 }]],
    ["one", `${ABC}condition: [a]`, [{ a: 1 }], [{ b: 1 }]],
  ]),
];
