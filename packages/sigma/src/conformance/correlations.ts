/** correlations: every type over short sequences of events, with groups, windows, ranges, aliases, chains and expressions. */
import { type CorrelationVector, indented, ruleText, type Sequence } from "./vector.testing.ts";

const BASE = ["1", "2", "3"].map((kind) =>
  ruleText(`  s:\n    kind: ${kind}\n  condition: s`, `title: r${kind}\nid: r${kind}\nname: name_${kind}`),
);

type Row = readonly [name: string, section: string, yes: readonly Sequence[], no: readonly Sequence[]];

function correlations(feature: string, section: string, rows: readonly Row[]): CorrelationVector[] {
  return rows.map(([name, body, yes, no]) => ({
    name,
    feature,
    section: `correlations: ${section}`,
    text: [correlation("c", body), ...BASE].join("---\n"),
    yes,
    no,
  }));
}

function correlation(id: string, body: string): string {
  return `title: ${id}\nid: ${id}\nname: ${id}_name\ncorrelation:\n${indented(body, 2)}\n`;
}

/** `"1 0"`: an event of kind 1 at second 0; more words are its fields. */
function at(...events: readonly string[]): Sequence {
  return events.map((event) => {
    const [kind = "", second = "0", ...fields] = event.split(" ");
    return [Number(second), { kind, ...Object.fromEntries(fields.map((field) => field.split("="))) }];
  });
}

const COUNT = "type: event_count\nrules: [r1]\ntimespan: 10s\n";
const VALUES = "rules: [r1]\ntimespan: 10s\n";

