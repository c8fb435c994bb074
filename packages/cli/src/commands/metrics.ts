/** metrics: alerts on metrics from a terminal: lists them with the series that crossed, tries a file, applies one, removes one. */
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { type MetricRule, metricRuleRoutes } from "@holdfast/contracts/metric-rules";
import type { Command } from "commander";
import { type ConnectionFlags, connect, UsageError } from "../connection.ts";
import type { Output } from "../output.ts";

type Flags = ConnectionFlags & { readonly json?: boolean };

export function addMetrics(program: Command, out: Output): void {
  const metrics = program.command("metrics").description("alerts on metrics");
  const rules = metrics
    .command("rules")
    .description("list the alerts on metrics, with the series that crossed their threshold")
    .option("--json", "print JSON, one line a rule")
    .action(async (_flags: object, command: Command) => list(command.optsWithGlobals<Flags>(), out));
  rules
    .command("list")
    .description("the same")
    .option("--json", "print JSON, one line a rule")
    .action(async (_flags: object, command: Command) => list(command.optsWithGlobals<Flags>(), out));
  rules
    .command("test <file>")
    .description(
      "what each series is now, and which have crossed; keeps nothing, and ends with 1 when a rule has a mistake; - is stdin",
    )
    .option("--json", "print JSON")
    .action(async (file: string, _flags: object, command: Command) => {
      const flags = command.optsWithGlobals<Flags>();
      const body = { text: await textOf(file) };
      const trial = await connect(flags).call(metricRuleRoutes.tryMetricRules, { body });
      if (trial.reason !== "" || trial.rules.some(({ problem }) => problem !== "")) process.exitCode = 1;
      if (flags.json === true) return out.json(trial);
      if (trial.reason !== "") return out.warn(trial.reason);
      out.table(
        ["rule", "series", "now", "state"],
        trial.rules.flatMap(({ id, series }) =>
          series.map(({ name, value, crossed }) => [
            id,
            name === "" ? "value" : name,
            value ?? "no points",
            crossed ? "crossed" : "well",
          ]),
        ),
      );
      for (const { id, condition, problem, series } of trial.rules) {
        if (problem !== "") out.warn(`${id}: ${problem}`);
        else
          out.say(`${id}: ${condition}; ${series.filter(({ crossed }) => crossed).length} of ${series.length} crossed`);
      }
    });
  rules
    .command("apply <file>")
    .description("add or change the alerts of a file, by their ids; one that is changed begins anew; - is stdin")
    .option("--json", "print JSON, one line a rule")
    .action(async (file: string, _flags: object, command: Command) => {
      const flags = command.optsWithGlobals<Flags>();
      const body = { text: await textOf(file) };
      const { items } = await connect(flags).call(metricRuleRoutes.saveMetricRules, { body });
      if (flags.json === true) return items.forEach((item) => out.json(item));
      for (const { id, condition } of items) out.line(`${id}: ${condition}`);
    });
  rules
    .command("remove <id>")
    .description("remove an alert on a metric; what it has raised is over")
    .action(async (id: string, _flags: object, command: Command) => {
      await connect(command.optsWithGlobals<Flags>()).call(metricRuleRoutes.deleteMetricRule, { params: { id } });
      out.line(`${id} is removed`);
    });
}

async function list(flags: Flags, out: Output): Promise<void> {
  const { items } = await connect(flags).call(metricRuleRoutes.listMetricRules, {});
  if (flags.json === true) return items.forEach((item) => out.json(item));
  out.table(
    ["rule", "level", "when", "now", "looked at"],
    items.map((rule) => [rule.id, rule.level, rule.condition, nowText(rule), rule.evaluatedAt]),
  );
}

function nowText({ crossed, problem }: MetricRule): string {
  if (problem !== "") return problem;
  if (crossed.length === 0) return "well";
  return crossed
    .map(({ name, value, state }) => `${state}: ${name === "" ? "value" : name} ${value ?? "no points"}`)
    .join("; ");
}

async function textOf(file: string): Promise<string> {
  if (file === "-") return text(process.stdin);
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
