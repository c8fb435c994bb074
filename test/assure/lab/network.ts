/** network: a bridge with one network namespace per host. Names and range are chosen at random, so that several labs can stand side by
 *  side, and nothing outside of the range changes. */
import { randomBytes, randomInt } from "node:crypto";
import { must, ran } from "./command.ts";

export interface Network {
  readonly address: string;
  readonly range: string;
  addressOf(number: number): string;
  /** Makes the namespace of a host and gives its name. */
  join(name: string, address: string): string;
  remove(): void;
}

export function makeNetwork(): Network {
  const id = randomBytes(3).toString("hex");
  const third = freeThird();
  const addressOf = (number: number): string => `10.213.${third}.${number}`;
  const bridge = `hf${id}`;
  const made: string[] = [];
  const remove = (): void => {
    for (const namespace of made) ran(["ip", "netns", "del", namespace]);
    ran(["ip", "link", "del", bridge]);
  };
  try {
    must(["ip", "link", "add", bridge, "type", "bridge"]);
    must(["ip", "address", "add", `${addressOf(1)}/24`, "dev", bridge]);
    must(["ip", "link", "set", bridge, "up"]);
  } catch (error) {
    remove();
    throw error;
  }
  return {
    address: addressOf(1),
    range: `10.213.${third}.0/24`,
    addressOf,
    join(name, address) {
      const namespace = `hf-${id}-${name}`;
      const outer = `hf${id}${made.length}`;
      must(["ip", "netns", "add", namespace]);
      made.push(namespace);
      must(["ip", "link", "add", outer, "type", "veth", "peer", "name", "eth0", "netns", namespace]);
      must(["ip", "link", "set", outer, "master", bridge, "up"]);
      const inside = (...argv: string[]) => must(["ip", "-n", namespace, ...argv]);
      inside("address", "add", `${address}/24`, "dev", "eth0");
      inside("link", "set", "eth0", "up");
      inside("link", "set", "lo", "up");
      inside("route", "add", "default", "via", addressOf(1));
      return namespace;
    },
    remove,
  };
}

function freeThird(): number {
  const used = must(["ip", "-o", "-4", "address"]).stdout;
  for (;;) {
    const third = randomInt(1, 255);
    if (!used.includes(`10.213.${third}.`)) return third;
  }
}
