/** entity: which entity signals of a rule are collapsed on, and which entities a signal names, as one table with reasons.
 *  The choice must not depend on anything but the event and the rule's log source: a replay has to choose the same. */
import { CLASSES } from "@holdfast/ocsf";
import { type EventColumns, type Logsource, observablesOf } from "@holdfast/sdk";
import type { EntityRole, Signal, SignalEntity } from "./signal.ts";

type Choice = "host" | "user" | "src_ip" | "domain";

interface Row {
  readonly when: (columns: EventColumns, logsource: Logsource) => boolean;
  readonly order: readonly Choice[];
  readonly reason: string;
}

const { authentication, api_activity, user_management, group_management, entity_management, authorize_session } =
  CLASSES;
const TICKETS = new Set([3, 4, 5, 6]);
const IDENTITY_CLASSES = new Set<number>([
  user_management.uid,
  group_management.uid,
  entity_management.uid,
  authorize_session.uid,
]);
const CLOUD_PRODUCTS = new Set([
  "aws",
  "azure",
  "gcp",
  "m365",
  "okta",
  "github",
  "gitlab",
  "google_workspace",
  "onelogin",
  "duo",
  "kubernetes",
]);
const SENSOR_CATEGORIES = new Set(["proxy", "firewall", "dns"]);

/** Asked from the top; the first row that applies decides. */
export const ENTITY_TABLE: readonly Row[] = [
  {
    when: (columns, logsource) =>
      columns.class_uid === api_activity.uid ||
      CLOUD_PRODUCTS.has(logsource.product ?? "") ||
      CLOUD_PRODUCTS.has(columns.product),
    order: ["user", "src_ip", "host"],
    reason: "A cloud audit log has no host of its own; what acts, and is taken over, is the identity.",
  },
  {
    when: (columns) => columns.class_uid === authentication.uid && TICKETS.has(columns.activity_id),
    order: ["user", "src_ip", "host"],
    reason: "A domain controller writes ticket events for everybody: its own name says nothing about the cause.",
  },
  {
    when: (columns) => columns.class_uid === authentication.uid,
    order: ["host", "src_ip", "user"],
    reason:
      "A guessing attack is one cause per attacked host, from however many addresses; the addresses join hosts to one incident.",
  },
  {
    when: (_, logsource) => SENSOR_CATEGORIES.has(logsource.category ?? "") || logsource.product === "zeek",
    order: ["src_ip", "user", "domain", "host"],
    reason: "A proxy, firewall or sensor reports on others: the cause is the client that it saw.",
  },
  {
    when: (columns) => IDENTITY_CLASSES.has(columns.class_uid),
    order: ["host", "user", "src_ip"],
    reason: "Account changes belong to the host whose accounts were changed.",
  },
  {
    when: () => true,
    order: ["host", "user", "src_ip", "domain"],
    reason: "Processes, files, registry, services and web servers are about the host they run on.",
  },
];

/** Never empty: an event that names nothing is collapsed with its like under "unknown". */
export function collapseEntity(columns: EventColumns, logsource: Logsource): Signal["entity"] {
  const row = ENTITY_TABLE.find((candidate) => candidate.when(columns, logsource));
  for (const choice of row?.order ?? []) {
    const value = columns[choice];
    if (value !== "" && value !== "-") return { kind: choice === "src_ip" ? "ip" : choice, value };
  }
  return { kind: "host", value: "unknown" };
}

/** The observables of the event, each with its part in it. */
export function entitiesOf(columns: EventColumns): SignalEntity[] {
  const systemBinary = SYSTEM_FOLDERS.test(columns.process_path);
  const found: SignalEntity[] = [];
  for (const { kind, value } of observablesOf(columns)) {
    // The digest of an operating system's own program is on every machine and tells them nothing about each other.
    if (kind === "hash" && systemBinary && columns.class_uid === CLASSES.process_activity.uid) continue;
    if (value.length > MAX_VALUE) continue;
    found.push({ kind, value, role: roleOf(columns, kind, value) });
  }
  return found;
}

const MAX_VALUE = 1_000;
const SYSTEM_FOLDERS =
  /^(?:[a-z]:\\windows\\(?:system32|syswow64|winsxs)\\|\/usr\/(?:local\/)?s?bin\/|\/s?bin\/|\/usr\/lib\/)/i;

function roleOf(columns: EventColumns, kind: SignalEntity["kind"], value: string): EntityRole {
  if (kind === "host") {
    if (value === columns.host) return "own";
    return columns.class_uid === authentication.uid ? "origin" : "seen";
  }
  return kind === "ip" && value === columns.src_ip ? "origin" : "seen";
}
