/** alarm-signal: an alarm of the response as an alert: paging reaches people only where a policy says so, the queue reaches both teams. */
import { createHash } from "node:crypto";
import { WATCH } from "@holdfast/contracts/silence";
import { type Signal, storable } from "./detect/index.ts";
import type { Alarm } from "./respond/index.ts";
import type { Silence } from "./silence/index.ts";

/** What an alert says about itself that stands for an alarm; undefined for all others. */
export function describeAlarm(ruleId: string): ReturnType<Silence["describe"]> {
  if (ruleId !== ALARM) return undefined;
  const description =
    "Something was done without its approval, nobody knows whether it was done, or it could not be undone. Look at the system and at the action, then close this alert.";
  return { description, falsepositives: [], status: "stable" };
}

/** An alarm as an alert in the queue of both teams, until somebody has looked and closes it. It ties to nothing: what it is about stands
 *  in an incident already, and hosts that Holdfast acted on have done nothing. */
export function alarmSignal({ key, reason, hosts, at, incidentId }: Alarm): Signal {
  const text = storable(reason);
  const field = (name: string, value: string) => ({
    field: name,
    value: storable(value),
    pattern: "",
    selection: "reported",
  });
  return {
    id: createHash("sha256").update(`alarm ${key}`).digest("hex").slice(0, 32),
    eventId: "0",
    timeMs: at,
    ruleId: ALARM,
    ruleTitle: text.slice(0, MOST_TITLE),
    ruleHash: "",
    level: "high",
    outcome: "alert",
    hiddenBy: "",
    tactics: [],
    techniques: [],
    entity: { kind: "host", value: hosts[0] ?? "unknown" },
    entities: [],
    fields: [
      ...hosts.slice(0, MOST_HOSTS).map((host) => field("host", host)),
      ...(incidentId === null ? [] : [field("incident", incidentId)]),
    ],
    host: "",
    user: "",
    message: text,
    report: { cause: `alarm ${key}`, over: false, atMs: at, untilMs: null, services: [] },
  };
}

const ALARM = `${WATCH}response`;
const MOST_TITLE = 300;
const MOST_HOSTS = 20;
