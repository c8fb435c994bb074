/** doctor: is everything as it should be? Both stores, the disk, the ports, the limits of the machine, and every configuration
 *  value with where it came from. Works with a running server and without one. */
import { existsSync, statfsSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { dirname, resolve } from "node:path";
import { ingestRoutes } from "@holdfast/contracts/ingest";
import { systemRoutes } from "@holdfast/contracts/system";
import { describeConfig, loadConfig } from "@holdfast/server/config";
import type { Command } from "commander";
import { createClient } from "../client.ts";
import { type ConnectionFlags, readAnnouncement } from "../connection.ts";
import { freePort } from "../demo/ports.ts";
import type { Output } from "../output.ts";

interface Finding {
  readonly check: string;
  readonly ok: boolean;
  readonly detail: string;
}

interface Asked {
  readonly findings: readonly Finding[];
  /** Settings of the running server; undefined when none runs. */
  readonly settings: readonly { readonly key: string; readonly value: unknown; readonly origin: string }[] | undefined;
}

const GIB = 2 ** 30;

export function addDoctor(program: Command, out: Output): void {
  program
    .command("doctor")
    .description("check stores, disk, ports and limits, and print every setting with its origin")
    .option("--json", "print JSON")
    .action(async (flags: { json?: boolean }, command: Command) => {
      const connection = command.optsWithGlobals<ConnectionFlags>();
      const given = {
        ...(connection.home === undefined ? {} : { home: connection.home }),
        ...(connection.config === undefined ? {} : { config: connection.config }),
      };
      const loaded = loadConfig({ flags: given });
      const asked = await storesAndPorts(connection, loaded);
      const findings = [runtime(), ...memory(), disk(loaded.config.home), ...asked.findings];
      // What a running server was started with counts, not what this command would start one with.
      const settings = asked.settings ?? describeConfig(loaded);
      if (flags.json === true) out.json({ ok: findings.every((finding) => finding.ok), findings, settings });
      else {
        for (const { check, ok, detail } of findings)
          out.line(`${ok ? "ok  " : "FAIL"}  ${check.padEnd(14)} ${detail}`);
        out.line("");
        out.table(
          ["setting", "value", "from"],
          settings.map((setting) => [setting.key, setting.value, setting.origin]),
        );
      }
      if (findings.some((finding) => !finding.ok)) process.exitCode = 1;
    });
}

function runtime(): Finding {
  const major = Number(process.versions.node.split(".")[0]);
  return {
    check: "node",
    ok: major >= 24,
    detail:
      major >= 24
        ? `Node ${process.versions.node} on ${process.platform}-${process.arch}`
        : `Node ${process.versions.node} is too old; Holdfast needs 24 and brings it with npm.`,
  };
}

function memory(): Finding[] {
  const total = totalmem() / GIB;
  return [
    {
      check: "memory",
      ok: total >= 2,
      detail: `${total.toFixed(1)} GiB${total >= 2 ? "" : "; at least 2 GiB are needed"}`,
    },
    { check: "cores", ok: true, detail: String(availableParallelism()) },
  ];
}

function disk(home: string): Finding {
  let folder = resolve(home);
  while (!existsSync(folder)) folder = dirname(folder);
  const { bavail, bsize } = statfsSync(folder);
  const free = (bavail * bsize) / GIB;
  return {
    check: "disk",
    ok: free >= 1,
    detail: `${free.toFixed(1)} GiB free at ${folder}${free >= 1 ? "" : "; at least 1 GiB is needed"}`,
  };
}

async function storesAndPorts(connection: ConnectionFlags, loaded: ReturnType<typeof loadConfig>): Promise<Asked> {
  const announced =
    connection.url !== undefined && connection.token !== undefined
      ? { url: connection.url, token: connection.token }
      : readAnnouncement(connection);
  const running = announced === undefined ? undefined : await askServer(announced);
  if (running !== undefined) return running;
  const { config } = loaded;
  const ports = await Promise.all([
    portFree("http port", config.http.port),
    portFree("syslog port", config.syslog.tcp.port),
  ]);
  // Loaded only here: it brings the whole server with it.
  const { probeStores } = await import("@holdfast/server/probe");
  const probed = await probeStores(loaded);
  return {
    findings: [
      { check: "server", ok: true, detail: "none is running on this home; the stores were started for this check" },
      ...probed.map(({ name, ok, detail }) => ({ check: name, ok, detail })),
      ...ports,
    ],
    settings: undefined,
  };
}

async function askServer(announced: { url: string; token: string }): Promise<Asked | undefined> {
  const client = createClient(announced);
  try {
    const [system, pipeline] = await Promise.all([
      client.call(systemRoutes.system, {}),
      client.call(ingestRoutes.pipeline, {}),
    ]);
    const findings: Finding[] = [
      { check: "server", ok: true, detail: `Holdfast ${system.version} at ${announced.url} since ${system.startedAt}` },
      {
        check: "state store",
        ok: true,
        detail: `PostgreSQL ${system.state.version} (${system.state.engine}), ${mib(system.state.bytes)}`,
      },
      {
        check: "event store",
        ok: true,
        detail: `ClickHouse ${system.events.version} (${system.events.engine}), ${system.events.rows} events, ${mib(system.events.bytes)}`,
      },
      {
        check: "pipeline",
        ok: pipeline.state === "ok" || pipeline.state === "behind",
        detail: `${pipeline.state}${pipeline.reason === "" ? "" : `: ${pipeline.reason}`}, ${pipeline.backlog} records waiting, spool ${mib(pipeline.spoolBytes)}`,
      },
      {
        check: "inputs",
        ok: true,
        detail:
          system.inputs.map(({ name, address }) => `${name} ${address}`).join(", ") || "none has a port of its own",
      },
    ];
    return { findings, settings: system.config };
  } catch {
    // It left its address behind when it was killed.
    return undefined;
  }
}

async function portFree(check: string, port: number): Promise<Finding> {
  if (port === 0) return { check, ok: true, detail: "off or any" };
  const free = (await freePort(port)) === port;
  return {
    check,
    ok: free,
    detail: free ? `${port} is free` : `${port} is taken by another program; choose another in the configuration`,
  };
}

const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
