/** system: what a ticket system is to us: a few calls over one HTTP port. A definition knows the far side's protocol and nothing of
 *  incidents, stores or time. Calls that are refused throw a Refusal that says whether to try again. */
import type { SystemBody } from "@holdfast/contracts/tickets";

export interface Ask {
  readonly method: "GET" | "POST" | "PUT" | "PATCH";
  /** Below the system's address, or a whole address on the same host. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface Reply {
  readonly headers: Readonly<Record<string, string>>;
  readonly json: unknown;
}

/** Throws a Refusal for every answer that is no success. */
export type Http = (ask: Ask) => Promise<Reply>;

/** busy: nothing was done, try later. gone: there is no such ticket. refused: it will not be different next time.
 *  unknown: it left, and no answer came. */
export class Refusal extends Error {
  readonly kind: "busy" | "gone" | "refused" | "unknown";
  /** How long the far side asks us to wait. */
  readonly waitMs: number | undefined;
  constructor(kind: Refusal["kind"], message: string, waitMs?: number) {
    super(message);
    this.kind = kind;
    this.waitMs = waitMs;
  }
}

export interface Ticket {
  readonly id: string;
  readonly url: string;
  readonly title: string;
  /** In the far side's words. */
  readonly status: string;
  readonly severity: string;
}

export interface Draft {
  readonly title: string;
  readonly text: string;
  readonly status: string | undefined;
  readonly severity: string | undefined;
  /** Finds it again when nobody knows whether it was opened. */
  readonly mark: string;
}

export interface Comment {
  readonly id: string;
  readonly author: string;
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export interface Change {
  readonly title?: string;
  readonly status?: string;
  readonly severity?: string;
}

export interface Client {
  create(draft: Draft): Promise<Ticket>;
  /** A ticket that was opened with this mark, if there is one. */
  find(draft: Draft): Promise<Ticket | undefined>;
  read(id: string): Promise<Ticket>;
  update(id: string, change: Change): Promise<void>;
  /** Those whose id is known may be left out. */
  comments(id: string, known: ReadonlySet<string>): Promise<Comment[]>;
  comment(id: string, text: string): Promise<void>;
  /** Ids of tickets that changed since the cursor, every page of them, and the next cursor. */
  changed(cursor: string): Promise<{ ids: string[]; cursor: string }>;
}

export interface System {
  readonly kind: SystemBody["kind"];
  authorization(given: { readonly user: string; readonly secret: string }): string;
  readonly headers: Readonly<Record<string, string>>;
  readonly states: NonNullable<SystemBody["states"]>;
  readonly severities: NonNullable<SystemBody["severities"]>;
  open(http: Http, body: Pick<SystemBody, "url" | "place" | "user">): Client;
}

export type Json = Readonly<Record<string, unknown>>;

export const record = (value: unknown): Json =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
export const textOf = (value: unknown): string =>
  typeof value === "string" ? value : typeof value === "number" ? String(value) : "";

export const basic = ({ user, secret }: { readonly user: string; readonly secret: string }): string =>
  `Basic ${Buffer.from(`${user}:${secret}`).toString("base64")}`;
