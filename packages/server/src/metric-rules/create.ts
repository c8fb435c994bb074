/** create: the metric rules area: looks at each rule when it is due, by a time that stands in the state store, so that a restart neither
 *  forgets nor repeats; raises what crossed its threshold for long enough and ends what came back, each in the transaction that remembers it. */
import { createHash } from "node:crypto";
import { METRIC_ALERT, type MetricRule, type metricRuleRoutes } from "@holdfast/contracts/metric-rules";
import type { AuditLog } from "../platform/audit-log/index.ts";
import type { Clock } from "../platform/clock/index.ts";
import { isAppError } from "../platform/errors/index.ts";
import type { Handlers } from "../platform/http-contract.ts";
import type { Log } from "../platform/log/index.ts";
import type { Tables, Transaction } from "../platform/tables/index.ts";
import { fail } from "./errors.ts";
import { crosses, judge, numberText, type SeriesValue, type Standing } from "./judge.ts";
import { conditionText, durationText, firstGroup, readRules, type RuleText } from "./rule-text.ts";
import * as store from "./store.ts";

/** What is to become an alert, or to end one. */
export interface MetricAlert {
  readonly id: string;
  /** The same as long as the series of the rule has crossed its threshold. */
  readonly cause: string;
  readonly rule: RuleText;
  readonly ruleId: string;
  readonly series: string;
  /** The label that the series is named by first; "" when it has none. */
  readonly label: string;
  readonly sentence: string;
  readonly value: string;
  readonly condition: string;
  readonly sinceMs: number;
  readonly atMs: number;
  readonly over: boolean;
  readonly why: string;
}

export interface MetricRulesOptions {
  readonly tables: Tables;
  readonly clock: Clock;
  readonly audit: AuditLog;
  readonly log: Log;
  /** The value of each series in one span. Throws what a search throws. */
  readonly ask: (query: string, range: { readonly fromMs: number; readonly toMs: number }) => Promise<SeriesValue[]>;
  readonly raise: (tx: Transaction, alerts: readonly MetricAlert[]) => Promise<void>;
}

export interface MetricRules {
  readonly routes: Handlers<typeof metricRuleRoutes>;
  start(): void;
  stop(): Promise<void>;
  /** Looks at what is due; happens by itself. */
  sweep(): Promise<void>;
  /** What an alert of ours says about itself; undefined for other rules. */
  describe(
    ruleId: string,
  ): { readonly description: string; readonly falsepositives: readonly string[]; readonly status: string } | undefined;
}

const SWEEP_MS = 2_000;
/** Points are a moment on their way. */
const LATE_MS = 5_000;
const MOST_RULES = 500;
const MOST_SERIES = 500;

