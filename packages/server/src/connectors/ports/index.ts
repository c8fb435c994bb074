/** index: the ports of one connector: all that its content can reach, through egress and under its name. */
import { createHash, createHmac, randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Ports } from "@holdfast/sdk";
import type { Clock } from "../../platform/clock/index.ts";
import type { Caller, Egress } from "../../platform/egress/index.ts";
import { dnsPort } from "./dns-port.ts";
import { httpPort } from "./http-port.ts";
import { ldapPort } from "./ldap-port.ts";
import { smtpPort } from "./smtp-port.ts";
import { sshPort } from "./ssh-port.ts";

export interface PortOptions {
  readonly egress: Egress;
  readonly caller: Caller;
}

export function createPorts({ egress, caller, clock }: PortOptions & { readonly clock: Clock }): Ports {
  const options = { egress, caller };
  return {
    http: httpPort(options),
    ssh: sshPort(options),
    ldap: ldapPort(options),
    smtp: smtpPort(options),
    dns: dnsPort({ ...options, clock }),
    crypto: {
      sha256: (data) => createHash("sha256").update(data).digest("hex"),
      hmacSha256: (key, data) => createHmac("sha256", key).update(data).digest("hex"),
      random: (length) => Array.from({ length }, () => LETTERS[randomInt(LETTERS.length)]).join(""),
    },
    now: () => clock.now(),
    sleep: (ms) => sleep(ms),
  };
}

const LETTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
