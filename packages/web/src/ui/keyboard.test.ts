/** keyboard.test: a key press has one name, whatever the layout and the shift key do. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { keyName } from "./keyboard.ts";

const press = (key: string, held: Partial<Record<"ctrlKey" | "metaKey" | "shiftKey" | "altKey", boolean>> = {}) =>
  keyName({ key, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...held });

test("names of keys", () => {
  assert.equal(press("j"), "j");
  assert.equal(press("X", { shiftKey: true }), "shift+x");
  assert.equal(press("?", { shiftKey: true }), "?");
  assert.equal(press("k", { metaKey: true }), "mod+k");
  assert.equal(press("K", { ctrlKey: true }), "mod+k");
  assert.equal(press(" "), "Space");
  assert.equal(press("Enter", { shiftKey: true }), "shift+Enter");
});
