/** server: the ClickHouse HTTP interface over embedded sessions; what it does for each request, in order:
 *  secret, body, statement, a fresh session with the request's settings, the answer, and a kill when the caller leaves. */
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Session } from "chdb";
import { readBody } from "./body.ts";
import { fault, faultOf } from "./fault.ts";
import type { FacadeConfig } from "./protocol.ts";
import { parseRequest } from "./request.ts";
import type { Work } from "./request.ts";
import { sendFault, sendStream, sendWhole } from "./respond.ts";
import { createBinaryInsert } from "./binary-insert.ts";
import { createDoor } from "./secret.ts";
import type { Sessions } from "./sessions.ts";
import { createTokenKeeper } from "./tokens.ts";

/** Parameters travel in the address: room for long lists of them. */
const HEADER_BYTES = 4 * 1024 * 1024;

export function createFacade(config: FacadeConfig, sessions: Sessions): Server {
  const open = createDoor(config.user, config.secret);
  const tokens = createTokenKeeper();
  const insertBinary = createBinaryInsert(`${config.directory}-incoming`);
  const server = createServer({ maxHeaderSize: HEADER_BYTES, keepAliveTimeout: 60_000 }, (request, response) => {
    if (!open(request.headers.authorization)) {
      response.setHeader("Connection", "close");
      sendFault(response, fault(516, "AUTHENTICATION_FAILED", "Authentication failed: wrong user or secret"));
      return;
    }
    serve(request, response).catch((error: unknown) => {
      sendFault(response, faultOf(error));
      if (!response.writableEnded) response.destroy();
    });
  });
  // Long queries and slow readers are legitimate here; the caller's own limits end them.
  server.requestTimeout = 0;
  server.timeout = 0;
  return server;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://events.invalid");
    if (url.pathname === "/ping") {
      response.end("Ok.\n");
      return;
    }
    const body = await readBody(request, config.bodyBytes);
    if (!body.ok) {
      response.setHeader("Connection", "close");
      sendFault(response, body.fault);
      return;
    }
    const parsed = parseRequest(request, url, body.bytes);
    if (!parsed.ok) {
      sendFault(response, parsed.fault);
      return;
    }
    const { work } = parsed;
    const done = sessions.run(work.kind, (session) => carryOut(work, session, response));
    if (done === undefined) {
      sendFault(
        response,
        fault(202, "TOO_MANY_SIMULTANEOUS_QUERIES", "Too many statements are waiting; try again in a moment"),
      );
      return;
    }
    await done;
  }

  async function carryOut(work: Work, session: Session, response: ServerResponse): Promise<void> {
    if (response.destroyed) return;
    let over = false;
    // A half-applied insert is not a wish of anybody: only reads end with their caller.
    response.once("close", () => {
      if (work.kind === "read" && !over) sessions.kill(work.id, () => over).catch(() => undefined);
    });
    try {
      await answerWith(work, session, response);
    } finally {
      over = true;
    }
  }

  async function answerWith(work: Work, session: Session, response: ServerResponse): Promise<void> {
    for (const statement of work.prepare) await session.queryAsync(statement);
    if (response.destroyed) return;
    const answer = { id: work.id, gzip: work.gzip };
    if (work.insert !== undefined) {
      const { table, columns, format, rows } = work.insert;
      const target = { table, values: rows, ...(columns === undefined ? {} : { columns }) };
      const wrote =
        format === "RowBinary" ? await insertBinary(session, target) : await session.insert({ ...target, format });
      await tokens.settle(table, session);
      const summary = { written_rows: String(wrote.rowsWritten), written_bytes: String(wrote.bytesWritten) };
      sendWhole(response, { ...answer, summary }, EMPTY);
    } else if (work.kind === "read" && !work.buffered) {
      await sendStream(response, answer, session.queryStream(work.text, { format: "TabSeparated" }));
    } else {
      const result = await session.queryAsync(work.text, { format: "TabSeparated" });
      const summary = { read_rows: String(result.rowsRead), read_bytes: String(result.bytesRead) };
      sendWhole(response, { ...answer, summary }, result.bytes());
    }
  }
}

const EMPTY = new Uint8Array(0);
