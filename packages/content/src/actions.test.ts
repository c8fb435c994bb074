/** actions.test: every action and every connector keeps the promises of its contract, without a world: what is planned reaches nothing,
 *  says literally what it does, shows no secret; what changes something can be looked at; what is called reversible can be taken back. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import type { Connector, Ports } from "@holdfast/sdk";
import { catalog } from "./catalog.gen.ts";
import { CONNECTORS, INPUTS, SECRET } from "./samples.testing.ts";

const reached = (): never => assert.fail("a plan reached the world");
const PORTS: Ports = {
  http: reached,
  ssh: reached,
  ldap: reached,
  smtp: reached,
  dns: { query: reached, update: reached },
  crypto: { sha256: () => "0".repeat(64), hmacSha256: () => "0".repeat(64), random: (length) => "x".repeat(length) },
  now: () => 0,
  sleep: reached,
};

function connected(kind: Connector) {
  const sample = CONNECTORS[kind.kind] ?? assert.fail(`${kind.kind} has no sample here`);
  const read = kind.read(sample.settings, sample.secrets);
  if (!read.ok) assert.fail(`${kind.kind}: ${read.reason}`);
  return { read, capabilities: read.connect(PORTS).capabilities };
}

const names = (folder: string, ending: string): string[] =>
  readdirSync(new URL(folder, import.meta.url))
    .filter((name) => name.endsWith(ending))
    .map((name) => name.slice(0, -ending.length))
    .sort();

test("files, catalog and names agree", () => {
  assert.deepEqual(
    catalog.connectors.map(({ kind }) => kind),
    names("./connectors", ".connector.ts"),
  );
  assert.deepEqual(
    catalog.actions.map(({ name }) => name),
    names("./actions", ".action.ts"),
  );
});

for (const kind of catalog.connectors) {
  test(`connector ${kind.kind} offers what it says, names what it reaches, and takes nothing it does not know`, () => {
    const { read, capabilities } = connected(kind);
    assert.deepEqual(Object.keys(capabilities).sort(), [...kind.offers].sort());
    assert.ok(
      read.reaches.length > 0 && read.reaches.every((place) => /^[^\s/]+:\d+$/.test(place)),
      read.reaches.join(" "),
    );
    const sample = CONNECTORS[kind.kind];
    assert.equal(kind.read({ ...sample?.settings, unknown: 1 }, sample?.secrets).ok, false);
    const wrong = kind.read(sample?.settings, { ...sample?.secrets, unknown: SECRET });
    assert.ok(!wrong.ok && !wrong.reason.includes(SECRET));
    assert.match(kind.docs, /^https:\/\//);
    for (const schema of [kind.settings, kind.secrets]) {
      for (const [field, type] of Object.entries(schema.shape))
        assert.ok(
          String((type as { meta?: () => { title?: string } | undefined }).meta?.()?.title ?? "") !== "",
          `${kind.kind}: ${field} has no title for its form`,
        );
    }
  });
}

for (const action of catalog.actions) {
  const carriers = catalog.connectors.filter((kind) => kind.offers.includes(action.capability));
  test(`action ${action.name} plans literally, shows no secret, can be looked at and taken back as it says`, () => {
    assert.ok(carriers.length > 0, "no connector can carry it out");
    assert.ok(action.limits.timeoutMs > 0 && action.limits.perHour > 0);
    const input = INPUTS[action.name] ?? assert.fail("it has no sample here");
    for (const kind of carriers) {
      const { capabilities } = connected(kind);
      const bound = action.bind(capabilities, input);
      if (!bound.ok) assert.fail(`${kind.kind}: ${bound.reason}`);
      if (!bound.perform.ok) assert.fail(`${kind.kind}: ${bound.perform.reason}`);
      assert.ok(bound.targets.length > 0 && bound.targets.every(({ value }) => value !== ""));
      assert.ok(bound.perform.command.length > 0);
      const shown = JSON.stringify([bound.perform.command, bound.undo?.ok === true ? bound.undo.command : []]);
      assert.equal(shown.includes(SECRET), false, shown);
      if (bound.effect === "reversible") assert.equal(bound.undo?.ok, true, "what is reversible has its way back");
      else assert.equal(bound.undo, undefined);
      if (bound.effect !== "read") assert.notEqual(bound.probe, undefined, "what changes something can be looked at");
      const again = action.bind(capabilities, structuredClone(input));
      assert.deepEqual(
        again.ok && again.perform.ok && again.perform.command,
        bound.perform.command,
        "the same input is the same command",
      );
    }
    assert.equal(action.bind({}, input).ok, false, "a connector that cannot is a value, not a crash");
    const able = connected(carriers[0] ?? assert.fail()).capabilities;
    for (const bad of [
      null,
      [],
      "x",
      {},
      { ...input, unknown: 1 },
      ...Object.keys(input).map((field) => ({ ...input, [field]: null })),
    ]) {
      assert.equal(action.bind(able, bad).ok, false, JSON.stringify(bad));
    }
  });
}
