/** sealer.test: what is sealed opens only whole, for the same use, in the same home. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isAppError } from "../errors/index.ts";
import { createSealer } from "./sealer.ts";

const sealer = createSealer({ get: () => "k".repeat(43) });
const refused = (work: () => unknown) =>
  assert.throws(work, (error) => isAppError(error) && error.code === "SECRETS_UNREADABLE");

test("a secret opens for the use it was sealed for, and never looks the same twice", () => {
  const plain = "xoxb-Grüße\n\0 and more";
  const first = sealer.seal(plain, "connector/1/token");
  assert.equal(sealer.open(first, "connector/1/token"), plain);
  assert.notEqual(sealer.seal(plain, "connector/1/token"), first);
  assert.ok(!first.includes("xoxb"));
});

test("a secret moved to another use, changed in any byte, cut short, or brought to another home does not open", () => {
  const sealed = sealer.seal("secret", "connector/1/token");
  refused(() => sealer.open(sealed, "connector/2/token"));
  refused(() => createSealer({ get: () => "o".repeat(43) }).open(sealed, "connector/1/token"));
  const [version = "", ...parts] = sealed.split(".");
  parts.forEach((part, index) => {
    const bytes = Buffer.from(part, "base64url");
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      refused(() =>
        sealer.open([version, ...parts.with(index, changed.toString("base64url"))].join("."), "connector/1/token"),
      );
    }
    refused(() => sealer.open([version, ...parts.with(index, part.slice(0, 4))].join("."), "connector/1/token"));
  });
  for (const text of ["", "v1", "v2.a.b.c", "v1...", "secret"]) refused(() => sealer.open(text, "connector/1/token"));
});
