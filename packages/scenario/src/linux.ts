/** linux: records of a Linux server: sshd, sudo, cron, systemd, mail, audit. */
import { FACILITY, syslogLine } from "./syslog-line.ts";
import { nextNumber, nextPid, type Emission, type Host } from "./world.ts";

export interface SshLogin {
  readonly at_ms: number;
  readonly host: Host;
  readonly user: string;
  readonly from: string;
  readonly method: string;
}

/** Accepted login and the opening of its session, by one sshd process. */
export function sshAccepted(login: SshLogin): Emission[] {
  const pid = nextPid(login.host);
  const port = login.host.random.int(32_800, 60_900);
  const key = login.method === "publickey" ? `: ED25519 SHA256:${login.host.random.hex(42)}` : "";
  return [
    sshd(
      login,
      { after: 0, pid },
      `Accepted ${login.method} for ${login.user} from ${login.from} port ${port} ssh2${key}`,
    ),
    sshd(
      login,
      { after: 40, pid },
      `pam_unix(sshd:session): session opened for user ${login.user}(uid=${uidOf(login.user)}) by ${login.user}(uid=0)`,
    ),
  ];
}

export function sshClosed(login: SshLogin): Emission[] {
  const pid = nextPid(login.host);
  return [
    sshd(
      login,
      { after: 0, pid },
      `Received disconnect from ${login.from} port ${login.host.random.int(32_800, 60_900)}:11: disconnected by user`,
    ),
    sshd(login, { after: 20, pid }, `pam_unix(sshd:session): session closed for user ${login.user}`),
  ];
}

export function sshFailed(login: SshLogin, known: boolean): Emission[] {
  const pid = nextPid(login.host);
  const who = known ? login.user : `invalid user ${login.user}`;
  const port = login.host.random.int(32_800, 60_900);
  const failed = sshd(
    login,
    { after: 700, pid },
    `Failed ${login.method} for ${who} from ${login.from} port ${port} ssh2`,
  );
  return known
    ? [failed]
    : [sshd(login, { after: 0, pid }, `Invalid user ${login.user} from ${login.from} port ${port}`), failed];
}

/** The command line of sudo and the session of pam. */
export function sudo(host: Host, at_ms: number, run: { user: string; command: string; cwd?: string }): Emission[] {
  const pid = nextPid(host);
  const line = (after: number, severity: number, message: string): Emission =>
    syslogLine({ host, at_ms: at_ms + after, facility: FACILITY.authpriv, severity, app: "sudo", pid, message });
  return [
    line(
      0,
      5,
      `${run.user.padStart(8)} : TTY=pts/0 ; PWD=${run.cwd ?? `/home/${run.user}`} ; USER=root ; COMMAND=${run.command}`,
    ),
    line(2, 6, `pam_unix(sudo:session): session opened for user root(uid=0) by ${run.user}(uid=${uidOf(run.user)})`),
    line(900, 6, "pam_unix(sudo:session): session closed for user root"),
  ];
}

export function cron(host: Host, at_ms: number, job: { user: string; command: string }): Emission[] {
  const pid = nextPid(host);
  const line = (after: number, facility: number, message: string): Emission =>
    syslogLine({ host, at_ms: at_ms + after, facility, severity: 6, app: "CRON", pid, message });
  return [
    line(
      0,
      FACILITY.authpriv,
      `pam_unix(cron:session): session opened for user ${job.user}(uid=0) by ${job.user}(uid=0)`,
    ),
    line(1, FACILITY.cron, `(${job.user}) CMD (${job.command})`),
    line(600, FACILITY.authpriv, `pam_unix(cron:session): session closed for user ${job.user}`),
  ];
}

export const daemon = (host: Host, at_ms: number, line: { app: string; message: string }): Emission =>
  syslogLine({ host, at_ms, facility: FACILITY.daemon, severity: 6, ...line });

export const systemd = (host: Host, at_ms: number, message: string): Emission =>
  syslogLine({ host, at_ms, facility: FACILITY.daemon, severity: 6, app: "systemd", pid: 1, message });

