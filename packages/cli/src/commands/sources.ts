/** sources: lists sources with their counts, adds one with its key, and tries records without storing them. */
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { DRY_RUN_CHARACTERS, type DryRunResult, dryRunRoutes } from "@holdfast/contracts/dry-run";
import { ingestRoutes, keyedKind, type PortKind, portKind, type Source } from "@holdfast/contracts/ingest";
import { PORT_KIND_GUIDES, portClients } from "@holdfast/contracts/port-kinds";
import { pullRoutes } from "@holdfast/contracts/pulls";
import { SOURCE_KIND_GUIDES, type SourceClient, sourceClients } from "@holdfast/contracts/source-kinds";
import { findPrograms, SOURCE_PROGRAMS } from "@holdfast/contracts/source-programs";
import { silenceRoutes, type Speech } from "@holdfast/contracts/silence";
import { systemRoutes } from "@holdfast/contracts/system";
import type { Command } from "commander";
import { type ConnectionFlags, connect, UsageError } from "../connection.ts";
import { everyPage } from "../every-page.ts";
import { addScrape, type ScrapeFlags } from "./sources-scrape.ts";
import type { Output } from "../output.ts";
import { addPull, type PullFlags } from "./source-pulls.ts";

export function addSources(program: Command, out: Output): void {
  const sources = program
    .command("sources")
    .description("list sources with counts, last event, coverage, and whether they speak as they usually do")
    .option("-q, --query <text>", "name, id or kind contains")
    .option("--json", "print JSON, one line a source")
    .action(async (flags: { query?: string; json?: boolean }, command: Command) => {
      const client = connect(command.optsWithGlobals<ConnectionFlags>());
      const items = await everyPage((cursor) =>
        client.call(ingestRoutes.listSources, { query: { limit: 1000, q: flags.query, cursor } }),
      );
      const spoken = new Map(
        (await client.call(silenceRoutes.listSilence, {})).sources.map((one) => [one.source, one]),
      );
      if (flags.json === true) for (const item of items) out.json({ ...item, speech: spoken.get(item.id) ?? null });
      else {
        const percent = (share: number | null): string => (share === null ? "" : `${(share * 100).toFixed(1)} %`);
        out.list(
          "sources",
          ["id", "kind", "received", "stored", "quarantined", "rejected", "coverage", "lag s", "last event", "speaks"],
          items.map((s) => [
            s.id,
            s.kind,
            s.received,
            s.stored,
            s.quarantined,
            s.rejected,
            percent(s.coverage),
            s.lagSeconds,
            s.lastEventAt,
            speaks(s, spoken.get(s.id)),
          ]),
        );
      }
    });
  sources
    .command("add <what>")
    .description(
      `add a source for what you run (\`holdfast sources programs\` lists it: filebeat, fortigate, github …), or by its kind; prints its key once and how to send to it. Kinds with a key: ${keyedKind.options.join(", ")}. Asked by Holdfast: scrape. On ports of their own, without a key: ${portKind.options.join(", ")}. Fetched by Holdfast itself: github-audit, okta-system-log, microsoft-graph, aws-cloudtrail, google-workspace, nats, kafka`,
    )
    .option("--name <name>", "its name; needed for what has a key")
    .option(
      "--target <address>",
      "scrape: what to ask, such as http://web-1:9100/metrics; may be given again",
      collect,
      [],
    )
    .option(
      "--list <file>",
      "scrape: a list of targets, by its name in the folder targets of the home or its address; may be given again",
      collect,
      [],
    )
    .option("--every <seconds>", "scrape: seconds between two rounds")
    .option(
      "--allow <address>",
      "scrape and fetched kinds: a private address or range that may be reached; may be given again",
      collect,
      [],
    )
    .option("--client <name>", "the lines of this client, by a part of its name")
    .option("--set <name=value...>", "fetched kinds: a setting; several lines of it with commas between them")
    .option(
      "--secret <name=file...>",
      "fetched kinds: a secret, read from a file; asked for at a terminal when it is missing",
    )
    .option("--since <day>", "fetched kinds: fetch what happened since then; one day back when not given")
    .option("--try", "fetched kinds: tell what the other side answers, and add nothing")
    .option("--json", "print JSON")
    .action(async (given: string, _flags: object, command: Command) => {
      const asked = command.optsWithGlobals<AddFlags>();
      const { what, flags, note } = meaningOf(given, asked);
      if (note !== "") out.say(note);
      if (what === "scrape") return addScrape(flags, out);
      const onPort = portKind.safeParse(what);
      if (onPort.success) return showPort(onPort.data, flags, out);
      const kind = keyedKind.safeParse(what);
      const client = connect(flags);
      if (!kind.success) {
        const { items } = await client.call(pullRoutes.listPullKinds, {});
        const fetched = items.find((one) => one.kind === what);
        if (fetched !== undefined) return addPull(client, { kind: fetched, flags, out });
        throw new UsageError(
          `"${given}" cannot be added. ${likely(given)}With a key: ${keyedKind.options.join(", ")}. Asked by Holdfast: scrape. On a port of its own: ${portKind.options.join(", ")}. Fetched: ${items.map((one) => one.kind).join(", ")}. Files go in by \`holdfast import\`.`,
        );
      }
      const { name: called } = flags;
      if (called === undefined) throw new UsageError("Say how the source is called: --name <name>.");
      const clients = (key: string): SourceClient[] => sourceClients(kind.data, { url: client.url, key });
      const at = indexOf(clients(""), flags.client);
      const made = await client.call(ingestRoutes.createSource, { body: { name: called, kind: kind.data } });
      const path = SOURCE_KIND_GUIDES.find((guide) => guide.kind === kind.data)?.path ?? "";
      const url = client.url + path;
      const { name = "", where = "", lines: snippet = "" } = clients(made.key)[at] ?? {};
      if (flags.json === true) out.json({ id: made.source.id, key: made.key, url, snippet });
      else out.line(`id   ${made.source.id}\nkey  ${made.key}\nurl  ${url}\n\n# ${name}: ${where}\n${snippet}`);
    });
  sources
    .command("programs [words...]")
    .description("what can be added by its name: programs, devices and services, found by words")
    .option("--json", "print JSON, one line a program")
    .action((words: readonly string[], _flags: object, command: Command) => {
      const found = findPrograms(words.join(" "));
      const ways = { key: "with a key", port: "by a port", fetch: "fetched", file: "holdfast import" };
      if (command.optsWithGlobals<{ json?: boolean }>().json === true)
        for (const { id, name, about, group, by } of found) out.json({ id, name, about, group, ...by });
      else
        out.table(
          ["what", "name", "what comes from it", "how"],
          found.map(({ id, name, about, by }) => [id, name, about, ways[by.way]]),
        );
    });
  sources
    .command("try [file]")
    .description(
      "try records without storing them: how they would be parsed, which rules read and match them; - or nothing is stdin",
    )
    .option("--over <way>", "http or syslog: over syslog each line is a message", "http")
    .option("--json", "print JSON")
    .action(async (file: string | undefined, _flags: object, command: Command) => {
      const flags = command.optsWithGlobals<TryFlags>();
      const { over } = flags;
      if (over !== "http" && over !== "syslog") throw new UsageError(`--over is "http" or "syslog", not "${over}".`);
      const given = await textOf(file);
      if (given.length > DRY_RUN_CHARACTERS)
        throw new UsageError(`${given.length} characters are too many for a trial; at most ${DRY_RUN_CHARACTERS}.`);
      const result = await connect(flags).call(dryRunRoutes.dryRun, { body: { text: given, over } });
      if (flags.json === true) out.json(result);
      else showTrial(out, result);
    });
}

