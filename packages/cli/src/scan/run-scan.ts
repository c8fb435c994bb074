/** run-scan: everything between the command's flags and its exit code: rules, threads, reading, the writer of the chosen format. */
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import type { CorrelationRule, Rule } from "@holdfast/sigma";
import { findFiles } from "../import/found-files.ts";
import { createProgress } from "../import/progress.ts";
import type { Output } from "../output.ts";
import type { LinkFlags } from "../rules/link-options.ts";
import type { BlockMatch, MatchOptions } from "./block.ts";
import { type Correlations, createCorrelations } from "./correlations.ts";
import type { InputFormat } from "./cut-blocks.ts";
import { csvWriter } from "./formats/csv-writer.ts";
import { jsonWriter, ndjsonWriter } from "./formats/json-writers.ts";
import { sarifWriter } from "./formats/sarif-writer.ts";
import { totalsText, troubleText } from "./formats/summary-text.ts";
import { tableWriter } from "./formats/table-writer.ts";
import { plural } from "./formats/terminal.ts";
import type { ResultWriter, ScanOutcome } from "./formats/writer.ts";
import { type OutputTarget, openOutput } from "./output-target.ts";
import type { Profile } from "./profile.ts";
import { htmlWriter } from "./report/html-writer.ts";
import { type InputError, type MatchPlace, runScan } from "./scan.ts";
import type { ScanMatch, ScanRule } from "./scan-match.ts";
import { createScanPool, type RuleLoad } from "./scan-pool.ts";
import { type RuleFilter, readScanRules, type ScanRules } from "./scan-rules.ts";
import { createSortedStore } from "./sorted-store.ts";
import { tacticsOf } from "./tactics.ts";
import { Tally } from "./tally.ts";

export const OUTPUT_FORMATS = ["table", "json", "ndjson", "csv", "html", "sarif"] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

export interface ScanRequest {
  readonly paths: readonly string[];
  readonly rulePaths: readonly string[];
  readonly filter: RuleFilter;
  readonly inputFormat: InputFormat;
  readonly format: OutputFormat;
  readonly output: string | undefined;
  readonly profile: Profile;
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly timeline: boolean;
  readonly summaryOnly: boolean;
  readonly slack: boolean;
  readonly workers: number | undefined;
  readonly logsource: MatchOptions["logsource"];
  readonly links: LinkFlags;
}

/** 0 done · 1 something could not be read or loaded · 130 interrupted. Wrong usage is an exception. */
export async function scan(request: ScanRequest, out: Output): Promise<number> {
  const startedMs = Date.now();
  const started = performance.now();
  const stopping = new AbortController();
  const errors: InputError[] = [];
  const found = await findFiles(request.paths, (path, message) => errors.push({ path, message }));
  const workers = threadsFor(request, found);
  const loading = loadRules(request);
  const pool = createScanPool(
    workers,
    loading.then(({ load }) => load),
  );
  const interruption = onInterrupt(stopping);
  const progress = createProgress(out);
  const closing: (() => Promise<void>)[] = [() => pool.stop()];
  try {
    const { read, known, correlations } = await loading;
    closing.push(correlations.close);
    const target = await openOutput(request.output, () => stopping.abort());
    closing.push(target.close);
    const store = createSortedStore<ScanMatch>({
      timeOf: (match) => match,
      encode: packed,
      decode: (value) => unpacked(value, known),
    });
    closing.push(store.close);
    const tally = new Tally();
    const write = (text: string): Promise<void> => {
      progress.end();
      return target.write(text);
    };
    const writer = writerOf(request, { ...target, write }, tally);
    const streams = !request.timeline && (request.format === "table" || request.format === "ndjson");
    const take = async (match: ScanMatch): Promise<void> => {
      if (read.silent.has(match.rule.id)) return;
      tally.add(match);
      await (streams ? writer.match(match) : store.add(match));
    };
    const counts = await runScan({
      found,
      errors,
      format: request.inputFormat,
      slack: request.slack,
      pool,
      progress,
      signal: stopping.signal,
      onMatch: async (match, place) => {
        const made = matchOf(match, place, known);
        await correlations.add(match, place, made.rule);
        await take(made);
      },
    });
    for (const match of await correlations.matches()) await take(match);
    if (!streams) for await (const match of store.inOrder()) await writer.match(match);
    const outcome: ScanOutcome = {
      ...counts,
      rulesLoaded: read.rules.length + read.correlations.length,
      rulesSkipped: [...read.problems, ...(await pool.problems())],
      rulesFiltered: read.filtered,
      rulesUnfed: known.filter((rule) => read.rules[rule.index]?.fed === false),
      tally,
      startedMs,
      elapsedMs: performance.now() - started,
      workers,
      interrupted: interruption.code !== undefined,
      paths: request.paths,
      rulePaths: request.rulePaths,
      version: VERSION,
      notes: [...silentNote(read), ...correlations.notes()],
    };
    await writer.end(outcome);
    await target.close();
    if (request.format !== "table" || request.output !== undefined) report(outcome, request, out);
    const complete = outcome.errors.length === 0 && outcome.rulesSkipped.length === 0;
    return interruption.code ?? (complete ? 0 : 1);
  } finally {
    progress.end();
    interruption.end();
    for (const close of closing) await close();
  }
}

interface Loaded {
  readonly read: ScanRules;
  readonly known: readonly ScanRule[];
  readonly correlations: Correlations;
  readonly load: RuleLoad;
}

