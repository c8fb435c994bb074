/** string-modifiers: regular expressions and their flags, windash, Base64 at any offset and UTF-16 in its spellings. */
import { base64Of, items, type Vector } from "./vector.testing.ts";

const raw = String.raw;

/** Base64 of bytes given as text with one character each. */
const b64 = base64Of;
const wide = (text: string): string => [...text].map((c) => `${c}\u0000`).join("");
const wideBe = (text: string): string => [...text].map((c) => `\u0000${c}`).join("");
const EN = "\u2013";
const EM = "\u2014";
const BAR = "\u2015";

export const STRING_MODIFIERS: readonly Vector[] = [
  ...items({ feature: "re", section: "modifiers: regular expression" }, [
    ["found anywhere", "f|re: b+", ["abbc"], ["ac", undefined]],
    ["case counts", "f|re: ab", ["ab"], ["AB"]],
    ["anchors", "f|re: ^ab$", ["ab"], ["xab", "abx"]],
    ["the dot is one character", "f|re: ^a.c$", ["abc"], ["ac", "a\nc"]],
    ["quantifiers", "f|re: '^a{2,3}b?c*$'", ["aa", "aaabcc"], ["a", "aaaa"]],
    ["classes", "f|re: '^[a-c][^a-c]$'", ["ax"], ["ab", "xa"]],
    ["alternation and groups", "f|re: '^(ab|cd)+$'", ["abcd"], ["abc"]],
    ["a star is a quantifier, not a wildcard", "f|re: ^a*$", ["", "aaa"], ["ab"]],
    ["backslashes are the expression's own", raw`f|re: '\\cmd\.exe$'`, [raw`C:\cmd.exe`], [raw`C:\cmdXexe`]],
    ["digits and words", raw`f|re: '^\d+\s\w+$'`, ["12 ab"], ["a b"]],
    ["a list is any of them", "f|re: ['^a', 'z$']", ["ab", "yz"], ["b"]],
    ["a number as expression", "f|re: 46", [4624], [4]],
    ["on a number", "f|re: ^46", [4624], [5146]],
    ["flags in the expression", "f|re: (?i)^ab$", ["AB"], ["b"]],
    ["lazy quantifiers", "f|re: ^a.*?c$", ["abc"], ["ab"]],
    ["a value of a list", "f|re: ^b$", [["a", "b"]], [["ab"]]],
  ]),
  ...items({ feature: "re flags", section: "modifiers: regular expression" }, [
    ["i: without case", "f|re|i: ^ab$", ["AB", "ab"], ["abc"]],
    ["m: ^ and $ at lines", "f|re|m: ^b$", ["a\nb\nc"], ["ab"]],
    ["without m only at the ends", "f|re: ^b$", ["b"], ["a\nb\nc"]],
    ["s: the dot takes line ends", "f|re|s: a.b", ["a\nb", "axb"], ["ab"]],
    ["i and s", "f|re|i|s: ^a.b$", ["A\nB"], ["ab"]],
    ["i, m and s", "f|re|i|m|s: ^b.c$", ["a\nB\nC"], ["a\nbxd"]],
    ["in any order", "f|re|m|i: ^B$", ["a\nb"], ["ab"]],
    ["with all", "f|re|i|all: [A, B]", ["ab"], ["a"]],
  ]),
  ...items({ feature: "windash", section: "modifiers: string" }, [
    [
      "a dash as any of the five",
      "f|windash: x -a",
      ["x -a", "x /a", `x ${EN}a`, `x ${EM}a`, `x ${BAR}A`],
      ["x a", "x +a", "x ~a"],
    ],
    ["a slash as well", "f|windash: x /a", ["x -a", `x ${EM}a`], ["xa"]],
    ["a dash of the other kinds as well", `f|windash: x ${EN}a`, ["x -a", "x /a", `x ${BAR}a`], ["x a"]],
    [
      "every combination of two",
      "f|windash|contains: ' -a -b'",
      ["x /a -b", `x ${EN}a ${BAR}b`, "x -a /b"],
      ["x -a b"],
    ],
    ["at the start of the value", "f|windash: -a", ["/a", `${EM}a`], ["a"]],
    ["a dash inside a word stays", "f|windash|contains: a-b", ["xa-bx"], ["xa/bx"]],
    ["a long flag keeps its inner dash", "f|windash|contains: ' -foo-bar'", ["x /foo-bar"], ["x /foo/bar"]],
    ["beside wildcards", "f|windash: '*-a*'", ["x/ay", "-a"], ["a"]],
    ["a list, each", "f|windash|endswith: [' -a', ' /b']", ["x /a", "x -b"], ["x c"]],
    ["a slash in a path is part of a word", "f|windash|contains: a/b", ["a/b"], ["a-b"]],
  ]),
  ...items({ feature: "base64", section: "modifiers: encoding" }, [
    ["the whole value", "f|base64: user", [b64("user")], ["user", b64("users")]],
    ["case of the value counts", "f|base64|cased: User", [b64("User")], [b64("user")]],
    ["inside", "f|base64|contains: foobar", [`x${b64("foobar")}x`], [b64("xfoobar")]],
    ["UTF-8", "f|base64: é", ["w6k="], [b64("e")]],
    ["a list", "f|base64: [a1, b2]", [b64("b2")], [b64("c3")]],
    ["a number", "f|base64: 42", [b64("42")], [42]],
    ["escapes are resolved before", raw`f|base64: 'a\*b'`, [b64("a*b")], [b64("axb")]],
  ]),
  ...items({ feature: "base64offset", section: "modifiers: encoding" }, [
    [
      "at each of the three offsets",
      "f|base64offset|contains: http",
      [b64("http://"), b64("xhttp://"), b64("xxhttp://"), b64("xxxhttp://")],
      [b64("htp"), "http"],
    ],
    [
      "the edges may be anything",
      "f|base64offset|contains: IEX (New",
      [b64("a;IEX (New-Object"), b64("IEX (New")],
      [b64("IEX(New")],
    ],
    ["two characters are enough", "f|base64offset|contains: ab", [b64("xxab")], [b64("zz")]],
    ["a list", "f|base64offset|contains: [foo, bar]", [b64("xbar")], [b64("baz")]],
    ["the whole value only", "f|base64offset: foo", [b64("foo")], [b64("foofoo")]],
  ]),
  ...items({ feature: "utf16", section: "modifiers: encoding" }, [
    ["wide then Base64", "f|wide|base64: cmd", [b64(wide("cmd"))], [b64("cmd")]],
    ["utf16le is wide", "f|utf16le|base64: cmd", [b64(wide("cmd"))], [b64(wideBe("cmd"))]],
    ["utf16be", "f|utf16be|base64: cmd", [b64(wideBe("cmd"))], [b64(wide("cmd"))]],
    ["utf16 has the byte order mark", "f|utf16|base64: cmd", [b64(`\u00ff\u00fe${wide("cmd")}`)], [b64(wide("cmd"))]],
    [
      "wide at any offset",
      "f|wide|base64offset|contains: ping",
      [b64(wide("ping x")), b64(`x${wide("ping")}`), b64(`xx${wide("ping")}x`)],
      [b64("ping x")],
    ],
    ["utf16be at any offset", "f|utf16be|base64offset|contains: ping", [b64(wideBe("xping"))], [b64("xping")]],
    [
      "utf16 at any offset",
      "f|utf16|base64offset|contains: ping",
      [b64(`\u00ff\u00fe${wide("ping")}`)],
      [b64(wide("ping"))],
    ],
    ["the order counts: Base64 and then wide", "f|base64|wide: a", [wide(b64("a"))], [b64(wide("a"))]],
    ["wide alone", "f|wide|contains: ab", [`x${wide("ab")}`], ["ab"]],
    ["beyond ASCII", "f|wide|base64: é", [b64("\u00e9\u0000")], [b64("é")]],
    ["surrogates are two units", "f|utf16le|base64: \u{1f600}", [b64("\u003d\u00d8\u0000\u00de")], [b64("x")]],
    [
      "one character is two bytes, enough for offsets",
      "f|wide|base64offset|contains: a",
      [b64(wide("a"))],
      [b64(wide("b"))],
    ],
  ]),
];
