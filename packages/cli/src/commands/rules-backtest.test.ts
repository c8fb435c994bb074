/** rules-backtest: the command as a process against a server that answers what it is asked for: what is sent, printed and ended with. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { type BacktestAnswer, backtestRoutes } from "@holdfast/contracts/backtest";

const MAIN = join(import.meta.dirname, "../main.ts");
const ANSWER: BacktestAnswer = {
  rule: { id: "w1", title: "Whoami", level: "low", kind: "detection" },
  from: "2026-11-20T00:00:00.000Z",
  to: "2026-11-22T00:00:00.000Z",
  total: 3,
  perDay: [
    { day: "2026-11-20", matches: 1 },
    { day: "2026-11-21", matches: 2 },
  ],
  hosts: { distinct: 1, top: [{ name: "pc1", matches: 3 }] },
  users: { distinct: 0, top: [] },
  events: [
    {
      eventId: "7",
      at: "2026-11-20T10:00:00.000Z",
      host: "pc1",
      user: "",
      message: "m",
      fields: [{ field: "Image", value: "C:\\whoami.exe", pattern: "x", selection: "s" }],
      confirmed: true,
    },
  ],
  how: { by: "sql", code: null, sentence: "The event store decided every event.", candidates: 9, matched: 0 },
  incomplete: null,
  tookMs: 12,
};

let folder = "";
let url = "";
const asked: Record<string, unknown>[] = [];
const server = createServer((request, response) => {
  void text(request).then((body) => {
    const wanted = backtestRoutes.backtestRule.body.parse(JSON.parse(body));
    asked.push(wanted);
    const refused = wanted.text?.includes("broken") === true;
    const problem = {
      type: "about:blank",
      title: "x",
      status: 400,
      code: "DETECT_RULE_INVALID",
      detail: "Line 1, column 1: no title",
    };
    const answer = wanted.ruleId === "long" ? { ...ANSWER, incomplete: "The time was up." } : ANSWER;
    response.writeHead(refused ? 400 : 200, {
      "content-type": refused ? "application/problem+json" : "application/json",
    });
    response.end(JSON.stringify(refused ? problem : answer));
  });
});

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-backtest-"));
  writeFileSync(join(folder, "a.yml"), "title: a\n");
  writeFileSync(join(folder, "b.yml"), "title: broken\n");
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => {
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
});

async function backtest(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", MAIN, "--url", url, "--token", "hft_x", "rules", "backtest", ...args],
    { cwd: folder },
  );
  child.stdin.end("title: from a pipe\n");
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code: Number(code), stdout, stderr };
}

test("a file is sent as text and shown with its days, hosts and events", async () => {
  const { code, stdout, stderr } = await backtest("a.yml", "--from", "now-2d", "--events", "5");
  assert.deepEqual(asked.at(-1), { text: "title: a\n", from: "now-2d", to: "now", limit: 5 });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /2026-11-20 +1 +█{20}\n2026-11-21 +2 +█{40}\n/);
  assert.match(stdout, /1 hosts: pc1 \(3\)/);
  assert.match(stdout, /pc1 .* 7 +Image=C:\\whoami\.exe/);
  assert.match(stderr, /Whoami: 3 matches .*\nThe event store decided/);
});

test("an id, a pipe and JSON; more matches than --max, or an incomplete answer, end with 1", async () => {
  const json = await backtest("w1", "-", "--json", "--max", "3");
  assert.deepEqual(
    json.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
    [ANSWER, ANSWER],
  );
  assert.deepEqual(
    asked.slice(-2).map(({ ruleId, text: sent }) => ruleId ?? sent),
    ["w1", "title: from a pipe\n"],
  );
  assert.equal(json.code, 0);
  assert.equal((await backtest("w1", "--max", "2")).code, 1);
  const long = await backtest("long");
  assert.equal(long.code, 1);
  assert.match(long.stderr, /At least that many: The time was up/);
});

test("of a folder every rule is run, also when one is wrong; alone a wrong rule ends with 2", async () => {
  const all = await backtest(folder);
  assert.equal(all.code, 1);
  assert.match(all.stdout, /^matches +a day +most a day[^\n]*\n[^\n]*\n3 +1\.5 +2 +1 +sql +yes +low +Whoami\n$/);
  assert.match(all.stderr, /b\.yml: Line 1, column 1: no title/);
  assert.equal((await backtest("b.yml")).code, 2);
  assert.equal((await backtest("w1", "--events", "many")).code, 2);
});
