/** rsyslog: Debian's real daemon in the foreground, with a directory of its own: follows files and forwards every line. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export const RSYSLOGD = "/usr/sbin/rsyslogd";

export interface Forwarding {
  readonly name: string;
  /** Parameters of omfwd; or, beginning with `type=`, of another output. */
  readonly action: string;
  /** The program name that its lines get. */
  readonly tag: string;
  readonly facility: string;
  /** What is read instead of a file of its own, which `write` fills: a file that another program writes, or a socket for /dev/log. */
  readonly reads?: { readonly file: string } | { readonly socket: string };
  /** Parameters of further outputs for the same lines. */
  readonly also?: readonly string[];
}

export interface Rsyslog {
  write(forwarding: string, lines: readonly string[]): void;
  stop(): Promise<void>;
}

/** Whether Debian's rsyslog has this output or driver. */
export function rsyslogModule(name: string, debianPackage: string): string | false {
  const found = spawnSync("sh", ["-c", `ls /usr/lib/*/rsyslog/${name}.so`]).status === 0;
  return found ? false : `rsyslog has no ${name} (Debian package ${debianPackage})`;
}

export async function startRsyslog(
  port: number,
  forwardings: readonly Forwarding[],
  more: { readonly global?: string; readonly modules?: readonly string[] } = {},
): Promise<Rsyslog> {
  const directory = mkdtempSync(join(tmpdir(), "holdfast-rsyslog-"));
  const input = (name: string): string => join(directory, `${name}.log`);
  const lines = [
    `global(workDirectory="${directory}" localHostname="forwarder" maxMessageSize="64k" ${more.global ?? ""})`,
    ...(more.modules ?? []).map((module) => `module(load="${module}")`),
    'module(load="imfile" mode="inotify")',
    ...forwardings.flatMap(({ name, action, tag, facility, also = [], reads = { file: input(name) } }) => {
      if (!("socket" in reads) && reads.file === input(name)) writeFileSync(reads.file, "");
      const further = also.map((one) => `action(${one} action.resumeRetryCount="-1")`).join(" ");
      return [
        "socket" in reads
          ? `input(type="imuxsock" Socket="${reads.socket}" ruleset="${name}")`
          : `input(type="imfile" file="${reads.file}" tag="${tag}" facility="${facility}" severity="info" ruleset="${name}")`,
        // One target each: a TCP queue that waits must not hold up the others.
        `ruleset(name="${name}" queue.type="LinkedList") { ${further} action(${action.startsWith("type=") ? action : `type="omfwd" target="127.0.0.1" port="${port}" ${action}`} action.resumeRetryCount="-1") }`,
      ];
    }),
  ];
  const configuration = join(directory, "rsyslog.conf");
  writeFileSync(configuration, `${lines.join("\n")}\n`);
  const daemon = spawn(RSYSLOGD, ["-n", "-f", configuration, "-i", join(directory, "pid")], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  daemon.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  const ended = once(daemon, "exit");
  for (let waited = 0; !(existsSync(join(directory, "pid")) && readFileSync(join(directory, "pid")).length > 0); ) {
    if (daemon.exitCode !== null || waited > 20_000) throw new Error(`rsyslogd did not start: ${said}`);
    await sleep(100);
    waited += 100;
  }
  // The file watches are set up after the pid is written.
  await sleep(1_000);
  return {
    write: (name, written) => appendFileSync(input(name), written.map((line) => `${line}\n`).join("")),
    stop: async () => {
      daemon.kill("SIGTERM");
      const impatient = setTimeout(() => daemon.kill("SIGKILL"), 10_000);
      await ended;
      clearTimeout(impatient);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