async function loadRules(request: ScanRequest): Promise<Loaded> {
  const { rulePaths: paths, links, filter } = request;
  const read = await readScanRules({ paths, links }, filter);
  const known = [
    ...read.rules.map(scanRuleOf),
    ...read.correlations.map((rule, index) => scanCorrelationOf(rule, read.rules.length + index)),
  ];
  const correlations = createCorrelations(read.correlations, new Map(known.map((rule) => [rule.id, rule])));
  const { sinceMs, untilMs, slack, profile, logsource } = request;
  // Threads have no use for the text; without it there is half as much to send.
  const rules = read.rules.map((rule) => ({ ...rule, text: "" }));
  const { reads } = correlations;
  const options: MatchOptions = { sinceMs, untilMs, slack, carry: profile.carry, reads, logsource };
  return { read, known, correlations, load: { rules, options } };
}

function silentNote({ silent, correlations }: ScanRules): string[] {
  if (silent.size === 0) return [];
  return [
    `${plural(silent.size, "rule")} only ${silent.size === 1 ? "feeds" : "feed"} ${plural(correlations.length, "correlation")}; generate: true in a correlation shows the matches of its rules too.`,
  ];
}

const VERSION = versionOf(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
/** Below this a second thread costs more than it gains: it would have to compile all rules too. */
const SMALL = 2 * 1024 * 1024;

function versionOf(manifest: string): string {
  const value: unknown = JSON.parse(manifest);
  return typeof value === "object" && value !== null && "version" in value ? String(value.version) : "0";
}

function threadsFor(
  { workers }: ScanRequest,
  found: readonly { readonly size: number; readonly once: boolean }[],
): number {
  if (workers !== undefined) return workers;
  const bytes = found.reduce((sum, file) => sum + (file.once ? SMALL : file.size), 0);
  return bytes < SMALL && !found.some(({ once }) => once) ? 1 : availableParallelism();
}

function writerOf(request: ScanRequest, target: OutputTarget, tally: Tally): ResultWriter {
  const { profile, format, summaryOnly, timeline } = request;
  const { write, width, colour } = target;
  switch (format) {
    case "table":
      return tableWriter({ write, profile, screen: { width, colour }, summaryOnly, timeline });
    case "ndjson":
      return ndjsonWriter(write, profile);
    case "json":
      return jsonWriter(write, profile);
    case "csv":
      return csvWriter(write, profile);
    case "sarif":
      return sarifWriter(write);
    case "html":
      return htmlWriter(write, tally);
  }
}

/** What a table has said itself, on standard error for everything else. */
function report(outcome: ScanOutcome, { output }: ScanRequest, out: Output): void {
  const trouble = troubleText(outcome);
  if (trouble !== "") out.warn(trouble);
  out.say(totalsText(outcome));
  if (output !== undefined && output !== "-") out.say(`Written to ${output}.`);
}

function scanRuleOf(rule: Rule, index: number): ScanRule {
  const { product, category, service } = rule.logsource;
  const source = [product, category, service].filter((part) => part !== undefined).join(" / ");
  return { ...factsOf(rule), index, source };
}

const scanCorrelationOf = (rule: CorrelationRule, index: number): ScanRule => ({
  ...factsOf(rule),
  index,
  source: `correlation / ${rule.type}`,
});

function factsOf(rule: Rule | CorrelationRule): Omit<ScanRule, "index" | "source"> {
  const { id, title, level, status, description, author, references, falsepositives, tags, attack, path } = rule;
  const { techniques } = attack;
  const tactics = tacticsOf(attack);
  return { id, title, level, status, description, author, references, falsepositives, tags, tactics, techniques, path };
}

function matchOf(match: BlockMatch, place: MatchPlace, rules: readonly ScanRule[]): ScanMatch {
  const rule = rules[match.rule];
  if (rule === undefined) throw new Error(`a thread answered with rule ${match.rule} of ${rules.length}`);
  const { timeMs, timeNs, timed, host, user, channel, eventCode, slack, fields, event } = match;
  return {
    rule,
    timeMs,
    timeNs,
    timed,
    host,
    user,
    channel,
    eventCode,
    ...place,
    slack,
    fields,
    event,
    correlation: undefined,
  };
}

type Packed = Omit<ScanMatch, "rule"> & { readonly rule: number };

const packed = ({ rule, ...rest }: ScanMatch): Packed => ({ ...rest, rule: rule.index });

function unpacked(value: unknown, rules: readonly ScanRule[]): ScanMatch {
  const { rule, event, correlation, ...rest } = value as Packed;
  const known = rules[rule];
  if (known === undefined) throw new Error(`a stored match names rule ${rule} of ${rules.length}`);
  return { ...rest, rule: known, event, correlation };
}

/** The first Ctrl-C ends the reading, and what was found is shown; a second one does not wait. */
function onInterrupt(stopping: AbortController): { readonly code: number | undefined; end(): void } {
  let code: number | undefined;
  const listen = (exitCode: number) => (): void => {
    if (code !== undefined) process.exit(exitCode);
    code = exitCode;
    stopping.abort();
  };
  const [interrupt, terminate] = [listen(130), listen(143)];
  process.on("SIGINT", interrupt).on("SIGTERM", terminate);
  return {
    get code() {
      return code;
    },
    end: () => void process.off("SIGINT", interrupt).off("SIGTERM", terminate),
  };
}
