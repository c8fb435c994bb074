/** main.test: the whole server in one process: every route × every role × every state of a credential, CSRF, login throttling,
 *  what the answers carry, OpenAPI, and that a second start on the same home is refused. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Route } from "@holdfast/contracts";
import { accessRoutes, ROLE_PERMISSIONS, type Role, role } from "@holdfast/contracts/access";
import { authoringRoutes } from "@holdfast/contracts/authoring";
import { backupRoutes } from "@holdfast/contracts/backup";
import { backtestRoutes } from "@holdfast/contracts/backtest";
import { changeRoutes } from "@holdfast/contracts/changes";
import { detectRoutes } from "@holdfast/contracts/detect";
import { editingRoutes } from "@holdfast/contracts/editing";
import { ruleDraftRoutes } from "@holdfast/contracts/rule-drafts";
import { estateRoutes } from "@holdfast/contracts/estate";
import { exceptionRoutes } from "@holdfast/contracts/exceptions";
import { hostQueryRoutes } from "@holdfast/contracts/host-queries";
import { ingestRoutes } from "@holdfast/contracts/ingest";
import { measureRoutes } from "@holdfast/contracts/measure";
import { pullRoutes } from "@holdfast/contracts/pulls";
import { respondRoutes } from "@holdfast/contracts/respond";
import { metricRuleRoutes } from "@holdfast/contracts/metric-rules";
import { metricRoutes } from "@holdfast/contracts/metrics";
import { searchRoutes } from "@holdfast/contracts/search";
import { secondFactorRoutes } from "@holdfast/contracts/second-factor";
import { parserRoutes } from "@holdfast/contracts/parsers";
import { silenceRoutes } from "@holdfast/contracts/silence";
import { systemRoutes } from "@holdfast/contracts/system";
import { triageRoutes } from "@holdfast/contracts/triage";
import { connectorRoutes } from "@holdfast/contracts/connectors";
import { dryRunRoutes } from "@holdfast/contracts/dry-run";
import { evidenceRoutes } from "@holdfast/contracts/evidence";
import { incidentRoutes } from "@holdfast/contracts/incidents";
import { investigationRoutes } from "@holdfast/contracts/investigation";
import { oncallRoutes } from "@holdfast/contracts/oncall";
import { exerciseRoutes } from "@holdfast/contracts/exercises";
import { triggerRoutes } from "@holdfast/contracts/playbook-triggers";
import { playbookRoutes } from "@holdfast/contracts/playbooks";
import { ticketRoutes } from "@holdfast/contracts/tickets";
import { triageSettingsRoutes } from "@holdfast/contracts/triage-settings";
import { type Running, startHoldfast } from "./main.ts";
import { loadConfig } from "./platform/config/index.ts";
import { isAppError } from "./platform/errors/index.ts";

const ROUTES: readonly Route[] = [
  accessRoutes,
  ingestRoutes,
  hostQueryRoutes,
  silenceRoutes,
  parserRoutes,
  pullRoutes,
  searchRoutes,
  metricRoutes,
  metricRuleRoutes,
  estateRoutes,
  changeRoutes,
  detectRoutes,
  backtestRoutes,
  editingRoutes,
  ruleDraftRoutes,
  exceptionRoutes,
  authoringRoutes,
  triageRoutes,
  measureRoutes,
  respondRoutes,
  secondFactorRoutes,
  connectorRoutes,
  dryRunRoutes,
  evidenceRoutes,
  incidentRoutes,
  investigationRoutes,
  oncallRoutes,
  exerciseRoutes,
  playbookRoutes,
  triggerRoutes,
  ticketRoutes,
  triageSettingsRoutes,
  systemRoutes,
  backupRoutes,
].flatMap((table): Route[] => Object.values(table));
const PASSWORD = "a password for the test";
const home = mkdtempSync(join(tmpdir(), "hf main test "));
const flags = {
  home,
  "http.port": 0,
  "syslog.udp.port": 0,
  "syslog.tcp.port": 0,
  "log.level": "silent",
  "admin.password": PASSWORD,
};

let running: Running;
const tokens = new Map<Role, string>();

before(async () => {
  running = await startHoldfast({ loaded: loadConfig({ flags, env: {} }), checkAnswers: true });
  for (const name of role.options) tokens.set(name, (await newToken(name)).secret);
});
after(async () => {
  await running.stop();
  rmSync(home, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly code: string;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

async function ask(
  method: string,
  path: string,
  options: { headers?: Record<string, string>; body?: unknown } = {},
): Promise<Answer> {
  const withBody = options.body !== undefined;
  const response = await fetch(`${running.url}${path}`, {
    method,
    headers: { ...(withBody ? { "content-type": "application/json" } : {}), ...options.headers },
    ...(withBody ? { body: JSON.stringify(options.body) } : {}),
  });
  const body = (await response.json().catch(() => ({}))) as Record<string, unknown>;
  return { status: response.status, code: String(body["code"] ?? ""), headers: response.headers, body };
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

async function newToken(name: Role): Promise<{ id: string; secret: string }> {
  const made = await ask("POST", "/api/tokens", {
    headers: bearer(running.token),
    body: { name: `test ${name}`, role: name, expiresInDays: 1 },
  });
  assert.equal(made.status, 200, JSON.stringify(made.body));
  return { id: (made.body["token"] as { id: string }).id, secret: made.body["secret"] as string };
}

/** Ids that exist nowhere and bodies that nothing accepts, so that an admitted call changes nothing. */
const pathOf = (route: Route): string => route.path.replaceAll(/:\w+/g, "00000000-0000-0000-0000-000000000000");
const call = (route: Route, headers: Record<string, string>) =>
  ask(route.method, pathOf(route), {
    headers,
    ...(route.method === "GET" || route.method === "DELETE" ? {} : { body: { "not a field": true } }),
  });

