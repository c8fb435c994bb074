/** stand-ins.test: connectors of products that cannot run here, against servers that speak their protocol: what is asked for, with
 *  which credentials, what is done twice, what a refusal, throttling and a broken answer mean. Mail goes to a real SMTP server. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { after, before, test } from "node:test";
import { SMTPServer } from "smtp-server";
import { catalog } from "../../../packages/content/src/catalog.gen.ts";
import type { JsonObject, Outcome } from "../../../packages/sdk/src/index.ts";
import type { Log } from "../../../packages/server/src/platform/log/index.ts";
import { type Area, CONTEXT, openArea } from "./area.ts";

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}
type Answer = { status?: number; headers?: Record<string, string>; json?: unknown } | "break";

let area: Area;
const servers: (Server | SMTPServer)[] = [];
const logged: string[] = [];
const write = (fields: object, sentence: string): void => void logged.push(JSON.stringify(fields) + sentence);
const log: Log = { debug: write, info: write, warn: write, error: write, child: () => log };

before(async () => {
  area = await openArea(log);
});
after(async () => {
  for (const server of servers) server.close();
  await area.close();
});

async function standIn(answer: (request: Seen) => Answer): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const one = {
      method: request.method ?? "",
      url: request.url ?? "",
      headers: request.headers,
      body: Buffer.concat(parts).toString(),
    };
    seen.push(one);
    const given = answer(one);
    if (given === "break") return void request.socket.destroy();
    response.writeHead(given.status ?? 200, { "content-type": "application/json", ...given.headers });
    response.end(JSON.stringify(given.json ?? {}));
  };
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  server.unref();
  servers.push(server);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

const allow = ["127.0.0.1"];
const MESSAGE = {
  to: "",
  subject: "Host web-01 is isolated\r\nBcc: evil@example.org",
  text: "by [alice](http://evil.example)",
  link: "https://holdfast.example/incidents/7",
};
const done = (outcome: Outcome): Extract<Outcome, { kind: "done" }> => {
  if (outcome.kind !== "done") assert.fail(`${outcome.kind}: ${outcome.reason}`);
  return outcome;
};
const call = (connectorId: string, action: string, input: JsonObject) => ({
  action,
  connectorId,
  input,
  key: `run-1/${action}`,
});
const tested = async (id: string) =>
  (await area.connectors.routes.testConnector({ params: { id }, query: {}, body: {} }, CONTEXT)).outcome;

test("mail arrives once it is sent, with a stable Message-ID and no header made of a subject; a refusal is certain", async () => {
  const mails: { to: string[]; raw: string; user: string }[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disableReverseLookup: true,
    allowInsecureAuth: true,
    disabledCommands: ["STARTTLS"],
    onRcptTo: (address, _session, next) =>
      next(
        address.address.startsWith("nobody") ? Object.assign(new Error("no such user"), { responseCode: 550 }) : null,
      ),
    onData: (stream, session, next) => {
      let raw = "";
      stream.on("data", (part: Buffer) => (raw += part.toString()));
      stream.on("end", () => {
        mails.push({
          raw,
          to: session.envelope.rcptTo.map(({ address }) => address),
          user: String(session.user ?? ""),
        });
        next();
      });
    },
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", () => ready()));
  servers.push(server);
  const { port } = server.server.address() as AddressInfo;
  const settings = { host: "127.0.0.1", port, security: "none", from: "holdfast@example.org", to: ["soc@example.org"] };
  await area.add({ id: "mail", kind: "smtp", allow, settings });
  assert.equal((await tested("mail")).kind, "done");
  assert.equal(mails.length, 0, "a test sends nothing");
  for (let time = 0; time < 2; time++)
    done(await area.connectors.deliver({ connectorId: "mail", key: "page-1", ...MESSAGE }));
  const ids = mails.map(({ raw }) => /^Message-ID: (.*)$/im.exec(raw)?.[1]);
  assert.equal(new Set(ids).size, 1);
  assert.deepEqual(mails[0]?.to, ["soc@example.org"]);
  assert.doesNotMatch(mails[0]?.raw.split(/\r?\n\r?\n/)[0] ?? "", /^Bcc:/m);
  const refused = await area.connectors.deliver({
    connectorId: "mail",
    key: "page-2",
    ...MESSAGE,
    to: "nobody@example.org",
  });
  assert.deepEqual([refused.kind, refused.kind === "failed" && refused.retryable], ["failed", false]);
});

test("Slack: the token, the channel, and a refusal that comes with 200", async () => {
  const { url, seen } = await standIn(({ url: path, body }) => ({
    json:
      path === "/auth.test"
        ? { ok: true, team: "lab" }
        : body.includes('"#gone"')
          ? { ok: false, error: "channel_not_found" }
          : { ok: true, ts: "1.2", channel: "C1" },
  }));
  await area.add({
    id: "slack",
    kind: "slack",
    allow,
    settings: { url, channel: "#soc" },
    secrets: { token: "xoxb-canary-slack-token" },
  });
  assert.equal((await tested("slack")).kind, "done");
  done(await area.connectors.deliver({ connectorId: "slack", key: "k", ...MESSAGE }));
  assert.equal(seen.at(-1)?.headers.authorization, "Bearer xoxb-canary-slack-token");
  assert.equal((JSON.parse(seen.at(-1)?.body ?? "{}") as { channel?: string }).channel, "#soc");
  const refused = await area.connectors.deliver({ connectorId: "slack", key: "k", ...MESSAGE, to: "#gone" });
  assert.match(refused.kind === "failed" ? refused.reason : "", /channel_not_found/);
});

test("Teams: log text is no Markdown, and the webhook's URL appears nowhere", async () => {
  const { url, seen } = await standIn(() => ({ status: 202 }));
  const webhook = `${url}/workflows/canary-signature-of-teams`;
  await area.add({ id: "teams", kind: "teams", allow, settings: { host: new URL(url).host }, secrets: { webhook } });
  assert.equal((await tested("teams")).kind, "done");
  done(await area.connectors.deliver({ connectorId: "teams", key: "k", ...MESSAGE }));
  assert.equal(seen.at(-1)?.url, "/workflows/canary-signature-of-teams");
  assert.match(seen.at(-1)?.body ?? "", /\\\\\[alice\\\\\]\\\\\(http/);
  const plan = await area.connectors.plan("send-message", "teams", { subject: "x" });
  assert.doesNotMatch(JSON.stringify(plan), /canary-signature/);
});

test("PagerDuty: the same key is the same incident, and a broken answer may be tried again", async () => {
  let broken = false;
  const { url, seen } = await standIn(() =>
    broken ? "break" : { status: 202, json: { status: "success", dedup_key: "d" } },
  );
  await area.add({
    id: "pager",
    kind: "pagerduty",
    allow,
    settings: { url },
    secrets: { routingKey: "canaryroutingkeycanaryroutingkey" },
  });
  for (let time = 0; time < 2; time++)
    done(await area.connectors.deliver({ connectorId: "pager", key: "page-7", ...MESSAGE }));
  const [first, second] = seen.map(({ body }) => JSON.parse(body) as { dedup_key: string; routing_key: string });
  assert.equal(first?.dedup_key, second?.dedup_key);
  assert.equal(first?.routing_key, "canaryroutingkeycanaryroutingkey");
  broken = true;
  const outcome = await area.connectors.deliver({ connectorId: "pager", key: "page-7", ...MESSAGE });
  assert.deepEqual([outcome.kind, outcome.kind === "failed" && outcome.retryable], ["failed", true]);
});

test("webhook: the receiver can check the signature, and what broke off is unknown, not failed", async () => {
  let broken = false;
  const { url, seen } = await standIn(() => (broken ? "break" : {}));
  await area.add({
    id: "hook",
    kind: "webhook",
    allow,
    settings: { url: `${url}/in` },
    secrets: { signingKey: "canary-signing-key-of-hook" },
  });
  done(await area.connectors.deliver({ connectorId: "hook", key: "k", ...MESSAGE }));
  const { headers, body } = seen.at(-1) ?? assert.fail("nothing arrived");
  const expected = createHmac("sha256", "canary-signing-key-of-hook")
    .update(`${String(headers["x-holdfast-time"])}.${body}`)
    .digest("hex");
  assert.equal(headers["x-holdfast-signature"], `sha256=${expected}`);
  broken = true;
  assert.equal((await area.connectors.deliver({ connectorId: "hook", key: "k", ...MESSAGE })).kind, "unknown");
});

test("HTTP: below its address only, its header is its own, a GET reads and a POST does not", async () => {
  const { url, seen } = await standIn(({ url: path, method }) => ({
    status: path === "/api/broken" ? 503 : 200,
    json: { method },
  }));
  await area.add({
    id: "api",
    kind: "http",
    allow,
    settings: { url: `${url}/api` },
    secrets: { credential: "Bearer canary-http-credential" },
  });
  const get = done(await area.connectors.perform(call("api", "http-request", { path: "/things" })));
  assert.equal(get.output["body"], '{"method":"GET"}');
  assert.equal(seen.at(-1)?.headers.authorization, "Bearer canary-http-credential");
  const plans = await Promise.all(
    ["GET", "POST"].map((method) => area.connectors.plan("http-request", "api", { method, path: "/x" })),
  );
  assert.deepEqual(
    plans.map((plan) => plan.ok && plan.effect),
    ["read", "irreversible"],
  );
  for (const path of ["/../admin", "//evil.example/", "/a/./b", "/%2e%2e/admin", "/a b", "/\\evil"])
    assert.equal((await area.connectors.plan("http-request", "api", { path })).ok, false, path);
  assert.equal(
    (await area.connectors.plan("http-request", "api", { path: "/x", headers: { Authorization: "mine" } })).ok,
    false,
  );
  const dry = seen.length;
  done(await area.connectors.dryRun(call("api", "http-request", { method: "POST", path: "/things" })));
  assert.deepEqual(
    seen.slice(dry).map(({ method }) => method),
    ["HEAD"],
  );
  assert.equal(
    (await area.connectors.perform(call("api", "http-request", { method: "POST", path: "/broken" }))).kind,
    "unknown",
  );
});

test("OpenC2: commands as the specification writes them, deny taken back by allow, a refusal in words", async () => {
  const { url, seen } = await standIn(({ body }) => {
    const { action } = (JSON.parse(body) as { body: { openc2: { request: { action: string } } } }).body.openc2.request;
    const response =
      action === "delete" ? { status: 501, status_text: "not implemented" } : { status: 200, results: { x: 1 } };
    return { json: { headers: {}, body: { openc2: { response } } } };
  });
  await area.add({
    id: "openc2",
    kind: "openc2-http",
    allow,
    settings: { url: `${url}/.well-known/openc2` },
    secrets: { token: "canary-openc2-token" },
  });
  assert.equal((await tested("openc2")).kind, "done");
  const deny = call("openc2", "openc2-command", { action: "deny", target: { ipv4_net: "203.0.113.9" } });
  done(await area.connectors.perform(deny));
  assert.equal(seen.at(-1)?.headers["content-type"], "application/openc2+json;version=1.0");
  assert.ok(seen.at(-1)?.headers["x-request-id"]);
  done(await area.connectors.undo(deny));
  assert.match(seen.at(-1)?.body ?? "", /"action":"allow","target":\{"ipv4_net":"203.0.113.9"\}/);
  const refused = await area.connectors.perform(
    call("openc2", "openc2-command", { action: "delete", target: { file: { name: "x" } } }),
  );
  assert.match(refused.kind === "failed" ? refused.reason : "", /501 not implemented/);
  assert.equal(
    (await area.connectors.undo(call("openc2", "openc2-command", { action: "delete", target: { file: {} } }))).kind,
    "failed",
  );
});

test("CrowdStrike: token, search, containment until it is confirmed, throttling waited for, lifted again", async () => {
  let status = "normal";
  let throttled = 2;
  const { url, seen } = await standIn(({ method, url: path, headers, body }) => {
    if (path === "/oauth2/token")
      return body === "client_id=id-1&client_secret=canary-falcon-secret"
        ? { status: 201, json: { access_token: "falcon-token", expires_in: 1799 } }
        : { status: 401, json: { errors: [{ message: "access denied" }] } };
    if (headers.authorization !== "Bearer falcon-token") return { status: 401 };
    if (throttled-- > 0)
      return { status: 429, headers: { "x-ratelimit-retryafter": String(Math.floor(Date.now() / 1000)) } };
    if (path.startsWith("/devices/queries/devices/v1"))
      return { json: { resources: path.includes("web-01") ? ["aid1"] : [] } };
    if (method === "POST" && path === "/devices/entities/devices/v2") {
      const device = { device_id: "aid1", hostname: "web-01", status };
      if (status === "containment_pending") status = "contained";
      if (status === "lift_containment_pending") status = "normal";
      return { json: { resources: [device] } };
    }
    if (path.includes("devices-actions/v2")) {
      status = path.includes("action_name=contain") ? "containment_pending" : "lift_containment_pending";
      return { status: 202, json: { resources: [{ id: "aid1" }], meta: { trace_id: "t-1" }, errors: [] } };
    }
    return { status: 404 };
  });
  await area.add({
    id: "falcon",
    kind: "crowdstrike",
    allow,
    settings: { url },
    secrets: { clientId: "id-1", clientSecret: "canary-falcon-secret" },
  });
  assert.equal((await tested("falcon")).kind, "done");
  const isolate = call("falcon", "edr-isolate", { host: "web-01" });
  const holds = async () => done(await area.connectors.probe(isolate)).output["holds"];
  assert.equal(await holds(), false);
  done(await area.connectors.perform(isolate));
  assert.equal(status, "contained");
  assert.equal(await holds(), true);
  const orders = () => seen.filter(({ url: path }) => path.includes("devices-actions")).length;
  const before = orders();
  done(await area.connectors.perform(isolate));
  assert.equal(orders(), before, "what is contained is not ordered again");
  done(await area.connectors.undo(isolate));
  assert.equal(await holds(), false);
  assert.equal((await area.connectors.perform(call("falcon", "edr-isolate", { host: "nobody" }))).kind, "failed");
  assert.equal((await area.connectors.plan("edr-isolate", "falcon", { host: "x'+hostname:'y" })).ok, false);
  const found = done(await area.connectors.perform(call("falcon", "edr-find", { host: "web-01" })));
  assert.equal(JSON.stringify(found.output).includes("aid1"), true);
});

test("Defender: token of the tenant, machine actions until they are done, and back", async () => {
  const actions: { id: string; type: string; status: string }[] = [];
  const { url, seen } = await standIn(({ method, url: path, headers, body }) => {
    if (path === "/lab.example/oauth2/v2.0/token")
      return body.includes("grant_type=client_credentials") && body.includes("canary-defender-secret")
        ? { json: { access_token: "defender-token" } }
        : { status: 400 };
    if (headers.authorization !== "Bearer defender-token") return { status: 401 };
    if (method === "POST") {
      const type = path.endsWith("/isolate") ? "Isolate" : "Unisolate";
      actions.unshift({ id: `a${actions.length}`, type, status: "Pending" });
      return { status: 201, json: actions[0] };
    }
    if (path.startsWith("/api/machineactions")) {
      const answer = { json: { value: structuredClone(actions) } };
      for (const action of actions) action.status = "Succeeded";
      return answer;
    }
    return { json: { value: [{ id: "m1", computerDnsName: "web-01.lab.example", healthStatus: "Active" }] } };
  });
  const secrets = { clientId: "app", clientSecret: "canary-defender-secret" };
  await area.add({
    id: "defender",
    kind: "microsoft-defender",
    allow,
    settings: { tenant: "lab.example", url, loginUrl: url },
    secrets,
  });
  const isolate = call("defender", "edr-isolate", { host: "web-01" });
  done(await area.connectors.perform(isolate));
  assert.equal(done(await area.connectors.probe(isolate)).output["holds"], true);
  assert.match(seen.find(({ url: path }) => path === "/api/machines/m1/isolate")?.body ?? "", /"IsolationType":"Full"/);
  done(await area.connectors.undo(isolate));
  assert.equal(done(await area.connectors.probe(isolate)).output["holds"], false);
});

test("secrets are nowhere: not in the database, the log, the answers of the API, the audit log or what a far side quotes back", async () => {
  const canaries = [
    "xoxb-canary-slack-token",
    "canary-signature-of-teams",
    "canaryroutingkeycanaryroutingkey",
    "canary-signing-key-of-hook",
    "canary-http-credential",
    "canary-openc2-token",
    "canary-falcon-secret",
    "canary-defender-secret",
    "canary-of-the-echo",
    ...(await addWhatNothingAnswers()),
  ];
  // Every kind that ships has one here, with each of its secrets set: a new kind has to be added before this passes.
  const shown = await area.connectors.list();
  for (const { kind, secrets } of catalog.connectors) {
    const set = new Set(shown.filter((one) => one.kind === kind).flatMap((one) => one.secrets));
    assert.deepEqual(set, new Set(Object.keys(secrets.shape)), kind);
  }
  const { url } = await standIn(({ headers }) => ({
    status: 403,
    json: {
      error: "bad token",
      got: headers.authorization,
      encoded: Buffer.from(headers.authorization ?? "").toString("base64"),
    },
  }));
  await area.add({ id: "echo", kind: "http", allow, settings: { url }, secrets: { credential: "canary-of-the-echo" } });
  const quoted = await area.connectors.perform(call("echo", "http-request", { path: "/" }));
  assert.match(quoted.kind === "failed" ? quoted.reason : "", /\[secret\]/);
  const texts: string[] = [JSON.stringify(quoted), ...logged];
  assert.ok(
    logged.some((line) => line.includes("echo")),
    "what failed was logged",
  );
  const { rows } = await area.opened.tables.db.execute<{ t: string }>(
    "SELECT tablename AS t FROM pg_tables WHERE schemaname = 'public'",
  );
  for (const { t } of rows) {
    const found = await area.opened.tables.db.execute<{ text: string }>(
      `SELECT row_to_json(x)::text AS text FROM "${t}" x`,
    );
    texts.push(...found.rows.map(({ text }) => text));
  }
  const none = { params: {}, query: {}, body: {} };
  texts.push(
    JSON.stringify([
      await area.connectors.routes.listConnectors(none, CONTEXT),
      await area.connectors.routes.listConnectorKinds(none, CONTEXT),
      await area.connectors.list(),
    ]),
  );
  const everything = texts.join("\n");
  assert.ok(
    everything.includes("connector.created") && everything.includes('"echo"'),
    "the search looks at the right things",
  );
  for (const canary of canaries) {
    for (const form of [canary, Buffer.from(canary).toString("base64"), Buffer.from(canary).toString("hex")])
      assert.equal(everything.includes(form), false, form);
  }
});

test("a secret does not follow a connector to another host, and goes when it is taken away", async () => {
  const { url, seen } = await standIn(() => ({}));
  const change = (body: Parameters<typeof area.connectors.routes.updateConnector>[0]["body"]) =>
    area.connectors.routes.updateConnector({ params: { id: "api" }, query: {}, body }, CONTEXT);
  await assert.rejects(change({ settings: { url } }), { code: "CONNECTORS_SECRETS_NEEDED" });
  assert.equal(seen.length, 0);
  const changed = await change({ settings: { url }, secrets: { credential: "a new one for it" } });
  assert.equal(changed.state, "untested");
  done(await area.connectors.perform(call("api", "http-request", { path: "/" })));
  assert.equal(seen.at(-1)?.headers.authorization, "a new one for it");
  assert.deepEqual((await change({ secrets: { credential: "" } })).secrets, []);
  await change({ enabled: false });
  assert.match(
    await area.connectors
      .perform(call("api", "http-request", { path: "/" }))
      .then((outcome) => (outcome.kind === "failed" ? outcome.reason : "")),
    /switched off/,
  );
  await area.connectors.routes.deleteConnector({ params: { id: "api" }, query: {}, body: {} }, CONTEXT);
  const { rows } = await area.opened.tables.db.execute("SELECT 1 FROM connector_secret WHERE connector_id = 'api'");
  assert.equal(rows.length, 0);
});

/** The kinds whose far sides are tested elsewhere, at a port that takes a connection and drops it; each is tried once, so that what fails is
 *  logged. Gives their secrets. */