/** A kind is meant as it is; a program by the kind and the client that its lines belong to. */
function meaningOf(given: string, flags: AddFlags): { what: string; flags: AddFlags; note: string } {
  const program = SOURCE_PROGRAMS.find(({ id }) => id === given.toLowerCase());
  const isKind = [...keyedKind.options, ...portKind.options].some((kind) => kind === given);
  if (isKind || program === undefined) return { what: given, flags, note: "" };
  const { by, note } = program;
  if (by.way === "file") throw new UsageError("Files go in by `holdfast import <paths…>`.");
  const client = by.way === "fetch" ? {} : { client: flags.client ?? by.client };
  return { what: by.kind, flags: { ...flags, ...client }, note };
}

function likely(given: string): string {
  const found = findPrograms(given).slice(0, 5);
  return found.length === 0 ? "" : `Do you mean ${found.map(({ id }) => id).join(", ")}? `;
}

function showTrial(out: Output, result: DryRunResult): void {
  const { records, found } = result;
  out.table(
    ["record", "parser", "class", "host", "user", "rules", "matches"],
    records.map((one) => [
      one.number,
      one.unclassified ? "none" : one.parser,
      one.class,
      one.host,
      one.user,
      one.rulesReading,
      one.matches.map(({ level, title }) => `${level}: ${title}`).join("; "),
    ]),
  );
  if (found > records.length) out.line(`The first ${records.length} of ${found} records; nothing was stored.`);
  else out.line(`${found} ${found === 1 ? "record" : "records"}; nothing was stored.`);
}

