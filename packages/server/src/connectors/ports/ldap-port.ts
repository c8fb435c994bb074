/** ldap-port: one bound session with a directory. Values of filters are escaped by the filter's own encoder. What the directory
 *  refuses is certain; a connection that breaks in the middle of a change is not. */
import type { Socket } from "node:net";
import { isIP } from "node:net";
import type { LdapServer, LdapSession, Ports } from "@holdfast/sdk";
import {
  AndFilter,
  Attribute,
  BerWriter,
  Change,
  Client,
  EqualityFilter,
  PresenceFilter,
  ResultCodeError,
} from "ldapts";
import { failureOf } from "./failure.ts";
import type { PortOptions } from "./index.ts";

const TIMEOUT_MS = 10_000;
const PASSWORD_MODIFY = "1.3.6.1.4.1.4203.1.11.1";

export function ldapPort({ egress, caller }: PortOptions): Ports["ldap"] {
  return async (server, work) => {
    const progress = { changing: false };
    let client: Client | undefined;
    try {
      client = await open(server, (target) => egress.connect({ ...target, caller }));
      return { ok: true, value: await work(sessionOf(client, progress)) };
    } catch (error) {
      if (error instanceof ResultCodeError) {
        return {
          ok: false,
          acted: "no",
          retryable: RETRYABLE.has(error.code),
          reason: `The directory says: ${wordsOf(error)}`,
        };
      }
      return failureOf(error, progress.changing);
    } finally {
      await client?.unbind().catch(() => undefined);
    }
  };
}

/** busy, unavailable, time limit exceeded. */
const RETRYABLE: ReadonlySet<number> = new Set([51, 52, 3]);

type Dial = (target: {
  host: string;
  port: number;
  tls?: { servername: string; ca?: string | undefined };
}) => Promise<Socket>;

async function open({ url, plain, bindDn, password, ca }: LdapServer, dial: Dial): Promise<Client> {
  const { protocol, hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, "");
  const secure = protocol === "ldaps:";
  const socket = await dial({
    host,
    port: Number(port || (secure ? 636 : 389)),
    ...(secure ? { tls: { servername: host, ca } } : {}),
  });
  // The socket is open and, for ldaps, encrypted already: the client only has to use it.
  const client = new Client({
    url: url.replace(/^ldaps:/, "ldap:"),
    timeout: TIMEOUT_MS,
    connectTimeout: TIMEOUT_MS,
    createConnection: () => socket,
  });
  try {
    if (!secure && !plain) {
      await client.startTLS({
        ...(isIP(host) === 0 ? { servername: host } : {}),
        host,
        ...(ca === undefined ? {} : { ca }),
      });
    }
    await client.bind(bindDn, password);
    return client;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function sessionOf(client: Client, progress: { changing: boolean }): LdapSession {
  const changing = async <T>(work: () => Promise<T>): Promise<void> => {
    progress.changing = true;
    await work();
    progress.changing = false;
  };
  return {
    async find({ base, scope, equals, attributes, limit }) {
      const parts = Object.entries(equals).map(([attribute, value]) => new EqualityFilter({ attribute, value }));
      const { searchEntries } = await client.search(base, {
        scope,
        filter:
          parts.length === 0 ? new PresenceFilter({ attribute: "objectClass" }) : new AndFilter({ filters: parts }),
        attributes: [...attributes],
        sizeLimit: limit,
      });
      return searchEntries.map(({ dn, ...rest }) => ({
        dn,
        attributes: Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, [value].flat().map(String)])),
      }));
    },
    set: (dn, attributes) =>
      changing(() =>
        client.modify(
          dn,
          Object.entries(attributes).map(
            ([type, values]) =>
              new Change({
                operation: "replace",
                modification: new Attribute({ type, values: values === null ? [] : [...values] }),
              }),
          ),
        ),
      ),
    setPassword: (dn, password) => changing(() => client.exop(PASSWORD_MODIFY, passwordModify(dn, password))),
    remove: (dn) => changing(() => client.del(dn)),
  };
}

/** PasswdModifyRequestValue: [0] whose, [2] the new one. */
function passwordModify(dn: string, password: string): Buffer {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeString(dn, 0x80);
  writer.writeString(password, 0x82);
  writer.endSequence();
  return writer.buffer;
}

const wordsOf = (error: ResultCodeError): string => `${error.name.replace(/Error$/, "")} (${error.message.trim()})`;
