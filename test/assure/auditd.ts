/** auditd: Debian's real daemon in the foreground, with a folder of its own, and what an account does under its eyes. The kernel has
 *  one audit for the whole machine: the rules name one account, so nothing else of the machine is recorded, and the state is put
 *  back as it was found, also when the test fails; when its process dies, the daemon dies with it. */
import { spawn, spawnSync, type SpawnSyncReturns } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export const AUDITD = "/sbin/auditd";
const AUDITCTL = "/sbin/auditctl";
const SETPRIV = "/usr/bin/setpriv";
const PLUGIN = "/sbin/audisp-syslog";
/** An account of every Debian as which nothing runs. */
export const ACCOUNT = "games";
/** What runs beside must not be held up while a crowded machine gets round to reading the records. */
const BACKLOG = 8_192;
const FOLDER = "holdfast-auditd-";

export interface Auditd {
  /** What it has written. */
  lines(): string[];
  /** Records that the kernel could not hand over. */
  lost(): number;
  /** Runs a program in a login of the account, which the rules name. */
  run(command: readonly string[], input?: string): SpawnSyncReturns<string>;
  /** Changes how records are written from now on. */
  format(format: "ENRICHED" | "RAW"): Promise<void>;
  stop(): Promise<void>;
}

/** Why this machine's kernel cannot be audited by a test; false when it can. */
export function auditing(): string | false {
  if (process.getuid?.() !== 0) return "only root can audit the kernel";
  if (![AUDITD, AUDITCTL, PLUGIN].every((path) => existsSync(path)))
    return "there is no auditd (Debian package auditd)";
  const asked = spawnSync(AUDITCTL, ["-s"], { encoding: "utf8" });
  if (asked.status !== 0)
    return `the kernel's audit does not answer (CONFIG_AUDIT; in a container, --privileged and --pid=host): ${asked.stderr.trim()}`;
  // Setting what is set already asks for the right to set it, and only the first process namespace has it.
  const may = spawnSync(AUDITCTL, ["-r", String(statusOf(asked.stdout, "rate_limit"))], { encoding: "utf8" });
  if (may.status !== 0)
    return `the kernel's audit cannot be set from here (in a container: --privileged and --pid=host): ${may.stderr.trim()}`;
  const owner = statusOf(asked.stdout, "pid");
  return owner === 0 || isOver(owner) || ofTest(owner)
    ? false
    : `process ${owner} owns the kernel's audit; only one auditd can run`;
}

export interface AuditFolder {
  readonly folder: string;
  /** The file that the daemon writes. */
  readonly log: string;
  /** Stands for /dev/log: its syslog plugin and itself send there, so who listens there has to come first. */
  readonly socket: string;
}

export function auditFolder(): AuditFolder {
  // Where the rule for programs in temporary folders looks, whatever TMPDIR is.
  const folder = mkdtempSync(join("/tmp", FOLDER));
  // The account has to come to what it runs and reads.
  chmodSync(folder, 0o755);
  // The daemon takes the folder of its log for itself.
  mkdirSync(join(folder, "audit"));
  return { folder, log: join(folder, "audit", "audit.log"), socket: join(folder, "log") };
}