async function textOf(file: string | undefined): Promise<string> {
  if (file === undefined || file === "-") return text(process.stdin);
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

type TryFlags = ConnectionFlags & { readonly over: string; readonly json?: boolean };

/** What has a port needs no key: says how to send to it, and how to open it when it is closed. */
async function showPort(kind: PortKind, flags: AddFlags, out: Output): Promise<void> {
  const client = connect(flags);
  const guide = PORT_KIND_GUIDES.find((one) => one.kind === kind);
  const { inputs } = await client.call(systemRoutes.system, {});
  const open = inputs.find(({ name }) => name === kind);
  const port = Number(/:(\d+)$/.exec(open?.address ?? "")?.[1] ?? guide?.port ?? 0);
  const { hostname } = new URL(client.url);
  const clients = portClients(kind, { host: hostname, port });
  const { name = "", where = "", lines: snippet = "" } = clients[indexOf(clients, flags.client)] ?? {};
  const url = `${kind.endsWith("-udp") ? "udp" : "tcp"}://${hostname}:${port}`;
  const note =
    open === undefined
      ? `closed: set ${guide?.setting ?? kind} to on, and start Holdfast again`
      : `open on ${open.address}`;
  if (flags.json === true) {
    if (open === undefined) out.say(`The port is ${note}.`);
    out.json({ id: kind, key: null, url, snippet });
  } else out.line(`id    ${kind}\nurl   ${url}\nport  ${note}\n\n# ${name}: ${where}\n${snippet}`);
}

function indexOf(clients: readonly SourceClient[], wanted: string | undefined): number {
  const sought = wanted?.toLowerCase() ?? "";
  const exact = clients.findIndex(({ name }) => name.toLowerCase() === sought);
  const at = exact >= 0 ? exact : clients.findIndex(({ name }) => name.toLowerCase().includes(sought));
  if (at >= 0) return at;
  const known = clients.map(({ name }) => name).join(", ");
  throw new UsageError(`There are no lines for "${wanted ?? ""}"; there are for: ${known}.`);
}

const collect = (value: string, before: string[]): string[] => [...before, value];

type AddFlags = ConnectionFlags & ScrapeFlags & Omit<PullFlags, "allow"> & { readonly client?: string };

const SPEAKS: Readonly<Record<Speech["state"], string>> = {
  speaks: "as usual",
  "quiet-hours": "quiet hours",
  silent: "silent",
  learning: "being learned",
  unwatched: "not waited for",
};

/** Of what was never heard since it is listened to, nothing is known. */
function speaks(source: Source, speech: Speech | undefined): string {
  if (!source.enabled) return "disabled";
  if (source.lastEventAt === null) return "never sent";
  return SPEAKS[speech?.state ?? (source.kind === "import" ? "unwatched" : "learning")];
}
