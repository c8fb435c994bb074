/** ssh-host: commands, processes and files of Linux hosts over SSH. Every command is a list of arguments; each arrives as it is, so
 *  that a name taken from a log is never read by a shell. */
import { type Artefact, defineConnector, done, failed, held, type Outcome, type Plan, problem } from "@holdfast/sdk";
import { z } from "zod";
import {
  elevated,
  hostNamed,
  hostsOf,
  isProblem,
  type NamedHost,
  reachesOf,
  readable,
  runOn,
  runWell,
  type SshLogin,
  sshSecrets,
  sshSettings,
  textOf,
} from "./ssh/hosts.ts";

export default defineConnector({
  kind: "ssh-host",
  title: "Linux hosts over SSH",
  description: "Ends processes and sessions, collects forensic data and files, runs commands.",
  docs: "https://man.openbsd.org/sshd",
  settings: z.strictObject(sshSettings),
  secrets: z.strictObject(sshSecrets),
  offers: ["shell", "sessions"],
  secretsTravel: false,
  reaches: ({ hosts }) => reachesOf(hosts),
  connect: (login) => ({ shell: shellOf(login), sessions: sessionsOf(login) }),
  test: async (login) => {
    const seen: string[] = [];
    for (const host of hostsOf(login.settings.hosts)) {
      const known = await runWell(login, { host, argv: ["id", "-un"] });
      if (!known.ok) return known.outcome;
      seen.push(`${host.name} (as ${textOf(known.result.stdout).trim()})`);
    }
    return done(`Logged in on ${seen.join(", ")}.`);
  },
});

const line = (login: SshLogin, host: NamedHost, argv: readonly string[]): string =>
  `${login.settings.user}@${host.name} (${host.address}): ${readable(elevated(login.settings, argv))}`;

function shellOf(login: SshLogin) {
  return {
    run: (command: { host: string; argv: readonly string[]; stdin?: string | undefined; timeoutMs: number }) =>
      runPlan(login, command),
    kill: (process: Process) => killPlan(login, process),
    gone: async (process: Process): Promise<Outcome> => {
      const host = hostNamed(login.settings.hosts, process.host);
      if (isProblem(host)) return failed(host.reason);
      const now = await executableOf(login, host, process.pid);
      if (!now.ok) return now.outcome;
      const same = now.executable === process.executable;
      const what = now.executable === undefined ? "no process" : `"${now.executable}"`;
      return held(!same, `${host.name} runs ${what} under the number ${process.pid}.`, { host: host.name });
    },
    volatile: (name: string) => volatilePlan(login, name),
    file: (file: { host: string; path: string; maxBytes: number }) => filePlan(login, file),
  };
}

function runPlan(
  login: SshLogin,
  {
    host: name,
    argv,
    stdin,
    timeoutMs,
  }: { host: string; argv: readonly string[]; stdin?: string | undefined; timeoutMs: number },
): Plan {
  const host = hostNamed(login.settings.hosts, name);
  if (isProblem(host)) return host;
  const [program = ""] = argv;
  return {
    ok: true,
    command: [line(login, host, argv), ...(stdin === undefined ? [] : [`standard input: ${JSON.stringify(stdin)}`])],
    check: async () => {
      const found = await runOn(login, { host, argv: ["sh", "-c", 'command -v -- "$1"', "sh", program] });
      if (!found.ok) return failed(found.reason, found.retryable);
      return found.value.code === 0
        ? done(`${host.name} has ${textOf(found.value.stdout).trim()}; it was not run.`)
        : failed(`${host.name} has no program "${program}"`);
    },
    run: async () => {
      const reply = await runOn(login, { host, argv, stdin, timeoutMs });
      if (!reply.ok)
        return reply.acted === "maybe"
          ? { kind: "unknown", reason: reply.reason }
          : failed(reply.reason, reply.retryable);
      const { code, stdout, stderr } = reply.value;
      const output = { host: host.name, code, stdout: textOf(stdout), stderr };
      if (code !== 0)
        return failed(`${host.name}: ${program} ended with code ${code ?? "none"}: ${stderr.trim().slice(0, 500)}`);
      return done(`${host.name}: ${program} ended with code 0.`, output);
    },
  };
}

interface Process {
  readonly host: string;
  readonly pid: number;
  readonly executable: string;
}

