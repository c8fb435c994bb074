/** sarif-writer: matches as SARIF 2.1.0: every rule that fired as a rule, every match as a result with its file and record, every
 *  input and rule that could not be read as a notification. */
import { detailsOf } from "../profile.ts";
import { fieldsOf, isoOf, type ScanMatch, type ScanRule, timeText } from "../scan-match.ts";
import type { ResultWriter, ScanOutcome, Write } from "./writer.ts";

export function sarifWriter(write: Write): ResultWriter {
  const fired = new Map<number, { readonly place: number; readonly rule: ScanRule }>();
  let begun = false;
  const begin = async (): Promise<void> => {
    if (begun) return;
    begun = true;
    await write(
      `{"$schema":"https://json.schemastore.org/sarif-2.1.0.json","version":"2.1.0","runs":[{"columnKind":"utf16CodeUnits","results":[`,
    );
  };
  return {
    match: async (match) => {
      const first = !begun;
      await begin();
      const known = fired.get(match.rule.index) ?? { place: fired.size, rule: match.rule };
      fired.set(match.rule.index, known);
      await write(`${first ? "" : ","}\n${JSON.stringify(resultOf(match, known.place))}`);
    },
    end: async (outcome) => {
      await begin();
      const rules = [...fired.values()].map(({ rule }) => ruleOf(rule));
      const driver = {
        name: "Holdfast",
        version: outcome.version,
        informationUri: "https://sigmahq.io/",
        rules,
      };
      await write(
        `\n],"tool":${JSON.stringify({ driver })},"invocations":${JSON.stringify([invocationOf(outcome)])}}]}\n`,
      );
    },
  };
}

type Severity = "none" | "note" | "warning" | "error";

const SEVERITIES: Readonly<Record<ScanRule["level"], { readonly level: Severity; readonly score: string }>> = {
  informational: { level: "note", score: "0.0" },
  low: { level: "note", score: "2.0" },
  medium: { level: "warning", score: "5.0" },
  high: { level: "error", score: "8.0" },
  critical: { level: "error", score: "9.5" },
};

function resultOf(match: ScanMatch, ruleIndex: number): object {
  const { rule, file, record, correlation } = match;
  const line = typeof record === "number" && record > 0 && !/\.evtx$/i.test(file) ? record : undefined;
  const details = detailsOf(match);
  return {
    ruleId: rule.id,
    ruleIndex,
    level: SEVERITIES[rule.level].level,
    message: {
      text: `${rule.title}${match.host === "" ? "" : ` on ${match.host}`}${details === "" ? "" : `: ${details}`}`,
    },
    locations: [placeOf(file, record, line)],
    ...(correlation === undefined
      ? {}
      : { relatedLocations: correlation.records.map((from) => placeOf(from.file, from.record, undefined)) }),
    properties: {
      time: timeText(match),
      host: match.host,
      user: match.user,
      channel: match.channel,
      eventId: match.eventCode,
      record,
      fields: fieldsOf(match),
    },
  };
}

function placeOf(file: string, record: number | string, line: number | undefined): object {
  return {
    physicalLocation: {
      artifactLocation: { uri: uriOf(file) },
      ...(line === undefined ? {} : { region: { startLine: line } }),
    },
    logicalLocations: [{ name: String(record), fullyQualifiedName: `${file}#${record}`, kind: "record" }],
  };
}

/** A path as a URI reference: relative stays relative. */
function uriOf(path: string): string {
  const parts = path.replaceAll("\\", "/").split("/").map(encodeURIComponent).join("/");
  return path.startsWith("/") ? `file://${parts}` : parts;
}

function ruleOf(rule: ScanRule): object {
  return {
    id: rule.id,
    name: rule.title
      .replaceAll(/[^\p{L}\p{N}]+/gu, " ")
      .trim()
      .replaceAll(" ", ""),
    shortDescription: { text: rule.title },
    ...(rule.description === "" ? {} : { fullDescription: { text: rule.description } }),
    ...(helpUriOf(rule) === undefined ? {} : { helpUri: helpUriOf(rule) }),
    help: { text: helpOf(rule) },
    defaultConfiguration: { level: SEVERITIES[rule.level].level },
    properties: {
      tags: [...new Set(["security", ...rule.tags])],
      "security-severity": SEVERITIES[rule.level].score,
      status: rule.status,
      file: rule.path,
    },
  };
}

const helpUriOf = (rule: ScanRule): string | undefined =>
  rule.references.find((text) => /^https?:\/\/\S+$/.test(text) && URL.canParse(text));

function helpOf(rule: ScanRule): string {
  const falsepositives = rule.falsepositives.length === 0 ? "" : `\nFalse positives: ${rule.falsepositives.join("; ")}`;
  return `${rule.description === "" ? rule.title : rule.description}${falsepositives}`;
}

function invocationOf(outcome: ScanOutcome): object {
  return {
    executionSuccessful: !outcome.interrupted && outcome.errors.length === 0,
    startTimeUtc: isoOf(outcome.startedMs),
    endTimeUtc: isoOf(outcome.startedMs + outcome.elapsedMs),
    toolExecutionNotifications: outcome.errors.map(({ path, message }) => ({
      level: "error",
      message: { text: `${path}: ${message}` },
      locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(path) } } }],
    })),
    toolConfigurationNotifications: outcome.rulesSkipped.map((problem) => ({
      level: "error",
      descriptor: { id: problem.code },
      message: { text: `${problem.path}:${problem.line}:${problem.column}: ${problem.message}` },
    })),
  };
}
