/** playbooks: the library of playbooks from a terminal: read, check, bring in, take out, switch on and off. Runs are in playbook-runs. */
import { readFileSync, writeFileSync } from "node:fs";
import { extname } from "node:path";
import { type PlaybookDetail, type PlaybookProblem, playbookRoutes } from "@holdfast/contracts/playbooks";
import type { Command } from "commander";
import { ApiError, type Client } from "../client.ts";
import { type ConnectionFlags, connect, UsageError } from "../connection.ts";
import type { Output } from "../output.ts";
import { addPlaybookRuns } from "./playbook-runs.ts";
import { addPlaybookTriggers } from "./playbook-triggers.ts";

type Flags = ConnectionFlags & { readonly json?: boolean };

export function addPlaybooks(program: Command, out: Output): void {
  const playbooks = program
    .command("playbooks")
    .description("what your teams do when something happens: read, run, write");
  playbooks
    .command("list", { isDefault: true })
    .description("the playbooks there are, and which are switched off")
    .option("-q, --query <text>", "name, description, type or action contains")
    .option("--json", "print JSON, one line a playbook")
    .action(async (_flags: object, command: Command) => {
      const flags = command.optsWithGlobals<Flags & { query?: string }>();
      const { items } = await connect(flags).call(playbookRoutes.listPlaybooks, { query: { q: flags.query } });
      if (flags.json === true) for (const item of items) out.json(item);
      else
        out.list(
          "playbooks",
          ["playbook", "version", "state", "running", "runs", "last run", "name"],
          items.map((one) => [one.id, one.version, stateOf(one), one.running, one.runs, one.lastRunAt, one.name]),
        );
    });
  playbooks
    .command("show <playbook>")
    .description("print its text; what else is known of it goes to standard error")
    .option("--json", "print JSON: text, problems, graph, variables, versions")
    .action(async (id: string, _flags: object, command: Command) => {
      const flags = command.optsWithGlobals<Flags>();
      const detail = await connect(flags).call(playbookRoutes.getPlaybook, { params: { id } });
      if (flags.json === true) return out.json(detail);
      out.say(
        `${detail.name}: ${stateOf(detail)}, ${detail.version === null ? "not published" : `v${detail.version}`}`,
      );
      if (detail.off !== null) out.warn(offSentence(detail.off));
      tell(id, detail.problems, out);
      out.line(detail.text.trimEnd());
    });
  playbooks
    .command("lint <files...>")
    .description("check playbook files against the actions and playbooks of the server; saves nothing")
    .option("--json", "print JSON, one line a problem")
    .action(async (files: string[], _flags: object, command: Command) => {
      const flags = command.optsWithGlobals<Flags>();
      const client = connect(flags);
      for (const file of files) {
        const { problems } = await client.call(playbookRoutes.validatePlaybook, { body: { text: readText(file) } });
        if (flags.json === true) for (const problem of problems) out.json({ file, ...problem });
        else for (const problem of problems) out.line(sentence(file, problem));
        if (problems.some(({ level }) => level === "error")) process.exitCode = 1;
        else if (flags.json !== true) out.say(`${file}: no errors`);
      }
    });
  playbooks
    .command("import <file>")
    .description("take in a CACAO v2 document (.json), or a playbook of ours (.yml) as new or as the next draft")
    .option("--publish", "make it the version that runs use")
    .option("--json", "print JSON")
    .action(async (file: string, _flags: object, command: Command) => {
      const flags = command.optsWithGlobals<Flags & { publish?: boolean }>();
      const client = connect(flags);
      const taken = extname(file) === ".json" ? await takeCacao(client, file) : await takeText(client, file);
      const publish = flags.publish === true && taken.draft;
      const detail = publish ? await client.call(playbookRoutes.publishPlaybook, { params: { id: taken.id } }) : taken;
      if (flags.json === true) out.json(detail);
      else out.line(`${detail.id}: ${detail.draft ? "a draft" : `published as v${detail.version}`}`);
      tell(file, detail.problems, out);
      if (detail.problems.some(({ level }) => level === "error")) process.exitCode = 1;
    });
  playbooks
    .command("export <playbook>")
    .description("write what is published as CACAO v2, or the text as YAML")
    .option("--yaml", "the text instead of CACAO")
    .option("-o, --output <file>", "into a file instead of standard output")
    .action(async (id: string, _flags: object, command: Command) => {
      const flags = command.optsWithGlobals<Flags & { yaml?: boolean; output?: string }>();
      const client = connect(flags);
      const text =
        flags.yaml === true
          ? (await client.call(playbookRoutes.getPlaybook, { params: { id } })).text.trimEnd()
          : JSON.stringify(await client.call(playbookRoutes.exportPlaybook, { params: { id } }), null, 2);
      if (flags.output === undefined) out.line(text);
      else writeFileSync(flags.output, `${text}\n`);
    });
  addPlaybookRuns(playbooks, out);
  addPlaybookTriggers(playbooks, out);
  playbooks
    .command("on <playbook>")
    .description("switch it on again")
    .option("--reason <text>", "for the audit log")
    .option("--json", "print JSON")
    .action((id: string, _flags: object, command: Command) => turn(id, true, { command, out }));
  playbooks
    .command("off <playbook>")
    .description("switch it off: nobody and nothing can start it; runs under way go on")
    .requiredOption("--reason <text>", "why; everybody sees it")
    .option("--json", "print JSON")
    .action((id: string, _flags: object, command: Command) => turn(id, false, { command, out }));
}

async function turn(id: string, enabled: boolean, { command, out }: { command: Command; out: Output }): Promise<void> {
  const flags = command.optsWithGlobals<Flags & { reason?: string }>();
  const { reason = "" } = flags;
  const body = enabled ? { enabled, reason } : { enabled, reason };
  const detail = await connect(flags).call(playbookRoutes.switchPlaybook, { params: { id }, body });
  if (flags.json === true) out.json(detail);
  else out.line(detail.off === null ? `${id} is on` : `${id} is off. ${offSentence(detail.off)}`);
}

async function takeCacao(client: Client, file: string): Promise<PlaybookDetail> {
  let document: unknown;
  try {
    document = JSON.parse(readText(file));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${file} is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  return client.call(playbookRoutes.importPlaybook, { body: { document } });
}

/** As new, or as the next draft of the one with its id. */
async function takeText(client: Client, file: string): Promise<PlaybookDetail> {
  const text = readText(file);
  try {
    return await client.call(playbookRoutes.createPlaybook, { body: { text } });
  } catch (error) {
    const id = /^id:\s*["']?([\w-]+)/m.exec(text)?.[1];
    if (!(error instanceof ApiError) || error.code !== "PLAYBOOKS_ID_TAKEN" || id === undefined) throw error;
    return client.call(playbookRoutes.savePlaybook, { params: { id }, body: { text } });
  }
}

function stateOf({ off, version, draft }: Pick<PlaybookDetail, "off" | "version" | "draft">): string {
  if (off !== null) return "off";
  return version === null ? "draft" : draft ? "on, with a draft" : "on";
}

const offSentence = ({ at, by, reason }: NonNullable<PlaybookDetail["off"]>): string =>
  `Switched off by ${by.name} at ${at}: ${reason}`;

function tell(where: string, problems: readonly PlaybookProblem[], out: Output): void {
  for (const problem of problems) out.warn(sentence(where, problem));
}

const sentence = (where: string, { level, line, at, message }: PlaybookProblem): string =>
  `${where}${line === null ? "" : `:${line}`}: ${level}: ${at === "" ? "" : `${at}: `}${message}`;

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(`The file ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
