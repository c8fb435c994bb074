/** fields: `holdfast rules fields`: which fields the rules read, by log source; with a server, how much of what arrives has them. */
import { authoringRoutes } from "@holdfast/contracts/authoring";
import { fieldsRead, parseRules, type SourceFields } from "@holdfast/sigma";
import type { Command } from "commander";
import { ApiError, type Client } from "../client.ts";
import { type ConnectionFlags, connect, UsageError } from "../connection.ts";
import type { Output } from "../output.ts";
import { readRuleFiles } from "./rule-files.ts";
import { serverRules } from "./server-rules.ts";

export function addRulesFields(rules: Command, out: Output): void {
  rules
    .command("fields [paths...]")
    .description("the fields that rules read, by log source: of files and folders, else of the running server")
    .option("--logsource <text>", "only log sources with this text in them, e.g. process_creation")
    .option("--arrival", "also ask the running server how many of its recent events have each field")
    .option("--limit <n>", "fields to show of each log source", "20")
    .option("--json", "print JSON, one line a log source")
    .action(async (paths: string[], flags: Flags, command: Command) => {
      const limit = Number(flags.limit);
      if (!(Number.isInteger(limit) && limit > 0)) throw new UsageError("--limit is a whole number above 0.");
      const asks = paths.length === 0 || flags.arrival === true;
      const client = asks ? connect(command.optsWithGlobals<ConnectionFlags>()) : undefined;
      const wanted = flags.logsource?.toLowerCase() ?? "";
      const sources = (
        paths.length === 0 && client !== undefined ? await ofServer(client) : ofFiles(paths, out)
      ).filter(({ logsource }) => nameOf(logsource).includes(wanted));
      for (const source of sources) {
        const arrival = client === undefined ? undefined : await arrivalOf(client, source.logsource, out);
        if (flags.json === true) out.json(withShares(source, arrival));
        else print(source, { arrival, limit, out });
      }
    });
}

interface Flags {
  readonly logsource?: string;
  readonly arrival?: boolean;
  readonly limit: string;
  readonly json?: boolean;
}

function ofFiles(paths: readonly string[], out: Output): SourceFields[] {
  const { rules, problems } = parseRules(readRuleFiles(paths));
  if (problems.length > 0) out.warn(`${problems.length} documents could not be loaded: see \`holdfast rules lint\`.`);
  return fieldsRead(rules);
}

async function ofServer(client: Client): Promise<SourceFields[]> {
  const rules = await serverRules(client);
  return fieldsRead(
    rules.filter(({ kind }) => kind === "detection").map(({ logsource, fields }) => ({ logsource, reads: fields })),
  );
}

/** Field -> share of the recent events of the log source that have it. Undefined when the server cannot say. */
type Arrival = ReadonlyMap<string, number> | undefined;

async function arrivalOf(
  client: Client,
  { product, category, service }: SourceFields["logsource"],
  out: Output,
): Promise<Arrival> {
  try {
    const { fields } = await client.call(authoringRoutes.completeRule, { query: { product, category, service } });
    return new Map(fields.map(({ name, share }) => [name, share]));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    out.warn(`The server cannot say what arrives for ${nameOf({ product, category, service })}: ${error.message}`);
    return undefined;
  }
}

function withShares(source: SourceFields, arrival: Arrival): object {
  if (arrival === undefined) return source;
  return { ...source, fields: source.fields.map((field) => ({ ...field, share: arrival.get(field.name) ?? 0 })) };
}

function print(
  { logsource, rules, fed, keywordRules, fields }: SourceFields,
  { arrival, limit, out }: { readonly arrival: Arrival; readonly limit: number; readonly out: Output },
): void {
  const notes = [
    `${rules} ${rules === 1 ? "rule" : "rules"}`,
    ...(keywordRules > 0 ? [`${keywordRules} search the whole event`] : []),
    ...(fed ? [] : ["nothing feeds it"]),
  ];
  out.line(`${nameOf(logsource)}: ${notes.join(", ")}`);
  const shown = fields.slice(0, limit);
  if (shown.length > 0)
    out.table(
      ["field", "rules", ...(arrival === undefined ? [] : ["arrives in"])],
      shown.map(({ name, rules: readers }) => [
        name,
        readers,
        ...(arrival === undefined ? [] : [shareText(arrival.get(name))]),
      ]),
    );
  if (fields.length > shown.length) out.line(`and ${fields.length - shown.length} more`);
  out.line("");
}

function shareText(share: number | undefined): string {
  return share === undefined || share === 0 ? "no event" : `${Math.max(1, Math.round(share * 100))} %`;
}

function nameOf({ product, category, service }: SourceFields["logsource"]): string {
  return [product, category, service].filter((part) => part !== undefined).join("/");
}
