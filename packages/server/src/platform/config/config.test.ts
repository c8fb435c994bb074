/** config.test: layers, origins, all problems at once, unknown names with their nearest, secrets hidden. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { inspect } from "node:util";
import { describeConfig, loadConfig } from "./index.ts";

const cwd = mkdtempSync(join(tmpdir(), "holdfast-config-"));
const empty = mkdtempSync(join(tmpdir(), "holdfast-config-"));
after(() => {
  rmSync(cwd, { recursive: true, force: true });
  rmSync(empty, { recursive: true, force: true });
});

function problemsOf(options: { flags?: Record<string, unknown>; env?: Record<string, string>; yaml?: string }): string {
  writeFileSync(join(cwd, "holdfast.yaml"), options.yaml ?? "");
  try {
    loadConfig({ flags: options.flags ?? {}, env: options.env ?? {}, cwd });
  } catch (error) {
    assert.ok(error instanceof Error && "code" in error && error.code === "CONFIG_INVALID", String(error));
    return error.message;
  }
  return assert.fail("the configuration was taken");
}

describe("config", () => {
  test("has a complete default", () => {
    const { config, origins } = loadConfig({ flags: {}, env: {}, cwd: empty });
    assert.equal(config.home, join(empty, ".holdfast"));
    assert.deepEqual(config.http, { host: "127.0.0.1", port: 8420, tls: { port: 0 } });
    const off = { port: 0 };
    assert.deepEqual(config.syslog, {
      host: "127.0.0.1",
      udp: { port: 5514 },
      tcp: { port: 5514 },
      tls: off,
      relp: { ...off, tls: off },
    });
    assert.equal(config.spool.max.bytes, 2_147_483_648);
    assert.equal(config.disk.reserve.bytes, 536_870_912);
    assert.ok(config.ingest.workers >= 1);
    assert.deepEqual(config.database, {});
    assert.deepEqual(new Set(Object.values(origins)), new Set(["default"]));
  });

  test("lets flags win over the environment, that over the file, that over the default, and remembers which", () => {
    writeFileSync(
      join(cwd, "holdfast.yaml"),
      "home: data\nhttp:\n  port: 1001\n  host: any\nretention.days: 7\nsession: { hours: 2 }\n",
    );
    const { config, origins } = loadConfig({
      flags: { "http-port": "1003", "rules.paths": ["a", "/b"] },
      env: { HOLDFAST_HTTP_PORT: "1002", HOLDFAST_SESSION_HOURS: "3", HOLDFAST_LOG_LEVEL: "", PATH: "/bin" },
      cwd,
    });
    assert.deepEqual(config.http, { host: "0.0.0.0", port: 1003, tls: { port: 0 } });
    assert.equal(config.retention.days, 7);
    assert.equal(config.session.hours, 3);
    assert.equal(config.home, join(cwd, "data"));
    assert.deepEqual(config.rules.paths, [join(cwd, "a"), "/b"]);
    const expected = {
      "http.port": "flag",
      "http.host": "file",
      "session.hours": "environment",
      "log.level": "default",
    };
    for (const [key, origin] of Object.entries(expected)) assert.equal(origins[key], origin, key);
  });

  test("takes paths of the file relative to the file", () => {
    writeFileSync(join(cwd, "holdfast.yaml"), "home: h\nrules: { paths: [r], pipelines: [p], placeholders: l.yml }\n");
    const { config, file } = loadConfig({ flags: { config: join(cwd, "holdfast.yaml") }, env: {}, cwd: empty });
    assert.equal(config.home, join(cwd, "h"));
    assert.deepEqual(config.rules.paths, [join(cwd, "r")]);
    assert.deepEqual(config.rules.pipelines, [join(cwd, "p")]);
    assert.equal(config.rules.placeholders, join(cwd, "l.yml"));
    assert.equal(file, join(cwd, "holdfast.yaml"));
  });

  test("understands sizes, switches and lists as text", () => {
    const env = {
      HOLDFAST_SPOOL_MAX_BYTES: "1.5 GiB",
      HOLDFAST_DISK_RESERVE_BYTES: "64MB",
      HOLDFAST_RULES_STARTER: "no",
      HOLDFAST_RULES_PATHS: "/x, /y",
    };
    const { config } = loadConfig({ flags: {}, env, cwd: empty });
    assert.equal(config.spool.max.bytes, 1_610_612_736);
    assert.equal(config.disk.reserve.bytes, 64_000_000);
    assert.equal(config.rules.starter, false);
    assert.deepEqual(config.rules.paths, ["/x", "/y"]);
  });

  test("refuses unknown names and says the nearest known one", () => {
    assert.match(problemsOf({ yaml: "http: { prot: 1 }" }), /unknown key http\.prot; did you mean http\.port\?/);
    assert.match(problemsOf({ yaml: "retenton: { days: 1 }" }), /retenton\.days; did you mean retention\.days\?/);
    assert.match(
      problemsOf({ env: { HOLDFAST_HTTP_PRT: "1" } }),
      /HOLDFAST_HTTP_PRT; did you mean HOLDFAST_HTTP_PORT\?/,
    );
    assert.match(problemsOf({ flags: { "htp-port": 1 } }), /--htp-port; did you mean http\.port\?/);
    assert.match(problemsOf({ yaml: "http: 5" }), /unknown key http\b/);
    assert.match(problemsOf({ yaml: "__proto__: { polluted: 1 }" }), /unknown key __proto__/);
  });

  test("leaves variables of the command line and of tests alone", () => {
    const env = { HOLDFAST_URL: "http://h", HOLDFAST_TOKEN: "t", HOLDFAST_TEST_STATE_URL: "x" };
    loadConfig({ flags: {}, env, cwd: empty });
  });

  test("reports every problem at once, with key, place and value", () => {
    const message = problemsOf({
      yaml: "http: { port: 99999 }\nlog: { level: loud }",
      env: { HOLDFAST_RETENTION_DAYS: "soon" },
    });
    assert.match(message, /http\.port from \S+holdfast\.yaml: 99999 is refused/);
    assert.match(message, /log\.level from/);
    assert.match(message, /retention\.days from the variable HOLDFAST_RETENTION_DAYS: 'soon' is refused/);
  });

  test("refuses a file that is missing or broken", () => {
    assert.match(problemsOf({ flags: { config: "nope.yaml" } }), /nope\.yaml does not exist/);
    assert.match(problemsOf({ yaml: "a: [" }), /not valid YAML/);
    assert.match(problemsOf({ yaml: "- a" }), /key: value/);
    assert.match(
      problemsOf({ env: { HOLDFAST_DATABASE_URL: "mysql://h/d" } }),
      /database\.url from .* is refused \(must be a URL/,
    );
  });

  test("never prints a secret, neither in a list, nor by accident, nor in a problem", () => {
    const env = {
      HOLDFAST_ADMIN_PASSWORD: "hunter2hunter2",
      HOLDFAST_CLICKHOUSE_PASSWORD: "hunter2",
      HOLDFAST_DATABASE_URL: "postgresql://bob:hunter2@db:5432/holdfast?sslpassword=hunter2&a=1",
      HOLDFAST_CLICKHOUSE_URL: "http://ann:hunter2@ch:8123",
    };
    const loaded = loadConfig({ flags: {}, env, cwd: empty });
    assert.equal(loaded.config.database.url, env.HOLDFAST_DATABASE_URL);
    const listed = describeConfig(loaded);
    const prints = [
      JSON.stringify(listed),
      JSON.stringify(loaded),
      inspect(loaded, { depth: 9 }),
      `${inspect(loaded.config)}`,
    ];
    for (const print of prints) assert.doesNotMatch(print, /hunter2/);
    const shown = new Map(listed.map((setting) => [setting.key, setting.value]));
    assert.equal(shown.get("admin.password"), "•••");
    assert.equal(shown.get("database.url"), "postgresql://bob:•••@db:5432/holdfast?sslpassword=•••&a=1");
    assert.equal(shown.get("clickhouse.url"), "http://ann:•••@ch:8123");
    assert.doesNotMatch(problemsOf({ env: { HOLDFAST_ADMIN_PASSWORD: "short" } }), /'short'/);
  });

  test("takes a PostgreSQL socket URL", () => {
    const url = "postgresql://u:p@/db?host=%2Frun%2Fpg&port=5432";
    assert.equal(loadConfig({ flags: {}, env: { HOLDFAST_DATABASE_URL: url }, cwd: empty }).config.database.url, url);
  });
});
