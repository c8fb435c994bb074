/** client.test: parameters can't leave their place in the address, and what is empty is not sent. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { pathOf, problemOf, queryOf } from "./client.ts";

test("a parameter is one escaped segment", () => {
  assert.equal(
    pathOf("/api/incidents/:id/members/:alertId", { id: "../x?y#z", alertId: "a b" }),
    "/api/incidents/..%2Fx%3Fy%23z/members/a%20b",
  );
});

test("a query has what was given", () => {
  assert.equal(queryOf({ q: "a&b=c", limit: 5, cursor: undefined, team: "" }), "?q=a%26b%3Dc&limit=5");
  assert.equal(queryOf({ q: "" }), "");
});

test("any error has a code to quote", () => {
  assert.equal(problemOf(new Error("x")).code, "WEB_FAILED");
  assert.equal(problemOf("x").code, "WEB_FAILED");
});
