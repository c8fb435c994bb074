/** backtest-routes: a loaded rule or a text, over stored events, for the rule editor and the command line. It only reads, so it is
 *  not written to the audit log; what it may cost is bounded by the limits of searches. */
import type { backtestRoutes } from "@holdfast/contracts/backtest";
import type { CorrelationRule, Rule } from "@holdfast/sigma";
import type { Handlers } from "../platform/http-contract.ts";
import { parseRangeOfTime } from "../search/index.ts";
import { backtestRule, type BacktestPlan, type BacktestResult } from "./backtest.ts";
import { backtestCorrelation, type CorrelationParts } from "./backtest-correlation.ts";
import type { DetectContext } from "./context.ts";
import { fail } from "./errors.ts";
import { checkText } from "./rule-check.ts";
import type { RuleSet } from "./rule-set.ts";

type Tested =
  | { readonly kind: "detection"; readonly rule: Rule }
  | { readonly kind: "correlation"; readonly rule: CorrelationRule };

export function createBacktest(context: DetectContext): Handlers<typeof backtestRoutes> {
  const { events, clock, keeper, reader, normalise, apart } = context;
  const testedOf = (ruleId: string | undefined, text: string): Tested => {
    if (ruleId !== undefined) return reader.find(ruleId);
    const { document, findings } = checkText({ text, set: keeper.set });
    if (document?.kind === "detection" || document?.kind === "correlation") return document;
    const [first] = findings;
    throw fail(
      "DETECT_RULE_INVALID",
      first === undefined
        ? "A filter raises nothing by itself: test the rule that it is laid over."
        : `Line ${first.line}, column ${first.column}: ${first.message}`,
    );
  };
  return {
    backtestRule: async ({ body }, call) => {
      const started = clock.monotonic();
      const tested = testedOf(body.ruleId, body.text ?? "");
      const range = parseRangeOfTime(body.from, body.to, clock.now());
      const plan: BacktestPlan = {
        events,
        normalise,
        limit: body.limit,
        ask: { range, limits: { timeMs: MOST_MS, memoryBytes: MOST_BYTES }, signal: call.signal, apart: apart() },
      };
      const result = await run(tested, keeper.set, plan);
      const { id, title, level } = tested.rule;
      return {
        rule: { id, title, level, kind: tested.kind },
        from: new Date(range.fromMs).toISOString(),
        to: new Date(range.toMs).toISOString(),
        ...result,
        tookMs: Math.round(clock.monotonic() - started),
      };
    },
  };
}

const MOST_MS = 60_000;
const MOST_BYTES = 2 * 1024 ** 3;

function run(tested: Tested, set: RuleSet, plan: BacktestPlan): Promise<BacktestResult> {
  if (tested.kind === "detection") return backtestRule(tested.rule, plan);
  return backtestCorrelation(tested.rule, partsOf(tested.rule, set), plan);
}

/** Everything a correlation is made of, each once. */
function partsOf(rule: CorrelationRule, set: RuleSet): CorrelationParts {
  const correlations = new Map([[rule.id, rule]]);
  const rules = new Map<string, Rule>();
  const open = [...rule.rules];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const loaded = set.rules.get(id);
    if (loaded === undefined) {
      throw fail("DETECT_RULE_UNKNOWN", `The correlation is made of ${id}, which is not loaded: load that rule first.`);
    }
    if (loaded.kind === "detection") rules.set(id, loaded.rule);
    else if (!correlations.has(id)) {
      correlations.set(id, loaded.rule);
      open.push(...loaded.rule.rules);
    }
  }
  return { correlations: [...correlations.values()], rules: [...rules.values()] };
}
