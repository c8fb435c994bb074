/** host: one host of the lab: a network namespace with processes, host name, users and temporary files of its own, and a real sshd.
 *  Everything on it dies with it. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { must, type Ran, ran, until } from "./command.ts";

export interface LoginKey {
  readonly privateKey: string;
  readonly publicKey: string;
}

export interface LabHost {
  readonly name: string;
  readonly address: string;
  /** "SHA256:…" of the host key. */
  readonly fingerprint: string;
  /** A directory of its own, the same inside and outside. */
  readonly place: string;
  exec(argv: readonly string[], input?: string): Ran;
  spawn(argv: readonly string[]): number;
  stop(): Promise<void>;
}

/** Users that every host has besides root. */
export const USERS = ["alice", "mallory"] as const;

export function makeLoginKey(path: string): LoginKey {
  must(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", path]);
  return { privateKey: readFileSync(path, "utf8"), publicKey: readFileSync(`${path}.pub`, "utf8") };
}

export async function startHost(options: {
  name: string;
  namespace: string;
  address: string;
  place: string;
  key: LoginKey;
  onLog: (line: string) => void;
}): Promise<LabHost> {
  const { name, namespace, address, place, onLog } = options;
  const hostKey = makeLoginKey(join(place, "host-key"));
  prepare(options);
  const child = spawn(
    "ip",
    [
      "netns",
      "exec",
      namespace,
      "unshare",
      "--uts",
      "--pid",
      "--mount",
      "--fork",
      "--kill-child",
      "--mount-proc",
      "sh",
      "-c",
      INIT,
      name,
      name,
      place,
    ],
    {
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  const lines: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    lines.push(line);
    onLog(line);
  });
  await until(
    `sshd of ${name} listens`,
    () => lines.some((line) => line.includes("Server listening on")) || gone(child),
  );
  if (gone(child)) throw new Error(`${name} did not start: ${lines.join("\n")}`);
  const init = firstChild(child.pid ?? 0);
  const inside = ["nsenter", "--target", String(init), "--net", "--pid", "--mount", "--uts", "--"];
  const exec = (argv: readonly string[], input?: string): Ran => ran([...inside, ...argv], input);
  return {
    name,
    address,
    fingerprint:
      /SHA256:\S+/.exec(must(["ssh-keygen", "-lf", join(place, "host-key.pub")]).stdout)?.[0] ?? hostKey.publicKey,
    place,
    exec,
    spawn: (argv) =>
      Number(must([...inside, "sh", "-c", '"$@" < /dev/null > /dev/null 2>&1 & echo $!', "sh", ...argv]).stdout),
    stop: () => stopped(child),
  };
}

/** $1 the name, $2 the place. The users are this host's alone, and so are /tmp, /var/tmp and /run; the place stays where it is. */
const INIT = `set -e
hostname "$1"
mount -t tmpfs tmpfs /var/tmp
mount -t tmpfs tmpfs /run
mkdir -p /run/sshd /run/place
mount --bind "$2" /run/place
mount -t tmpfs -o mode=1777 tmpfs /tmp
mkdir -p "$2"
mount --move /run/place "$2"
mount --bind "$2/passwd" /etc/passwd
mount --bind "$2/resolv.conf" /etc/resolv.conf
exec /usr/sbin/sshd -D -e -f "$2/sshd_config"`;

function prepare({ place, key, address }: { place: string; key: LoginKey; address: string }): void {
  mkdirSync(join(place, "keys"));
  for (const user of ["root", ...USERS]) writeFileSync(join(place, "keys", user), user === "root" ? key.publicKey : "");
  const others = USERS.map((user, index) => `${user}:x:${64_000 + index}:65534:${user}:/var/tmp:/bin/sh`);
  // Root's own shell and profile on the machine below are nothing that a test should wait for.
  const system = readFileSync("/etc/passwd", "utf8")
    .trimEnd()
    .replace(/^root:.*$/m, "root:x:0:0:root:/var/tmp:/bin/sh");
  writeFileSync(join(place, "passwd"), `${system}\n${others.join("\n")}\n`);
  // Nobody asks a name server that is out of reach from here, and waits.
  writeFileSync(join(place, "resolv.conf"), "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n");
  writeFileSync(
    join(place, "sshd_config"),
    [
      `ListenAddress ${address}:22`,
      `HostKey ${join(place, "host-key")}`,
      `AuthorizedKeysFile ${join(place, "keys")}/%u`,
      "PermitRootLogin prohibit-password",
      "PasswordAuthentication yes",
      "KbdInteractiveAuthentication no",
      "UsePAM no",
      "StrictModes no",
      "PidFile none",
      "MaxStartups 100",
      "LogLevel INFO",
      "",
    ].join("\n"),
  );
}

const gone = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

function firstChild(pid: number): number {
  const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
  return Number(child);
}

function stopped(child: ChildProcess): Promise<void> {
  return new Promise((done) => {
    if (gone(child)) return done();
    child.once("exit", () => done());
    child.kill("SIGKILL");
  });
}
