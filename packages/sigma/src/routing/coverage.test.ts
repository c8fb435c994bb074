/** coverage: every log source that the corpus' own lists name is routed: its category or service, by channel, id and type. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { ruleFiles, withoutData } from "../../../../test/recordings.ts";
import { compile, type Logsource, parseRules } from "../index.ts";
import { isFed } from "./routes.ts";

const ROOT = process.env["HOLDFAST_TEST_DATA"] ?? join(import.meta.dirname, "../../../../../shared/data");

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function sourcesIn(file: string): Fields {
  const raw: unknown = parse(readFileSync(join(ROOT, "sigma", file), "utf8"));
  assert.ok(isFields(raw));
  return raw;
}

/** One rule for all of the source's events; the events decide. */
function engineFor(logsource: Logsource): (fields: Fields) => boolean {
  const rule = { title: "t", logsource, detection: { s: { mark: "x" }, condition: "s" } };
  const engine = compile(parseRules([{ path: "t.yml", text: JSON.stringify(rule) }]).rules);
  return (fields) => engine.match({ fields: { ...fields, mark: "x" } }).length === 1;
}

function texts(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).filter((entry) => typeof entry === "string");
}

test("every Windows source of the corpus' list is fed by its channel, event id and event type, and by no other", {
  skip: withoutData("sigma"),
}, () => {
  const { logsources } = sourcesIn("logsources.thor.yml");
  assert.ok(isFields(logsources));
  const entries = Object.values(logsources).filter(isFields);
  const channels = new Map<string, string[]>();
  for (const { product, service, sources } of entries) {
    if (product === "windows" && typeof service === "string") {
      channels.set(
        service,
        texts(sources).map((source) => source.replace("WinEventLog:", "")),
      );
    }
  }
  let checked = 0;
  for (const entry of entries) {
    if (entry["product"] !== "windows") continue;
    const { product, category, service, conditions = {}, rewrite } = entry;
    assert.ok(isFields(conditions));
    const through = isFields(rewrite) ? rewrite["service"] : service;
    const fires = engineFor({
      product,
      ...(typeof category === "string" ? { category } : {}),
      ...(typeof service === "string" ? { service } : {}),
    });
    const ids: readonly unknown[] = [conditions["EventID"] ?? 1].flat();
    const type = conditions["EventType"];
    for (const channel of channels.get(String(through)) ?? []) {
      for (const id of ids) {
        const event = { Channel: channel, EventID: id, ...(type === undefined ? {} : { EventType: type }) };
        assert.ok(fires(event), `${JSON.stringify(entry)} is not fed by ${JSON.stringify(event)}`);
        assert.ok(!fires({ ...event, Channel: "Some/Other" }), `${JSON.stringify(entry)} is fed by any channel`);
        if (conditions["EventID"] !== undefined) assert.ok(!fires({ ...event, EventID: 65_000 }));
        checked++;
      }
    }
  }
  assert.ok(checked >= 90, `only ${checked}`);
});

/** Kernel traces that no log channel carries. */
const NOT_FED = ["windows/file_access", "windows/file_rename"];

test("every log source of the corpus' field list is known", { skip: withoutData("sigma") }, () => {
  const { legit } = sourcesIn("logsources.json");
  assert.ok(isFields(legit));
  const unknown: string[] = [];
  let known = 0;
  for (const [product, kinds] of Object.entries(legit)) {
    assert.ok(isFields(kinds));
    for (const key of ["category", "service"] as const) {
      for (const name of Object.keys(isFields(kinds[key]) ? kinds[key] : {})) {
        if (isFed({ ...(product === "empty" ? {} : { product }), [key]: name })) known++;
        else unknown.push(`${product}/${name}`);
      }
    }
  }
  assert.deepEqual(unknown, NOT_FED);
  assert.ok(known > 120, `only ${known}`);
});

test("every log source outside Windows that a rule has is fed by events that state it", {
  skip: withoutData("sigma"),
}, () => {
  const { rules } = parseRules(
    ruleFiles("rules", "rules-emerging-threats", "rules-threat-hunting", "rules-compliance"),
  );
  const sources = new Map(rules.map(({ logsource }) => [JSON.stringify(logsource), logsource]));
  for (const logsource of sources.values()) {
    if (logsource.product === "windows") continue;
    const rule = { title: "t", logsource, detection: { s: { mark: "x" }, condition: "s" } };
    const engine = compile(parseRules([{ path: "t.yml", text: JSON.stringify(rule) }]).rules);
    assert.equal(engine.match({ fields: { mark: "x" }, logsource }).length, 1, JSON.stringify(logsource));
    assert.equal(engine.match({ fields: { mark: "x" }, logsource: { product: "nobody" } }).length, 0);
  }
  assert.ok(sources.size > 100);
});
