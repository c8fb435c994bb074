/** changes: planned work from a terminal: lists and shows it, plans it, says that it began and ended, and feeds a file of it. */
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { type Change, changeFile, changeKind, changeRoutes } from "@holdfast/contracts/changes";
import type { Command } from "commander";
import { parse } from "yaml";
import { type Client, ApiError } from "../client.ts";
import { type ConnectionFlags, connect, UsageError } from "../connection.ts";
import type { Output } from "../output.ts";

type Flags = ConnectionFlags & { readonly json?: boolean };

export function addChanges(program: Command, out: Output): void {
  const changes = program.command("changes").description("planned work on the estate, and work under way");
  addReading(changes, out);
  addPlanning(changes, out);
  addMoving(changes, out);
  changes
    .command("import <file>")
    .description(
      "create or change those of a YAML or JSON file by their externalId; the same file twice changes nothing; - is stdin",
    )
    .option("--json", "print JSON, one line a change")
    .action(async (file: string, _flags: object, command: Command) => {
      const flags = command.optsWithGlobals<Flags>();
      await feedAll({ client: connect(flags), file, json: flags.json === true, out });
    });
}

function addReading(changes: Command, out: Output): void {
  changes
    .command("list", { isDefault: true })
    .description("list those to come and under way, the soonest first")
    .option("--state <states>", "planned, running, done, cancelled; several with commas", "planned,running")
    .option("--from <time>", "only those whose window touches the time after it, such as 2026-11-22T08:00Z")
    .option("--to <time>", "and before it")
    .option("--asset <asset>", "on this asset, by id or name")
    .option("--service <service>", "on this service, by id or name")
    .option("-q, --query <text>", "title or external id contains")
    .option("--limit <n>", "changes to show", "100")
    .option("--json", "print JSON, one line a change")
    .action(async (_flags: object, command: Command) => {
      const {
        state,
        from,
        to,
        asset,
        service,
        query: q,
        limit,
        ...flags
      } = command.optsWithGlobals<Flags & ListFlags>();
      const { items, total } = await connect(flags).call(changeRoutes.listChanges, {
        query: { state, from: timeOf("--from", from), to: timeOf("--to", to), asset, service, q, limit: Number(limit) },
      });
      if (flags.json === true) for (const item of items) out.json(item);
      else {
        out.list(
          "changes",
          ["id", "state", "title", "owner", "planned", "until", "on"],
          items.map((one) => [
            one.id,
            one.standing ?? one.state,
            one.title,
            one.owner?.name,
            one.plannedStart,
            one.plannedEnd,
            one.targets.map(targetText),
          ]),
        );
        if (total !== undefined && total > items.length) out.say(`${items.length} of ${total}; --limit shows more.`);
      }
    });
  changes
    .command("show <change>")
    .description("everything about one change, by its id")
    .option("--json", "print JSON")
    .action(async (id: string, _flags: object, command: Command) => {
      const flags = command.optsWithGlobals<Flags>();
      show(await connect(flags).call(changeRoutes.getChange, { params: { id } }), flags, out);
    });
}

interface ListFlags {
  readonly state: string;
  readonly from?: string;
  readonly to?: string;
  readonly asset?: string;
  readonly service?: string;
  readonly query?: string;
  readonly limit: string;
}

interface AddFlags {
  readonly kind: string;
  readonly owner?: string;
  readonly by?: string;
  readonly start?: string;
  readonly end?: string;
  readonly service?: readonly string[];
  readonly asset?: readonly string[];
  readonly reference?: string;
  readonly description?: string;
  readonly backOut?: string;
}

function addPlanning(changes: Command, out: Output): void {
  changes
    .command("add <title>")
    .description("plan a change; without --start it is planned for now")
    .option("--kind <kind>", changeKind.options.join(", "), "normal")
    .option("--owner <team>", "the team that answers for it, by id or name")
    .option("--by <who>", "who does the work")
    .option("--start <time>", "planned start, such as 2026-11-22T08:00Z")
    .option("--end <time>", "planned end; without it the end is open")
    .option("--service <service...>", "on these services, by id or name")
    .option("--asset <asset...>", "on these assets, by id or name")
    .option("--reference <url>", "where it is kept in full")
    .option("--description <text>", "what is done")
    .option("--back-out <text>", "how it is taken back")
    .option("--json", "print JSON")
    .action(async (title: string, _flags: object, command: Command) => {
      const flags = command.optsWithGlobals<Flags & AddFlags>();
      const kind = changeKind.safeParse(flags.kind);
      if (!kind.success) throw new UsageError(`--kind is one of ${changeKind.options.join(", ")}.`);
      const body = {
        title,
        kind: kind.data,
        owner: flags.owner ?? null,
        doneBy: flags.by ?? "",
        plannedStart: timeOf("--start", flags.start) ?? new Date().toISOString(),
        plannedEnd: timeOf("--end", flags.end) ?? null,
        services: [...(flags.service ?? [])],
        assets: [...(flags.asset ?? [])],
        reference: flags.reference ?? null,
        description: flags.description ?? "",
        backOut: flags.backOut ?? "",
      };
      const made = await connect(flags).call(changeRoutes.createChange, { body });
      if (flags.json === true) return out.json(made);
      out.line(made.id);
      sayUnknown(made, out);
    });
}

