/** ports: how a connector reaches the world. The server implements them on its egress policy; content only calls them. No port throws
 *  for what the far side does. */
import type { Reply } from "./outcome.ts";

export interface Ports {
  readonly http: (request: HttpRequest) => Promise<Reply<HttpResponse>>;
  readonly ssh: (command: SshCommand) => Promise<Reply<SshResult>>;
  /** Binds, works, unbinds. What the directory refuses ends the work and is the failure. */
  readonly ldap: <T>(server: LdapServer, work: (session: LdapSession) => Promise<T>) => Promise<Reply<T>>;
  readonly smtp: (mail: Mail) => Promise<Reply<{ readonly answer: string }>>;
  readonly dns: DnsPort;
  readonly crypto: {
    /** Hex. */
    sha256(data: string | Uint8Array): string;
    /** Hex. */
    hmacSha256(key: string, data: string): string;
    /** Letters and digits from the system's generator. */
    random(length: number): string;
  };
  /** Milliseconds since the epoch. */
  now(): number;
  sleep(ms: number): Promise<void>;
}

export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
  /** PEM of the authority of the far side, when it is not a public one. */
  readonly ca?: string | undefined;
}

export interface HttpResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

export interface SshHost {
  /** Address or name that is connected to. */
  readonly address: string;
  readonly port: number;
  /** "SHA256:…" of its host key; nothing is sent to a host that shows another. */
  readonly fingerprint: string;
}

export interface SshCommand {
  readonly host: SshHost;
  readonly user: string;
  /** OpenSSH or PEM text. */
  readonly privateKey: string;
  readonly passphrase?: string | undefined;
  /** Program and arguments. Each arrives as it is: the port quotes it for the shell of the far side. */
  readonly argv: readonly string[];
  readonly stdin?: string;
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
}

export interface SshResult {
  /** Null when a signal ended the program. */
  readonly code: number | null;
  readonly stdout: Uint8Array;
  readonly stderr: string;
}

export interface LdapServer {
  /** ldap:// (then StartTLS, unless `plain`) or ldaps://. */
  readonly url: string;
  readonly plain: boolean;
  readonly bindDn: string;
  readonly password: string;
  readonly ca?: string | undefined;
}

export interface LdapEntry {
  readonly dn: string;
  readonly attributes: Readonly<Record<string, readonly string[]>>;
}

export interface LdapSession {
  /** `equals`: attribute values that must all match; the port escapes them. */
  find(query: {
    readonly base: string;
    readonly scope: "base" | "one" | "sub";
    readonly equals: Readonly<Record<string, string>>;
    readonly attributes: readonly string[];
    readonly limit: number;
  }): Promise<readonly LdapEntry[]>;
  /** Null removes the attribute. */
  set(dn: string, attributes: Readonly<Record<string, readonly string[] | null>>): Promise<void>;
  /** The extended operation of RFC 3062. */
  setPassword(dn: string, password: string): Promise<void>;
  remove(dn: string): Promise<void>;
}

export interface Mail {
  readonly host: string;
  readonly port: number;
  /** `none` sends in the clear, without credentials. */
  readonly security: "tls" | "starttls" | "none";
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly ca?: string | undefined;
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html?: string | undefined;
  /** Stays the same when the same mail is sent again, so that mailboxes can drop the second. */
  readonly messageId: string;
  /** Only speak to the server: no mail. */
  readonly checkOnly?: boolean;
}

export interface DnsServer {
  readonly host: string;
  readonly port: number;
}

export interface DnsRecord {
  readonly name: string;
  readonly type: "A" | "AAAA" | "CNAME" | "SOA" | "TXT";
  readonly ttl: number;
  /** An address or a name; "." is the root. */
  readonly data: string;
}

export interface DnsPort {
  /** A dynamic update (RFC 2136) signed with TSIG (RFC 8945, hmac-sha256). `remove`: all records of these names. */
  update(change: {
    readonly server: DnsServer;
    readonly key: { readonly name: string; readonly secret: string };
    readonly zone: string;
    readonly remove: readonly string[];
    readonly add: readonly DnsRecord[];
  }): Promise<Reply<{ readonly rcode: string }>>;
  query(question: {
    readonly server: DnsServer;
    readonly name: string;
    readonly type: DnsRecord["type"];
  }): Promise<Reply<{ readonly rcode: string; readonly answers: readonly DnsRecord[] }>>;
}
