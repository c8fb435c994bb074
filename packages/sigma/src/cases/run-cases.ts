/**
 * run-cases: decides the cases of a file with the real engine and correlator, and says of each that fails which value or route
 * stood in its way. What reads records and files is passed in.
 */
import { correlationValues } from "../correlate/input-values.ts";
import { createCorrelator } from "../correlate/correlator.ts";
import type { CorrelationInput, CorrelationRule } from "../correlation.ts";
import { explain } from "../explain/explain.ts";
import { decidingLines } from "../explain/explanation-text.ts";
import { compile, type Engine } from "../match/engine.ts";
import type { Rule, SigmaEvent } from "../rule.ts";
import type { CaseEvent, CaseFile, EventCase, FileCase, SequenceCase } from "./case-file.ts";

export interface CaseResult {
  readonly why: string;
  readonly kind: "match" | "no_match" | "file" | "sequence";
  /** Title of the rule it is about. */
  readonly rule: string;
  readonly path: string;
  readonly line: number;
  readonly passed: boolean;
  /** Why it failed, one sentence a line; empty when it passed. */
  readonly reasons: readonly string[];
}

export interface CaseWorld {
  readonly rules: readonly Rule[];
  readonly correlations: readonly CorrelationRule[];
  /** A raw record to an event, or why it cannot be read. */
  readonly readRecord: (record: string) => SigmaEvent | { readonly problem: string };
  readonly readEvents: (
    path: string,
    caseFile: string,
  ) => Promise<readonly SigmaEvent[] | { readonly problem: string }>;
  /** True: a match case may raise no other rule than those it names. */
  readonly exact: boolean;
}

export interface CaseRunner {
  run(file: CaseFile): Promise<CaseResult[]>;
}

export function createCaseRunner(world: CaseWorld): CaseRunner {
  const engine = compile(world.rules);
  const running: Running = { ...world, engine, logsources: distinctLogsources(world.rules) };
  return {
    async run(file) {
      const subject = subjectOf(file, world);
      if ("problem" in subject)
        return [failure(file, { why: "the rule of these cases", kind: "file", line: 1 }, subject.problem)];
      const about = { path: file.path, rule: subject.title };
      const results: CaseResult[] = [];
      for (const entry of file.events)
        results.push({
          ...about,
          ...entryOf(entry),
          kind: entry.expect,
          ...verdict(decideEvent(entry, subject, running)),
        });
      for (const entry of file.files)
        results.push({
          ...about,
          ...entryOf(entry),
          kind: "file",
          ...verdict(await decideFile(entry, subject, { running, file })),
        });
      for (const entry of file.sequences)
        results.push({
          ...about,
          ...entryOf(entry),
          kind: "sequence",
          ...verdict(decideSequence(entry, subject, running)),
        });
      return results;
    },
  };
}

interface Running extends CaseWorld {
  readonly engine: Engine;
  readonly logsources: readonly Rule["logsource"][];
}

type Subject = Rule | CorrelationRule;

const isRule = (subject: Subject): subject is Rule => "detection" in subject;

const entryOf = ({ why, line }: { readonly why: string; readonly line: number }): { why: string; line: number } => ({
  why,
  line,
});

const verdict = (reasons: readonly string[]): { passed: boolean; reasons: readonly string[] } => ({
  passed: reasons.length === 0,
  reasons,
});

function failure(file: CaseFile, about: Pick<CaseResult, "why" | "kind" | "line">, reason: string): CaseResult {
  return { ...about, path: file.path, rule: file.rule ?? file.path, passed: false, reasons: [reason] };
}

function subjectOf(file: CaseFile, { rules, correlations }: CaseWorld): Subject | { readonly problem: string } {
  const all: readonly Subject[] = [...rules, ...correlations];
  const beside = file.path.replace(/\.cases\.ya?ml$/i, "");
  const wanted = file.rule;
  const found = all.filter((rule) =>
    wanted === undefined
      ? rule.path.replace(/\.ya?ml$/i, "") === beside
      : rule.id === wanted || rule.name === wanted || rule.title === wanted || slugOf(rule) === slug(wanted),
  );
  const [first, second] = found;
  const name = wanted ?? `${beside}.yml`;
  if (first === undefined)
    return {
      problem: `There is no rule ${name} among those loaded: name its file or folder with --rules, or set "rule" to its id.`,
    };
  // A correlation and the rules it is made of often share a file: the cases are about the correlation.
  const correlation = found.find((rule) => !isRule(rule));
  if (second !== undefined && correlation === undefined)
    return { problem: `${name} stands for ${found.length} rules: set "rule" to the id of the one that is meant.` };
  return correlation ?? first;
}

const slug = (path: string): string => path.replace(/^.*[/\\]/, "").replace(/\.ya?ml$/i, "");
const slugOf = ({ path }: Subject): string => slug(path);

function distinctLogsources(rules: readonly Rule[]): Rule["logsource"][] {
  return [...new Map(rules.map(({ logsource }) => [JSON.stringify(logsource), logsource])).values()];
}

