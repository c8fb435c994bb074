/** up: starts the server in the foreground and stops it on Ctrl-C or SIGTERM. */
import type { Running } from "@holdfast/server";
import { loadConfig } from "@holdfast/server/config";
import type { Command } from "commander";
import type { ConnectionFlags } from "../connection.ts";
import type { Output } from "../output.ts";

interface UpFlags {
  readonly json?: boolean;
  readonly port?: string;
  readonly host?: string;
  readonly syslogPort?: string;
  readonly rules?: string[];
  readonly logLevel?: string;
}

export function addUp(program: Command, out: Output): void {
  program
    .command("up")
    .description("start Holdfast on its home and keep it running")
    .option("--port <port>", "port of the web interface and API (8420)")
    .option("--host <address>", "address to listen on (127.0.0.1)")
    .option("--syslog-port <port>", "port of syslog over UDP and TCP (5514, 0 = off)")
    .option("--rules <folders...>", "folders of Sigma rules to load beside the starter pack")
    .option("--log-level <level>", "debug, info, warn, error or silent (info)")
    .option("--json", "print one line of JSON when ready")
    .action(async (flags: UpFlags, command: Command) => {
      const running = await start(command.optsWithGlobals<ConnectionFlags>(), flags, out);
      if (flags.json === true) out.json({ url: running.url, login: running.firstLogin, inputs: running.inputs });
      else announce(running, out);
      await untilStopped(running, out);
    });
}

export async function start(connection: ConnectionFlags, flags: UpFlags, out: Output): Promise<Running> {
  const given: Record<string, unknown> = {
    config: connection.config,
    home: connection.home,
    "http.port": flags.port,
    "http.host": flags.host,
    "syslog.udp.port": flags.syslogPort,
    "syslog.tcp.port": flags.syslogPort,
    "rules.paths": flags.rules,
    "log.level": flags.logLevel,
  };
  const loaded = loadConfig({
    flags: Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  });
  // Loaded only here: the other commands start in a tenth of the time without the server's code.
  const { startHoldfast } = await import("@holdfast/server");
  return startHoldfast({ loaded, onProgress: (sentence) => out.say(sentence) });
}

export function announce(running: Running, out: Output): void {
  out.line(`Holdfast is ready at ${running.url}`);
  if (running.firstLogin !== null)
    out.line(
      `Login: ${running.firstLogin.user} / ${running.firstLogin.password}   (shown once; change it under Settings)`,
    );
  for (const { name, address } of running.inputs) out.say(`Listens for ${name} on ${address}`);
}

export async function untilStopped(running: Running, out: Output): Promise<void> {
  await new Promise<void>((resolve) => {
    process.once("SIGINT", () => resolve());
    // Stays: the same SIGTERM often comes twice, from a process group and from whoever forwards it, and must not cut the stop short.
    process.on("SIGTERM", () => resolve());
  });
  out.say("Stopping …");
  // A second Ctrl-C does not wait for anything.
  process.once("SIGINT", () => process.exit(1));
  await running.stop();
  process.exit(0);
}
