/** linux-server: a Linux server's day: timers, cron, administrators by key, deployments, and at the edge the guesses of the internet. */
import {
  auditLogin,
  cron,
  daemon,
  execution,
  kernel,
  mail,
  sshAccepted,
  sshClosed,
  sshFailed,
  sudo,
  systemd,
} from "../linux.ts";
import type { Some } from "../random.ts";
import type { Emission } from "../world.ts";
import { workOf, type Activity, type Scene } from "./activity.ts";

export function linuxServer(scene: Scene, records: number): Emission[] {
  const more: Activity[] = [];
  if (scene.host.name.startsWith("mail")) more.push({ weight: 10, curve: "office", run: letters });
  if (scene.host.name === "vpn-gw-01" || scene.host.name === "bastion-01")
    more.push({ weight: 0.25, curve: "even", run: guesses });
  if (scene.host.kind === "database") more.push({ weight: 4, curve: "even", run: checkpoints });
  return workOf(scene, [...CHORES, ...more], records);
}

const CHORES: readonly [Activity, ...Activity[]] = [
  { weight: 6, curve: "even", run: cronJob },
  { weight: 5, curve: "even", run: timer },
  { weight: 3, curve: "even", run: health },
  { weight: 2, curve: "even", run: programs },
  { weight: 1.5, curve: "office", run: login },
  { weight: 0.6, curve: "office", run: deployment },
  { weight: 0.3, curve: "even", run: packets },
];

const JOBS: Some<readonly [string, string]> = [
  ["root", "cd / && run-parts --report /etc/cron.hourly"],
  ["root", "/usr/local/sbin/rotate-metrics"],
  ["root", "test -x /usr/sbin/anacron || run-parts --report /etc/cron.daily"],
  ["backup", "/usr/local/bin/push-backup --quiet"],
];

function cronJob({ host, random }: Scene, at_ms: number): Emission[] {
  const [user, command] = random.pick(JOBS);
  return cron(host, at_ms, { user, command });
}

function timer({ host, random }: Scene, at_ms: number): Emission[] {
  const unit = random.pick([
    "apt-daily.service - Daily apt download activities",
    "logrotate.service - Rotate log files",
    "fstrim.service - Discard unused blocks",
    "man-db.service - Daily man-db regeneration",
    "phpsessionclean.service - Clean php session files",
  ]);
  const name = unit.slice(0, unit.indexOf(" "));
  return [
    systemd(host, at_ms, `Starting ${unit}...`),
    systemd(host, at_ms + 400, `${name}: Deactivated successfully.`),
    systemd(host, at_ms + 402, `Finished ${unit}.`),
  ];
}

function health({ host, random }: Scene, at_ms: number): Emission[] {
  return [
    daemon(host, at_ms, {
      app: "node-health",
      message: `load ${(random.next() * 2).toFixed(2)} disk ${random.int(31, 74)}% memory ${random.int(40, 80)}% ok`,
    }),
  ];
}

function programs({ host, random }: Scene, at_ms: number): Emission[] {
  const [exe, command] = random.pick([
    ["/usr/bin/df", "df -P /"],
    ["/usr/bin/ps", "ps -eo pid,comm,rss"],
    ["/usr/bin/systemctl", "systemctl is-system-running"],
    ["/usr/bin/find", "find /var/log -name *.gz -mtime +30"],
    ["/usr/bin/rsync", "rsync -a /srv/data/ backup-01::data"],
  ] as const);
  return execution(host, at_ms, { user: "root", exe, command });
}

