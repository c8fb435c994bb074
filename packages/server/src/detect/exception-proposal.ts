/** exception-proposal: a filter made from what an alert or a signal shows: the fields that someone chooses, with their exact values,
 *  laid over the rule that fired. Only a proposal: people read it, change it and save it. */
import type { Answer, Parsed } from "@holdfast/contracts";
import type { exceptionRoutes } from "@holdfast/contracts/exceptions";
import type { DetectContext } from "./context.ts";
import { fail } from "./errors.ts";
import { eventOfRecord, readRecord } from "./event-reader.ts";
import { logsourceOf } from "./rule-view.ts";
import { readSignal, type StoredSignal } from "./signal-list-store.ts";
import { MOST_TITLE } from "./rule-check.ts";

type Proposal = Answer<typeof exceptionRoutes.proposeException>;
type Asked = Parsed<typeof exceptionRoutes.proposeException>["body"];

export async function proposeException(context: DetectContext, asked: Asked): Promise<Proposal> {
  const signal = await signalOf(context, asked);
  const loaded = context.keeper.set.rules.get(signal.ruleId);
  if (loaded?.kind === "correlation")
    throw fail(
      "DETECT_EXCEPTION_INVALID",
      `"${signal.ruleTitle}" is a correlation, which has no events of its own: make the exception on one of its rules.`,
    );
  const fields = await fieldsOf(context, signal);
  const chosen = new Set(asked.fields ?? fields.filter(({ matched }) => matched).map(({ field }) => field));
  const unknown = [...chosen].find((name) => !fields.some(({ field }) => field === name));
  if (unknown !== undefined)
    throw fail("DETECT_EXCEPTION_INVALID", `The event has no field "${unknown}": choose among those that are listed.`);
  const shown = fields.map(({ field, value, matched }) => ({ field, value, matched, chosen: chosen.has(field) }));
  const picked = fields.filter(({ field }) => chosen.has(field));
  const title = titleOf(signal.ruleTitle, picked);
  const text = filterText({
    title,
    ruleId: signal.ruleId,
    logsource: loaded === undefined ? {} : logsourceOf(loaded.rule.logsource),
    values: picked,
  });
  return { ruleId: signal.ruleId, ruleTitle: signal.ruleTitle, fields: shown, title, text };
}

interface Value {
  readonly field: string;
  readonly value: string;
  /** Only its beginning is known. */
  readonly cut: boolean;
}

/** Sigma's escapes: a backslash counts only before itself, a star or a question mark. */
export function literal(value: string): string {
  return value.replace(/\\+(?=[*?])|\\{2,}/g, (run) => run.replaceAll("\\", "\\\\")).replace(/[*?]/g, "\\$&");
}

async function signalOf(context: DetectContext, { alert, signal }: Asked): Promise<StoredSignal> {
  const id = signal ?? (alert === undefined ? undefined : (await context.signalsOfAlert(alert)).at(-1)?.id);
  if (id === undefined)
    throw fail("DETECT_SIGNAL_UNKNOWN", "Name an alert or a signal that exists: neither was found.");
  const found = await readSignal(context.events, id);
  if (found !== undefined) return found;
  throw fail("DETECT_SIGNAL_UNKNOWN", `There is no signal ${id}: it may be older than the retention.`);
}

/** What matched first, under the rule's names, then the rest of the event under its own. */
async function fieldsOf(context: DetectContext, signal: StoredSignal): Promise<(Value & { matched: boolean })[]> {
  const found = new Map<string, Value & { matched: boolean }>();
  const record = await readRecord(context.events, signal.eventId);
  const event = record === undefined ? [] : eventOfRecord(context.normalise, record).seen.fields;
  const keyword = record !== undefined && !event.some(({ name }) => name === "message");
  for (const { field, value } of signal.fields) {
    // What a keyword found is shown as the message, which not every event has as a field.
    if (field === "message" && keyword) continue;
    found.set(field, { field, value: value.slice(0, CUT_AT), cut: value.length >= CUT_AT, matched: true });
  }
  for (const { name, value, cut } of event) found.set(name, { field: name, value, cut, matched: found.has(name) });
  return [...found.values()].filter(({ value }) => value !== "").sort((a, b) => Number(b.matched) - Number(a.matched));
}

/** Signals keep this much of a value. */
const CUT_AT = 512;

function titleOf(ruleTitle: string, values: readonly Value[]): string {
  const shown = values
    .slice(0, 2)
    .map(({ field, value }) => `${field} ${value.length > 40 ? `${value.slice(0, 40)}…` : value}`)
    .join(", ");
  return oneLine(`${ruleTitle}: except ${shown === "" ? "…" : shown}`).slice(0, MOST_TITLE);
}

function filterText(parts: {
  readonly title: string;
  readonly ruleId: string;
  readonly logsource: Readonly<Record<string, string | undefined>>;
  readonly values: readonly Value[];
}): string {
  const logsource = Object.entries(parts.logsource).map(([key, value]) => `  ${key}: ${quoted(value ?? "")}`);
  const values = parts.values.map(
    ({ field, value, cut }) => `    ${quoted(cut ? `${field}|startswith` : field)}: ${quoted(literal(value))}`,
  );
  return [
    `title: ${quoted(parts.title)}`,
    "logsource:",
    ...(logsource.length === 0 ? ["  product: any"] : logsource),
    "filter:",
    "  rules:",
    `    - ${quoted(parts.ruleId)}`,
    "  selection:",
    ...(values.length === 0 ? ["    # choose at least one field"] : values),
    "  condition: not selection",
    "",
  ].join("\n");
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, " ");

/** As YAML reads it back unchanged. */
function quoted(text: string): string {
  if (/^[A-Za-z][\w.-]*$/.test(text) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(text)) return text;
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]/.test(text)) return JSON.stringify(text);
  return `'${text.replaceAll("'", "''")}'`;
}
