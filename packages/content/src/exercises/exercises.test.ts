/** exercises: every exercise runs on the demo's estate, its records are read by our parsers, its attack raises the alerts that the
 *  story needs, and its ordinary day raises next to none. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { estateFile } from "@holdfast/contracts/estate-file";
import { castProblems, generate, parseScenario, type ScenarioRecord } from "@holdfast/scenario";
import { createNormaliser, decodeRecord } from "@holdfast/sdk";
import { compile, type Match, parseRules } from "@holdfast/sigma";
import { parse } from "yaml";
import { catalog } from "../catalog.gen.ts";

const START = Date.UTC(2026, 10, 21, 17, 20, 0);
const here = new URL(".", import.meta.url);
const estate = estateFile.parse(parse(readFileSync(new URL("../../estate/demo.yaml", here), "utf8")));
const exercises = readdirSync(here).filter((name) => name.endsWith(".yml") && !name.endsWith(".exercise.yml"));

const rulesFolder = new URL("../rules/", here);
const files = readdirSync(rulesFolder, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".yml") && !path.endsWith(".cases.yml"))
  .map((path) => ({ path, text: readFileSync(new URL(path, rulesFolder), "utf8") }));
const engine = compile(parseRules(files).rules);
const normalise = createNormaliser(catalog.parsers);

/** "host rule"; records of the cloud account and the cluster stand on those. */
const RAISED: Readonly<Record<string, readonly string[]>> = {
  "payroll-intrusion": [
    "fin-ws-01 connection-from-writable-folder",
    "fin-ws-01 defender-protection-disabled",
    "fin-ws-01 defender-weakened-by-powershell",
    "fin-ws-01 domain-trust-discovery",
    "fin-ws-01 executable-dropped-by-script-host",
    "fin-ws-01 lsass-memory-access",
    "fin-ws-01 memory-dump-file",
    "fin-ws-01 office-starts-script-host",
    "fin-ws-01 powershell-download-cradle",
    "fin-ws-01 powershell-encoded-command",
    "fin-ws-01 powershell-hidden-window",
    "fin-ws-01 privileged-group-query",
    "fin-ws-01 remote-service-created",
    "fin-ws-01 risky-attachment-saved",
    "fin-ws-01 run-key-to-user-path",
    "fin-ws-01 rundll32-memory-dump",
    "fin-ws-01 script-from-temporary-folder",
    "fin-ws-01 script-host-resolves-name",
    "fin-ws-01 task-created-from-user-path",
    "fin-ws-01 task-registered-with-shell",
    "fin-ws-01 whoami-full",
    "fs-01 boot-recovery-disabled",
    "fs-01 document-with-added-extension",
    "fs-01 event-log-cleared-by-command",
    "fs-01 network-logon-by-ntlm",
    "fs-01 program-written-to-admin-share",
    "fs-01 ransom-note-written",
    "fs-01 remote-console-pipe",
    "fs-01 security-log-cleared",
    "fs-01 service-from-unusual-path",
    "fs-01 shadow-copies-deleted",
    "fs-01 whoami-as-system",
    "fs-01 wmi-remote-process",
    "pay-db-01 archive-with-password",
    "pay-db-01 cloud-copy-tool",
    "pay-db-01 connection-from-writable-folder",
    "pay-db-01 database-bulk-export",
    "pay-db-01 document-with-added-extension",
    "pay-db-01 executable-dropped-by-script-host",
    "pay-db-01 network-logon-by-ntlm",
    "pay-db-01 powershell-hidden-window",
    "pay-db-01 protected-services-stopped",
    "pay-db-01 ransom-note-written",
    "pay-db-01 shadow-copies-deleted",
    "pay-db-01 wmi-provider-starts-shell",
  ],
  "webshop-takeover": [
    "web-01 scanner-by-name",
    "web-01 path-traversal",
    "web-01 sql-injection",
    "web-01 web-shell-access",
    "web-01 web-server-account-runs-shell",
    "web-01 reverse-shell-command",
    "web-01 program-from-temporary-folder",
    "web-01 setuid-bit-set",
    "web-01 password-hashes-read",
    "web-01 log-files-removed",
    "web-01 audit-switched-off",
    "kubernetes/shop secrets-listed",
    "kubernetes/shop command-in-pod",
    "kubernetes cluster-admin-granted",
    "aws:111122223333 access-key-for-other-user",
    "aws:111122223333 audit-trail-stopped",
    "aws:111122223333 bucket-made-public",
  ],
  "shop-flood": ["web-01 request-refused-for-overload", "web-01 scanner-by-name"],
  "stolen-credentials": [
    "fs-01 failed-windows-logon",
    "fs-01 network-logon-by-ntlm",
    "aws:111122223333 access-key-for-other-user",
    "aws:111122223333 audit-trail-stopped",
  ],
  "insider-theft": ["fin-ws-03 archive-with-password", "fin-ws-03 cloud-copy-tool"],
  "update-breaks-logins": ["dc-01 failed-windows-logon", "dc-01 network-logon-by-ntlm"],
  "change-blinds-sensor": [
    "web-01 audit-switched-off",
    "web-02 audit-switched-off",
    "fin-ws-04 defender-protection-disabled",
    "fin-ws-04 powershell-download-cradle",
    "fin-ws-04 powershell-hidden-window",
  ],
};