/** Starts the daemon with these rules, each in the words of auditctl; `key` is what they are removed by. */
export async function startAuditd(
  { folder, log, socket }: AuditFolder,
  rules: readonly (readonly string[])[],
  key: string,
): Promise<Auditd> {
  await unowned();
  const { configure, configuration } = layOut(folder, log);
  configure("ENRICHED");
  const before = status();
  const daemon = spawn(
    SETPRIV,
    [
      ...["--pdeathsig", "TERM", "unshare", "--mount", "sh", "-c", IN_ITS_OWN_DEV, "sh", join(folder, "dev"), socket],
      ...[AUDITD, "-n", "-c", configuration],
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let said = "";
  for (const stream of [daemon.stdout, daemon.stderr])
    stream.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
  const ended = once(daemon, "exit");
  const restore = (): void => {
    spawnSync(AUDITCTL, ["-D", "-k", key]);
    daemon.kill("SIGTERM");
    spawnSync(AUDITCTL, ["-b", String(statusOf(before, "backlog_limit"))]);
    spawnSync(AUDITCTL, ["-e", String(statusOf(before, "enabled"))]);
  };
  process.once("exit", restore);
  const stop = async (): Promise<void> => {
    const impatient = setTimeout(() => daemon.kill("SIGKILL"), 10_000);
    restore();
    await ended;
    clearTimeout(impatient);
    process.off("exit", restore);
  };
  try {
    for (let waited = 0; statusOf(status(), "pid") !== daemon.pid; waited += 100) {
      if (daemon.exitCode !== null || waited > 20_000) throw new Error(`auditd did not start: ${said}`);
      await sleep(100);
    }
    // A run that was killed may have left its rules.
    spawnSync(AUDITCTL, ["-D", "-k", key]);
    control(["-b", String(BACKLOG)]);
    for (const rule of rules) control([...rule, "-k", key]);
  } catch (error) {
    await stop();
    throw error;
  }
  const lost = statusOf(status(), "lost");
  const lines = (): string[] => (existsSync(log) ? readFileSync(log, "utf8").split("\n").slice(0, -1) : []);
  return {
    lines,
    lost: () => statusOf(status(), "lost") - lost,
    run: (command, input = "") =>
      spawnSync("sh", ["-c", AS_THE_ACCOUNT, "sh", ACCOUNT, ...command], {
        encoding: "utf8",
        input,
        timeout: 60_000,
        env: { PATH: "/usr/bin:/bin" },
      }),
    format: async (format) => {
      configure(format);
      const reconfigured = (): number => lines().filter((line) => line.startsWith("type=DAEMON_CONFIG")).length;
      const until = reconfigured() + 1;
      daemon.kill("SIGHUP");
      for (let waited = 0; reconfigured() < until; waited += 100) {
        if (waited > 20_000) throw new Error(`auditd did not read its configuration anew: ${said}`);
        await sleep(100);
      }
    },
    stop,
  };
}

/** The plugin writes to /dev/log and nowhere else: the daemon gets a /dev of its own in which that leads to the socket. */
const IN_ITS_OWN_DEV = `set -e
mkdir "$1"
mount -t tmpfs -o size=1m tmpfs "$1"
for name in null zero urandom; do touch "$1/$name"; mount --bind "/dev/$name" "$1/$name"; done
ln -s "$2" "$1/log"
mount --move "$1" /dev
shift 2
exec "$@"`;

/** A login as the kernel knows it: the audit user is set, then the identity is given up. */
const AS_THE_ACCOUNT = `account=$1
shift
number=$(/usr/bin/id -u "$account")
echo "$number" > /proc/self/loginuid || exit 125
exec ${SETPRIV} --reuid "$account" --regid "$account" --clear-groups -- "$@"`;

function layOut(folder: string, log: string) {
  const configuration = join(folder, "etc");
  mkdirSync(join(configuration, "plugins.d"), { recursive: true, mode: 0o750 });
  const write = (path: string, settings: Readonly<Record<string, string | number>>): void =>
    writeFileSync(
      join(configuration, path),
      Object.entries(settings)
        .map(([name, value]) => `${name} = ${value}\n`)
        .join(""),
      { mode: 0o640 },
    );
  // As Debian's package and the page of the source have it, but for the switch.
  const plugin = { direction: "out", path: PLUGIN, type: "always", args: "LOG_INFO", format: "string" };
  write("plugins.d/syslog.conf", { active: "yes", ...plugin });
  const settings = {
    ...{ local_events: "yes", write_logs: "yes", log_file: log, log_group: "root", priority_boost: 0 },
    ...{ flush: "INCREMENTAL_ASYNC", freq: 50, max_log_file: 64, num_logs: 2, max_log_file_action: "IGNORE" },
    ...{ name_format: "NONE", q_depth: 2_000, plugin_dir: join(configuration, "plugins.d") },
    ...{ space_left: 2, space_left_action: "IGNORE", admin_space_left: 1, admin_space_left_action: "IGNORE" },
    ...{ disk_full_action: "IGNORE", disk_error_action: "IGNORE" },
  };
  const configure = (format: string): void => write("auditd.conf", { ...settings, log_format: format });
  return { configure, configuration };
}

async function unowned(): Promise<void> {
  for (let waited = 0; ; waited += 500) {
    const owner = statusOf(status(), "pid");
    if (owner === 0 || isOver(owner)) return;
    // Another clone's run of this test; there is one audit for both.
    if (waited > 120_000) throw new Error(`process ${owner} owns the kernel's audit; only one auditd can run`);
    await sleep(500);
  }
}

/** The kernel forgets a daemon that was killed only when it has a record for it. */
const isOver = (pid: number): boolean => !existsSync(`/proc/${pid}`);

function ofTest(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(FOLDER);
  } catch {
    return false;
  }
}

const status = (): string => control(["-s"]);

function statusOf(text: string, name: string): number {
  return Number(new RegExp(`^${name} (\\d+)`, "m").exec(text)?.[1] ?? Number.NaN);
}

function control(words: readonly string[]): string {
  const done = spawnSync(AUDITCTL, words, { encoding: "utf8" });
  if (done.status !== 0) throw new Error(`auditctl ${words.join(" ")}: ${done.stderr.trim()}`);
  return done.stdout;
}
