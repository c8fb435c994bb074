/** demo: a Holdfast on a fresh home with a small company in it: its estate, a day of its ordinary logs and one intrusion, all
 *  sent as raw records through the real inputs. Says where to look as soon as the incident stands. */
import { rmSync } from "node:fs";
import { resolve } from "node:path";
import { ingestRoutes } from "@holdfast/contracts/ingest";
import { triageRoutes } from "@holdfast/contracts/triage";
import type { Command } from "commander";
import { createClient } from "../client.ts";
import type { ConnectionFlags } from "../connection.ts";
import { loadDemo } from "../demo/load.ts";
import { playScenario } from "../demo/play.ts";
import { freePort } from "../demo/ports.ts";
import type { Output } from "../output.ts";
import { start, untilStopped } from "./up.ts";

interface DemoFlags {
  readonly port?: string;
  readonly syslogPort?: string;
  readonly seed: string;
  readonly volume: string;
  readonly keep?: boolean;
  readonly json?: boolean;
  readonly logLevel: string;
}

const HTTP_PORT = 8420;
const SYSLOG_PORT = 5514;
const PATIENCE_MS = 120_000;

export function addDemo(program: Command, out: Output): void {
  program
    .command("demo")
    .description("start Holdfast with sample data: a day of a small company and one intrusion")
    .option("--port <port>", `port of the web interface (${HTTP_PORT}, or a free one when that is taken)`)
    .option("--syslog-port <port>", `port of the syslog input (${SYSLOG_PORT}, or a free one when that is taken)`)
    .option("--seed <text>", "another seed gives another day", "holdfast")
    .option("--volume <factor>", "how much ordinary activity: 1 is a full day", "1")
    .option("--keep", "keep the demo's home instead of starting with a fresh one")
    .option("--log-level <level>", "debug, info, warn, error or silent", "error")
    .option("--json", "print one line of JSON when the incident stands")
    .action(async (flags: DemoFlags, command: Command) => {
      const connection = command.optsWithGlobals<ConnectionFlags>();
      // The demo has a home of its own: it must never empty somebody's data.
      const home = resolve(connection.home ?? ".holdfast-demo");
      if (flags.keep !== true && connection.home === undefined) rmSync(home, { recursive: true, force: true });
      const started = performance.now();
      out.say("Starting Holdfast with sample data …");
      const port = flags.port ?? String(await freePort(HTTP_PORT));
      const syslogPort = flags.syslogPort ?? String(await freePort(SYSLOG_PORT));
      const running = await start({ ...connection, home }, { port, syslogPort, logLevel: flags.logLevel }, out);
      try {
        const client = createClient({ url: running.url, token: running.token });
        if (flags.json !== true) sayLogin(running, out);
        const demo = loadDemo();
        const sent = await playScenario({
          client,
          demo,
          syslogPort: Number(syslogPort),
          seed: flags.seed,
          volume: Number(flags.volume),
          say: out.say,
        });
        const incident = await waitForIncident(client, out);
        const seconds = ((performance.now() - started) / 1000).toFixed(0);
        if (flags.json === true)
          out.json({
            url: running.url,
            login: running.firstLogin,
            records: sent,
            incident: incident?.number ?? null,
            seconds: Number(seconds),
          });
        else sayWhereToLook({ running, incident, seconds }, out);
        await untilStopped(running, out);
      } catch (error) {
        await running.stop();
        throw error;
      }
    });
}

type Started = Awaited<ReturnType<typeof start>>;

function sayLogin(running: Started, out: Output): void {
  out.line(`\n  Holdfast   ${running.url}`);
  out.line(
    running.firstLogin === null
      ? "  Login      as before (--keep)"
      : `  Login      ${running.firstLogin.user} / ${running.firstLogin.password}`,
  );
  out.line("");
}

type Client = ReturnType<typeof createClient>;

/** The incident of the scenario is the one with the most alerts; it stands when all that was sent is through the pipeline. */
async function waitForIncident(client: Client, out: Output) {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const { items } = await client.call(triageRoutes.listIncidents, { query: { limit: 20 } });
    const [worst] = items.toSorted((a, b) => b.alerts - a.alerts);
    const { backlog } = await client.call(ingestRoutes.pipeline, {});
    if ((worst !== undefined && backlog === 0) || performance.now() > until) {
      if (worst === undefined)
        out.warn(
          "No incident was opened within two minutes. See the Sources page for records that wait or were refused.",
        );
      return worst;
    }
    await new Promise((next) => setTimeout(next, 500));
  }
}

function sayWhereToLook(
  {
    running,
    incident,
    seconds,
  }: { running: Started; incident: Awaited<ReturnType<typeof waitForIncident>>; seconds: string },
  out: Output,
): void {
  if (incident !== undefined)
    out.line(
      `  INC-${incident.number}: ${incident.title} (${incident.alerts} alerts on ${incident.hosts.join(", ")}), ${seconds} s after the start.\n`,
    );
  out.line("  Three things to look at:");
  out.line(`  1. ${running.url}/                    the Floor: what needs someone now`);
  out.line(
    `  2. ${running.url}/incidents${incident === undefined ? "           " : `/${incident.id}`}   the intrusion on one timeline`,
  );
  out.line(
    `  3. ${running.url}/events?q=${encodeURIComponent("class:process_activity | rare 20 process_path")}   the programs that ran least often`,
  );
  out.line("\n  Ctrl-C stops it. The next demo starts afresh.\n");
}
