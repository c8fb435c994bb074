/** loader-checks: what keeps a document from being loaded. The loader finds these; here stand their words and examples. */
import type { Check } from "../check.ts";

const rule = (item: string): string => `detection:\n  selection:\n    ${item}\n  condition: selection`;
const SOUND = rule("Image|endswith: '\\whoami.exe'");
const condition = (text: string): string => SOUND.replace("condition: selection", `condition: ${text}`);
const RULE_ID = "3b1c9a52-6a0e-4b7c-9d55-0f6b2f8f7a11";
const OTHER_ID = "3b1c9a52-6a0e-4b7c-9d55-0f6b2f8f7a12";
const counting = (lines: string): string =>
  `correlation:\n  type: event_count\n  rules:\n    - ${RULE_ID}\n  group-by:\n    - User\n  timespan: 10m\n  condition:\n    gte: 5\n${lines}`;
const COUNT = counting("").trimEnd();
const FILTER = `filter:\n  rules:\n    - ${RULE_ID}\n  selection:\n    User: scanner\n  condition: not selection`;

export const LOADER_CHECKS: readonly Check[] = [
  found("YAML_INVALID", "The file is no YAML, or has a key twice. Nothing of the document is read.", {
    bad: rule("Image: whoami.exe\n    Image: hostname.exe"),
    good: rule("Image:\n      - whoami.exe\n      - hostname.exe"),
  }),
  found("RULE_INVALID", "A rule is a map of attributes, not a list or a text.", {
    bad: "# whole file\n- title: Whoami started",
    good: "title: Whoami started",
  }),
  found("TITLE_MISSING", "The title is what alerts are called.", { bad: "title:", good: "title: Whoami started" }),
  found("LEVEL_INVALID", "A level is informational, low, medium, high or critical.", {
    bad: "level: severe",
    good: "level: high",
  }),
  found(
    "LOGSOURCE_MISSING",
    "The log source says which events the rule is tried on: a product, a category or a service.",
    {
      bad: "logsource:\n  definition: Sysmon is needed",
      good: "logsource:\n  product: windows\n  category: process_creation",
    },
  ),
  found("DETECTION_MISSING", "Without a detection there is nothing to look for.", { bad: "detection:", good: SOUND }),
  found("CONDITION_MISSING", "The condition says how the selections are joined.", {
    bad: SOUND.replace("\n  condition: selection", ""),
    good: SOUND,
  }),
  found(
    "CONDITION_SYNTAX",
    "A condition is made of selections, and, or, not, parentheses, and `1 of` or `all of` a pattern.",
    {
      bad: condition("selection and"),
      good: condition("selection"),
    },
  ),
  found("SELECTION_UNKNOWN", "The condition names a selection that the detection does not have.", {
    bad: condition("selektion"),
    good: condition("selection"),
  }),
  found(
    "SELECTION_EMPTY",
    "A selection or list without a value would hold always, or never; Sigma does not say which.",
    {
      bad: rule("Image: []"),
      good: rule("Image: whoami.exe"),
    },
  ),
  found("VALUE_INVALID", "A value is a text, a number, true, false or null.", {
    bad: rule("Image:\n      - name: whoami.exe"),
    good: rule("Image:\n      - whoami.exe"),
  }),
  found("NULL_IN_LIST", "null asks whether the field is missing, which cannot be one of several values.", {
    bad: rule("User:\n      - root\n      - null"),
    good: rule("User: null"),
  }),
  found(
    "MODIFIER_MISPLACED",
    "Modifiers work from left to right on what the one before made; this one cannot work on that.",
    {
      bad: rule("CommandLine|re|startswith: whoami"),
      good: rule("CommandLine|startswith: whoami"),
    },
  ),
  found("CIDR_INVALID", "A network is an address, a slash and the length of its prefix.", {
    bad: rule("User|cidr: 10.0.0/8"),
    good: rule("User|cidr: 10.0.0.0/8"),
  }),
  found(
    "AGGREGATION_UNSUPPORTED",
    "`| count()` and timeframe are from Sigma 1; a correlation rule does it now, and exactly.",
    {
      bad: condition("selection | count() > 5"),
      good: condition("selection"),
    },
  ),
  found("ACTION_UNSUPPORTED", "`action: global` is from Sigma 1: every document says everything itself.", {
    bad: "# whole file\naction: global\nlogsource:\n  product: windows",
    good: "title: Whoami started",
  }),
  found("WINDASH_TOO_MANY", "Each dash stands for five; more than five dashes are thousands of values.", {
    bad: rule("CommandLine|windash: '-a -b -c -d -e -f'"),
    good: rule("CommandLine|windash|contains|all:\n      - ' -a'\n      - ' -b'"),
  }),
  {
    ...found(
      "PLACEHOLDER_UNSUPPORTED",
      "A placeholder stands for a list of values that you keep. Until there is one, the rule is not loaded.",
      {
        bad: rule("User|expand: '%admins%'"),
        good: rule("User: admin"),
      },
    ),
    severity: "warning",
  },
  {
    ...found(
      "PLACEHOLDER_TOO_MANY",
      "Several placeholders in one value stand for every combination of their lists; with long lists that is too many.",
      { bad: rule("User|expand: '%many%-%many%-%many%'"), good: rule("User|expand: '%many%'") },
    ),
    given: { placeholders: { many: Array.from({ length: 200 }, (_, index) => `user${index}`) } },
  },
  found(
    "TAXONOMY_UNKNOWN",
    "The rule uses the field names of another product; without a pipeline that maps them it would look for fields that no event has.",
    {
      bad: "taxonomy: ecs",
      good: "taxonomy: sigma",
    },
  ),
  found("ID_DUPLICATE", "Of two rules with one id only the first is loaded.", {
    bad: [`id: ${RULE_ID}`, `id: ${RULE_ID}`],
    good: [`id: ${RULE_ID}`, `id: ${OTHER_ID}`],
  }),
  found("CORRELATION_INVALID", "The correlation section is a map with type, rules, timespan and condition.", {
    bad: [`id: ${RULE_ID}`, "correlation: event_count"],
    good: [`id: ${RULE_ID}`, COUNT],
  }),
  found("CORRELATION_TYPE", "The type says what is counted.", {
    bad: [`id: ${RULE_ID}`, COUNT.replace("event_count", "events_count")],
    good: [`id: ${RULE_ID}`, COUNT],
  }),
  found("CORRELATION_RULES", "A correlation is made of other rules, each listed once.", {
    bad: [`id: ${RULE_ID}`, COUNT.replace(`\n    - ${RULE_ID}`, " []")],
    good: [`id: ${RULE_ID}`, COUNT],
  }),
  found("CORRELATION_CONDITION", "The condition compares the count with a number, or names the rules that must fire.", {
    bad: [`id: ${RULE_ID}`, COUNT.replace("gte", "more")],
    good: [`id: ${RULE_ID}`, COUNT],
  }),
  found("CORRELATION_FIELD", "Types that read a value need the field it is in; the others have none.", {
    bad: [`id: ${RULE_ID}`, COUNT.replace("event_count", "value_count")],
    good: [`id: ${RULE_ID}`, `${COUNT.replace("event_count", "value_count")}\n    field: Image`],
  }),
  found("CORRELATION_PERCENTILE", "A percentile is a number from 0 to 100, of value_percentile only.", {
    bad: [`id: ${RULE_ID}`, `${COUNT}\n    percentile: 95`],
    good: [
      `id: ${RULE_ID}`,
      `${COUNT.replace("event_count", "value_percentile")}\n    field: Port\n    percentile: 95`,
    ],
  }),
  found("CORRELATION_ALIAS", "An alias says for each of the correlation's rules which field is meant.", {
    bad: [`id: ${RULE_ID}`, counting("  aliases:\n    who:\n      other_rule: User")],
    good: [`id: ${RULE_ID}`, counting(`  aliases:\n    User:\n      ${RULE_ID}: TargetUser`)],
  }),
  found("CORRELATION_CYCLE", "A correlation that is made of itself, also by way of others, could never begin.", {
    bad: [`id: ${OTHER_ID}\n${COUNT.replace(RULE_ID, OTHER_ID)}`],
    good: [`id: ${RULE_ID}`, COUNT],
  }),
  found("TIMESPAN_INVALID", "A timespan is a number and a unit: s, m, h, d, w, M or y.", {
    bad: [`id: ${RULE_ID}`, COUNT.replace("10m", "10 minutes")],
    good: [`id: ${RULE_ID}`, COUNT],
  }),
  found(
    "REFERENCE_UNKNOWN",
    "The correlation names a rule that is not among the files: a misspelt id or name, or a file that was left out.",
    {
      bad: [COUNT],
      good: [`id: ${RULE_ID}`, COUNT],
    },
  ),
  found("REFERENCE_AMBIGUOUS", "Two rules have the name; the id says which one is meant.", {
    bad: ["name: whoami", "name: whoami", COUNT.replace(RULE_ID, "whoami")],
    good: ["name: whoami", COUNT.replace(RULE_ID, "whoami")],
  }),
  found("FILTER_INVALID", "A filter has rules, selections and one condition.", {
    bad: [`id: ${RULE_ID}`, "filter: scanner"],
    good: [`id: ${RULE_ID}`, FILTER],
  }),
  found("FILTER_RULES", "A filter says which rules it is for: their ids or names, or `any`.", {
    bad: [`id: ${RULE_ID}`, FILTER.replace(`  rules:\n    - ${RULE_ID}\n`, "")],
    good: [`id: ${RULE_ID}`, FILTER],
  }),
  found("FILTER_RULE_UNKNOWN", "The filter names a rule that is not among the files.", {
    bad: [FILTER],
    good: [`id: ${RULE_ID}`, FILTER],
  }),
  found(
    "FILTER_CORRELATION",
    "A correlation has no events of its own that could be filtered; the rules it is made of have.",
    {
      bad: [`id: ${RULE_ID}`, `id: ${OTHER_ID}\n${COUNT}`, FILTER.replace(RULE_ID, OTHER_ID)],
      good: [`id: ${RULE_ID}`, FILTER],
    },
  ),
  found("FILTER_LOGSOURCE", "Filter and rule read different log sources, so the filter does nothing.", {
    bad: [`id: ${RULE_ID}`, `logsource:\n  product: linux\n${FILTER}`],
    good: [`id: ${RULE_ID}`, FILTER],
  }),
];

function found(code: string, teaches: string, examples: Pick<Check, "bad" | "good">): Check {
  return { code, severity: "error", teaches, ...examples };
}
