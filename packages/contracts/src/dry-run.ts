/** dry-run: records tried before a source sends them: how each would be parsed, which rules read it and which match. Stores nothing. */
import { z } from "zod";
import { seenEvent } from "./authoring.ts";
import { ruleLogsource, ruleState } from "./detect.ts";
import { none, severity } from "./model.ts";
import { route } from "./route.ts";

/** Longest text that can be tried, in characters, and how many of its records are. */
export const DRY_RUN_CHARACTERS = 1_000_000;
export const DRY_RUN_RECORDS = 100;

const triedRule = z.object({ ruleId: z.string(), title: z.string(), level: severity, state: ruleState });

const triedRecord = seenEvent.omit({ id: true }).extend({
  /** Its place among the records of the text, from 1. */
  number: z.number().int(),
  unclassified: z.boolean(),
  host: z.string(),
  user: z.string(),
  message: z.string(),
  /** Rules in force that look at such a record. */
  rulesReading: z.number().int(),
  matches: z.array(triedRule),
});
export type TriedRecord = z.infer<typeof triedRecord>;

export const dryRunResult = z.object({
  /** Records found in the text; the first DRY_RUN_RECORDS are tried. */
  found: z.number().int(),
  records: z.array(triedRecord),
  /** Most records first. */
  parsers: z.array(
    z.object({ parser: z.string(), class: z.string(), records: z.number().int(), unclassified: z.boolean() }),
  ),
  /** What rules call such records, most records first; `rules`: those in force that read them. */
  logsources: z.array(z.object({ logsource: ruleLogsource, records: z.number().int(), rules: z.number().int() })),
  /** Most records first. */
  matched: z.array(triedRule.extend({ records: z.number().int() })),
});
export type DryRunResult = z.infer<typeof dryRunResult>;

export const dryRunRoutes = {
  dryRun: route({
    method: "POST",
    path: "/api/dry-run",
    permission: "sources.read",
    summary: "Try records: how they would be parsed and which rules would read and match them; nothing is stored.",
    params: none,
    query: none,
    body: z.strictObject({
      /** Lines, a JSON array, or JSON objects one after the other. */
      text: z.string().min(1).max(DRY_RUN_CHARACTERS),
      /** Over syslog each line is a message, whatever it looks like. */
      over: z.enum(["http", "syslog"]).default("http"),
    }),
    response: dryRunResult,
  }),
};
