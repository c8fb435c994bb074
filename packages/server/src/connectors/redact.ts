/** redact: takes the values of secrets out of whatever comes back from outside. Far sides quote what they were sent, in errors above
 *  all; what leaves this area goes to the database, to logs and to browsers. */
import type { JsonObject, Outcome } from "@holdfast/sdk";

export type Redact = (text: string) => string;

const SHORTEST = 4;
const MARK = "[secret]";

/** @param secrets the values, as they were entered */
export function redactorOf(secrets: readonly string[]): Redact {
  const forms = new Set<string>();
  for (const secret of secrets) {
    if (secret.length < SHORTEST) continue;
    const bytes = Buffer.from(secret);
    for (const form of [
      secret,
      JSON.stringify(secret).slice(1, -1),
      encodeURIComponent(secret),
      bytes.toString("base64"),
      bytes.toString("base64url"),
      bytes.toString("hex"),
      // A key in PEM is quoted line by line.
      ...secret.split(/\r?\n/).filter((line) => line.length >= 24 && !line.startsWith("-----")),
    ]) {
      forms.add(form);
    }
  }
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  return (text) => longestFirst.reduce((rest, form) => rest.replaceAll(form, MARK), text);
}

export function redactOutcome(outcome: Outcome, redact: Redact): Outcome {
  if (outcome.kind !== "done") return { ...outcome, reason: redact(outcome.reason) };
  return { ...outcome, evidence: redact(outcome.evidence), output: redactJson(outcome.output, redact) };
}

function redactJson(value: JsonObject, redact: Redact): JsonObject {
  return JSON.parse(JSON.stringify(value), (_key, part: unknown) =>
    typeof part === "string" ? redact(part) : part,
  ) as JsonObject;
}