function killPlan(login: SshLogin, process: Process): Plan {
  const host = hostNamed(login.settings.hosts, process.host);
  if (isProblem(host)) return host;
  if (process.pid < 2) return problem("pid", "process 1 is the system itself; it cannot be ended");
  const argv = ["kill", "-KILL", String(process.pid)];
  const demand = async (): Promise<Outcome | undefined> => {
    const now = await executableOf(login, host, process.pid);
    if (!now.ok) return now.outcome;
    if (now.executable === undefined) return failed(`${host.name} has no process ${process.pid} any more.`);
    if (now.executable === process.executable) return undefined;
    return failed(
      `On ${host.name} the process ${process.pid} is "${now.executable}" now, not "${process.executable}". Nothing was ended.`,
    );
  };
  return {
    ok: true,
    command: [`only if ${process.pid} is "${process.executable}": ${line(login, host, argv)}`],
    check: async () =>
      (await demand()) ?? done(`${host.name} runs "${process.executable}" as ${process.pid}; it was not ended.`),
    run: async () => {
      const refused = await demand();
      if (refused !== undefined) return refused;
      const ended = await runWell(login, { host, argv });
      return ended.ok
        ? done(`${host.name}: SIGKILL sent to ${process.pid} (${process.executable}).`, {
            host: host.name,
            pid: process.pid,
          })
        : ended.outcome;
    },
  };
}

/** A process that ended but was not fetched by its parent yet runs nothing: it has no executable. */
async function executableOf(
  login: SshLogin,
  host: NamedHost,
  pid: number,
): Promise<{ ok: true; executable: string | undefined } | { ok: false; outcome: Outcome }> {
  const reply = await runOn(login, { host, argv: ["readlink", "--", `/proc/${pid}/exe`] });
  if (!reply.ok) return { ok: false, outcome: failed(reply.reason, reply.retryable) };
  const text = textOf(reply.value.stdout)
    .trim()
    .replace(/ \(deleted\)$/, "");
  return { ok: true, executable: reply.value.code === 0 && text !== "" ? text : undefined };
}

const VOLATILE: readonly { readonly name: string; readonly argv: readonly string[] }[] = [
  { name: "time.txt", argv: ["date", "--utc", "+%FT%TZ"] },
  { name: "processes.txt", argv: ["ps", "-eo", "pid,ppid,user,lstart,stat,args", "-ww"] },
  { name: "sockets.txt", argv: ["ss", "-tuanp"] },
  { name: "sessions.txt", argv: ["who", "-a"] },
  { name: "addresses.txt", argv: ["ip", "-s", "address"] },
  { name: "neighbours.txt", argv: ["ip", "neighbour"] },
  { name: "routes.txt", argv: ["ip", "route", "show", "table", "all"] },
  { name: "mounts.txt", argv: ["cat", "/proc/mounts"] },
  { name: "modules.txt", argv: ["cat", "/proc/modules"] },
  {
    name: "open-deleted-files.txt",
    argv: [
      "find",
      "/proc",
      "-maxdepth",
      "3",
      "-path",
      "/proc/[0-9]*/fd/*",
      "-lname",
      "*(deleted)",
      "-printf",
      "%p %l\\n",
    ],
  },
  {
    name: "recent-temporary-files.txt",
    argv: ["find", "/tmp", "/var/tmp", "/dev/shm", "-xdev", "-type", "f", "-printf", "%TFT%TT %s %u %m %p\\n"],
  },
];

/** In the order of what vanishes first. A command that a host lacks leaves a note, not a hole. */
function volatilePlan(login: SshLogin, name: string): Plan {
  const host = hostNamed(login.settings.hosts, name);
  if (isProblem(host)) return host;
  return {
    ok: true,
    command: VOLATILE.map(({ argv }) => line(login, host, argv)),
    check: async () => {
      const reached = await runWell(login, { host, argv: ["true"] });
      return reached.ok ? done(`${host.name} lets us in; nothing was collected.`) : reached.outcome;
    },
    run: async () => {
      const artefacts: Artefact[] = [];
      const missing: string[] = [];
      for (const { name: file, argv } of VOLATILE) {
        const reply = await runOn(login, { host, argv });
        if (!reply.ok && artefacts.length === 0) return failed(reply.reason, reply.retryable);
        // find ends with 1 when processes vanish under it; what it printed counts.
        if (!reply.ok || reply.value.stdout.length === 0) {
          missing.push(`${file}: ${reply.ok ? reply.value.stderr.trim().slice(0, 120) || "empty" : reply.reason}`);
          continue;
        }
        const bytes = reply.value.stdout;
        artefacts.push({
          name: `${host.name}-${file}`,
          bytes,
          sha256: login.ports.crypto.sha256(bytes),
          source: `${host.name}: ${readable(argv)}`,
        });
      }
      const output = {
        host: host.name,
        files: artefacts.map(({ name: file, sha256, bytes }) => ({ name: file, sha256, size: bytes.length })),
        missing,
      };
      const evidence = `${artefacts.length} files from ${host.name}${missing.length === 0 ? "" : `; not there: ${missing.join("; ")}`}`;
      return { kind: "done", evidence, output, artefacts };
    },
  };
}

