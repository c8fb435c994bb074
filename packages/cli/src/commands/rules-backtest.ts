/** rules-backtest: `holdfast rules backtest`: what rules would have raised over the events a server has stored. A rule is a file or
 *  the id of a loaded one. One rule is shown whole, several as one line each. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { type BacktestAnswer, backtestRoutes } from "@holdfast/contracts/backtest";
import type { Command } from "commander";
import { ApiError } from "../client.ts";
import { type ConnectionFlags, connect, UsageError } from "../connection.ts";
import type { Output } from "../output.ts";
import { readRuleFiles } from "../rules/rule-files.ts";

export function addRulesBacktest(rules: Command, out: Output): void {
  rules
    .command("backtest <rules...>")
    .description("run rules (files, folders or ids of loaded rules; - is standard input) over stored events")
    .option("--from <time>", "ISO time or now-15m, now-7d", "now-7d")
    .option("--to <time>", "ISO time or now", "now")
    .option("--events <n>", "first matches to show, 0 to 200", "10")
    .option("--max <n>", "end with 1 when a rule has more matches than this")
    .option("--json", "print JSON, one line a rule")
    .addHelpText(
      "after",
      "\nEnds with 0 when every rule was run, with 1 when an answer is incomplete or above --max.\n\nExamples:\n  holdfast rules backtest rules/new-rule.yml --from now-30d\n  holdfast rules backtest rules/windows --max 50 --json",
    )
    .action(async (wanted: string[], flags: Flags, command: Command) => {
      const limit = wholeNumber("--events", flags.events, 200);
      const most = flags.max === undefined ? undefined : wholeNumber("--max", flags.max, Number.MAX_SAFE_INTEGER);
      const client = connect(command.optsWithGlobals<ConnectionFlags>());
      const asked = wanted.flatMap(askedOf);
      const answers: BacktestAnswer[] = [];
      for (const rule of asked) {
        const body = { ...rule.body, from: flags.from, to: flags.to, limit };
        const answer = await client.call(backtestRoutes.backtestRule, { body }).catch((error: unknown) => {
          // Of several rules one that is wrong does not keep the others from being run.
          if (asked.length === 1 || !(error instanceof ApiError)) throw error;
          out.warn(`${rule.name}: ${error.message} [${error.code}]`);
          process.exitCode = 1;
          return undefined;
        });
        if (answer === undefined) continue;
        answers.push(answer);
        if (flags.json === true) out.json(answer);
        if (answer.incomplete !== null || (most !== undefined && answer.total > most)) process.exitCode = 1;
      }
      if (flags.json === true) return;
      const [only] = answers;
      if (asked.length === 1 && only !== undefined) print(only, out);
      else printAll(answers, out);
    });
}

interface Flags {
  readonly from: string;
  readonly to: string;
  readonly events: string;
  readonly max?: string;
  readonly json?: boolean;
}

interface Asked {
  readonly name: string;
  readonly body: { readonly text: string } | { readonly ruleId: string };
}

function askedOf(wanted: string): Asked[] {
  if (wanted === "-") return [{ name: "standard input", body: { text: readFileSync(0, "utf8") } }];
  if (!existsSync(wanted)) return [{ name: wanted, body: { ruleId: wanted } }];
  if (statSync(wanted).isDirectory())
    return readRuleFiles([wanted]).map(({ path, text }) => ({ name: path, body: { text } }));
  return [{ name: wanted, body: { text: readFileSync(wanted, "utf8") } }];
}

function wholeNumber(flag: string, text: string, most: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number <= most) return number;
  throw new UsageError(`${flag} takes a whole number from 0 to ${most}, not "${text}".`);
}

const BAR = 40;

function print(answer: BacktestAnswer, out: Output): void {
  const highest = Math.max(1, ...answer.perDay.map(({ matches }) => matches));
  out.table(
    ["day", "matches", ""],
    answer.perDay.map(({ day, matches }) => [day, matches, "█".repeat(Math.ceil((matches / highest) * BAR))]),
  );
  for (const [what, { distinct, top }] of [["hosts", answer.hosts] as const, ["users", answer.users] as const]) {
    if (distinct === 0) continue;
    const named = top.map(({ name, matches }) => `${name} (${matches})`).join(", ");
    out.line(`${distinct} ${what}: ${named}${distinct > top.length ? ", …" : ""}`);
  }
  if (answer.events.length > 0) out.line("");
  out.table(
    ["time", "host", "user", "event", "matched"],
    answer.events.map(({ at, host, user, eventId, message, fields, confirmed }) => [
      at,
      host,
      user,
      eventId ?? "-",
      confirmed
        ? fields.map(({ field, value }) => `${field}=${value}`).join(" ") || message
        : "not confirmed by the matcher",
    ]),
  );
  out.say(`${answer.rule.title}: ${answer.total} matches from ${answer.from} to ${answer.to} in ${answer.tookMs} ms.`);
  out.say(answer.how.sentence);
  if (answer.incomplete !== null) out.warn(`At least that many: ${answer.incomplete}`);
}

function printAll(answers: readonly BacktestAnswer[], out: Output): void {
  out.table(
    ["matches", "a day", "most a day", "hosts", "by", "complete", "level", "title"],
    answers.map(({ total, perDay, hosts, how, incomplete, rule }) => [
      total,
      (total / Math.max(1, perDay.length)).toFixed(1),
      Math.max(0, ...perDay.map(({ matches }) => matches)),
      hosts.distinct,
      how.by,
      incomplete === null ? "yes" : "no",
      rule.level,
      rule.title,
    ]),
  );
  for (const { rule, incomplete } of answers) if (incomplete !== null) out.warn(`${rule.title}: ${incomplete}`);
}
