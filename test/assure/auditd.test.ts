/** Debian's auditd for real: what an account does is recorded by the kernel, written by the daemon, and comes by three ways that the guide
 *  names: its file by rsyslog over TCP and by RELP, and its syslog plugin. Counted to the record, also while Holdfast was stopped. */
import assert from "node:assert/strict";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort, type RunningServer, startHoldfast } from "../e2e/server.ts";
import { type Api, createApi, recordsOf } from "./api.ts";
import { ACCOUNT, auditFolder, type Auditd, auditing, startAuditd } from "./auditd.ts";
import { crowding } from "./machine.ts";
import { settle } from "./oracle.ts";
import { program, unless } from "./requirement.ts";
import { type Rsyslog, rsyslogModule, startRsyslog } from "./rsyslog.ts";

const skip = unless([
  auditing(),
  program("setpriv", "util-linux"),
  program("rsyslogd", "rsyslog"),
  rsyslogModule("omrelp", "rsyslog-relp"),
]);

const KEY = "holdfast-test";
const WAYS = ["file", "relp", "plugin"] as const;
const TEMPLATE = 'template="RSYSLOG_SyslogProtocol23Format" action.resumeInterval="1"';
const WORDS = ["two words", 'ünï "quoted"', "tab\there", "", "DEADBEEF"];
/** How often a rule of ours matches what is done once. */
const DEEDS_OF_OURS = {
  /** Program runs from a temporary folder */
  "ecd934a3-968d-4989-825d-8c5d97f3b8eb": 1,
  /** Authorised SSH keys of an account changed */
  "090334a8-d021-4f63-a4b0-f4c1e2f9df2c": 1,
};
/** Rules in the words of public ones for auditd: each asks one record. */
const RULES = [
  {
    id: "6f0d9e9e-1d0b-4d52-9b3a-1c1f0a6f7a01",
    deeds: 1,
    record: { type: "EXECVE", "a0|endswith": "/echo", a1: "two words", "a2|contains": "ünï" },
  },
  {
    id: "6f0d9e9e-1d0b-4d52-9b3a-1c1f0a6f7a02",
    deeds: 2,
    record: { type: "SYSCALL", key: KEY, comm: "echo", "exe|endswith": "/echo", success: "yes", auid: "5" },
  },
  {
    id: "6f0d9e9e-1d0b-4d52-9b3a-1c1f0a6f7a03",
    deeds: 1,
    record: { type: "PATH", nametype: "NORMAL", "name|endswith": "/secret" },
  },
  {
    id: "6f0d9e9e-1d0b-4d52-9b3a-1c1f0a6f7a04",
    deeds: 1,
    record: { type: "USER_AUTH", acct: "daemon", "exe|endswith": "/su", res: "failed" },
  },
];

