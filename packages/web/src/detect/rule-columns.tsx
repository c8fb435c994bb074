/** rule-columns: one rule as a row. */
import type { Rule } from "@holdfast/contracts/detect";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { count } from "../ui/number.ts";
import { SeverityMark } from "../ui/severity.tsx";
import type { Column } from "../ui/table.tsx";
import { RuleStateTag } from "./rule-state.tsx";

export type RuleSort = "title" | "level" | "matches" | "last" | "test";

export function ruleColumns(sort: RuleSort, setSort: (sort: RuleSort) => void): readonly Column<Rule>[] {
  const by = (name: RuleSort, direction: "up" | "down") => ({
    direction: sort === name ? direction : null,
    run: () => setSort(name),
  });
  return [
    {
      key: "level",
      title: "Level",
      width: "84px",
      sort: by("level", "down"),
      render: (rule) => <SeverityMark severity={rule.level} />,
    },
    {
      key: "title",
      title: "Rule",
      width: "minmax(240px, 2fr)",
      sort: by("title", "up"),
      render: (rule) => (
        <span className={rule.enabled ? "strong" : "faint"}>
          <LogText text={rule.title} />
        </span>
      ),
    },
    { key: "state", title: "State", width: "128px", render: (rule) => <RuleStateTag rule={rule} /> },
    {
      key: "logsource",
      title: "Looks at",
      width: "minmax(130px, 0.8fr)",
      above: 800,
      render: (rule) => <LogText text={logsourceOf(rule)} />,
    },
    {
      key: "techniques",
      title: "ATT&CK",
      width: "minmax(90px, 0.5fr)",
      above: 940,
      render: (rule) => <LogText text={rule.techniques.join(", ")} />,
    },
    {
      key: "pack",
      title: "From",
      width: "minmax(90px, 0.5fr)",
      above: 1060,
      render: (rule) => <LogText text={rule.pack} />,
    },
    {
      key: "matches",
      title: "Matches, 24 h",
      width: "92px",
      align: "end",
      sort: by("matches", "down"),
      render: (rule) =>
        rule.matches24h === 0 ? (
          <span className="faint">{rule.counted24h === 0 ? "0" : `${count(rule.counted24h)} counted`}</span>
        ) : (
          count(rule.matches24h)
        ),
    },
    {
      key: "test",
      title: "In test",
      width: "64px",
      align: "end",
      above: 1000,
      sort: by("test", "down"),
      render: (rule) => (rule.test24h === 0 ? <span className="faint">0</span> : count(rule.test24h)),
    },
    {
      key: "last",
      title: "Last match",
      width: "84px",
      align: "end",
      sort: by("last", "down"),
      render: (rule) => <Clock at={rule.lastMatchAt} />,
    },
  ];
}

export function logsourceOf(rule: Pick<Rule, "logsource">): string {
  const { product, category, service } = rule.logsource;
  return [product, category, service].filter((part) => part !== undefined && part !== "").join(" / ");
}