async function addWhatNothingAnswers(): Promise<string[]> {
  const server = createTcpServer((socket) => socket.destroy());
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address() as AddressInfo;
  const key = `-----BEGIN OPENSSH PRIVATE KEY-----\n${"canary+of+a+private+key+".repeat(8)}\n-----END OPENSSH PRIVATE KEY-----\n`;
  const ssh = { privateKey: key, passphrase: "canary-passphrase" };
  const hosts = [`web-01 127.0.0.1:${port} SHA256:${"A".repeat(43)}`];
  const tsig = Buffer.from("canary of a tsig key of 32 bytes").toString("base64");
  const at = { host: "127.0.0.1", port };
  const url = `ldap://127.0.0.1:${port}`;
  const mail = { ...at, security: "none", user: "holdfast", from: "holdfast@example.org" };
  const directory = { url, plain: true, bindDn: "cn=holdfast,dc=lab", base: "dc=lab" };
  const zone = { server: `127.0.0.1:${port}`, zone: "rpz.lab", keyName: "holdfast" };
  await area.add({ id: "n-mail", kind: "smtp", allow, settings: mail, secrets: { password: "canary-mail-password" } });
  await area.add({ id: "n-dir", kind: "ldap", allow, settings: directory, secrets: { bindPassword: "canary-bind" } });
  await area.add({ id: "n-dns", kind: "dns-rpz", allow, settings: zone, secrets: { keySecret: tsig } });
  await area.add({ id: "n-ssh", kind: "ssh-host", allow, settings: { hosts }, secrets: ssh });
  const firewall = { hosts, management: ["192.0.2.1"] };
  await area.add({ id: "n-nft", kind: "nftables-ssh", allow, settings: firewall, secrets: ssh });
  for (const id of ["n-mail", "n-dir", "n-dns", "n-ssh", "n-nft"])
    assert.notEqual((await tested(id)).kind, "done", `${id} has nothing that answers`);
  server.close();
  return ["canary-mail-password", "canary-bind", tsig, "canary+of+a+private+key+", "canary-passphrase"];
}
