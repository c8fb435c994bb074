/** match-json: a match and a summary as JSON. The first keys are always there, whatever the profile says: programs build on them. */
import { valueOf } from "../event-fields.ts";
import { cellOf, isColumn, type Profile } from "../profile.ts";
import { fieldsOf, isoOf, type ScanMatch, timeText } from "../scan-match.ts";
import type { ScanOutcome } from "./writer.ts";

export function matchJson(match: ScanMatch, profile: Profile): Record<string, unknown> {
  const { rule, correlation } = match;
  const json: Record<string, unknown> = {
    rule_id: rule.id,
    rule_title: rule.title,
    level: rule.level,
    time: timeText(match),
    host: match.host,
    file: match.file,
    record: match.record,
    fields: fieldsOf(match),
  };
  if (!match.timed) json["time_from"] = "file";
  if (match.slack) json["slack"] = true;
  if (correlation !== undefined) json["correlation"] = correlationJson(correlation);
  if (profile.name === "columns") {
    for (const name of profile.file) {
      if (Object.hasOwn(json, name)) continue;
      json[name] = isColumn(name) ? cellOf(match, name) : (valueOf(match.event ?? {}, name) ?? null);
    }
  }
  if (profile.name === "minimal" || profile.name === "columns") return json;
  Object.assign(json, {
    user: match.user,
    channel: match.channel,
    event_id: match.eventCode,
    tactics: rule.tactics,
    techniques: rule.techniques,
    rule_file: rule.path,
  });
  if (profile.name === "standard") return json;
  return Object.assign(json, {
    status: rule.status,
    tags: rule.tags,
    matched: match.fields,
    event: match.event ?? null,
  });
}

export function summaryJson(outcome: ScanOutcome): Record<string, unknown> {
  const { tally } = outcome;
  const summary: Record<string, unknown> = {
    files: outcome.files,
    records: outcome.records,
    matches: tally.matches,
    rules_loaded: outcome.rulesLoaded,
    rules_skipped: outcome.rulesSkipped.length,
    rules_filtered: outcome.rulesFiltered,
    rules_unfed: outcome.rulesUnfed.length,
    levels: tally.levels,
    first: tally.matches === 0 ? null : isoOf(tally.firstMs),
    last: tally.matches === 0 ? null : isoOf(tally.lastMs),
    seconds: Math.round(outcome.elapsedMs) / 1000,
    interrupted: outcome.interrupted,
    errors: [
      ...outcome.errors.map(({ path, message }) => ({ kind: "input", path, message })),
      ...outcome.rulesSkipped.map((problem) => ({ kind: "rule", ...problem })),
    ],
  };
  if (outcome.moreErrors > 0) summary["errors_not_listed"] = outcome.moreErrors;
  if (outcome.notes.length > 0) summary["notes"] = outcome.notes;
  return summary;
}

function correlationJson(correlation: NonNullable<ScanMatch["correlation"]>): Record<string, unknown> {
  const { group, count, value, firstMs, lastMs, records } = correlation;
  return {
    group,
    count,
    value,
    first: isoOf(firstMs),
    last: isoOf(lastMs),
    records: records.map(({ ruleId, timeMs, host, file, record }) => ({
      rule_id: ruleId,
      time: isoOf(timeMs),
      host,
      file,
      record,
    })),
  };
}
