/** dependency-observations: who called whom in a block, for the estate: spans of both sides of a call, what a span says that it calls,
 *  and connections between addresses. Bounded like all observations; a connection that was refused is no dependency. */
import { CLASSES } from "@holdfast/ocsf";
import type { EventColumns } from "@holdfast/sdk";
import type { SeenCall, SeenDependencies, SeenFlow, SeenSpan } from "./block.ts";

export interface DependencyLog {
  add(columns: EventColumns, fields: Readonly<Record<string, unknown>>): void;
  result(): SeenDependencies;
  dropped(): number;
}

const MOST_SPANS = 10_000;
const MOST_OF_A_KIND = 2_000;
const LONGEST = 255;
/** From here on ports are given out to clients; the other side is the one that serves. */
const CLIENT_PORTS = 32_768;
const FAILURE = 2;

type Writable<T> = { -readonly [K in keyof T]: T[K] };

export function createDependencyLog(): DependencyLog {
  const spans: SeenSpan[] = [];
  const calls = new Map<string, Writable<SeenCall>>();
  const flows = new Map<string, Writable<SeenFlow>>();
  let dropped = 0;

  function count<T extends { firstMs: number; lastMs: number; count: number }>(
    into: Map<string, T>,
    key: string,
    fresh: T,
  ): void {
    const known = into.get(key);
    if (known === undefined) {
      if (into.size >= MOST_OF_A_KIND) dropped += 1;
      else into.set(key, fresh);
      return;
    }
    known.count += 1;
    known.firstMs = Math.min(known.firstMs, fresh.firstMs);
    known.lastMs = Math.max(known.lastMs, fresh.lastMs);
  }

  function addSpan(columns: EventColumns, fields: Readonly<Record<string, unknown>>): void {
    const { product: service, session: trace, time_ms: at } = columns;
    const kind = textOf(fields, "spanKind");
    const span = textOf(fields, "spanId");
    if (!isName(service) || trace === "" || span === "") return;
    const side = kind === "server" || kind === "consumer" ? "server" : "client";
    if (kind === "" || kind === "internal") return;
    const parent = textOf(fields, "parentSpanId");
    if (spans.length >= MOST_SPANS) dropped += 1;
    else
      spans.push({
        id: `${trace}${span}`,
        parent: parent === "" ? "" : `${trace}${parent}`,
        service,
        side,
        timeMs: at,
      });
    if (side === "server") return;
    const named = textOf(fields, "peer.service");
    const host = columns.peer_host || columns.dst_ip;
    const peer = isName(named) ? named : host;
    if (!isName(peer) || LOCAL.has(peer.toLowerCase())) return;
    const peerKind = peer === named ? "service" : "host";
    const detail = spokenBy(fields, columns);
    const seen = { firstMs: at, lastMs: at, count: 1 };
    count(calls, `${service}\n${peerKind}\n${peer}\n${detail}`, { service, peer, peerKind, detail, ...seen });
  }

  function addFlow({ src_ip, src_port, dst_ip, dst_port, time_ms: at, status_id }: EventColumns): void {
    if (src_ip === "" || dst_ip === "" || src_ip === dst_ip || status_id === FAILURE) return;
    if (LOCAL.has(src_ip) || LOCAL.has(dst_ip)) return;
    // Some sensors write the answer as a flow of its own: its far port is the client's.
    const turned = dst_port >= CLIENT_PORTS && src_port > 0 && src_port < CLIENT_PORTS;
    const [from, to, port] = turned ? [dst_ip, src_ip, src_port] : [src_ip, dst_ip, dst_port];
    if (port === 0 || port >= CLIENT_PORTS) return;
    count(flows, `${from}\n${to}\n${port}`, { from, to, port, firstMs: at, lastMs: at, count: 1 });
  }

  return {
    add: (columns, fields) => {
      if (columns.channel === "trace") addSpan(columns, fields);
      else if (columns.class_uid === CLASSES.network_activity.uid) addFlow(columns);
    },
    result: () => ({ spans, calls: [...calls.values()], flows: [...flows.values()] }),
    dropped: () => dropped,
  };
}

function spokenBy(fields: Readonly<Record<string, unknown>>, columns: EventColumns): string {
  for (const name of ["db.system.name", "db.system", "messaging.system", "rpc.system"]) {
    const spoken = textOf(fields, name);
    if (isName(spoken)) return spoken;
  }
  return columns.http_method === "" ? "" : "http";
}

const LOCAL = new Set(["127.0.0.1", "::1", "0.0.0.0", "::", "localhost"]);

const isName = (text: string): boolean => text !== "" && text !== "-" && text.length <= LONGEST;

const textOf = (fields: Readonly<Record<string, unknown>>, name: string): string => {
  const value = fields[name];
  return typeof value === "string" ? value : "";
};