function addMoving(changes: Command, out: Output): void {
  changes
    .command("start <change>")
    .description("say that a planned change has begun")
    .option("--at <time>", "when it began, if not now")
    .option("--json", "print JSON")
    .action(async (id: string, _flags: object, command: Command) => {
      const flags = command.optsWithGlobals<Flags & { at?: string }>();
      const body = { at: timeOf("--at", flags.at) };
      moved(await connect(flags).call(changeRoutes.startChange, { params: { id }, body }), flags, out);
    });
  changes
    .command("finish <change>")
    .description("say that a running change is done")
    .option("--at <time>", "when it ended, if not now")
    .option("--outcome <text>", "what came of it", "")
    .option("--json", "print JSON")
    .action(async (id: string, _flags: object, command: Command) => {
      const flags = command.optsWithGlobals<Flags & { at?: string; outcome: string }>();
      const body = { at: timeOf("--at", flags.at), outcome: flags.outcome };
      moved(await connect(flags).call(changeRoutes.finishChange, { params: { id }, body }), flags, out);
    });
  changes
    .command("cancel <change>")
    .description("call a change off that is planned or runs")
    .option("--outcome <text>", "why", "")
    .option("--json", "print JSON")
    .action(async (id: string, _flags: object, command: Command) => {
      const flags = command.optsWithGlobals<Flags & { outcome: string }>();
      const body = { outcome: flags.outcome };
      moved(await connect(flags).call(changeRoutes.cancelChange, { params: { id }, body }), flags, out);
    });
}

function moved(change: Change, flags: Flags, out: Output): void {
  if (flags.json === true) out.json(change);
  else out.line(`${change.id}: ${change.title} is ${change.state}`);
}

function show(change: Change, flags: Flags, out: Output): void {
  if (flags.json === true) return out.json(change);
  const { owner, targets } = change;
  const facts: readonly (readonly [string, string | null])[] = [
    ["id", change.id],
    ["external id", change.externalId],
    ["title", change.title],
    ["kind", change.kind],
    ["state", change.standing === null ? change.state : `${change.state} (${change.standing})`],
    ["owner", owner === null ? null : `${owner.name}${owner.id === null ? " (not in the estate)" : ""}`],
    ["done by", change.doneBy],
    ["planned", `${change.plannedStart} to ${change.plannedEnd ?? "an open end"}`],
    ["really", change.actualStart === null ? null : `${change.actualStart} to ${change.actualEnd ?? "now"}`],
    ["on", targets.map(targetText).join(", ")],
    ["reference", change.reference],
    ["description", change.description],
    ["back-out", change.backOut],
    ["outcome", change.outcome],
    ["changed", `${change.updatedAt} by ${change.updatedBy}, version ${change.version}`],
  ];
  out.table(
    ["what", "value"],
    facts.filter(([, value]) => value !== null && value !== ""),
  );
}

function targetText({ kind, value, name }: Change["targets"][number]): string {
  return name === null ? `${kind} ${value} (not in the estate)` : `${kind} ${name}`;
}

function sayUnknown({ targets }: Change, out: Output): void {
  const unknown = targets.filter(({ id }) => id === null).map(({ value }) => value);
  if (unknown.length > 0)
    out.say(`Not in the estate: ${unknown.join(", ")}. They are kept, and count as soon as the estate knows them.`);
}

async function feedAll(asked: { client: Client; file: string; json: boolean; out: Output }): Promise<void> {
  const { client, file, json, out } = asked;
  const read = changeFile.safeParse(listIn(await textOf(file), file));
  if (!read.success) {
    for (const { path, message } of read.error.issues.slice(0, 20)) out.warn(`${file}: ${placeOf(path)}: ${message}`);
    throw new UsageError(`${file} was not fed: nothing of it is kept.`);
  }
  const results = new Map<string, number>();
  for (const { externalId, ...body } of read.data) {
    try {
      const { result, change } = await client.call(changeRoutes.feedChange, { params: { id: externalId }, body });
      results.set(result, (results.get(result) ?? 0) + 1);
      if (json) out.json({ result, change });
    } catch (error) {
      if (!(error instanceof ApiError) || error.status >= 500 || error.status === 401 || error.status === 403)
        throw error;
      out.warn(`${externalId}: ${error.message} [${error.code}]`);
      process.exitCode = 1;
    }
  }
  if (!json) out.line([...results].map(([result, n]) => `${n} ${result}`).join(", ") || "nothing was fed");
}

/** A list, or an object with the list under `changes`. */
function listIn(written: string, file: string): unknown {
  try {
    const value: unknown = parse(written);
    return typeof value === "object" && value !== null && "changes" in value ? value.changes : value;
  } catch (error) {
    throw new UsageError(`${file} is neither YAML nor JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function placeOf(path: readonly PropertyKey[]): string {
  const [at, ...rest] = path;
  if (at === undefined) return "the file is a list of changes";
  return `change ${Number(at) + 1}${rest.length === 0 ? "" : `, ${rest.map(String).join(".")}`}`;
}

function timeOf(flag: string, written: string | undefined): string | undefined {
  if (written === undefined) return undefined;
  const at = Date.parse(written);
  if (Number.isNaN(at)) throw new UsageError(`${flag} is a time such as 2026-11-22T08:00Z, not "${written}".`);
  return new Date(at).toISOString();
}

async function textOf(file: string): Promise<string> {
  if (file === "-") return text(process.stdin);
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
