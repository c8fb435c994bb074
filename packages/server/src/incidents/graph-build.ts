/** graph-build: events of an incident to a graph that reads from left to right: where it came from, who acted where, what was
 *  started, what was reached. What alerted is the attacker's path, numbered in time; the rest stands beside it. Pure. */
import type { GraphEdge, GraphNode, IncidentGraph } from "@holdfast/contracts/investigation";
import { SEVERITIES, type Severity } from "@holdfast/contracts/model";
import type { Activity, Flow } from "./activity-store.ts";

export interface GraphInput {
  readonly events: readonly (Activity & { readonly severity: Severity | null })[];
  readonly flows: readonly Flow[];
  /** Address, or short name in lower case -> host, as the estate and the incident know it. */
  readonly hostOf: ReadonlyMap<string, string>;
}

export interface Built {
  readonly nodes: GraphNode[];
  readonly edges: GraphEdge[];
  readonly path: IncidentGraph["path"];
}

type Kind = Exclude<GraphNode["kind"], "group">;

interface Link {
  readonly from: string;
  readonly to: string;
  readonly kind: GraphEdge["kind"];
  readonly label: string;
  readonly query: string;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly count: number;
  readonly failed: number;
  readonly alerting: boolean;
}

export function buildGraph({ events, flows, hostOf }: GraphInput): Built {
  const nodes = new Map<string, GraphNode>();
  const edges = new Map<string, Drawn>();
  const see = (kind: Kind, given: string, seen: Seen): string => {
    const value = kind === "host" ? fullName(given, hostOf) : given;
    const at = { ...seen, host: fullName(seen.host, hostOf) };
    const id =
      kind === "process" || kind === "file"
        ? `${kind}:${at.host.toLowerCase()}:${fileName(value)}`
        : `${kind}:${value.toLowerCase()}`;
    const before = nodes.get(id);
    const alerts = at.severity === null ? 0 : 1;
    if (before === undefined) {
      nodes.set(id, {
        id,
        kind,
        label: kind === "process" || kind === "file" ? fileName(value) : value,
        host: kind === "process" || kind === "file" ? at.host : "",
        first: iso(at.firstMs),
        last: iso(at.lastMs),
        alerts,
        severity: at.severity,
        entity: { kind, value },
        members: [],
      });
    } else {
      nodes.set(id, {
        ...before,
        first: iso(at.firstMs) < before.first ? iso(at.firstMs) : before.first,
        last: iso(at.lastMs) > before.last ? iso(at.lastMs) : before.last,
        alerts: before.alerts + alerts,
        severity: worse(before.severity, at.severity),
      });
    }
    return id;
  };
  const tie = (link: Link): void => {
    if (link.from === link.to) return;
    const key = `${link.from}\n${link.to}`;
    const before = edges.get(key);
    const own = { first: iso(link.firstMs), last: iso(link.lastMs) };
    edges.set(key, {
      from: link.from,
      to: link.to,
      kind: before?.kind ?? link.kind,
      label: before === undefined || before.label === link.label ? link.label : joined(before.label, link.label),
      query: before?.query ?? link.query,
      count: (before?.count ?? 0) + link.count,
      failed: (before?.failed ?? 0) + link.failed,
      first: before !== undefined && before.first < own.first ? before.first : own.first,
      last: before !== undefined && before.last > own.last ? before.last : own.last,
      alertMs: Math.min(
        before?.alertMs ?? Number.POSITIVE_INFINITY,
        link.alerting ? link.firstMs : Number.POSITIVE_INFINITY,
      ),
      step: null,
    });
  };
  for (const event of events) addEvent({ event, see, tie, hostOf });
  for (const flow of flows) addFlow({ flow, see, tie, hostOf });
  return { nodes: [...nodes.values()], ...numbered(withoutDetours([...edges.values()]), nodes) };
}

interface Drawn extends GraphEdge {
  /** When it first alerted; infinite when it never did. */
  readonly alertMs: number;
}

/** A program whose parent is known was started by that one: that it runs on its host says nothing more. */
function withoutDetours(edges: readonly Drawn[]): Drawn[] {
  const started = new Set(
    edges.filter(({ kind, from }) => kind === "process" && from.startsWith("process:")).map(({ to }) => to),
  );
  return edges.filter(({ kind, from, to }) => kind !== "process" || !from.startsWith("host:") || !started.has(to));
}