/** The host hashes first, so that a change on the way, or by someone on the host, shows. */
function filePlan(
  login: SshLogin,
  { host: name, path, maxBytes }: { host: string; path: string; maxBytes: number },
): Plan {
  const host = hostNamed(login.settings.hosts, name);
  if (isProblem(host)) return host;
  if (!path.startsWith("/") || path.includes("\0")) return problem("path", "a path starts with / and has no zero byte");
  const hash = ["sha256sum", "--zero", "--", path];
  const copy = ["head", "--bytes", String(maxBytes + 1), "--", path];
  const hashOf = async (): Promise<{ ok: true; sha256: string } | { ok: false; outcome: Outcome }> => {
    const ran = await runWell(login, { host, argv: hash, timeoutMs: 60_000 });
    return ran.ok ? { ok: true, sha256: textOf(ran.result.stdout).slice(0, 64) } : ran;
  };
  return {
    ok: true,
    command: [line(login, host, hash), line(login, host, copy)],
    check: async () => {
      const hashed = await hashOf();
      return hashed.ok
        ? done(`${host.name}:${path} has the hash ${hashed.sha256}; it was not copied.`)
        : hashed.outcome;
    },
    run: async () => {
      const hashed = await hashOf();
      if (!hashed.ok) return hashed.outcome;
      const copied = await runWell(login, { host, argv: copy, maxBytes: maxBytes + 65_536, timeoutMs: 60_000 });
      if (!copied.ok) return copied.outcome;
      const bytes = copied.result.stdout;
      if (bytes.length > maxBytes)
        return failed(`${host.name}:${path} is larger than ${maxBytes} bytes; its hash is ${hashed.sha256}.`);
      const sha256 = login.ports.crypto.sha256(bytes);
      if (sha256 !== hashed.sha256)
        return failed(
          `${host.name}:${path} changed while it was copied (the host hashed ${hashed.sha256}, the copy has ${sha256}).`,
          true,
        );
      const source = `${host.name}:${path}`;
      const artefact = { name: `${host.name}-${path.split("/").at(-1) || "file"}`, bytes, sha256, source };
      return {
        kind: "done",
        evidence: `${source}, ${bytes.length} bytes, sha256 ${sha256}`,
        output: { host: host.name, path, sha256, size: bytes.length },
        artefacts: [artefact],
      };
    },
  };
}

/** Ends what a user runs, on every host of the connector. */
function sessionsOf(login: SshLogin) {
  const hosts = hostsOf(login.settings.hosts);
  const listing = (user: string) => ["pgrep", "-u", user];
  const left = async (user: string): Promise<{ ok: true; where: string[] } | { ok: false; outcome: Outcome }> => {
    const where: string[] = [];
    for (const host of hosts) {
      const reply = await runOn(login, { host, argv: listing(user) });
      if (!reply.ok) return { ok: false, outcome: { kind: "unknown", reason: reply.reason } };
      const count = textOf(reply.value.stdout)
        .split("\n")
        .filter((text) => text.trim() !== "").length;
      if (count > 0) where.push(`${host.name} (${count} processes)`);
    }
    return { ok: true, where };
  };
  return {
    end: (user: string): Plan => {
      if (!/^[a-z_][a-z0-9_.-]{0,63}\$?$/i.test(user))
        return problem("user", `"${user}" is no name of a user on Linux`);
      if (user === "root" || user === login.settings.user)
        return problem("user", `ending all of ${user} would end the host, or us`);
      const argv = ["pkill", "-KILL", "-u", user];
      return {
        ok: true,
        command: hosts.map((host) => line(login, host, argv)),
        check: async () => {
          const now = await left(user);
          return now.ok
            ? done(
                now.where.length === 0
                  ? `${user} runs nothing.`
                  : `${user} is on ${now.where.join(", ")}; nothing was ended.`,
              )
            : now.outcome;
        },
        run: async () => {
          const ended: string[] = [];
          for (const host of hosts) {
            const reply = await runOn(login, { host, argv });
            if (!reply.ok)
              return { kind: "unknown", reason: `${reply.reason}; ended so far on: ${ended.join(", ") || "none"}` };
            // pkill: 0 = ended some, 1 = there were none, 2 and 3 = it could not.
            if (reply.value.code === 0) ended.push(host.name);
            else if (reply.value.code !== 1) return failed(`${host.name}: ${reply.value.stderr.trim().slice(0, 300)}`);
          }
          return done(ended.length === 0 ? `${user} ran nothing.` : `Ended what ${user} ran on ${ended.join(", ")}.`, {
            hosts: ended,
          });
        },
      };
    },
    ended: async (user: string): Promise<Outcome> => {
      const now = await left(user);
      return now.ok
        ? held(
            now.where.length === 0,
            now.where.length === 0
              ? `${user} runs nothing on ${hosts.length} hosts.`
              : `${user} is on ${now.where.join(", ")}.`,
          )
        : now.outcome;
    },
  };
}