function login({ host, random }: Scene, at_ms: number): Emission[] {
  const user = random.pick(["v.petrov", "c.moreau", "j.hall"]);
  const from = host.name === "bastion-01" ? "10.20.1.51" : "10.20.9.2";
  const one = { at_ms, host, user, from, method: "publickey" };
  const end = at_ms + random.int(60_000, 2_000_000);
  const work = [...sshAccepted(one), auditLogin(host, at_ms + 60, { user, from, success: true })];
  if (random.chance(0.4)) {
    const command = random.pick([
      "/usr/bin/systemctl status nginx",
      "/usr/bin/journalctl -u node-health",
      "/usr/bin/apt-get update",
      "/usr/bin/less /var/log/syslog",
    ]);
    work.push(...sudo(host, at_ms + 20_000, { user, command }));
  }
  return [...work, ...sshClosed({ ...one, at_ms: end })];
}

function deployment({ host, random }: Scene, at_ms: number): Emission[] {
  const one = { at_ms, host, user: "deploy", from: "10.20.2.30", method: "publickey" };
  return [
    ...sshAccepted(one),
    ...execution(host, at_ms + 900, {
      user: "deploy",
      exe: "/usr/bin/tar",
      command: `tar -xf /srv/releases/r${random.int(100, 999)}.tar -C /srv/app`,
    }),
    ...sudo(host, at_ms + 4000, { user: "deploy", command: "/usr/bin/systemctl restart app.service" }),
    systemd(host, at_ms + 4300, "Stopping app.service - Application..."),
    systemd(host, at_ms + 6000, "Started app.service - Application."),
    ...sshClosed({ ...one, at_ms: at_ms + 9000 }),
  ];
}

function packets({ host, random }: Scene, at_ms: number): Emission[] {
  return [
    kernel(
      host,
      at_ms,
      `[UFW BLOCK] IN=eth0 OUT= SRC=198.51.100.${random.int(120, 250)} DST=${host.address} LEN=40 TTL=241 PROTO=TCP SPT=${random.int(1024, 65_000)} DPT=${random.pick([23, 445, 3389, 8080])} SYN`,
    ),
  ];
}

function letters({ host, random }: Scene, at_ms: number): Emission[] {
  const id = random.hex(10).toUpperCase();
  const to = random.pick(["lena.ortiz", "rafael.costa", "greta.weiss", "anne.dubois", "orders"]);
  const from = random.pick(["news@supplier.example", "orders@customer.example", "info@partner.example"]);
  return [
    mail(host, at_ms, {
      program: "smtpd",
      message: `connect from mx.${from.slice(from.indexOf("@") + 1)}[198.51.100.${random.int(2, 110)}]`,
    }),
    mail(host, at_ms + 90, {
      program: "cleanup",
      message: `${id}: message-id=<${random.hex(12)}@${from.slice(from.indexOf("@") + 1)}>`,
    }),
    mail(host, at_ms + 120, {
      program: "qmgr",
      message: `${id}: from=<${from}>, size=${random.int(2000, 90_000)}, nrcpt=1 (queue active)`,
    }),
    mail(host, at_ms + 300, {
      program: "lmtp",
      message: `${id}: to=<${to}@fernhill.example>, relay=mail-01[10.20.0.50]:24, delay=0.4, dsn=2.0.0, status=sent (250 2.0.0 Saved)`,
    }),
    mail(host, at_ms + 310, { program: "qmgr", message: `${id}: removed` }),
  ];
}

/** A few names tried from one address, as every open port sees them. */
function guesses({ host, random }: Scene, at_ms: number): Emission[] {
  const from = `198.51.100.${random.int(120, 250)}`;
  const names = ["admin", "test", "oracle", "ubuntu"];
  return names
    .slice(0, random.int(1, 3))
    .flatMap((user, at) => sshFailed({ at_ms: at_ms + at * 3000, host, user, from, method: "password" }, false));
}

function checkpoints({ host, random }: Scene, at_ms: number): Emission[] {
  return [
    daemon(host, at_ms, {
      app: "postgres",
      message: `LOG:  checkpoint complete: wrote ${random.int(20, 900)} buffers (0.${random.int(1, 9)}%); write=${random.int(2, 80)}.0 s`,
    }),
  ];
}
