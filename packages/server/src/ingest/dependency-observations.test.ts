/** dependency-observations: what a block says about who calls whom: connections in their right direction, without refused ones, own
 *  machine and client ports; spans by their side; and no more of a kind than fits. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CLASSES } from "@holdfast/ocsf";
import { EVENT_DEFAULTS, type EventColumns } from "@holdfast/sdk";
import { createDependencyLog } from "./dependency-observations.ts";

const flow = (part: Partial<EventColumns>): EventColumns => ({
  ...EVENT_DEFAULTS,
  class_uid: CLASSES.network_activity.uid,
  time_ms: 1_000,
  src_ip: "192.0.2.1",
  src_port: 50_000,
  dst_ip: "192.0.2.2",
  dst_port: 5432,
  ...part,
});

test("connections: an answer is the same connection, and what nobody serves is none", () => {
  const log = createDependencyLog();
  log.add(flow({}), {});
  log.add(flow({ time_ms: 3_000, src_ip: "192.0.2.2", src_port: 5432, dst_ip: "192.0.2.1", dst_port: 50_000 }), {});
  for (const none of [
    { status_id: 2 },
    { dst_ip: "127.0.0.1" },
    { dst_ip: "192.0.2.1" },
    { dst_port: 60_000 },
    { dst_port: 0 },
    { dst_ip: "" },
  ])
    log.add(flow(none), {});
  assert.deepEqual(log.result().flows, [
    { from: "192.0.2.1", to: "192.0.2.2", port: 5432, firstMs: 1_000, lastMs: 3_000, count: 2 },
  ]);
});

test("spans: each side with its parent, what a client names, and nothing of what stays inside", () => {
  const log = createDependencyLog();
  const span = (part: Partial<EventColumns>, fields: Record<string, string>): void =>
    log.add(
      { ...EVENT_DEFAULTS, channel: "trace", product: "shop", session: "t1", time_ms: 5, ...part },
      { spanId: "s1", parentSpanId: "", ...fields },
    );
  span({ peer_host: "db-1" }, { spanKind: "client", "db.system": "postgresql" });
  span({ peer_host: "10.0.0.9" }, { spanId: "s2", spanKind: "producer", "peer.service": "queue" });
  span({ product: "payments" }, { spanId: "s3", spanKind: "server", parentSpanId: "s1" });
  span({}, { spanId: "s4", spanKind: "internal" });
  span({ product: "" }, { spanId: "s5", spanKind: "client" });
  span({ peer_host: "localhost" }, { spanId: "s6", spanKind: "client" });
  const { spans, calls } = log.result();
  assert.deepEqual(
    spans.map(({ id, parent, service, side }) => [id, parent, service, side]),
    [
      ["t1s1", "", "shop", "client"],
      ["t1s2", "", "shop", "client"],
      ["t1s3", "t1s1", "payments", "server"],
      ["t1s6", "", "shop", "client"],
    ],
  );
  assert.deepEqual(
    calls.map(({ peer, peerKind, detail }) => [peer, peerKind, detail]),
    [
      ["db-1", "host", "postgresql"],
      ["queue", "service", ""],
    ],
  );
});

test("a block of inventions fills its lists and no more, and what did not fit is counted", () => {
  const log = createDependencyLog();
  for (let n = 0; n < 3_000; n += 1) log.add(flow({ dst_port: 1 + n }), {});
  assert.deepEqual([log.result().flows.length, log.dropped()], [2_000, 1_000]);
});
