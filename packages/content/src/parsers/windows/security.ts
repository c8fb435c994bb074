/** security: routes the Security channel to the file that knows the event id. */
import { type Classification, classify } from "@holdfast/ocsf";
import { type EventColumns, type Fields, textOf } from "@holdfast/sdk";
import { nameOf } from "./columns.ts";
import { LOGON_EVENTS } from "./security-logon.ts";

export function fillSecurity(columns: EventColumns, fields: Fields, id: number): void {
  const fill = LOGON_EVENTS[id];
  if (fill !== undefined) {
    fill(columns, fields);
    return;
  }
  fillSubject(columns, fields);
}

const OTHER: Classification = classify("base_event", "other");

function fillSubject(columns: EventColumns, fields: Fields): void {
  columns.class_uid = OTHER.class_uid;
  columns.activity_id = OTHER.activity_id;
  columns.user = nameOf(fields, "SubjectUserName");
  columns.user_domain = textOf(fields, "SubjectDomainName");
  columns.session = textOf(fields, "SubjectLogonId");
}
