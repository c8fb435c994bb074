/** pool.test: a store that dies in the packet in which it answers ends no process: against a server that speaks just so much of the
 *  protocol, since a real one does it once in a hundred kills. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { silentLog } from "../log/index.ts";
import { openPool } from "./pool.ts";

test("a connection that is lost in the packet that makes it ready is a failed statement, and no more", async () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    socket.once("data", () => socket.end(Buffer.concat([AUTHENTICATED, READY, LAST_WORDS])));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const pool = openPool({ url: `postgresql://x@127.0.0.1:${port}/x`, log: silentLog, connections: 2, name: "test" });
  const faults: unknown[] = [];
  const noticed = (error: unknown): void => void faults.push(error);
  process.on("uncaughtException", noticed);
  try {
    // As both of its users do: a promise, and a listener of one's own only after it.
    await assert.rejects(
      pool.connect().then(async (client) => {
        try {
          await client.query("select 1");
        } finally {
          client.release();
        }
      }),
    );
    await assert.rejects(pool.query("select 1"));
    await delay(20);
    assert.deepEqual(faults, []);
    assert.equal(pool.totalCount, 0, "what is lost is not kept");
  } finally {
    process.off("uncaughtException", noticed);
    await pool.end();
    for (const socket of sockets) socket.destroy();
    server.close();
  }
});

test("a socket file that is not there is a store that refuses, and a store that is gone is one that resets", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hf pool "));
  const place = new URLSearchParams({ host: folder, port: "5432" });
  const pool = openPool({ url: `postgresql://x@/x?${place}`, log: silentLog, connections: 1, name: "test" });
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.once("data", () => socket.write(Buffer.concat([AUTHENTICATED, READY])));
  });
  try {
    await assert.rejects(pool.query("select 1"), { code: "ECONNREFUSED" });
    server.listen(join(folder, ".s.PGSQL.5432"));
    await once(server, "listening");
    const client = await pool.connect();
    const [socket] = sockets;
    assert.ok(socket !== undefined);
    // Closed by the far side, and written to before this side has heard of it.
    socket.destroy();
    await once(socket, "close");
    await assert.rejects(client.query("select 1"), { code: "ECONNRESET" });
    client.release();
  } finally {
    await pool.end();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

function message(kind: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(kind);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

const AUTHENTICATED = message("R", Buffer.alloc(4));
const READY = message("Z", Buffer.from("I"));
const LAST_WORDS = message(
  "E",
  Buffer.from("SFATAL\0C57P01\0Mterminating connection due to unexpected postmaster exit\0\0"),
);
