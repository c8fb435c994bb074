/** lab: a small estate on one machine, for what acts on real systems: hosts in network namespaces behind a bridge, each with sshd, its
 *  own processes and its own firewall; a directory (slapd) and a name server with a policy zone (bind9). Built as root by one call,
 *  reached from this process by address, and taken down to the last trace by `close`. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { namespaces, program, unless } from "../requirement.ts";
import { type Directory, startDirectory } from "./directory.ts";
import { type LabHost, type LoginKey, makeLoginKey, startHost } from "./host.ts";
import { makeNetwork } from "./network.ts";
import { type NameServer, startNameServer } from "./name-server.ts";
import type { Ran } from "./command.ts";

export interface Lab {
  /** Where Holdfast is, as the hosts see it. */
  readonly address: string;
  /** "10.213.7.0/24": what an allow list has to name. */
  readonly range: string;
  /** web-01, db-01, client-01, dir-01, dns-01. */
  readonly hosts: ReadonlyMap<string, LabHost>;
  /** Logs in as root on every host. */
  readonly key: LoginKey;
  readonly directory: Directory;
  readonly names: NameServer;
  host(name: string): LabHost;
  /** The line of a connector's host list. */
  line(name: string): string;
  /** Whether an echo request from one host to another comes back; `to` is a host or an address. */
  ping(from: string, to: string): boolean;
  /** Whether the directory takes this password. */
  bind(user: string, password: string): boolean;
  /** Runs a program on a host, as root, from outside of its network. */
  exec(host: string, argv: readonly string[], input?: string): Ran;
  /** Starts one and leaves it running; its number on that host. */
  spawn(host: string, argv: readonly string[]): number;
  close(): Promise<void>;
}

export interface LabOptions {
  /** Gets every line that the sshd of a host writes. */
  readonly onLog?: (host: string, line: string) => void;
}

/** For node:test's `skip`. */
export const labMissing = (): string | false =>
  unless([
    program("sshd", "openssh-server"),
    program("ssh-keygen", "openssh-client"),
    program("slapd", "slapd"),
    program("ldapwhoami", "ldap-utils"),
    program("named", "bind9"),
    program("dig", "bind9-dnsutils"),
    program("nft", "nftables"),
    program("ip", "iproute2"),
    program("ping", "iputils-ping"),
    program("openssl", "openssl"),
    namespaces(),
  ]);

const NAMES = ["web-01", "db-01", "client-01", "dir-01", "dns-01"] as const;

export async function startLab({ onLog = () => {} }: LabOptions = {}): Promise<Lab> {
  const directory = mkdtempSync(join(tmpdir(), "holdfast-lab-"));
  const closing: (() => Promise<void> | void)[] = [() => rmSync(directory, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (const step of closing.splice(0).reverse()) await step();
  };
  try {
    const network = makeNetwork();
    closing.push(() => network.remove());
    const key = makeLoginKey(join(directory, "key"));
    const hosts = new Map<string, LabHost>();
    for (const [index, name] of NAMES.entries()) {
      const place = join(directory, name);
      mkdirSync(place);
      const address = network.addressOf(10 + index);
      const namespace = network.join(name, address);
      const host = await startHost({ name, namespace, address, place, key, onLog: (line) => onLog(name, line) });
      closing.push(() => host.stop());
      hosts.set(name, host);
    }
    const host = (name: string): LabHost => {
      const found = hosts.get(name);
      if (found === undefined) throw new Error(`The lab has no host "${name}".`);
      return found;
    };
    const users = await startDirectory(host("dir-01"));
    const names = await startNameServer(host("dns-01"), { web: host("web-01").address });
    writeFileSync(join(directory, "ready"), "");
    return {
      address: network.address,
      range: network.range,
      hosts,
      key,
      directory: users,
      names,
      host,
      line: (name) => `${name} ${host(name).address}:22 ${host(name).fingerprint}`,
      ping: (from, to) =>
        host(from).exec(["ping", "-n", "-c", "1", "-W", "1", hosts.get(to)?.address ?? to]).code === 0,
      bind: (user, password) =>
        host("client-01").exec([
          "ldapwhoami",
          "-x",
          "-H",
          `ldap://${host("dir-01").address}`,
          "-D",
          users.dnOf(user),
          "-w",
          password,
        ]).code === 0,
      exec: (name, argv, input) => host(name).exec(argv, input),
      spawn: (name, argv) => host(name).spawn(argv),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
