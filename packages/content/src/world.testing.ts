/** world.testing: a far side of every port, small enough to read: a host with a firewall and one process, a directory with one user, a
 *  resolver, interfaces that answer. It remembers what changed it, so that a look sees what was done and what was taken back. */
import type { DnsRecord, HttpRequest, LdapSession, Ports, Reply, SshCommand } from "@holdfast/sdk";

export interface World {
  readonly ports: Ports;
  /** What was said to it, in order; without what differs from one attempt to the next. */
  readonly calls: readonly string[];
  /** The part of the calls that changed something, or reached people. */
  readonly changes: readonly string[];
}

const NOW = Date.UTC(2026, 10, 22, 8);
const well = <T>(value: T): Promise<Reply<T>> => Promise.resolve({ ok: true, value });

export function createWorld({ sha256, hmacSha256 }: Pick<Ports["crypto"], "sha256" | "hmacSha256">): World {
  const calls: string[] = [];
  const changes: string[] = [];
  const say = (call: object, changed: boolean): void => {
    const line = JSON.stringify(call);
    calls.push(line);
    if (changed) changes.push(line);
  };
  const ports: Ports = {
    http: httpOf(say),
    ssh: sshOf(say, sha256),
    ldap: ldapOf(say),
    dns: dnsOf(say),
    smtp: (mail) => {
      say({ mail: mail.messageId, to: mail.to }, mail.checkOnly !== true);
      return well({ answer: "250 taken" });
    },
    crypto: { sha256, hmacSha256, random: (length) => "x".repeat(length) },
    now: () => NOW,
    sleep: () => Promise.resolve(),
  };
  return { ports, calls, changes };
}

type Say = (call: object, changed: boolean) => void;

/** Posts that only ask: tokens, details of devices, a question in OpenC2, the test of a token, a ping, an acknowledgement of nothing. */
const ASKS = /token$|entities\/devices\/v2|auth\.test|"action":"query"|"type":"ping"|holdfast-connector-test/;

function httpOf(say: Say): Ports["http"] {
  let isolated = false;
  return ({ method, url, headers = {}, body = "" }: HttpRequest) => {
    const reads = method === "GET" || method === "HEAD" || ASKS.test(`${body} ${url}`);
    say({ method, url, headers, body }, !reads);
    if (/action_name=contain|\/isolate$/.test(url)) isolated = true;
    if (/lift_containment|\/unisolate$/.test(url)) isolated = false;
    const text = JSON.stringify({
      ...{ access_token: "t", ok: true, ts: "1", channel: "C1", team: "T1", id: "a1", meta: { trace_id: "t1" } },
      resources: [{ device_id: "d1", hostname: "web-01", status: isolated ? "contained" : "normal" }],
      value: [{ id: "m1", computerDnsName: "web-01", type: isolated ? "Isolate" : "Unisolate", status: "Succeeded" }],
    });
    return well({ status: 200, headers: { "content-type": "application/json" }, text });
  };
}

function sshOf(say: Say, sha256: Ports["crypto"]["sha256"]): Ports["ssh"] {
  const tables = new Map<string, string>();
  let alive = true;
  let running = true;
  return ({ argv: all, stdin = "" }: SshCommand) => {
    const argv = all.slice(all[0] === "sudo" ? 2 : 0);
    const [program = "", first = ""] = argv;
    const changed = (program === "nft" && first === "-f") || ["kill", "pkill", "uptime"].includes(program);
    say({ argv, stdin }, changed);
    if (program === "kill") alive = false;
    if (program === "pkill") running = false;
    if (program === "nft" && first === "-f") {
      const [, name = ""] = /^table inet (\S+)/.exec(stdin) ?? [];
      if (stdin.split("\n").length > 3) tables.set(name, stdin);
      else tables.delete(name);
    }
    const listed =
      argv.at(-1) === "inet" ? [...tables.keys()].map((name) => `table inet ${name}\n`).join("") : undefined;
    const says: Readonly<Record<string, string>> = {
      printenv: "10.0.0.5 40000 10.0.0.7 22",
      readlink: alive ? "/tmp/xmrig" : "",
      pgrep: running ? "4711\n" : "",
      sha256sum: sha256("a file"),
      head: "a file",
      nft: listed ?? tables.get(argv.at(-1) ?? "") ?? "",
    };
    const out = says[program] ?? "something";
    const stdout = Uint8Array.from(out, (letter) => letter.charCodeAt(0));
    return well({ code: out === "" && program !== "nft" ? 1 : 0, stdout, stderr: "" });
  };
}

function ldapOf(say: Say): Ports["ldap"] {
  const attributes: Record<string, readonly string[]> = { pwdChangedTime: ["20200101000000Z"] };
  let sessions = [{ dn: "cn=s1,ou=sessions,dc=example", attributes: {} }];
  const session: LdapSession = {
    find: async ({ base }) => {
      say({ find: base }, false);
      return base.startsWith("ou=sessions") ? sessions : [{ dn: "uid=mallory,dc=example", attributes }];
    },
    set: async (dn, entered) => {
      say({ set: dn, entered }, true);
      for (const [name, value] of Object.entries(entered)) {
        if (value === null) delete attributes[name];
        else attributes[name] = value;
      }
    },
    setPassword: async (dn) => {
      say({ setPassword: dn }, true);
      attributes["pwdChangedTime"] = [`${new Date(NOW).toISOString().replace(/\D/g, "").slice(0, 14)}Z`];
    },
    remove: async (dn) => {
      say({ remove: dn }, true);
      sessions = sessions.filter((one) => one.dn !== dn);
    },
  };
  return async (_server, work) => ({ ok: true, value: await work(session) });
}

function dnsOf(say: Say): Ports["dns"] {
  let records: readonly DnsRecord[] = [];
  return {
    update: ({ remove, add }) => {
      say({ remove, add }, remove.length + add.length > 0);
      records = [...records.filter(({ name }) => !remove.includes(name)), ...add];
      return well({ rcode: "NOERROR" });
    },
    query: ({ name, type }) => {
      say({ query: name, type }, false);
      const answers = records.filter((record) => record.name === name);
      return well({ rcode: answers.length === 0 ? "NXDOMAIN" : "NOERROR", answers });
    },
  };
}
