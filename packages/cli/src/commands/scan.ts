/** scan: Sigma rules over files, without a server. */
import { LEVELS } from "../scan/scan-rules.ts";
import { INPUT_FORMATS } from "../scan/cut-blocks.ts";
import { parseIso } from "@holdfast/sdk";
import { PLACES } from "@holdfast/server/places";
import { type Command, Option } from "commander";
import { UsageError } from "../connection.ts";
import type { Output } from "../output.ts";
import { type LinkFlags, pipelineOption, placeholdersOption } from "../rules/link-options.ts";
import { profileOf } from "../scan/profile.ts";
import { OUTPUT_FORMATS, type ScanRequest, scan } from "../scan/run-scan.ts";

export function addScan(program: Command, out: Output): void {
  program
    .command("scan <paths...>")
    .description("match Sigma rules against files, folders and archives, without a server; - is standard input")
    .option("-r, --rules <paths...>", "rule files and folders (the rules that come with Holdfast)")
    .option("--starter", "the rules that come with Holdfast as well as those of --rules")
    .option("-f, --format <format>", OUTPUT_FORMATS.join(", "), "table")
    .option("-o, --output <file>", "write the result to a file")
    .option("--input-format <format>", INPUT_FORMATS.join(", "), "auto")
    .option(
      "--logsource <source>",
      "log source of events that say none, e.g. category=proxy or product=linux,service=auth",
    )
    .option("--min-level <level>", `only rules of this level or above: ${LEVELS.join(", ")}`, "informational")
    .option("--status <list>", "only rules of these statuses, e.g. stable,test")
    .option("--tag <tag...>", "only rules with one of these tags, e.g. attack.t1003 (with its sub-techniques)")
    .option("--since <time>", "only events from this time on (UTC unless it has a zone)")
    .option("--until <time>", "only events up to this time")
    .option("--profile <profile>", "minimal, standard, verbose, or columns with commas between", "standard")
    .option("--timeline", "matches in the order of time, and a chart of them")
    .option("--summary", "only what the matches add up to (table)")
    .option("--slack", "also read records in the slack space of event logs")
    .addOption(pipelineOption())
    .addOption(placeholdersOption())
    .option("--workers <n>", "threads (one a core)")
    .addOption(new Option("--json", "short for --format ndjson").implies({ format: "ndjson" }))
    .addHelpText(
      "after",
      `
Reads Windows event logs (.evtx), NDJSON, JSON (arrays, objects one after the other, {"Records":[…]}), CSV with a header, syslog,
auditd and any other lines; inside .zip, .tar, .tar.gz and .gz too.
Ends with 0 when done, 1 when some input could not be read or some rule not loaded (listed at the end), 2 on wrong usage.

Examples:
  holdfast scan evidence/ --rules sigma/rules
  holdfast scan Security.evtx --min-level high --format html --output report.html
  zcat old.ndjson.gz | holdfast scan - --format ndjson | jq .rule_title`,
    )
    .action(async (paths: string[], flags: Flags) => {
      process.exitCode = await scan(requestOf(paths, flags), out);
    });
}

interface Flags extends LinkFlags {
  readonly rules?: string[];
  readonly starter?: boolean;
  readonly format: string;
  readonly output?: string;
  readonly inputFormat: string;
  readonly logsource?: string;
  readonly minLevel: string;
  readonly status?: string;
  readonly tag?: string[];
  readonly since?: string;
  readonly until?: string;
  readonly profile: string;
  readonly timeline?: boolean;
  readonly summary?: boolean;
  readonly slack?: boolean;
  readonly workers?: string;
}

function requestOf(paths: readonly string[], flags: Flags): ScanRequest {
  const own = flags.rules ?? [];
  const format = oneOf("format", flags.format, OUTPUT_FORMATS);
  if (flags.summary === true && format !== "table") {
    throw new UsageError("--summary goes with the table only; every other format ends with its summary.");
  }
  return {
    paths,
    rulePaths: own.length === 0 || flags.starter === true ? [...own, PLACES.rules] : own,
    filter: {
      minLevel: oneOf("level", flags.minLevel === "info" ? "informational" : flags.minLevel, LEVELS),
      statuses: listOf(flags.status),
      tags: (flags.tag ?? []).flatMap(listOf),
    },
    inputFormat: oneOf("input format", flags.inputFormat, INPUT_FORMATS),
    format,
    output: flags.output,
    profile: profileOf(flags.profile),
    sinceMs: flags.since === undefined ? -Infinity : timeOf("--since", flags.since).from,
    untilMs: flags.until === undefined ? Infinity : timeOf("--until", flags.until).to,
    timeline: flags.timeline === true,
    summaryOnly: flags.summary === true,
    slack: flags.slack === true,
    workers: flags.workers === undefined ? undefined : workersOf(flags.workers),
    links: flags,
    logsource: flags.logsource === undefined ? undefined : logsourceOf(flags.logsource),
  };
}

function oneOf<T extends string>(what: string, text: string, known: readonly T[]): T {
  const found = known.find((name) => name === text.toLowerCase());
  if (found === undefined) throw new UsageError(`There is no ${what} "${text}". Known: ${known.join(", ")}.`);
  return found;
}

const listOf = (text: string | undefined): string[] =>
  (text ?? "")
    .split(",")
    .map((part) => part.trim().toLowerCase())
    .filter((part) => part !== "");

const DAY = 86_400_000;

/** A day is meant as a whole. */
function timeOf(flag: string, text: string): { readonly from: number; readonly to: number } {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) {
    const from = Date.parse(`${text}T00:00:00Z`);
    if (Number.isFinite(from)) return { from, to: from + DAY - 1 };
  }
  const ms = parseIso(text)?.time_ms;
  if (ms === undefined) {
    throw new UsageError(
      `${flag} "${text}" is no time. Write a day (2026-03-01) or a moment (2026-03-01T08:30:00Z, 2026-03-01T09:30:00+01:00).`,
    );
  }
  return { from: ms, to: ms };
}

function workersOf(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 256) return count;
  throw new UsageError(`--workers "${text}" is no number of threads. Give one from 1 to 256.`);
}

function logsourceOf(text: string): NonNullable<ScanRequest["logsource"]> {
  const parts = listOf(text).map((part) => part.split("="));
  const known = ["product", "category", "service"];
  if (parts.length === 0 || parts.some(([name, value]) => !known.includes(name ?? "") || (value ?? "") === "")) {
    throw new UsageError(
      `--logsource "${text}" is no log source. Write product=…, category=… or service=…, with commas between.`,
    );
  }
  return Object.fromEntries(parts);
}
