/** alert-facts: what an expression can ask of an alert, the same whether a signal has just come or an alert is stored. Pure.
 *  The names are documented in docs/guide/triage.md; a name is never taken away. */
import type { CelJson } from "../platform/cel/index.ts";
import type { Signal } from "../detect/index.ts";
import { rankOf, severityOf } from "./severity.ts";

export interface FactsSource {
  readonly ruleId: string;
  readonly title: string;
  readonly rank: number;
  readonly entity: { readonly kind: string; readonly value: string };
  readonly host: string;
  readonly user: string;
  readonly message: string;
  readonly tactics: readonly string[];
  readonly techniques: readonly string[];
  readonly entities: readonly { readonly kind: string; readonly value: string }[];
  readonly fields: readonly { readonly field: string; readonly value: string }[];
  readonly services: readonly string[];
  readonly source: string;
}

export type Facts = { readonly alert: { readonly [name: string]: CelJson } };

/** The names that an expression may use. */
export const FACT_ROOTS = ["alert"] as const;

export function factsOf(from: FactsSource): Facts {
  const named = (kind: string): string[] =>
    [...new Set(from.entities.filter((entity) => entity.kind === kind).map(({ value }) => value))].slice(0, MOST);
  return {
    alert: {
      rule: from.ruleId,
      title: from.title,
      severity: severityOf(from.rank),
      level: from.rank,
      entity: { kind: from.entity.kind, value: from.entity.value },
      host: from.host,
      user: from.user,
      hosts: named("host"),
      users: named("user"),
      ips: named("ip"),
      domains: named("domain"),
      hashes: named("hash"),
      files: named("file"),
      processes: named("process"),
      urls: named("url"),
      tactics: from.tactics,
      techniques: from.techniques,
      services: from.services,
      source: from.source,
      message: from.message,
      fields: Object.fromEntries(from.fields.slice(0, MOST).map(({ field, value }) => [field, value])),
    },
  };
}

export function factsOfSignal(signal: Signal, services: readonly string[]): Facts {
  return factsOf({
    ...signal,
    title: signal.ruleTitle,
    rank: rankOf(signal.level),
    services,
    source: signal.source ?? "",
  });
}

const MOST = 50;