test("every route × role: let in exactly when the role holds the permission", async () => {
  let cells = 0;
  for (const route of ROUTES) {
    for (const [name, token] of tokens) {
      if (route === accessRoutes.logout || route === accessRoutes.login) continue;
      const answer = await call(route, bearer(token));
      const may =
        route.permission === "public" ||
        route.permission === "self" ||
        ROLE_PERMISSIONS[name].includes(route.permission);
      const where = `${name} ${route.method} ${route.path}: ${answer.status} ${answer.code}`;
      if (may) assert.ok(answer.code !== "HTTP_DENIED" && answer.status !== 401 && answer.status < 500, where);
      else assert.deepEqual([answer.status, answer.code], [403, "HTTP_DENIED"], where);
      cells += 1;
    }
  }
  assert.ok(cells >= 5 * 215, `only ${cells} cells`);
});

test("without a credential, and with a false, revoked or unknown one, every route answers 401", async () => {
  const revoked = await newToken("admin");
  await ask("DELETE", `/api/tokens/${revoked.id}`, { headers: bearer(running.token) });
  const credentials = [
    {},
    bearer("hft_nonsense"),
    bearer(revoked.secret),
    bearer(""),
    { cookie: "holdfast_session=nonsense" },
    { authorization: "Basic YWRtaW46YWRtaW4=" },
  ];
  for (const route of ROUTES.filter((candidate) => candidate.permission !== "public")) {
    for (const headers of credentials) {
      const answer = await call(route, headers);
      assert.equal(
        answer.status,
        401,
        `${JSON.stringify(headers)} ${route.method} ${route.path}: ${answer.status} ${answer.code}`,
      );
    }
  }
  for (const path of ["/api/live", "/api/events/tail", "/metrics"])
    assert.equal((await ask("GET", path)).status, 401, path);
  assert.equal((await ask("POST", "/api/ingest/events", { body: [{ a: 1 }] })).status, 401);
});

async function login(): Promise<{ cookie: string; csrf: string }> {
  const answer = await ask("POST", "/api/session", { body: { user: "admin", password: PASSWORD } });
  assert.equal(answer.status, 200);
  const header = answer.headers.get("set-cookie") ?? "";
  assert.match(header, /HttpOnly/);
  assert.match(header, /SameSite=Strict/);
  return { cookie: header.split(";")[0] ?? "", csrf: String(answer.body["csrf"]) };
}

test("a cookie needs the CSRF token and its own origin for every call that changes something", async () => {
  const { cookie, csrf } = await login();
  for (const route of ROUTES.filter((candidate) => candidate.mutates === true && candidate.permission !== "public")) {
    assert.equal((await call(route, { cookie })).code, "HTTP_CSRF", route.path);
    assert.equal((await call(route, { cookie, "x-holdfast-csrf": "false" })).code, "HTTP_CSRF", route.path);
    assert.equal(
      (await call(route, { cookie, "x-holdfast-csrf": csrf, origin: "https://evil.example" })).code,
      "HTTP_CSRF",
      route.path,
    );
    assert.equal(
      (await call(route, { cookie, "x-holdfast-csrf": csrf, "sec-fetch-site": "cross-site" })).code,
      "HTTP_CSRF",
      route.path,
    );
  }
  const made = await ask("POST", "/api/sources", {
    headers: { cookie, "x-holdfast-csrf": csrf },
    body: { name: "by cookie" },
  });
  assert.equal(made.status, 200);
  assert.equal((await ask("DELETE", "/api/session", { headers: { cookie, "x-holdfast-csrf": csrf } })).status, 200);
  assert.equal((await ask("GET", "/api/session", { headers: { cookie } })).status, 401);
});

test("no role can make a token above itself, and a demoted owner's tokens lose what the owner lost", async () => {
  for (const [name, token] of tokens) {
    if (!ROLE_PERMISSIONS[name].includes("tokens.write") || name === "admin") continue;
    const answer = await ask("POST", "/api/tokens", {
      headers: bearer(token),
      body: { name: "up", role: "admin", expiresInDays: 1 },
    });
    assert.equal(answer.code, "ACCESS_ROLE_TOO_HIGH", name);
  }
});

