/** parse-action: one entry of a step's `do:` list: exactly one action by its kind, and optionally after, on and as. */
import type { MapReader } from "./reading.ts";
import type { Action, ActionKind, PlacedAction } from "./scenario.ts";

export function parseAction(entry: MapReader): PlacedAction | undefined {
  const kinds = entry.keys.filter(isActionKind);
  const [kind] = kinds;
  const after_ms = entry.has("after") ? entry.duration("after") : undefined;
  const on = entry.has("on") ? entry.text("on") : undefined;
  const as = entry.has("as") ? entry.text("as") : undefined;
  if (kind === undefined || kinds.length > 1) {
    entry.problem("do", `an entry needs exactly one action; known: ${Object.keys(READERS).sort().join(", ")}`);
    return undefined;
  }
  const reader = entry.map(kind);
  const action = READERS[kind](reader);
  reader.done();
  entry.done();
  return { action, after_ms, on, as, line: entry.line };
}

const isActionKind = (key: string): key is ActionKind => Object.hasOwn(READERS, key);

const READERS: Readonly<Record<ActionKind, (read: MapReader) => Action>> = {
  process: (read) => ({
    kind: "process",
    id: read.text("id"),
    parent: read.text("parent", "explorer.exe"),
    image: read.text("image"),
    command: read.text("command"),
    integrity: read.text("integrity", ""),
    cwd: read.text("cwd", ""),
  }),
  end: (read) => ({ kind: "end", by: read.text("by") }),
  file: (read) => ({ kind: "file", by: read.text("by"), path: read.text("path") }),
  delete: (read) => ({ kind: "delete", by: read.text("by"), path: read.text("path") }),
  encrypt: (read) => ({
    kind: "encrypt",
    by: read.text("by"),
    folder: read.text("folder"),
    extension: read.text("extension"),
    count: read.number("count"),
    over_ms: read.duration("over"),
  }),
  dns: (read) => ({ kind: "dns", by: read.text("by"), name: read.text("name"), address: read.text("address") }),
  connect: (read) => ({
    kind: "connect",
    by: read.text("by"),
    to: read.text("to"),
    port: read.number("port"),
    count: read.number("count", 1),
    over_ms: read.duration("over", 0),
  }),
  registry: (read) => ({ kind: "registry", by: read.text("by"), key: read.text("key"), value: read.text("value") }),
  access: (read) => ({ kind: "access", by: read.text("by"), target: read.text("target"), mask: read.text("mask") }),
  thread: (read) => ({ kind: "thread", by: read.text("by"), target: read.text("target") }),
  pipe: (read) => ({
    kind: "pipe",
    by: read.text("by"),
    name: read.text("name"),
    created: read.text("event", "created") === "created",
  }),
  script: (read) => ({ kind: "script", by: read.text("by"), text: read.text("text") }),
  logon: (read) => ({
    kind: "logon",
    from: read.text("from"),
    type: read.number("type"),
    package: read.text("package", "Kerberos"),
    failed: read.number("failed", 0),
  }),
  ticket: (read) => ({
    kind: "ticket",
    from: read.text("from"),
    service: read.text("service"),
    encryption: read.text("encryption", "0x12"),
  }),
  service: (read) => ({
    kind: "service",
    name: read.text("name"),
    path: read.text("path"),
    account: read.text("account", "LocalSystem"),
  }),
  task: (read) => ({ kind: "task", name: read.text("name"), command: read.text("command") }),
  share: (read) => ({ kind: "share", from: read.text("from"), share: read.text("share"), path: read.text("path") }),
  "log-cleared": (read) => ({ kind: "log-cleared", channel: read.text("channel", "Security") }),
  defender: (read) => ({ kind: "defender", event: read.text("event"), text: read.text("text") }),
  ssh: (read) => ({
    kind: "ssh",
    from: read.text("from"),
    method: read.text("method", "password"),
    failed: read.number("failed", 0),
  }),
  sudo: (read) => ({ kind: "sudo", command: read.text("command") }),
  shell: (read) => ({
    kind: "shell",
    user: read.text("user", ""),
    exe: read.text("exe"),
    command: read.text("command"),
  }),
  web: (read) => ({
    kind: "web",
    from: read.text("from"),
    method: read.text("method", "GET"),
    url: read.text("url"),
    status: read.number("status", 200),
    agent: read.text("agent", "curl/8.5.0"),
    bytes: read.number("bytes", 512),
    count: read.number("count", 1),
  }),
  cloud: (read) => ({
    kind: "cloud",
    from: read.text("from"),
    service: read.text("service"),
    event: read.text("event"),
    identity: read.text("identity", "IAMUser"),
    parameters: read.text("parameters", "{}"),
  }),
  kubernetes: (read) => ({
    kind: "kubernetes",
    from: read.text("from"),
    verb: read.text("verb"),
    resource: read.text("resource"),
    name: read.text("name", ""),
    namespace: read.text("namespace", ""),
    request: read.text("request", "{}"),
  }),
};
