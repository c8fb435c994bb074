/** ssh-port: one program on a host by SSH. The host key is checked before anything is sent. SSH has no argument lists, only a line for
 *  the shell of the far side, so each argument is quoted here: what stands in a log can be an argument, and never a command. */
import { createHash } from "node:crypto";
import type { Socket } from "node:net";
import type { Ports, SshCommand, SshResult } from "@holdfast/sdk";
import { Client, type ClientChannel } from "ssh2";
import { failureOf } from "./failure.ts";
import type { PortOptions } from "./index.ts";

const TIMEOUT_MS = 20_000;
const MAX_BYTES = 8 * 2 ** 20;

export function sshPort({ egress, caller }: PortOptions): Ports["ssh"] {
  const sessions = new Map<string, Promise<Session>>();
  /** The steps of one operation share a connection: half of the time of a containment would be handshakes. */
  const session = (command: SshCommand): Promise<Session> => {
    const { host, user } = command;
    const key = `${user}@${host.address}:${host.port}`;
    const known = sessions.get(key);
    if (known !== undefined) return known;
    const made = egress.connect({ caller, host: host.address, port: host.port }).then((sock) => open(command, sock));
    sessions.set(key, made);
    const forget = (): void => void sessions.delete(key);
    made.then(({ client }) => client.once("close", forget), forget);
    return made;
  };
  return async (command) => {
    let sent = false;
    try {
      const { client, rest, wake } = await session(command);
      wake();
      sent = true;
      return { ok: true, value: await run(client, command).finally(rest) };
    } catch (error) {
      return failureOf(error, sent);
    }
  };
}

interface Session {
  readonly client: Client;
  /** Marks the end of a use; the last one closes the connection a little later. */
  rest(): void;
  wake(): void;
}

const IDLE_MS = 500;

async function open(command: SshCommand, sock: Socket): Promise<Session> {
  const client = new Client();
  try {
    await login(client, command, sock);
  } catch (error) {
    client.destroy();
    throw error;
  }
  let uses = 0;
  let idle: NodeJS.Timeout | undefined;
  return {
    client,
    wake: () => {
      uses += 1;
      clearTimeout(idle);
    },
    rest: () => {
      uses -= 1;
      if (uses === 0) idle = setTimeout(() => client.end(), IDLE_MS);
    },
  };
}

function login(client: Client, { host, user, privateKey, passphrase }: SshCommand, sock: Socket): Promise<void> {
  return new Promise((done, fail) => {
    let shown = "";
    client.once("ready", done);
    client.on("error", (error) => {
      const other = shown !== "" && shown !== host.fingerprint;
      fail(
        other
          ? new Error(
              `${host.address} shows the host key ${shown}, not ${host.fingerprint}. Nothing was sent. Compare it on the host itself before you change it here.`,
            )
          : error,
      );
    });
    client.once("close", () => fail(new Error(`${host.address} closed the connection`)));
    try {
      client.connect({
        sock,
        username: user,
        privateKey,
        ...(passphrase === undefined || passphrase === "" ? {} : { passphrase }),
        readyTimeout: TIMEOUT_MS,
        hostVerifier: (key: Buffer) => {
          shown = `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
          return shown === host.fingerprint;
        },
      });
    } catch (error) {
      sock.destroy();
      fail(new Error(`The private key cannot be used: ${error instanceof Error ? error.message : String(error)}`));
    }
  });
}

function run(client: Client, { argv, stdin, timeoutMs, maxBytes }: SshCommand): Promise<SshResult> {
  return new Promise((done, fail) => {
    const limit = maxBytes ?? MAX_BYTES;
    const timer = setTimeout(() => fail(new Error(`${argv[0] ?? ""} did not end in time`)), timeoutMs ?? TIMEOUT_MS);
    const settle = (work: () => void): void => {
      clearTimeout(timer);
      client.off("close", onClose);
      work();
    };
    const onClose = (): void => settle(() => fail(new Error("the connection closed before the program ended")));
    client.once("close", onClose);
    client.exec(argv.map(quoted).join(" "), (error: Error | undefined, channel: ClientChannel) => {
      if (error !== undefined) return settle(() => fail(error));
      const stdout: Buffer[] = [];
      const stderr: Buffer[] = [];
      let size = 0;
      let code: number | null = null;
      const take = (into: Buffer[]) => (part: Buffer) => {
        size += part.length;
        if (size > limit) settle(() => fail(new Error(`${argv[0] ?? ""} printed more than ${limit} bytes`)));
        else into.push(part);
      };
      channel.on("data", take(stdout));
      channel.stderr.on("data", take(stderr));
      channel.on("exit", (exit: number | null) => {
        code = exit;
      });
      channel.on("close", () =>
        settle(() => done({ code, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString("utf8") })),
      );
      channel.end(stdin ?? "");
    });
  });
}

/** Within single quotes a POSIX shell reads nothing but the closing quote. */
const quoted = (argument: string): string => `'${argument.replaceAll("'", `'\\''`)}'`;