export const kernel = (host: Host, at_ms: number, message: string): Emission =>
  syslogLine({ host, at_ms, facility: FACILITY.kern, severity: 6, app: "kernel", pid: "", message });

export const mail = (host: Host, at_ms: number, line: { program: string; message: string }): Emission =>
  syslogLine({
    host,
    at_ms,
    facility: FACILITY.mail,
    severity: 6,
    app: `postfix/${line.program}`,
    message: line.message,
  });

export interface Execution {
  readonly user: string;
  /** Path of the program. */
  readonly exe: string;
  readonly command: string;
  readonly key?: string;
}

/** The three audit records of one program start, with one serial. */
export function execution(host: Host, at_ms: number, run: Execution): Emission[] {
  const pid = nextPid(host);
  const uid = uidOf(run.user);
  // What a service starts belongs to no login.
  const isService = run.user === "www-data";
  const login = isService ? UNSET : uid;
  const words = run.command.split(" ").filter((word) => word !== "");
  const comm = run.exe.slice(run.exe.lastIndexOf("/") + 1);
  const list = words.map((word, at) => `a${at}=${argument(word)}`).join(" ");
  const stamp = `${Math.floor(at_ms / 1000)}.${String(at_ms % 1000).padStart(3, "0")}`;
  const serial = nextNumber(host, "audit");
  const records = [
    `type=SYSCALL msg=audit(${stamp}:${serial}): arch=c000003e syscall=59 success=yes exit=0 a0=55d1c0 a1=55d1d0 a2=55d1e0 a3=8 items=2 ppid=1 pid=${pid} auid=${login} uid=${uid} gid=${uid} euid=${uid} suid=${uid} fsuid=${uid} egid=${uid} sgid=${uid} fsgid=${uid} tty=${isService ? "(none)" : "pts0"} ses=${isService ? UNSET : 3} comm="${comm}" exe="${run.exe}" subj=unconfined key=${run.key === undefined ? '"exec"' : `"${run.key}"`}`,
    `type=EXECVE msg=audit(${stamp}:${serial}): argc=${words.length} ${list}`,
    `type=PATH msg=audit(${stamp}:${serial}): item=0 name="${run.exe}" inode=${1000 + (pid % 7000)} dev=08:01 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0`,
  ];
  return records.map((message) =>
    syslogLine({ host, at_ms, facility: FACILITY.local6, severity: 6, app: "audispd", message }),
  );
}

export function auditLogin(
  host: Host,
  at_ms: number,
  login: { user: string; from: string; success: boolean },
): Emission {
  const stamp = `${Math.floor(at_ms / 1000)}.${String(at_ms % 1000).padStart(3, "0")}`;
  const uid = uidOf(login.user);
  const message = `type=USER_LOGIN msg=audit(${stamp}:${nextNumber(host, "audit")}): pid=${nextPid(host)} uid=0 auid=${uid} ses=3 subj=unconfined msg='op=login id=${uid} exe="/usr/sbin/sshd" hostname=${login.from} addr=${login.from} terminal=ssh res=${login.success ? "success" : "failed"}'`;
  return syslogLine({ host, at_ms, facility: FACILITY.local6, severity: 6, app: "audispd", message });
}

const sshd = (login: SshLogin, at: { after: number; pid: number }, message: string): Emission =>
  syslogLine({
    host: login.host,
    at_ms: login.at_ms + at.after,
    facility: FACILITY.authpriv,
    severity: 6,
    app: "sshd",
    pid: at.pid,
    message,
  });

/** auditd quotes plain words and writes the others as hexadecimal. */
function argument(word: string): string {
  if (/^[\x21\x23-\x7e]+$/.test(word)) return `"${word}"`;
  return [...word]
    .map((letter) => letter.charCodeAt(0).toString(16).padStart(2, "0"))
    .join("")
    .toUpperCase();
}

const UNSET = 4_294_967_295;

const uidOf = (user: string): number =>
  user === "root" ? 0 : user === "www-data" ? 33 : 1000 + ((user.length * 7 + user.charCodeAt(0)) % 60);
