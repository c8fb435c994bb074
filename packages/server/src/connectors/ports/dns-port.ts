/** dns-port: questions and signed updates to a name server, over TCP: a connection that egress checked, and an answer that nobody off
 *  the path can forge. */
import { randomInt } from "node:crypto";
import type { Socket } from "node:net";
import type { DnsPort, DnsServer } from "@holdfast/sdk";
import type { Clock } from "../../platform/clock/index.ts";
import { isSigned, question, readAnswer, sign, update } from "./dns-message.ts";
import { failureOf } from "./failure.ts";
import type { PortOptions } from "./index.ts";

const TIMEOUT_MS = 5_000;

export function dnsPort({ egress, caller, clock }: PortOptions & { readonly clock: Clock }): DnsPort {
  const ask = async (server: DnsServer, message: Buffer): Promise<Buffer> => {
    const socket = await egress.connect({ caller, host: server.host, port: server.port, timeoutMs: TIMEOUT_MS });
    return exchange(socket, message).finally(() => socket.destroy());
  };
  return {
    async query({ server, name, type }) {
      try {
        const id = randomInt(0x10000);
        const answer = readAnswer(await ask(server, question(id, name, type)));
        if (answer.id !== id) throw new Error(`${server.host} answered another question`);
        return { ok: true, value: { rcode: answer.rcode, answers: answer.answers } };
      } catch (error) {
        return failureOf(error, false);
      }
    },
    async update({ server, key, zone, remove, add }) {
      try {
        const signed = sign(update(randomInt(0x10000), zone, { remove, add }), key, clock.now());
        const bytes = await ask(server, signed.message);
        const { rcode } = readAnswer(bytes);
        if (rcode === "NOERROR" && !isSigned(bytes, key, signed.mac)) {
          const reason = `${server.host} answered without the signature of the key ${key.name}; its answer is not believed`;
          return { ok: false, acted: "maybe", retryable: false, reason };
        }
        return { ok: true, value: { rcode } };
      } catch (error) {
        return failureOf(error, true);
      }
    },
  };
}

/** Over TCP each message has its length in front (RFC 1035, 4.2.2). */
function exchange(socket: Socket, message: Buffer): Promise<Buffer> {
  return new Promise((done, fail) => {
    let got = Buffer.alloc(0);
    socket.setTimeout(TIMEOUT_MS, () => fail(new Error("the name server did not answer in time")));
    socket.on("error", fail);
    socket.on("close", () => fail(new Error("the name server closed the connection")));
    socket.on("data", (part: Buffer) => {
      got = Buffer.concat([got, part]);
      if (got.length >= 2 && got.length >= 2 + got.readUInt16BE(0)) done(got.subarray(2, 2 + got.readUInt16BE(0)));
    });
    const length = Buffer.alloc(2);
    length.writeUInt16BE(message.length);
    socket.write(Buffer.concat([length, message]));
  });
}
