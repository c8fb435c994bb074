/** explain: `holdfast rules explain`: for one rule and one event, each part of the condition with the value that decided it. */
import { existsSync } from "node:fs";
import { detectRoutes } from "@holdfast/contracts/detect";
import { explain, explanationText, parseRules, type LinkOptions, type Rule, type RuleFile } from "@holdfast/sigma";
import type { Command } from "commander";
import { type ConnectionFlags, connect, UsageError } from "../connection.ts";
import { type Output, safeText } from "../output.ts";
import { createRecordReader } from "./event-records.ts";
import { type LinkFlags, linkOptionsOf, pipelineOption, placeholdersOption } from "./link-options.ts";
import { readRuleFiles } from "./rule-files.ts";

export function addRulesExplain(rules: Command, out: Output): void {
  rules
    .command("explain <rule>")
    .description("why a rule matches an event, or does not: a rule file, or the id of a rule")
    .requiredOption("-e, --event <file>", "file with the event (JSON, NDJSON, .evtx, a line); - is standard input")
    .option("--record <n>", "only the n-th event of the file")
    .option("-r, --rules <paths...>", "where the rule with this id is (the running server)")
    .addOption(pipelineOption())
    .addOption(placeholdersOption())
    .option("--full", "write out every alternative of long lists")
    .option("--no-routing", "do not ask whether the event reaches the rule by its log source")
    .option("--json", "print JSON, one line an event")
    .addHelpText(
      "after",
      `
An arrow marks what the verdict rests on. Ends with 0 when it was explained, whatever the verdict is.

Examples:
  holdfast rules explain whoami.yml --event event.json
  holdfast search 'user:eve' --json | head -1 | jq -r .raw | holdfast rules explain whoami.yml --event -`,
    )
    .action(async (rule: string, flags: Flags, command: Command) => {
      const subjects = await rulesNamed(rule, flags, command.optsWithGlobals<ConnectionFlags>());
      const events = await createRecordReader().events(flags.event);
      if ("problem" in events) throw new Error(events.problem);
      const wanted = flags.record === undefined ? undefined : recordOf(flags.record);
      const chosen = wanted === undefined ? events : events.slice(wanted - 1, wanted);
      if (chosen.length === 0) throw new UsageError(`${flags.event} has ${events.length} events, not that many.`);
      if (chosen.length > MOST_EVENTS && flags.json !== true)
        out.warn(`The first ${MOST_EVENTS} of ${chosen.length} events; choose one with --record.`);
      for (const event of flags.json === true ? chosen : chosen.slice(0, MOST_EVENTS))
        for (const subject of subjects) {
          const explanation = explain(subject, event, { routing: flags.routing });
          if (flags.json === true) out.json(explanation);
          else
            for (const line of [...explanationText(explanation, { full: flags.full ?? false }), ""])
              out.line(safeText(line));
        }
    });
}

interface Flags extends LinkFlags {
  readonly event: string;
  readonly record?: string;
  readonly rules?: string[];
  readonly full?: boolean;
  readonly routing: boolean;
  readonly json?: boolean;
}

const MOST_EVENTS = 10;

function recordOf(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1) return number;
  throw new UsageError(`--record "${text}" is no number of an event. The first is 1.`);
}

async function rulesNamed(name: string, flags: Flags, connection: ConnectionFlags): Promise<Rule[]> {
  const links = await linkOptionsOf(flags);
  if (existsSync(name))
    return loaded(readRuleFiles([name, ...(flags.rules ?? [])]), links).filter(({ path }) => path === name);
  if (flags.rules === undefined) {
    const { text, path } = await connect(connection).call(detectRoutes.getRule, { params: { id: name } });
    return loaded([{ path, text }], links);
  }
  const found = loaded(readRuleFiles(flags.rules), links).filter(({ id, title }) => id === name || title === name);
  if (found.length === 0)
    throw new UsageError(`There is no rule "${name}" in ${flags.rules.join(", ")}: give its id, title or file.`);
  return found;
}

/** Of a correlation its rules are explained; they are in the file, or under --rules. */
function loaded(files: readonly RuleFile[], links: LinkOptions): Rule[] {
  const { rules, problems } = parseRules(files, links);
  const [problem] = problems;
  if (rules.length === 0 && problem !== undefined)
    throw new Error(`${problem.path}:${problem.line}:${problem.column}: ${problem.message}`);
  if (rules.length === 0)
    throw new UsageError("There is no detection rule in it: a correlation is explained rule by rule.");
  return rules;
}