describe("auditd and its ways", { skip }, () => {
  const place = auditFolder();
  const at = (...names: string[]): string => join(place.folder, ...names);
  const home = at("home");
  let relp = 0;
  let server: RunningServer;
  let api: Api;
  let rsyslog: Rsyslog | undefined;
  let auditd: Auditd | undefined;

  const start = (again?: RunningServer): Promise<RunningServer> =>
    startHoldfast({
      home,
      rules: [at("rules")],
      env: { HOLDFAST_SYSLOG_RELP_PORT: String(relp) },
      ...(again === undefined ? {} : { ports: again.ports }),
    });

  before(async () => {
    layOut(at);
    relp = await freePort();
    server = await start();
    api = createApi(server);
    const tcp = `protocol="tcp" TCP_Framing="octet-counted" ${TEMPLATE}`;
    const from = { tag: "audit-file:", facility: "local6" };
    rsyslog = await startRsyslog(
      server.syslog.port,
      [
        {
          name: "file",
          reads: { file: place.log },
          action: tcp,
          also: [`type="omrelp" target="127.0.0.1" port="${relp}" ${TEMPLATE}`],
          ...from,
        },
        {
          name: "plugin",
          reads: { socket: place.socket },
          action: tcp,
          also: [`type="omfile" file="${at("copy")}"`],
          ...from,
        },
      ],
      { modules: ["omrelp", 'imuxsock" SysSock.Use="off'] },
    );
    auditd = await startAuditd(
      place,
      [
        ["-a", "always,exit", "-F", "arch=b64", "-S", "execve", "-F", `auid=${ACCOUNT}`],
        ["-w", at("secret"), "-p", "rwa"],
        ["-w", at(".ssh"), "-p", "wa"],
      ],
      KEY,
    );
  });
  after(async () => {
    await auditd?.stop();
    await rsyslog?.stop();
    await server.kill();
    await server.ended;
    rmSync(place.folder, { recursive: true, force: true });
  });

  const daemon = (): Auditd => auditd ?? assert.fail("auditd does not run");
  const linesOf = (file: string): string[] =>
    existsSync(file)
      ? readFileSync(file, "utf8")
          .split("\n")
          .filter((line) => line !== "")
      : [];

  /** Waits until nothing more comes from the daemon, and all of it is stored: what each way has brought, in the daemon's words. */
  async function through(): Promise<Record<(typeof WAYS)[number], string[]>> {
    const until = performance.now() + 60_000 * crowding();
    let last = "";
    for (let quiet = 0; quiet < 10; ) {
      const written = daemon().lines().length;
      const sent = linesOf(at("copy")).length;
      const counts = await Promise.all(
        ["syslog-tcp", "syslog-relp"].map(
          async (id) => (await api.get(`/api/sources/${id}`)) as Record<"received" | "stored" | "quarantined", number>,
        ),
      );
      const now = JSON.stringify([written, sent, counts.map(({ received, stored }) => [received, stored])]);
      const whole = JSON.stringify([written, sent, [written + sent, written].map((count) => [count, count])]);
      quiet = now === last && (now === whole || performance.now() > until) ? quiet + 1 : 0;
      last = now;
      if (quiet === 10) {
        assert.equal(now, whole);
        assert.deepEqual(
          counts.map(({ quarantined }) => quarantined),
          [0, 0],
        );
      }
      await sleep(100);
    }
    await settle(api);
    const [relp, tcp] = await Promise.all(
      ["syslog-relp", "syslog-tcp"].map(async (id) =>
        recordsOf(await api.search({ query: `source:${id} | fields raw`, limit: 10_000 })).map(({ raw = "" }) => raw),
      ),
    );
    const text = (raw: string): string => /(?:node=\S+ )?type=[A-Z_]+ msg=audit\(.*$/s.exec(raw)?.[0].trim() ?? "";
    const of = (raws: readonly string[] | undefined, word: string): string[] =>
      (raws ?? [])
        .filter((raw) => raw.includes(` ${word} `))
        .map(text)
        .filter((line) => line !== "");
    return { file: of(tcp, "audit-file"), relp: of(relp, "audit-file"), plugin: of(tcp, "audisp-syslog") };
  }

  test("each record that auditd writes is stored once by each way, in its own words", async () => {
    act(daemon(), at);
    const { file, relp, plugin } = await through();
    const written = daemon().lines();
    assert.equal(daemon().lost(), 0);
    assert.deepEqual(file.toSorted(), written.toSorted());
    assert.deepEqual(relp.toSorted(), written.toSorted());
    // The plugin writes a blank before what the daemon adds, and says where an event of several records ends.
    const plain = written.map((line) => line.replace("\u001d", " "));
    assert.deepEqual(plugin.filter((line) => !line.startsWith("type=EOE ")).toSorted(), plain.toSorted());
    assert.ok(plugin.some((line) => line.startsWith("type=EOE ")));
  });

  test("the records of one event are found by its serial, each with what it tells", async () => {
    const serial = serialOf(daemon(), (line) => line.startsWith("type=EXECVE") && line.includes('a0="/bin/echo" a1='));
    const own = daemon()
      .lines()
      .filter((line) => line.includes(`:${serial}): `));
    const rows = await found(`source:syslog-relp raw:*\\:${serial}\\)\\:*`);
    assert.deepEqual(rows.map(({ raw }) => raw?.slice(raw.indexOf("type="))).toSorted(), own.toSorted());
    const of = (type: string): Row =>
      rows.find(({ event_code }) => event_code === type) ?? assert.fail(`no ${type}: ${JSON.stringify(rows)}`);
    assert.ok(rows.every(({ host, parser }) => host === "forwarder" && parser === "auditd"));
    const call = of("SYSCALL");
    assert.deepEqual(
      [call["user"], call["status"], call["process_path"], call["object"]],
      [ACCOUNT, "success", "/usr/bin/echo", "execve"],
    );
    const launch = of("EXECVE");
    assert.deepEqual(
      [launch["class"], launch["message"], launch["process_path"], launch["process_cmd"]],
      ["process_activity", `Process run: /bin/echo ${WORDS.join(" ")}`, "/bin/echo", `/bin/echo ${WORDS.join(" ")}`],
    );
    assert.equal(of("CWD")["file_path"], process.cwd());
    assert.ok(rows.some(({ event_code, file_path }) => event_code === "PATH" && file_path === "/bin/echo"));
    assert.match(of("PROCTITLE")["process_cmd"] ?? "", /echo/);
  });

  test("a launch counts once, however long its arguments", async () => {
    const serial = serialOf(
      daemon(),
      (line) => line.startsWith("type=EXECVE") && line.includes('a0="/bin/echo" a1_len='),
    );
    const rows = await found(`source:syslog-relp event_code:EXECVE raw:*\\:${serial}\\)\\:*`);
    assert.ok(rows.length > 1);
    assert.equal(rows.filter(({ message }) => message?.startsWith("Process run: /bin/echo x")).length, 1);
    assert.ok(rows.some(({ process_cmd }) => process_cmd?.endsWith("x after")));
    assert.equal(
      rows.map(({ process_cmd }) => process_cmd?.match(/x/g)?.length ?? 0).reduce((a, b) => a + b),
      20_000,
    );
  });

  test("what was refused is a failure, by the account that was audited", async () => {
    const read = serialOf(
      daemon(),
      (line) => line.startsWith("type=PATH") && line.includes(`"${at("secret")}"`) && line.includes("nametype=NORMAL"),
    );
    const [call] = await found(`source:syslog-relp event_code:SYSCALL raw:*\\:${read}\\)\\:*`);
    assert.deepEqual(
      [call?.["status"], call?.["user"], call?.["process_path"], call?.["object"]],
      ["failure", ACCOUNT, "/usr/bin/cat", "openat"],
    );
    const [login] = await found("source:syslog-relp event_code:USER_AUTH process_path:*su");
    assert.deepEqual(
      [login?.["class"], login?.["status"], login?.["user"], login?.["target_user"]],
      ["authentication", "failure", ACCOUNT, "daemon"],
    );
  });

  test("rules fire on them: two of Holdfast's, and those in the words of public rules for auditd", async () => {
    await fired(1);
  });

  test("what happens while Holdfast is stopped comes afterwards, unresolved records too: nothing lost, nothing twice", async () => {
    await server.stop();
    await daemon().format("RAW");
    act(daemon(), at);
    server = await start(server);
    api = createApi(server);
    const { file, relp, plugin } = await through();
    const written = daemon().lines();
    assert.equal(daemon().lost(), 0);
    assert.deepEqual(relp.toSorted(), written.toSorted());
    assert.deepEqual(file.toSorted(), written.toSorted());
    // That it has read its configuration anew, the daemon tells its file only.
    const told = written.filter((line) => !line.startsWith("type=DAEMON_CONFIG "));
    assert.deepEqual(
      plugin.filter((line) => !line.startsWith("type=EOE ")).toSorted(),
      told.map((line) => line.replace("\u001d", " ")).toSorted(),
    );
    assert.ok(written.some((line) => line.startsWith("type=EXECVE") && !line.includes("\u001d")));
    // Numbers only, now: the account is its number.
    const raw = await found("source:syslog-relp event_code:SYSCALL process_path:/usr/bin/echo user:5");
    assert.equal(raw.length, 2);
    await fired(2);
  });

  type Row = Readonly<Record<string, string>>;
  const COLUMNS =
    "host, user, target_user, status, class, message, object, event_code, process_path, process_cmd, file_path, parser, raw";
  const found = async (query: string): Promise<readonly Row[]> =>
    recordsOf(await api.search({ query: `${query} | fields ${COLUMNS}`, limit: 1_000 }));

  /** Every deed counts once for each way. */
  async function fired(times: number): Promise<void> {
    const deeds: Readonly<Record<string, number>> = {
      ...DEEDS_OF_OURS,
      ...Object.fromEntries(RULES.map(({ id, deeds }) => [id, deeds])),
    };
    const counts = await Promise.all(
      Object.keys(deeds).map(async (rule) => {
        const alerts = (await api.list(`/api/alerts?rule=${rule}`)) as { count: number }[];
        return [rule, alerts.reduce((sum, { count }) => sum + count, 0)];
      }),
    );
    assert.deepEqual(
      Object.fromEntries(counts),
      Object.fromEntries(Object.entries(deeds).map(([rule, count]) => [rule, count * times * WAYS.length])),
    );
  }
});

function serialOf(auditd: Auditd, wanted: (line: string) => boolean): string {
  const line = auditd.lines().find(wanted) ?? assert.fail("auditd has not written it");
  return /:(\d+)\):/.exec(line)?.[1] ?? assert.fail(line);
}

