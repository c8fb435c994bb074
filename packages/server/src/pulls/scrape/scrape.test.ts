/** scrape.test: targets are asked through egress as people set them up, and become points: text and OpenMetrics, exemplars, labels of the
 *  target beside ours; one that fails, is too large or too slow is `up 0` and said, and the other one goes on. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { readExposition } from "../../ingest/index.ts";
import { CONTEXT, none, startTestIngest, type TestIngest } from "../../ingest/testing.ts";
import { createAuditLog } from "../../platform/audit-log/index.ts";
import { systemClock } from "../../platform/clock/index.ts";
import { createEgress } from "../../platform/egress/index.ts";
import { silentLog } from "../../platform/log/index.ts";
import { createSealer } from "../../platform/secrets/index.ts";
import { PLACES } from "../../places.ts";
import { createPulls, type Pulls } from "../index.ts";

let ingest: TestIngest;
let pulls: Pulls;
let target: Server;
let url = "";
const asked: { path: string; authorization: string | undefined; accept: string | undefined }[] = [];
let broken = false;
const lists = mkdtempSync(join(tmpdir(), "holdfast-targets-"));

const OPEN = `# TYPE http_requests counter
# UNIT http_requests requests
http_requests_total{code="200",job="theirs"} 42 1789000000.5 # {trace_id="abc"} 0.7 1789000000.1
http_requests_created{code="200",job="theirs"} 1788000000
# TYPE took_seconds histogram
took_seconds_bucket{le="0.1"} 1
took_seconds_bucket{le="1.0"} 3 # {trace_id="def"} 0.5
took_seconds_bucket{le="+Inf"} 4
took_seconds_sum 7.5
took_seconds_count 4
# EOF
`;
const PLAIN = `# HELP queue_depth How deep.
# TYPE queue_depth gauge
queue_depth{name="a \\"b\\"\\nc",path="C:\\\\x"} 3
this is no sample
# TYPE rpc_seconds summary
rpc_seconds{quantile="0.5"} 0.05
rpc_seconds{quantile="0.99"} 0.9
rpc_seconds_sum 12
rpc_seconds_count 100
free NaN
`;

before(async () => {
  ingest = await startTestIngest();
  target = createServer((request, response) => {
    const { authorization, accept } = request.headers;
    asked.push({ path: request.url ?? "", authorization, accept });
    if (request.url === "/open" && !broken)
      response.setHeader("content-type", "application/openmetrics-text; version=1.0.0; charset=utf-8").end(OPEN);
    else if (request.url === "/plain") response.setHeader("content-type", "text/plain; version=0.0.4").end(PLAIN);
    else if (request.url === "/list") {
      const { host = "" } = request.headers;
      response.end(
        JSON.stringify([{ targets: [host], labels: { __metrics_path__: "/plain", zone: "north", job: "theirs" } }]),
      );
    } else response.writeHead(500).end("no");
  });
  await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
  const address = target.address();
  url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  const { tables } = ingest;
  pulls = createPulls({
    tables,
    clock: systemClock,
    audit: createAuditLog({ tables, clock: systemClock }),
    log: silentLog,
    sealer: createSealer({ get: () => "k".repeat(43) }),
    egress: createEgress({ log: silentLog }),
    feed: ingest.area.feed,
    definitions: PLACES.pulls,
    targets: lists,
  });
  await pulls.start();
});
after(async () => {
  await pulls.stop();
  target.close();
  await ingest.close();
  rmSync(lists, { recursive: true, force: true });
});

interface PointRow {
  readonly name: string;
  readonly kind: string;
  readonly value: number | null;
  readonly labels: Record<string, string>;
  readonly unit: string;
  readonly bounds: number[];
  readonly buckets: number[];
  readonly exemplars: { readonly value: number; readonly labels: Record<string, string> }[];
  readonly service: string;
}

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) assert.fail(`it did not come to this: ${what}`);
    await sleep(100);
  }
}

const points = (source: string): Promise<PointRow[]> =>
  ingest.events.query<PointRow>(
    `SELECT * FROM ${ingest.events.table("metrics")} WHERE source = {source:String} ORDER BY time`,
    { params: { source } },
  );

const entered = (targets: string[]) => ({
  kind: "scrape",
  settings: { targets, job: "shop", everySeconds: 5, timeoutSeconds: 5 },
  secrets: { token: "let-me-in" },
});

test("a trial tells what each target answers, and asks nothing of addresses that are not allowed", async () => {
  const refused = await pulls.routes.tryPull({ ...none, body: { ...entered([`${url}/open`]), allow: [] } }, CONTEXT);
  assert.equal(refused.ok, false);
  assert.match(refused.answers[0]?.said ?? "", /127\.0\.0\.1/);
  assert.equal(asked.length, 0);
  const trial = await pulls.routes.tryPull(
    { ...none, body: { ...entered([`${url}/open`, `${url}/missing`]), allow: ["127.0.0.1"] } },
    CONTEXT,
  );
  assert.deepEqual(
    trial.answers.map(({ ok, said }) => [ok, said]),
    [
      [true, "It answers with 7 samples."],
      [false, `${url}/missing: it answered 500.`],
    ],
  );
});

test("two targets, again and again: counters, histograms, summaries, exemplars; one that fails is up 0 and said", async () => {
  const body = { name: "Shop", ...entered([`${url}/open`, `${url}/plain`]), allow: ["127.0.0.1"] };
  const { id } = await pulls.routes.addPull({ ...none, body }, CONTEXT);
  const all = await until("both were asked", async () => {
    const rows = await points(id);
    return rows.filter(({ name }) => name === "up").length >= 2 ? rows : undefined;
  });
  const of = (name: string): PointRow => all.find((row) => row.name === name) ?? assert.fail(`no ${name}`);
  assert.deepEqual([of("http_requests_total").kind, of("http_requests_total").value], ["counter", 42]);
  assert.deepEqual(of("http_requests_total").labels, {
    code: "200",
    exported_job: "theirs",
    instance: url.slice(7),
    job: "shop",
  });
  assert.deepEqual([of("http_requests_total").unit, of("http_requests_total").service], ["requests", "shop"]);
  assert.deepEqual(of("http_requests_total").exemplars[0]?.labels, { trace_id: "abc" });
  assert.deepEqual(
    [of("took_seconds").bounds, of("took_seconds").buckets],
    [
      [0.1, 1],
      [1, 2, 1],
    ],
  );
  assert.deepEqual(of("took_seconds").exemplars[0]?.value, 0.5);
  assert.deepEqual(
    [of("rpc_seconds").kind, of("rpc_seconds").bounds, of("rpc_seconds").buckets],
    ["summary", [0.5, 0.99], [0.05, 0.9]],
  );
  assert.equal(of("queue_depth").labels["name"], 'a "b"\nc');
  assert.equal(of("queue_depth").labels["path"], "C:\\x");
  assert.equal(asked.at(-1)?.authorization, "Bearer let-me-in");
  assert.match(asked.at(-1)?.accept ?? "", /application\/openmetrics-text/);
  const partly = await until("the bad line is said", async () => {
    const pull = await pulls.routes.getPull({ ...none, params: { id } }, CONTEXT);
    return pull.lastError === null ? undefined : pull;
  });
  assert.match(partly.lastError ?? "", /1 lines could not be read, the first is line 4: this is no sample/);
  broken = true;
  await until("the one that fails is down, the other one up", async () => {
    const rows = (await points(id)).filter(({ name }) => name === "up");
    return rows.some(({ value }) => value === 0) && rows.at(-1)?.value !== undefined ? rows : undefined;
  });
  const counts = await ingest.source(id);
  assert.equal(counts.quarantined, 0);
});

test("targets come from files and addresses, with their labels, without our token, and go when their list lets go of them", async () => {
  const host = url.slice(7);
  const yaml = (path: string): string => `- targets: ["${host}"]\n  labels: { __metrics_path__: ${path}, room: 7 }\n`;
  writeFileSync(join(lists, "web.yml"), yaml("/missing"));
  const { settings, ...rest } = entered([]);
  const body = {
    ...rest,
    allow: ["127.0.0.1"],
    settings: { ...settings, lists: ["web.yml", `${url}/list`, "gone.json"] },
  };
  const trial = await pulls.routes.tryPull({ ...none, body }, CONTEXT);
  const said = new Map(trial.answers.map((one) => [one.stream, one]));
  assert.deepEqual([...said.keys()], ["gone.json", `${url}/missing`, `${url}/plain`]);
  assert.match(said.get("gone.json")?.said ?? "", /folder of lists.*ENOENT/);
  assert.equal(said.get(`${url}/plain`)?.ok, true);
  const started = asked.length;
  const { id } = await pulls.routes.addPull({ ...none, body: { name: "Found", ...body } }, CONTEXT);
  const up = async (): Promise<Map<string, PointRow>> =>
    new Map((await points(id)).filter(({ name }) => name === "up").map((row) => [JSON.stringify(row.labels), row]));
  const missing = JSON.stringify({ instance: host, job: "shop", room: "7" });
  const plain = JSON.stringify({ instance: host, job: "theirs", zone: "north" });
  const first = await until("both that were found are asked", async () => {
    const rows = await up();
    return rows.size >= 2 ? rows : undefined;
  });
  assert.deepEqual([first.get(missing)?.value, first.get(plain)?.value], [0, 1]);
  const tokens = new Map(asked.slice(started).map(({ path, authorization }) => [path, authorization]));
  assert.equal(tokens.get("/list"), "Bearer let-me-in");
  assert.deepEqual([tokens.get("/missing"), tokens.get("/plain")], [undefined, undefined]);
  writeFileSync(join(lists, "web.yml"), yaml("/open"));
  const before = asked.length;
  await pulls.routes.runPull({ ...none, params: { id } }, CONTEXT);
  await until("the new one is asked", async () => asked.slice(before).find(({ path }) => path === "/open"));
  await until("the old one is asked no more", async () => {
    const late = asked.slice(before);
    const rounds = late.filter(({ path }) => path === "/plain").length;
    return rounds >= 2 && !late.some(({ path }) => path === "/missing") ? late : undefined;
  });
  writeFileSync(join(lists, "web.yml"), "targets: no list");
  await pulls.routes.runPull({ ...none, params: { id } }, CONTEXT);
  const troubled = await until("a list that cannot be read is said", async () => {
    const pull = await pulls.routes.getPull({ ...none, params: { id } }, CONTEXT);
    return pull.lastError?.startsWith("web.yml") === true ? pull : undefined;
  });
  assert.match(troubled.lastError ?? "", /web\.yml: it is no list of targets/);
  const denied = await pulls.routes.tryPull({ ...none, body: { ...body, allow: [] } }, CONTEXT);
  assert.ok(denied.answers.every(({ ok }) => !ok));
  const nobody = { ...body, name: "Nobody", settings: { ...settings, lists: [] } };
  await assert.rejects(async () => pulls.routes.addPull({ ...none, body: nobody }, CONTEXT), /a target or a list/);
  for (const list of ["../secrets.json", "/etc/passwd", "a/b.json"]) {
    const bad = { ...body, settings: { ...settings, lists: [list] } };
    await assert.rejects(async () => pulls.routes.tryPull({ ...none, body: bad }, CONTEXT), /name of a file/);
  }
});

test("any text is points and a number of bad lines, never an exception; what is written is read back", () => {
  const facts = { now: 1, labels: { job: "x" }, openMetrics: false };
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
      const read = readExposition(text, facts);
      assert.ok(read.bad + read.samples <= text.split("\n").length);
    }),
    { numRuns: 500 },
  );
  fc.assert(
    fc.property(fc.string({ maxLength: 40 }), fc.double({ noNaN: true }), (label, value) => {
      const escaped = label.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
      const { points: read } = readExposition(`m{l="${escaped}"} ${value}`, facts);
      assert.deepEqual([read[0]?.labels["l"], read[0]?.value], [label, value + 0]);
    }),
    { numRuns: 300 },
  );
});