interface Hit {
  readonly record: ScenarioRecord;
  readonly rule: string;
  readonly match: Match;
  readonly host: string;
}

for (const name of exercises) {
  const parsed = parseScenario(readFileSync(new URL(name, here), "utf8"));

  test(`${name} is read, named after its id, and its cast is in the estate`, () => {
    assert.ok(parsed.ok, JSON.stringify(parsed));
    assert.equal(`${parsed.scenario.id}.yml`, name);
    assert.deepEqual(castProblems(parsed.scenario, estate), []);
  });

  test(`${name}: no record is unclassified, every time survives`, () => {
    const { events } = play(name);
    for (const { record, event } of events) {
      assert.notEqual(event.class_name, "unclassified", record.text);
      // The old gateways write RFC 3164, which has neither year nor zone.
      const assumed = record.input === "syslog-udp" ? /no zone/ : /^$/;
      assert.deepEqual(
        event.notes.filter((note) => !assumed.test(note)),
        [],
        record.text,
      );
      assert.ok(Math.abs(event.columns.time_ms - record.at_ms) <= 1000, record.text);
    }
  });
}

test("payroll-intrusion: a day of ordinary size, made quickly", () => {
  const started = performance.now();
  const { records } = play("payroll-intrusion.yml");
  assert.ok(records.length >= 25_000 && records.length <= 40_000, String(records.length));
  assert.ok(performance.now() - started < 30_000);
  const first = records.find((record) => record.label === "attack");
  const end = START + 86_400_000;
  assert.ok(first !== undefined && end - first.at_ms < 3 * 3_600_000, "the attack lies in the last hours");
});

for (const [id, expected] of Object.entries(RAISED)) {
  test(`${id}: the attack raises these rules on these hosts`, () => {
    const raised = new Set(
      play(`${id}.yml`)
        .hits.filter(isAttack)
        .map((hit) => `${hit.host} ${hit.rule}`),
    );
    assert.deepEqual([...raised].sort(), [...expected].sort());
  });

  test(`${id}: the ordinary day raises only a few natural low ones, whatever the seed`, () => {
    const natural = new Set(["failed-windows-logon", "ssh-failed-password", "sudo-to-root-shell"]);
    for (const seed of ["demo", "two"]) {
      const hits = play(`${id}.yml`, seed).hits.filter((hit) => !isAttack(hit));
      assert.deepEqual(
        hits.filter((hit) => !natural.has(hit.rule)).map((hit) => `${hit.host} ${hit.rule} ${hit.record.text}`),
        [],
      );
      assert.ok(hits.every((hit) => hit.match.rule.level === "low"));
      assert.ok(hits.length <= 40, `${hits.length} hits`);
    }
  });
}

test("every exercise says here what it raises", () => {
  assert.deepEqual(exercises.map((name) => name.replace(/\.yml$/, "")).sort(), Object.keys(RAISED).sort());
});

test("payroll-intrusion: the attack covers most tactics", () => {
  const tactics = new Set(
    play("payroll-intrusion.yml")
      .hits.filter(isAttack)
      .flatMap((hit) => hit.match.rule.attack.tactics),
  );
  for (const tactic of [
    "initial-access",
    "execution",
    "persistence",
    "defense-impairment",
    "credential-access",
    "discovery",
    "lateral-movement",
    "collection",
    "exfiltration",
    "impact",
  ])
    assert.ok(tactics.has(tactic), tactic);
});

const isAttack = (hit: Hit): boolean => hit.record.label === "attack";

const played = new Map<string, ReturnType<typeof playOnce>>();

function play(name: string, seed = "demo"): ReturnType<typeof playOnce> {
  const known = played.get(`${name}/${seed}`);
  if (known !== undefined) return known;
  const fresh = playOnce(name, seed);
  played.set(`${name}/${seed}`, fresh);
  return fresh;
}

function playOnce(name: string, seed: string) {
  const parsed = parseScenario(readFileSync(new URL(name, here), "utf8"));
  assert.ok(parsed.ok);
  const records = [...generate(parsed.scenario, { seed, startMs: START, estate })];
  const events = records.map((record) => ({
    record,
    event: normalise(
      decodeRecord({ text: record.text, received: record.at_ms + 200, peer: "192.0.2.9", kind: record.input }),
    ),
  }));
  const hits: Hit[] = events.flatMap(({ record, event }) =>
    engine.match({ fields: event.fields, logsource: event.logsource, text: record.text }).map((match) => ({
      record,
      match,
      rule: match.rule.path.replace(/^.*\//, "").replace(/\.yml$/, ""),
      host: event.columns.host.replace(/\..*$/, ""),
    })),
  );
  return { records, events, hits };
}
