/** generic-modifiers: all, startswith, endswith, contains, exists, cased and neq, alone and together. */
import { base64Of, items, type Vector } from "./vector.testing.ts";

const raw = String.raw;

export const GENERIC_MODIFIERS: readonly Vector[] = [
  ...items({ feature: "contains", section: "modifiers: generic" }, [
    ["anywhere", "f|contains: bc", ["abcd", "BC"], ["b", "acb", undefined]],
    ["any of a list", "f|contains: [a, b]", ["xa", "bx"], ["c"]],
    ["a number", "f|contains: 46", [4624, "x46"], [4264]],
    ["an empty text is found in any value", "f|contains: ''", ["", "x"], [undefined, null]],
    ["wildcards inside", "f|contains: a*c", ["xaBcx", "ac"], ["ca"]],
    ["? inside", "f|contains: a?c", ["xabcx"], ["xacx"]],
    ["a trailing backslash", raw`f|contains: 'a\'`, [raw`xa\y`], ["xay"]],
    ["a structure, by its text", "f|contains: deep", [{ a: ["deep"] }], [{ a: "x" }]],
    ["a list of values, one is enough", "f|contains: b", [["xby", "c"]], [["x", "y"]]],
  ]),
  ...items({ feature: "startswith", section: "modifiers: generic" }, [
    ["at the start", "f|startswith: ab", ["abc", "AB"], ["xab", "a"]],
    ["with a wildcard", "f|startswith: a*c", ["abcx", "acc"], ["bac"]],
    ["any of a list", "f|startswith: [a, b]", ["bx"], ["cab"]],
    ["a number", "f|startswith: 46", [4624], [2446]],
  ]),
  ...items({ feature: "endswith", section: "modifiers: generic" }, [
    ["at the end", raw`f|endswith: '\cmd.exe'`, [raw`C:\x\CMD.EXE`, raw`\cmd.exe`], ["cmd.exe", raw`\cmd.exe.bak`]],
    ["with a wildcard", "f|endswith: a?c", ["xabc"], ["abcx"]],
    ["any of a list", "f|endswith: [a, b]", ["xb"], ["bx"]],
  ]),
  ...items({ feature: "all", section: "modifiers: generic" }, [
    ["every value of the list", "f|contains|all: [a, b]", ["xbxa"], ["a", "b", ""]],
    ["with startswith it is nearly never", "f|startswith|all: [a, ab]", ["abc"], ["ac"]],
    ["before the other modifier", "f|all|contains: [a, b]", ["ab"], ["a"]],
    ["with regular expressions", "f|re|all: ['^a', 'b$']", ["ab", "axb"], ["a", "b"]],
    ["each value may be in another element", "f|contains|all: [a, b]", [["xa", "xb"]], [["xa", "xc"]]],
    [
      "with windash, each in any spelling",
      "f|contains|all|windash: [' -a', ' -b']",
      ["x /a \u2014b", "x -b -a"],
      ["x -a", "x /b"],
    ],
    [
      "with base64offset, each at any offset",
      "f|base64offset|contains|all: [foo, bar]",
      [base64Of("xfoo-bar")],
      [base64Of("foo")],
    ],
    ["with numbers compared", "f|gt|all: [1, 5]", [6], [3, 5]],
  ]),
  ...items({ feature: "exists", section: "modifiers: generic, rules: field existence" }, [
    ["the field is there", "f|exists: true", ["x", "", 0, false, null, [], {}], [undefined]],
    ["the field is not there", "f|exists: false", [undefined], ["x", "", null]],
    ["and its opposite", "f|exists|neq: true", [undefined], ["x"]],
  ]),
  ...items({ feature: "cased", section: "modifiers: generic" }, [
    ["the case counts", "f|cased: Ab", ["Ab"], ["ab", "AB", "aB"]],
    ["with contains", "f|contains|cased: Ab", ["xAbx"], ["xabx"]],
    ["in any order", "f|cased|endswith: Ab", ["xAb"], ["xab"]],
    ["with wildcards", "f|cased: A*b?", ["AxbC"], ["axbC", "AxBC"]],
    ["in a list", "f|cased: [A, b]", ["A", "b"], ["a", "B"]],
    ["numbers are not concerned", "f|cased: 5", [5, "5"], [6]],
  ]),
  ...items({ feature: "neq", section: "modifiers: generic, numeric" }, [
    ["different from a text", "f|neq: a", ["b", "ab", ""], ["a", "A"]],
    ["an absent field is different", "f|neq: a", [undefined, null], ["a"]],
    ["different from every value of a list", "f|neq: [a, b]", ["c"], ["a", "B"]],
    ["different from a number", "f|neq: 5", [6, "x"], [5, "5"]],
    ["not null means there and not null", "f|neq: null", ["", 0, "x"], [null, undefined]],
    ["with contains", "f|contains|neq: a", ["b"], ["xax"]],
    ["with all: not all of them", "f|contains|all|neq: [a, b]", ["a", "b", "c"], ["ab"]],
    ["with a regular expression", "f|re|neq: ^a", ["b", "A"], ["a"]],
    ["with cidr", "f|cidr|neq: 10.0.0.0/8", ["11.0.0.1", "x"], ["10.1.1.1"]],
    ["with a wildcard", "f|neq: a*", ["b"], ["abc"]],
    ["several values: none of them", "f|neq: a", [["b", "c"]], [["a", "b"]]],
    ["with case", "f|cased|neq: Ab", ["ab"], ["Ab"]],
  ]),
];
