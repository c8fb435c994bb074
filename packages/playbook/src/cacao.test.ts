/** cacao.test: playbooks convert to and from CACAO v2 without loss, held against the published schemas and examples. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import fc from "fast-check";
import { fromCacao, type Json, type JsonObject, type Playbook, readPlaybook, toCacao, writePlaybook } from "./index.ts";
import { foreignDocument } from "./foreign.testing.ts";
import { EVERYTHING, generatedPlaybook } from "./testing.ts";

const data = join(
  process.env["HOLDFAST_TEST_DATA"] ?? fileURLToPath(new URL("../../../../shared/data", import.meta.url)),
  "cacao",
);
const skip = existsSync(data) ? false : "the CACAO schemas and examples are not there (HOLDFAST_TEST_DATA)";

describe("playbooks and CACAO", () => {
  test("a playbook with every kind of step comes back from CACAO as it left", () => {
    const read = readPlaybook(EVERYTHING);
    assert.ok(read.ok, JSON.stringify(read.problems));
    const document = toCacao(read.playbook, { created: "2026-11-22T08:00:00.000Z" });
    assert.deepEqual(fromCacao(document), { ok: true, playbook: read.playbook, problems: [] });
    const types = Object.values(document["workflow"] as JsonObject).map((step) => (step as JsonObject)["type"]);
    assert.deepEqual([...new Set(types)].sort(), [
      "action",
      "end",
      "if-condition",
      "parallel",
      "playbook-action",
      "start",
      "switch-condition",
      "while-condition",
    ]);
  });

  test("any playbook survives YAML and CACAO, and any CACAO document survives us", () => {
    fc.assert(
      fc.property(generatedPlaybook, (playbook) => {
        const yaml = readPlaybook(writePlaybook(playbook));
        assert.ok(yaml.ok, JSON.stringify(yaml.problems));
        assert.deepEqual(yaml.playbook, playbook);
        const document = toCacao(playbook);
        const back = fromCacao(document);
        assert.ok(back.ok, JSON.stringify(back.problems));
        assert.deepEqual(back.playbook, playbook);

        // As another tool would give it: without our extension.
        const foreign = without(document, "playbook_extensions", "extension_definitions");
        const imported = fromCacao(foreign);
        assert.ok(imported.ok, JSON.stringify(imported.problems));
        assert.deepEqual(toCacao(reread(imported.playbook)), foreign);
      }),
      { numRuns: 60 },
    );
  });

  test("a document with a field named __proto__ is refused with its place, wherever it is, and loses nothing in silence", () => {
    const read = readPlaybook(EVERYTHING);
    assert.ok(read.ok);
    const text = JSON.stringify(toCacao(read.playbook));
    const [, step = ""] = /"(action--[0-9a-f-]+)":\{/.exec(text) ?? [];
    for (const [where, poisoned] of [
      ["__proto__", text.replace("{", '{"__proto__":{"labels":["x"]},')],
      [`workflow.${step}.__proto__`, text.replace(`"${step}":{`, `"${step}":{"__proto__":1,`)],
      ["labels.0.__proto__", JSON.stringify({ ...JSON.parse(text), labels: [0] }).replace("[0]", '[{"__proto__":{}}]')],
    ] as const) {
      assert.notEqual(poisoned, text);
      const taken = fromCacao(JSON.parse(poisoned));
      assert.equal(taken.ok, false);
      assert.deepEqual(
        taken.problems.map(({ at }) => at),
        [where],
      );
      assert.match(taken.problems[0]?.message ?? "", /__proto__ cannot be kept/);
    }
  });

  test("any document of another tool comes back as it was: every field of every object, known to us or not", () => {
    fc.assert(
      fc.property(foreignDocument, (document) => {
        const imported = fromCacao(document);
        assert.ok(imported.ok, JSON.stringify(imported.problems));
        assert.deepEqual(toCacao(reread(imported.playbook)), document);
      }),
      { numRuns: 300 },
    );
  });

  test("what another tool changed in our export counts, and the rest stays", () => {
    const read = readPlaybook(EVERYTHING);
    assert.ok(read.ok);
    const document = { ...toCacao(read.playbook), name: "Renamed elsewhere" };
    const back = fromCacao(document);
    assert.ok(back.ok, JSON.stringify(back.problems));
    assert.equal(back.playbook.name, "Renamed elsewhere");
    assert.deepEqual(Object.keys(back.playbook.steps).length, Object.keys(read.playbook.steps).length + 1);
  });

  test("is told where a document is not readable", () => {
    assert.deepEqual(fromCacao({ type: "playbook", spec_version: "cacao-1.1" }).problems[0]?.at, "spec_version");
    const noStart = fromCacao({ type: "playbook", spec_version: "cacao-2.0", workflow: { a: { type: "end" } } });
    assert.equal(noStart.problems[0]?.at, "workflow_start");
    assert.deepEqual(fromCacao("x").ok, false);
  });

  describe("with the published schemas and examples", { skip }, () => {
    test("each example imports, and exports as it was, also by way of YAML", () => {
      const names = readdirSync(join(data, "examples"));
      assert.ok(names.length >= 6);
      for (const name of names) {
        const document: Json = JSON.parse(readFileSync(join(data, "examples", name), "utf8"));
        const read = fromCacao(document);
        assert.ok(read.ok, `${name}: ${JSON.stringify(read.problems)}`);
        assert.deepEqual(toCacao(reread(read.playbook)), document, name);
      }
    });

    test("what we export is valid CACAO", () => {
      const validate = cacaoSchemas(join(data, "schemas"));
      const read = readPlaybook(EVERYTHING);
      assert.ok(read.ok);
      assert.deepEqual(validate(toCacao(read.playbook)), []);
      assert.notDeepEqual(validate({ ...toCacao(read.playbook), workflow_start: "nowhere" }), []);
      fc.assert(
        fc.property(generatedPlaybook, (playbook) => assert.deepEqual(validate(toCacao(playbook)), [])),
        { numRuns: 30 },
      );
    });
  });
});

function reread(playbook: Playbook): Playbook {
  const read = readPlaybook(writePlaybook(playbook));
  assert.ok(read.ok, JSON.stringify(read.problems));
  return read.playbook;
}

function without(document: JsonObject, ...keys: string[]): JsonObject {
  return Object.fromEntries(Object.entries(document).filter(([key]) => !keys.includes(key)));
}

/** What is wrong with a document by the published schemas. */
function cacaoSchemas(directory: string): (document: unknown) => unknown[] {
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  for (const name of readdirSync(directory, { recursive: true, encoding: "utf8" })) {
    if (name.endsWith(".json")) ajv.addSchema(looser(JSON.parse(readFileSync(join(directory, name), "utf8"))));
  }
  const validate = ajv.getSchema(
    "https://raw.githubusercontent.com/oasis-open/cacao-json-schemas/main/schemas/playbook.json",
  );
  return (document) => (validate?.(document) === true ? [] : (validate?.errors ?? ["no schema"]));
}

/** The schemas call themselves draft 7 and use a keyword of a later one, which draft 7 does not know. */
function looser(schema: object): object {
  return { ...schema, $schema: "http://json-schema.org/draft-07/schema#" };
}
