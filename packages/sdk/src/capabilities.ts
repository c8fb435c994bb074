/** capabilities: what kinds of systems can do, in one vocabulary: a firewall isolates, a directory disables. A connector offers some,
 *  an action uses one. So a new product is one connector file, and every action and playbook works with it. */
import type { Operation, Outcome, Problem } from "./outcome.ts";
import type { JsonObject } from "./parser.ts";

export type Plan = Operation | Problem;

export interface Capabilities {
  readonly firewall: Firewall;
  readonly directory: Directory;
  readonly sessions: Sessions;
  readonly sinkhole: Sinkhole;
  readonly shell: Shell;
  readonly messages: Messages;
  readonly requests: Requests;
  readonly openc2: OpenC2;
  readonly edr: Edr;
}
export type Capability = keyof Capabilities;

/** Cuts hosts off and blocks paths. Hosts are those that the connector knows by name. */
export interface Firewall {
  isolate(host: string): Plan;
  release(host: string): Plan;
  isolated(host: string): Promise<Outcome>;
  block(path: BlockedPath): Plan;
  unblock(path: BlockedPath): Plan;
  blocked(path: BlockedPath): Promise<Outcome>;
}

export interface BlockedPath {
  /** On which host's firewall. */
  readonly host: string;
  /** Address or range that nothing goes to or comes from. */
  readonly address: string;
  readonly port?: number | undefined;
  readonly protocol?: "tcp" | "udp" | undefined;
}

export interface Directory {
  disable(user: string): Plan;
  enable(user: string): Plan;
  disabled(user: string): Promise<Outcome>;
  /** To a random value that nobody learns; the person gets a new one the usual way. */
  resetPassword(user: string): Plan;
  /** Whether the password was changed at `since` (milliseconds) or later. */
  passwordReset(user: string, since: number): Promise<Outcome>;
}

export interface Sessions {
  end(user: string): Plan;
  ended(user: string): Promise<Outcome>;
}

export interface Sinkhole {
  add(domain: string): Plan;
  remove(domain: string): Plan;
  active(domain: string): Promise<Outcome>;
}

export interface Shell {
  run(command: {
    readonly host: string;
    readonly argv: readonly string[];
    readonly stdin?: string | undefined;
    readonly timeoutMs: number;
  }): Plan;
  /** `executable` must be what runs under this number, so that a number taken by another program harms nobody. */
  kill(process: { readonly host: string; readonly pid: number; readonly executable: string }): Plan;
  gone(process: { readonly host: string; readonly pid: number; readonly executable: string }): Promise<Outcome>;
  /** State that a restart destroys: processes, sockets, logons, mounts. One artefact each. */
  volatile(host: string): Plan;
  /** A copy of a file, with the hash that the host itself computed. */
  file(file: { readonly host: string; readonly path: string; readonly maxBytes: number }): Plan;
}

export interface Message {
  /** Address, channel or nothing, as the kind of connector has it; "" = what the connector is set to. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html?: string | undefined;
  /** Where to read on. */
  readonly link: string;
  /** Whoever gets it may answer for it in the channel; the answer comes back with the key that it is sent under. */
  readonly answerable?: boolean | undefined;
}

export interface Messages {
  deliver(message: Message): Plan;
}

export interface Requests {
  send(request: {
    readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD";
    /** Appended to the connector's address. */
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string | undefined;
  }): Plan;
}

export interface OpenC2 {
  send(command: {
    readonly action: string;
    readonly target: JsonObject;
    readonly args?: JsonObject | undefined;
    readonly actuator?: JsonObject | undefined;
  }): Plan;
}

/** Endpoint protection: devices are named as in the estate; the connector finds its own id for them. */
export interface Edr {
  find(host: string): Plan;
  isolate(host: string): Plan;
  release(host: string): Plan;
  isolated(host: string): Promise<Outcome>;
}