export function createMetricRules(options: MetricRulesOptions): MetricRules {
  const { tables, clock, audit } = options;
  const log = options.log.child("metric-rules");
  const descriptions = new Map<string, string>();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;

  /** The last whole span. */
  function spanOf({ overMs }: RuleText, nowMs: number): { fromMs: number; toMs: number } {
    const toMs = Math.floor((nowMs - LATE_MS) / overMs) * overMs;
    return { fromMs: toMs - overMs, toMs };
  }

  async function valuesOf(rule: RuleText, span: { fromMs: number; toMs: number }): Promise<SeriesValue[]> {
    const query = `${rule.query} span=${rule.overMs / 1000}s limit=${MOST_SERIES}`;
    return options.ask(query, { fromMs: span.fromMs, toMs: span.toMs - 1 });
  }

  async function look(stored: store.StoredRule): Promise<void> {
    const read = readRules(stored.text);
    const rule = read.ok ? read.rules[0] : undefined;
    if (rule === undefined) return;
    const now = clock.now();
    const span = spanOf(rule, now);
    const values = await valuesOf(rule, span).catch((error: unknown) =>
      isAppError(error) ? error.message : String(error),
    );
    const problem = typeof values === "string" ? values : "";
    if (problem !== "" && problem !== stored.problem)
      log.warn({ rule: rule.id, problem }, "an alert on a metric cannot be evaluated");
    await tables.transaction(async (tx) => {
      if (!(await store.noteLook(tx, stored, { nowMs: now, nextMs: now + rule.everyMs, problem }))) return;
      if (typeof values === "string") return;
      const before = await store.standingOf(tx, rule.id);
      // What a rule was before it was changed is over: what crosses now began after that.
      const fromMs = Math.max(span.fromMs, stored.updatedMs + 1);
      const judged = judge(rule, before, { fromMs, toMs: span.toMs, values, lastMs: stored.evaluatedMs });
      const raised = judged.raised.map((one) => ({ ...one, signalId: signalIdOf(rule.id, one) }));
      await store.writeStandings(tx, rule.id, [...judged.standing, ...raised]);
      const alerts = [
        ...raised.map((one) => alertOf(rule, one, { atMs: now, over: false, why: "" })),
        ...judged.over.map(({ standing, why }) =>
          // It may cross again in the next span, which begins where this one ends.
          alertOf(rule, standing, { atMs: span.toMs - 1, over: true, why }),
        ),
      ];
      if (alerts.length > 0) await options.raise(tx, alerts);
    });
  }

  async function lookAtDue(): Promise<void> {
    for (const rule of await store.dueRules(tables.db, clock.now()))
      await look(rule).catch((error: unknown) =>
        log.warn(
          { rule: rule.id, reason: String(error) },
          "an alert on a metric was not looked at; this is tried again",
        ),
      );
  }

  function sweep(): Promise<void> {
    running ??= lookAtDue()
      .catch((error: unknown) => log.warn({ reason: String(error) }, "alerts on metrics could not be read"))
      .finally(() => {
        running = undefined;
      });
    return running;
  }

  async function list(): Promise<MetricRule[]> {
    const [rules, standing] = await Promise.all([store.listRules(tables.db), store.standings(tables.db)]);
    return rules.flatMap((stored) => {
      const read = readRules(stored.text);
      const rule = read.ok ? read.rules[0] : undefined;
      if (rule === undefined) return [];
      descriptions.set(rule.id, rule.description);
      return viewOf(stored, rule, standing.get(stored.id) ?? []);
    });
  }

  /** What it has raised is over when the rule is not what it was. */
  async function letGo(tx: Transaction, id: string, why: string): Promise<void> {
    const stored = await store.byId(tx, id);
    const read = stored === undefined ? undefined : readRules(stored.text);
    const rule = read?.ok === true ? read.rules[0] : undefined;
    if (rule === undefined) return;
    const raised = (await store.standingOf(tx, id)).filter(({ signalId }) => signalId !== null);
    await store.writeStandings(tx, id, []);
    const atMs = clock.now();
    if (raised.length > 0)
      await options.raise(
        tx,
        raised.map((one) => alertOf(rule, one, { atMs, over: true, why })),
      );
  }

  return {
    routes: {
      listMetricRules: async () => ({ items: await list() }),
      tryMetricRules: async ({ body }) => {
        const read = readRules(body.text);
        if (!read.ok) return { reason: read.reason, rules: [] };
        const rules = [];
        for (const rule of read.rules.slice(0, MOST_TRIED)) {
          const { id, title } = rule;
          const found = await valuesOf(rule, spanOf(rule, clock.now())).catch((error: unknown) => {
            if (isAppError(error)) return error.message;
            throw error;
          });
          const series =
            typeof found === "string"
              ? []
              : found.map(({ name, value }) => ({ name, value, crossed: value !== null && crosses(rule, value) }));
          rules.push({
            id,
            title,
            condition: conditionText(rule),
            problem: typeof found === "string" ? found : "",
            series,
          });
        }
        return { reason: "", rules };
      },
      saveMetricRules: async ({ body }, { actor }) => {
        const read = readRules(body.text);
        if (!read.ok) throw fail("METRIC_RULE_BAD_TEXT", read.reason);
        const known = new Map((await store.listRules(tables.db)).map((rule) => [rule.id, rule.text]));
        const fresh = read.rules.filter(({ id }) => !known.has(id)).length;
        if (known.size + fresh > MOST_RULES)
          throw fail(
            "METRIC_RULE_TOO_MANY",
            `There may be ${MOST_RULES} alerts on metrics. Group series with "by" instead.`,
          );
        await tables.transaction(async (tx) => {
          for (const rule of read.rules) {
            if (known.get(rule.id) === rule.text) continue;
            await letGo(tx, rule.id, "The rule was changed.");
            await store.saveRule(tx, { id: rule.id, text: rule.text, nowMs: clock.now(), by: actor.name });
            const action = known.has(rule.id) ? "metric-rule.updated" : "metric-rule.created";
            await audit.append(tx, { actor, action, target: rule.id, details: { text: rule.text } });
          }
        });
        void sweep();
        return { items: await list() };
      },
      deleteMetricRule: async ({ params }, { actor }) => {
        if ((await store.byId(tables.db, params.id)) === undefined)
          throw fail("METRIC_RULE_UNKNOWN", `There is no alert on a metric "${params.id.slice(0, 100)}".`);
        await tables.transaction(async (tx) => {
          await letGo(tx, params.id, "The rule was removed.");
          await store.deleteRule(tx, params.id);
          await audit.append(tx, { actor, action: "metric-rule.deleted", target: params.id, details: {} });
        });
        return {};
      },
    },
    start: () => {
      void list().catch(() => {});
      timer = setInterval(() => void sweep(), SWEEP_MS);
      timer.unref();
    },
    stop: async () => {
      clearInterval(timer);
      await running;
    },
    sweep,
    describe: (ruleId) =>
      ruleId.startsWith(METRIC_ALERT)
        ? {
            description: descriptions.get(ruleId.slice(METRIC_ALERT.length)) ?? "",
            falsepositives: [],
            status: "stable",
          }
        : undefined,
  };
}

