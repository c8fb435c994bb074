/** rules: lists the loaded rules, shows what could not be loaded, and reads the folders again; what works on rule files without a
 *  server (lint, test, explain, fields, coverage) lies in ../rules. */
import { detectRoutes } from "@holdfast/contracts/detect";
import { severity } from "@holdfast/contracts/model";
import type { Command } from "commander";
import { type ConnectionFlags, connect, UsageError } from "../connection.ts";
import type { Output } from "../output.ts";
import { addRulesCoverage } from "../rules/coverage.ts";
import { addRulesExplain } from "../rules/explain.ts";
import { addRulesFields } from "../rules/fields.ts";
import { addRulesLint } from "../rules/lint.ts";
import { addRulesTest } from "../rules/test.ts";
import { addRulesBacktest } from "./rules-backtest.ts";

export function addRules(program: Command, out: Output): void {
  const rules = program.command("rules").description("list, lint, test and explain detection rules");
  rules
    .command("list", { isDefault: true })
    .description("the rules of the running server")
    .option("-q, --query <text>", "title or id contains")
    .option("--level <level>", severity.options.join(", "))
    .option("--limit <n>", "rules to show", "100")
    .option("--json", "print JSON, one line a rule")
    .action(async (flags: { query?: string; level?: string; limit: string; json?: boolean }, command: Command) => {
      const level = flags.level === undefined ? undefined : severity.safeParse(flags.level);
      if (level?.success === false)
        throw new UsageError(`There is no level "${flags.level}". Levels: ${severity.options.join(", ")}.`);
      const answer = await connect(command.optsWithGlobals<ConnectionFlags>()).call(detectRoutes.listRules, {
        query: { limit: Number(flags.limit), q: flags.query, level: level?.data },
      });
      if (flags.json === true) for (const item of answer.items) out.json(item);
      else
        out.table(
          ["level", "title", "logsource", "24 h", "total", "state", "id"],
          answer.items.map((r) => [
            r.level,
            r.title,
            Object.values(r.logsource).join("/"),
            r.matches24h,
            r.matchesTotal,
            r.state,
            r.id,
          ]),
        );
      if (answer.problems > 0)
        out.warn(`${answer.problems} rule files could not be loaded: see \`holdfast rules problems\`.`);
    });
  rules
    .command("problems")
    .description("rule files that could not be loaded")
    .option("--json", "print JSON, one line a problem")
    .action(async (flags: { json?: boolean }, command: Command) => {
      const { items } = await connect(command.optsWithGlobals<ConnectionFlags>()).call(
        detectRoutes.listRuleProblems,
        {},
      );
      for (const item of items) {
        if (flags.json === true) out.json(item);
        else out.line(`${item.path}:${item.line}:${item.column}: ${item.message} [${item.code}]`);
      }
      if (items.length > 0) process.exitCode = 1;
    });
  rules
    .command("reload")
    .description("read all rule folders again now")
    .option("--json", "print JSON")
    .action(async (flags: { json?: boolean }, command: Command) => {
      const answer = await connect(command.optsWithGlobals<ConnectionFlags>()).call(detectRoutes.reloadRules, {});
      if (flags.json === true) out.json(answer);
      else out.line(`${answer.loaded} rules loaded, ${answer.problems} problems`);
    });
  for (const add of [addRulesLint, addRulesTest, addRulesExplain, addRulesFields, addRulesCoverage, addRulesBacktest])
    add(rules, out);
}
