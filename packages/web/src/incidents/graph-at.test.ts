/** graph-at.test: the slider shows what had happened by then: a step is on the path from its alert on, not from the first handshake. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { GraphEdge, GraphNode } from "@holdfast/contracts/investigation";
import { graphAt } from "./graph-at.ts";

const at = (hour: number): string => `2026-11-21T0${hour}:00:00.000Z`;
const node = (id: string): GraphNode => ({
  id,
  kind: "host",
  label: `${id}.corp.example`,
  host: "",
  first: at(1),
  last: at(9),
  alerts: 0,
  severity: null,
  entity: null,
  members: [],
});
const edge = (from: string, to: string, more: Partial<GraphEdge>): GraphEdge => ({
  from,
  to,
  kind: "logon",
  label: "logon",
  query: "",
  count: 1,
  failed: 0,
  first: at(1),
  last: at(9),
  step: null,
  ...more,
});
const data = {
  nodes: ["desk", "files", "db", "printer"].map(node),
  // The file server and the database talk all day long; the attacker takes that way at eight.
  edges: [
    edge("desk", "files", { step: 1, first: at(2) }),
    edge("files", "db", { step: 2 }),
    edge("desk", "printer", { first: at(5) }),
  ],
  path: [
    { step: 1, at: at(2), text: "", from: "desk", to: "files" },
    { step: 2, at: at(8), text: "", from: "files", to: "db" },
  ],
};
const shown = (until: string, pathOnly: boolean) =>
  graphAt(data, until, pathOnly).edges.map(({ from, to, label, strong }) => [from, to, label, strong]);

test("on the path alone, a step appears at its alert and what stands beside it never does", () => {
  assert.deepEqual(shown(at(1), true), []);
  assert.deepEqual(shown(at(4), true), [["desk", "files", "1 logon", true]]);
  assert.deepEqual(shown(at(8), true), [
    ["desk", "files", "1 logon", true],
    ["files", "db", "2 logon", true],
  ]);
  assert.deepEqual(
    graphAt(data, at(4), true).nodes.map(({ title }) => title),
    ["desk", "files"],
  );
});

test("with all that stands beside it, a later step is a tie without a number until then", () => {
  assert.deepEqual(shown(at(4), false), [
    ["desk", "files", "1 logon", true],
    ["files", "db", "logon", false],
  ]);
  assert.equal(graphAt(data, at(9), false).nodes.length, 4);
});
