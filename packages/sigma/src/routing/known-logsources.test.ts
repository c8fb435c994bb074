/** known-logsources.test: what is offered to authors is fed, and covers what the corpus of rules uses. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ruleFiles, withoutData } from "../../../../test/recordings.ts";
import { knownLogsources, type Logsource, parseRules } from "../index.ts";
import { isFed } from "./routes.ts";

const keyOf = ({ product, category, service }: Logsource): string => [product, category, service].join(" ");

test("every listed log source is fed, and none is listed twice", () => {
  const listed = knownLogsources();
  assert.deepEqual(
    listed.filter((logsource) => !isFed(logsource)),
    [],
  );
  assert.equal(new Set(listed.map((logsource) => JSON.stringify(logsource))).size, listed.length);
  assert.ok(listed.length > 120, `${listed.length} log sources`);
});

test("nearly every rule of the corpus names a listed one", { skip: withoutData("sigma") }, () => {
  const listed = new Set(knownLogsources().map((logsource) => keyOf(logsource)));
  const { rules } = parseRules(ruleFiles("rules"));
  const others = rules.filter(({ fed, logsource }) => fed && !listed.has(keyOf(logsource)));
  const share = others.length / rules.length;
  const names = [...new Set(others.map(({ logsource }) => JSON.stringify(logsource)))].slice(0, 20).join(" ");
  assert.ok(share < 0.05, `${others.length} of ${rules.length}: ${names}`);
});
