/** authoring-routes: what a rule editor asks while someone types, the trial of a text on one event, and why a signal fired. */
import type { authoringRoutes, Finding } from "@holdfast/contracts/authoring";
import type { RuleNeeds } from "@holdfast/contracts/detect";
import type { Handlers } from "../platform/http-contract.ts";
import { completionOf } from "./completion.ts";
import { readWithdrawals } from "./correlation-view-store.ts";
import type { DetectContext } from "./context.ts";
import { fail } from "./errors.ts";
import { eventOfRecord, eventOfTrial, readRecord, type TriedEvent } from "./event-reader.ts";
import { explainRule, explainSignal, withoutExceptions } from "./explain.ts";
import { createHiding } from "./hiding.ts";
import { lintFindings } from "./lint-findings.ts";
import { needsOfCorrelation, needsOfRule } from "./needs.ts";
import { type CheckedText, checkText, isSound } from "./rule-check.ts";
import type { LoadedRule } from "./rule-set.ts";
import { logsourceOf } from "./rule-view.ts";
import { listSignals, readSignal, type StoredSignal } from "./signal-list-store.ts";

export function createAuthoring(
  context: DetectContext & { readonly sourceNames: () => Promise<ReadonlyMap<string, string>> },
): Handlers<typeof authoringRoutes> {
  const { events, clock, keeper, reader, census, normalise } = context;
  const needsOf = async (of: Pick<LoadedRule, "kind" | "rule">): Promise<RuleNeeds> => {
    const [sample, sourceNames] = await Promise.all([census.take(), context.sourceNames()]);
    const facts = { sample, set: keeper.set, sourceNames };
    return "logsource" in of.rule ? needsOfRule(of.rule, facts) : needsOfCorrelation(of.rule, facts);
  };
  const signalById = async (id: string): Promise<StoredSignal> => {
    const signal = await readSignal(events, id);
    if (signal !== undefined) return signal;
    throw fail("DETECT_SIGNAL_UNKNOWN", `There is no signal ${id}: it may be older than the retention.`);
  };
  const storedEvent = async (id: string): Promise<TriedEvent> => {
    const record = await readRecord(events, id);
    if (record !== undefined) return eventOfRecord(normalise, record);
    throw fail("DETECT_EVENT_UNKNOWN", `There is no event with the id ${id}. It may be older than the retention.`);
  };
  const check = (text: string, own: string | undefined): { checked: CheckedText; findings: Finding[] } => {
    const checked = checkText({ text, set: keeper.set, own });
    return { checked, findings: inOrder([...checked.findings, ...lintFindings(text, checked.findings)]) };
  };

  return {
    checkRule: async ({ body }) => {
      const { checked, findings } = check(body.text, body.id);
      const { document } = checked;
      return {
        ok: isSound(checked),
        findings,
        rule: document === undefined ? null : summaryOf(document, checked.withoutId),
        needs: document === undefined || document.kind === "filter" ? null : await needsOf(document),
      };
    },
    completeRule: async ({ query }) => completionOf(keeper.set, await census.take(), logsourceOf(query)),
    testRule: async ({ body }) => {
      const { checked, findings } = check(body.text, undefined);
      const event =
        body.event.kind === "stored"
          ? await storedEvent(body.event.eventId)
          : eventOfTrial(normalise, body.event, clock.now());
      const { document } = checked;
      if (document?.kind !== "detection")
        return { ok: false, findings, matched: false, hiddenBy: null, event: event.seen, explanation: null };
      // Exceptions lie over the loaded rule of that id, not over the text that is being tried.
      const loaded = keeper.set.rules.get(document.rule.id);
      const rule = withoutExceptions(document.rule);
      const explanation = explainRule(rule, event.sigma);
      const hiding =
        !explanation.matched || loaded?.kind !== "detection"
          ? ""
          : createHiding([loaded.rule], endsOf(keeper)).hiddenBy(loaded.rule.id, event.sigma, clock.now());
      const title = keeper.set.filters.get(hiding)?.filter.title ?? hiding;
      return {
        ok: true,
        findings,
        matched: explanation.matched,
        hiddenBy: hiding === "" ? null : { id: hiding, title },
        event: event.seen,
        explanation,
      };
    },
    ruleNeeds: async ({ params }) => needsOf(reader.find(params.id)),
    listRuleSignals: async ({ params, query }) => {
      const { outcome, limit, cursor } = query;
      const { items, next } = await listSignals(events, {
        ruleId: params.id,
        outcome,
        limit,
        cursor,
        apart: context.apart(),
      });
      const gone = await readWithdrawals(
        context.tables.db,
        items.map(({ id }) => id),
      );
      const shown = items.map(({ ruleHash: _hash, ...signal }) => ({
        ...signal,
        withdrawn: gone.get(signal.id)?.reason ?? null,
      }));
      return { items: shown, next };
    },
    explainAlert: async ({ params, query }) => {
      const known = await context.signalsOfAlert(params.id);
      const wanted = query.signal === undefined ? known.at(-1) : known.find(({ id }) => id === query.signal);
      if (wanted === undefined)
        throw fail(
          "DETECT_SIGNAL_UNKNOWN",
          `There is no alert ${params.id} with such a signal: it shows up to 20 of them.`,
        );
      const signals = known.map(({ id, at, host, user }) => ({ id, at, host, user }));
      return { ...(await explainSignal(context, await signalById(wanted.id))), signals };
    },
    explainSignal: async ({ params }) => explainSignal(context, await signalById(params.id)),
  };
}

function endsOf({ load }: DetectContext["keeper"]): Map<string, number> {
  return new Map(load.exceptions.map(({ id, expiresMs }) => [id, expiresMs]));
}

function inOrder(findings: Finding[]): Finding[] {
  return findings.sort((a, b) => a.line - b.line || a.column - b.column);
}

function summaryOf({ kind, rule }: NonNullable<CheckedText["document"]>, withoutId: boolean) {
  return {
    kind,
    id: withoutId ? "" : rule.id,
    title: rule.title,
    level: kind === "filter" ? null : rule.level,
    status: kind === "filter" ? "" : rule.status,
    tactics: kind === "filter" ? [] : [...rule.attack.tactics],
    techniques: kind === "filter" ? [] : [...rule.attack.techniques],
  };
}