const MOST_TRIED = 20;

const signalIdOf = (rule: string, { series, sinceMs }: Standing): string =>
  createHash("sha256").update(`${rule}\u0000${series}\u0000${sinceMs}`).digest("hex").slice(0, 32);

function alertOf(
  rule: RuleText,
  standing: Standing,
  of: { readonly atMs: number; readonly over: boolean; readonly why: string },
): MetricAlert {
  const { series, sinceMs, value, signalId } = standing;
  const said = value === null ? "without a value" : numberText(value);
  const condition = conditionText(rule);
  return {
    id: signalId ?? signalIdOf(rule.id, standing),
    cause: `${METRIC_ALERT}${rule.id}\n${series}`,
    rule,
    ruleId: `${METRIC_ALERT}${rule.id}`,
    series,
    label: firstGroup(rule.query),
    sentence: `${rule.title}${series === "" ? "" : ` (${series})`}: ${said}, ${condition}, measured over ${durationText(rule.overMs)}.`,
    value: said,
    condition,
    sinceMs,
    ...of,
  };
}

const viewOf = (stored: store.StoredRule, rule: RuleText, standing: readonly Standing[]): MetricRule => ({
  id: rule.id,
  title: rule.title,
  query: rule.query,
  condition: conditionText(rule),
  level: rule.level,
  text: stored.text,
  crossed: standing.map(({ series, value, signalId, sinceMs }) => ({
    name: series,
    value,
    state: signalId === null ? "crossed" : "alert",
    since: iso(sinceMs),
  })),
  problem: stored.problem,
  evaluatedAt: stored.evaluatedMs === undefined ? null : iso(stored.evaluatedMs),
  nextAt: iso(stored.nextMs),
  updatedAt: iso(stored.updatedMs),
  updatedBy: stored.updatedBy,
});

const iso = (ms: number): string => new Date(ms).toISOString();
