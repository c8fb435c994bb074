/** security: routes the Security channel to the table that knows the event id. */
import { classify } from "@holdfast/ocsf";
import type { EventColumns, Fields } from "@holdfast/sdk";
import { ACCOUNT_EVENTS } from "./security-account.ts";
import { LOGON_EVENTS } from "./security-logon.ts";
import { OBJECT_EVENTS } from "./security-object.ts";
import { POLICY_EVENTS } from "./security-policy.ts";
import { fillSubject, PROCESS_EVENTS } from "./security-process.ts";

export function fillSecurity(columns: EventColumns, fields: Fields, id: number): void {
  const logon = LOGON_EVENTS[id];
  if (logon !== undefined) {
    logon(columns, fields);
    return;
  }
  fillSubject(columns, fields);
  const step = TABLES.get(id);
  if (step === undefined) columns.activity_id = OTHER.activity_id;
  else step(columns, fields);
}

const OTHER = classify("base_event", "other");
const TABLES = new Map([...PROCESS_EVENTS, ...ACCOUNT_EVENTS, ...OBJECT_EVENTS, ...POLICY_EVENTS]);