test("unknown keys in a body are refused, with their place", async () => {
  const answer = await ask("POST", "/api/users", {
    headers: bearer(running.token),
    body: { name: "mallory", role: "viewer", team: "security", password: PASSWORD, isAdmin: true },
  });
  assert.deepEqual([answer.status, answer.code], [400, "HTTP_INVALID"]);
});

test("text that no store can hold is refused with its place, in a body and in a query", async () => {
  for (const fullName of ["a\u0000b", "half \ud83d of a pair"]) {
    const answer = await ask("POST", "/api/users", {
      headers: bearer(running.token),
      body: { name: "nul", fullName, role: "viewer", team: "security", password: PASSWORD },
    });
    assert.deepEqual([answer.status, answer.code], [400, "HTTP_INVALID"]);
  }
  const listed = await ask("GET", "/api/alerts?q=a%00b", { headers: bearer(running.token) });
  assert.deepEqual([listed.status, listed.code], [400, "HTTP_INVALID"]);
});

test("guessing slows down per account and address, and is written down", async () => {
  await ask("POST", "/api/users", {
    headers: bearer(running.token),
    body: { name: "victim", fullName: "", role: "viewer", team: "security", password: PASSWORD },
  });
  const codes: string[] = [];
  for (let n = 0; n < 7; n += 1)
    codes.push((await ask("POST", "/api/session", { body: { user: "victim", password: `wrong ${n}` } })).code);
  assert.deepEqual(codes.slice(0, 5), Array(5).fill("ACCESS_BAD_CREDENTIALS"));
  const throttled = await ask("POST", "/api/session", { body: { user: "victim", password: PASSWORD } });
  assert.deepEqual([throttled.status, throttled.code], [429, "ACCESS_THROTTLED"]);
  assert.ok(Number(throttled.headers.get("retry-after")) > 0);
  assert.equal(
    (await ask("POST", "/api/session", { body: { user: "admin", password: PASSWORD } })).status,
    200,
    "another account is not locked",
  );
  const audit = await ask("GET", "/api/audit?action=session.refused&limit=100", { headers: bearer(running.token) });
  assert.ok((audit.body["items"] as unknown[]).length >= 5);
  assert.equal((await ask("GET", "/api/audit/verify", { headers: bearer(running.token) })).body["ok"], true);
});

test("every answer carries the security headers; errors are problems with a code", async () => {
  for (const path of ["/", "/api/session", "/api/nothing", "/healthz", "/assets/none.js"]) {
    const { headers } = await ask("GET", path);
    assert.match(headers.get("content-security-policy") ?? "", /require-trusted-types-for 'script'/, path);
    assert.equal(headers.get("x-content-type-options"), "nosniff", path);
  }
  const missing = await ask("GET", "/api/nothing");
  assert.deepEqual(
    [missing.status, missing.code, missing.headers.get("content-type")],
    [404, "HTTP_NOT_FOUND", "application/problem+json; charset=utf-8"],
  );
});

test("OpenAPI describes every route with its permission", async () => {
  const { body } = await ask("GET", "/api/openapi.json");
  const paths = body["paths"] as Record<string, Record<string, { "x-permission": string }>>;
  for (const route of ROUTES) {
    const operation = paths[route.path.replaceAll(/:(\w+)/g, "{$1}")]?.[route.method.toLowerCase()];
    assert.equal(operation?.["x-permission"], route.permission, `${route.method} ${route.path}`);
  }
});

test("a start that fails closes what it opened: no thread, child process or listener is left", async () => {
  const other = mkdtempSync(join(tmpdir(), "hf main failed "));
  // What keeps a process alive; timers and closing sockets of the tests before come and go.
  const lasting = new Set(["MessagePort", "PipeWrap", "ProcessWrap", "TCPServerWrap", "UDPWrap"]);
  const open = () => process.getActiveResourcesInfo().filter((kind) => lasting.has(kind));
  const before = open();
  // It gets as far as its stores and threads: the engine of workflows is one per process, and the first has it.
  const loaded = loadConfig({ flags: { ...flags, home: other }, env: {} });
  await assert.rejects(startHoldfast({ loaded }), (error) => isAppError(error) && error.code === "WORKFLOWS_STATE");
  for (let tries = 0; tries < 100 && open().length > before.length; tries += 1) await sleep(50);
  assert.deepEqual(open().sort(), before.sort());
  rmSync(other, { recursive: true, force: true });
});

test("a second start on the same home is refused in words, and the first goes on", async () => {
  await assert.rejects(
    startHoldfast({ loaded: loadConfig({ flags, env: {} }) }),
    (error) => isAppError(error) && error.message.includes(home.slice(-8)),
  );
  assert.equal((await ask("GET", "/healthz")).status, 200);
});
