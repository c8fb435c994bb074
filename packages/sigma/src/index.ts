/** index: the surface of the Sigma engine: rules in, an engine out, matches from events. Pure: no clock, no I/O. */
export { type Correlator, type CorrelatorOptions, createCorrelator } from "./correlate/correlator.ts";
export { fingerprintOf } from "./correlate/plan.ts";
export { correlationValues } from "./correlate/input-values.ts";
export type { CorrelatorStats, GroupChange, GroupState, RowState } from "./correlate/group.ts";
export type {
  Bound,
  CorrelationCondition,
  CorrelationInput,
  CorrelationMatch,
  CorrelationRule,
  CorrelationType,
  RuleExpression,
} from "./correlation.ts";
export type { Detection, Exception, Expression, Item, Pattern, Test } from "./detection.ts";
export { FORMER_TACTICS, TACTICS, TECHNIQUES } from "./attack/matrix.ts";
export { type CaseFile, readCaseFile } from "./cases/case-file.ts";
export { type CaseResult, type CaseRunner, createCaseRunner } from "./cases/run-cases.ts";
export { explain } from "./explain/explain.ts";
export type { ExplainedItem, ExplainedNode, ExplainedRouting, Explanation, Found } from "./explain/explanation.ts";
export { explanationText } from "./explain/explanation-text.ts";
export { LINT_CHECKS, LINT_GROUPS } from "./lint/catalog.ts";
export type { Check } from "./lint/check.ts";
export { type Finding, SEVERITIES, type Severity, type TextEdit } from "./lint/finding.ts";
export { type LintOptions, lintRules } from "./lint/lint.ts";
export { mendRuleFile } from "./lint/mend.ts";
export { type LinkedRules, linkRules, type LinkOptions } from "./load/link.ts";
export { type PlaceholderLists, readPlaceholderLists } from "./pipeline/placeholder-lists.ts";
export { readRuleFile, type RuleParts } from "./load/rule-parts.ts";
export { parseRules } from "./load/rules.ts";
export type { Pipeline } from "./pipeline/pipeline.ts";
export { type ReadPipeline, readPipeline } from "./pipeline/pipeline-reader.ts";
export { compile, type CompileOptions, type Engine, type EngineStats } from "./match/engine.ts";
export type {
  FilterRule,
  HiddenMatch,
  Level,
  Logsource,
  Match,
  MatchedField,
  Rule,
  RuleFile,
  RuleProblem,
  SigmaEvent,
} from "./rule.ts";
export { knownLogsources } from "./routing/known-logsources.ts";
export { SqlParameters, withColumns } from "./sql/parameters.ts";
export type { RuleSql, SqlRefusal, SqlTarget, SqlValue } from "./sql/target.ts";
export { toSql } from "./sql/to-sql.ts";
export { type Coverage, coverageOf, type CoveringRule, navigatorLayer } from "./survey/coverage.ts";
export { fieldsRead, type SourceFields } from "./survey/fields-read.ts";
