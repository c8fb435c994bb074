/** osquery: the remote settings of osqueryd: a host enrols with the key of a source as its secret, asks what to look for and what people
 *  want to know, and sends results and status lines. The node key is the source's key with the host's name, so nothing has to be remembered: a replaced key ends it. */
import type { AppError } from "../../platform/errors/index.ts";
import type { HostQueries } from "../host-queries.ts";
import type { RawAnswer } from "../raw-answer.ts";
import type { StoredSource } from "../source-store.ts";
import { answer, inWords, type ProtocolCall, type ProtocolDoor, type ProtocolEndpoint } from "./protocol.ts";

/** The paths that deployments already have in their flags. */
const PREFIXES = ["/api/osquery", "/api/v1/osquery"];
const LONGEST_NAME = 255;

export function createOsquery(door: ProtocolDoor, questions: HostQueries): ProtocolEndpoint[] {
  const sourceOf = (token: string): StoredSource =>
    door.sourceOf({ request: { headers: {} }, query: new URLSearchParams({ token }) });

  async function enroll(body: Record<string, unknown> | undefined): Promise<RawAnswer> {
    if (body === undefined) return answer(400, { error: "the body is no JSON object", node_invalid: true });
    const secret = textOf(body["enroll_secret"]);
    sourceOf(secret);
    const host = textOf(body["host_identifier"]).slice(0, LONGEST_NAME);
    return answer(200, { node_key: `${secret}.${Buffer.from(host).toString("base64url")}`, node_invalid: false });
  }

  async function config(body: Record<string, unknown> | undefined): Promise<RawAnswer> {
    sourceOf(keyOf(body));
    return answer(200, { ...CONFIG, node_invalid: false });
  }

  async function log(body: Record<string, unknown> | undefined, call: ProtocolCall): Promise<RawAnswer> {
    const source = sourceOf(keyOf(body));
    door.admit(source);
    const data = body?.["data"];
    if (!Array.isArray(data)) return answer(400, { error: "data is no list", node_invalid: false });
    const texts = data.map((entry: unknown) => Buffer.from(JSON.stringify(entry)));
    const records = texts.filter((text) => text.length <= door.recordBytes);
    await door.append(source, call, records);
    door.reject(source, texts.length - records.length, "too-large");
    return answer(200, { node_invalid: false });
  }

  async function read(body: Record<string, unknown> | undefined): Promise<RawAnswer> {
    const node = { source: sourceOf(keyOf(body)).id, host: hostOf(body) };
    return answer(200, { queries: await questions.take(node), node_invalid: false });
  }

  async function write(body: Record<string, unknown> | undefined, call: ProtocolCall): Promise<RawAnswer> {
    const source = sourceOf(keyOf(body));
    door.admit(source);
    const said = {
      rows: within(body, "queries"),
      statuses: within(body, "statuses"),
      messages: within(body, "messages"),
    };
    const { records, kept } = await questions.answered({ source: source.id, host: hostOf(body) }, said);
    await door.append(source, call, records);
    await kept();
    return answer(200, { node_invalid: false });
  }

  type Handle = (body: Record<string, unknown> | undefined, call: ProtocolCall) => Promise<RawAnswer>;
  const endpoint = (path: string, handle: Handle): ProtocolEndpoint => ({
    methods: ["POST"],
    paths: PREFIXES.map((prefix) => `${prefix}/${path}`),
    // The key stands in the body, so the body comes first.
    handle: (call) => inWords(() => door.read(call, (body) => handle(objectOf(body), call)), refuse),
  });
  return [
    endpoint("enroll", enroll),
    endpoint("config", config),
    endpoint("log", log),
    endpoint("distributed/read", read),
    endpoint("distributed/write", write),
  ];
}

/** What a host looks for: who is on it, what runs and listens, and what is installed. */
const CONFIG = {
  options: { host_identifier: "hostname", schedule_splay_percent: 10 },
  schedule: {
    os_version: { query: "SELECT name, version, platform, arch FROM os_version;", interval: 86_400, snapshot: true },
    users: { query: "SELECT uid, gid, username, directory, shell FROM users;", interval: 3_600 },
    logged_in_users: { query: "SELECT user, host, tty, time, pid FROM logged_in_users;", interval: 300 },
    listening_ports: {
      query:
        "SELECT p.name, p.path, l.pid, l.port, l.protocol, l.address FROM listening_ports l JOIN processes p USING (pid);",
      interval: 600,
    },
    deb_packages: { query: "SELECT name, version, arch FROM deb_packages;", interval: 86_400, platform: "linux" },
    rpm_packages: { query: "SELECT name, version, arch FROM rpm_packages;", interval: 86_400, platform: "linux" },
    programs: { query: "SELECT name, version, publisher FROM programs;", interval: 86_400, platform: "windows" },
  },
};

function keyOf(body: Record<string, unknown> | undefined): string {
  const nodeKey = textOf(body?.["node_key"]);
  const dot = nodeKey.indexOf(".");
  return dot < 0 ? nodeKey : nodeKey.slice(0, dot);
}

/** The name with which it enrolled. */
function hostOf(body: Record<string, unknown> | undefined): string {
  const nodeKey = textOf(body?.["node_key"]);
  const dot = nodeKey.indexOf(".");
  return dot < 0
    ? ""
    : Buffer.from(nodeKey.slice(dot + 1), "base64url")
        .toString("utf8")
        .slice(0, LONGEST_NAME);
}

function within(body: Record<string, unknown> | undefined, name: string): Record<string, unknown> {
  const value = body?.[name];
  return isRecord(value) ? value : {};
}

/** A host whose key is not valid any more is told to enrol anew. */
function refuse(refusal: AppError): RawAnswer {
  const { status, message: error } = refusal;
  return status === 401 || status === 403
    ? answer(200, { error, node_invalid: true })
    : answer(status, { error, node_invalid: false });
}

function objectOf(bytes: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
