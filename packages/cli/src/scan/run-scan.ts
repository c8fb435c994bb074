/** run-scan: everything between the command's flags and its exit code: rules, threads, reading, the writer of the chosen format. */
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import type { Rule } from "@holdfast/sigma";
import { findFiles } from "../import/found-files.ts";
import { createProgress } from "../import/progress.ts";
import type { Output } from "../output.ts";
import type { BlockMatch, MatchOptions } from "./block.ts";
import type { InputFormat } from "./cut-blocks.ts";
import { csvWriter } from "./formats/csv-writer.ts";
import { jsonWriter, ndjsonWriter } from "./formats/json-writers.ts";
import { sarifWriter } from "./formats/sarif-writer.ts";
import { totalsText, troubleText } from "./formats/summary-text.ts";
import { tableWriter } from "./formats/table-writer.ts";
import type { ResultWriter, ScanOutcome } from "./formats/writer.ts";
import { type OutputTarget, openOutput } from "./output-target.ts";
import type { Profile } from "./profile.ts";
import { htmlWriter } from "./report/html-writer.ts";
import { type InputError, type MatchPlace, runScan } from "./scan.ts";
import type { ScanMatch, ScanRule } from "./scan-match.ts";
import { createScanPool, type RuleLoad } from "./scan-pool.ts";
import { type RuleFilter, readScanRules } from "./scan-rules.ts";
import { createSortedStore } from "./sorted-store.ts";
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
}

/** 0 done · 1 something could not be read or loaded · 130 interrupted. Wrong usage is an exception. */
export async function scan(request: ScanRequest, out: Output): Promise<number> {
  const startedMs = Date.now();
  const started = performance.now();
  const stopping = new AbortController();
  const errors: InputError[] = [];
  const found = await findFiles(request.paths, (path, message) => errors.push({ path, message }));
  const size = threadsFor(request, found);
  const target = await openOutput(request.output, () => stopping.abort());
  const rules = readScanRules(request.rulePaths, request.filter);
  const pool = createScanPool(
    size,
    rules.then((read) => loadOf(read.rules, request)),
  );
  const interruption = onInterrupt(stopping);
  const progress = createProgress(out);
  const store = createSortedStore<ScanMatch>({
    timeOf: (match) => match,
    encode: packed,
    decode: (value) => unpacked(value, known),
  });
  let known: readonly ScanRule[] = [];
  try {
    const read = await rules;
    known = read.rules.map(scanRuleOf);
    const tally = new Tally();
    const writer = writerOf(request, { ...target, write: (text) => (progress.end(), target.write(text)) }, tally);
    const streams = !request.timeline && (request.format === "table" || request.format === "ndjson");
    const take = async (match: ScanMatch): Promise<void> => {
      tally.add(match);
      await (streams ? writer.match(match) : store.add(match));
    };
    const counts = await runScan({
      found,
      errors,
      format: request.inputFormat,
      pool,
      progress,
      signal: stopping.signal,
      onMatch: (match, place) => take(matchOf(match, place, known)),
    });
    if (!streams) for await (const match of store.inOrder()) await writer.match(match);
    const outcome: ScanOutcome = {
      ...counts,
      rulesLoaded: read.rules.length,
      rulesSkipped: read.problems,
      rulesFiltered: read.filtered,
      rulesUnfed: known.filter((rule) => read.rules[rule.index]?.fed === false),
      tally,
      startedMs,
      elapsedMs: performance.now() - started,
      workers: size,
      interrupted: interruption.code !== undefined,
      paths: request.paths,
      rulePaths: request.rulePaths,
      version: VERSION,
      notes: [],
    };
    await writer.end(outcome);
    await target.close();
    if (request.format !== "table" || request.output !== undefined) report(outcome, request, out);
    const complete = outcome.errors.length === 0 && outcome.rulesSkipped.length === 0;
    return interruption.code ?? (complete ? 0 : 1);
  } finally {
    interruption.end();
    await Promise.all([pool.stop(), store.close()]);
  }
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

function loadOf(rules: readonly Rule[], request: ScanRequest): RuleLoad {
  const { sinceMs, untilMs, slack, profile, logsource } = request;
  // Threads have no use for the text; without it there is half as much to send.
  const lean = rules.map((rule) => ({ ...rule, text: "" }));
  return { rules: lean, options: { sinceMs, untilMs, slack, carry: profile.carry, reads: {}, logsource } };
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
  const { id, title, level, status, description, author, references, falsepositives, tags, path, logsource } = rule;
  const source = [logsource.product, logsource.category, logsource.service].filter((part) => part !== undefined);
  return {
    index,
    id,
    title,
    level,
    status,
    description,
    author,
    references,
    falsepositives,
    tags,
    tactics: rule.attack.tactics,
    techniques: rule.attack.techniques,
    path,
    source: source.join(" / "),
  };
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
