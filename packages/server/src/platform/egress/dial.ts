/** dial: opens a connection outwards. The name is resolved here, every address it gives is judged, and the socket is opened to a
 *  judged address itself, not to the name: an answer that changes between the check and the connection changes nothing. */
import type { LookupAddress } from "node:dns";
import { lookup as systemLookup } from "node:dns/promises";
import { connect as tcpConnect, isIP, type Socket } from "node:net";
import { connect as tlsConnect } from "node:tls";
import { type AllowRule, judgeAddress } from "./address-policy.ts";
import { egressFail } from "./errors.ts";

export type Lookup = (host: string) => Promise<readonly LookupAddress[]>;

/** What we show when the other side asks who we are: PEM. */
export interface OwnCertificate {
  readonly cert: string;
  readonly key: string;
}

export interface DialTarget {
  readonly host: string;
  readonly port: number;
  readonly rules: readonly AllowRule[];
  /** Speak TLS and check the certificate against this name. */
  readonly tls:
    | { readonly servername: string; readonly ca: string | undefined; readonly own?: OwnCertificate | undefined }
    | undefined;
  readonly signal: AbortSignal;
  readonly lookup: Lookup;
}

export const lookupBySystem: Lookup = (host) => systemLookup(host, { all: true, order: "verbatim" });

export async function dial(target: DialTarget): Promise<Socket> {
  const { host, port, rules, signal } = target;
  const found = await resolve(target);
  const judged = found.map(({ address }) => ({ address, verdict: judgeAddress(address, port, rules) }));
  const refused = judged.find(({ verdict }) => !verdict.ok);
  // One bad address spoils the name: whoever mixes them in is trying something.
  if (refused !== undefined && !refused.verdict.ok) {
    const name = refused.address === host ? "" : ` (${host} resolves to it)`;
    throw egressFail("EGRESS_REFUSED", `${refused.verdict.reason}${name}. Add it to the allow list if it is meant.`);
  }
  let last: unknown;
  for (const { address } of judged.slice(0, MAX_ADDRESSES)) {
    try {
      return await open(address, target);
    } catch (error) {
      last = error;
      if (signal.aborted) break;
    }
  }
  const why = signal.aborted ? "no answer in time" : last instanceof Error ? last.message : String(last);
  throw egressFail("EGRESS_UNREACHABLE", `${host} port ${port} could not be reached: ${why}.`, { cause: last });
}

const MAX_ADDRESSES = 4;

async function resolve({ host, signal, lookup }: DialTarget): Promise<readonly LookupAddress[]> {
  const literal = isIP(host);
  if (literal !== 0) return [{ address: host, family: literal }];
  const found = await Promise.race([lookup(host), aborted(signal)]).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw egressFail("EGRESS_UNREACHABLE", `The name ${host} could not be resolved: ${why}.`, { cause });
  });
  if (found.length === 0) throw egressFail("EGRESS_UNREACHABLE", `The name ${host} has no address.`);
  return found;
}

function open(address: string, { port, tls, signal }: DialTarget): Promise<Socket> {
  return new Promise((done, fail) => {
    const socket: Socket =
      tls === undefined
        ? tcpConnect({ host: address, port })
        : tlsConnect({
            host: address,
            port,
            // An address has no name to ask for; its certificate must then name the address itself.
            ...(isIP(tls.servername) === 0 ? { servername: tls.servername } : {}),
            ...(tls.ca === undefined ? {} : { ca: tls.ca }),
            ...tls.own,
            ALPNProtocols: ["http/1.1"],
          });
    const settle = (error: Error | undefined): void => {
      signal.removeEventListener("abort", onAbort);
      socket.off("error", settle);
      if (error === undefined) done(socket.setNoDelay(true));
      else {
        socket.destroy();
        fail(error);
      }
    };
    const onAbort = () => settle(new Error("no answer in time"));
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    socket.once("error", settle);
    socket.once(tls === undefined ? "connect" : "secureConnect", () => settle(undefined));
  });
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, fail) => {
    const onAbort = () => fail(new Error("no answer in time"));
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
}