/** Some logs say web-1, others web-1.corp.example: one host. */
function fullName(name: string, hostOf: ReadonlyMap<string, string>): string {
  return hostOf.get(name.toLowerCase()) ?? name;
}

interface Seen {
  readonly host: string;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly severity: Severity | null;
}

interface Adding {
  readonly see: (kind: Kind, value: string, at: Seen) => string;
  readonly tie: (link: Link) => void;
  readonly hostOf: ReadonlyMap<string, string>;
}

function addEvent({ event, see, tie, hostOf }: Adding & { event: GraphInput["events"][number] }): void {
  const { host, timeMs, severity } = event;
  if (host === "") return;
  const at: Seen = { host, firstMs: timeMs, lastMs: timeMs, severity: null };
  const hit: Seen = { ...at, severity };
  const alerting = severity !== null;
  const once = { firstMs: timeMs, lastMs: timeMs, count: 1, failed: event.failed ? 1 : 0, alerting };
  const here = see("host", host, event.process === "" ? hit : at);
  const who = personIn(event);
  if (event.classUid === 3002) {
    const origin = originOf(event, { see, at, hostOf });
    const query = `host:${quote(host)} class:authentication${who === "" ? "" : ` user:${quote(who)}`}`;
    const label = who === "" ? "logon" : `logon ${who}`;
    if (origin !== undefined && origin !== here) tie({ ...once, from: origin, to: here, kind: "logon", label, query });
    else if (who !== "") tie({ ...once, from: see("user", who, at), to: here, kind: "acts", label: "logon", query });
    return;
  }
  let last = here;
  if (event.process !== "") {
    const parent = fileName(event.parent);
    const image = fileName(event.process);
    const query = `host:${quote(host)} process_path:${quote(event.process)}`;
    if (parent !== "" && !ROOTS.has(parent) && parent !== image) {
      last = see("process", event.parent, at);
      tie({
        ...once,
        from: here,
        to: last,
        kind: "process",
        label: "runs",
        query: `host:${quote(host)} process_path:${quote(event.parent)}`,
        alerting: false,
      });
    }
    const process = see("process", event.process, hit);
    tie({
      ...once,
      from: last,
      to: process,
      kind: "process",
      label: last === here ? (who === "" ? "runs" : `runs as ${who}`) : "starts",
      query,
    });
    last = process;
  }
  const reached = targetOf(event, { see, at, hostOf });
  if (reached !== undefined && reached.id !== here) {
    tie({ ...once, from: last, to: reached.id, kind: reached.kind, label: reached.label, query: reached.query });
  }
}

function addFlow({ flow, see, tie, hostOf }: Adding & { flow: Flow }): void {
  if (flow.host === "") return;
  const at: Seen = { host: flow.host, firstMs: flow.firstMs, lastMs: flow.lastMs, severity: null };
  const counts = {
    firstMs: flow.firstMs,
    lastMs: flow.lastMs,
    count: flow.count,
    failed: flow.failed,
    alerting: false,
  };
  const here = see("host", flow.host, at);
  if (flow.classUid === 3002) {
    const who = personIn(flow);
    const origin = originOf(flow, { see, at, hostOf });
    if (origin === undefined || origin === here || who === "") return;
    const query = `host:${quote(flow.host)} class:authentication user:${quote(who)}`;
    tie({ ...counts, from: origin, to: here, kind: "logon", label: `logon ${who}`, query });
    return;
  }
  const from = originOf(flow, { see, at, hostOf }) ?? here;
  const to = flow.dst === "" ? here : addressOf(flow.dst, { see, at, hostOf });
  if (to === undefined || from === to) return;
  const query = `host:${quote(flow.host)} ip:${quote(flow.dst === "" ? flow.src : flow.dst)}`;
  tie({ ...counts, from, to, kind: "flow", label: flow.dstPort === 0 ? "connects" : `port ${flow.dstPort}`, query });
}

type Looking = Pick<Adding, "see" | "hostOf"> & { readonly at: Seen };

function originOf(event: Pick<Activity, "src" | "peer">, looking: Looking): string | undefined {
  if (isFar(event.src)) return addressOf(event.src, looking);
  const peer = event.peer.trim();
  return peer === "" || peer === "-" || (peer.includes(".") === false && peer.length > 15)
    ? undefined
    : looking.see("host", peer, looking.at);
}

