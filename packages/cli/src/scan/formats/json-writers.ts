/** json-writers: NDJSON (a match a line as it comes, the summary as the last line) and JSON (one document). */
import type { Profile } from "../profile.ts";
import { matchJson, summaryJson } from "./match-json.ts";
import type { ResultWriter, Write } from "./writer.ts";

export function ndjsonWriter(write: Write, profile: Profile): ResultWriter {
  return {
    match: (match) => write(`${JSON.stringify(matchJson(match, profile))}\n`),
    end: (outcome) => write(`${JSON.stringify({ summary: summaryJson(outcome) })}\n`),
  };
}

export function jsonWriter(write: Write, profile: Profile): ResultWriter {
  let begun = false;
  return {
    match: async (match) => {
      await write(`${begun ? "," : '{"matches":['}\n${JSON.stringify(matchJson(match, profile))}`);
      begun = true;
    },
    end: async (outcome) => {
      await write(`${begun ? "\n" : '{"matches":['}],\n"summary":${JSON.stringify(summaryJson(outcome))}}\n`);
    },
  };
}
