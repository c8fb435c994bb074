/** refusals: what the specification forbids, and what cannot mean anything: the rule is not loaded, and the problem named. */
import { refused, type Refused } from "./vector.testing.ts";

const raw = String.raw;

export const REFUSALS: readonly Refused[] = [
  ...refused({ feature: "values refused", section: "rules: special field values, lists" }, [
    ["null in a list", "s:\n  a: [x, null]\ncondition: s", "NULL_IN_LIST"],
    ["a structure as value", "s:\n  a: [{ b: c }]\ncondition: s", "VALUE_INVALID"],
    ["an empty list", "s:\n  a: []\ncondition: s", "SELECTION_EMPTY"],
    ["an empty selection", "s: {}\ncondition: s", "SELECTION_EMPTY"],
    ["a null keyword", "s: [null]\ncondition: s", "VALUE_INVALID"],
  ]),
  ...refused({ feature: "modifiers refused", section: "modifiers" }, [
    ["all on a single value", "s:\n  a|contains|all: x\ncondition: s", "ALL_SINGLE"],
    ["all on a list of one", "s:\n  a|contains|all: [x]\ncondition: s", "ALL_SINGLE"],
    ["a modifier nobody knows", "s:\n  a|contain: x\ncondition: s", "MODIFIER_UNKNOWN"],
    ["exists with a text", "s:\n  a|exists: 'yes'\ncondition: s", "MODIFIER_MISPLACED"],
    ["exists without a field", "s:\n  '|exists': true\ncondition: s", "MODIFIER_MISPLACED"],
    ["a comparison with a text", "s:\n  a|gt: many\ncondition: s", "MODIFIER_MISPLACED"],
    ["a comparison of keywords", "s:\n  '|gt': 5\ncondition: s", "MODIFIER_MISPLACED"],
    ["flags without re", "s:\n  a|i: x\ncondition: s", "MODIFIER_MISPLACED"],
    ["a flag before re", "s:\n  a|i|re: x\ncondition: s", "MODIFIER_MISPLACED"],
    ["re after contains", "s:\n  a|contains|re: x\ncondition: s", "MODIFIER_MISPLACED"],
    ["contains after re", "s:\n  a|re|contains: x\ncondition: s", "MODIFIER_MISPLACED"],
    ["cidr of no network", "s:\n  a|cidr: 10.0.0.0/33\ncondition: s", "CIDR_INVALID"],
    ["cidr of no address", "s:\n  a|cidr: host\ncondition: s", "CIDR_INVALID"],
    ["cidr of too wide an IPv6 prefix", "s:\n  a|cidr: fe80::/129\ncondition: s", "CIDR_INVALID"],
    ["cidr after contains", "s:\n  a|contains|cidr: 10.0.0.0/8\ncondition: s", "MODIFIER_MISPLACED"],
    ["Base64 of a wildcard", "s:\n  a|base64: 'x*'\ncondition: s", "MODIFIER_MISPLACED"],
    ["Base64 after contains", "s:\n  a|contains|base64: x\ncondition: s", "MODIFIER_MISPLACED"],
    ["one character at any offset", "s:\n  a|base64offset|contains: x\ncondition: s", "MODIFIER_MISPLACED"],
    ["contains of null", "s:\n  a|contains: null\ncondition: s", "MODIFIER_MISPLACED"],
    ["windash of a number", "s:\n  a|windash: 5\ncondition: s", "MODIFIER_MISPLACED"],
    ["too many dashes", "s:\n  a|windash: '-a -b -c -d -e -f'\ncondition: s", "WINDASH_TOO_MANY"],
    ["a time part of a text", "s:\n  a|hour: noon\ncondition: s", "MODIFIER_MISPLACED"],
    ["a reference to a number", "s:\n  a|fieldref: 5\ncondition: s", "MODIFIER_MISPLACED"],
    ["a placeholder without a list", "s:\n  a|expand: '%x%'\ncondition: s", "PLACEHOLDER_UNSUPPORTED"],
  ]),
  ...refused({ feature: "conditions refused", section: "rules: condition" }, [
    ["no condition", "s:\n  a: 1", "CONDITION_MISSING"],
    ["an empty list of conditions", "s:\n  a: 1\ncondition: []", "CONDITION_MISSING"],
    ["a selection that is not there", "s:\n  a: 1\ncondition: s and t", "SELECTION_UNKNOWN"],
    ["a pattern that names nothing", "s:\n  a: 1\ncondition: 1 of t*", "SELECTION_UNKNOWN"],
    ["them, when all are hidden", "_s:\n  a: 1\ncondition: 1 of them", "SELECTION_UNKNOWN"],
    ["more than there are", "s:\n  a: 1\ncondition: 2 of s*", "CONDITION_SYNTAX"],
    ["an open parenthesis", "s:\n  a: 1\ncondition: (s", "CONDITION_SYNTAX"],
    ["nothing after and", "s:\n  a: 1\ncondition: s and", "CONDITION_SYNTAX"],
    ["two names side by side", "s:\n  a: 1\nt:\n  a: 1\ncondition: s t", "CONDITION_SYNTAX"],
    ["the removed aggregation", "s:\n  a: 1\ncondition: s | count() > 5", "AGGREGATION_UNSUPPORTED"],
    ["the removed timeframe", "s:\n  a: 1\ntimeframe: 5m\ncondition: s", "AGGREGATION_UNSUPPORTED"],
    ["a key twice", raw`s: { a: 1, a: 2 }` + "\ncondition: s", "YAML_INVALID"],
  ]),
];