function addressOf(address: string, { see, at, hostOf }: Looking): string | undefined {
  if (!isFar(address)) return undefined;
  const host = hostOf.get(address);
  return host === undefined ? see("ip", address, at) : see("host", host, at);
}

function targetOf(
  event: Activity,
  looking: Looking,
): { id: string; kind: GraphEdge["kind"]; label: string; query: string } | undefined {
  const { host, domain, dst, dstPort, file } = event;
  const here = `host:${quote(host)}`;
  if (event.classUid !== 1007 && domain !== "" && domain !== host) {
    return {
      id: looking.see("domain", domain, looking.at),
      kind: "flow",
      label: "asks for",
      query: `${here} domain:${quote(domain)}`,
    };
  }
  const id = addressOf(dst, looking);
  if (id !== undefined) {
    return {
      id,
      kind: "flow",
      label: dstPort === 0 ? "connects" : `port ${dstPort}`,
      query: `${here} ip:${quote(dst)}`,
    };
  }
  if (file !== "" && event.classUid === 1001) {
    return {
      id: looking.see("file", file, looking.at),
      kind: "file",
      label: "writes",
      query: `${here} file_path:${quote(file)}`,
    };
  }
  return undefined;
}

/** The alerting edges in the order of time are the path; one line of words each. */
function numbered(edges: readonly Drawn[], nodes: ReadonlyMap<string, GraphNode>): Pick<Built, "edges" | "path"> {
  const path: Built["path"] = [];
  const out = edges
    .toSorted((a, b) => a.alertMs - b.alertMs || (a.first < b.first ? -1 : 1))
    .map(({ alertMs, ...edge }): GraphEdge => {
      if (!Number.isFinite(alertMs)) return edge;
      const step = path.length + 1;
      const [from, to] = [nodes.get(edge.from), nodes.get(edge.to)];
      const where = to?.host === "" || to?.host === undefined || from?.kind === "host" ? "" : ` on ${short(to.host)}`;
      const text = `${nameOf(from)} ${edge.label} ${nameOf(to)}${where}`;
      path.push({ step, at: iso(alertMs), text, from: edge.from, to: edge.to });
      return { ...edge, step };
    });
  return { edges: out, path };
}

function nameOf(node: GraphNode | undefined): string {
  return node?.kind === "host" ? short(node.label) : (node?.label ?? "");
}

const short = (host: string): string => host.split(".")[0] ?? host;

/** Parents that say nothing: everything is started by them. */
const ROOTS: ReadonlySet<string> = new Set([
  "services.exe",
  "svchost.exe",
  "wininit.exe",
  "explorer.exe",
  "systemd",
  "init",
  "sshd",
  "userinit.exe",
]);

const NOBODY: ReadonlySet<string> = new Set([
  "",
  "-",
  "system",
  "local system",
  "local service",
  "network service",
  "anonymous logon",
  "n/a",
  "root$",
]);

function personIn({ user, targetUser }: { user: string; targetUser: string }): string {
  const name = (targetUser === "" || targetUser === "-" ? user : targetUser).split("\\").at(-1) ?? "";
  return NOBODY.has(name.toLowerCase()) || name.endsWith("$") || /^(?:dwm|umfd)-\d+$/i.test(name) ? "" : name;
}

function isFar(address: string): boolean {
  return address !== "" && !/^(?:127\.|0\.0\.0\.0$|::1?$|fe80:|ff0|22[4-9]\.|23\d\.|255\.)/i.test(address);
}

export function fileName(path: string): string {
  return path.split(/[\\/]/).at(-1)?.toLowerCase() ?? "";
}

function joined(before: string, label: string): string {
  if (before.startsWith(label) || before.split(", ").includes(label)) return before;
  if (label.startsWith(before)) return label;
  const parts = [...before.split(", "), label];
  return parts.length > 2 ? `${parts.slice(0, 2).join(", ")}, …` : parts.join(", ");
}

function worse(a: Severity | null, b: Severity | null): Severity | null {
  if (a === null || b === null) return a ?? b;
  return SEVERITIES.indexOf(a) >= SEVERITIES.indexOf(b) ? a : b;
}

/** A value as the search language takes it literally. */
export function quote(value: string): string {
  return `"${value.replace(/\\/g, "\\\\").replace(/"/g, '\\"')}"`;
}

const iso = (ms: number): string => new Date(ms).toISOString();
