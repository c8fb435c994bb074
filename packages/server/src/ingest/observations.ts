/** observations: collects the distinct hosts, users and addresses of a block for the estate. Bounded: a sender that invents
 *  a host per event fills its block's list and no more. An address is tied to a host only where the event says whose it is. */
import { CLASSES } from "@holdfast/ocsf";
import type { EventColumns } from "@holdfast/sdk";
import { createDependencyLog } from "./dependency-observations.ts";
import type { Observations, SeenAddress, SeenHost, SeenLogon, SeenUser } from "./block.ts";

export interface ObservationLog {
  add(columns: EventColumns, fields: Readonly<Record<string, unknown>>, peerAddress: string): void;
  result(): Observations;
}

const MOST_OF_A_KIND = 2_000;
const LONGEST = 255;

type Writable<T> = { -readonly [K in keyof T]: T[K] };

export function createObservationLog(): ObservationLog {
  const hosts = new Map<string, Writable<SeenHost>>();
  const users = new Map<string, Writable<SeenUser>>();
  const addresses = new Map<string, Writable<SeenAddress>>();
  const logons = new Map<string, Writable<SeenLogon>>();
  const dependencies = createDependencyLog();
  let dropped = 0;

  function see<T extends { firstMs: number; lastMs: number }>(into: Map<string, T>, key: string, make: () => T): void {
    const known = into.get(key);
    if (known === undefined) {
      if (into.size >= MOST_OF_A_KIND) dropped += 1;
      else into.set(key, make());
      return;
    }
    const { firstMs } = make();
    if (firstMs < known.firstMs) known.firstMs = firstMs;
    if (firstMs > known.lastMs) known.lastMs = firstMs;
  }

  function seeAddress(host: string, ip: string, at: number): void {
    if (isName(host) && ip !== "" && !LOCAL.has(ip)) {
      see(addresses, `${host.toLowerCase()}\n${ip}`, () => ({ host, ip, firstMs: at, lastMs: at }));
    }
  }

  return {
    add: (columns, fields, peerAddress) => {
      dependencies.add(columns, fields);
      const { host, user, time_ms: at } = columns;
      if (isName(host)) {
        const { product } = columns;
        see(hosts, host.toLowerCase(), () => ({ host, product, firstMs: at, lastMs: at }));
      }
      if (isName(user)) {
        const domain = columns.user_domain;
        see(users, `${domain.toLowerCase()}\n${user.toLowerCase()}`, () => ({ user, domain, firstMs: at, lastMs: at }));
        if (isName(host)) see(logons, `${user}\n${host}`, () => ({ user, host, firstMs: at, lastMs: at }));
      }
      // A sender over syslog is the host it names, unless it relays: then it names several, and the estate sees that.
      if (peerAddress !== "") seeAddress(host, peerAddress, at);
      if (columns.class_uid === CLASSES.authentication.uid) seeAddress(columns.peer_host, columns.src_ip, at);
      if (columns.class_uid === CLASSES.network_activity.uid && columns.process_path !== "") {
        seeAddress(host, columns.src_ip, at);
      }
    },
    result: () => ({
      hosts: [...hosts.values()],
      users: [...users.values()],
      addresses: [...addresses.values()],
      logons: [...logons.values()],
      dependencies: dependencies.result(),
      dropped: dropped + dependencies.dropped(),
    }),
  };
}

const LOCAL = new Set(["127.0.0.1", "::1", "0.0.0.0", "::"]);

const isName = (text: string): boolean => text !== "" && text !== "-" && text.length <= LONGEST;