function layOut(at: (...names: string[]) => string): void {
  writeFileSync(at("secret"), "the secret\n", { mode: 0o600 });
  mkdirSync(at(".ssh"));
  chmodSync(at(".ssh"), 0o777);
  copyFileSync("/bin/true", at("tool"));
  chmodSync(at("tool"), 0o755);
  mkdirSync(at("rules"));
  for (const { id, record } of RULES) {
    const rule = {
      ...{ title: `Test ${id}`, id, status: "test", level: "low", logsource: { product: "linux", service: "auditd" } },
      detection: { record, condition: "record" },
    };
    // JSON is YAML.
    writeFileSync(at("rules", `${id}.yml`), JSON.stringify(rule));
  }
}

/** What the account does: once each. */
function act(auditd: Auditd, at: (...names: string[]) => string): void {
  assert.equal(auditd.run(["/bin/echo", ...WORDS]).stdout, `${WORDS.join(" ")}\n`);
  assert.equal(auditd.run([at("tool")]).status, 0);
  assert.match(auditd.run(["/bin/cat", at("secret")]).stderr, /Permission denied/);
  const keys = at(".ssh", "authorized_keys");
  assert.equal(auditd.run(["/bin/sh", "-c", `rm -f ${keys}; echo key > ${keys}`]).stderr, "");
  assert.equal(auditd.run(["/bin/echo", "x".repeat(20_000), "after"]).status, 0);
  assert.match(auditd.run(["/bin/su", "daemon", "-c", "true"], "wrong\n").stderr, /failure/);
}
