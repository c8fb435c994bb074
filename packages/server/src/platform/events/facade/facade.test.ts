/** facade.test: the ClickHouse HTTP interface as the wire sees it: the door, both ends of an error, compression, limits. */
import assert from "node:assert/strict";
import http from "node:http";
import { after, before, describe, test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { createClient } from "@clickhouse/client";
import type { OpenEvents } from "../embedded.ts";
import { openTestEvents } from "../testing.ts";

interface Reply {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

describe("facade", () => {
  let events: OpenEvents;
  let basic: string;
  before(async () => {
    events = await openTestEvents();
    basic = `Basic ${Buffer.from(`${events.connection.user}:${events.connection.password}`).toString("base64")}`;
  });
  after(() => events.close());

  const ask = (options: {
    path?: string;
    method?: string;
    headers?: http.OutgoingHttpHeaders;
    body?: string | Buffer;
  }): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const { socketPath, url } = events.connection;
      const address =
        socketPath === undefined ? { host: new URL(url).hostname, port: new URL(url).port } : { socketPath };
      const request = http.request(
        {
          ...address,
          path: options.path ?? "/",
          method: options.method ?? "POST",
          headers: { authorization: basic, ...options.headers },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("end", () =>
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
          );
          response.on("error", reject);
        },
      );
      request.on("error", reject);
      request.end(options.body);
    });

  test("nothing is answered without the secret, not even a ping", async () => {
    const wrong = Buffer.from(`${events.connection.user}:wrong`).toString("base64");
    for (const authorization of ["", `Basic ${wrong}`, "Basic ", "Bearer wrong", basic.toLowerCase(), `${basic}x`]) {
      for (const path of ["/ping", "/", "/?query=SELECT%201"]) {
        const reply = await ask({ path, headers: { authorization }, body: "SELECT 1" });
        assert.equal(reply.status, 403, `${authorization} ${path}`);
        assert.equal(reply.headers["x-clickhouse-exception-code"], "516");
        assert.match(reply.body.toString(), /AUTHENTICATION_FAILED/);
      }
    }
    assert.equal(
      (
        await ask({ path: "/ping", headers: { authorization: `Bearer ${events.connection.password}` } })
      ).body.toString(),
      "Ok.\n",
    );
  });

  test("a second statement is refused before anything runs", async () => {
    for (const body of [
      "SELECT 1; SELECT 2",
      "SELECT 1; DROP TABLE x",
      "CREATE DATABASE refused_one ENGINE=Atomic; SELECT 1",
    ]) {
      const reply = await ask({ body });
      assert.equal(reply.status, 400);
      assert.match(reply.body.toString(), /^Code: 62\. DB::Exception: .*one statement only.*\(SYNTAX_ERROR\)/);
    }
    assert.equal(
      (await ask({ body: "SELECT count() FROM system.databases WHERE name = 'refused_one'" })).body.toString(),
      "0\n",
    );
  });

  test("settings, parameters and the database are for one request only", async () => {
    const { database } = events.connection;
    const one = await ask({
      path: `/?database=${database}&max_result_rows=77&param_a=x%27y&readonly=1`,
      body: "SELECT currentDatabase(), getSetting('max_result_rows'), {a:String}",
    });
    assert.equal(one.body.toString(), `${database}\t77\tx\\'y\n`);
    const next = await ask({ body: "SELECT currentDatabase(), getSetting('max_result_rows'), getSetting('readonly')" });
    assert.equal(next.body.toString(), "default\t0\t0\n");
    const unknown = await ask({ path: "/?no_such_setting=1", body: "SELECT 1" });
    assert.equal(unknown.headers["x-clickhouse-exception-code"], "115");
  });

  test("readonly holds, and comes after the other settings", async () => {
    const reply = await ask({
      path: "/?readonly=1&max_threads=1",
      body: `DROP TABLE \`${events.connection.database}\`.events`,
    });
    assert.equal(reply.headers["x-clickhouse-exception-code"], "164");
    const byGet = await ask({
      method: "GET",
      path: `/?query=${encodeURIComponent("CREATE DATABASE refused_two ENGINE=Atomic")}`,
    });
    assert.equal(byGet.headers["x-clickhouse-exception-code"], "164");
  });

  test("an insert counts its rows", async () => {
    const { database } = events.connection;
    await ask({ body: `CREATE TABLE \`${database}\`.counted (a UInt32) ENGINE = MergeTree ORDER BY a` });
    const query = encodeURIComponent(`INSERT INTO \`${database}\`.\`counted\` FORMAT JSONEachRow`);
    const reply = await ask({ path: `/?query=${query}`, body: '{"a":1}\n{"a":2}\n' });
    assert.equal(reply.status, 200);
    assert.equal(JSON.parse(String(reply.headers["x-clickhouse-summary"])).written_rows, "2");
    const zipped = await ask({
      path: `/?query=${query}`,
      body: gzipSync('{"a":3}\n'),
      headers: { "content-encoding": "gzip" },
    });
    assert.equal(zipped.status, 200);
    assert.equal((await ask({ body: `SELECT sum(a) FROM \`${database}\`.counted` })).body.toString(), "6\n");
    const broken = await ask({ path: `/?query=${query}`, body: "not gzip", headers: { "content-encoding": "gzip" } });
    assert.equal(broken.headers["x-clickhouse-exception-code"], "354");
    const strange = await ask({ path: `/?query=${query}`, body: "x", headers: { "content-encoding": "lz4" } });
    assert.equal(strange.headers["x-clickhouse-exception-code"], "48");
  });

  test("answers are compressed only when asked for twice", async () => {
    const plain = await ask({ headers: { "accept-encoding": "gzip" }, body: "SELECT 1" });
    assert.equal(plain.headers["content-encoding"], undefined);
    const zipped = await ask({
      path: "/?enable_http_compression=1",
      headers: { "accept-encoding": "gzip" },
      body: "SELECT number FROM numbers(3)",
    });
    assert.equal(zipped.headers["content-encoding"], "gzip");
    assert.equal(gunzipSync(zipped.body).toString(), "0\n1\n2\n");
  });

  test("an error in mid-stream reaches the client, compressed or not", async () => {
    for (const response of [false, true]) {
      const { socketPath, url, user, password } = events.connection;
      const agent: http.AgentOptions & { socketPath?: string } = {
        keepAlive: true,
        ...(socketPath === undefined ? {} : { socketPath }),
      };
      const client = createClient({
        url,
        username: user,
        password,
        http_agent: new http.Agent(agent),
        compression: { response },
        log: { level: 127 },
      });
      const result = await client.query({
        query: "SELECT number, throwIf(number = 900000, 'on purpose') FROM numbers(1000000)",
        format: "JSONEachRow",
      });
      let rows = 0;
      await assert.rejects(
        async () => {
          for await (const chunk of result.stream()) rows += chunk.length;
        },
        (error) => error instanceof Error && "code" in error && error.code === "395",
      );
      assert.ok(rows > 0 && rows < 1_000_000, `${rows} rows`);
      await client.close();
    }
  });

  test("multipart parameters are refused in words", async () => {
    const reply = await ask({ headers: { "content-type": "multipart/form-data; boundary=x" }, body: "--x--" });
    assert.match(reply.body.toString(), /use_multipart_params/);
  });

  test("an empty result is an ordinary answer", async () => {
    const reply = await ask({ body: "SELECT number FROM numbers(0)" });
    assert.equal(reply.status, 200);
    assert.equal(reply.body.length, 0);
  });
});
