/** coverage: `holdfast rules coverage`: rules and techniques by tactic, the tactics without rules, and a layer for the ATT&CK
 *  Navigator. */
import { writeFileSync } from "node:fs";
import { type Coverage, coverageOf, type CoveringRule, navigatorLayer, parseRules } from "@holdfast/sigma";
import type { Command } from "commander";
import { type ConnectionFlags, connect, UsageError } from "../connection.ts";
import type { Output } from "../output.ts";
import { LEVELS } from "../scan/scan-rules.ts";
import { readRuleFiles } from "./rule-files.ts";
import { serverRules } from "./server-rules.ts";

export function addRulesCoverage(rules: Command, out: Output): void {
  rules
    .command("coverage [paths...]")
    .description("rules by tactic and technique of ATT&CK: of files and folders, else of the running server")
    .option("--layer <file>", "write a layer for the ATT&CK Navigator (format 4.5); - is standard output")
    .option("--name <text>", "name of the layer", "Holdfast")
    .option("--min-level <level>", `only rules of this level or above: ${LEVELS.join(", ")}`, "informational")
    .option("--status <list>", "only rules of these statuses, e.g. stable,test")
    .option("--tactic <name>", "list the techniques of this tactic with their rules")
    .option("--json", "print JSON")
    .action(async (paths: string[], flags: Flags, command: Command) => {
      const all = paths.length > 0 ? ofFiles(paths, out) : await ofServer(command.optsWithGlobals<ConnectionFlags>());
      const chosen = all.filter(filterOf(flags));
      const coverage = coverageOf(chosen);
      if (flags.layer !== undefined) {
        const layer = `${JSON.stringify(navigatorLayer(coverage, flags.name), undefined, 2)}\n`;
        if (flags.layer === "-") return void process.stdout.write(layer);
        writeFileSync(flags.layer, layer);
        out.say(`${coverage.techniques.length} techniques written to ${flags.layer}.`);
      }
      if (flags.json === true) out.json(coverage);
      else if (flags.tactic !== undefined) printTactic(coverage, flags.tactic, out);
      else print(coverage, out);
    });
}

interface Flags {
  readonly layer?: string;
  readonly name: string;
  readonly minLevel: string;
  readonly status?: string;
  readonly tactic?: string;
  readonly json?: boolean;
}

function filterOf(flags: Flags): (rule: CoveringRule) => boolean {
  const least = LEVELS.findIndex((level) => level === flags.minLevel);
  if (least < 0) throw new UsageError(`There is no level "${flags.minLevel}". Levels: ${LEVELS.join(", ")}.`);
  const statuses = flags.status?.split(",").map((status) => status.trim().toLowerCase());
  return ({ level, status }) =>
    LEVELS.indexOf(level) >= least && (statuses === undefined || statuses.includes(status.toLowerCase()));
}

function ofFiles(paths: readonly string[], out: Output): CoveringRule[] {
  const { rules, correlations, problems } = parseRules(readRuleFiles(paths));
  if (problems.length > 0) out.warn(`${problems.length} documents could not be loaded: see \`holdfast rules lint\`.`);
  return [...rules, ...correlations];
}

/** What is switched off or a draft sees nothing. */
async function ofServer(connection: ConnectionFlags): Promise<CoveringRule[]> {
  const rules = await serverRules(connect(connection));
  return rules
    .filter(({ state }) => state === "live" || state === "test")
    .map(({ title, level, status, tactics, techniques }) => ({
      title,
      level,
      status,
      attack: { tactics, techniques },
    }));
}

function print({ rules, untagged, tactics, without, unknown, techniques }: Coverage, out: Output): void {
  out.table(
    ["tactic", "rules", "techniques", "critical", "high", "medium", "low", "informational"],
    tactics.map(({ name, rules: count, techniques: covered, of, byLevel }) => [
      name,
      count,
      `${covered} of ${of}`,
      byLevel.critical,
      byLevel.high,
      byLevel.medium,
      byLevel.low,
      byLevel.informational,
    ]),
  );
  const names = without.map((short) => tactics.find(({ shortName }) => shortName === short)?.name ?? short);
  out.line("");
  out.line(names.length === 0 ? "Every tactic has a rule." : `Tactics without a rule: ${names.join(", ")}.`);
  out.line(
    `${rules} rules, ${new Set(techniques.map(({ id }) => id)).size} techniques; ${untagged} rules name no tactic or technique.`,
  );
  if (unknown.length > 0)
    out.line(
      `Not in ATT&CK (any more): ${unknown
        .slice(0, 10)
        .map(({ tag, rules: count }) => `${tag} (${count})`)
        .join(", ")}.`,
    );
}

function printTactic({ tactics, techniques }: Coverage, wanted: string, out: Output): void {
  const plain = wanted.toLowerCase().replaceAll(/[ _]/g, "-");
  const tactic = tactics.find(({ shortName, id, name }) =>
    [shortName, id.toLowerCase(), name.toLowerCase().replaceAll(" ", "-")].includes(plain),
  );
  if (tactic === undefined)
    throw new UsageError(
      `There is no tactic "${wanted}". Tactics: ${tactics.map(({ shortName }) => shortName).join(", ")}.`,
    );
  const own = techniques.filter(({ tactic: of }) => of === tactic.shortName);
  out.table(
    ["technique", "rules", "first"],
    own.map(({ id, titles }) => [id, titles.length, titles.slice(0, 3).join("; ")]),
  );
  out.line(`${tactic.name}: ${own.length} of ${tactic.of} techniques.`);
}