function eventOf(written: CaseEvent, subject: Subject, running: Running): SigmaEvent | { readonly problem: string } {
  if (written.record !== undefined) return running.readRecord(written.record);
  const logsource = written.logsource ?? (isRule(subject) ? subject.logsource : undefined);
  return { fields: written.fields ?? {}, logsource };
}

function decideEvent(entry: EventCase, subject: Subject, running: Running): string[] {
  if (!isRule(subject)) return ['A correlation takes more than one event: write them under "sequences".'];
  const event = eventOf(entry.event, subject, running);
  if ("problem" in event) return [event.problem];
  const raised = running.engine.match(event).map(({ rule }) => rule);
  const matched = raised.includes(subject);
  if (entry.expect === "no_match")
    return matched ? ["The rule matches this event and must not:", ...decidingLines(explain(subject, event))] : [];
  if (!matched) return ["The rule must match this event and does not:", ...decidingLines(explain(subject, event))];
  if (entry.also === undefined && !running.exact) return [];
  return differences(
    raised.filter((rule) => rule !== subject),
    entry.also ?? [],
  );
}

function differences(others: readonly Rule[], also: readonly string[]): string[] {
  const isNamed = (rule: Rule): boolean => also.some((name) => name === rule.id || slug(name) === slugOf(rule));
  const extra = others.filter((rule) => !isNamed(rule));
  const missing = also.filter((name) => !others.some((rule) => name === rule.id || slug(name) === slugOf(rule)));
  return [
    ...extra.map(
      (rule) =>
        `"${rule.title}" (${slugOf(rule)}) matches this event too: list it under "also", or make one of the two narrower.`,
    ),
    ...missing.map((name) => `"${name}" stands under "also" and does not match this event.`),
  ];
}

async function decideFile(
  entry: FileCase,
  subject: Subject,
  { running, file }: { readonly running: Running; readonly file: CaseFile },
): Promise<string[]> {
  if (!isRule(subject)) return ['A correlation is tested with "sequences", not with files.'];
  const events = await running.readEvents(entry.path, file.path);
  if ("problem" in events) return [events.problem];
  const alone = compile([subject]);
  const count = events.filter((event) => alone.match(withLogsource(event, subject)).length > 0).length;
  const { least, most } = entry.count;
  if (count >= least && count <= most) return [];
  const wanted = least === most ? `${least}` : `at least ${least}`;
  const hint =
    count === 0 && events[0] !== undefined ? decidingLines(explain(subject, withLogsource(events[0], subject))) : [];
  return [
    `The rule matches ${count} of ${events.length} events in ${entry.path}; ${wanted} must match.`,
    ...hint.map((line) => `First event: ${line}`),
  ];
}

/** Lines of a file rarely say what they are; a file that is given for a rule holds its events. */
function withLogsource(event: SigmaEvent, { logsource }: Rule): SigmaEvent {
  return event.logsource === undefined ? { ...event, logsource } : event;
}

function decideSequence(entry: SequenceCase, subject: Subject, running: Running): string[] {
  const inputs: CorrelationInput[] = [];
  const correlator = createCorrelator(running.correlations, { latenessMs: Number.POSITIVE_INFINITY });
  let ownMatches = 0;
  for (const [index, { atMs, event: written }] of entry.events.entries()) {
    const event = eventOf(written, subject, running);
    if ("problem" in event) return [`Event ${index + 1}: ${event.problem}`];
    for (const rule of raisedBy(event, written, running)) {
      if (rule === subject) ownMatches++;
      const reads = correlator.fieldsReadFrom(rule.id);
      inputs.push({
        id: `${index}-${rule.id}`,
        ruleId: rule.id,
        timeMs: BEGIN_MS + atMs,
        values: correlationValues({ rule }, event, reads),
      });
    }
  }
  if (isRule(subject)) return countReasons(ownMatches, entry.matches, []);
  const standing = new Map<string, boolean>();
  for (const match of [...correlator.observe(inputs), ...correlator.finish()]) {
    if (match.rule.id !== subject.id) continue;
    standing.set(match.id, !match.withdrawn);
    for (const id of match.replaces) standing.set(id, false);
  }
  const count = [...standing.values()].filter((stands) => stands).length;
  const fired = subject.rules.map((id) => {
    const member = [...running.rules, ...running.correlations].find((rule) => rule.id === id);
    return `"${member?.title ?? id}" matched ${inputs.filter(({ ruleId }) => ruleId === id).length} of ${entry.events.length} events.`;
  });
  return countReasons(count, entry.matches, fired);
}

/** Sequences say only how far apart events are; any day will do. */
const BEGIN_MS = Date.UTC(2026, 0, 1, 12);

function countReasons(count: number, wanted: number, more: readonly string[]): string[] {
  return count === wanted ? [] : [`The sequence gives ${count} matches; it must give ${wanted}.`, ...more];
}

/** Fields without a log source are tried as events of each log source that a rule asks for. */
function raisedBy(event: SigmaEvent, written: CaseEvent, { engine, logsources }: Running): readonly Rule[] {
  if (written.fields === undefined || event.logsource !== undefined) return engine.match(event).map(({ rule }) => rule);
  const raised = logsources.flatMap((logsource) => engine.match({ ...event, logsource }).map(({ rule }) => rule));
  return [...new Set(raised)];
}
