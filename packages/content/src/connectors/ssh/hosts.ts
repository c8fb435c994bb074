/** hosts: the list of hosts of a connector that works by SSH, one a line: name, address (with port), fingerprint of the host key. The
 *  list is the border of what the connector can act on, and a host that shows another key is not spoken to. */
import {
  outcomeOf,
  type Outcome,
  type Ports,
  type Problem,
  problem,
  type SshHost,
  type SshResult,
} from "@holdfast/sdk";
import { z } from "zod";

export interface NamedHost extends SshHost {
  readonly name: string;
}

const LINE =
  /^(\S{1,253})\s+(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]]+|[0-9a-fA-F:]+:[0-9a-fA-F:]*))(?::(\d{1,5}))?\s+(SHA256:[A-Za-z0-9+/]{43})$/;

export const sshSettings = {
  hosts: z
    .array(z.string().max(500).regex(LINE, "a line is: name address[:port] SHA256:fingerprint"))
    .min(1, "at least one host")
    .max(2_000)
    .meta({
      title: "Hosts",
      description:
        "One a line: name, address with port, fingerprint of its host key (ssh-keygen -lf on the host shows it)",
      examples: ["web-01 10.1.2.3:22 SHA256:…"],
    }),
  user: z.string().min(1).max(64).default("holdfast").meta({ title: "User", description: "Logs in on every host" }),
  sudo: z.boolean().default(false).meta({ title: "Use sudo", description: "Puts sudo -n before each command" }),
};

export const sshSecrets = {
  privateKey: z
    .string()
    .min(100, "an OpenSSH or PEM private key")
    .max(20_000)
    .meta({ title: "Private key", description: "OpenSSH or PEM text", format: "multiline" }),
  passphrase: z.string().max(500).optional().meta({ title: "Passphrase of the key" }),
};

export interface SshLogin {
  readonly settings: { readonly hosts: readonly string[]; readonly user: string; readonly sudo: boolean };
  readonly secrets: { readonly privateKey: string; readonly passphrase?: string | undefined };
  readonly ports: Ports;
}

export function hostsOf(lines: readonly string[]): NamedHost[] {
  return lines.flatMap((line) => {
    const [, name = "", bracketed, plain, port, fingerprint = ""] = LINE.exec(line.trim()) ?? [];
    const address = bracketed ?? plain;
    return address === undefined ? [] : [{ name, address, port: Number(port ?? 22), fingerprint }];
  });
}

export const reachesOf = (lines: readonly string[]): string[] =>
  hostsOf(lines).map((host) => `${host.address}:${host.port}`);

/** By its name, with or without the domain, in any case. */
export function hostNamed(lines: readonly string[], name: string): NamedHost | Problem {
  const wanted = name.toLowerCase();
  const hosts = hostsOf(lines);
  const exact = hosts.filter((host) => host.name.toLowerCase() === wanted);
  const short = hosts.filter((host) => host.name.toLowerCase().split(".")[0] === wanted.split(".")[0]);
  const found = exact.length > 0 ? exact : short;
  if (found.length === 1 && found[0] !== undefined) return found[0];
  const why =
    found.length === 0
      ? "is not among the hosts of this connector"
      : "means more than one host of this connector; give its full name";
  return problem("host", `"${name}" ${why}`);
}

export const isProblem = (value: NamedHost | Problem): value is Problem => "ok" in value;

/** The literal command with sudo, where that is set. */
export const elevated = (settings: { readonly sudo: boolean }, argv: readonly string[]): string[] =>
  settings.sudo ? ["sudo", "-n", ...argv] : [...argv];

export interface Run {
  readonly host: NamedHost;
  readonly argv: readonly string[];
  readonly stdin?: string | undefined;
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
}

export function runOn({ settings, secrets, ports }: SshLogin, { host, argv, ...rest }: Run) {
  return ports.ssh({
    host,
    user: settings.user,
    privateKey: secrets.privateKey,
    passphrase: secrets.passphrase,
    argv: elevated(settings, argv),
    ...(rest.stdin === undefined ? {} : { stdin: rest.stdin }),
    ...(rest.timeoutMs === undefined ? {} : { timeoutMs: rest.timeoutMs }),
    ...(rest.maxBytes === undefined ? {} : { maxBytes: rest.maxBytes }),
  });
}

/** Runs and demands exit code 0. */
export async function runWell(
  login: SshLogin,
  run: Run,
): Promise<{ ok: true; result: SshResult } | { ok: false; outcome: Outcome }> {
  const reply = await runOn(login, run);
  if (!reply.ok) return { ok: false, outcome: outcomeOf(reply) };
  const { code, stderr } = reply.value;
  if (code === 0) return { ok: true, result: reply.value };
  const said = stderr.trim().slice(0, 500) || "nothing on its error output";
  return {
    ok: false,
    outcome: {
      kind: "failed",
      retryable: false,
      reason: `${run.host.name}: ${run.argv[0] ?? ""} ended with code ${code ?? "none"}: ${said}`,
    },
  };
}

/** As one would type it: for people to read, not for a shell. */
export const readable = (argv: readonly string[]): string =>
  argv.map((part) => (/^[\w@%+=:,./-]+$/.test(part) ? part : JSON.stringify(part))).join(" ");

/** UTF-8, for package code that has no TextDecoder in its types. */
export function textOf(bytes: Uint8Array): string {
  let encoded = "";
  for (const byte of bytes) encoded += `%${byte.toString(16).padStart(2, "0")}`;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return Array.from(bytes, (byte) => (byte < 128 ? String.fromCharCode(byte) : "\ufffd")).join("");
  }
}