export const CORRELATIONS: readonly CorrelationVector[] = [
  ...correlations("event_count", "event count", [
    [
      "gte",
      `${COUNT}condition:\n  gte: 3`,
      [at("1 0", "1 5", "1 10"), at("1 0", "1 0", "1 0", "1 0")],
      [at("1 0", "1 5"), at("2 0", "2 1", "2 2")],
    ],
    ["gt", `${COUNT}condition:\n  gt: 2`, [at("1 0", "1 1", "1 2")], [at("1 0", "1 1")]],
    ["eq", `${COUNT}condition:\n  eq: 2`, [at("1 0", "1 1")], [at("1 0")]],
    [
      "a range is AND",
      `${COUNT}condition:\n  gt: 1\n  lte: 3`,
      [at("1 0", "1 1"), at("1 0", "1 1", "1 2")],
      [at("1 0")],
    ],
    [
      "the window slides",
      `${COUNT}condition:\n  gte: 3`,
      [at("1 8", "1 12", "1 17")],
      [at("1 0", "1 6", "1 12"), at("1 0", "1 11", "1 22")],
    ],
    [
      "groups are apart",
      `${COUNT}group-by: [u]\ncondition:\n  gte: 2`,
      [at("1 0 u=a", "1 1 u=b", "1 2 u=a")],
      [at("1 0 u=a", "1 1 u=b")],
    ],
    [
      "one field as text",
      `${COUNT}group-by: u\ncondition:\n  gte: 2`,
      [at("1 0 u=a", "1 1 u=a")],
      [at("1 0 u=a", "1 1 u=b")],
    ],
    [
      "two fields are AND",
      `${COUNT}group-by: [u, h]\ncondition:\n  gte: 2`,
      [at("1 0 u=a h=x", "1 1 u=a h=x")],
      [at("1 0 u=a h=x", "1 1 u=a h=y")],
    ],
    [
      "several rules are counted together",
      "type: event_count\nrules: [r1, r2]\ntimespan: 10s\ncondition:\n  gte: 3",
      [at("1 0", "2 1", "1 2")],
      [at("1 0", "3 1", "2 2")],
    ],
    [
      "rules by name",
      "type: event_count\nrules: [name_1]\ntimespan: 10s\ncondition:\n  gte: 2",
      [at("1 0", "1 1")],
      [at("2 0", "2 1")],
    ],
    [
      "one rule as text",
      "type: event_count\nrules: r1\ntimespan: 10s\ncondition:\n  gte: 2",
      [at("1 0", "1 1")],
      [at("1 0")],
    ],
    ["out of order", `${COUNT}condition:\n  gte: 3`, [at("1 10", "1 0", "1 5")], [at("1 22", "1 0", "1 11")]],
    ["a bound as text", `${COUNT}condition:\n  gte: '2'`, [at("1 0", "1 1")], [at("1 0")]],
  ]),
  ...correlations("timespan", "time selection", [
    [
      "seconds",
      "type: event_count\nrules: [r1]\ntimespan: 90s\ncondition:\n  gte: 2",
      [at("1 0", "1 90")],
      [at("1 0", "1 91")],
    ],
    [
      "minutes",
      "type: event_count\nrules: [r1]\ntimespan: 2m\ncondition:\n  gte: 2",
      [at("1 0", "1 120")],
      [at("1 0", "1 121")],
    ],
    [
      "hours",
      "type: event_count\nrules: [r1]\ntimespan: 1h\ncondition:\n  gte: 2",
      [at("1 0", "1 3600")],
      [at("1 0", "1 3601")],
    ],
    [
      "days",
      "type: event_count\nrules: [r1]\ntimespan: 1d\ncondition:\n  gte: 2",
      [at("1 0", "1 86400")],
      [at("1 0", "1 86401")],
    ],
    [
      "weeks",
      "type: event_count\nrules: [r1]\ntimespan: 1w\ncondition:\n  gte: 2",
      [at("1 0", "1 604800")],
      [at("1 0", "1 604801")],
    ],
    [
      "no boundaries: a window may begin anywhere",
      "type: event_count\nrules: [r1]\ntimespan: 1h\ncondition:\n  gte: 2",
      [at("1 3500", "1 3700")],
      [at("1 0", "1 7199")],
    ],
  ]),
  ...correlations("value_count", "value count", [
    [
      "distinct values",
      `type: value_count\n${VALUES}condition:\n  field: u\n  gte: 3`,
      [at("1 0 u=a", "1 1 u=b", "1 2 u=c")],
      [at("1 0 u=a", "1 1 u=b", "1 2 u=a", "1 3 u=b")],
    ],
    [
      "per group",
      `type: value_count\n${VALUES}group-by: [h]\ncondition:\n  field: u\n  gte: 2`,
      [at("1 0 h=x u=a", "1 1 h=x u=b")],
      [at("1 0 h=x u=a", "1 1 h=y u=b")],
    ],
    [
      "values leave with the window",
      `type: value_count\n${VALUES}condition:\n  field: u\n  gte: 3`,
      [at("1 0 u=a", "1 9 u=b", "1 10 u=c")],
      [at("1 0 u=a", "1 6 u=b", "1 12 u=c")],
    ],
    [
      "several fields are one value",
      `type: value_count\n${VALUES}condition:\n  field: [u, h]\n  gte: 2`,
      [at("1 0 u=a h=x", "1 1 u=a h=y")],
      [at("1 0 u=a h=x", "1 1 u=a h=x")],
    ],
    [
      "an event without the field counts nothing",
      `type: value_count\n${VALUES}condition:\n  field: u\n  gte: 2`,
      [at("1 0 u=a", "1 1 u=b", "1 2")],
      [at("1 0 u=a", "1 1", "1 2")],
    ],
  ]),
  ...correlations("value_sum", "value sum", [
    [
      "the sum",
      `type: value_sum\n${VALUES}condition:\n  field: n\n  gt: 100`,
      [at("1 0 n=60", "1 1 n=41")],
      [at("1 0 n=60", "1 1 n=40"), at("1 0 n=60", "1 20 n=60")],
    ],
    [
      "per group",
      `type: value_sum\n${VALUES}group-by: [u]\ncondition:\n  field: n\n  gte: 10`,
      [at("1 0 u=a n=5", "1 1 u=a n=5")],
      [at("1 0 u=a n=5", "1 1 u=b n=5")],
    ],
    [
      "what is no number is left out",
      `type: value_sum\n${VALUES}condition:\n  field: n\n  gte: 10`,
      [at("1 0 n=10", "1 1 n=x")],
      [at("1 0 n=x", "1 1 n=9")],
    ],
  ]),
  ...correlations("value_avg", "value average", [
    [
      "the average",
      `type: value_avg\n${VALUES}condition:\n  field: n\n  gt: 10`,
      [at("1 0 n=5", "1 1 n=20")],
      [at("1 0 n=5", "1 1 n=10")],
    ],
    [
      "a fraction as limit",
      `type: value_avg\n${VALUES}condition:\n  field: n\n  gte: 2.5`,
      [at("1 0 n=2", "1 1 n=3")],
      [at("1 0 n=2", "1 1 n=2")],
    ],
  ]),
  ...correlations("value_median", "beyond 2.1, as pySigma", [
    [
      "the middle value",
      `type: value_median\n${VALUES}condition:\n  field: n\n  gte: 10`,
      [at("1 0 n=12", "1 1 n=10", "1 2 n=11")],
      [at("1 0 n=1", "1 1 n=2", "1 2 n=9")],
    ],
  ]),
  ...correlations("value_percentile", "value percentile", [
    [
      "the percentile that is written",
      `type: value_percentile\n${VALUES}condition:\n  field: n\n  percentile: 100\n  gte: 50`,
      [at("1 0 n=1", "1 1 n=50")],
      [at("1 0 n=1", "1 1 n=49")],
    ],
    [
      "none written is the median",
      `type: value_percentile\n${VALUES}condition:\n  field: n\n  gte: 10`,
      [at("1 0 n=12", "1 1 n=10", "1 2 n=11")],
      [at("1 0 n=1", "1 1 n=2", "1 2 n=9")],
    ],
  ]),
  ...correlations("temporal", "temporal proximity", [
    [
      "all rules, in any order",
      "type: temporal\nrules: [r1, r2]\ntimespan: 10s",
      [at("1 0", "2 5"), at("2 0", "1 10")],
      [at("1 0", "1 5"), at("1 0", "2 11")],
    ],
    [
      "per group",
      "type: temporal\nrules: [r1, r2]\ngroup-by: [u]\ntimespan: 10s",
      [at("1 0 u=a", "2 1 u=a")],
      [at("1 0 u=a", "2 1 u=b")],
    ],
    [
      "three rules",
      "type: temporal\nrules: [r1, r2, r3]\ntimespan: 10s",
      [at("3 0", "1 5", "2 9")],
      [at("1 0", "2 1", "2 2"), at("1 0", "2 6", "3 12")],
    ],
    [
      "a number of different rules",
      "type: temporal\nrules: [r1, r2, r3]\ntimespan: 10s\ncondition:\n  gte: 2",
      [at("1 0", "3 5")],
      [at("1 0", "1 1"), at("1 0", "3 11")],
    ],
    [
      "an event without the group field",
      "type: temporal\nrules: [r1, r2]\ngroup-by: [u]\ntimespan: 10s",
      [at("1 0 u=a", "2 1 u=a")],
      [at("1 0", "2 1")],
    ],
  ]),
  ...correlations("temporal_ordered", "ordered temporal proximity", [
    [
      "the written order",
      "type: temporal_ordered\nrules: [r1, r2]\ntimespan: 10s",
      [at("1 0", "2 5"), at("2 0", "1 1", "2 2")],
      [at("2 0", "1 5"), at("1 0", "2 11")],
    ],
    [
      "order of three",
      "type: temporal_ordered\nrules: [r1, r2, r3]\ntimespan: 10s",
      [at("1 0", "2 1", "3 2"), at("1 0", "3 1", "2 2", "3 3")],
      [at("1 0", "3 1", "2 2"), at("2 0", "1 1", "3 2")],
    ],
    [
      "per group",
      "type: temporal_ordered\nrules: [r1, r2]\ngroup-by: [u]\ntimespan: 10s",
      [at("1 0 u=a", "2 1 u=a")],
      [at("1 0 u=a", "2 1 u=b")],
    ],
    [
      "by time of the event, not of arrival",
      "type: temporal_ordered\nrules: [r1, r2]\ntimespan: 10s",
      [at("2 5", "1 0")],
      [at("1 5", "2 0")],
    ],
  ]),
  ...correlations("aliases", "field name aliases", [
    [
      "one name for two fields",
      "type: temporal\nrules: [name_1, name_2]\ngroup-by: [ip]\ntimespan: 10s\naliases:\n  ip:\n    name_1: src\n    name_2: dst",
      [at("1 0 src=a dst=b", "2 1 src=c dst=a")],
      [at("1 0 src=a dst=b", "2 1 src=a dst=b")],
    ],
    [
      "a rule without entry is read by the alias' own name",
      "type: temporal\nrules: [name_1, name_2]\ngroup-by: [ip]\ntimespan: 10s\naliases:\n  ip:\n    name_1: src",
      [at("1 0 src=a", "2 1 ip=a")],
      [at("1 0 src=a", "2 1 src=a")],
    ],
  ]),
  ...correlations("extended condition", "beyond 2.1, as pySigma", [
    [
      "and, or",
      "type: temporal\nrules: [r1, r2, r3]\ntimespan: 10s\ncondition: r1 and (r2 or r3)",
      [at("1 0", "3 1"), at("2 0", "1 1")],
      [at("2 0", "3 1"), at("1 0", "1 1")],
    ],
    [
      "rules from the condition",
      "type: temporal\ntimespan: 10s\ncondition: name_1 and name_2",
      [at("1 0", "2 1")],
      [at("1 0", "3 1")],
    ],
    [
      "not",
      "type: temporal\nrules: [r1, r2]\ntimespan: 10s\ncondition: r1 and not r2",
      [at("1 0")],
      [at("1 0", "2 1"), at("2 0")],
    ],
  ]),
  {
    name: "a correlation over a correlation",
    feature: "chain",
    section: "correlations: example",
    text: [
      correlation("c", "type: temporal_ordered\nrules: [many_name, r2]\ngroup-by: [u]\ntimespan: 10s"),
      correlation("many", "type: event_count\nrules: [r1]\ngroup-by: [u]\ntimespan: 5s\ncondition:\n  gte: 3"),
      ...BASE,
    ].join("---\n"),
    yes: [at("1 0 u=a", "1 1 u=a", "1 2 u=a", "2 6 u=a")],
    no: [
      at("1 0 u=a", "1 1 u=a", "2 6 u=a"),
      at("1 0 u=a", "1 1 u=a", "1 2 u=a", "2 6 u=b"),
      at("2 0 u=a", "1 1 u=a", "1 2 u=a", "1 3 u=a"),
    ],
  },
];
