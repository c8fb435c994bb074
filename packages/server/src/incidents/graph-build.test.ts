/** graph-build.test: an intrusion over three hosts as a graph: who started what, who came from where, in which order it alerted; and
 *  what is kept when there is too much to be read. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Severity } from "@holdfast/contracts/model";
import type { Activity, Flow } from "./activity-store.ts";
import { buildGraph, type Built, type GraphInput } from "./graph-build.ts";
import { foldGraph, MOST_NODES } from "./graph-fold.ts";

const START = Date.parse("2026-11-21T08:00:00Z");
const [DESK, FILES, DB] = ["fin-ws-01.corp.example", "fs-01.corp.example", "pay-db-01.corp.example"];
const hostOf = new Map([
  ["fin-ws-01", DESK],
  ["fs-01", FILES],
  ["10.0.0.11", DESK],
  ["10.0.0.21", FILES],
]);

type Event = GraphInput["events"][number];
let made = 0;
const event = (minute: number, more: Partial<Activity> & { severity?: Severity | null }): Event => ({
  id: `${(made += 1)}`,
  timeMs: START + minute * 60_000,
  classUid: 1007,
  failed: false,
  code: "",
  host: DESK,
  user: "CORP\\l.ortiz",
  targetUser: "",
  src: "",
  dst: "",
  dstPort: 0,
  peer: "",
  process: "",
  cmd: "",
  pid: 0,
  guid: "",
  parent: "",
  parentPid: 0,
  file: "",
  domain: "",
  object: "",
  message: "",
  severity: "medium",
  ...more,
});
const flow = (more: Partial<Flow>): Flow => ({
  classUid: 4001,
  host: DESK,
  user: "",
  targetUser: "",
  src: "10.0.0.11",
  dst: "",
  dstPort: 0,
  peer: "",
  domain: "",
  process: "",
  count: 1,
  failed: 0,
  firstMs: START,
  lastMs: START,
  ...more,
});

const intrusion = (): Event[] => [
  event(0, { process: "C:\\Office\\winword.exe", parent: "C:\\Windows\\explorer.exe" }),
  event(1, { process: "C:\\Windows\\wscript.exe", parent: "C:\\Office\\winword.exe", severity: "high" }),
  event(2, { process: "C:\\Windows\\wscript.exe", domain: "cdn.payslip.example", classUid: 4003, severity: "low" }),
  event(3, { process: "C:\\Users\\sync.exe", dst: "203.0.113.67", dstPort: 443, classUid: 4001 }),
  event(60, { host: "fs-01", classUid: 3002, src: "10.0.0.11", targetUser: "adm-kaur", user: "", severity: "high" }),
  event(61, { host: FILES, process: "C:\\Temp\\lk.exe", user: "adm-kaur", severity: "critical" }),
  event(90, { host: DB, classUid: 3002, src: "10.0.0.21", targetUser: "adm-kaur", user: "" }),
];
const ties = ({ edges }: Built) => edges.map(({ from, to, label, step }) => `${step ?? "-"} ${from} ${label} ${to}`);

test("the path goes from the first host over what it started to the next ones, numbered in the order of time", () => {
  const built = buildGraph({ events: intrusion(), flows: [], hostOf });
  assert.deepEqual(ties(built), [
    `1 host:${DESK} runs as l.ortiz process:${DESK}:winword.exe`,
    `2 process:${DESK}:winword.exe starts process:${DESK}:wscript.exe`,
    `3 process:${DESK}:wscript.exe asks for domain:cdn.payslip.example`,
    `4 host:${DESK} runs as l.ortiz process:${DESK}:sync.exe`,
    `5 process:${DESK}:sync.exe port 443 ip:203.0.113.67`,
    `6 host:${DESK} logon adm-kaur host:${FILES}`,
    `7 host:${FILES} runs as adm-kaur process:${FILES}:lk.exe`,
    `8 host:${FILES} logon adm-kaur host:${DB}`,
  ]);
  assert.deepEqual(built.path.map(({ step, text }) => `${step} ${text}`).slice(4, 7), [
    "5 sync.exe port 443 203.0.113.67",
    "6 fin-ws-01 logon adm-kaur fs-01",
    "7 fs-01 runs as adm-kaur lk.exe",
  ]);
  assert.equal(built.path[5]?.at, "2026-11-21T09:00:00.000Z");
});

test("a host is one thing by its short name, its full one and its address, and carries its worst alert", () => {
  const { nodes } = buildGraph({ events: intrusion(), flows: [], hostOf });
  assert.deepEqual(
    nodes.filter(({ kind }) => kind === "host").map(({ label }) => label),
    [DESK, FILES, DB],
  );
  assert.equal(nodes.find(({ id }) => id === `process:${FILES}:lk.exe`)?.severity, "critical");
  assert.equal(nodes.find(({ label }) => label === FILES)?.severity, "high");
  // Services and the desktop start everything: as a parent they say nothing.
  assert.ok(nodes.every(({ label }) => label !== "explorer.exe"));
});

test("what did not alert stands beside the path: counted, with its failures, and after it has alerted it is one tie with it", () => {
  const flows = [
    flow({ dst: "10.0.0.21", dstPort: 445, count: 40, failed: 3 }),
    flow({
      host: FILES,
      classUid: 3002,
      targetUser: "adm-kaur",
      src: "10.0.0.11",
      count: 9,
      failed: 2,
      firstMs: START - 1,
    }),
    flow({ dst: "127.0.0.1", dstPort: 80 }),
    flow({ host: "", dst: "10.0.0.21" }),
  ];
  const { edges, nodes } = buildGraph({ events: intrusion(), flows, hostOf });
  const logon = edges.find(({ from, to }) => from === `host:${DESK}` && to === `host:${FILES}`);
  assert.deepEqual([logon?.count, logon?.failed, logon?.label, logon?.step], [50, 5, "logon adm-kaur, port 445", 6]);
  assert.equal(logon?.first, new Date(START - 1).toISOString());
  assert.ok(nodes.every(({ label }) => label !== "127.0.0.1"));
  const quiet = buildGraph({ events: [], flows, hostOf });
  assert.deepEqual(quiet.path, []);
  assert.ok(quiet.edges.length > 0 && quiet.edges.every(({ step }) => step === null));
});

test("names from a log are quoted in the searches that a tie leads to", () => {
  const { edges } = buildGraph({ events: [event(0, { process: 'C:\\a" OR *.exe' })], flows: [], hostOf });
  assert.equal(edges[0]?.query, `host:"${DESK}" process_path:"C:\\\\a\\" OR *.exe"`);
});

test("too much to be read is folded beside the path first: the path, every alert and every count stay", () => {
  const flows = Array.from({ length: 300 }, (_, n) =>
    flow({ dst: `198.51.${Math.floor(n / 200)}.${n % 200}`, dstPort: 443, count: 2 }),
  );
  const built = buildGraph({ events: intrusion(), flows, hostOf });
  const folded = foldGraph(built);
  assert.ok(built.nodes.length > 300 && folded.nodes.length <= MOST_NODES);
  assert.deepEqual(
    folded.edges.flatMap(({ step }) => step ?? []).toSorted((a, b) => a - b),
    built.path.map(({ step }) => step),
  );
  const sum = (of: readonly { count: number }[]) => of.reduce((total, { count }) => total + count, 0);
  assert.equal(sum(folded.edges), sum(built.edges));
  const group = folded.nodes.find(({ kind }) => kind === "group");
  assert.match(group?.label ?? "", /^\d+ addresses$/);
  assert.equal(group?.members.length, Number.parseInt(group?.label ?? "", 10));
  const small = { nodes: built.nodes.slice(0, 10), edges: [] };
  assert.equal(foldGraph(small).nodes.length, 10);
});
